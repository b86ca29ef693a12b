"""Habits of the StackQL program's that would make an answer untrue, or hard to read.

It prints NULL as the text `null` and every other value as text too, joins and counts over calls that were refused as if
they had found nothing, and makes one row of nothing out of an answer that it cannot read, a sign-in page for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner.engines.values import format_canonical_json
from inventory_runner.errors import InventoryError
from inventory_runner.sql import lexer
from inventory_runner.sql.lexer import Kind

# what a column's values may be, beside text
INTEGER, NUMBER, BOOLEAN, JSON = "integer", "number", "boolean", "json"
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


def convert_columns(table: pa.Table, types: Mapping[str, str]) -> tuple[pa.Table, frozenset[str]]:
    """The table with its text columns as what they are, and the names of those that are JSON now.

    types: column in lower case → integer, number, boolean or json. A column with a value that is none stays text.
    """
    json_columns = set()
    for position, name in enumerate(table.column_names):
        kind, column = types.get(name.lower()), table.column(position)
        if kind is None or not pa.types.is_string(column.type):
            continue
        try:
            values = _READ[kind](column)
        except ValueError:
            continue
        table = table.set_column(position, name, values)
        if kind == JSON:
            json_columns.add(name)
    return table, frozenset(json_columns)


def _parse_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    numbers = pc.cast(column, pa.float64())
    if (
        pc.any(pc.greater_equal(pc.abs(numbers), 2.0**53)).as_py()
        and pc.any(pc.match_substring_regex(column, r"^-?\d{16,}$")).as_py()
    ):
        raise ValueError("a whole number that a float cannot hold")
    return numbers


def _parse_json(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts: list[str | None] = []
    for text in column.to_pylist():
        if text is None or text == "":
            texts.append(None)
            continue
        if text[0] not in "{[":
            raise ValueError("neither an object nor an array")
        texts.append(format_canonical_json(orjson.loads(text)))
    return pa.chunked_array([pa.array(texts, pa.string())])


_READ: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    INTEGER: lambda column: pc.cast(column, pa.int64()),
    NUMBER: _parse_numbers,
    BOOLEAN: lambda column: pc.cast(column, pa.bool_()),
    JSON: _parse_json,
}
