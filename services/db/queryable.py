"""What SQL over the inventory can read: tables and their columns, with types, comments and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import NotFound
from inventory_runner.sql.postgres import SCHEMAS
from inventory_runner.store.sql import SQL, Identifier, Literal, run
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.models.coverage import Reading, apart, make_coverage, read_at
from services.models.queryable import QueryableColumn, QueryableTable, is_named_like_key
from services.users import limit_to_engineers

SHORT_TYPES = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "character varying": "varchar",
}
# how many keys a JSON column is said to have, from how many of its rows, and how long that may take
MOST_KEYS, KEYS_OF_ROWS, KEYS_SECONDS = 50, 2000, 3
LONGEST_KEY = 200
GUESSED = apart("estimated by Postgres when it last looked at the table")
# system columns of ours, such as _unread, are there to be read as well
_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
       t.row_count AS rows, t.key_columns, t.scopes_ok, t.scopes_total, t.updated_at,
       CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END AS guess,
       (SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod),
                                           coalesce(col_description(c.oid, a.attnum), '')) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN stackql_app.inventory_tables t ON (t.target_schema, t.target_table) = (n.nspname, c.relname)
 WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
   AND c.relname NOT LIKE 'pg\\_%'
 ORDER BY t.row_count IS NULL DESC, n.nspname, c.relname
"""


class QueryableRecords(Records):
    """Reads the catalogue of the analysts' schemas."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    @limit_to_engineers
    def list_tables(self) -> list[QueryableTable]:
        """Every table and view with its columns; first those that no schedule keeps: assets, resource_changes."""
        with self.transaction() as connection:
            rows = connection.execute(sa.text(_TABLES), {"schemas": list(SCHEMAS)})
            return [_make_table(row) for row in rows]

    @limit_to_engineers
    def list_keys(self, table: str, column: str, path: Sequence[str] = ()) -> list[str]:
        """The keys of a table's JSON column, or of what lies in it under `path`; of some rows, the most frequent first.

        table: as a statement has its name. Raises NotFound where it has no such column of JSON.

        For example:

            SELECT key FROM (SELECT jsonb_object_keys(value) AS key FROM (
                SELECT "tags"::jsonb #> '{}' AS value FROM "stackql_inventory"."assets" WHERE "tags" IS NOT NULL
                LIMIT 2000) v WHERE jsonb_typeof(value) = 'object') k
              WHERE length(key) <= 200 GROUP BY key ORDER BY count(*) DESC, key LIMIT 50
        """
        found = next((one for one in self.list_tables() if one.written == table), None)
        if found is None or not any(
            one.name == column and one.type in ("json", "jsonb") for one in found.columns
        ):
            raise NotFound("There is no such column of JSON.", hint="Reload the drawer's tables.")
        statement = SQL(
            "SELECT key FROM (SELECT jsonb_object_keys(value) AS key FROM ("
            "SELECT {column}::jsonb #> {path}::text[] AS value FROM {table} WHERE {column} IS NOT NULL LIMIT {rows}) v"
            " WHERE jsonb_typeof(value) = 'object') k"
            " WHERE length(key) <= {longest} GROUP BY key ORDER BY count(*) DESC, key LIMIT {most}"
        ).format(
            column=Identifier(column),
            path=Literal(list(path)),
            table=Identifier(found.schema, found.name),
            rows=Literal(KEYS_OF_ROWS),
            longest=Literal(LONGEST_KEY),
            most=Literal(MOST_KEYS),
        )
        with self._rows.open_for_reading(KEYS_SECONDS) as connection:
            return [row.key for row in run(connection, statement)]


def _make_table(row: sa.Row[Any]) -> QueryableTable:
    keys = set(row.key_columns or ())
    return QueryableTable(
        row.schema,
        row.name,
        row.comment,
        row.rows if row.rows is not None else row.guess,
        row.rows is not None,
        Reading(make_coverage(row.scopes_ok, row.scopes_total), read_at([row.updated_at]))
        if row.rows is not None
        else GUESSED,
        tuple(
            QueryableColumn(
                name,
                _shorten(type),
                comment,
                name in keys if keys else is_named_like_key(name, row.name),
            )
            for name, type, comment in row.columns or ()
        ),
    )


def _shorten(type: str) -> str:
    """`timestamp with time zone` as `timestamptz`, which is Postgres's own word for it too."""
    for long, short in SHORT_TYPES.items():
        type = type.replace(long, short)
    return type
