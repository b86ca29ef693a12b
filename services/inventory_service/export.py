"""A whole table as a file. Rows are spooled to an Arrow file on disk first, so that a million of them fit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from inventory_runner.contract import exact_number_field
from inventory_runner.errors import InvalidInput
from services.models.inventory import READ_AT, ColumnInfo
from services.query_service import export

# when the scope that a row is of was last read whole
READ_AT_COLUMN = ColumnInfo(READ_AT, "time", "timestamp with time zone")


def write(
    columns: Sequence[ColumnInfo],
    batches: Iterable[Sequence[tuple[Any, ...]]],
    format: str,
    rows: int,
    read_at: Mapping[str, datetime | None],
) -> tuple[str, str, Iterator[bytes]]:
    """(suffix, MIME type, the file in pieces). rows: how many to expect; raises InvalidInput where they cannot fit.

    batches: each row ends with its scope's key, which becomes the moment that `read_at` has for it.
    """
    import pyarrow as pa

    columns = [*columns, READ_AT_COLUMN]
    schema = pa.schema([_make_field(column) for column in columns])
    # refused here, before the download begins
    kind = export.check(schema.empty_table(), format)
    if format == "xlsx" and rows > export.XLSX_ROWS:
        raise InvalidInput(
            f"A sheet holds {export.XLSX_ROWS:,} rows, and the table has {rows:,}.",
            field="format",
            hint="Choose CSV or JSON.",
        )

    def iterate_pieces() -> Iterator[bytes]:
        with tempfile.NamedTemporaryFile(suffix=".arrow") as file:
            with pa.OSFile(file.name, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for batch in batches:
                    values = zip(*((*row[:-1], read_at.get(row[-1])) for row in batch), strict=True)
                    arrays = [
                        pa.array([_convert_value(one) for one in column_values], field.type)
                        for column, field, column_values in zip(columns, schema, values, strict=True)
                    ]
                    writer.write_batch(pa.record_batch(arrays, schema=schema))
            with pa.memory_map(file.name) as source:
                table = pa.ipc.open_file(source).read_all()
                json_columns = frozenset(column.name for column in columns if column.kind == "json")
                yield from export.join_pieces(kind.write(table, json_columns, lambda _done: None))

    return kind.suffix, kind.mimetype, iterate_pieces()


def _make_field(column: ColumnInfo) -> Any:
    import pyarrow as pa

    if column.type.startswith("numeric"):
        return exact_number_field(column.name)
    if column.type in ("smallint", "integer", "bigint"):
        return pa.field(column.name, pa.int64())
    if column.type in ("real", "double precision"):
        return pa.field(column.name, pa.float64())
    return pa.field(column.name, pa.bool_() if column.type == "boolean" else pa.string())


def _convert_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
