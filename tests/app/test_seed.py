"""The sample's history: the same whether it is made at once or goes on after a kill; what pages know meanwhile."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.databases import fresh_engine
from fakes.seeding import DAYS, TABLES, choose_settings, make_history
from fakes.waiting import wait_until

from app.embedded import CHECKOUT
from inventory_runner.errors import SchemaMissing
from inventory_runner.models import INVENTORY_SCHEMA
from services import Services, build
from services.models.inventory import Freshness, InventoryFilter
from services.models.sample_history import Progress
from services.sample_history import MARGIN, SampleHistory, SampleIncomplete
from services.users import Role, User, act_as

UNTIL = datetime(2026, 3, 20, 12, tzinfo=UTC)
ENGINEER = User("e@example.com", Role.ENGINEER)
# what differs from one making to the next: numbers, and the wall clock
APART = {"id", "run_id", "heartbeat_at", "finished_at", "made_at", "_run_id"}
RECORDS = (
    "SELECT * FROM stackql_app.runs",
    "SELECT * FROM stackql_app.table_history",
    f"SELECT * FROM {INVENTORY_SCHEMA}.resource_changes",
    *(f"SELECT * FROM {INVENTORY_SCHEMA}.{table}" for table in TABLES),
    "SELECT asset_id, table_name, first_seen_at, changed_at FROM stackql_app.assets",
)


def dump(engine: sa.Engine) -> dict[str, list[str]]:
    """Statement → its rows as sorted texts, without what differs from one making to the next."""
    found = {}
    with engine.connect() as connection:
        for statement in RECORDS:
            rows = connection.execute(sa.text(statement)).mappings()
            found[statement] = sorted(
                json.dumps(
                    {name: row[name] for name in row if name not in APART}, default=str, sort_keys=True
                )
                for row in rows
            )
    return found


def count_runs(engine: sa.Engine) -> int:
    try:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM stackql_app.runs WHERE status <> 'RUNNING'"
            return int(connection.execute(sa.text(query)).scalar_one())
    except (sa.exc.ProgrammingError, SchemaMissing):
        # it is begun anew just now
        return 0


def kill_after(engine: sa.Engine, folder: Path, runs: int) -> None:
    """Go on with the history in a process that is killed once so many runs have ended."""
    environ = {
        **os.environ,
        "DATABASE_URL": engine.url.render_as_string(hide_password=False).replace("+psycopg2", ""),
        "PYTHONPATH": str(CHECKOUT / "tests"),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "fakes.seeding", str(folder), UNTIL.isoformat()], cwd=CHECKOUT, env=environ
    )
    wait_until(lambda: child.poll() is not None or count_runs(engine) >= runs)
    assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait()


@pytest.fixture
def services(engine: sa.Engine, tmp_path: Path) -> Iterator[Services]:
    """The app's, on a sample whose history is not whole."""
    made = build(engine, choose_settings(tmp_path))
    yield made
    made.close()


@pytest.mark.database
def test_a_history_that_was_killed_goes_on_and_is_the_same(
    postgres: str, engine: sa.Engine, services: Services, tmp_path: Path
) -> None:
    # in the first day, which nobody has seen, and then in any other
    kill_after(engine, tmp_path, 1)
    left = SampleHistory(tmp_path).read()
    assert left is not None and left.made == 0 and not left.is_under_way
    kill_after(engine, tmp_path, random.randint(len(TABLES) + 1, (DAYS - 1) * len(TABLES)))
    left = services.sample_history.read()
    assert left is not None and 1 <= left.made < DAYS and "goes on from there" in left.describe()
    _assert_pages_know_no_more(services, left)
    make_history(engine, tmp_path, UNTIL + timedelta(days=1))
    assert services.sample_history.read() is None and not services.sample_history.exists()
    with fresh_engine(postgres) as other:
        make_history(other, tmp_path / "other", UNTIL)
        at_once = dump(other)
    gone_on = dump(engine)
    assert len(at_once["SELECT * FROM stackql_app.runs"]) == DAYS * len(TABLES)
    for statement, rows in at_once.items():
        assert gone_on[statement] == rows, statement


def _assert_pages_know_no_more(services: Services, left: Progress) -> None:
    """Of the days that are not made yet, no page has a day, and no table has missed a run."""
    with act_as(ENGINEER):
        shown = services.inventory.overview(InventoryFilter())
        assert shown.days[-1] == left.time_of(left.made + 1).date()
        assert all(table.freshness is Freshness.FRESH for table in shown.loaded)
        schedule = services.schedules.list_schedules()[0]
        with pytest.raises(SampleIncomplete, match=f"of {DAYS}"):
            services.jobs.run_now(services.db.schedules.get_schedule(schedule.id))
        assert f"of {DAYS}" in services.schedules.explain_standstill()


def test_the_pages_time_is_that_of_the_day_under_way(tmp_path: Path) -> None:
    history = SampleHistory(tmp_path)
    for made in range(DAYS):
        history.write(Progress(UNTIL, DAYS, made, os.getpid()))
        assert history.clock() == UNTIL - timedelta(days=DAYS - made - 1) + MARGIN
        found: Any = history.read()
        assert found.is_under_way and f"day {made + 1} of {DAYS}" in found.describe()
    history.fail("The disk is full.")
    found = history.read()
    assert not found.is_under_way and "The disk is full." in found.describe()
    history.end()
    assert history.clock() - datetime.now(UTC) < timedelta(seconds=5)
    (tmp_path / "seeding").write_text("")
    assert history.exists() and history.read() is None
