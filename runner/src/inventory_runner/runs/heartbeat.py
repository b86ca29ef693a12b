"""A run's signs of life: a thread that says "still here", writes how far the scopes are, and hears of a cancel.

It owns the run's session, whose advisory lock tells others that the run lives. A session that breaks is opened
again as soon as the database is back; meanwhile the run goes on reading.
"""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

import sqlalchemy as sa

from inventory_runner.contract import CancelToken
from inventory_runner.models import Run, RunStatus
from inventory_runner.runs.limits import Limits
from inventory_runner.store import runs
from inventory_runner.store.run_sql import ScopeRecord

log = logging.getLogger(__name__)


class Heartbeat:
    """Beats from `__enter__` to `__exit__`, which gives the session back. cancel: set where the run should stop."""

    def __init__(
        self,
        database: sa.Engine,
        session: sa.Connection,
        run: Run,
        cancel: CancelToken,
        limits: Limits,
        *,
        locked: bool,
    ) -> None:
        self._database = database
        self._session: sa.Connection | None = session
        self._locked = locked
        self._run = run
        self._cancel = cancel
        self._limits = limits
        self._progress: dict[str, ScopeRecord] = {}
        self._progress_lock = threading.Lock()
        self._writing = threading.Lock()
        self._reporting = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=f"heartbeat-{run.id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._session is None:
            return
        try:
            if self._locked:
                runs.unlock(self._session, self._run)
        except sa.exc.DBAPIError:
            # a broken session holds no lock, and must not go back into the pool
            self._session.invalidate()
        finally:
            self._session.close()
            self._session = None

    def report(self, record: ScopeRecord) -> None:
        """Note how far a scope is; written with the next look. From any thread."""
        with self._progress_lock:
            self._progress[record.scope.key] = record

    def end_reports(self) -> None:
        """No progress is written from now on: the merge writes how the scopes ended."""
        with self._writing:
            self._reporting = False

    def _loop(self) -> None:
        last, away = time.monotonic(), False
        while not self._stop.wait(self._limits.progress):
            due = time.monotonic() - last >= self._limits.heartbeat
            with self._progress_lock:
                news, self._progress = self._progress, {}
            if not (due or news):
                continue
            try:
                self._beat(list(news.values()))
                last = time.monotonic()
                away = False
            except sa.exc.SQLAlchemyError as error:
                if not away:
                    log.warning(
                        "run %s: the database does not answer (%s)", self._run.id, type(error).__name__
                    )
                away = True
                with self._progress_lock:
                    self._progress = {**news, **self._progress}
                self._drop()

    def _beat(self, news: list[ScopeRecord]) -> None:
        with self._writing:
            if self._session is None:
                self._session, self._locked = self._database.connect(), False
            if not self._locked:
                # still not ours where another run took over; then the beat tells that ours was closed
                self._locked = runs.lock(self._session, self._run)
                self._session.commit()
            beat = runs.beat(self._session, self._run.id, news if self._reporting else ())
            stopped = beat.status is not RunStatus.RUNNING or beat.cancel_requested
            if stopped and self._reporting:
                self._cancel.cancel()

    def _drop(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            session.invalidate()  # its lock must not stay behind in the pool
            session.close()
