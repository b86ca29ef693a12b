"""A run tells the truth: what was read is written, what was not read stays, and the record says which is which."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fakes import stackql
from fakes.clock import Clock
from fakes.engine import Call, result
from fakes.waiting import PATIENCE_SECONDS, join, process_gone, wait_until
from fakes.world import REGIONS, VPCS, World, vpcs

from inventory_runner import store
from inventory_runner.contract import (
    AccessDenied,
    CancelToken,
    EngineError,
    QueryCancelled,
    QueryTimeout,
    Throttled,
    WorkerDied,
)
from inventory_runner.engines import create
from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError, NotFound
from inventory_runner.models import RunStatus, ScopeStatus
from inventory_runner.platform.database import create_engine, find_target
from inventory_runner.runs import launch
from inventory_runner.runs.limits import Limits
from inventory_runner.settings import read
from inventory_runner.store import run_reads, runs
from inventory_runner.store.lost import LostRuns
from inventory_runner.store.run_sql import clean

ALL = sorted(f"{region}-{number}" for region in REGIONS for number in (1, 2))


def test_success_fills_the_table_and_the_records(world: World) -> None:
    ended = world.run(requested_by="ada@example.com")
    assert (ended.status, ended.message) == (RunStatus.SUCCESS, "")
    assert (ended.rows_read, ended.rows_total, ended.scopes_ok, ended.scopes_total) == (6, 6, 3, 3)
    assert world.table() == ALL
    assert ended == run_reads.get(world.database, ended.id)
    assert (ended.query_name, ended.query_text, ended.engine) == ("VPCs", VPCS, "stackql")
    ((at, status),) = world.sql("SELECT last_run_at, last_run_status FROM stackql_app.schedules")
    assert (at, status) == (ended.started_at, "SUCCESS")
    again = world.run()
    assert (again.status, again.added, again.removed, again.changed) == (RunStatus.SUCCESS, 0, 0, 0)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (
            AccessDenied("Refused.", details="403 Forbidden"),
            ScopeStatus.DENIED,
            "Refused. Check the credentials",
        ),
        (Throttled("Slow down."), ScopeStatus.THROTTLED, "Slow down"),
        (QueryTimeout("Too long."), ScopeStatus.TIMEOUT, "Too long"),
        (WorkerDied("Killed."), ScopeStatus.ERROR, "Killed"),
        (EngineError("no such column", details="x" * 5000), ScopeStatus.ERROR, "no such column"),
        (RuntimeError("password=hunter2"), ScopeStatus.ERROR, "A defect of the runner"),
    ],
)
def test_one_bad_scope_never_costs_the_others(
    world: World, error: Exception, status: ScopeStatus, says: str
) -> None:
    world.run()
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "us-east-1-3"))
    world.engine.answer("'eu-west-1'", error)
    ended = world.run()
    assert ended.status is RunStatus.PARTIAL
    assert "eu-west-1" in ended.message
    assert (ended.scopes_ok, ended.scopes_total, ended.added, ended.removed) == (2, 3, 1, 1)
    assert world.scopes(ended) == {
        "us-east-1": ScopeStatus.OK,
        "eu-west-1": status,
        "ap-south-1": ScopeStatus.OK,
    }
    assert says in world.messages(ended)["eu-west-1"]
    assert "hunter2" not in str(world.messages(ended))
    # the words behind it are kept beside it, whole or cut
    (of_eu,) = [one for one in run_reads.list_scopes(world.database, ended.id) if one.status is status]
    assert of_eu.details == clean(getattr(error, "details", ""))
    assert not of_eu.details or of_eu.details not in of_eu.message
    # what could not be read stays as it was
    assert [name for name in world.table() if name.startswith("eu")] == ["eu-west-1-1", "eu-west-1-2"]
    assert [name for name in world.table() if name.startswith("us")] == ["us-east-1-1", "us-east-1-3"]


def test_no_scope_read_is_failed_and_leaves_the_table(world: World) -> None:
    world.run()
    before = world.table()
    for region in REGIONS:
        world.engine.answer(f"'{region}'", AccessDenied("Refused."))
    ended = world.run()
    assert ended.status is RunStatus.FAILED
    assert "None of 3 scopes could be read (3 denied)" in ended.message
    assert world.table() == before
    ((status,),) = world.sql("SELECT last_run_status FROM stackql_app.schedules")
    assert status == "FAILED"


def test_an_incomplete_answer_adds_and_removes_nothing(world: World) -> None:
    world.run()
    world.engine.answer(
        "'eu-west-1'", result(vpcs("eu-west-1-9"), complete=False, warnings=("Page limit met.",))
    )
    ended = world.run()
    assert (ended.status, ended.added, ended.removed) == (RunStatus.PARTIAL, 1, 0)
    assert world.scopes(ended)["eu-west-1"] is ScopeStatus.INCOMPLETE
    assert "eu-west-1-1" in world.table()
    assert any("Page limit met." in warning for warning in ended.warnings)


def test_an_empty_answer_over_rows_is_held_unless_the_schedule_allows_it(world: World) -> None:
    world.run()
    world.engine.answer("'eu-west-1'", [])
    ended = world.run()
    assert ended.status is RunStatus.PARTIAL
    assert world.scopes(ended)["eu-west-1"] is ScopeStatus.HELD
    assert world.table() == ALL
    world.sql("UPDATE stackql_app.schedules SET allow_empty = true")
    ended = world.run()
    assert (ended.status, ended.removed) == (RunStatus.SUCCESS, 2)


def test_scopes_that_the_schedule_no_longer_has_are_retired_by_a_success(world: World) -> None:
    world.run()
    world.sql(
        """UPDATE stackql_app.schedules SET parameter_values = '{"region": ["us-east-1", "eu-west-1"]}'"""
    )
    world.engine.answer("'eu-west-1'", Throttled("Slow down."), vpcs("eu-west-1-1", "eu-west-1-2"))
    assert world.run(limits=Limits(attempts=1)).status is RunStatus.PARTIAL
    assert world.table() == ALL
    ended = world.run()
    assert (ended.status, ended.removed) == (RunStatus.SUCCESS, 2)
    assert world.table() == [name for name in ALL if not name.startswith("ap")]


def test_only_throttling_is_tried_again(world: World) -> None:
    slow = Throttled("Slow down.")
    world.engine.answer("'us-east-1'", slow, slow, vpcs("us-east-1-1"))
    world.engine.answer("'eu-west-1'", QueryTimeout("Too long."))
    ended = world.run()
    assert ended.status is RunStatus.PARTIAL
    attempts = {one.scope.label: one.attempts for one in run_reads.list_scopes(world.database, ended.id)}
    assert attempts == {"us-east-1": 3, "eu-west-1": 1, "ap-south-1": 1}


def test_so_many_scopes_at_once(world: World) -> None:
    many = [f"r{number}" for number in range(12)]
    world.sql(
        "UPDATE stackql_app.schedules SET parameter_values = CAST(:values AS jsonb)",
        values='{"region": [' + ", ".join(f'"{one}"' for one in many) + "]}",
    )

    three = threading.Barrier(3)

    def together(call: Call) -> list[dict[str, Any]]:
        # answered once two others are asked at the same time
        three.wait(PATIENCE_SECONDS)
        return vpcs(call.sql[-6:])

    world.engine.answer("'r", together)
    assert world.run(limits=Limits(concurrency=3)).status is RunStatus.SUCCESS
    assert world.engine.most_at_once == 3


def test_the_runs_time_limit_ends_what_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("inventory_runner.runs.scopes.time", clock)

    def slowly(call: Call) -> list[dict[str, Any]]:
        assert call.timeout <= 300
        clock.ahead = 300
        return vpcs("slow")

    world.engine.answer("'us-east-1'", slowly)
    ended = world.run(limits=Limits(concurrency=1, run_timeout=300))
    assert list(world.scopes(ended).values()) == [ScopeStatus.OK, ScopeStatus.TIMEOUT, ScopeStatus.TIMEOUT]
    assert ended.status is RunStatus.PARTIAL


def test_progress_and_heartbeat_are_seen_while_it_runs(world: World) -> None:
    go_on = threading.Event()

    def waits(_: Call) -> list[dict[str, Any]]:
        assert go_on.wait(PATIENCE_SECONDS)
        return vpcs("eu-west-1-1")

    world.engine.answer("'eu-west-1'", waits)
    thread, ended = world.in_background()
    found = wait_until(lambda: run_reads.find_latest_run(world.database, world.schedule_id))
    want = {"us-east-1": ScopeStatus.OK, "eu-west-1": ScopeStatus.RUNNING, "ap-south-1": ScopeStatus.OK}
    wait_until(lambda: world.scopes(found) == want)
    beats = run_reads.get(world.database, found.id).heartbeat_at
    wait_until(lambda: run_reads.get(world.database, found.id).heartbeat_at > beats)
    with pytest.raises(runs.AlreadyRunning):
        world.run()
    go_on.set()
    join(thread)
    assert ended[0].status is RunStatus.SUCCESS


@pytest.mark.parametrize("way", ["database", "token"])
def test_a_cancel_stops_the_work_and_leaves_the_table(world: World, way: str) -> None:
    world.run()
    world.engine.answer("'us-east-1'", vpcs("new"))

    def until_cancelled(call: Call) -> list[dict[str, Any]]:
        assert call.cancel.wait(PATIENCE_SECONDS)
        raise QueryCancelled("Stopped.")

    world.engine.answer("'eu-west-1'", until_cancelled)
    token = CancelToken()
    thread, ended = world.in_background(cancel=token)
    found = wait_until(
        lambda: next(iter(world.sql("SELECT id FROM stackql_app.runs WHERE status = 'RUNNING'")), None)
    )
    if way == "database":
        assert runs.request_cancel(world.database, found.id)
    else:
        token.cancel()
    join(thread)
    assert ended[0].status is RunStatus.CANCELLED
    assert set(world.scopes(ended[0]).values()) == {ScopeStatus.CANCELLED}
    assert world.table() == ALL


def test_a_lost_run_that_wakes_up_writes_nothing(world: World) -> None:
    world.run()

    def frozen(_: Call) -> list[dict[str, Any]]:
        # declared lost while it reads, and nobody tells it
        world.sql(
            "UPDATE stackql_app.runs SET heartbeat_at = now() - interval '2 minutes' WHERE status = 'RUNNING'"
        )
        assert LostRuns(world.database, confirm_seconds=0).mark()
        return vpcs("ghost")

    world.engine.answer("'us-east-1'", frozen)
    ended = world.run(limits=Limits(progress=60))
    assert ended.status is RunStatus.LOST
    assert world.table() == ALL
    assert world.sql("SELECT last_run_status FROM stackql_app.schedules")[0][0] == "LOST"


def test_a_connection_cut_in_mid_merge_is_mended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run()
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "us-east-1-3"))
    claim, cuts = runs.claim, []

    def cut_once(connection: sa.Connection, run_id: int) -> None:
        claim(connection, run_id)
        if not cuts:
            cuts.append(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
            world.sql("SELECT pg_terminate_backend(:pid)", pid=cuts[0])

    monkeypatch.setattr(runs, "claim", cut_once)
    ended = world.run()
    assert cuts
    assert (ended.status, ended.added, ended.removed) == (RunStatus.SUCCESS, 1, 1)
    assert world.sql("SELECT count(*) FROM stackql_inventory.resource_changes")[0][0] == 2


def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    world.sql(
        "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS SELECT vpc_id FROM stackql_inventory.vpcs"
    )
    world.engine.answer("'us-east-1'", vpcs("us-east-1-9"))
    merge, merges = store.merge, []

    def answer_lost(*arguments: Any, **options: Any) -> Any:
        merges.append(1)
        done = merge(*arguments, **options)
        if len(merges) == 1:
            raise sa.exc.OperationalError(
                "COMMIT", {}, Exception("server closed the connection unexpectedly")
            )
        return done

    monkeypatch.setattr(store, "merge", answer_lost)
    ended = world.run()
    assert (ended.status, ended.rows_total, len(merges)) == (RunStatus.SUCCESS, 5, 2)
    assert (ended.added, ended.removed) == (1, 2)
    assert world.sql("SELECT count(*) FROM stackql_inventory.resource_changes") == [(3,)]
    assert "us-east-1-9" in world.table("vpcs_mv")  # and what follows a commit followed


def test_the_database_gone_for_a_while_costs_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run()
    pauses: list[float] = []
    name = world.database.url.database
    admin = sa.create_engine(world.database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def shut(_: Call) -> list[dict[str, Any]]:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.exec_driver_sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
        return vpcs("us-east-1-1", "us-east-1-2", "us-east-1-3")

    class Pausing(Clock):
        def sleep(self, seconds: float) -> None:
            """The database is back after the run has waited for it twice."""
            pauses.append(seconds)
            if len(pauses) == 2:
                with admin.connect() as connection:
                    connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    monkeypatch.setattr("inventory_runner.runs.outage.time", Pausing())
    world.engine.answer("'us-east-1'", shut)
    ended = world.run()
    assert (ended.status, ended.added, len(pauses)) == (RunStatus.SUCCESS, 1, 2)


@pytest.mark.parametrize("where", ["stackql_inventory.resource_changes", "stackql_app.runs"])
@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("53100", "The database's disk is full"),
        ("53200", "The database is out of memory"),
        ("53400", "The database has reached a limit"),
        ("25006", "The database can only be read"),
    ],
)
def test_what_the_database_cannot_do_fails_the_run_in_words_and_leaves_the_table(
    world: World, where: str, code: str, title: str
) -> None:
    world.run()
    # it comes back once the run has failed, as the end of the run could not be recorded otherwise
    world.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_TABLE_NAME <> 'runs' OR to_jsonb(NEW) ->> 'status' = 'SUCCESS' THEN"
        f" RAISE EXCEPTION 'could not do it' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
    )
    event = "INSERT" if where.endswith("changes") else "UPDATE"
    world.sql(f"CREATE TRIGGER refuse BEFORE {event} ON {where} FOR EACH ROW EXECUTE FUNCTION refuse()")
    world.engine.answer("'us-east-1'", vpcs("us-east-1-3"))
    ended = world.run(limits=Limits(patience=0.1, heartbeat=0.05, progress=0.02))
    assert ended.status is RunStatus.FAILED
    assert ended.message.startswith(title) and "is as it was" in ended.message
    assert set(world.scopes(ended).values()) == {ScopeStatus.ERROR}
    assert world.table() == ALL
    world.sql(f"DROP TRIGGER refuse ON {where}")
    healed = world.run()
    assert (healed.status, healed.added, healed.removed) == (RunStatus.SUCCESS, 1, 2)


def test_the_end_of_a_run_waits_for_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clearing(Clock):
        """Whoever waits sees the disk cleared meanwhile."""

        def sleep(self, _seconds: float) -> None:
            world.sql("DROP TRIGGER IF EXISTS refuse ON stackql_app.runs")

    world.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$"
    )
    world.sql(
        "CREATE TRIGGER refuse BEFORE UPDATE ON stackql_app.runs FOR EACH ROW"
        " WHEN (NEW.status <> 'RUNNING') EXECUTE FUNCTION refuse()"
    )
    monkeypatch.setattr("inventory_runner.runs.outage.time", Clearing())
    ended = world.run()
    assert ended.status is RunStatus.FAILED
    assert "The database's disk is full" in ended.message


def test_a_query_that_may_not_run_is_a_failed_run(world: World) -> None:
    world.sql(
        "UPDATE stackql_app.queries SET query_text = :text",
        text="DELETE FROM aws.ec2.vpcs WHERE region = :region",
    )
    ended = world.run()
    assert ended.status is RunStatus.FAILED
    assert "Only statements that read" in ended.message
    assert world.engine.calls == []


def test_a_parameter_without_values_is_a_failed_run(world: World) -> None:
    world.sql("UPDATE stackql_app.queries SET query_text = :text", text=f"{VPCS} AND vpc_id = :vpc")
    ended = world.run()
    assert ended.status is RunStatus.FAILED
    assert ":vpc" in ended.message
    world.values('{"region": ["a"], "vpc": []}')
    assert world.run().status is RunStatus.FAILED
    assert world.engine.calls == []


def test_values_are_bound_as_literals(world: World) -> None:
    world.sql(
        "UPDATE stackql_app.schedules SET parameter_values = CAST(:values AS jsonb)",
        values='{"region": ["x\' OR 1=1 --", "x\' OR 1=1 --"], "gone": ["1", "2"]}',
    )
    world.engine.answer("x'' OR", vpcs("one"))
    ended = world.run()
    assert (ended.status, ended.scopes_total) == (RunStatus.SUCCESS, 1)
    assert [call.sql for call in world.engine.calls] == [VPCS.replace(":region", "'x'' OR 1=1 --'")]


@pytest.mark.parametrize("value", ["a\\\\", "{{a", ""])
def test_a_value_that_cannot_be_bound_fails_the_run_before_anything_is_read(world: World, value: str) -> None:
    world.values(f'{{"region": ["us-east-1", "{value}"]}}')
    ended = world.run()
    assert (ended.status, ended.scopes_total) == (RunStatus.FAILED, 1)
    assert ":region" in ended.message
    assert world.engine.calls == []


def test_values_that_make_a_statement_too_long_fail_the_run_before_anything_is_read(world: World) -> None:
    text = "SELECT * FROM aws.ec2.vpcs WHERE region IN ({})".format(", ".join([":region"] * 9_000))
    world.sql("UPDATE stackql_app.queries SET query_text = :text", text=text)
    world.values('{"region": ["a", "us-gov-east-1", "b"]}')
    ended = world.run()
    assert (ended.status, world.engine.calls) == (RunStatus.FAILED, [])
    assert "longer than 100,000 characters" in ended.message


def test_credentials_are_asked_for_per_attempt_for_the_querys_providers(world: World) -> None:
    asked: list[list[str]] = []

    def resolve(providers: Any) -> dict[str, str]:
        asked.append(list(providers))
        return {"AWS_SECRET_ACCESS_KEY": "s3cret-value"}

    world.engine.answer("'us-east-1'", Throttled("Slow down."), vpcs("one"))
    world.run(resolve_credentials=resolve)
    assert asked == [["aws"]] * 4
    assert {call.credentials["AWS_SECRET_ACCESS_KEY"] for call in world.engine.calls} == {"s3cret-value"}
    for table in ("runs", "run_scopes", "schedules", "queries"):
        assert "s3cret-value" not in str(world.sql(f"SELECT * FROM stackql_app.{table}"))


def test_a_secret_that_cannot_be_had_fails_its_scopes_in_words(world: World) -> None:
    def refuse(_: Any) -> dict[str, str]:
        raise InventoryError("There is no secret 'key'.", title="The secret does not exist")

    ended = world.run(resolve_credentials=refuse)
    assert ended.status is RunStatus.FAILED
    assert "The secret does not exist" in ended.message


def test_without_a_schedule(world: World) -> None:
    query = world.query("SELECT vpc_id, state FROM aws.ec2.vpcs")
    world.engine.answer("vpcs$", vpcs("a", "b"))
    ended = world.run(query_id=query, target_table="adhoc")
    assert (ended.status, ended.schedule_id, ended.target_schema) == (
        RunStatus.SUCCESS,
        None,
        "stackql_inventory",
    )
    assert world.table("adhoc") == ["a", "b"]
    world.engine.answer("vpcs$", vpcs("b", "c"))
    ended = world.run(query_id=query, target_table="adhoc")
    assert (ended.added, ended.removed, ended.changed) == (1, 1, 0)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"target_table": "vpcs"}, InvalidInput, "belongs to schedule"),
        ({"target_table": "resource_changes"}, InvalidInput, "taken by the product"),
        ({"target_table": "x", "target_schema": "pg_catalog"}, InvalidInput, "not for inventory tables"),
        ({"target_table": "x", "target_schema": "stackql_app"}, InvalidInput, "not for inventory tables"),
        ({"target_table": 'x"; DROP TABLE vpcs'}, InvalidInput, "not a plain table name"),
        ({"target_table": ""}, InvalidInput, "no name"),
        ({"target_table": "x", "query_id": 999}, NotFound, "no saved query 999"),
    ],
)
def test_what_no_run_can_begin_with_is_refused_and_not_recorded(
    world: World, options: dict[str, Any], error: type[InventoryError], says: str
) -> None:
    query = world.query("SELECT vpc_id FROM aws.ec2.vpcs")
    with pytest.raises(error, match=says):
        world.run(**{"query_id": query, **options})
    assert world.sql("SELECT count(*) FROM stackql_app.runs")[0][0] == 0


def test_a_query_with_parameters_needs_a_schedule(world: World) -> None:
    with pytest.raises(InvalidInput, match=":region"):
        world.run(query_id=world.query(), target_table="x")


def test_no_such_schedule(world: World) -> None:
    with pytest.raises(NotFound, match="no schedule 999"):
        world.run(999)


def test_append_keeps_every_runs_rows(world: World) -> None:
    one = world.schedule(table="log", write_mode="append", keys="{}")
    world.run(one)
    ended = world.run(one)
    assert (ended.status, ended.rows_total) == (RunStatus.SUCCESS, 6)
    assert len(world.table("log")) == 12


def test_a_view_that_cannot_be_refreshed_is_a_warning(world: World) -> None:
    world.run()
    world.sql(
        "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS"
        " SELECT 1 / (CASE WHEN vpc_id = 'bad' THEN 0 ELSE 1 END) AS one FROM stackql_inventory.vpcs"
    )
    world.engine.answer("'us-east-1'", vpcs("bad"))
    ended = world.run()
    assert ended.status is RunStatus.SUCCESS
    assert any("vpcs_mv" in warning for warning in ended.warnings)
    assert run_reads.get(world.database, ended.id).warnings == ended.warnings


def test_the_sample_cloud_fills_only_the_embedded_database(world: World, database_url: str) -> None:
    world.engine.name = "sample"
    assert world.run().status is RunStatus.SUCCESS
    elsewhere = read(database_url=database_url, inventory_data_dir="/somewhere/else")
    world.database = create_engine(find_target(elsewhere))
    with pytest.raises(ConfigurationError, match="embedded"):
        world.run()
    world.database.dispose()


def test_a_time_is_for_the_sample_cloud_and_a_seeded_run_looks_as_if_it_ran_then(world: World) -> None:
    day = datetime(2026, 3, 1, 6, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        world.run(at=day)
    world.engine.name = "sample"
    before = datetime.now(UTC)
    ended = world.run(at=day, trigger="seed")
    assert (ended.started_at, ended.as_of) == (day, day)
    assert ended.finished_at is not None
    assert day <= ended.finished_at <= day + (datetime.now(UTC) - before)
    times = [
        one
        for (one,) in world.sql(
            "SELECT started_at FROM stackql_app.run_scopes WHERE run_id = :id", id=ended.id
        )
    ]
    assert len(times) == 3 and all(day <= one <= ended.finished_at for one in times)
    assert world.sql("SELECT day FROM stackql_app.table_history") == [(day.date(),)]
    before = datetime.now(UTC)
    now = world.run(at=datetime(2026, 3, 2))
    assert before <= now.started_at <= datetime.now(UTC)
    assert now.as_of == datetime(2026, 3, 2, tzinfo=UTC)
    assert len(world.sql("SELECT day FROM stackql_app.table_history")) == 2


def test_a_hanging_program_ends_with_its_scope_and_leaves_nothing_behind(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real engine on a stand-in program: one region hangs, one is denied beside an empty answer."""
    fake = stackql.install(tmp_path / "bin")
    fake.answer("us-east-1", vpcs("us-east-1-1"))
    fake.answer("eu-west-1", hang=True)
    fake.answer("ap-south-1", stdout="null", stderr="http response status code: 403, response body: denied")
    engine = create(read(stackql_binary=str(fake.binary)))
    clock = Clock()
    monkeypatch.setattr("inventory_runner.engines.pool.time", clock)
    others = {"us-east-1": ScopeStatus.OK, "ap-south-1": ScopeStatus.DENIED}
    try:
        thread, runs_ended = world.in_background(
            engine=engine, limits=Limits(scope_timeout=300, progress=0.05)
        )
        wait_until(lambda: fake.hanging)
        run = run_reads.find_latest_run(world.database, world.schedule_id)
        assert run is not None
        wait_until(lambda: world.scopes(run) == {**others, "eu-west-1": ScopeStatus.RUNNING})
        clock.ahead = 300
        join(thread)
    finally:
        engine.close()
    (ended,) = runs_ended
    assert world.scopes(ended) == {**others, "eu-west-1": ScopeStatus.TIMEOUT}
    assert world.table() == ["us-east-1-1"]
    wait_until(lambda: all(process_gone(call["pid"]) for call in fake.calls))


@pytest.mark.parametrize("empty", [["eu-west-1"], REGIONS])
def test_an_empty_answer_with_order_and_limit_keeps_its_rows(
    world: World, tmp_path: Path, empty: list[str]
) -> None:
    """The real engine applies ORDER BY … LIMIT to what the program printed; nothing stays nothing, and is held."""
    schedule_id = world.schedule(f"{VPCS} ORDER BY vpc_id LIMIT 500", table="ordered")
    fake = stackql.install(tmp_path / "bin")
    for region in REGIONS:
        fake.answer(region, vpcs(f"{region}-1", f"{region}-2"))
    engine = create(read(stackql_binary=str(fake.binary)))
    try:
        world.run(schedule_id, engine=engine)
        before = world.table("ordered")
        fake.clear()
        for region in REGIONS:
            fake.answer(region, [] if region in empty else vpcs(f"{region}-1", f"{region}-2"))
        ended = world.run(schedule_id, engine=engine)
    finally:
        engine.close()
    assert (world.table("ordered"), len(before)) == (before, 6)
    assert (ended.status, ended.removed) == (RunStatus.PARTIAL, 0)
    assert {region for region, status in world.scopes(ended).items() if status is ScopeStatus.HELD} == set(
        empty
    )


def test_kill_9_of_the_runner_leaves_the_table_and_the_next_run_closes_it(
    world: World, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    fake = stackql.install(tmp_path / "bin")
    fake.answer("eu-west-1", hang=True)
    fake.answer("", vpcs("new"))
    monkeypatch.setenv("STACKQL_BINARY", str(fake.binary))
    with world.database.begin() as connection:
        waiting = launch.enqueue(connection, world.schedule_id, trigger="manual", requested_by="test")
    child = launch.start(world.database, waiting)
    wait_until(lambda: any("eu-west-1" in " ".join(call["argv"]) for call in fake.calls))
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert run_reads.get(world.database, waiting.id).status is RunStatus.RUNNING
    # the server notices a dead client, and frees its lock, a moment later
    wait_until(lambda: _locks_held(world.database) == 0)
    assert world.run().status is RunStatus.SUCCESS
    assert run_reads.get(world.database, waiting.id).status is RunStatus.LOST
    assert world.table() == ALL
    # the program that hung died with the runner
    hung = next(call["pid"] for call in fake.calls if "eu-west-1" in " ".join(call["argv"]))
    wait_until(lambda: process_gone(hung))


def _locks_held(database: sa.Engine) -> int:
    with database.connect() as connection:
        held = (
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory'"
        )
        return int(connection.execute(sa.text(f"{held} AND datname = current_database()")).scalar_one())


def test_a_schedule_that_is_given_another_table_meanwhile_keeps_the_old_one_no_longer(world: World) -> None:
    keeps = "SELECT schedule_id FROM stackql_app.inventory_tables WHERE target_table = 'vpcs'"
    world.run()
    assert world.sql(keeps) == [(world.schedule_id,)]

    def move(_: object) -> dict[str, str]:
        world.sql("UPDATE stackql_app.schedules SET target_table = 'moved'")
        return {}

    assert world.run(resolve_credentials=move).status is RunStatus.SUCCESS
    assert world.sql(keeps) == [(None,)]
