"""The query engine, lazily created: a start of the app needs neither a program nor a child process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from inventory_runner.contract import Engine


class LazyEngine:
    """Creates the engine on first use, and hands out the same one from then on."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Engine | None = None

    def __call__(self) -> Engine:
        """The engine; raises what `make` raises, and then asks it again the next time."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        """End the engine's child processes; safe to call twice, and where none was created."""
        if self._made is not None:
            self._made.close()
