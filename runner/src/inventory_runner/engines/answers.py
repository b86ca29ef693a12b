"""Habits of the StackQL program's that would make an answer untrue, or hard to read.

It prints NULL as the text `null`, sorts a row's columns by name, joins and counts over calls that were refused as if
they had found nothing, and makes one row of nothing out of an answer that it cannot read, a sign-in page for one.
"""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp
from sqlglot.dialects import SQLite
from sqlglot.errors import SqlglotError

from inventory_runner import lexer
from inventory_runner.errors import InventoryError
from inventory_runner.lexer import Kind

_TOGETHER = ("JOIN", "OVER", "GROUP")
_AGGREGATES = (
    "COUNT", "SUM", "TOTAL", "AVG", "MIN", "MAX", "GROUP_CONCAT", "STRING_AGG", "JSON_GROUP_ARRAY", "JSON_GROUP_OBJECT",
)  # fmt: skip


def with_nulls(table: pa.Table) -> pa.Table:
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
        words = [token for token in lexer.tokens(sql) if token.kind is not Kind.COMMENT]
    except InventoryError:
        return True
    return any(
        token.is_word(*_TOGETHER) or (token.is_word(*_AGGREGATES) and after.text == "(")
        for token, after in pairwise(words)
    )


def in_order(table: pa.Table, sql: str) -> pa.Table:
    """The table with its columns in the order in which the SELECT names them; as it is where it names none."""
    if table.num_columns < 2 or not sql.lstrip(" \t\r\n(").upper().startswith(("SELECT", "WITH", "--", "/*")):
        return table
    try:
        tree = sqlglot.parse_one(sql, dialect=SQLite)
    except (SqlglotError, RecursionError):
        return table
    if not isinstance(tree, exp.Query):
        return table
    names = {name.lower(): name for name in table.column_names}
    named = [names[word] for one in tree.selects if (word := one.alias_or_name.lower()) in names]
    order = list(dict.fromkeys([*named, *table.column_names]))
    return table.select(order)
