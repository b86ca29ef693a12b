"""What there is to query: providers, services, resources, their columns, methods and required parameters.

The engine answers and caches single look-ups. Searching needs every name, which the real engine tells one service at
a time: an index is gathered per provider in the background, kept for hours, and searched while it grows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from inventory_runner.contract import Column, Engine, Method
from inventory_runner.errors import InventoryError
from inventory_runner.sql.preflight import write_name, write_test
from services.cache import Cache
from services.users import limit_to_engineers

log = logging.getLogger(__name__)

KEEP_SECONDS = 6 * 3600
RETRY_SECONDS = 60
MOST_FOUND = 50
MOST_TEMPLATE_COLUMNS = 12


@dataclass(frozen=True)
class Provider:
    """configured: whether credentials are mapped for it; None on the sample cloud, which needs none."""

    name: str
    configured: bool | None


@dataclass(frozen=True)
class Resource:
    """name: provider.service.resource. required: the parameters that the lightest SELECT method needs."""

    name: str
    columns: tuple[Column, ...]
    methods: tuple[Method, ...]
    required: tuple[str, ...]


@dataclass
class _Index:
    """The names of one provider's resources, as far as they are known. progress: from 0 to 1. due_at: gather again."""

    names: list[str] = field(default_factory=list)
    progress: float = 0.0
    due_at: float = 0.0


class MetadataService:
    """Look-ups for the resource browser, the provider list and the assistant.

    configured: the providers whose credentials are set. cache: for resources that were opened.
    """

    def __init__(
        self, engine: Callable[[], Engine], configured: Callable[[], Collection[str]], *, cache: Cache
    ) -> None:
        self.engine = engine
        self.configured = configured
        self._cache = cache
        self._lock = threading.Lock()
        self._indexes: dict[str, _Index] = {}
        self._gathering = False

    @limit_to_engineers
    def providers(self) -> list[Provider]:
        """The engine's providers by name."""
        engine = self.engine()
        if engine.name == "sample":
            return [Provider(name, None) for name in engine.providers()]
        configured = set(self.configured())
        return [Provider(name, name in configured) for name in engine.providers()]

    @limit_to_engineers
    def services(self, provider: str) -> list[str]:
        """The services of a provider."""
        return self.engine().services(provider)

    @limit_to_engineers
    def resources(self, provider: str, service: str) -> list[str]:
        """The resources of a service, by their last name."""
        return [name.rsplit(".", 1)[-1] for name in self.engine().resources(provider, service)]

    @limit_to_engineers
    def resource(self, name: str) -> Resource:
        """Columns, methods and required parameters of `provider.service.resource`; raises UnknownResource."""
        kept = self._cache.get(f"metadata {name}")
        if isinstance(kept, Resource):
            return kept
        engine = self.engine()
        methods = tuple(engine.methods(name))
        found = Resource(name, tuple(engine.describe(name)), methods, find_fewest_required(methods))
        self._cache.set(f"metadata {name}", found)
        return found

    @limit_to_engineers
    def list_required(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The parameters that a SELECT from each resource needs, where that is known at once.

        The sample cloud knows; the real engine would need a process for each, so it is asked when one is opened.
        """
        engine = self.engine()
        if engine.name != "sample":
            return {}
        return {name: find_fewest_required(tuple(engine.methods(name))) for name in names}

    @limit_to_engineers
    def template(self, name: str) -> str:
        """A SELECT of the resource's first columns, plain values first, with its required parameters as `:name`."""
        resource = self.resource(name)
        plain_first = sorted(resource.columns, key=lambda column: column.type in ("object", "array"))
        names = [column.name for column in plain_first][:MOST_TEMPLATE_COLUMNS]
        columns = ",\n  ".join(map(write_name, names)) or "*"
        where = "\n  AND ".join(map(write_test, resource.required))
        return f"SELECT\n  {columns}\nFROM {name}" + (f"\nWHERE {where}" if where else "")

    @limit_to_engineers
    def search(self, text: str, limit: int = MOST_FOUND) -> list[str]:
        """Resources whose names hold every word; names that begin with a word come first."""
        words = text.lower().replace(".", " ").split()
        if not words:
            return []
        found = []
        for name in self._list_known_names():
            lowered = name.lower()
            if all(word in lowered for word in words):
                parts = lowered.split(".")
                starts = sum(part.startswith(word) for word in words for part in parts)
                exact = sum(part == word for word in words for part in parts)
                found.append((-exact, -starts, len(name), name))
        return [name for *_, name in sorted(found)[:limit]]

    @limit_to_engineers
    def search_progress(self) -> float:
        """How much of the names the search knows, from 0 to 1."""
        with self._lock:
            indexes = list(self._indexes.values())
        return sum(index.progress for index in indexes) / len(indexes) if indexes else 0.0

    def _list_known_names(self) -> list[str]:
        engine = self.engine()
        now = time.monotonic()
        with self._lock:
            for provider in engine.providers():
                self._indexes.setdefault(provider, _Index())
            stale = [name for name, index in self._indexes.items() if index.due_at <= now]
            start = bool(stale) and not self._gathering
            self._gathering = self._gathering or start
        if start:
            thread = threading.Thread(
                target=self._gather, args=(engine, stale), daemon=True, name="metadata-index"
            )
            thread.start()
            # the sample cloud, and a warm cache, are there at once
            thread.join(0.4)
        with self._lock:
            return [name for index in self._indexes.values() for name in index.names]

    def _gather(self, engine: Engine, providers: list[str]) -> None:
        try:
            for provider in providers:
                self._index(engine, provider, self._indexes[provider])
        finally:
            self._gathering = False

    def _index(self, engine: Engine, provider: str, index: _Index) -> None:
        names: list[str] = []
        try:
            services = engine.services(provider)
            for done, service in enumerate(services, 1):
                names += [
                    f"{provider}.{service}.{name.rsplit('.', 1)[-1]}"
                    for name in engine.resources(provider, service)
                ]
                with self._lock:
                    if len(names) > len(index.names):
                        index.names = list(names)
                    index.progress = done / len(services)
            index.due_at = time.monotonic() + KEEP_SECONDS
        except InventoryError as error:
            log.warning("the resources of %s could not all be read: %s", provider, error)
            index.due_at = time.monotonic() + RETRY_SECONDS
        finally:
            with self._lock:
                index.names, index.progress = names or index.names, 1.0


def find_fewest_required(methods: tuple[Method, ...]) -> tuple[str, ...]:
    """The required parameters of the SELECT method that needs the fewest."""
    selects = sorted(
        (len(method.required_parameters), method.required_parameters)
        for method in methods
        if method.verb.upper() == "SELECT"
    )
    return selects[0][1] if selects else ()
