"""A query's result as text: a table to look at, one JSON array, or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from inventory_runner.contract import QueryResult, holds_exact_numbers
from inventory_runner.engines.values import cut, number_repeated_names
from inventory_runner.wording import format_count

WIDEST_CELL = 60
BATCH_ROWS = 5_000


def write(result: QueryResult, form: str, stream: BinaryIO) -> None:
    """Write every row as UTF-8, `form` being one of `options.FORMATS`. A table's cells are cut at 60 characters."""
    match form:
        case "json":
            _write_json(result, stream)
        case "csv":
            _write_csv(result, stream)
        case _:
            _write_table(result, stream)


def _write_json(result: QueryResult, stream: BinaryIO) -> None:
    names = number_repeated_names(result.table.column_names)
    raw = [one.name in result.json_columns or holds_exact_numbers(one) for one in result.table.schema]
    stream.write(b"[")
    between = b"\n"
    for row in _iterate_rows(result.table):
        # JSON cells and exact numbers go out as they are, so that no number loses a digit
        cells = (
            orjson.Fragment(value) if is_json and isinstance(value, str) else value
            for value, is_json in zip(row, raw, strict=True)
        )
        stream.write(between + orjson.dumps(dict(zip(names, cells, strict=True)), default=_convert_to_text))
        between = b",\n"
    stream.write(b"\n]\n")


def _write_csv(result: QueryResult, stream: BinaryIO) -> None:
    """RFC 4180; an empty cell is NULL and `""` is an empty text."""
    import polars as pl

    table = result.table.rename_columns(number_repeated_names(result.table.column_names))
    for start in range(0, max(1, table.num_rows), BATCH_ROWS):
        frame = pl.from_arrow(cut(table, start, BATCH_ROWS))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame
        stream.write(frame.write_csv(include_header=start == 0).encode())


def _write_table(result: QueryResult, stream: BinaryIO) -> None:
    names = [_format_cell(name) for name in result.table.column_names]
    if not names:
        stream.write(b"(no columns)\n")
        return
    rows = [[_format_cell(value) for value in row] for row in _iterate_rows(result.table)]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    right = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in result.table.schema.types]

    def format_line(cells: list[str]) -> bytes:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return ("  ".join(padded).rstrip() + "\n").encode()

    stream.write(format_line(names))
    stream.write(format_line(["-" * width for width in widths]))
    for row in rows:
        stream.write(format_line(row))
    count = result.table.num_rows
    stream.write(f"({format_count(count, 'row')})\n".encode())


def _iterate_rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _format_cell(value: Any) -> str:
    """One line without control characters, which a terminal would obey; NULL is shown as `-`."""
    if value is None:
        return "-"
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = "".join(letter if letter.isprintable() else " " for letter in text[: WIDEST_CELL + 1])
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def _convert_to_text(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)
