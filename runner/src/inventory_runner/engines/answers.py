"""Habits of the StackQL program's that would make an answer untrue, or hard to read.

It prints NULL as the text `null` and every other value as text too, joins and counts over calls that were refused as if
they had found nothing, and makes one row of nothing out of an answer that it cannot read, a sign-in page for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner import json_text, reading
from inventory_runner.contract import UNREAD, exact_number_field
from inventory_runner.errors import InventoryError
from inventory_runner.reading import JSON
from inventory_runner.sql import lexer
from inventory_runner.sql.lexer import Kind
from inventory_runner.wording import format_count

MENDED = "Halves of surrogate pairs, which are no characters, were taken out of {}."
_TOGETHER = ("JOIN", "OVER", "GROUP")
_AGGREGATES = (
    "COUNT",
    "SUM",
    "TOTAL",
    "AVG",
    "MIN",
    "MAX",
    "GROUP_CONCAT",
    "STRING_AGG",
    "JSON_GROUP_ARRAY",
    "JSON_GROUP_OBJECT",
)


@dataclass(frozen=True)
class JsonReads:
    """What a statement reads as JSON, where a text that is none counts as NULL (`json_counts.py`).

    counted: column of the answer → the column whose texts it counts, which are no JSON. elsewhere: columns that are
    read so where nothing counts: in a condition, a join, a UNION.
    """

    counted: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()

    def take_counts(self, table: pa.Table) -> tuple[pa.Table, list[str]]:
        """The table without the columns that count, and a sentence for each column that is no JSON somewhere."""
        found: dict[str, int] = {}
        for name, column in self.counted.items():
            if name in table.column_names:
                texts = table.column(name).to_pylist()
                count = sum(int(text) for text in texts if text is not None)
                found[column] = max(count, found.get(column, 0))
                table = table.drop_columns([name])
        said = [
            f"{column} is no JSON in {format_count(count, 'row')}: what is taken from it is NULL there."
            for column, count in found.items()
            if count
        ]
        return table, said

    def warn_of_nothing(self, table: pa.Table) -> list[str]:
        """A sentence where an answer without rows, or a column without values, may come of a text that is no JSON."""
        names = " and ".join(self.elsewhere)
        if not names or (table.num_rows and all(one.null_count < table.num_rows for one in table.columns)):
            return []
        what = "No row came back" if not table.num_rows else "A column has no value in any row"
        return [
            f"{what}, and {names} {'is' if len(self.elsewhere) == 1 else 'are'} read as JSON in a condition, a join or"
            " a UNION, where it could not be counted how many texts are no JSON. SELECT the column alone to see them."
        ]


def replace_null_words(table: pa.Table) -> pa.Table:
    """The table with NULL where StackQL wrote `null`."""
    for position, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            is_null = pc.equal(column, "null")
            if pc.any(is_null).as_py():
                table = table.set_column(
                    position,
                    table.field(position),
                    pc.if_else(is_null, pa.scalar(None, column.type), column),
                )
    return table


def is_nothing(table: pa.Table) -> bool:
    """Whether it is one row without any value."""
    return table.num_rows == 1 and all(column.null_count == 1 for column in table.columns)


def puts_together(sql: str) -> bool:
    """Whether a row may come of several calls: with one of them refused it would be untrue, not just missing."""
    try:
        words = [token for token in lexer.read_tokens(sql) if token.kind is not Kind.COMMENT]
    except InventoryError:
        return True
    return any(
        token.is_word(*_TOGETHER) or (token.is_word(*_AGGREGATES) and after.text == "(")
        for token, after in pairwise(words)
    )


class Converted(NamedTuple):
    """json_columns: the names of those that are JSON now. unread: a sentence for each column with cells in UNREAD."""

    table: pa.Table
    json_columns: frozenset[str]
    warnings: tuple[str, ...]
    unread: tuple[str, ...]


def convert_columns(table: pa.Table, types: Mapping[str, str]) -> Converted:
    """The table with its text columns as what they are.

    types: column in lower case → integer, number, boolean or json. Cells that are none of it are NULL, and their texts
    stand in a further column UNREAD: `{"size":"N/A"}`.
    """
    json_columns, said = set(), []
    mended: list[str] = []
    unread: dict[int, dict[str, str]] = {}
    if UNREAD in table.column_names:
        # the query's own
        table = table.rename_columns([f"{name}_2" if name == UNREAD else name for name in table.column_names])
    for position, name in enumerate(table.column_names):
        kind, column = types.get(name.lower()), table.column(position)
        if kind is None or not pa.types.is_string(column.type):
            continue
        cells = reading.read_cells(column, kind)
        field = exact_number_field(name) if cells.kind == reading.EXACT else pa.field(name, cells.values.type)
        table = table.set_column(position, field, cells.values)
        if kind == JSON:
            json_columns.add(name)
        if cells.mended:
            mended.append(name)
        for row, text in cells.unread.items():
            unread.setdefault(row, {})[name] = text
        if cells.unread:
            said.append(reading.describe_unread(name, kind, list(cells.unread.values())))
    warnings = (MENDED.format(", ".join(mended)),) if mended else ()
    if unread:
        table = table.append_column(UNREAD, _gather_unread(unread, table.num_rows))
        json_columns.add(UNREAD)
    return Converted(table, frozenset(json_columns), warnings, tuple(said))


def _gather_unread(unread: Mapping[int, Mapping[str, str]], rows: int) -> pa.Array:
    return pa.array(
        (json_text.dumps(unread[row]) if row in unread else None for row in range(rows)), pa.string()
    )
