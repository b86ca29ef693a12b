"""Schedules, their tables and their last runs in a real Postgres."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db import DatabaseService
from services.db.schedules import RunUnderWay, TableBusy
from services.models.core import Query, RunStatus, Schedule, WriteMode
from services.users import NOBODY, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")

HOSTILE = "x\"; DROP SCHEMA stackql_app CASCADE; --'"


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def query_id(db: DatabaseService) -> int:
    return db.save_query(Query("Instances", "SELECT 1 WHERE region = :region"))


def run_sql(engine: sa.Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def full(query_id: int, **changes: object) -> Schedule:
    made = Schedule(
        query_id,
        "0 6 * * *",
        "aws_ec2_instances",
        timezone="Europe/Berlin",
        write_mode=WriteMode.APPEND,
        key_columns=("instance_id", 'odd "name"'),
        ignored_columns=("age",),
        unordered_columns=("policy", "odd, name"),
        ordered_columns=("groups",),
        parameter_values={"region": ["us-east-1", "eu-west-1"]},
        allow_empty=True,
        adds_only=True,
        retention_days=30,
    )
    return replace(made, **changes)


def test_a_schedule_comes_back_as_it_was_saved_and_changed(db: DatabaseService, query_id: int) -> None:
    id = db.save_schedule(full(query_id))
    kept = db.schedules.get_schedule(id)
    assert kept is not None
    for name, value in vars(full(query_id)).items():
        if name not in {"id", "created_at", "updated_at", "created_by", "query_name", "version"}:
            assert getattr(kept, name) == value, name
    assert (kept.query_name, kept.created_by, kept.rows, kept.trend) == ("Instances", "system", None, ())
    db.update_schedule(id, full(query_id, retention_days=None, key_columns=(), version=kept.version))
    db.schedules.set_schedule_active(id, False)
    changed = db.schedules.get_schedule(id)
    assert changed and (changed.retention_days, changed.key_columns, changed.is_active) == (None, (), False)
    assert changed.created_by == "system"
    db.schedules.set_schedule_active(id, True)
    db.schedules.set_schedule_job(id, "77", "Databricks did not answer.")
    changed = db.schedules.get_schedule(id)
    assert changed and (changed.is_active, changed.job_id, changed.job_error) == (
        True,
        "77",
        "Databricks did not answer.",
    )
    assert changed.needs_attention
    assert db.schedules.get_schedule(id + 1) is None
    for missing in (
        lambda: db.update_schedule(id + 1, full(query_id, target_table="other")),
        lambda: db.schedules.set_schedule_active(id + 1, True),
        lambda: db.delete_schedule(id + 1),
    ):
        with pytest.raises(NotFound):
            missing()


def test_a_table_belongs_to_one_schedule_and_the_other_one_is_named(
    db: DatabaseService, query_id: int
) -> None:
    first = db.save_schedule(full(query_id))
    with pytest.raises(InvalidInput, match=rf"schedule {first} \(“Instances”\)") as caught:
        db.save_schedule(full(query_id))
    assert caught.value.field == "target_table"
    second = db.save_schedule(full(query_id, target_table="other"))
    with pytest.raises(InvalidInput, match=f"schedule {first}"):
        db.update_schedule(second, full(query_id))
    db.update_schedule(first, full(query_id))  # its own table is no conflict
    with pytest.raises(InvalidInput) as caught:
        db.save_schedule(full(999_999, target_table="third"))
    assert caught.value.field == "query_id"
    with pytest.raises(InvalidInput) as caught:
        db.save_schedule(full(query_id, target_table="a\0b"))
    assert caught.value.field == "target_table"


def test_hostile_names_are_data(db: DatabaseService, engine: sa.Engine, query_id: int) -> None:
    id = db.save_schedule(full(query_id, target_table=HOSTILE, target_schema="stackql_inventory"))
    quoted = HOSTILE.replace('"', '""')
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE TABLE stackql_inventory."{quoted}" (a int)')
    assert db.schedules.get_target("stackql_inventory", HOSTILE).columns == ("a",)
    assert db.schedules.get_dependent_views("stackql_inventory", HOSTILE) == []
    db.delete_schedule(id, drop_table=True)
    assert db.schedules.get_target("stackql_inventory", HOSTILE).kind == ""
    assert db.get_schedules() == []


def test_the_list_knows_the_table_the_last_runs_and_the_one_under_way(
    db: DatabaseService, engine: sa.Engine, query_id: int
) -> None:
    id = db.save_schedule(full(query_id))
    db.save_schedule(full(query_id, target_table="quiet"))
    run_sql(
        engine,
        "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, started_at, rows_total)"
        " SELECT :id, 'stackql_inventory', 'aws_ec2_instances', CASE n WHEN 25 THEN 'PARTIAL' ELSE 'SUCCESS' END,"
        " now() - make_interval(hours => 26 - n), n FROM generate_series(1, 25) n",
        id=id,
    )
    run_sql(
        engine,
        "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, schedule_id, row_count, scopes_total,"
        " scopes_ok) VALUES ('stackql_inventory', 'aws_ec2_instances', :id, 25, 2, 1)",
        id=id,
    )
    listed, quiet = db.get_schedules()
    assert [mark.rows_total for mark in listed.trend] == list(range(6, 26))
    assert listed.last_run and listed.last_run.status is RunStatus.PARTIAL
    assert (listed.rows, listed.scopes_ok, listed.scopes_total) == (25, 1, 2)
    assert listed.needs_attention and not quiet.needs_attention
    run_sql(
        engine,
        "WITH r AS (INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, scopes_total)"
        " VALUES (:id, 'stackql_inventory', 'aws_ec2_instances', 'RUNNING', 3) RETURNING id)"
        " INSERT INTO stackql_app.run_scopes (run_id, scope, status, rows) SELECT r.id, v.* FROM r,"
        " (VALUES ('a', 'ok', 10), ('b', 'running', 5), ('c', 'pending', 0)) v",
        id=id,
    )
    running = db.get_schedules()[0].running
    assert running and (running.scopes_done, running.scopes_total, running.rows) == (1, 3, 15)
    with pytest.raises(RunUnderWay):
        db.delete_schedule(id)
    assert db.schedules.get_schedule(id) is not None


@pytest.fixture
def kept_table(db: DatabaseService, engine: sa.Engine, query_id: int) -> int:
    """A schedule whose table has a row, a view of a view, and records of every kind."""
    id = db.save_schedule(full(query_id))
    for statement in (
        "CREATE TABLE stackql_inventory.aws_ec2_instances (instance_id text, _scope text, _first_seen_at timestamptz)",
        "INSERT INTO stackql_inventory.aws_ec2_instances VALUES ('i-1', '{}', now())",
        "CREATE MATERIALIZED VIEW stackql_inventory.aws_ec2_instances_mv AS"
        " SELECT * FROM stackql_inventory.aws_ec2_instances",
        "CREATE VIEW stackql_inventory.of_it AS SELECT * FROM stackql_inventory.aws_ec2_instances_mv",
        "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, schedule_id, row_count, key_columns)"
        f" VALUES ('stackql_inventory', 'aws_ec2_instances', {id}, 1, '{{instance_id}}')",
        "INSERT INTO stackql_app.table_scopes (target_schema, target_table, scope, status, rows)"
        " VALUES ('stackql_inventory', 'aws_ec2_instances', '{\"region\":\"us-east-1\"}', 'ok', 1)",
        "INSERT INTO stackql_inventory.resource_changes (table_name, changed_at, change, resource_key)"
        " VALUES ('aws_ec2_instances', now(), 'added', 'i-1'), ('another', now(), 'added', 'x')",
        f"INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status)"
        f" VALUES ({id}, 'stackql_inventory', 'aws_ec2_instances', 'SUCCESS')",
    ):
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    return id


def test_deleting_keeps_the_table_and_leaves_it_unmanaged(
    db: DatabaseService, kept_table: int, query_id: int
) -> None:
    target = db.schedules.get_target("stackql_inventory", "aws_ec2_instances")
    assert (target.owner_id, target.owner_name, target.rows) == (kept_table, "Instances", 1)
    assert (target.columns, target.key_columns) == (("instance_id",), ("instance_id",))
    assert db.schedules.get_dependent_views("stackql_inventory", "aws_ec2_instances") == [
        "stackql_inventory.aws_ec2_instances_mv",
        "stackql_inventory.of_it",
    ]
    assert db.schedules.count_changes("stackql_inventory", "aws_ec2_instances") == 1
    assert db.schedules.get_table_scopes("stackql_inventory", "aws_ec2_instances") == {
        '{"region":"us-east-1"}': 1
    }
    db.delete_schedule(kept_table)
    target = db.schedules.get_target("stackql_inventory", "aws_ec2_instances")
    assert (target.owner_id, target.recorded, target.kind) == (None, True, "r")
    db.save_schedule(full(query_id))


def test_a_schedule_that_moves_leaves_its_old_table_unmanaged(
    db: DatabaseService, engine: sa.Engine, kept_table: int, query_id: int
) -> None:
    db.update_schedule(kept_table, full(query_id, target_table="new_one", version=1))
    with engine.begin() as connection:
        assert (
            connection.exec_driver_sql("SELECT schedule_id FROM stackql_app.inventory_tables").scalar()
            is None
        )


def test_deleting_with_the_table_takes_its_views_and_records_and_no_others(
    db: DatabaseService, engine: sa.Engine, kept_table: int
) -> None:
    db.delete_schedule(kept_table, drop_table=True)
    assert db.schedules.get_target("stackql_inventory", "aws_ec2_instances").kind == ""
    assert db.schedules.get_target("stackql_inventory", "of_it").kind == ""
    assert db.schedules.get_table_scopes("stackql_inventory", "aws_ec2_instances") == {}
    with engine.begin() as connection:
        names = connection.exec_driver_sql(
            "SELECT table_name FROM stackql_inventory.resource_changes"
        ).scalars()
        assert list(names) == ["another"]
        assert connection.exec_driver_sql("SELECT schedule_id FROM stackql_app.runs").all() == [(None,)]


def test_a_table_in_use_is_not_dropped_and_the_schedule_stays(
    db: DatabaseService, engine: sa.Engine, kept_table: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.db.schedules.LOCK_TIMEOUT", "50ms")
    with engine.begin() as reader:
        reader.exec_driver_sql("SELECT * FROM stackql_inventory.aws_ec2_instances")
        with pytest.raises(TableBusy):
            db.delete_schedule(kept_table, drop_table=True)
    assert db.schedules.get_schedule(kept_table) is not None


def test_viewers_get_nothing(db: DatabaseService) -> None:
    with act_as(NOBODY):
        for call in (
            db.get_schedules,
            lambda: db.schedules.get_schedule(1),
            lambda: db.save_schedule(full(1)),
            lambda: db.update_schedule(1, full(1)),
            lambda: db.delete_schedule(1),
            lambda: db.schedules.set_schedule_active(1, True),
            lambda: db.schedules.set_schedule_job(1, None),
            lambda: db.schedules.get_target("a", "b"),
            lambda: db.runs.get_runs(1),
            lambda: db.runs.get_run(1),
            lambda: db.runs.get_run_scopes(1),
            db.runs.get_running,
        ):
            with pytest.raises(NotAllowed):
                call()
