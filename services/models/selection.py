"""What of a grid's rows is shown: the columns' filters, the order, and the words of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Selection:
    """As a grid asks for it. filters: column → AG Grid's model. sort: `{"column", "descending"}` each."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: Sequence[Mapping[str, Any]] = ()
    search: str = ""

    @property
    def narrows(self) -> bool:
        """Whether rows may be left out; an order alone leaves out none."""
        return bool(self.filters or self.search.strip())

    @property
    def is_everything(self) -> bool:
        """Whether it is all rows, as they come."""
        return not (self.narrows or self.sort)


ALL_ROWS = Selection()
