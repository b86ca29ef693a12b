"""A whole result as a file, streamed. `FORMATS` says which there are.

A CSV file for spreadsheets protects from formulas and is no longer what the cloud said; the exact one is, cell by cell,
and so are JSON and Excel, which hold text as text. Excel alone has cells that are too small for some values: these are
cut, say so, and are listed on a sheet of their own on which the file opens.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner.contract import holds_exact_numbers
from inventory_runner.engines.values import cut
from inventory_runner.errors import InvalidInput
from inventory_runner.storage import open_temporary_file
from services.models.limits import SAFE_INTEGER
from services.models.wording import format_count

BATCH_ROWS = 5_000
XLSX_ROWS = 1_048_575
XLSX_COLUMNS = 16_384
# units of UTF-16, of which a letter beyond the first 65,536 characters takes two
XLSX_CELL = 32_767
# a cell of so many characters fits, whatever they are
XLSX_SHORT = XLSX_CELL // 2
# a file lists no more of its cut cells than these, and says how many there are
MOST_LISTED = 10_000
EXCEL_DIGITS = 15
PIECE_BYTES = 1 << 18
# what a spreadsheet would take for a formula, in wide letters too; a plain negative number is none
DANGEROUS = r"^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]"
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
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


def write_csv(
    table: pa.Table, _json_columns: frozenset[str], progress: Progress, *, exact: bool
) -> Iterator[bytes]:
    """CSV in UTF-8: RFC 4180, where an empty cell is NULL and `""` an empty text.

    exact: every cell is the value. Otherwise text that a spreadsheet would run gets an apostrophe in front.
    """

    def convert(text: str) -> str:
        return text if exact else escape_formula(text)

    if table.num_columns:
        header = pl.DataFrame({str(i): [convert(name)] for i, name in enumerate(table.column_names)})
        yield header.write_csv(include_header=False).encode()
    for batch in _iterate_batches(table, progress):
        frame = pl.DataFrame(pl.from_arrow(batch))
        if not exact:
            text = pl.col(pl.String)
            dangerous = text.str.contains(DANGEROUS) & ~text.str.contains(NEGATIVE_NUMBER)
            frame = frame.with_columns(
                pl.when(dangerous).then(pl.lit("'") + text).otherwise(text).name.keep()
            )
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
    """An array of objects; JSON cells are objects and arrays again, and numbers have all their digits."""
    yield b"["
    first = True
    exact = _list_exact_columns(table)
    for batch in _iterate_batches(table, progress):
        for row in batch.to_pylist():
            for name in json_columns:
                if row.get(name):
                    row[name] = orjson.Fragment(row[name])
            for name in exact:
                if row[name] is not None and JSON_NUMBER.fullmatch(row[name]):
                    row[name] = orjson.Fragment(row[name])
            yield (b"\n" if first else b",\n") + orjson.dumps(row, default=_convert_for_json)
            first = False
    yield b"\n]\n"


def _convert_for_json(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(f"{value:f}")
    return str(value)


def _list_exact_columns(table: pa.Table) -> list[str]:
    return [one.name for one in table.schema if holds_exact_numbers(one)]


@dataclass
class CutCells:
    """The cells of a sheet that are longer than Excel takes. listed: the first of them: column, row, characters."""

    count: int = 0
    listed: list[tuple[str, int, int]] = field(default_factory=list)

    def fit(self, text: str, column: str, row: int) -> str:
        """The text, or its beginning with a remark where it does not fit. row: the sheet's, which counts from 1."""
        if is_short(text):
            return text
        self.count += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append((column, row, len(text)))
        mark = f"… [cut: {len(text):,} characters; Excel holds {XLSX_CELL:,} in a cell]"
        units = text.encode("utf-16-le")[: 2 * (XLSX_CELL - len(mark))]
        return units.decode("utf-16-le", "ignore") + mark


def is_short(text: str) -> bool:
    """Whether Excel holds the text in one cell."""
    return len(text) <= XLSX_SHORT or len(text.encode("utf-16-le")) <= 2 * XLSX_CELL


def describe_cut(table: pa.Table) -> str:
    """What is said before a result is saved as Excel; empty where every cell fits."""
    found: dict[str, int] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        count = 0 if is_short(name) else 1
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            long = column.filter(pc.greater(pc.utf8_length(column), XLSX_SHORT))
            count += sum(not is_short(text) for text in long.to_pylist())
        if count:
            found[name] = count
    if not found:
        return ""
    named = ", ".join(f"{name[:40]} ({count:,})" for name, count in list(found.items())[:3])
    more = f" and {len(found) - 3:,} more columns" if len(found) > 3 else ""
    return (
        f"{format_count(sum(found.values()), 'cell')} of {named}{more}"
        f" will be cut at Excel's {XLSX_CELL:,} characters. {HOW_WHOLE}"
    )


HOW_WHOLE = "CSV and JSON hold every value whole."


def write_xlsx(table: pa.Table, _json_columns: frozenset[str], progress: Progress) -> Iterator[bytes]:
    """One sheet with a frozen header and filters; text is always text. Written to a temporary file first.

    Cells that had to be cut are listed on a second sheet, on which the file opens.
    """
    import xlsxwriter

    with open_temporary_file() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet("Result")
            bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
            names, exact, long = table.column_names, set(_list_exact_columns(table)), CutCells()
            for number, name in enumerate(names):
                sheet.write_string(0, number, long.fit(name, name, 1), bold)
            sheet.freeze_panes(1, 0)
            if table.num_columns:
                sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
            line = 1
            for batch in _iterate_batches(table, progress):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    for number, (name, value) in enumerate(zip(names, row, strict=True)):
                        cell = _convert_exact(value) if name in exact else value
                        if isinstance(cell, str):
                            cell = long.fit(cell, name, line + 1)
                        _write_cell(sheet, line, number, cell, quoted)
                    line += 1
            if long.count:
                _write_cut_cells(book.add_worksheet("Cut cells"), long, bold)
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _write_cut_cells(sheet: Any, long: CutCells, bold: Any) -> None:
    """The sheet that a file with cut cells opens on: what is missing, and how to get it."""
    count = f"{long.count:,} cell{'s do' if long.count > 1 else ' does'}"
    sheet.write_string(0, 0, f"{count} not fit: Excel holds {XLSX_CELL:,} characters in a cell.", bold)
    sheet.write_string(1, 0, f"They end with “[cut: …]” on the sheet Result. {HOW_WHOLE}")
    for number, title in enumerate(("Column", "Row", "Characters")):
        sheet.write_string(3, number, title, bold)
    for line, (column, row, characters) in enumerate(long.listed, start=4):
        sheet.write_string(line, 0, column[:200])
        sheet.write_number(line, 1, row)
        sheet.write_number(line, 2, characters)
    if long.count > len(long.listed):
        sheet.write_string(4 + len(long.listed), 0, f"The first {len(long.listed):,} of {long.count:,}.")
    sheet.set_column(0, 0, 60)
    sheet.activate()


def _convert_exact(text: str | None) -> Any:
    """A number's digits as a number, where Excel has room for them: it keeps fifteen."""
    if text is None or not JSON_NUMBER.fullmatch(text):
        return text
    return float(text) if sum(letter.isdigit() for letter in text) <= EXCEL_DIGITS else text


def _write_cell(sheet: Any, line: int, number: int, value: Any, quoted: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, number, value)
    elif isinstance(value, int | float) and abs(value) <= SAFE_INTEGER:
        sheet.write_number(line, number, value)
    else:
        text = str(value)
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
    "csv": Format("for-spreadsheets.csv", "text/csv; charset=utf-8", partial(write_csv, exact=False)),
    "csv-exact": Format("exact.csv", "text/csv; charset=utf-8", partial(write_csv, exact=True)),
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "json": Format("json", "application/json", write_json),
}
