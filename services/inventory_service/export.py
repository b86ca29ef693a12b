"""A whole table as a file. Its rows are on the disk before they are converted: no connection is held meanwhile."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from inventory_runner.contract import exact_number_field
from inventory_runner.errors import InvalidInput
from services.inventory_service.downloads import Download
from services.models.inventory import READ_AT, ColumnInfo
from services.query_service import export
from services.query_service.folders import translate_folder_errors

# when the scope that a row is of was last read whole
READ_AT_COLUMN = ColumnInfo(READ_AT, "time", "timestamp with time zone")

Batches = Generator[list[str], None, None]


class TablePieces:
    """A table's file in pieces, made while they are taken: at once, and only one time. To be closed."""

    def __init__(self, pieces: Generator[bytes, None, None], download: Download) -> None:
        self._pieces, self._download = pieces, download

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """End the work and remove its files; safe to call twice."""
        self._pieces.close()
        # a generator that never began does not end either
        self._download.close()


def check(columns: Sequence[ColumnInfo], format: str, rows: int) -> export.Format:
    """The format of that name. rows: how many to expect; raises InvalidInput where it cannot hold the table."""
    kind = export.check(_make_schema([*columns, READ_AT_COLUMN]).empty_table(), format)
    if format == "xlsx" and rows > export.XLSX_ROWS:
        raise InvalidInput(
            f"A sheet holds {export.XLSX_ROWS:,} rows, and the table has {rows:,}.",
            field="format",
            hint="Choose CSV or JSON.",
        )
    return kind


def write(
    columns: Sequence[ColumnInfo],
    batches: Batches,
    format: str,
    read_at: Mapping[str, datetime | None],
    download: Download,
) -> TablePieces:
    """The table as a file of a format that `check` let pass.

    batches: rows as `InventoryRowRecords.iterate_row_texts` gives them; each row's scope becomes the moment that
    `read_at` has for it.
    """
    columns = [*columns, READ_AT_COLUMN]
    moments = {scope: None if at is None else at.isoformat() for scope, at in read_at.items()}

    def iterate_pieces() -> Generator[bytes, None, None]:
        with closing(download):
            # the one moment in which a connection is held: nothing is computed here, and nothing is sent
            with download.reading.take(download.check_client), closing(batches):
                for lines in batches:
                    download.write(lines)
            with translate_folder_errors(download.arrow.parent):
                _convert_rows(download, _make_schema(columns), moments)
            with pa.memory_map(str(download.arrow)) as source:
                table = pa.ipc.open_file(source).read_all()
                kind = export.check(table, format)
                json_columns = frozenset(column.name for column in columns if column.kind == "json")
                yield from convert_in_turn(kind, table, json_columns, download)

    return TablePieces(iterate_pieces(), download)


def convert_in_turn(
    kind: export.Format,
    table: pa.Table,
    json_columns: frozenset[str],
    download: Download,
    progress: export.Progress = lambda _done: None,
) -> Generator[bytes, None, None]:
    """The table in pieces of that format, one download of this process at a time; raises ClientLeft."""
    turn = download.converting

    def go_on(done: int) -> None:
        progress(done)
        turn.pause(download.check_client)

    pieces = export.join_pieces(kind.write(table, json_columns, go_on))
    while True:
        with turn.take(download.check_client):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _convert_rows(download: Download, schema: pa.Schema, moments: Mapping[str, str | None]) -> None:
    """Make the download's table of its rows; Arrow reads them, so that others' requests have Python meanwhile."""
    scopes, times = pa.array(moments, pa.string()), pa.array(moments.values(), pa.string())
    types = {field.name: field.type for field in schema}
    converting = csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    parsing = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    with pa.OSFile(str(download.arrow), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for lines in download.iterate_batches():
            # a block of the whole batch: no cell is too long
            reading = csv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=schema.names)
            with download.converting.take(download.check_client):
                table = csv.read_csv(
                    pa.BufferReader(lines), reading, parse_options=parsing, convert_options=converting
                )
                moment = times.take(pc.index_in(table.column(table.num_columns - 1), value_set=scopes))
                columns = [*table.columns[:-1], moment]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            download.check_room()
    download.remove_rows()


def _make_schema(columns: Sequence[ColumnInfo]) -> pa.Schema:
    return pa.schema([_make_field(column) for column in columns])


def _make_field(column: ColumnInfo) -> Any:
    if column.type.startswith("numeric"):
        return exact_number_field(column.name)
    if column.type in ("smallint", "integer", "bigint"):
        return pa.field(column.name, pa.int64())
    if column.type in ("real", "double precision"):
        return pa.field(column.name, pa.float64())
    return pa.field(column.name, pa.bool_() if column.type == "boolean" else pa.string())
