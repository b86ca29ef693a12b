"""What there is to query: providers, services, resources, their columns, methods and required parameters.

The engine answers and caches single look-ups. Searching needs every name, which the real engine tells one service at
a time: an index is gathered per provider in the background, kept for hours, and searched while it grows. StackQL's
registry has documents of many providers, which would take long to fetch: those are indexed that are here, that have
credentials, or that a search names. What a search left out is said (`explain_search`).
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
from inventory_runner.wording import format_count
from services.cache import Cache
from services.users import limit_to_engineers

log = logging.getLogger(__name__)

KEEP_SECONDS = 6 * 3600
RETRY_SECONDS = 60
MOST_FOUND = 50
# so many services are named that could not be read
MOST_UNREAD = 3
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
    """The names of one provider's resources, as far as they are known.

    progress: from 0 to 1. due_at: gather again. failure: why names are missing, empty where none is known to be.
    """

    names: list[str] = field(default_factory=list)
    progress: float = 0.0
    due_at: float = 0.0
    failure: str = ""


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
        """The engine's providers, and those that have credentials, by name."""
        engine = self.engine()
        if engine.name == "sample":
            return [Provider(name, None) for name in engine.providers()]
        configured = set(self.configured())
        return [Provider(name, name in configured) for name in sorted({*engine.providers(), *configured})]

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
        for name in self._list_known_names(words):
            lowered = name.lower()
            if all(word in lowered for word in words):
                parts = lowered.split(".")
                starts = sum(part.startswith(word) for word in words for part in parts)
                exact = sum(part == word for word in words for part in parts)
                found.append((-exact, -starts, len(name), name))
        return [name for *_, name in sorted(found)[:limit]]

    @limit_to_engineers
    def search_progress(self) -> float:
        """How much of the names that it looks through the search knows, from 0 to 1."""
        with self._lock:
            indexes = list(self._indexes.values())
        return sum(index.progress for index in indexes) / len(indexes) if indexes else 1.0

    @limit_to_engineers
    def explain_search(self) -> str:
        """What the search does not look through, and why, in sentences; empty where that is nothing."""
        with self._lock:
            indexes = dict(self._indexes)
        said = [index.failure for index in indexes.values() if index.failure]
        searched = sorted(name for name, index in indexes.items() if index.names or not index.failure)
        if others := [one.name for one in self.providers() if one.name not in indexes]:
            where = f"Searched in {', '.join(searched)}" if searched else "Nothing was searched yet"
            said.append(
                f"{where}. {format_count(len(others), 'more provider')} can be: open one in the list, or name it"
                f" here, as in “{others[0]} users”."
            )
        return " ".join(said)

    def _list_known_names(self, words: Sequence[str] = ()) -> list[str]:
        engine = self.engine()
        now = time.monotonic()
        wanted = set(engine.providers_at_hand())
        if engine.name != "sample":
            wanted |= set(self.configured())
            if asked := set(words) - wanted - set(self._indexes):
                wanted |= asked & set(engine.providers())
        with self._lock:
            for provider in sorted(wanted):
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
        unread: list[str] = []
        failure: InventoryError | None = None
        try:
            services = engine.services(provider)
            for done, service in enumerate(services, 1):
                try:
                    found = engine.resources(provider, service)
                except InventoryError as error:
                    # the others are worth having
                    unread.append(service)
                    failure, found = error, []
                names += [f"{provider}.{service}.{name.rsplit('.', 1)[-1]}" for name in found]
                with self._lock:
                    if len(names) > len(index.names):
                        index.names = list(names)
                    index.progress = done / len(services)
        except InventoryError as error:
            failure = error
        what = f"{', '.join(unread[:MOST_UNREAD])} of {provider}" if unread else provider
        if len(unread) > MOST_UNREAD:
            what = f"{len(unread)} services of {provider}"
        if failure is not None:
            log.warning("the resources of %s could not be read: %s", what, failure)
        with self._lock:
            index.failure = f"{what} could not be read: {failure.message}" if failure else ""
            index.due_at = time.monotonic() + (RETRY_SECONDS if failure else KEEP_SECONDS)
            index.names, index.progress = names or index.names, 1.0


def find_fewest_required(methods: tuple[Method, ...]) -> tuple[str, ...]:
    """The required parameters of the SELECT method that needs the fewest."""
    selects = sorted(
        (len(method.required_parameters), method.required_parameters)
        for method in methods
        if method.verb.upper() == "SELECT"
    )
    return selects[0][1] if selects else ()
