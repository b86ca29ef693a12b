"""The resources that another one names, or that name it: by ids in the rows of all tables. Viewers may read it.

What a resource names is looked up in the index of the search, whatever the inventory holds. Who names a resource no
index knows: keeping one of every id in every row would cost each merge more than the rows do. Tables are read for it
one after the other, each for a bounded time and up to a bounded number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from inventory_runner.models import WriteMode
from inventory_runner.store import find_named
from inventory_runner.store.names import OWN_COLUMNS, SCOPE
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal, run
from services.db.assets import make_asset
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.db.relations import Relation
from services.models.inventory import Asset, ColumnInfo, TableRef

_TABLES = """
SELECT t.target_schema AS schema, t.target_table AS name, t.provider, t.key_columns, t.write_mode, t.row_count AS rows,
       t.searchable_at IS DISTINCT FROM t.changed_at AS behind,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum) AS types
  FROM stackql_app.inventory_tables t
  JOIN pg_namespace n ON n.nspname = t.target_schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.target_table AND c.relkind IN ('r', 'p')
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 GROUP BY t.target_schema, t.target_table
"""


@dataclass(frozen=True)
class SearchedTable:
    """A table that may name a resource. columns: those that can hold an id, texts and JSON.

    behind: the search does not know its newest rows yet.
    """

    ref: TableRef
    provider: str
    keys: tuple[str, ...]
    columns: tuple[ColumnInfo, ...]
    appends: bool
    rows: int
    behind: bool


@dataclass(frozen=True)
class NamingRow:
    """A row that holds an id. key: of its resource, None where its table has no key columns.

    held: id → the columns that hold it.
    """

    key: str | None
    scope: str
    held: Mapping[str, tuple[str, ...]]


class RelatedRecords(Records):
    """Reads `stackql_app.assets` by the search's index, and the tables themselves."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    def list_searched_tables(self) -> list[SearchedTable]:
        """Every table that has been loaded."""
        with self.transaction() as connection:
            return [
                SearchedTable(
                    TableRef(row.schema, row.name),
                    row.provider,
                    tuple(row.key_columns),
                    tuple(
                        ColumnInfo(name, "json" if type == "jsonb" else "text", type)
                        for name, type in zip(row.columns, row.types, strict=True)
                        if type in ("text", "jsonb") and name not in OWN_COLUMNS
                    ),
                    row.write_mode == WriteMode.APPEND,
                    row.rows,
                    row.behind,
                )
                for row in connection.execute(sa.text(_TABLES))
            ]

    def find_named_assets(
        self, values: Sequence[str], limit: int, seconds: int
    ) -> dict[str, tuple[list[Asset], bool]]:
        """Id → the resources that it is the id, ARN or link of, and whether there are more. Raises TooSlow."""
        found: dict[str, tuple[list[Asset], bool]] = {}
        with self._rows.open_for_reading(seconds) as connection:
            rows = find_named(connection, values, limit + 1)
        for value, row in rows:
            assets, _ = found.setdefault(value, ([], False))
            if len(assets) < limit:
                assets.append(make_asset(row))
            else:
                found[value] = (assets, True)
        return found

    def find_naming_rows(
        self, table: SearchedTable, ids: Sequence[str], limit: int, seconds: int
    ) -> list[NamingRow]:
        """The first rows of a table that hold one of these ids whole, in a text or anywhere in JSON. Raises TooSlow.

        For example:

            SELECT coalesce(r."volume_id"::text, 'null'), r."_scope",
              (r."vpc_id" = 'vpc-1') IS TRUE,
              (r."attachments" IS NOT NULL AND position('"vpc-1"' IN r."attachments"::text) > 0) IS TRUE
              FROM "stackql_inventory"."aws_ec2_volumes" r
              WHERE r."vpc_id" IN ('vpc-1') OR (r."attachments" IS NOT NULL
                AND position('"vpc-1"' IN r."attachments"::text) > 0) LIMIT 201
        """
        cells = [(column.name, id, _compose_holds(column, id)) for column in table.columns for id in ids]
        if not cells:
            return []
        relation = Relation(Identifier(table.ref.schema, table.ref.name), table.columns, table.keys)
        statement = SQL("SELECT {key}, r.{scope}, {held} FROM {source} r WHERE {where} LIMIT {limit}").format(
            key=relation.key,
            scope=Identifier(SCOPE),
            held=SQL(", ").join([SQL("({}) IS TRUE").format(holds) for _, _, holds in cells]),
            source=relation.source,
            where=SQL(" OR ").join([_compose_may_hold(column, ids) for column in table.columns]),
            limit=Literal(limit),
        )
        with self._rows.open_for_reading(seconds) as connection:
            rows = run(connection, statement).all()
        found = []
        for key, scope, *flags in rows:
            held: dict[str, tuple[str, ...]] = {}
            for (column, id, _), holds in zip(cells, flags, strict=True):
                if holds:
                    held[id] = (*held.get(id, ()), column)
            found.append(NamingRow(key, scope, held))
        return found

    def find_assets(self, ref: TableRef, rows: Sequence[NamingRow]) -> list[Asset]:
        """The resources of these rows, in their order, where they have a place among all resources."""
        wanted = [(row.scope, row.key) for row in rows if row.key is not None]
        with self.transaction() as connection:
            found = {
                (row.scope, row.resource_key): make_asset(row)
                for row in connection.execute(
                    sa.text(
                        "SELECT a.* FROM unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) w(scope, key)"
                        " JOIN stackql_app.assets a ON a.asset_id ="
                        " md5(:schema || '.' || :name || E'\\n' || w.scope || E'\\n' || w.key)::uuid"
                    ),
                    {
                        "schema": ref.schema,
                        "name": ref.name,
                        "scopes": [scope for scope, _ in wanted],
                        "keys": [key for _, key in wanted],
                    },
                )
            }
        return [found[place] for place in wanted if place in found]


def _compose_holds(column: ColumnInfo, id: str) -> Composable:
    name = SQL("r.") + Identifier(column.name)
    if column.kind == "json":
        return SQL("position(to_json({}::text)::text IN {}::text) > 0").format(Literal(id), name)
    return SQL("{} = {}").format(name, Literal(id))


def _compose_may_hold(column: ColumnInfo, ids: Sequence[str]) -> Composed:
    if column.kind == "json":
        return SQL("({})").format(SQL(" OR ").join([_compose_holds(column, id) for id in ids]))
    return SQL("r.{} IN ({})").format(Identifier(column.name), SQL(", ").join([Literal(id) for id in ids]))
