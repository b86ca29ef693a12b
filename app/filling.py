"""The sample's history beside the app: its first day before the first page, the others in a thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from itertools import islice

import sqlalchemy as sa

from app.seed import Seeding
from app.terminal import StatusLine
from inventory_runner.errors import InventoryError
from inventory_runner.runs.outage import explain_error
from services.models.sample_history import Progress
from services.sample_history import SampleHistory
from services.settings import Settings

log = logging.getLogger("local")


class Filling:
    """Makes the days, says in the terminal how far it is, and stops between two runs when it is told to.

    engine: disposed of by `close`. A database that holds something else is whole from the beginning.
    """

    def __init__(
        self,
        engine: sa.Engine,
        settings: Settings,
        history: SampleHistory,
        stopping: threading.Event,
        line: StatusLine,
    ) -> None:
        self._engine = engine
        self._history = history
        self._stopping = stopping
        self._line = line
        self._seeding = Seeding(engine, settings, history)
        self._days: Iterator[Progress] = iter(())
        self._thread: threading.Thread | None = None

    def begin(self, days: int) -> None:
        """Make the first day, where it is missing; returns when there is something to show."""
        progress = self._seeding.begin(days=days)
        if progress is None:
            return
        self._days = self._seeding.make_days(progress, self._stopping)
        if progress.made:
            log.info(
                "going on with the sample cloud's history: day %d of %d", progress.made + 1, progress.days
            )
            return
        self._line.show(
            f"making the sample cloud's last {progress.days} days, once; the first page opens after the first …"
        )
        self._make(1)

    def go_on(self, ready: str) -> None:
        """Make the other days in a thread. ready: the line that says where the app is, and stays the last one."""
        progress = self._history.read()
        if progress is None or progress.problem:
            self._line.keep(ready)
            return
        self._show(ready, progress)
        self._thread = threading.Thread(target=self._make_others, args=(ready,), name="sample-history")
        self._thread.start()

    def is_whole(self) -> bool:
        """True where no day is missing (any more)."""
        return not self._history.exists()

    def close(self) -> None:
        """Wait for the run that is under way; the flag to stop is set by then."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
        self._engine.dispose()

    def _make_others(self, ready: str) -> None:
        self._make(None, lambda one: self._show(ready, one))
        # also where it failed, which was logged and is said by the pages
        self._line.keep(ready)

    def _show(self, ready: str, progress: Progress) -> None:
        if progress.made < progress.days:
            self._line.show(f"{ready} · sample: day {progress.made + 1} of {progress.days}")

    def _make(self, most: int | None, tell: Callable[[Progress], None] = lambda _: None) -> None:
        """Make days, all that are missing or `most`; what fails is logged, and said by the pages."""
        try:
            for progress in islice(self._days, most):
                tell(progress)
        except Exception as error:
            # a defect has its traceback in the log
            known = isinstance(error, InventoryError | sa.exc.DBAPIError)
            words = explain_error(error)
            log.error("the sample's history could not be made: %s", words, exc_info=not known)
            self._history.fail(words)
