"""The services of the Schedules page, on the sample cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.schedules import add_schedule

from app.settings import read_settings
from services import Services, build


@pytest.fixture
def services(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Services]:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    made = build(engine, read_settings(inventory_engine="sample"))
    yield made
    made.close()


@pytest.fixture
def schedule_id(services: Services, as_engineer: None) -> int:
    return add_schedule(services)
