"""Reading a result: blocks of rows, sorted, filtered and searched, from a memory-mapped Arrow file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner.contract import holds_exact_numbers
from inventory_runner.engines.values import cut, number_repeated_names
from inventory_runner.errors import InvalidInput
from services.models.column_values import ValueFilter, digest_of, is_value_filter, read_value_filter
from services.models.limits import LONGEST_VALUE, SAFE_INTEGER
from services.models.windows import list_conditions

LONGEST_MARKDOWN_CELL = 120
ROWS_AT_A_TIME = 25
TIME_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
COMPARISONS = {
    "equals": pc.equal,
    "notEqual": pc.not_equal,
    "lessThan": pc.less,
    "lessThanOrEqual": pc.less_equal,
    "greaterThan": pc.greater,
    "greaterThanOrEqual": pc.greater_equal,
}


def write(table: pa.Table, path: Path) -> pa.Table:
    """Write the table, its columns' names made distinct, and return it as written.

    Raises OSError where the disk is full or gone; nothing is left of the file then.
    """
    table = table.rename_columns(number_repeated_names(table.column_names))
    beside = path.with_suffix(".part")
    # for the app's user alone, whatever its umask
    try:
        beside.touch(mode=0o600)
        with pa.OSFile(str(beside), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=65_536)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return table


def read(path: Path) -> pa.Table:
    """The table, mapped and not copied."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def list_kinds(table: pa.Table, json_columns: frozenset[str]) -> list[dict[str, str]]:
    """Name and kind of each column: number, boolean, time, json or text."""
    return [
        {"name": name, "kind": _find_kind(table.schema.field(name), table.column(name), json_columns)}
        for name in table.column_names
    ]


def _find_kind(field: pa.Field, column: pa.ChunkedArray, json_columns: frozenset[str]) -> str:
    if field.name in json_columns:
        return "json"
    if holds_exact_numbers(field):
        return "number"
    if pa.types.is_boolean(column.type):
        return "boolean"
    if is_number(column.type):
        return "number"
    if pa.types.is_temporal(column.type):
        return "time"
    sample = [value for value in column.slice(0, 200).to_pylist() if value]
    if sample and all(isinstance(value, str) and TIME_TEXT.fullmatch(value) for value in sample):
        return "time"
    return "text"


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def find_matching_rows(
    table: pa.Table,
    sort: Sequence[Mapping[str, Any]],
    filters: Mapping[str, Any],
    search: str,
    check: Callable[[], None] = lambda: None,
) -> pa.Array | None:
    """The indices of the rows that match, in order; None for all of them as they are. Raises InvalidInput.

    check: called before each look at a column; what it raises ends the work.
    """
    mask = None
    for name, model in filters.items():
        mask = _combine_masks(mask, _filter(table, name, model, check))
    for word in search.split():
        mask = _combine_masks(mask, _search(table, word, check))
    indices = None
    if mask is not None:
        # half as large: the last orders are remembered
        indices = pc.indices_nonzero(pc.fill_null(mask, False)).cast(pa.uint32())
    if sort:
        keys = [
            (f"k{i}", "descending" if one.get("descending") else "ascending") for i, one in enumerate(sort)
        ]
        columns = []
        for one in sort:
            check()
            columns.append(_find_sortable(table, str(one.get("column"))))
        if indices is not None:
            columns = [column.take(indices) for column in columns]
        check()
        order = pc.sort_indices(pa.table(columns, names=[key for key, _ in keys]), sort_keys=keys)
        order = order.cast(pa.uint32())
        indices = order if indices is None else indices.take(order)
    return indices


def iterate_rows(table: pa.Table, indices: pa.Array | None, start: int, end: int) -> Iterator[dict[str, Any]]:
    """As `list_rows`, a few at a time: who needs no more takes no more, whatever is in their cells."""
    for first in range(start, end, ROWS_AT_A_TIME):
        yield from list_rows(table, indices, first, min(first + ROWS_AT_A_TIME, end))


def list_rows(table: pa.Table, indices: pa.Array | None, start: int, end: int) -> list[dict[str, Any]]:
    """Rows start to end as JSON values; whole numbers that JavaScript would round become text."""
    count = end - start
    part = cut(table, start, count) if indices is None else take_rows(table, indices.slice(start, count))
    found: list[dict[str, Any]] = part.to_pylist()
    for field in part.schema:
        if pa.types.is_integer(field.type):
            for row in found:
                if row[field.name] is not None and abs(row[field.name]) > SAFE_INTEGER:
                    row[field.name] = str(row[field.name])
        elif pa.types.is_floating(field.type):
            for row in found:
                # JSON has no word for these
                if row[field.name] != row[field.name] or row[field.name] in (float("inf"), float("-inf")):
                    row[field.name] = str(row[field.name])
        elif pa.types.is_temporal(field.type):
            for row in found:
                if row[field.name] is not None:
                    row[field.name] = str(row[field.name])
    return found


def take_rows(table: pa.Table, indices: pa.Array) -> pa.Table:
    """The rows of the indices, in their order. The indices are of rows that the table has.

    Arrow's own `take` of a table in several batches first copies all of it into one: of 100,000 rows to have 25.
    """
    wanted = indices.to_numpy()
    batches = table.to_batches()
    ends = np.cumsum([batch.num_rows for batch in batches], dtype=np.int64)
    where = np.searchsorted(ends, wanted, side="right")
    parts = [
        batch.take(pa.array(wanted[where == place] - (end - batch.num_rows)))
        for place, (batch, end) in enumerate(zip(batches, ends, strict=True))
        if (where == place).any()
    ]
    found = pa.Table.from_batches(parts, table.schema).combine_chunks()
    if len(parts) <= 1:
        return found
    back = np.empty(len(wanted), dtype=np.int64)
    back[np.argsort(where, kind="stable")] = np.arange(len(wanted))
    return found.take(pa.array(back))


def format_markdown(table: pa.Table, limit: int) -> str:
    """The first rows as a Markdown table; long cells are cut."""
    names = table.column_names
    lines = [" | ".join(_format_cell(name) for name in names), " | ".join("---" for _ in names)]
    lines += [
        " | ".join(_format_cell(row[name]) for name in names)
        for row in list_rows(table, None, 0, min(limit, table.num_rows))
    ]
    return "\n".join(f"| {line} |" for line in lines)


def _format_cell(value: Any) -> str:
    text = "" if value is None else re.sub(r"\s+", " ", str(value))
    if len(text) > LONGEST_MARKDOWN_CELL:
        text = text[: LONGEST_MARKDOWN_CELL - 1] + "…"
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("`", "'")


def _find_sortable(table: pa.Table, name: str) -> pa.ChunkedArray:
    """The column as it should sort; numbers that no double tells apart by their rank."""
    column = find_column(table, name)
    if not holds_exact_numbers(table.schema.field(name)):
        return convert_to_comparable(column)
    numbers = read_exact_numbers(column)
    ranks = {number: rank for rank, number in enumerate(sorted({one for one in numbers if one is not None}))}
    return pa.chunked_array([pa.array([None if one is None else ranks[one] for one in numbers], pa.int64())])


def read_exact_numbers(column: pa.ChunkedArray) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in column.to_pylist()]


def convert_to_comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as it should sort: numbers that arrived as text count as numbers."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return convert_to_numbers(column) or column
    return column


def convert_to_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A text column as floats where every value is a number, else None."""
    if column.null_count == len(column):
        return None
    try:
        # most that are no numbers show it in the first few; to find out by the whole takes longer than to sort it
        column.slice(0, 100).cast(pa.float64())
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _combine_masks(left: Any, right: Any) -> Any:
    return right if left is None else pc.and_kleene(left, right)


def find_column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise InvalidInput(f"The result has no column {name!r}.", field="column")
    return table.column(name)


def convert_to_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return (
        column
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column.cast(pa.string())
    )


def _search(table: pa.Table, word: str, check: Callable[[], None]) -> Any:
    mask = None
    for column in table.columns:
        check()
        found = pc.fill_null(pc.match_substring(convert_to_text(column), word, ignore_case=True), False)
        mask = found if mask is None else pc.or_(mask, found)
    return mask if mask is not None else pa.array([], pa.bool_())


def _filter(table: pa.Table, name: str, model: Mapping[str, Any], check: Callable[[], None]) -> Any:
    """The mask of one column's AG Grid filter model."""
    column = find_column(table, name)
    if not isinstance(model, Mapping):
        raise InvalidInput(f"The filter of {name!r} cannot be read.", field="filters")
    check()
    if is_value_filter(model):
        return _match_values(convert_to_text(column), read_value_filter(name, model), check)
    if model.get("operator"):
        masks = []
        for one in list_conditions(model):
            check()
            masks.append(_compute_condition(column, one, name))
        if not masks or model["operator"] not in ("AND", "OR"):
            raise InvalidInput(f"The filter of {name!r} cannot be read.", field="filters")
        joined = masks[0]
        for mask in masks[1:]:
            joined = pc.or_kleene(joined, mask) if model["operator"] == "OR" else pc.and_kleene(joined, mask)
        return joined
    return _compute_condition(column, model, name)


def _match_values(texts: pa.ChunkedArray, wanted: ValueFilter, check: Callable[[], None]) -> pa.Array:
    """The mask of the rows with one of the values, or with none of them: never NULL."""
    values = list(wanted.values)
    if wanted.digests:
        long = texts.filter(pc.greater(pc.utf8_length(texts), LONGEST_VALUE))
        for batch in long.chunks:
            check()
            values += [text for text in batch.unique().to_pylist() if digest_of(text) in wanted.digests]
    kept = pc.and_(pc.is_in(texts, value_set=pa.array(values, texts.type)), pc.is_valid(texts))
    if wanted.empty:
        kept = pc.or_(kept, pc.is_null(texts))
    return kept if wanted.keeps else pc.invert(kept)


def _compare_numbers(column: pa.ChunkedArray, kind: str, value: float, upper: object) -> pa.Array | None:
    """The mask of a comparison; None for one that there is not, or of a column that holds no numbers.

    As doubles, since a browser's filter is one: 18446744073709551617 reaches us as 18446744073709552000.
    """
    number = column if is_number(column.type) else convert_to_numbers(column)
    if number is None:
        return None
    number = number.cast(pa.float64(), safe=False)
    if kind == "inRange" and isinstance(upper, int | float):
        return pc.and_(pc.greater_equal(number, float(value)), pc.less_equal(number, float(upper)))
    return COMPARISONS[kind](number, float(value)) if kind in COMPARISONS else None


def _compute_condition(column: pa.ChunkedArray, model: Mapping[str, Any], name: str) -> Any:
    kind = str(model.get("type", "contains"))
    if kind in ("blank", "notBlank"):
        blank = pc.or_(pc.is_null(column), pc.fill_null(pc.equal(convert_to_text(column), ""), True))
        return blank if kind == "blank" else pc.invert(blank)
    value, upper = model.get("filter"), model.get("filterTo")
    if model.get("filterType") == "number":
        found = None
        if isinstance(value, int | float):
            found = _compare_numbers(column, kind, value, upper)
        if found is None:
            raise InvalidInput(f"{name!r} cannot be compared with {value!r}.", field="filters")
        return found
    text, wanted = pc.utf8_lower(convert_to_text(column)), str(value or "").lower()
    if kind == "equals":
        return pc.equal(text, wanted)
    if kind == "notEqual":
        return pc.fill_null(pc.not_equal(text, wanted), True)
    if kind == "startsWith":
        return pc.starts_with(text, wanted)
    if kind == "endsWith":
        return pc.ends_with(text, wanted)
    if kind in ("contains", "notContains"):
        found = pc.fill_null(pc.match_substring(text, wanted), False)
        return found if kind == "contains" else pc.invert(found)
    raise InvalidInput(f"The filter of {name!r} cannot be read.", field="filters")
