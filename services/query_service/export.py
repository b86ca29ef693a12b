"""A whole result as CSV, XLSX or JSON, streamed; no cell can run in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from inventory_runner.engines.values import cut
from inventory_runner.errors import InvalidInput
from services.models.limits import SAFE_INTEGER

BATCH_ROWS = 5_000
XLSX_ROWS = 1_048_575
XLSX_COLUMNS = 16_384
XLSX_CELL = 32_767
PIECE_BYTES = 1 << 18
# what a spreadsheet would take for a formula, in wide letters too; a plain negative number is none
DANGEROUS = r"^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]"
NEGATIVE_NUMBER = r"^-\d+(\.\d+)?([eE][+-]?\d+)?$"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Format:
    """A kind of file that a result can be saved as."""

    suffix: str
    mimetype: str
    write: Callable[[pa.Table, frozenset[str], Progress], Iterator[bytes]]


def check(table: pa.Table, format: str) -> Format:
    """The format of that name; raises InvalidInput where it is unknown or cannot hold the result."""
    if format not in FORMATS:
        raise InvalidInput(
            f"{format!r} is not a format.", field="format", hint=f"Choose {', '.join(FORMATS)}."
        )
    if format == "xlsx" and (table.num_rows > XLSX_ROWS or table.num_columns > XLSX_COLUMNS):
        raise InvalidInput(
            f"A sheet holds {XLSX_ROWS:,} rows and {XLSX_COLUMNS:,} columns, and the result has more.",
            field="format",
            hint="Choose CSV or JSON.",
        )
    return FORMATS[format]


def _iterate_batches(table: pa.Table, progress: Progress) -> Iterator[pa.Table]:
    for start in range(0, max(table.num_rows, 1), BATCH_ROWS):
        yield cut(table, start, BATCH_ROWS)
        progress(min(start + BATCH_ROWS, table.num_rows))


def write_csv(table: pa.Table, _json_columns: frozenset[str], progress: Progress) -> Iterator[bytes]:
    """CSV in UTF-8; text that a spreadsheet would run gets an apostrophe in front."""
    header = pl.DataFrame({str(i): [escape_formula(name)] for i, name in enumerate(table.column_names)})
    yield header.write_csv(include_header=False).encode()
    for batch in _iterate_batches(table, progress):
        frame = pl.DataFrame(pl.from_arrow(batch))
        text = pl.col(pl.String)
        dangerous = text.str.contains(DANGEROUS) & ~text.str.contains(NEGATIVE_NUMBER)
        frame = frame.with_columns(pl.when(dangerous).then(pl.lit("'") + text).otherwise(text).name.keep())
        yield frame.write_csv(include_header=False).encode()


def format_csv(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A few numbers as the text of a CSV file; no cell can run in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([escape_formula(name) for name in head])
    for row in rows:
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def escape_formula(text: str) -> str:
    """Formula injection (CSV injection): put an apostrophe before a cell that a spreadsheet would run as a formula."""
    return f"'{text}" if re.match(DANGEROUS, text) and not re.match(NEGATIVE_NUMBER, text) else text


def write_json(table: pa.Table, json_columns: frozenset[str], progress: Progress) -> Iterator[bytes]:
    """An array of objects; JSON cells are objects and arrays again."""
    yield b"["
    first = True
    for batch in _iterate_batches(table, progress):
        for row in batch.to_pylist():
            for name in json_columns:
                if row.get(name):
                    row[name] = orjson.Fragment(row[name])
            yield (b"\n" if first else b",\n") + orjson.dumps(row, default=str)
            first = False
    yield b"\n]\n"


def write_xlsx(table: pa.Table, _json_columns: frozenset[str], progress: Progress) -> Iterator[bytes]:
    """One sheet with a frozen header and filters; text is always text. Written to a temporary file first."""
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet("Result")
            bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
            for number, name in enumerate(table.column_names):
                sheet.write_string(0, number, name[:XLSX_CELL], bold)
            sheet.freeze_panes(1, 0)
            if table.num_columns:
                sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
            line = 1
            for batch in _iterate_batches(table, progress):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    for number, value in enumerate(row):
                        _write_cell(sheet, line, number, value, quoted)
                    line += 1
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _write_cell(sheet: Any, line: int, number: int, value: Any, quoted: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, number, value)
    elif isinstance(value, int | float) and abs(value) <= SAFE_INTEGER:
        sheet.write_number(line, number, value)
    else:
        text = str(value)[:XLSX_CELL]
        # the prefix keeps it text when someone edits the cell
        sheet.write_string(line, number, text, quoted if re.match(DANGEROUS, text) else None)


def join_pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces worth sending."""
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", write_csv),
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "json": Format("json", "application/json", write_json),
}
