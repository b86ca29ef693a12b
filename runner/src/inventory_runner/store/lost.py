"""Runs whose process is gone: closed as LOST, by whoever looks now and then.

How old a sign of life is, the database's clock says, and that may jump. So one that is too old, or lies ahead, is
looked at twice: a run that lives has given another one meanwhile, as this process's own clock counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.store.runs import LOST_AFTER_SECONDS, close_silent, find_silent

# three signs of life
CONFIRM_SECONDS = 15.0


class LostRuns:
    """Looks for lost runs. confirm_seconds: between two looks at one sign of life; clock: seconds of any origin."""

    def __init__(
        self,
        database: sa.Engine,
        *,
        confirm_seconds: float = CONFIRM_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._database = database
        self._confirm_seconds = confirm_seconds
        self._clock = clock or time.monotonic
        # run id → its sign of life, and when that was first seen
        self._seen: dict[int, tuple[datetime, float]] = {}

    def mark(self) -> list[int]:
        """Close the runs that are lost, and return their ids."""
        now, silent = self._clock(), find_silent(self._database, LOST_AFTER_SECONDS)
        known = self._seen
        self._seen = {
            id: known[id] if id in known and known[id][0] == beat else (beat, now)
            for id, beat in silent.items()
        }
        confirmed = {
            id: beat for id, (beat, since) in self._seen.items() if now - since >= self._confirm_seconds
        }
        return close_silent(self._database, confirmed) if confirmed else []
