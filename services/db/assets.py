"""Every resource under common names: the search box and the list of all resources. Viewers may read it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from inventory_runner.store import find_assets
from inventory_runner.store.sql import SQL, Identifier, Literal, run
from services.db.asset_filters import compose_conditions
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.db.relations import Relation, compose_row_asset
from services.models.inventory import Asset, ColumnInfo, TableRef
from services.models.resource_filter import ResourceFilter

SHOWN = (
    "provider",
    "service",
    "type",
    "id",
    "name",
    "region",
    "account",
    "owner",
    "state",
    "table_name",
    "tags",
    "created_at",
    "first_seen_at",
    "changed_at",
)
_KINDS = {"tags": "json", "created_at": "time", "first_seen_at": "time", "changed_at": "time"}
_TYPES = {"json": "jsonb", "time": "timestamp with time zone"}
ASSET_COLUMNS = tuple(
    ColumnInfo(name, kind, _TYPES.get(kind, ""))
    for name, kind in ((name, _KINDS.get(name, "text")) for name in SHOWN)
)
EXACT = ("provider", "region", "account", "type", "service", "table_name", "owner", "state")
MOST_FOUND = 40
# between a schema, a table and a scope's key
PLACE = "\n"
# provider and resource of the tables that hold the accounts themselves
ACCOUNT_TABLES = (("aws", "accounts"), ("azure", "subscriptions"), ("google", "projects"))
# their ids may be paths: /subscriptions/9f1c…
_ACCOUNT_NAMES = """
SELECT DISTINCT ON (bare.id) bare.id, a.name
  FROM stackql_app.inventory_tables t
  JOIN stackql_app.assets a ON (a.target_schema, a.table_name) = (t.target_schema, t.target_table)
 CROSS JOIN LATERAL regexp_replace(a.id, '^/?(subscriptions|projects)/', '') AS bare (id)
 WHERE (t.provider, t.resource) IN (SELECT * FROM unnest(CAST(:providers AS text[]), CAST(:resources AS text[])))
   AND bare.id = ANY(:accounts) AND a.name <> '' AND a.name <> bare.id
 ORDER BY bare.id, a.name
"""


class AssetRecords(Records):
    """Reads stackql_app.assets: what stackql_inventory.assets shows, and one row of any table's."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    def read_asset_block(
        self,
        wanted: ResourceFilter,
        total: int | None,
        start: int,
        end: int,
        sort: Sequence[Mapping[str, Any]] = (),
        filters: Mapping[str, Any] | None = None,
        whole: str = "",
    ) -> dict[str, Any]:
        """A block as `read_row_block` gives it, of the assets that fit. total: of its terms, where that is known."""
        return self._rows.read_row_block(
            self.relate_assets(wanted, total), start, end, sort, filters, " ".join(wanted.words), whole
        )

    def relate_assets(self, wanted: ResourceFilter, total: int | None) -> Relation:
        """The assets that fit the filter's terms, as a relation to read from.

        For example:

            (SELECT "provider", "service", …, target_schema, resource_key, scope AS _scope, ctid
              FROM stackql_app.assets WHERE counted_by IS NULL AND (lower(coalesce("region", '')) IN ('eu-west-1'))
              AND (lower(coalesce("owner", '')) IN ('data')))
        """
        source = SQL(
            "(SELECT {columns}, target_schema, resource_key, scope AS _scope, ctid"
            "   FROM stackql_app.assets WHERE {where})"
        ).format(
            columns=SQL(", ").join([Identifier(name) for name in SHOWN]),
            where=SQL(" AND ").join([SQL("counted_by IS NULL"), *compose_conditions(wanted)]),
        )
        return Relation(source, ASSET_COLUMNS, ("target_schema", "resource_key"), rows=total)

    def relate_assets_by_place(self, wanted: ResourceFilter) -> Relation:
        """The assets that fit, for a file: `_scope` names a row's table as well, as `PLACE` joins them."""
        relation = self.relate_assets(wanted, None)
        source = SQL(
            "(SELECT {columns}, ctid, concat_ws({mark}, target_schema, table_name, _scope) AS _scope FROM {source} a)"
        )
        return replace(
            relation,
            source=source.format(
                columns=SQL(", ").join([Identifier(name) for name in SHOWN]),
                mark=Literal(PLACE),
                source=relation.source,
            ),
        )

    def find_asset(self, ref: TableRef, key: str, scope: str) -> sa.Row[Any] | None:
        """The resource's common values."""
        with self.transaction() as connection:
            return connection.execute(
                sa.text(
                    "SELECT * FROM stackql_app.assets WHERE asset_id ="
                    " md5(:schema || '.' || :name || E'\\n' || :scope || E'\\n' || :key)::uuid"
                ),
                {"schema": ref.schema, "name": ref.name, "scope": scope, "key": key},
            ).one_or_none()

    def read_tags(self, value: Any) -> dict[str, Any]:
        """A column's tags in any shape that clouds give them, as one map; empty for what are none."""
        with self.transaction() as connection:
            found = connection.execute(
                sa.text("SELECT stackql_app.tags_map(CAST(:value AS jsonb))"), {"value": json.dumps(value)}
            ).scalar_one()
        return found or {}

    def read_account_names(self, accounts: Sequence[str]) -> dict[str, str]:
        """What accounts, subscriptions and projects are called, by id, where a table of them is kept and has a name."""
        with self.transaction() as connection:
            wanted = {
                "accounts": [one for one in accounts if one],
                "providers": [provider for provider, _ in ACCOUNT_TABLES],
                "resources": [resource for _, resource in ACCOUNT_TABLES],
            }
            rows = connection.execute(sa.text(_ACCOUNT_NAMES), wanted).all()
        return {row.id: row.name for row in rows}

    def count_owners(self, ref: TableRef, relation: Relation | None = None) -> list[tuple[str, int]]:
        """(owner, rows) of a table's resources, the most first, empty for not known; relation: of those rows alone.

        For example:

            SELECT coalesce(a.owner, ''), count(*) FROM (SELECT …) r
              JOIN stackql_app.assets a ON a.asset_id = md5(…)::uuid GROUP BY 1 ORDER BY 2 DESC, 1
        """
        of_table = SQL("stackql_app.assets a WHERE a.target_schema = {} AND a.table_name = {}").format(
            Literal(ref.schema), Literal(ref.name)
        )
        source = (
            of_table
            if relation is None
            else SQL("{} r JOIN stackql_app.assets a ON a.asset_id = {}").format(
                relation.source, compose_row_asset(ref, relation)
            )
        )
        counted = SQL("SELECT coalesce(a.owner, ''), count(*) FROM {} GROUP BY 1 ORDER BY 2 DESC, 1").format(
            source
        )
        with self._rows.open_for_reading() as connection:
            return [(row[0], row[1]) for row in run(connection, counted)]

    def search_assets(self, text: str, limit: int = MOST_FOUND) -> list[Asset]:
        """Resources whose id, name, ARN or tags hold every word of the text, the best first."""
        with self._rows.open_for_reading() as connection:
            return [make_asset(row, text.split()) for row in find_assets(connection, text, limit)]


def make_asset(row: Any, words: Sequence[str] = ()) -> Asset:
    """The asset of a row. words: of a search; a tag that holds one is named where neither id nor name does."""
    matched = ""
    shown = f"{row.id} {row.name}".lower()
    hidden = [word.lower() for word in words if word.lower() not in shown]
    if hidden and isinstance(row.tags, dict):
        matched = next(
            (
                f"{name}: {value}"
                for name, value in row.tags.items()
                if any(word in f"{name} {value}".lower() for word in hidden)
            ),
            "",
        )
    return Asset(
        TableRef(row.target_schema, row.table_name),
        row.scope,
        row.resource_key,
        row.provider,
        row.service,
        row.type,
        row.id or "",
        row.name or "",
        row.region or "",
        row.account or "",
        matched,
        row.owner or "",
    )
