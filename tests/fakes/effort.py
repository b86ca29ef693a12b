"""How much a piece of work costs, whatever else the machine does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable


def effort(work: Callable[[], object], times: int = 3) -> float:
    """The processor's seconds that it took this thread, the least of a few times."""
    return min(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began
