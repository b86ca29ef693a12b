"""One run, from start to record: read every scope, merge what succeeded in one transaction, say how it went.

The table is touched by that one transaction only, which first re-checks the run's own row and also writes the
run's record, so that a crash, a cancel or a lost connection anywhere leaves table and record in agreement.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from inventory_runner import store
from inventory_runner.contract import CancelToken, Engine
from inventory_runner.errors import ConfigurationError, DatabaseUnavailable, InvalidInput, InventoryError
from inventory_runner.models import INVENTORY_SCHEMA, Run, RunStatus, ScopeStatus
from inventory_runner.platform import secrets
from inventory_runner.platform.database import is_embedded
from inventory_runner.runs.after import DEFAULT_FOLLOWERS, Follower, follow, shorten_record
from inventory_runner.runs.heartbeat import Heartbeat
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.outage import (
    AWAY,
    explain_error,
    find_details,
    find_known_refusal,
    is_transient,
    retry_delays,
)
from inventory_runner.runs.plan import Plan, make_plan
from inventory_runner.runs.scopes import Outcome, ScopeReader
from inventory_runner.runs.settling import settle
from inventory_runner.runs.status import judge_run
from inventory_runner.store import Judge, MergeResult, ScopeData, run_reads, runs
from inventory_runner.store.run_sql import ScopeRecord

log = logging.getLogger(__name__)

MOST_WARNINGS = 50


def run(
    database: sa.Engine,
    engine: Engine,
    *,
    schedule_id: int | None = None,
    query_id: int | None = None,
    target_schema: str | None = None,
    target_table: str | None = None,
    at: datetime | None = None,
    trigger: str = "manual",
    requested_by: str = "",
    resolve_credentials: secrets.Resolver | None = None,
    cancel: CancelToken | None = None,
    run_id: int | None = None,
    job_run_id: str | None = None,
    job_run_url: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    judges: Sequence[Judge] = (),
    followers: Sequence[Follower] = DEFAULT_FOLLOWERS,
) -> Run:
    """Run a schedule, or a saved query into a table that no schedule owns; returns the run as it ended.

    at: the data's time, with the sample engine only; with trigger `seed` the run's own times follow it.
    run_id: a run that was recorded for us to take up. cancel: set by anyone to stop; set by the run where it is
    asked to stop in the database. judges: called in the merge's transaction, see `store.Judge`. followers: called
    after its commit, see `after.py`.
    Raises InventoryError where no run could begin (no such schedule, a table that may not be written, another run
    under way); whatever happens later is in the run that is returned.
    """
    session: sa.Connection | None = None
    try:
        _check_engine(database, engine, at)
        if (schedule_id is None) == (query_id is None):
            raise InvalidInput("Name a schedule or a query, one of the two.", field="schedule_id")
        at = at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
        started = at if at and trigger == "seed" else datetime.now(UTC)
        given = Run(
            0,
            target_schema or INVENTORY_SCHEMA,
            target_table or "",
            RunStatus.RUNNING,
            started,
            schedule_id,
            query_id,
            trigger=trigger,
            engine=engine.name,
            engine_version=engine.version,
            requested_by=requested_by,
            as_of=at,
            job_run_id=job_run_id,
            job_run_url=job_run_url,
        )
        session = _connect(database)
        plan = make_plan(session, given)
        recorded, locked = runs.begin(session, plan.run, plan.scopes, adopt=run_id)
    except BaseException as error:
        if session is not None:
            session.close()
        if run_id is not None and not isinstance(error, runs.RunEnded):
            _close(database, run_id, explain_error(error))
        raise
    cancel = cancel or CancelToken()
    with Heartbeat(database, session, recorded, cancel, limits, locked=locked) as heartbeat:
        work = _Work(database, engine, plan, recorded, heartbeat, cancel, limits, judges)
        try:
            work.execute(resolve_credentials or (lambda _: {}))
        except runs.RunEnded as error:
            log.warning("run %s: %s", recorded.id, error.message)
        except runs.RunCancelled as error:
            work.close(RunStatus.CANCELLED, error.message)
        except Exception as error:  # a run that fails is closed, whatever failed
            if not isinstance(error, InventoryError | sa.exc.DBAPIError):
                log.exception("run %s failed unexpectedly", recorded.id)
            work.close(RunStatus.FAILED, explain_error(error))
        except BaseException as error:
            work.close(RunStatus.CANCELLED, f"The runner was stopped ({type(error).__name__}).")
            raise
    ended = work.ended or run_reads.get(database, recorded.id)
    warnings = follow(followers, database, plan.target, work.result) if work.result is not None else []
    warnings += shorten_record(database, plan.target, limits.run_days)
    return runs.add_warnings(database, ended.id, warnings) if warnings else ended


class _Work:
    """The part of a run that happens under its heartbeat."""

    def __init__(
        self,
        database: sa.Engine,
        engine: Engine,
        plan: Plan,
        recorded: Run,
        heartbeat: Heartbeat,
        cancel: CancelToken,
        limits: Limits,
        judges: Sequence[Judge],
    ) -> None:
        self._database = database
        self._engine = engine
        self._plan = plan
        self._run = recorded
        self._heartbeat = heartbeat
        self._cancel = cancel
        self._limits = limits
        self._judges = judges
        self._began = time.monotonic()
        self._outcomes: list[Outcome] = []
        self._warnings: list[str] = []
        self._merging: MergeResult | None = None
        self.result: MergeResult | None = None
        self.ended: Run | None = None

    def execute(self, resolve: secrets.Resolver) -> None:
        statement = self._plan.statement
        if isinstance(statement, InventoryError):
            raise statement
        providers = statement.providers
        reader = ScopeReader(
            self._engine,
            self._limits,
            self._cancel,
            lambda: resolve(providers),
            self._heartbeat.report,
            self._tell_time,
        )
        self._outcomes = settle(reader.read(statement, self._plan.scopes), self._plan.target)
        self._heartbeat.end_reports()
        self._warnings = _list_engine_warnings(self._outcomes)
        if self._cancel.cancelled:
            self.close(RunStatus.CANCELLED, "It was asked to stop, and its table is as it was.")
            return
        self._merge()

    def _tell_time(self) -> datetime:
        """The run's own time, by which all of its record is: a seeded run looks as if it had run then."""
        if self._run.trigger != "seed":
            return datetime.now(UTC)
        return self._run.started_at + timedelta(seconds=time.monotonic() - self._began)

    def close(self, status: RunStatus, message: str) -> None:
        """End the run with nothing written: what was read counts for nothing, and says so."""
        self._heartbeat.end_reports()
        records = self._list_unwritten(status, message)
        for _ in retry_delays(self._limits):
            try:
                with self._database.begin() as connection:
                    if runs.hold(connection, self._run.id):
                        self._end(connection, replace(self._run, status=status, message=message), records)
                return
            except (*AWAY, sa.exc.DBAPIError) as error:
                # a run's end is worth waiting for room, too
                if not is_transient(error) and find_known_refusal(error) is None:
                    raise
                log.warning("run %s: waiting for the database to record its end", self._run.id)
        log.error("run %s: the database did not come back; not recorded: %s", self._run.id, message)

    def _list_unwritten(self, status: RunStatus, message: str) -> list[ScopeRecord]:
        cancelled = status is RunStatus.CANCELLED
        ending = ScopeStatus.CANCELLED if cancelled else ScopeStatus.ERROR
        reason = "Read, but the run was cancelled." if cancelled else f"Read, but not written: {message}"
        if not self._outcomes:
            return [ScopeRecord(scope, ending, message=message) for scope in self._plan.scopes]
        return [
            replace(one.record, status=ending, message=reason) if one.result is not None else one.record
            for one in self._outcomes
        ]

    def _end(self, connection: sa.Connection, run: Run, records: Sequence[ScopeRecord]) -> None:
        self.ended = runs.record(
            connection,
            replace(
                run,
                finished_at=self._tell_time() if run.trigger == "seed" else None,
                scopes_total=len(records),
                scopes_ok=sum(one.status is ScopeStatus.OK for one in records),
                warnings=tuple(dict.fromkeys([*self._warnings, *run.warnings])),
            ),
            records,
        )

    def _merge(self) -> None:
        data = [
            ScopeData(one.record.scope, one.record.status, one.result, one.record.message, one.record.details)
            for one in self._outcomes
        ]
        failure: BaseException | None = None
        for _ in retry_delays(self._limits):
            try:
                self.result = store.merge(
                    self._database,
                    self._plan.target,
                    data,
                    run_id=self._run.id,
                    at=self._run.as_of or datetime.now(UTC),
                    claim=lambda connection: runs.claim(connection, self._run.id),
                    record=self._record,
                    judges=self._judges,
                )
                return
            except runs.RunEnded as ended:
                if ended.status in (RunStatus.SUCCESS, RunStatus.PARTIAL):
                    # the connection broke while the commit was under way, and it had gone through: only we write these
                    self.result = self._merging
                    self.ended = run_reads.get(self._database, self._run.id)
                    return
                raise
            except (*AWAY, sa.exc.DBAPIError) as error:
                self.ended = None
                if not is_transient(error):
                    raise
                failure = error
                log.warning("run %s: the database went away in the merge; trying again", self._run.id)
        raise failure or RuntimeError("no attempt was made")

    def _record(self, connection: sa.Connection, result: MergeResult) -> None:
        """The run's record, in the merge's transaction."""
        self._merging = result
        final = {one.scope.key: one for one in result.scopes}
        records = [
            replace(
                one.record,
                status=final[one.record.scope.key].status,
                message=final[one.record.scope.key].message,
            )
            for one in self._outcomes
        ]
        status, message = judge_run(records)
        counts = {
            name: getattr(result, name) for name in ("rows_read", "rows_total", "added", "removed", "changed")
        }
        ended = replace(self._run, status=status, message=message, warnings=tuple(result.warnings), **counts)
        self._end(connection, ended, records)


def _check_engine(database: sa.Engine, engine: Engine, at: datetime | None) -> None:
    if engine.name == "sample":
        if not is_embedded(database):
            raise ConfigurationError(
                "The sample cloud fills only the embedded database.",
                hint="Set INVENTORY_ENGINE=stackql, or start the embedded database with scripts/dev.py run.",
            )
    elif at is not None:
        raise InvalidInput("A time can be given to the sample cloud only.", field="at")


def _connect(database: sa.Engine) -> sa.Connection:
    try:
        return database.connect()
    except (*AWAY, sa.exc.OperationalError) as error:
        refusal = find_known_refusal(error)
        raise refusal or DatabaseUnavailable(
            "Postgres did not answer.", details=find_details(error)
        ) from error


def _list_engine_warnings(outcomes: Sequence[Outcome]) -> list[str]:
    """The engine's warnings, each once; with its scope where there are several."""
    several = len(outcomes) > 1
    return [
        f"{one.record.scope.label}: {warning}" if several else warning
        for one in outcomes
        if one.result is not None
        for warning in one.result.warnings
    ][:MOST_WARNINGS]


def _close(database: sa.Engine, run_id: int, message: str) -> None:
    """Close a run that was recorded for us and cannot begin."""
    try:
        with database.begin() as connection:
            runs.close(connection, run_id, RunStatus.FAILED, message)
    except sa.exc.SQLAlchemyError as error:
        log.warning("run %s could not be closed", run_id, exc_info=error)
