"""A run's own record: started, kept alive, claimed for the merge, closed; and found dead by others.

A table has one run at a time. While a run lives, its session holds an advisory lock on the table's name, so that
the next run can tell a dead predecessor at once; where the lock is no witness (the session dropped), a minute
without a heartbeat is. `claim` re-checks the row FOR UPDATE inside the merge's transaction: a run that was
declared lost, or cancelled, meanwhile writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg2.errors
import sqlalchemy as sa

from inventory_runner.errors import InventoryError, NotFound
from inventory_runner.models import Run, RunStatus, Scope, ScopeStatus
from inventory_runner.store.run_reads import make_run
from inventory_runner.store.run_sql import (
    INSERT_SCOPES,
    LOCK,
    NOTE_SCHEDULE,
    UPDATE_FROM_VALUES,
    UPDATE_SCOPES,
    VALUES,
    ScopeRecord,
    clean,
    format_warnings,
    list_arrays,
)

LOST_AFTER_SECONDS = 60.0
# how long a new run waits for a merge that is just ending, or for a schedule that is just being deleted
LOCK_TIMEOUT = "10s"
UNWRITTEN = (
    ScopeStatus.PENDING,
    ScopeStatus.RUNNING,
    ScopeStatus.OK,
    ScopeStatus.INCOMPLETE,
    ScopeStatus.ADDITIVE,
    ScopeStatus.HELD,
)


class AlreadyRunning(InventoryError):
    """Another run of the same table is under way."""

    code = "already_running"
    title = "A run is under way"
    default_hint = "Wait until it has ended, or cancel it on the Schedules page."


class ScheduleLocked(InventoryError):
    """The schedule is being deleted, which is not over yet: its job is removed first."""

    code = "schedule_locked"
    title = "The schedule is being deleted"
    default_hint = "Look at the Schedules page in a moment: try again where it is still there."


class RunEnded(InventoryError):
    """The run was closed by someone else: lost, cancelled before it began, or deleted. `status` is what it is now."""

    code = "run_ended"
    title = "The run has already ended"

    def __init__(self, message: str, status: RunStatus | None) -> None:
        super().__init__(message)
        self.status = status


class RunCancelled(InventoryError):
    """Someone asked for the run to stop, before anything was written."""

    code = "run_cancelled"
    title = "The run was cancelled"


@dataclass(frozen=True)
class Beat:
    """What a heartbeat found: the run's status in the database, and whether someone asked it to stop."""

    status: RunStatus | None
    cancel_requested: bool


def lock(connection: sa.Connection, run: Run) -> bool:
    """Take the table's session lock if it is free."""
    return bool(
        connection.execute(sa.text(f"SELECT pg_try_advisory_lock({LOCK})"), _name_target(run)).scalar_one()
    )


def unlock(connection: sa.Connection, run: Run) -> None:
    connection.execute(sa.text(f"SELECT pg_advisory_unlock({LOCK})"), _name_target(run))
    connection.commit()


def begin(
    connection: sa.Connection, run: Run, scopes: Sequence[Scope], *, adopt: int | None = None
) -> tuple[Run, bool]:
    """Record the run as RUNNING, its scopes as pending, and commit; True where we hold the table's lock.

    connection: the one that is to live, and hold the lock, as long as the run. adopt: the id of a run that
    `enqueue` recorded for us. A predecessor that is dead is closed as LOST first. Raises AlreadyRunning, and
    RunEnded where the adopted run was closed before we came.
    """
    locked = _take_turn(connection, run, "pg_try_advisory_lock", "pg_advisory_lock", adopt)
    try:
        made = _adopt(connection, adopt, run, scopes) if adopt else _insert(connection, run, scopes)
        connection.commit()
    except BaseException:
        connection.rollback()
        if locked:
            unlock(connection, run)  # a session's lock outlives its transaction
        raise
    return made, locked


def enqueue(connection: sa.Connection, run: Run, scopes: Sequence[Scope]) -> Run:
    """Record a run that a process yet to start will adopt; inside the caller's transaction. Raises AlreadyRunning.

    Such a run has no engine yet. It is LOST like any other when nobody has taken it up for a minute.
    """
    _take_turn(connection, run, "pg_try_advisory_xact_lock", "pg_advisory_xact_lock", None)
    return _insert(connection, run, scopes)


def _take_turn(connection: sa.Connection, run: Run, attempt: str, wait: str, adopt: int | None) -> bool:
    """Close dead predecessors, and take the table's lock: False where a run that was declared lost still has it."""
    free = bool(
        connection.execute(
            sa.text(f"SELECT {attempt}({LOCK}), set_config('lock_timeout', :timeout, true)"),
            {**_name_target(run), "timeout": LOCK_TIMEOUT},
        ).scalar_one()
    )
    # with the lock in our hands whoever is RUNNING is gone, save one that waits to be taken up; one whose merge is
    # just ending is waited for
    dead = "heartbeat_at < now() - make_interval(secs => :age)" + (" OR engine <> ''" if free else "")
    try:
        _close_lost(
            connection,
            "target_schema = :schema AND target_table = :table AND id IS DISTINCT FROM :adopt"
            f" AND ({dead}) AND status = 'RUNNING'",
            {**_name_target(run), "adopt": adopt, "age": LOST_AFTER_SECONDS},
        )
    except sa.exc.OperationalError as error:
        if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise _make_already_running(run, None) from None
        raise
    if free:
        return True
    if (other := _find_running(connection, run)) not in {None, adopt}:
        raise _make_already_running(run, other)
    # nothing runs, so its session is about to let go
    try:
        with connection.begin_nested():
            connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            connection.execute(sa.text(f"SELECT {wait}({LOCK})"), _name_target(run))
    except sa.exc.OperationalError as error:
        if not isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise
        return False
    return True


def _find_running(connection: sa.Connection, run: Run) -> int | None:
    return connection.execute(
        sa.text(
            "SELECT id FROM stackql_app.runs"
            " WHERE status = 'RUNNING' AND target_schema = :schema AND target_table = :table"
        ),
        _name_target(run),
    ).scalar_one_or_none()


def _make_already_running(run: Run, other: int | None) -> AlreadyRunning:
    which = f"Run {other}" if other else "Another run"
    return AlreadyRunning(
        f"{which} is filling {run.target_schema}.{run.target_table}, and a table has one at a time."
    )


def _insert(connection: sa.Connection, run: Run, scopes: Sequence[Scope]) -> Run:
    columns = (
        "schedule_id",
        "query_id",
        "query_name",
        "query_text",
        "target_schema",
        "target_table",
        "trigger",
        "engine",
        "engine_version",
        "requested_by",
        "as_of",
        "started_at",
        "job_run_id",
        "job_run_url",
    )
    values = {name: getattr(run, name) for name in columns}
    try:
        row = connection.execute(
            sa.text(
                f"WITH made AS (INSERT INTO stackql_app.runs (status, scopes_total, {', '.join(columns)})"  # noqa: S608
                f" VALUES ('RUNNING', :scopes_total, {', '.join(f':{name}' for name in columns)}) RETURNING *),"
                f" {INSERT_SCOPES} SELECT * FROM made"
            ),
            {**values, "scopes_total": len(scopes), "scopes": _list_keys(scopes)},
        ).one()
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, psycopg2.errors.UniqueViolation):
            raise _make_already_running(run, None) from None
        if isinstance(error.orig, psycopg2.errors.ForeignKeyViolation):
            # the schedule was read, and deleted before its run was recorded
            raise NotFound(
                f"Schedule {run.schedule_id} does not run: someone has deleted it.",
                hint="The Schedules page lists the schedules that exist.",
            ) from None
        raise
    except sa.exc.OperationalError as error:
        if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise ScheduleLocked(f"Schedule {run.schedule_id} was not run.") from None
        raise
    return make_run(row)


def _adopt(connection: sa.Connection, run_id: int, run: Run, scopes: Sequence[Scope]) -> Run:
    row = connection.execute(
        sa.text(
            "WITH gone AS (DELETE FROM stackql_app.run_scopes"  # noqa: S608
            "  WHERE run_id = :id AND scope <> ALL(:scopes)),"
            " made AS (UPDATE stackql_app.runs SET engine = :engine, engine_version = :engine_version,"
            "   query_id = :query_id, query_name = :query_name, query_text = :query_text, heartbeat_at = now(),"
            "   as_of = :as_of, scopes_total = :scopes_total, job_run_id = coalesce(:job_run_id, job_run_id),"
            "   job_run_url = coalesce(:job_run_url, job_run_url)"
            "  WHERE id = :id AND status = 'RUNNING' AND engine = '' AND schedule_id IS NOT DISTINCT FROM :schedule_id"
            "   AND target_schema = :schema AND target_table = :table"
            f"  RETURNING *), {INSERT_SCOPES} SELECT * FROM made"
        ),
        {
            "id": run_id,
            **_name_target(run),
            "engine": run.engine,
            "engine_version": run.engine_version,
            "schedule_id": run.schedule_id,
            "query_id": run.query_id,
            "query_name": run.query_name,
            "query_text": run.query_text,
            "as_of": run.as_of,
            "job_run_id": run.job_run_id,
            "job_run_url": run.job_run_url,
            "scopes_total": len(scopes),
            "scopes": _list_keys(scopes),
        },
    ).one_or_none()
    if row is None:
        raise RunEnded(f"Run {run_id} is not waiting to be taken up.", None)
    return make_run(row)


def beat(connection: sa.Connection, run_id: int, scopes: Sequence[ScopeRecord] = ()) -> Beat:
    """Say that the run lives, note how far its scopes are, and learn whether it should stop; commits."""
    with connection.begin():
        row = connection.execute(
            # a row that is locked is being merged: by us, so that it needs no sign of life
            sa.text(
                "UPDATE stackql_app.runs SET heartbeat_at = now() WHERE id ="
                " (SELECT id FROM stackql_app.runs WHERE id = :id AND status = 'RUNNING' FOR UPDATE SKIP LOCKED)"
                " RETURNING status, cancel_requested"
            ),
            {"id": run_id},
        ).one_or_none()
        if row is None:
            row = connection.execute(
                sa.text("SELECT status, cancel_requested FROM stackql_app.runs WHERE id = :id"),
                {"id": run_id},
            ).one_or_none()
        if row is None:
            return Beat(None, True)
        status = RunStatus(row.status)
        if scopes and status is RunStatus.RUNNING:
            connection.execute(sa.text(UPDATE_SCOPES), {"id": run_id, **list_arrays(scopes)})
    return Beat(status, row.cancel_requested)


def request_cancel(database: sa.Engine, run_id: int) -> bool:
    """Ask a run to stop: False where it has ended, or is already writing its result.

    A run that no process has taken up yet ends here and now.
    """
    with database.begin() as connection:
        row = connection.execute(
            sa.text(
                "UPDATE stackql_app.runs SET cancel_requested = true WHERE id ="
                " (SELECT id FROM stackql_app.runs WHERE id = :id AND status = 'RUNNING' FOR UPDATE SKIP LOCKED)"
                " RETURNING *"
            ),
            {"id": run_id},
        ).one_or_none()
        if row is not None and row.engine == "":
            close(connection, run_id, RunStatus.CANCELLED, "It was cancelled before it began.")
    return row is not None


def find_silent(database: sa.Engine, seconds: float) -> dict[int, datetime]:
    """The runs whose last sign of life is so long ago, or so far ahead, by the database's clock; with that sign."""
    with database.begin() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT id, heartbeat_at FROM stackql_app.runs WHERE status = 'RUNNING' AND heartbeat_at"
                " NOT BETWEEN now() - make_interval(secs => :age) AND now() + make_interval(secs => :age)"
            ),
            {"age": seconds},
        )
        return {row.id: row.heartbeat_at for row in rows}


def close_silent(database: sa.Engine, silent: Mapping[int, datetime]) -> list[int]:
    """Close as LOST the runs whose last sign of life is still the one that is given; returns their ids."""
    with database.begin() as connection:
        return _close_lost(
            connection,
            "id IN (SELECT r.id FROM stackql_app.runs r"
            " JOIN unnest(CAST(:ids AS bigint[]), CAST(:beats AS timestamptz[])) AS s (id, beat)"
            " ON r.id = s.id AND r.heartbeat_at = s.beat WHERE r.status = 'RUNNING' FOR UPDATE OF r SKIP LOCKED)",
            {"ids": list(silent), "beats": list(silent.values())},
        )


def claim(connection: sa.Connection, run_id: int) -> None:
    """Inside the transaction that is to close the run: hold its row. Raises RunEnded and RunCancelled."""
    row = connection.execute(
        sa.text("SELECT status, cancel_requested FROM stackql_app.runs WHERE id = :id FOR UPDATE"),
        {"id": run_id},
    ).one_or_none()
    if row is None:
        raise RunEnded(f"Run {run_id} was deleted.", None)
    if row.status != RunStatus.RUNNING:
        raise RunEnded(
            f"Run {run_id} was closed as {row.status} while it was reading.", RunStatus(row.status)
        )
    if row.cancel_requested:
        raise RunCancelled("It was asked to stop, and its table is as it was.")


def hold(connection: sa.Connection, run_id: int) -> bool:
    """Hold the run's row to close it with nothing written; False where it has ended already."""
    return (
        connection.execute(
            sa.text("SELECT 1 FROM stackql_app.runs WHERE id = :id AND status = 'RUNNING' FOR UPDATE"),
            {"id": run_id},
        ).one_or_none()
        is not None
    )


def is_taken_up(connection: sa.Connection, run_id: int) -> bool | None:
    """Whether a process has begun a run that is still open; None where it is not open."""
    engine = connection.execute(
        sa.text("SELECT engine FROM stackql_app.runs WHERE id = :id AND status = 'RUNNING'"), {"id": run_id}
    ).scalar_one_or_none()
    return None if engine is None else engine != ""


def record(connection: sa.Connection, run: Run, scopes: Sequence[ScopeRecord]) -> Run:
    """Write a run's end, its scopes' and its schedule's, in one statement.

    Of `run` the status, the counts, the message, the warnings and finished_at (else now) are taken.
    """
    fields = ("rows_read", "rows_total", "added", "removed", "changed", "scopes_total", "scopes_ok")
    row = connection.execute(
        sa.text(
            f"WITH v AS ({VALUES}), noted AS ({UPDATE_FROM_VALUES}), done AS (UPDATE stackql_app.runs SET"  # noqa: S608
            " status = :status, heartbeat_at = clock_timestamp(),"
            " finished_at = coalesce(:finished_at, clock_timestamp()),"
            f" {', '.join(f'{name} = :{name}' for name in fields)},"
            " message = :message, warnings = CAST(:warnings AS jsonb) WHERE id = :id RETURNING *),"
            f" {NOTE_SCHEDULE} SELECT * FROM done"
        ),
        {
            **{name: getattr(run, name) for name in fields},
            **list_arrays(scopes),
            "id": run.id,
            "status": run.status.value,
            "finished_at": run.finished_at,
            "message": clean(run.message),
            "warnings": format_warnings(run.warnings),
        },
    ).one()
    return make_run(row)


def close(connection: sa.Connection, run_id: int, status: RunStatus, message: str) -> bool:
    """End a run that wrote nothing; False where it has ended already. Its scopes end as the run did."""
    row = connection.execute(
        sa.text(
            "WITH done AS (UPDATE stackql_app.runs SET status = :status, message = :message,"  # noqa: S608
            " finished_at = clock_timestamp() WHERE id = :id AND status = 'RUNNING' RETURNING *),"
            " noted AS (UPDATE stackql_app.run_scopes s SET status = :scope_status FROM done"
            "  WHERE s.run_id = done.id AND s.status = ANY(:unwritten)),"
            f" {NOTE_SCHEDULE} SELECT id FROM done"
        ),
        {
            "id": run_id,
            "status": status.value,
            "message": clean(message),
            "scope_status": (
                ScopeStatus.CANCELLED if status is RunStatus.CANCELLED else ScopeStatus.ERROR
            ).value,
            "unwritten": [one.value for one in UNWRITTEN],
        },
    ).one_or_none()
    return row is not None


def add_warnings(database: sa.Engine, run_id: int, warnings: Sequence[str]) -> Run:
    """Add what went wrong after the commit to an ended run."""
    with database.begin() as connection:
        return make_run(
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.runs SET warnings = warnings || CAST(:warnings AS jsonb)"
                    " WHERE id = :id RETURNING *"
                ),
                {"id": run_id, "warnings": format_warnings(warnings)},
            ).one()
        )


def _close_lost(connection: sa.Connection, where: str, values: dict[str, object]) -> list[int]:
    rows = connection.execute(
        sa.text(
            "WITH done AS (UPDATE stackql_app.runs SET status = 'LOST', finished_at = now(),"  # noqa: S608
            "  message = 'No sign of life since ' || to_char(heartbeat_at AT TIME ZONE 'UTC', 'HH24:MI:SS')"
            "   || ' UTC: the process that ran it is gone. The table is as it was.'"
            f" WHERE {where} RETURNING *),"
            " noted AS (UPDATE stackql_app.run_scopes s SET"
            "  status = CASE s.status WHEN 'pending' THEN 'cancelled' ELSE 'error' END,"
            "  message = CASE s.status WHEN 'pending' THEN 'Not begun when the run was lost.'"
            "   ELSE 'The run was lost before this was written.' END"
            "  FROM done WHERE s.run_id = done.id AND s.status = ANY(:unwritten)),"
            f" {NOTE_SCHEDULE} SELECT id FROM done ORDER BY id"
        ),
        {**values, "unwritten": [one.value for one in UNWRITTEN]},
    )
    return [row.id for row in rows]


def _list_keys(scopes: Sequence[Scope]) -> list[str]:
    """Each scope once: a value that is listed twice is one scope."""
    return list(dict.fromkeys(scope.key for scope in scopes))


def _name_target(run: Run) -> dict[str, object]:
    return {"schema": run.target_schema, "table": run.target_table}
