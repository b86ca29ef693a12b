"""From Arrow tables into Postgres: CSV for COPY, ten thousand rows at a time, into a table or the staging table.

CSV and not COPY's binary form: text is parsed by the server, so that a value of the wrong type fails loudly.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from inventory_runner.store.names import SCOPE
from inventory_runner.store.sql import (
    SQL,
    Composable,
    Identifier,
    compose_columns,
    compose_temporary_name,
    copy_in,
    run,
)

CHUNK_ROWS = 10_000
STAGE = "inventory_stage"
# a staged table of fewer rows is planned well enough without statistics
ANALYZE_ROWS = 2_000


class CsvChunks:
    """What psycopg2's copy_expert reads from; each read is one chunk, of which only one exists at a time.

    A row is the scope's key, the constants, then the table's columns in their order. Null is an unquoted nothing, an
    empty string is "".
    """

    def __init__(self, tables: Mapping[str, pa.Table], constants: Sequence[str] = ()) -> None:
        self._chunks = _iterate_chunks(tables.items(), constants)

    def read(self, _size: int = -1) -> bytes:
        return next(self._chunks, b"")


def _iterate_chunks(tables: Iterable[tuple[str, pa.Table]], constants: Sequence[str]) -> Iterator[bytes]:
    for scope, table in tables:
        # the scope is written first: a line that is only `\.` would end the data. Columns are numbered, since a
        # query may call its own as we call ours
        names = [str(number) for number in range(table.num_columns)]
        leading = [pl.lit(value).alias(f"leading {place}") for place, value in enumerate((scope, *constants))]
        for start in range(0, table.num_rows, CHUNK_ROWS):
            frame = pl.DataFrame(pl.from_arrow(table.slice(start, CHUNK_ROWS).rename_columns(names)))
            buffer = io.BytesIO()
            frame.select(*leading, pl.all()).write_csv(
                buffer, include_header=False, null_value="", quote_style="necessary"
            )
            yield buffer.getvalue()


def copy_tables(
    connection: sa.Connection,
    into: Composable,
    names: Iterable[str],
    tables: Mapping[str, pa.Table],
    constants: Mapping[str, str] | None = None,
) -> int:
    """COPY the scopes' rows into a table's columns `names`; constants: further column → its value in every row."""
    constants = constants or {}
    return copy_in(
        connection,
        SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            into, compose_columns([SCOPE, *constants, *names])
        ),
        CsvChunks(tables, list(constants.values())),
    )


def stage(
    connection: sa.Connection,
    types: Mapping[str, str],
    tables: Mapping[str, pa.Table],
    joined: Sequence[str] = (),
) -> None:
    """Fill a fresh `inventory_stage`, which lives until the transaction ends. joined: columns it will be joined by.

    For example:

        DROP TABLE IF EXISTS pg_temp."inventory_stage";
        CREATE TEMP TABLE "inventory_stage" ("_scope" text, "id" text, "state" text) ON COMMIT DROP
    """
    definitions = [SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in types.items()]
    run(
        connection,
        SQL("DROP TABLE IF EXISTS {stage}; CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP").format(
            stage=compose_temporary_name(STAGE),
            name=Identifier(STAGE),
            columns=SQL(", ").join([SQL("{} text").format(Identifier(SCOPE)), *definitions]),
        ),
    )
    rows = sum(table.num_rows for table in tables.values())
    if rows:
        copy_tables(connection, compose_temporary_name(STAGE), types, tables)
    if rows >= ANALYZE_ROWS:
        # the join's columns from a small sample: statistics of every column take half as long as the COPY
        run(
            connection,
            SQL("SET LOCAL default_statistics_target = 10; ANALYZE {} ({})").format(
                compose_temporary_name(STAGE), compose_columns([SCOPE, *joined])
            ),
        )
