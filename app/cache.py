"""The cache of a server process: Flask-Caching's, in memory. See `services.cache`."""

from __future__ import annotations

from typing import Any

from flask_caching.backends.simplecache import SimpleCache

from services.cache import Cache

MOST_ENTRIES = 256
KEPT_SECONDS = 3600


class _NoSerializer:
    """Objects as they are: a copy by pickle takes a quarter of the time in which a page that is kept is answered, and
    would fail where a value cannot be pickled."""

    def dumps(self, value: Any) -> Any:
        return value

    def loads(self, value: Any) -> Any:
        return value


class ObjectCache(SimpleCache):
    """Flask-Caching's cache in memory, without copies. Where it is full, the oldest entries go."""

    serializer = _NoSerializer()


def make_cache() -> Cache:
    """A cache for one process. All entries live equally long, so that one kind does not push out another."""
    return ObjectCache(threshold=MOST_ENTRIES, default_timeout=KEPT_SECONDS)
