"""Finding what a resource has to do with others, one step away, within a bounded time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.db.inventory_rows import TooSlow
from services.db.related import NamingRow, RelatedRecords, SearchedTable
from services.models.coverage import UNKNOWN, Reading
from services.models.inventory import Asset, ResourceDetail, TableRef
from services.models.related import Link, LooseId, NotSearched, Related, RelatedGroup

# for all of it, and for one statement
SECONDS, STATEMENT_SECONDS = 6, 2
MOST_IDS = 40
# looked up by one statement: where one of them takes too long, the others are still found
IDS_AT_ONCE = 5
# of an id, and of a table: what is counted; what is shown of it
MOST_NAMED, MOST_NAMING, MOST_SHOWN = 20, 500, 12
SHORTEST_ID, LONGEST_ID = 4, 500
DEEPEST = 4
# columns that name other resources, whatever stands in them
_NAMING_COLUMN = re.compile(
    r"(^|_)(id|ids|arn|arns|link|links|uri|uris|managed_by|users|role|network|subnetwork|vpc|subnets|security_groups)$"
)
# columns of what a resource lies in, which are no resource that it has to do with
_PLACE_COLUMN = re.compile(
    r"(^|_)(account|account_id|owner_id|subscription_id|project|project_id|tenant_id|organization|org)$"
)
# what names one resource in the world, in whatever column it stands
_GLOBAL_ID = re.compile(
    r"arn:[^:\s]+:[^:\s]+:\S+|ocid1\.\S+|/subscriptions/\S+/providers/\S+|https://[a-z.]*googleapis\.com/\S+",
    re.IGNORECASE,
)


class RelatedFinder:
    """Asks the records, within SECONDS in all."""

    def __init__(self, records: RelatedRecords) -> None:
        self._records = records

    def find(self, of: ResourceDetail, readings: Mapping[TableRef, Reading]) -> Related:
        """What it names, what names it, and what names the same as it does; readings: of the tables."""
        deadline = time.monotonic() + SECONDS
        tables = self._records.list_searched_tables()
        provider = of.of.provider if of.of else ""
        tables.sort(key=lambda one: (one.provider != provider, one.rows, one.ref.label))
        not_searched: list[NotSearched] = []
        own = _list_own_ids(of)
        ids = [(column, value) for column, value in _list_ids(of) if value not in own]
        looked_up = ids[:MOST_IDS]
        groups, loose, slow = self._find_named(of, looked_up, readings, deadline)
        shared = {one.value: one.column for one in loose}
        wanted = [*own, *(id for id in shared if id not in own)]
        searched, late, appended = 0, [], []
        naming: list[RelatedGroup] = []
        for table in tables:
            if table.appends:
                appended.append(table.ref)
            elif time.monotonic() > deadline:
                late.append(table.ref)
            else:
                try:
                    rows = self._records.find_naming_rows(table, wanted, MOST_NAMING + 1, STATEMENT_SECONDS)
                except TooSlow:
                    late.append(table.ref)
                    continue
                searched += 1
                naming += self._group_rows(of, table, rows, own, shared, readings)
        partial = [one.ref for one in tables if one.ref in readings and readings[one.ref].partial]
        behind = [one.ref for one in tables if one.behind]
        for refs, why in (
            (late, "the time that a page may take ran out"),
            (appended, "keep every run's rows, not only what is there now"),
            (partial, "were not read whole: rows of the scopes that are missing cannot be found"),
            (behind, "have newer rows than the search knows: what the resource names may be among them"),
        ):
            if refs:
                not_searched.append(NotSearched(tuple(refs), why))
        naming.sort(key=lambda one: (one.link is Link.SHARING, -one.count, one.table.label))
        return Related(
            (*groups, *naming),
            tuple(loose),
            tuple(not_searched),
            searched,
            max(0, len(ids) - MOST_IDS) + slow,
        )

    def _find_named(
        self,
        of: ResourceDetail,
        ids: Sequence[tuple[str, str]],
        readings: Mapping[TableRef, Reading],
        deadline: float,
    ) -> tuple[list[RelatedGroup], list[LooseId], int]:
        """The resources that its ids are of, by table, the ids that are of none, and how many took too long."""
        values = list(dict.fromkeys(value for _, value in ids))
        found: dict[str, tuple[list[Asset], bool]] = {}
        slow: set[str] = set()
        for first in range(0, len(values), IDS_AT_ONCE):
            some = values[first : first + IDS_AT_ONCE]
            try:
                if time.monotonic() > deadline:
                    slow.update(some)
                else:
                    found |= self._records.find_named_assets(some, MOST_NAMED, STATEMENT_SECONDS)
            except TooSlow:
                # one is a word that very many have
                slow.update(some)
        by_table: dict[TableRef, tuple[dict[str, None], dict[tuple[str, str], Asset], bool]] = {}
        loose = []
        for column, value in ids:
            if value in slow:
                continue
            assets, more = found.get(value, ([], False))
            others = [one for one in assets if (one.table, one.scope, one.key) != _place_of(of)]
            if not assets and not _PLACE_COLUMN.search(column):
                loose.append(LooseId(column, value))
            for asset in others:
                columns, kept, cut = by_table.setdefault(asset.table, ({}, {}, False))
                columns[column] = None
                kept[asset.scope, asset.key] = asset
                by_table[asset.table] = (columns, kept, cut or more)
        groups = [
            RelatedGroup(
                ref,
                Link.NAMED,
                tuple(columns),
                tuple(kept.values())[:MOST_SHOWN],
                len(kept),
                readings.get(ref, Reading(UNKNOWN, UNKNOWN)),
                more,
            )
            for ref, (columns, kept, more) in by_table.items()
        ]
        return groups, list(dict.fromkeys(loose)), len(slow)

    def _group_rows(
        self,
        of: ResourceDetail,
        table: SearchedTable,
        rows: Sequence[NamingRow],
        own: Sequence[str],
        shared: Mapping[str, str],
        readings: Mapping[TableRef, Reading],
    ) -> Iterator[RelatedGroup]:
        """The rows of a table that name the resource, and those that name the same as it, without itself."""
        more = len(rows) > MOST_NAMING
        others = [row for row in rows[:MOST_NAMING] if (table.ref, row.scope, row.key) != _place_of(of)]
        naming = [row for row in others if any(id in row.held for id in own)]
        # of its own table all that lie in the same network are no news
        sharing = [row for row in others if row not in naming] if table.ref != of.table else []
        for link, chosen in ((Link.NAMING, naming), (Link.SHARING, sharing)):
            if not chosen:
                continue
            ids = own if link is Link.NAMING else list(shared)
            columns = dict.fromkeys(
                column if link is Link.NAMING else shared[id]
                for row in chosen
                for id in ids
                for column in row.held.get(id, ())
            )
            shown = self._records.find_assets(table.ref, chosen[:MOST_SHOWN])
            reading = readings.get(table.ref, Reading(UNKNOWN, UNKNOWN))
            yield RelatedGroup(table.ref, link, tuple(columns), tuple(shown), len(chosen), reading, more)


def _place_of(of: ResourceDetail) -> tuple[TableRef, str, str]:
    return (of.table, of.scope.key, of.key)


def _list_own_ids(of: ResourceDetail) -> list[str]:
    """By which other rows name it: its id, its ARN or link, its key where that is one column."""
    own = [of.asset.id if of.asset else "", of.key]
    for name, value in of.last.items():
        # a function has its role's ARN beside its own, which ends with what it is called
        if isinstance(value, str) and re.search(r"(^|_)(arn|self_?link)$", _fold(name)):
            called = (of.key, of.asset.id if of.asset else "", of.asset.name if of.asset else "")
            own += [value] if any(end and value.endswith(end) for end in called) else []
    return [id for id in dict.fromkeys(own) if _may_be_id(id)]


def _list_ids(of: ResourceDetail) -> list[tuple[str, str]]:
    """(column, id) of everything in its row that may be another's id, each once, in the columns' order."""
    tags = set(of.tag_columns)
    found: dict[tuple[str, str], None] = {}
    for column, value in of.last.items():
        if column in tags:
            continue
        for name, text in _walk(column, value):
            if _may_be_id(text) and (_NAMING_COLUMN.search(_fold(name)) or _GLOBAL_ID.fullmatch(text)):
                found[column, text] = None
    return list(found)


def _walk(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text in a value, with the name of the column or field that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif depth < DEEPEST and isinstance(value, dict):
        for field, inner in value.items():
            yield from _walk(field, inner, depth + 1)
    elif depth < DEEPEST and isinstance(value, list):
        for inner in value:
            yield from _walk(name, inner, depth + 1)


def _fold(name: str) -> str:
    """`SubnetId`, `subnetId` and `subnet_id` alike."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _may_be_id(text: str) -> bool:
    return (
        SHORTEST_ID <= len(text) <= LONGEST_ID
        and "\0" not in text
        and not any(letter.isspace() for letter in text)
        and text.lower() not in ("null", "none", "true", "false", "default")
    )
