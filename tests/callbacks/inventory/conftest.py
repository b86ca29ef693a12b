"""The inventory behind its callbacks: empty, and after three runs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from fakes.inventory import Parts, three_runs


@pytest.fixture
def empty(engine: sa.Engine) -> Parts:
    return Parts(engine)


@pytest.fixture
def services(engine: sa.Engine) -> Parts:
    return three_runs(engine)
