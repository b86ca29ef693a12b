"""What the sample cloud has: resources, their columns, methods and required parameters, under StackQL's names.

The names are in catalogue.txt, which is easier to read and to compare with a provider's documentation than code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from inventory_runner.contract import Column, UnknownResource

# provider: versions, newest first, as REGISTRY LIST gives them
PROVIDERS = {
    "aws": ("v26.08.00412", "v26.05.00398", "v25.09.00351"),
    "azure": ("v26.08.00411", "v26.02.00377"),
    "cloudflare": ("v26.07.00405",),
    "databricks_account": ("v26.08.00413", "v25.11.00362"),
    "databricks_workspace": ("v26.08.00413", "v25.11.00362"),
    "github": ("v26.06.00401", "v25.07.00320"),
    "google": ("v26.08.00410", "v25.09.00353"),
    "okta": ("v26.07.00404",),
}


@dataclass(frozen=True)
class Resource:
    """name: `provider.service.resource`. method: the SELECT method. parameters: what it requires."""

    name: str
    method: str
    parameters: tuple[str, ...]
    columns: tuple[Column, ...]

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
def all_resources() -> dict[str, Resource]:
    """By name, in the order of the names."""
    text = resources.files(__package__).joinpath("catalogue.txt").read_text(encoding="utf-8")
    found: dict[str, Resource] = {}
    head: list[str] = []
    columns: list[Column] = []

    def finish() -> None:
        if head:
            found[head[0]] = Resource(head[0], head[1], tuple(head[2:]), tuple(columns))

    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            for word in line.split():
                name, _, kind = word.partition(":")
                columns.append(Column(name, kind or "string"))
        else:
            finish()
            head, columns = line.split(), []
    finish()
    return dict(sorted(found.items()))


def services(provider: str) -> list[str]:
    if provider not in PROVIDERS:
        raise _unknown(provider, PROVIDERS, f"The sample cloud has no provider {provider}.")
    return sorted({found.service for found in all_resources().values() if found.provider == provider})


def resource_names(provider: str, service: str) -> list[str]:
    """Without the provider and the service."""
    known = services(provider)
    if service not in known:
        names = [f"{provider}.{one}" for one in known]
        raise _unknown(
            f"{provider}.{service}", names, f"The sample cloud has no service {provider}.{service}."
        )
    start = f"{provider}.{service}."
    return [name.removeprefix(start) for name in all_resources() if name.startswith(start)]


def find(name: str) -> Resource:
    """Raises UnknownResource with similar names."""
    known = all_resources()
    found = known.get(name) or known.get(name.lower())
    if found is None:
        raise _unknown(name, known, f"The sample cloud has no resource {name}.")
    return found


def _unknown(name: str, known: Iterable[str], message: str) -> UnknownResource:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    # services were renamed between generations of providers: the same resource elsewhere is a good guess
    last = name.rsplit(".", 1)[-1]
    near += [other for other in names if other.rsplit(".", 1)[-1] == last and other not in near]
    return UnknownResource(message, near=near[:3])
