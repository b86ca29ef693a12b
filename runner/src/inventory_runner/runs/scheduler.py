"""Local development's stand-in for Databricks Jobs: a process that starts each local schedule's runs at their times.

A schedule that has a job on the platform is fired by that job, and left alone here. One scheduler acts at a time (an
advisory lock); another waits to take over. A cron time is taken and its run recorded in one transaction, so that no
time fires twice and none is half fired. Times that passed while nothing was there to act on them are caught up with
one run. A schedule whose run is still under way skips the time. An edited, resumed or new schedule goes on with its
next time. On SIGTERM the running children are asked to stop and close their runs as cancelled.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa

from inventory_runner.database_errors import find_refusal
from inventory_runner.errors import InventoryError
from inventory_runner.models import Run, Schedule
from inventory_runner.runs import launch
from inventory_runner.store import definitions
from inventory_runner.store.lost import LostRuns
from inventory_runner.times import cron

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
MARK_LOST_SECONDS = 15.0
STOP_SECONDS = 8.0
DEFAULT_PARALLEL = 3
_KEY = "hashtextextended('stackql_app.scheduler', 0)"
LOCK = sa.text(f"SELECT pg_try_advisory_lock({_KEY})")
UNLOCK = sa.text(f"SELECT pg_advisory_unlock({_KEY})")
# pg_locks shows a key of 64 bits in two halves
_LOCKED = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"  # noqa: S608 - a constant
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = current_database()"
    f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {_KEY})"
)


class Child(Protocol):
    """What the scheduler needs of a run's process."""

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


def is_scheduling(database: sa.Engine) -> bool:
    """True where a scheduler acts on the database."""
    with database.connect() as connection:
        return bool(connection.execute(_LOCKED).scalar_one())


class Scheduler:
    """start: makes the process of a run that was recorded. now: the time, in UTC. parallel: children at once."""

    def __init__(
        self,
        database: sa.Engine,
        *,
        start: Callable[[sa.Engine, Run], Child] = launch.start,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        parallel: int = DEFAULT_PARALLEL,
    ) -> None:
        self._database = database
        self._start = start
        self._now = now
        self._parallel = parallel
        self._session: sa.Connection | None = None
        self._children: dict[int, tuple[Run, Child]] = {}
        # schedule id → what its next time was computed from, and that time
        self._next: dict[int, tuple[tuple[object, ...], datetime | None]] = {}
        self._waiting = self._away = False
        self._marked_lost = float("-inf")
        self._lost = LostRuns(database)

    def serve(self, stop: threading.Event) -> None:
        """Act until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                if self.lead():
                    self.tick()
                self._away = False
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                if not self._away:
                    refusal = find_refusal(error)
                    log.warning(
                        "%s; waiting for it (%s)",
                        refusal.title if refusal else "The database does not answer",
                        type(error).__name__,
                    )
                self._away = True
                self._drop()
            stop.wait(TICK_SECONDS)
        self.close()

    def lead(self) -> bool:
        """True where this is the one scheduler that acts."""
        if self._session is not None:
            return True
        session = self._database.connect()
        leading = bool(session.execute(LOCK).scalar_one())
        session.commit()
        if not leading:
            session.close()
            if not self._waiting:
                log.warning("another scheduler is active on this database; this one waits to take over")
            self._waiting = True
            return False
        log.debug("scheduling")
        self._session, self._waiting = session, False
        return True

    def tick(self) -> list[int]:
        """Start what is due; returns the ids of the schedules whose runs were started."""
        assert self._session is not None  # noqa: S101 - lead() comes first
        self._reap()
        if time.monotonic() - self._marked_lost > MARK_LOST_SECONDS:
            for lost in self._lost.mark():
                log.warning("run %s gave no sign of life and is lost", lost)
            self._marked_lost = time.monotonic()
        now = self._now()
        with self._session.begin():
            schedules = definitions.list_active_schedules(self._session)
        due = [(when, one) for one, fired in schedules if (when := self._find_due_time(one, fired, now))]
        known = {one.id for one, _ in schedules}
        self._next = {key: value for key, value in self._next.items() if key in known}
        started = []
        for when, schedule in sorted(due, key=lambda pair: pair[0]):
            # what finds no room is due in the next tick as well
            if len(self._children) < self._parallel and self._fire(schedule, when):
                started.append(schedule.id or 0)
        return started

    def _find_due_time(self, schedule: Schedule, fired: datetime | None, now: datetime) -> datetime | None:
        """The newest time that has come and was not acted on."""
        # a moment that is days ahead was noted by a clock that was wrong
        possible = now + definitions.LONGEST_STANDSTILL
        moments = [one for one in (fired, schedule.updated_at) if one is not None and one <= possible]
        since = max(moments, default=now)
        basis = (schedule.cron_expression, schedule.timezone, *moments)
        key = schedule.id or 0
        if key not in self._next or self._next[key][0] != basis:
            try:
                times = cron.list_next_times(schedule.cron_expression, schedule.timezone, since, 1)
            except InventoryError as error:
                log.warning("schedule %s is skipped: %s", schedule.id, error.message)
                times = []
            self._next[key] = (basis, times[0] if times else None)
        upcoming = self._next[key][1]
        if upcoming is None or upcoming > now:
            return None
        return cron.find_latest_time(schedule.cron_expression, schedule.timezone, now)

    def _fire(self, schedule: Schedule, due: datetime) -> bool:
        assert self._session is not None  # noqa: S101
        with self._session.begin():
            if not definitions.mark_fired(self._session, schedule, due):
                return False
            try:
                with self._session.begin_nested():
                    run = launch.enqueue(
                        self._session, schedule.id or 0, trigger="schedule", requested_by="scheduler"
                    )
            except InventoryError as error:
                log.warning("schedule %s skips %s: %s", schedule.id, due.isoformat(), error.message)
                return False
        log.debug("schedule %s: run %s for %s", schedule.id, run.id, due.isoformat())
        try:
            self._children[run.id] = (run, self._start(self._database, run))
        except OSError as error:
            log.error("run %s could not be started: %s", run.id, error)
        return True

    def _reap(self) -> None:
        for run, child in list(self._children.values()):
            if (code := child.poll()) is not None:
                launch.settle(self._database, run, code)
                del self._children[run.id]

    def close(self) -> None:
        """Stop the children, wait for them, and let another scheduler take over."""
        for _, child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        try:
            self._reap()
            if self._session is not None:
                # at once, where a closed connection would be noticed a moment later
                self._session.execute(UNLOCK)
                self._session.commit()
        except (sa.exc.DBAPIError, sa.exc.TimeoutError):
            log.warning("the database is gone; runs that are still open will be marked as lost")
        self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            # a session that held the lock must not go back into the pool
            self._session.invalidate()
            self._session.close()
            self._session = None
