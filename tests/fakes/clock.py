"""A clock that a test moves, for what a module decides by the time."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """Stands for a module's `time`: the real one, and `ahead` seconds more wherever the time is read.

    jumped: seconds by which the calendar alone is wrong, as after somebody has set it.
    """

    def __init__(self) -> None:
        self.ahead = self.jumped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def time(self) -> float:
        return time.time() + self.ahead + self.jumped

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
