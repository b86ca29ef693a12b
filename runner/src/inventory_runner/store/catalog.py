"""What the database says about a target: its lock, its columns, and what was recorded when it was last written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput
from inventory_runner.store.names import OWN_COLUMNS, ColumnNames
from inventory_runner.store.sql import SQL, Identifier, Literal, run

LOCK_TIMEOUT = "30s"
# what a merge's sorts and hashes may take, so that a table of some hundred thousand rows needs no temporary files
WORK_MEMORY = "64MB"

_STATE = """
SELECT n.oid IS NOT NULL AS has_schema, c.oid::bigint AS oid, c.relkind::text AS kind,
       (SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnum,
                                           a.attgenerated <> '' OR a.attidentity <> '',
                                           a.attnotnull AND NOT a.atthasdef) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       to_jsonb(t) AS recorded,
       (SELECT jsonb_object_agg(s.scope, s.rows) FROM stackql_app.table_scopes s
         WHERE s.target_schema = w.schema AND s.target_table = w.name) AS scopes,
       obj_description(c.oid, 'pg_class') AS comment
  FROM (SELECT {schema}::text AS schema, {table}::text AS name) w
  LEFT JOIN pg_namespace n ON n.nspname = w.schema
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  LEFT JOIN stackql_app.inventory_tables t ON t.target_schema = w.schema AND t.target_table = w.name
"""


@dataclass(frozen=True)
class LiveTable:
    """A table that exists. types: the query's columns → Postgres type; own: our columns that it has."""

    oid: int
    types: Mapping[str, str]
    own: frozenset[str]
    comment: str = ""
    # columns that a row cannot be written without, or that cannot be written: not ours to fill
    unwritable: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """recorded: the table's row of inventory_tables, None where no run wrote it yet. scopes: scope key → rows."""

    live: LiveTable | None
    recorded: Mapping[str, Any] | None
    scopes: Mapping[str, int] = field(default_factory=dict)

    @property
    def updated_at(self) -> datetime | None:
        return datetime.fromisoformat(self.recorded["updated_at"]) if self.recorded else None

    @property
    def names(self) -> ColumnNames | None:
        """What the table's runs have called the query's columns, None where none has noted it."""
        return (self.recorded or {}).get("column_names")

    @property
    def untyped(self) -> tuple[str, ...]:
        """Text columns that were made while nobody could tell what their declared types are."""
        return tuple((self.recorded or {}).get("untyped_columns") or ())

    @property
    def columns(self) -> dict[str, str]:
        """The columns that the newest results had → since when, ISO."""
        return dict(self.recorded["columns"]) if self.recorded else {}


def lock(connection: sa.Connection, schema: str, table: str) -> State:
    """Take the table's lock until the transaction ends, then read its state. One round trip.

    Also gives the transaction what a merge needs: memory, and no compiling, which costs more than it saves here.
    """
    statement = SQL(
        "SET LOCAL lock_timeout = {timeout}; SET LOCAL work_mem = {memory}; SET LOCAL jit = off;"
        " SELECT pg_advisory_xact_lock(hashtextextended({name}, 0)); " + _STATE
    ).format(
        timeout=Literal(LOCK_TIMEOUT),
        memory=Literal(WORK_MEMORY),
        name=Literal(f"stackql_inventory.merge:{schema}.{table}"),
        schema=Literal(schema),
        table=Literal(table),
    )
    return _read_state(run(connection, statement).one(), schema, table)


def read_state(connection: sa.Connection, schema: str, table: str) -> State:
    """The same without the lock, for checks and for reading."""
    return _read_state(
        run(connection, SQL(_STATE).format(schema=Literal(schema), table=Literal(table))).one(), schema, table
    )


def _read_state(row: Any, schema: str, table: str) -> State:
    if not row.has_schema:
        raise InvalidInput(
            f"There is no schema {schema} in this database.",
            field="target_schema",
            hint="Create it, or use stackql_inventory.",
        )
    if row.kind not in {None, "r"}:
        noun = {"v": "a view", "m": "a materialised view", "p": "a partitioned table", "f": "a foreign table"}
        raise InvalidInput(
            f"{schema}.{table} is {noun.get(row.kind, 'not a table')}, which a run cannot keep up to date.",
            field="target_table",
            hint="Choose another name.",
        )
    live = None
    if row.oid is not None:
        columns = row.columns or []
        live = LiveTable(
            row.oid,
            {name: kind for name, kind, *_ in columns if name not in OWN_COLUMNS},
            frozenset(name for name, *_ in columns if name in OWN_COLUMNS),
            row.comment or "",
            tuple(name for name, _, _, computed, _ in columns if computed),
        )
    return State(live, row.recorded, row.scopes or {})


def is_used_by_views(connection: sa.Connection, oid: int, column: str) -> bool:
    """True where a view or a rule depends on the column, so that its type cannot change."""
    statement = SQL(
        "SELECT EXISTS (SELECT FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid"
        " AND a.attnum = d.refobjsubid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {oid}"
        " AND d.classid = 'pg_rewrite'::regclass AND a.attname = {column})"
    )
    return bool(run(connection, statement.format(oid=Literal(oid), column=Literal(column))).scalar_one())


def read_distinct_texts(connection: sa.Connection, schema: str, table: str, column: str) -> list[str]:
    """The values that occur in a text column, each once, without NULL."""
    statement = SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} IS NOT NULL")
    return list(run(connection, statement.format(Identifier(column), Identifier(schema, table))).scalars())


def is_empty_column(connection: sa.Connection, schema: str, table: str, column: str) -> bool:
    """True where no row holds a value in the column."""
    statement = SQL("SELECT NOT EXISTS (SELECT FROM {table} WHERE {column} IS NOT NULL)")
    return bool(
        run(
            connection, statement.format(table=Identifier(schema, table), column=Identifier(column))
        ).scalar_one()
    )
