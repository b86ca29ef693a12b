"""Running queries: from Run to an end that is always recorded, for the user who started it and nobody else."""

from __future__ import annotations

import errno
import logging
import os
import re
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
from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.preflight import make_error
from inventory_runner.sql.statement import Source, read
from services import errors
from services.inventory_sql import InventoryEngine
from services.query_service import results
from services.query_service.checking import examine
from services.query_service.folders import QueryFolders, make_folder_error, translate_folder_errors
from services.query_service.pace import Pace
from services.query_service.slots import Place, Slots
from services.query_service.state import SPARE_BYTES, QueryFolder, QueryState, QueryStatus
from services.users import User, act_as, limit_to_engineers, require_engineer

log = logging.getLogger(__name__)

# how often leases and dead processes are looked at; a free place and a cancel ring
WATCH_SECONDS = 1.0
# how often a held answer looks at the state's file, which any server process may write
LOOK_SECONDS = {QueryStatus.RUNNING: 0.008, QueryStatus.QUEUED: 0.1}
LONGEST_WAIT = 2.0
# answers that a server process holds back at once: each takes a thread, and half of those are for other requests
HELD_ANSWERS = 16
# seconds until a page should ask again where no more answers are held back
SHORT_PAUSE = 0.25

Credentials = Callable[[Collection[str]], Mapping[str, str]]


@dataclass
class _Work:
    """A query that waits or runs in this process. begun: a thread has it; while it waits, none does."""

    folder: QueryFolder
    place: Place
    token: CancelToken
    user: User
    state: QueryState
    bound: CheckedStatement
    begun: bool = False


class QueryRunner:
    """Starts, watches and ends queries. `engine` and `credentials` are called when a query needs them, never before.

    credentials: from provider names to the environment variables of one child process. inventory: answers what is asked
    of the inventory; None where there is none.
    """

    def __init__(
        self,
        folders: QueryFolders,
        engine: Callable[[], Engine],
        credentials: Credentials = lambda _providers: {},
        inventory: InventoryEngine | None = None,
    ) -> None:
        self._engine = engine
        self._inventory = inventory
        self._credentials = credentials
        self._folders = folders
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._watching = False
        self._holding = threading.BoundedSemaphore(HELD_ANSWERS)
        self._pace = Pace()

    def start(
        self,
        sql: str,
        *,
        provider: str = "",
        parameter_values: Mapping[str, str] | None = None,
        row_limit: int = 10_000,
        source: Source = Source.LIVE,
    ) -> QueryState:
        """Check the statement and start it; returns at once, running or queued.

        Raises StatementRefused, InvalidInput (a parameter without a value, a limit out of range), TooManyQueries,
        StorageUnavailable (a folder of results that cannot be written), StorageFull.
        """
        user = require_engineer("run queries")
        bound, values = bind(sql, parameter_values or {}, source)
        if not 1 <= row_limit <= self._folders.limits.rows:
            raise InvalidInput(
                f"The row limit is {row_limit:,}; it may be 1 to {self._folders.limits.rows:,}.",
                field="row_limit",
            )
        with translate_folder_errors(self._folders.root):
            slots = self._folders.prepare_slots()
            work = self._folders.retry_with_room(
                lambda: self._enter(slots, user, bound, sql, provider, values, row_limit),
                len(sql) + SPARE_BYTES,
            )
        state = work.state
        with self._lock:
            self._works[work.folder.id] = work
            self._folders.here.add(work.folder.id)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, args=(slots,), name="query-watch", daemon=True).start()
        if work.place.running:
            self._begin(work)
        else:
            # a place may have become free before the watch knew of this query
            slots.bell.ring_here()
        return state

    def _enter(
        self,
        slots: Slots,
        user: User,
        bound: CheckedStatement,
        sql: str,
        provider: str,
        values: dict[str, str],
        row_limit: int,
    ) -> _Work:
        """A place in line and a folder for the query; raises TooManyQueries, OSError. Either leaves neither behind."""
        folder = QueryFolder.create(self._folders.root)
        place: Place | None = None
        try:
            place = slots.enter(folder.id, user.name)
            now = time.time()
            state = QueryState(
                id=folder.id,
                owner=user.name,
                sql=sql,
                parameters=values,
                provider=provider if bound.source is Source.LIVE else "",
                source=bound.source,
                row_limit=row_limit,
                created_at=now,
                status=QueryStatus.RUNNING if place.running else QueryStatus.QUEUED,
                started_at=now if place.running else None,
                stage="checking" if place.running else "",
                position=None if place.running else slots.find_position(folder.id),
            )
            folder.write(state)
        except (InventoryError, OSError):
            if place is not None:
                slots.leave(place)
            folder.remove()
            raise
        return _Work(folder, place, CancelToken(), user, state, bound, begun=place.running)

    @limit_to_engineers
    def poll(self, id: str, seen: str = "", wait: float = 0) -> QueryState:
        """The query's state; renews its lease. Raises NotFound for a query that is not the user's.

        Long poll: returns at once on news, else after `wait` seconds, so that a page learns of its turn and of the end
        when they come. Who is far back in the line, or asks while HELD_ANSWERS are held back, is answered at once with
        a `pause` after which to ask again: threads that only wait would leave none for others' requests.
        seen: the `progress` that the caller knows; another one is news.
        """
        folder, state = self._folders.find_own_query(id)
        with translate_folder_errors(self._folders.root):
            return self._poll(folder, state, seen, wait)

    def _poll(self, folder: QueryFolder, state: QueryState, seen: str, wait: float) -> QueryState:
        if not state.status.final:
            folder.renew()
        position = self._find_position(state)
        pause = self._pace.choose_pause(position, self._folders.limits.total, held=wait > 0)
        if wait > 0 and state.progress == seen and not state.status.final and not pause:
            if not self._holding.acquire(blocking=False):
                return replace(state, position=position, pause=SHORT_PAUSE)
            try:
                state = self._hold(folder, state, min(wait, LONGEST_WAIT))
            finally:
                self._holding.release()
            position = self._find_position(state)
        return replace(state, position=position, pause=pause)

    def _find_position(self, state: QueryState) -> int | None:
        if state.status is not QueryStatus.QUEUED:
            return None
        return self._folders.prepare_slots().find_position(state.id)

    @staticmethod
    def _hold(folder: QueryFolder, known: QueryState, seconds: float) -> QueryState:
        """The state as soon as it differs in its progress, or after so many seconds."""
        state, deadline = known, time.monotonic() + seconds
        while not state.status.final and state.progress == known.progress and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS[state.status])
            state = folder.read()
        return state

    @limit_to_engineers
    def cancel(self, id: str) -> None:
        """Ask a query to stop, in whichever process it runs; its work is killed. Fine where it has ended."""
        folder, state = self._folders.find_own_query(id)
        if state.status.final:
            return
        work = self._works.get(id)
        if work is not None:
            work.token.cancel()
        with translate_folder_errors(self._folders.root):
            folder.ask_to_cancel()
            self._folders.prepare_slots().bell.ring_all()

    @limit_to_engineers
    def release(self, id: str) -> None:
        """The page was closed: the query ends in seconds unless a page that was reloaded polls it again."""
        folder, state = self._folders.find_own_query(id)
        if not state.status.final:
            with translate_folder_errors(self._folders.root):
                folder.renew(ends_in=self._folders.limits.released_lease, lease=self._folders.limits.lease)

    def _begin(self, work: _Work) -> None:
        threading.Thread(
            target=self._run, args=(work,), name=f"query-{work.folder.id[:6]}", daemon=True
        ).start()

    def _run(self, work: _Work) -> None:
        state, began = work.state, time.monotonic()
        with act_as(work.user):
            try:
                if work.token.cancelled:
                    raise QueryCancelled("It was cancelled before it ran.")
                if state.status is QueryStatus.QUEUED:
                    state = replace(
                        state,
                        status=QueryStatus.RUNNING,
                        started_at=time.time(),
                        stage="checking",
                        position=None,
                    )
                    work.folder.write(state)
                state = self._execute(work, state, work.bound)
            except Exception as error:  # noqa: BLE001 - a thread's boundary: every end is recorded
                state = self._record_failure(work, state, error)
            try:
                # the result is there before the state says so
                state = self._write_end(work, state)
            finally:
                self._pace.note(time.monotonic() - began)
                with self._lock:
                    self._works.pop(work.folder.id, None)
                    self._folders.here.discard(work.folder.id)
            self._folders.remember(state)

    def _write_end(self, work: _Work, state: QueryState) -> QueryState:
        """Write how the query ended, free its place, and return what was written.

        A state that finds no room is a failure then. Where nothing can be written at all, whoever asks is told why.
        """
        try:
            self._folders.retry_with_room(lambda: work.folder.write(state), SPARE_BYTES)
        except OSError as error:
            state = self._record_failure(work, work.state, error)
            try:
                work.folder.result.unlink(missing_ok=True)
                work.folder.write(state)
            except OSError as again:
                log.warning("the end of query %s could not be written: %s", work.folder.id, again)
        try:
            if self._folders.slots is not None:
                self._folders.slots.leave(work.place)
        except OSError as error:
            log.warning("the place of query %s could not be removed: %s", work.folder.id, error)
        return state

    def _execute(self, work: _Work, state: QueryState, bound: CheckedStatement) -> QueryState:
        if bound.source is Source.INVENTORY:
            return self._keep(work, state, self._ask_inventory(work, state, bound))
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

    def _ask_inventory(self, work: _Work, state: QueryState, bound: CheckedStatement) -> QueryResult:
        if self._inventory is None:
            raise ConfigurationError("This app has no inventory to query.")
        work.folder.write(replace(state, stage="running"))
        return self._inventory.execute(
            bound,
            credentials={},
            timeout=self._folders.limits.timeout,
            cancel=work.token,
            row_limit=state.row_limit,
        )

    @staticmethod
    def _look_before(engine: Engine, bound: CheckedStatement) -> None:
        """Raise the first problem that pre-flight finds."""
        for problem in examine(bound, engine).problems:
            found = make_error(problem)
            found.line = problem.line  # type: ignore[union-attr]
            raise found

    def _keep(self, work: _Work, state: QueryState, result: QueryResult) -> QueryState:
        table = self._folders.retry_with_room(
            lambda: results.write(result.table, work.folder.result), result.table.nbytes
        )
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
        if not work.folder.path.exists():
            gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(work.folder.path))
            error = make_folder_error(self._folders.root, gone)
        elif isinstance(error, QueryCancelled):
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
            log.warning("query %s could not use its folder: %s", work.folder.id, error)
            error = make_folder_error(self._folders.root, error)
        elif not isinstance(error, InventoryError):
            log.error("query %s met a defect", work.folder.id, exc_info=error)
            error = InventoryError("This is a defect of the app, and it is in the log.")
        assert isinstance(error, InventoryError)  # noqa: S101 - narrowed above
        shown = errors.describe_error(error)
        if "line" not in shown and (line := find_named_line(state.sql, error)):
            shown["line"] = line
        return replace(state, status=status, stage="", finished_at=time.time(), error=shown)

    def _watch(self, slots: Slots) -> None:
        """Begin this process's queries when it is their turn; cancel those that shall end, or that nobody watches.

        One thread does it for all of them, woken by the bell, and every WATCH_SECONDS by itself: for leases, and
        for what a process that died did not tell.
        """
        looked_at, told = float("-inf"), ""
        while True:
            with self._lock:
                works = list(self._works.values())
                if not works:
                    self._watching = False
                    return
            try:
                if time.monotonic() - looked_at > WATCH_SECONDS:
                    looked_at = time.monotonic()
                    self._cancel_unwatched(works)
                    self._folders.prepare_slots(own=[work.place for work in works])
                self._begin_due(slots, works)
                slots.bell.wait(WATCH_SECONDS)
                told = ""
            except OSError as error:
                # once, not every second
                if told != str(error):
                    log.warning("the line of queries cannot be looked at, and is tried again: %s", error)
                told = str(error)
                time.sleep(WATCH_SECONDS)

    def _cancel_unwatched(self, works: Collection[_Work]) -> None:
        for work in works:
            if work.folder.count_seconds_unwatched() > self._folders.limits.lease:
                work.token.cancel()

    def _begin_due(self, slots: Slots, works: Collection[_Work]) -> None:
        for work in works:
            if not work.token.cancelled and work.folder.cancel_asked():
                work.token.cancel()
        waiting = [work for work in works if not work.begun]
        slots.start_due([work.place for work in waiting if not work.token.cancelled])
        for work in waiting:
            if work.place.running or work.token.cancelled:
                work.begun = True
                self._begin(work)


def bind(sql: str, given: Mapping[str, str], source: Source) -> tuple[CheckedStatement, dict[str, str]]:
    """The checked statement with its parameters' values, and these values.

    Raises StatementRefused, QuerySyntaxError, InvalidInput (a parameter without a value, or with an impossible one).
    """
    statement = guard.check(read(sql), source)
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
