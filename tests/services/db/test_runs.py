"""Runs as the pages read them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from services.db import DatabaseService
from services.models.core import Change, Query, RunStatus, Schedule, ScopeStatus

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def schedule_id(db: DatabaseService, engine: sa.Engine) -> int:
    id = db.save_schedule(Schedule(db.save_query(Query("Q", "SELECT 1")), "0 6 * * *", "things"))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, started_at, warnings,"
                " added) SELECT :id, 'stackql_inventory', 'things', CASE n WHEN 3 THEN 'RUNNING' ELSE 'SUCCESS' END,"
                ' now() - make_interval(hours => 10 - n), \'["a", "b"]\', n FROM generate_series(1, 3) n'
            ),
            {"id": id},
        )
    return id


def test_runs_come_newest_first_and_limited(db: DatabaseService, schedule_id: int) -> None:
    runs = db.runs.get_runs(schedule_id)
    assert [run.added for run in runs] == [3, 2, 1]
    assert runs[0].status is RunStatus.RUNNING and runs[0].warnings == ("a", "b")
    assert len(db.runs.get_runs(schedule_id, limit=2)) == 2
    assert db.runs.count_runs(schedule_id) == 3
    assert db.runs.get_run(runs[1].id) == runs[1]
    assert db.runs.get_run(12345) is None
    assert [run.id for run in db.runs.get_running()] == [runs[0].id]


def test_scopes_keep_the_schedules_order_and_changes_are_the_runs_own(
    db: DatabaseService, engine: sa.Engine, schedule_id: int
) -> None:
    run = db.runs.get_runs(schedule_id)[1]
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.run_scopes"
                " (run_id, scope, ordinal, status, rows, duration_ms, attempts, message)"
                """ VALUES (:id, '{"region":"a"}', 2, 'denied', 0, 40, 1, 'no'),"""
                """ (:id, '{"region":"b"}', 1, 'ok', 7, 1500, 2, '')"""
            ),
            {"id": run.id},
        )
        connection.execute(
            sa.text(
                "INSERT INTO stackql_inventory.resource_changes"
                " (table_name, run_id, changed_at, change, resource_key, changed_columns)"
                " VALUES ('things', :id, now(), 'changed', 'x', '{state}'),"
                " ('things', 9999, now(), 'added', 'y', NULL),"
                " ('other', :id, now(), 'added', 'z', NULL)"
            ),
            {"id": run.id},
        )
    first, second = db.runs.get_run_scopes(run.id)
    assert (first.scope.label, first.duration, first.attempts, first.rows) == ("b", 1.5, 2, 7)
    assert (second.status, second.message) == (ScopeStatus.DENIED, "no")
    (change,) = db.runs.get_run_changes(run)
    assert (change.change, change.resource_key, change.changed_columns) == (Change.CHANGED, "x", ("state",))
