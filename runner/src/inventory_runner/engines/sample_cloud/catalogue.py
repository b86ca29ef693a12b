"""What the sample cloud has: resources, their columns, methods and required parameters, under StackQL's names.

The names are in each provider's catalogue.txt, which is easier to read and to compare with its documentation than
code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from inventory_runner.contract import Column, UnknownResource
from inventory_runner.engines.sample_cloud import providers


@dataclass(frozen=True)
class Resource:
    """name: `provider.service.resource`. method: the SELECT method. parameters: what it requires. home: who has it."""

    name: str
    method: str
    parameters: tuple[str, ...]
    columns: tuple[Column, ...]
    home: providers.Provider

    @property
    def provider(self) -> str:
        return self.name.split(".")[0]

    @property
    def service(self) -> str:
        return self.name.split(".")[1]

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Required parameters that are no columns: usable in WHERE, absent from SELECT *."""
        known = {name.lower() for name in self.column_names}
        return tuple(name for name in self.parameters if name.lower() not in known)


@cache
def find_versions() -> dict[str, tuple[str, ...]]:
    """StackQL's provider names → versions, newest first, in the order of the names."""
    return {name: found.words.versions[name] for name, found in providers.find_providers().items()}


@cache
def read_resources() -> dict[str, Resource]:
    """By name, in the order of the names."""
    found = [resource for one in providers.discover() for resource in _read(one)]
    return {resource.name: resource for resource in sorted(found, key=lambda each: each.name)}


def _read(home: providers.Provider) -> Iterator[Resource]:
    """The resources of a provider's catalogue.

    A line names a resource, its SELECT method and its required parameters; indented lines after it have its columns,
    `name` or `name:type` where the type is not string. A line that begins with # is a comment.
    """
    head: list[str] = []
    columns: list[Column] = []
    for line in (*home.catalogue.splitlines(), ""):
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            for word in line.split():
                name, _, kind = word.partition(":")
                columns.append(Column(name, kind or "string"))
        else:
            if head:
                yield Resource(head[0], head[1], tuple(head[2:]), tuple(columns), home)
            head, columns = line.split(), []


def list_services(provider: str) -> list[str]:
    if provider not in find_versions():
        raise _make_unknown_resource(
            provider, find_versions(), f"The sample cloud has no provider {provider}."
        )
    return sorted({found.service for found in read_resources().values() if found.provider == provider})


def list_resource_names(provider: str, service: str) -> list[str]:
    """Without the provider and the service."""
    known = list_services(provider)
    if service not in known:
        names = [f"{provider}.{one}" for one in known]
        raise _make_unknown_resource(
            f"{provider}.{service}", names, f"The sample cloud has no service {provider}.{service}."
        )
    start = f"{provider}.{service}."
    return [name.removeprefix(start) for name in read_resources() if name.startswith(start)]


def find(name: str) -> Resource:
    """Raises UnknownResource with similar names."""
    known = read_resources()
    found = known.get(name) or known.get(name.lower())
    if found is None:
        raise _make_unknown_resource(name, known, f"The sample cloud has no resource {name}.")
    return found


def _make_unknown_resource(name: str, known: Iterable[str], message: str) -> UnknownResource:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    # services were renamed between generations of providers: the same resource elsewhere is a good guess
    last = name.rsplit(".", 1)[-1]
    near += [other for other in names if other.rsplit(".", 1)[-1] == last and other not in near]
    return UnknownResource(message, near=near[:3])
