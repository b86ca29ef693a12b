"""The result of a watched statement, as it is kept, and what differs between two of them. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from inventory_runner import json_text
from inventory_runner.contract import QueryResult
from inventory_runner.models import Change, Scope
from services.models.inventory import ChangeEntry, TableRef

LONGEST_CELL = 2_000
LONGEST_KEY = 200
# values as text, None for NULL
Row: TypeAlias = tuple[str | None, ...]
# a change of a statement's result is of no table
NO_TABLE = TableRef("", "")


@dataclass(frozen=True)
class Rows:
    """columns: in the result's order. rows: in the result's order."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, result: QueryResult) -> Rows:
        """A result's rows as they are kept: a value is cut at LONGEST_CELL."""
        columns = [
            [_write(value) for value in result.table.column(place).to_pylist()]
            for place in range(result.table.num_columns)
        ]
        return cls(tuple(result.table.column_names), tuple(zip(*columns, strict=True)))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Rows:
        """What `to_json` wrote."""
        return cls(tuple(kept["columns"]), tuple(tuple(row) for row in kept["rows"]))

    def to_json(self) -> dict[str, Any]:
        """For the database."""
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}


def compare(before: Rows, after: Rows, at: datetime) -> list[ChangeEntry]:
    """What came, went and changed: by the first column where it tells rows apart in both, else by whole rows.

    Rows that are alike are counted; their order means nothing. A single row, such as a count, is the same row.
    """
    pairs: list[tuple[Row | None, Row | None]]
    if before.columns == after.columns and len(before.rows) == len(after.rows) == 1:
        pairs = [(before.rows[0], after.rows[0])] if before.rows != after.rows else []
    elif before.columns == after.columns and _is_key(before) and _is_key(after):
        old, new = ({row[0]: row for row in one.rows} for one in (before, after))
        keys = dict.fromkeys((*new, *old))
        pairs = [(old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    else:
        # under other columns no row is the same
        same = before.columns == after.columns
        gone, come = Counter(before.rows), Counter(after.rows)
        pairs = [(row, None) for row in (gone - come if same else gone).elements()]
        pairs += [(None, row) for row in (come - gone if same else come).elements()]
    return [
        _make_entry(number, before.columns, after.columns, old, new, at)
        for number, (old, new) in enumerate(pairs)
    ]


def _is_key(of: Rows) -> bool:
    first = [row[0] for row in of.rows]
    return None not in first and len(set(first)) == len(first)


def _make_entry(
    number: int,
    old_columns: Sequence[str],
    new_columns: Sequence[str],
    old: Sequence[str | None] | None,
    new: Sequence[str | None] | None,
    at: datetime,
) -> ChangeEntry:
    before = None if old is None else dict(zip(old_columns, old, strict=True))
    after = None if new is None else dict(zip(new_columns, new, strict=True))
    kind = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    changed = tuple(
        name
        for name in new_columns
        if before is not None and after is not None and before[name] != after[name]
    )
    key = next((value for value in (new or old or ()) if value), "")
    return ChangeEntry(number, NO_TABLE, at, kind, key[:LONGEST_KEY], Scope(), before, after, changed)


def _write(value: Any) -> str | None:
    """A value as it is compared and shown."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, dict | list):
        text = json_text.dumps(value)
    elif isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
