"""What the search finds beside resources: places of the product by their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.models.inventory import TableRef


class PlaceKind(StrEnum):
    """In the order in which the search lists them."""

    TABLE = "table"
    QUERY = "query"
    SCHEDULE = "schedule"
    ENTRY = "entry"


@dataclass(frozen=True)
class Place:
    """A table (`ref`), a saved query or a schedule (`id`), or an entry of the inbox (`href`).

    note: what tells it from others of its name.
    """

    kind: PlaceKind
    name: str
    note: str = ""
    ref: TableRef | None = None
    id: int = 0
    href: str = ""
