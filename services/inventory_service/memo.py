"""A cache of what was computed from the inventory's records, valid until a run changes them, and for a minute at most.

The overview over a thousand tables costs a tenth of a second; many people open it between two runs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")

MOST_ENTRIES = 64


class Memo:
    """Results by key for one version of the records; another version forgets all of them. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version: Hashable = None
        self._made: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, version: Hashable, key: Hashable, make: Callable[[], T]) -> T:
        """Return the cached value, or call `make` and cache it. Exceptions are not cached."""
        with self._lock:
            if version != self._version:
                self._version = version
                self._made.clear()
            if key in self._made:
                self._made.move_to_end(key)
                return cast(T, self._made[key])
        made = make()
        with self._lock:
            # the version changed while `make` ran: do not cache a stale result
            if version == self._version:
                self._made[key] = made
                while len(self._made) > MOST_ENTRIES:
                    self._made.popitem(last=False)
        return made
