"""What a resource has to do with others, one step away, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.models.coverage import Reading
from services.models.inventory import Asset, TableRef


class Link(StrEnum):
    """NAMED: the resource names them. NAMING: they name it. SHARING: both name an id that no table knows."""

    NAMED = "named"
    NAMING = "naming"
    SHARING = "sharing"


@dataclass(frozen=True)
class RelatedGroup:
    """Resources of one table that a resource has to do with.

    columns: that hold the id; of the resource's own row, or of theirs where they name it. resources: the first of
    `count`. more: there are more than were counted. reading: of their table.
    """

    table: TableRef
    link: Link
    columns: tuple[str, ...]
    resources: tuple[Asset, ...]
    count: int
    reading: Reading
    more: bool = False


@dataclass(frozen=True)
class LooseId:
    """An id in one of the resource's columns that no table of the inventory knows."""

    column: str
    value: str


@dataclass(frozen=True)
class NotSearched:
    """Tables, and why what they hold is not among the related resources, or only a part of it."""

    tables: tuple[TableRef, ...]
    why: str


@dataclass(frozen=True)
class Related:
    """groups: those that it names first, then those that name it. loose: in the order of its columns. searched: tables
    that were gone through whole. left_out: how many of its ids were not looked up, as there
    are too many or time ran out."""

    groups: tuple[RelatedGroup, ...] = ()
    loose: tuple[LooseId, ...] = ()
    not_searched: tuple[NotSearched, ...] = ()
    searched: int = 0
    left_out: int = 0
