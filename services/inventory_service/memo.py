"""What was computed from the inventory's records, kept until a run changes them, and for a minute at most.

The overview over a thousand tables costs a tenth of a second; many people open it between two runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, cast

from services.cache import Cache

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept:
    """made: may be None, which a cache answers for what it does not have."""

    version: Hashable
    made: object


class Memo:
    """Results by key for one version of the records; another version forgets all of them. Safe between threads.

    name: before each key in the cache, which others use as well.
    """

    def __init__(self, cache: Cache, name: str) -> None:
        self._cache = cache
        self._name = name
        self._lock = threading.Lock()
        self._version: Hashable = None
        self._places: set[str] = set()

    def get(self, version: Hashable, key: Hashable, make: Callable[[], T]) -> T:
        """Return the cached value, or call `make` and cache it; exceptions are not cached.

        key: what tells it from others by its repr.
        """
        place = f"{self._name} {key!r}"
        with self._lock:
            if version != self._version:
                self._version = version
                for one in self._places:
                    self._cache.delete(one)
                self._places.clear()
            kept = self._cache.get(place)
            if isinstance(kept, _Kept) and kept.version == version:
                return cast(T, kept.made)
        made = make()
        with self._lock:
            # the version changed while `make` ran: do not cache a stale result
            if version == self._version:
                self._cache.set(place, _Kept(version, made))
                self._places.add(place)
        return made
