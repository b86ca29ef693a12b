"""What a provider of the sample cloud is: a package beside this module, found by being there.

No list names the providers. A package of this folder has three files, of which `okta/` shows the smallest:

- `catalogue.txt`: its resources with their columns, methods and required parameters; see `catalogue`.
- `rows.py`: `GENERATORS`, for each resource the function that makes its rows.
- `words.py`: `WORDS`, its versions, the values that its parameters have, and what it answers for others.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from inventory_runner.engines.sample_cloud.story import DarkScope

# (day, *the values of the resource's required parameters in the catalogue's order) → rows, column → value; a column
# that is left out is null
Generator = Callable[..., Iterable[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A required parameter of a provider's resources.

    values: those that exist on every day. of_day: a day's values, where they change. every: a value that stands for
    all others. empty: values that exist and have nothing. dark: values that are refused for some days.
    unknown, refused: the provider's own words, `{value}` in them, for a value that does not exist and for one that is
    refused (`{action}` is what AWS calls the call); without `unknown` it refuses both alike.
    """

    values: tuple[str, ...]
    of_day: Callable[[int], Iterable[str]] | None = None
    every: str | None = None
    empty: frozenset[str] = frozenset()
    dark: tuple[DarkScope, ...] = ()
    unknown: str | None = None
    refused: str = ""

    def list_known(self, day: int) -> tuple[str, ...]:
        """The values that exist on a day."""
        return self.values if self.of_day is None else tuple(self.of_day(day))

    def is_dark(self, value: str, day: int) -> bool:
        return any(scope.value == value and scope.covers(day) for scope in self.dark)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a provider says of itself.

    versions: each of StackQL's names for it → versions, newest first, as REGISTRY LIST gives them. parameters: by
    name, all that its catalogue requires. everywhere: how the names of resources begin that belong to no one value:
    they answer alike for each, even where it is empty or dark.
    """

    versions: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Parameter]
    everywhere: tuple[str, ...] = ()


class Provider:
    """One package; its modules are imported when the provider is first needed, as most queries ask one alone."""

    def __init__(self, name: str, catalogue: str) -> None:
        """name: the package's. catalogue: the text of catalogue.txt."""
        self.name = name
        self.catalogue = catalogue

    @property
    def words(self) -> Words:
        return self._modules[0]

    @property
    def generators(self) -> Mapping[str, Generator]:
        """By the names of the resources."""
        return self._modules[1]

    @cached_property
    def _modules(self) -> tuple[Words, Mapping[str, Generator]]:
        # both, whichever is asked for: the app, which asks for words, leaves bytecode to workers, which write none
        words, rows = [
            importlib.import_module(f"{__package__}.{self.name}.{each}") for each in ("words", "rows")
        ]
        return words.WORDS, rows.GENERATORS


@cache
def discover() -> tuple[Provider, ...]:
    """Every package here that has a catalogue, by its name."""
    catalogues = [
        (folder.name, folder / "catalogue.txt") for folder in resources.files(__package__).iterdir()
    ]
    return tuple(
        Provider(name, file.read_text("utf-8")) for name, file in sorted(catalogues) if file.is_file()
    )


@cache
def find_providers() -> dict[str, Provider]:
    """StackQL's names → providers, in the order of the names."""
    names = {name: provider for provider in discover() for name in provider.words.versions}
    return dict(sorted(names.items()))
