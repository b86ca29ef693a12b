"""The records of runs and of what was run in the IDE are shortened, and never what a table needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.world import World, vpcs

from inventory_runner import store
from inventory_runner.models import RunStatus
from inventory_runner.runs.limits import Limits
from inventory_runner.store import Target, retention

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TARGET = Target("stackql_inventory", "vpcs")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers, so that a few runs tell what many would."""
    monkeypatch.setattr(retention, "NEWEST_RUNS", 2)
    monkeypatch.setattr(retention, "BATCH_ROWS", 3)


class Records:
    """Runs of `vpcs`, one a day, as `add` is told; 1 is the oldest."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def add(self, days_ago: int, *, status: str = "SUCCESS", added: int = 0, ok: str = "") -> int:
        """A run so long ago; ok: the scope that it read whole."""
        with self.engine.begin() as connection:
            id: int = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.runs (target_schema, target_table, status, started_at, finished_at, added)"
                    " VALUES ('stackql_inventory', 'vpcs', :status, :at, :at, :added) RETURNING id"
                ),
                {"status": status, "at": NOW - timedelta(days=days_ago), "added": added},
            ).scalar_one()
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.run_scopes (run_id, scope, status) VALUES (:id, 'a', :a), (:id, 'b', :b)"
                ),
                {
                    "id": id,
                    "a": "ok" if ok in ("a", "both") else "error",
                    "b": "ok" if ok == "both" else "error",
                },
            )
        return id

    def list_ids(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text("SELECT id FROM stackql_app.runs ORDER BY id")).scalars())


@pytest.fixture
def records(engine: sa.Engine, few: None) -> Records:
    return Records(engine)


def test_old_runs_go_in_batches_with_their_scopes_and_the_newest_stay(records: Records) -> None:
    ids = [records.add(days, status="FAILED") for days in range(400, 390, -1)]
    young = records.add(10, status="FAILED")
    assert store.remove_old_runs(records.engine, TARGET, 365, now=NOW) == 9
    assert records.list_ids() == [ids[-1], young]
    with records.engine.connect() as connection:
        scopes = connection.execute(sa.text("SELECT DISTINCT run_id FROM stackql_app.run_scopes")).scalars()
        assert sorted(scopes) == records.list_ids()
    assert store.remove_old_runs(records.engine, TARGET, 365, now=NOW) == 0


def test_runs_of_another_table_and_one_that_goes_on_stay(records: Records) -> None:
    running = records.add(500, status="RUNNING")
    ids = [records.add(days) for days in (3, 2, 1)]
    other = Target("stackql_inventory", "buckets")
    assert store.remove_old_runs(records.engine, other, 1, now=NOW) == 0
    assert store.remove_old_runs(records.engine, TARGET, 1, now=NOW) == 1
    assert records.list_ids() == [running, *ids[1:]]


@pytest.mark.parametrize(("kept", "removed"), [(None, []), (1000, []), (395, ["oldest"])])
def test_a_run_stays_as_long_as_its_changes_are_kept(
    records: Records, kept: int | None, removed: list[str]
) -> None:
    ids = {name: records.add(days, added=3) for name, days in (("oldest", 400), ("old", 380), ("new", 1))}
    records.add(0)
    target = Target("stackql_inventory", "vpcs", retention_days=kept)
    store.remove_old_runs(records.engine, target, 365, now=NOW)
    assert [name for name, id in ids.items() if id not in records.list_ids()] == removed


def test_the_last_whole_reading_of_a_scope_stays(records: Records) -> None:
    records.add(420, ok="both")
    last_of_b = records.add(410, ok="both")
    records.add(400, ok="a")
    last_of_a = records.add(390, ok="a")
    failed = [records.add(days, status="FAILED") for days in (380, 2, 1)]
    store.remove_old_runs(records.engine, TARGET, 365, now=NOW)
    assert records.list_ids() == [last_of_b, last_of_a, *failed[1:]]


def test_every_run_shortens_the_record_of_its_table_however_it_ends(engine: sa.Engine, few: None) -> None:
    world = World(engine)
    world.run()
    data = world.run().id
    for status in ("SUCCESS", "FAILED"):
        world.sql(
            "INSERT INTO stackql_app.runs (target_schema, target_table, status, started_at, finished_at)"
            " SELECT 'stackql_inventory', 'vpcs', 'FAILED', now() - interval '9 days', now() FROM generate_series(1, 7)"
        )
        world.engine.answer("'us-east-1'", vpcs("us-east-1-1") if status == "SUCCESS" else RuntimeError("no"))
        if status == "FAILED":
            world.values('{"region": []}')
        ended = world.run(limits=Limits(run_days=5))
        assert (ended.status == RunStatus.SUCCESS, ended.warnings) == (status == "SUCCESS", ())
        ((old, kept),) = world.sql(
            "SELECT count(*) FILTER (WHERE started_at < now() - interval '5 days'),"
            " count(*) FILTER (WHERE id = :id) FROM stackql_app.runs",
            id=data,
        )
        assert (old, kept) == (0, 1)


def test_what_was_run_in_the_ide_is_forgotten_by_its_age(engine: sa.Engine, few: None) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.query_history (user_name, query_text, status, started_at)"
                " SELECT 'anna', 'SELECT ' || n, 'succeeded', :now - make_interval(days => n)"
                " FROM generate_series(1, 20) n"
            ),
            {"now": NOW},
        )
    assert store.remove_old_history(engine, 10, now=NOW) == 10
    with engine.connect() as connection:
        oldest = connection.execute(
            sa.text("SELECT min(started_at), count(*) FROM stackql_app.query_history")
        ).one()
    assert tuple(oldest) == (NOW - timedelta(days=10), 10)
