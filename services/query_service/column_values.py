"""How often the values of a result's column occur, in the rows that match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner.contract import holds_exact_numbers
from services.models.column_values import ColumnValues, count_value
from services.models.limits import LONGEST_VALUE, MOST_VALUES
from services.query_service import results

# between two looks at the time
ROWS_AT_A_TIME = 50_000


def count_values(
    table: pa.Table,
    name: str,
    indices: pa.Array | None,
    *,
    ordered: bool,
    check: Callable[[], None] = lambda: None,
) -> ColumnValues:
    """The column's values in these rows; raises InvalidInput for a column that is not there.

    indices: of the rows, None for all. ordered: whether the column has an order that people know, unlike JSON. check:
    called now and then; what it raises ends the work. Of the different values no more are held than `MOST_VALUES` and
    those of one batch.
    """
    column = results.find_column(table, name)
    if indices is not None:
        column = column.take(indices)
    counts: dict[str | None, int] | None = {}
    filled = 0
    for start in range(0, len(column), ROWS_AT_A_TIME):
        check()
        texts = results.convert_to_text(column.slice(start, ROWS_AT_A_TIME))
        filled += pc.sum(pc.not_equal(texts, "")).as_py() or 0
        counts = _add_counts(counts, texts)
    values = None
    if counts is not None:
        listed = sorted(counts.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))
        values = tuple(count_value(text, rows) for text, rows in listed)
    least, most = _find_ends(table.schema.field(name), column) if ordered and filled else (None, None)
    return ColumnValues(len(column), filled, values, least, most)


def _add_counts(counts: dict[str | None, int] | None, texts: pa.ChunkedArray) -> dict[str | None, int] | None:
    """The counts with those of more texts; None where there are more than `MOST_VALUES` different ones."""
    if counts is None:
        return None
    for one in texts.value_counts():
        text = one["values"].as_py()
        counts[text] = counts.get(text, 0) + one["counts"].as_py()
        if len(counts) > MOST_VALUES:
            return None
    return counts


def _find_ends(field: pa.Field, column: pa.ChunkedArray) -> tuple[str, str]:
    """The least and the greatest value as text; numbers that arrived as text count as numbers."""
    if holds_exact_numbers(field):
        texts = dict(zip(results.read_exact_numbers(column), column.to_pylist(), strict=True))
        numbers = [number for number in texts if number is not None]
        return texts[min(numbers)], texts[max(numbers)]
    comparable = results.convert_to_comparable(column)
    if pa.types.is_string(comparable.type) or pa.types.is_large_string(comparable.type):
        comparable = comparable.filter(pc.not_equal(comparable, ""))
    ends = pc.min_max(comparable).as_py()
    return _format_end(ends["min"]), _format_end(ends["max"])


def _format_end(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)[:LONGEST_VALUE]
