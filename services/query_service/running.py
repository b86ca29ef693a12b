"""Running queries: from Run to an end that is always recorded, for the user who started it and nobody else."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from inventory_runner.contract import (
    CancelToken,
    Engine,
    QueryCancelled,
    QueryResult,
    QueryTimeout,
    WorkerDied,
)
from inventory_runner.errors import InvalidInput, InventoryError
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.preflight import make_error
from inventory_runner.sql.statement import Source, read
from services import errors
from services.query_service import results
from services.query_service.checking import examine
from services.query_service.folders import QueryFolders, make_folder_error
from services.query_service.slots import Place
from services.query_service.state import QueryFolder, QueryState, QueryStatus
from services.users import User, act_as, limit_to_engineers, require_engineer

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.1
QUEUE_SECONDS = 0.05
# how often a held answer looks at the state's file, which any server process may write
LOOK_SECONDS = 0.008
LONGEST_WAIT = 2.0

Credentials = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class _Work:
    """A query that this process runs."""

    folder: QueryFolder
    place: Place
    token: CancelToken
    user: User


class QueryRunner:
    """Starts, watches and ends queries. `engine` and `credentials` are called when a query needs them, never before.

    credentials: from provider names to the environment variables of one child process.
    """

    def __init__(
        self,
        folders: QueryFolders,
        engine: Callable[[], Engine],
        credentials: Credentials = lambda _providers: {},
    ) -> None:
        self._engine = engine
        self._credentials = credentials
        self._folders = folders
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._watching = False

    def start(
        self,
        sql: str,
        *,
        provider: str = "",
        parameter_values: Mapping[str, str] | None = None,
        row_limit: int = 10_000,
    ) -> QueryState:
        """Check the statement and start it; returns at once, running or queued.

        Raises StatementRefused, InvalidInput (a parameter without a value, a limit out of range), TooManyQueries,
        ConfigurationError (a folder of results that cannot be written).
        """
        user = require_engineer("run queries")
        bound, values = self._bind(sql, parameter_values or {})
        if not 1 <= row_limit <= self._folders.limits.rows:
            raise InvalidInput(
                f"The row limit is {row_limit:,}; it may be 1 to {self._folders.limits.rows:,}.",
                field="row_limit",
            )
        try:
            work, state = self._enter(user, sql, provider, values, row_limit)
        except OSError as error:
            raise make_folder_error(self._folders.root, error) from error
        with self._lock:
            self._works[work.folder.id] = work
            self._folders.here.add(work.folder.id)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="query-watch", daemon=True).start()
        threading.Thread(
            target=self._run, args=(work, state, bound), name=f"query-{work.folder.id[:6]}", daemon=True
        ).start()
        return state

    def _enter(
        self, user: User, sql: str, provider: str, values: dict[str, str], row_limit: int
    ) -> tuple[_Work, QueryState]:
        """A place in line and a folder for the query; raises TooManyQueries, OSError."""
        slots = self._folders.prepare_slots()
        folder = QueryFolder.create(self._folders.root)
        try:
            place = slots.enter(folder.id, user.name)
        except InventoryError:
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        now = time.time()
        state = QueryState(
            id=folder.id,
            owner=user.name,
            sql=sql,
            parameters=values,
            provider=provider,
            row_limit=row_limit,
            created_at=now,
            status=QueryStatus.RUNNING if place.running else QueryStatus.QUEUED,
            started_at=now if place.running else None,
            stage="checking" if place.running else "",
            position=None if place.running else slots.find_position(folder.id),
        )
        folder.write(state)
        return _Work(folder, place, CancelToken(), user), state

    @limit_to_engineers
    def poll(self, id: str, seen: str = "", wait: float = 0) -> QueryState:
        """The query's state; renews its lease. Raises NotFound for a query that is not the user's.

        Long poll: returns at once on news, else after `wait` seconds, so that a page learns of the end when it comes.
        seen: the `progress` that the caller knows; another one is news.
        """
        folder, state = self._folders.find_own_query(id)
        folder.renew()
        deadline = time.monotonic() + min(wait, LONGEST_WAIT)
        while state.status is QueryStatus.RUNNING and state.progress == seen and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            state = folder.read()
        if state.status is QueryStatus.QUEUED and self._folders.slots is not None:
            return replace(state, position=self._folders.slots.find_position(id))
        return state

    @limit_to_engineers
    def cancel(self, id: str) -> None:
        """Ask a query to stop, in whichever process it runs; its work is killed. Fine where it has ended."""
        folder, state = self._folders.find_own_query(id)
        if state.status.final:
            return
        folder.ask_to_cancel()
        work = self._works.get(id)
        if work is not None:
            work.token.cancel()

    @limit_to_engineers
    def release(self, id: str) -> None:
        """The page was closed: the query ends in seconds unless a page that was reloaded polls it again."""
        folder, state = self._folders.find_own_query(id)
        if not state.status.final:
            folder.renew(ends_in=self._folders.limits.released_lease, lease=self._folders.limits.lease)

    def _bind(self, sql: str, given: Mapping[str, str]) -> tuple[CheckedStatement, dict[str, str]]:
        statement = guard.check(read(sql), Source.LIVE)
        missing = [name for name in statement.parameters if not str(given.get(name, "")).strip()]
        if missing:
            listed = ", ".join(f":{name}" for name in missing)
            raise InvalidInput(
                f"{listed} {'has' if len(missing) == 1 else 'have'} no value.",
                field=missing[0],
                title="A parameter has no value",
                hint="Fill it in above the results and run again.",
            )
        values = {name: str(given[name]) for name in statement.parameters}
        return parameters.bind(statement, values), values

    def _run(self, work: _Work, state: QueryState, bound: CheckedStatement) -> None:
        with act_as(work.user):
            try:
                state = self._wait_for_turn(work, state)
                state = self._execute(work, state, bound)
            except Exception as error:  # noqa: BLE001 - a thread's boundary: every end is recorded
                state = self._record_failure(work, state, error)
            try:
                # the result is there before the state says so
                work.folder.write(state)
            finally:
                if self._folders.slots is not None:
                    self._folders.slots.leave(work.place)
                with self._lock:
                    self._works.pop(work.folder.id, None)
                    self._folders.here.discard(work.folder.id)
            self._folders.remember(state)

    def _wait_for_turn(self, work: _Work, state: QueryState) -> QueryState:
        slots = self._folders.prepare_slots()
        while not slots.try_start(work.place):
            if work.token.wait(QUEUE_SECONDS):
                raise QueryCancelled("It was cancelled before it ran.")
        if state.status is QueryStatus.QUEUED:
            state = replace(
                state, status=QueryStatus.RUNNING, started_at=time.time(), stage="checking", position=None
            )
            work.folder.write(state)
        return state

    def _execute(self, work: _Work, state: QueryState, bound: CheckedStatement) -> QueryState:
        engine = self._engine()
        self._look_before(engine, bound)
        if work.token.cancelled:
            raise QueryCancelled("It was cancelled before it ran.")
        state = replace(state, stage="running")
        work.folder.write(state)
        result = engine.execute(
            bound,
            credentials=self._credentials(bound.providers),
            timeout=self._folders.limits.timeout,
            cancel=work.token,
            row_limit=state.row_limit,
        )
        return self._keep(work, state, result)

    @staticmethod
    def _look_before(engine: Engine, bound: CheckedStatement) -> None:
        """Raise the first problem that pre-flight finds."""
        for problem in examine(bound, engine).problems:
            found = make_error(problem)
            found.line = problem.line  # type: ignore[union-attr]
            raise found

    def _keep(self, work: _Work, state: QueryState, result: QueryResult) -> QueryState:
        table = results.write(result.table, work.folder.result)
        return replace(
            state,
            status=QueryStatus.SUCCEEDED,
            stage="",
            finished_at=time.time(),
            rows=table.num_rows,
            columns=results.list_kinds(table, result.json_columns),
            complete=result.complete,
            warnings=[*result.warnings, *result.unread],
            duration=result.duration,
        )

    def _record_failure(self, work: _Work, state: QueryState, error: Exception) -> QueryState:
        status = QueryStatus.FAILED
        if isinstance(error, QueryCancelled):
            status = QueryStatus.CANCELLED
            if (
                not work.folder.cancel_asked()
                and work.folder.count_seconds_unwatched() > self._folders.limits.lease
            ):
                error = QueryCancelled(
                    "No page was watching it any more.", hint="Run it again to see its result."
                )
        elif isinstance(error, QueryTimeout):
            status = QueryStatus.TIMED_OUT
        elif isinstance(error, WorkerDied):
            status = QueryStatus.DIED
        elif isinstance(error, OSError):
            log.error("query %s could not use its folder", work.folder.id, exc_info=error)
            error = make_folder_error(self._folders.root, error)
        elif not isinstance(error, InventoryError):
            log.error("query %s met a defect", work.folder.id, exc_info=error)
            error = InventoryError("This is a defect of the app, and it is in the log.")
        assert isinstance(error, InventoryError)  # noqa: S101 - narrowed above
        shown = errors.describe_error(error)
        if "line" not in shown and (line := find_named_line(state.sql, error)):
            shown["line"] = line
        return replace(state, status=status, stage="", finished_at=time.time(), error=shown)

    def _watch(self) -> None:
        """Cancel this process's queries that someone asked to cancel, or that nobody watches."""
        while True:
            with self._lock:
                works = list(self._works.values())
                if not works:
                    self._watching = False
                    return
            for work in works:
                if (
                    work.folder.cancel_asked()
                    or work.folder.count_seconds_unwatched() > self._folders.limits.lease
                ):
                    work.token.cancel()
            time.sleep(WATCH_SECONDS)


def find_named_line(sql: str, error: InventoryError) -> int | None:
    """The line (from 1) of the one word that an error names, such as `no such column: regoin`; else None."""
    match = re.search(
        r"""(?:no such (?:column|table|function):\s*|near ["'])([\w.$-]+)""",
        f"{error.message} {error.details}",
    )
    if not match:
        return None
    found = re.search(rf"(?<![\w.]){re.escape(match[1])}(?![\w])", sql)
    return sql.count("\n", 0, found.start()) + 1 if found else None
