"""What the tests of runs begin with."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from fakes.world import World


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """A database with one schedule, over which nothing has run yet."""
    return World(engine)
