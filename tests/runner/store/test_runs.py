"""A run's record: one at a time per table, kept alive, found dead, claimed once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from inventory_runner.models import Run, RunStatus, Scope, ScopeStatus
from inventory_runner.store import run_reads, runs
from inventory_runner.store.lost import LostRuns
from inventory_runner.store.run_sql import ScopeRecord

EVERYTHING = Scope()
TWO = [Scope({"region": "us-east-1"}), Scope({"region": "eu-west-1"})]


def new(table: str = "buckets", **values: object) -> Run:
    return Run(
        0,
        "stackql_inventory",
        table,
        RunStatus.RUNNING,
        datetime.now(UTC),
        engine="stackql",
        **values,  # type: ignore[arg-type]
    )


def begun(
    engine: sa.Engine, run: Run | None = None, scopes: list[Scope] | None = None
) -> tuple[sa.Connection, Run]:
    session = engine.connect()
    recorded, locked = runs.begin(session, run or new(), scopes or TWO)
    assert locked
    return session, recorded


def age(engine: sa.Engine, run_id: int, seconds: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE stackql_app.runs SET heartbeat_at = now() - make_interval(secs => :s) WHERE id = :id"
            ),
            {"s": seconds, "id": run_id},
        )


def schedule(engine: sa.Engine, table: str = "buckets") -> int:
    with engine.begin() as connection:
        query = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.queries (name, query_text) VALUES ('q', 'SELECT 1') RETURNING id"
            )
        ).scalar_one()
        return connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table)"
                " VALUES (:query, '0 6 * * *', :table) RETURNING id"
            ),
            {"query": query, "table": table},
        ).scalar_one()


def test_a_run_is_recorded_with_its_scopes_in_order(engine: sa.Engine) -> None:
    session, run = begun(engine, new(query_text="SELECT 1", requested_by="ada@example.com"))
    stored = run_reads.get(engine, run.id)
    assert (stored.status, stored.query_text, stored.requested_by, stored.scopes_total) == (
        RunStatus.RUNNING,
        "SELECT 1",
        "ada@example.com",
        2,
    )
    assert [(one.scope, one.status) for one in run_reads.list_scopes(engine, run.id)] == [
        (scope, ScopeStatus.PENDING) for scope in TWO
    ]
    session.close()


def test_a_value_listed_twice_is_one_scope(engine: sa.Engine) -> None:
    session, run = begun(engine, scopes=[TWO[0], TWO[0]])
    assert len(run_reads.list_scopes(engine, run.id)) == 1
    session.close()


def test_a_second_run_of_a_table_is_refused_and_names_the_first(engine: sa.Engine) -> None:
    session, run = begun(engine)
    with engine.connect() as other, pytest.raises(runs.AlreadyRunning, match=f"Run {run.id} is filling"):
        runs.begin(other, new(), TWO)
    with engine.connect() as other:
        recorded, _ = runs.begin(other, new("vpcs"), TWO)  # another table is another matter
        assert recorded.id != run.id
    session.close()


def test_twenty_at_once_make_one_run(engine: sa.Engine) -> None:
    won: list[int] = []
    refused: list[runs.AlreadyRunning] = []
    sessions: list[sa.Connection] = []
    barrier = threading.Barrier(20)
    unpooled = sa.create_engine(engine.url, poolclass=sa.pool.NullPool)

    def go() -> None:
        session = unpooled.connect()
        sessions.append(session)
        barrier.wait()
        try:
            won.append(runs.begin(session, new(), TWO)[0].id)
        except runs.AlreadyRunning as error:
            refused.append(error)

    threads = [threading.Thread(target=go) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert len(won) == 1
    assert len(refused) == 19


def test_a_predecessor_whose_session_is_gone_is_lost_at_once(engine: sa.Engine) -> None:
    session, dead = begun(engine)
    runs.beat(session, dead.id, [ScopeRecord(TWO[0], ScopeStatus.OK, rows=5)])
    session.invalidate()
    session.close()
    later, run = begun(engine)
    assert run.id != dead.id
    lost = run_reads.get(engine, dead.id)
    assert lost.status is RunStatus.LOST
    assert "The table is as it was" in lost.message
    assert [one.status for one in run_reads.list_scopes(engine, dead.id)] == [
        ScopeStatus.ERROR,
        ScopeStatus.CANCELLED,
    ]
    later.close()


def test_a_frozen_predecessor_that_keeps_its_session_is_lost_after_a_minute(engine: sa.Engine) -> None:
    frozen, run = begun(engine)
    age(engine, run.id, 61)
    with engine.connect() as session:
        second, locked = runs.begin(session, new(), TWO)
        assert not locked
        assert run_reads.get(engine, run.id).status is RunStatus.LOST
        # when it wakes up, it finds so
        with frozen.begin(), pytest.raises(runs.RunEnded) as ended:
            runs.claim(frozen, run.id)
        assert ended.value.status is RunStatus.LOST
        assert run_reads.get(engine, second.id).status is RunStatus.RUNNING
    frozen.close()


def test_lost_is_what_gave_no_sign_of_life_for_a_minute(engine: sa.Engine) -> None:
    one = schedule(engine)
    session, run = begun(engine, new(schedule_id=one))
    # not a second less than a minute: this machine may need more to look
    age(engine, run.id, 40)
    assert LostRuns(engine, confirm_seconds=0).mark() == []
    runs.beat(session, run.id)
    age(engine, run.id, 61)
    assert LostRuns(engine, confirm_seconds=0).mark() == [run.id]
    with engine.connect() as connection:
        noted = connection.execute(
            sa.text("SELECT last_run_status, last_run_at FROM stackql_app.schedules")
        ).one()
    assert noted.last_run_status == "LOST"
    assert noted.last_run_at == run_reads.get(engine, run.id).started_at
    session.close()


@pytest.mark.parametrize("jump", [5 * 3600, -5 * 3600])
def test_a_clock_that_jumps_loses_no_run_that_lives_and_keeps_none_that_is_gone(
    engine: sa.Engine, jump: int
) -> None:
    now = 0.0
    lost = LostRuns(engine, clock=lambda: now)
    alive, living = begun(engine)
    gone, dead = begun(engine, new("other"))
    # as if the database's clock had been set: every sign of life seems hours old, or hours ahead
    for run in (living, dead):
        age(engine, run.id, jump)
    assert lost.mark() == []
    now = 14
    runs.beat(alive, living.id)
    assert lost.mark() == []
    now = 16
    assert lost.mark() == [dead.id]
    assert run_reads.get(engine, living.id).status is RunStatus.RUNNING
    alive.close()
    gone.close()


def test_a_run_that_is_merging_is_neither_lost_nor_blocks_who_asks(engine: sa.Engine) -> None:
    session, run = begun(engine)
    age(engine, run.id, 600)
    with engine.begin() as merging:
        runs.claim(merging, run.id)
        # each returns while the merge holds the run's row, which waiting for it would never do
        assert LostRuns(engine, confirm_seconds=0).mark() == []
        assert not runs.request_cancel(engine, run.id)
        assert runs.beat(session, run.id).status is RunStatus.RUNNING
    session.close()


def test_a_cancel_is_heard_by_the_heartbeat_and_stops_the_claim(engine: sa.Engine) -> None:
    session, run = begun(engine)
    assert not runs.beat(session, run.id).cancel_requested
    assert runs.request_cancel(engine, run.id)
    assert runs.beat(session, run.id).cancel_requested
    with engine.begin() as connection, pytest.raises(runs.RunCancelled):
        runs.claim(connection, run.id)
    session.close()


def test_the_end_is_written_with_the_scopes_and_the_schedule(engine: sa.Engine) -> None:
    one = schedule(engine)
    session, run = begun(engine, new(schedule_id=one))
    with engine.begin() as connection:
        runs.claim(connection, run.id)
        ended = runs.record(
            connection,
            Run(
                run.id,
                run.target_schema,
                run.target_table,
                RunStatus.PARTIAL,
                run.started_at,
                rows_read=7,
                rows_total=9,
                added=2,
                scopes_total=2,
                scopes_ok=1,
                message="a\0b",
                warnings=("odd \ud800 letters",),
            ),
            [
                ScopeRecord(TWO[0], ScopeStatus.OK, 7, 1.5, 1),
                ScopeRecord(TWO[1], ScopeStatus.DENIED, 0, 0.2, 1, "403"),
            ],
        )
    assert ended == run_reads.get(engine, run.id)
    assert (ended.status, ended.rows_read, ended.rows_total, ended.added, ended.message, ended.warnings) == (
        RunStatus.PARTIAL,
        7,
        9,
        2,
        "ab",
        ("odd  letters",),
    )
    assert ended.finished_at is not None
    scopes = run_reads.list_scopes(engine, run.id)
    assert [(one.status, one.rows, one.duration, one.message) for one in scopes] == [
        (ScopeStatus.OK, 7, 1.5, ""),
        (ScopeStatus.DENIED, 0, 0.2, "403"),
    ]
    with engine.connect() as connection:
        assert (
            connection.execute(sa.text("SELECT last_run_status FROM stackql_app.schedules")).scalar_one()
            == "PARTIAL"
        )
    session.close()


def test_a_waiting_run_is_taken_up_once(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        waiting = runs.enqueue(connection, new(), TWO)
        connection.execute(sa.text("UPDATE stackql_app.runs SET engine = ''"))
    with engine.connect() as other, pytest.raises(runs.AlreadyRunning):
        runs.begin(other, new(), TWO)
    with engine.connect() as session:
        taken, locked = runs.begin(session, new(), [TWO[0], EVERYTHING], adopt=waiting.id)
        assert (taken.id, taken.engine, taken.scopes_total, locked) == (waiting.id, "stackql", 2, True)
        assert [one.scope for one in run_reads.list_scopes(engine, waiting.id)] == [TWO[0], EVERYTHING]
        with engine.connect() as other, pytest.raises(runs.AlreadyRunning):
            runs.begin(other, new(), TWO)


def test_a_waiting_run_that_is_cancelled_ends_there_and_is_not_taken_up(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        waiting = runs.enqueue(connection, new(), TWO)
        connection.execute(sa.text("UPDATE stackql_app.runs SET engine = ''"))
    assert runs.request_cancel(engine, waiting.id)
    assert run_reads.get(engine, waiting.id).status is RunStatus.CANCELLED
    with engine.connect() as session:
        with pytest.raises(runs.RunEnded):
            runs.begin(session, new(), TWO, adopt=waiting.id)
        later, run = begun(engine)  # another session: nothing was left locked
        assert run.id != waiting.id
        later.close()
