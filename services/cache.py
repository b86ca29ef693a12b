"""What a process keeps of what it worked out: metadata, profiles and figures. Never a secret, never a query's result.

Services are handed a cache and know these three methods of it; `app/cache.py` makes the one that the app has.
"""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Values by key, safe between threads. It may forget any at any time, and keeps each for an hour at most."""

    def get(self, key: str) -> object | None:
        """The value, the very object that was set; None where there is none."""

    def set(self, key: str, value: object) -> object:
        """Keep the value, which nobody changes afterwards. What is returned says nothing."""

    def delete(self, key: str) -> object:
        """Forget the value, if there is one. What is returned says nothing."""


class NoCache:
    """Keeps nothing: for a process that answers nobody twice, such as the one that fills the sample inventory."""

    def get(self, key: str) -> object | None:
        return None

    def set(self, key: str, value: object) -> object:
        return None

    def delete(self, key: str) -> object:
        return None
