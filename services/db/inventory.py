"""The inventory's tables: what was recorded of them, where they come from, and their views.

Viewers may read all of it. A table's name from a URL is looked up here before anything is read from the table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotFound, VersionConflict, list_differences
from inventory_runner.models import INVENTORY_SCHEMA, RunStatus, Scope, TableKind, WriteMode
from inventory_runner.store import AsOf, compose_table_at, views
from inventory_runner.store.sql import SQL, Identifier, Literal, run, translate_write_errors
from services.db import inventory_sql
from services.db.base import Records
from services.models.inventory import ColumnInfo, ScopeState, TableRef, TableSummary, ViewChoice, ViewInfo
from services.models.wording import FIELD_WORDS
from services.users import current_user, limit_to_engineers

if TYPE_CHECKING:
    import pandas as pd

PREVIEW_ROWS = 10_000
REFRESH_LOCK_TIMEOUT = "10s"
# a table whose rows grew or fell by fewer is not news
LEAST_CHANGE = 10
# of so many tables the overview tells how their regions moved
LARGEST_TABLES = 100

_KINDS = {
    "boolean": "boolean", "smallint": "number", "integer": "number", "bigint": "number", "numeric": "number",
    "real": "number", "double precision": "number", "date": "time", "json": "json", "jsonb": "json",
}  # fmt: skip


class InventoryRecords(Records):
    """What was recorded of the inventory's tables."""

    def get_inventory_tables(self) -> list[dict[str, Any]]:
        """Every inventory table: name, schema, provider, rows, coverage (`41 of 43`), scopes_ok, scopes_total,
        updated_at, last_run_status, view_exists. rows is None for a table that no run has loaded yet."""
        return [
            {
                "name": table.ref.name,
                "schema": table.ref.schema,
                "provider": table.provider,
                "rows": table.rows,
                "coverage": f"{table.scopes_ok} of {table.scopes_total}",
                "scopes_ok": table.scopes_ok,
                "scopes_total": table.scopes_total,
                "updated_at": table.updated_at,
                "last_run_status": table.last_run_status,
                "view_exists": table.has_view,
            }
            for table in sorted(
                self.list_table_summaries(datetime.now(UTC).date()), key=lambda one: one.ref.label
            )
        ]

    def get_inventory_preview(self, table_name: str, limit: int = 100) -> pd.DataFrame:
        """The first rows of a table of stackql_inventory; raises NotFound, InvalidInput (limit: 1 to 10,000)."""
        import pandas as pd

        if not 1 <= limit <= PREVIEW_ROWS:
            raise InvalidInput(f"limit is from 1 to {PREVIEW_ROWS:,}.", field="limit")
        ref = TableRef(INVENTORY_SCHEMA, table_name)
        self.list_table_columns(ref)
        with self.transaction() as connection:
            result = run(
                connection,
                SQL("SELECT * FROM {} LIMIT {}").format(Identifier(ref.schema, ref.name), Literal(limit)),
            )
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))

    @limit_to_engineers
    def refresh_materialised_view(self, view_name: str, ref: TableRef | None = None) -> None:
        """Refresh a materialised view of stackql_inventory, without blocking its readers where it can.

        ref: a table that it shows, where that is known. Raises NotFound, NotAllowed, WriteFailed.
        """
        with self.transaction() as connection:
            tables = [ref] if ref else self._list_loaded_tables(connection)
            for table in tables:
                for view in views.find_views_over(connection, table.schema, table.name):
                    if (view.schema, view.name) == (INVENTORY_SCHEMA, view_name):
                        break
                else:
                    continue
                break
            else:
                raise NotFound(
                    f"There is no materialised view {view_name}.", hint="Create it on the table's page."
                )
        with translate_write_errors(INVENTORY_SCHEMA, view_name):
            views.refresh_view(self.engine, view, table.schema, table.name, REFRESH_LOCK_TIMEOUT)

    @staticmethod
    def _list_loaded_tables(connection: sa.Connection) -> list[TableRef]:
        rows = connection.execute(
            sa.text("SELECT target_schema, target_table FROM stackql_app.inventory_tables ORDER BY 1, 2")
        )
        return [TableRef(row.target_schema, row.target_table) for row in rows]

    # the overview

    def list_table_summaries(self, today: date) -> list[TableSummary]:
        """Every table that was loaded or has a schedule; freshness is the service's to judge."""
        with self.transaction() as connection:
            return [
                _make_summary(row)
                for row in connection.execute(sa.text(inventory_sql.TABLES), {"today": today})
            ]

    def read_table_summary(self, ref: TableRef, today: date) -> TableSummary:
        """One of them; raises NotFound."""
        with self.transaction() as connection:
            row = connection.execute(
                sa.text(
                    f"SELECT * FROM ({inventory_sql.TABLES}) t WHERE schema = :schema AND name = :name"  # noqa: S608 — a constant
                ),
                {"today": today, "schema": ref.schema, "name": ref.name},
            ).one_or_none()
        if row is None:
            raise NotFound(
                f"There is no inventory table {ref.label}.", hint="The Inventory page lists those there are."
            )
        return _make_summary(row)

    def list_history_steps(self, start: date, week: date, provider: str) -> list[sa.Row[Any]]:
        """Rows with a day tell a provider's steps of that day, those without one what a table did since `week`."""
        return self._read_rows(
            inventory_sql.HISTORY, start=start, week=week, provider=provider, least=LEAST_CHANGE
        )

    def list_region_steps(self, start: date, provider: str, region: str) -> list[sa.Row[Any]]:
        """A region's steps by provider and day."""
        return self._read_rows(inventory_sql.REGION_HISTORY, start=start, provider=provider, region=region)

    def list_shares(self, provider: str) -> list[sa.Row[Any]]:
        """The largest values of each dimension by provider."""
        return self._read_rows(inventory_sql.SHARES, provider=provider)

    def list_uncovered(
        self, provider: str, region: str, tables: Sequence[TableRef] = ()
    ) -> list[sa.Row[Any]]:
        """The scopes that are not ok, by table and status: of a region those that name it, and all of `tables`."""
        return self._read_rows(
            inventory_sql.UNCOVERED, provider=provider, region=region, **_list_names(tables)
        )

    def list_failures(self, tables: Sequence[TableRef]) -> list[sa.Row[Any]]:
        """The newest failed run of each of these tables."""
        return self._read_rows(inventory_sql.FAILURES, **_list_names(tables))

    def list_signals(self, since: datetime, provider: str) -> list[sa.Row[Any]]:
        """Changes of what makes a resource reachable from outside, newest first; idle states and regions that moved."""
        return self._read_rows(
            inventory_sql.SIGNALS,
            since=since,
            provider=provider,
            states=list(inventory_sql.IDLE_STATES),
            least=LEAST_CHANGE,
            largest=LARGEST_TABLES,
        )

    def list_trends(self, tables: Sequence[TableRef], start: date) -> list[sa.Row[Any]]:
        """The recorded rows of these tables on days after `start`, and the newest before, told as of `start`."""
        return self._read_rows(inventory_sql.TRENDS, start=start, **_list_names(tables))

    # one table

    def list_table_columns(self, ref: TableRef) -> list[ColumnInfo]:
        """An inventory table's columns in their order; raises NotFound where it is none or has never been loaded."""
        rows = self._read_rows(
            "SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,"
            " coalesce(col_description(c.oid, a.attnum), '') AS comment"
            " FROM stackql_app.inventory_tables t"
            " JOIN pg_namespace n ON n.nspname = t.target_schema"
            " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.target_table AND c.relkind IN ('r', 'p')"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE t.target_schema = :schema AND t.target_table = :name ORDER BY a.attnum",
            schema=ref.schema,
            name=ref.name,
        )
        if not rows:
            raise NotFound(
                f"There is no inventory table {ref.label} with data.",
                hint="The Inventory page lists those there are.",
            )
        return [ColumnInfo(row.name, _find_kind(row.type), row.type, row.comment) for row in rows]

    def read_table_source(self, ref: TableRef) -> sa.Row[Any] | None:
        """key_columns, asset_rules, rules_version, query_name, query_text, description, ignored_columns, first_day."""
        rows = self._read_rows(
            "SELECT t.key_columns, t.asset_rules, t.rules_version, q.name AS query_name, q.query_text,"
            " q.description, s.ignored_columns,"
            " (SELECT min(day) FROM stackql_app.table_history h"
            "   WHERE h.target_schema = t.target_schema AND h.target_table = t.target_table) AS first_day"
            " FROM stackql_app.inventory_tables t"
            " LEFT JOIN stackql_app.schedules s ON s.id = t.schedule_id"
            " LEFT JOIN stackql_app.queries q ON q.id = coalesce(s.query_id, t.query_id)"
            " WHERE t.target_schema = :schema AND t.target_table = :name",
            schema=ref.schema,
            name=ref.name,
        )
        return rows[0] if rows else None

    def find_table_as_of(self, ref: TableRef, at: datetime) -> AsOf:
        """How to read a table as it was; raises InvalidInput for a time before its history."""
        with self.transaction() as connection:
            return compose_table_at(connection, ref.schema, ref.name, at)

    @limit_to_engineers
    def save_asset_rules(self, ref: TableRef, rules: Mapping[str, str], version: int) -> int:
        """Which columns make a resource's common values; the table's next run goes by them. Returns their version.

        version: that the change began from. The same rules again are saved already. Raises NotFound, VersionConflict.
        """
        where = {"schema": ref.schema, "name": ref.name}
        with self.transaction() as connection:
            stored = connection.execute(
                sa.text(
                    "SELECT asset_rules, rules_version, rules_saved_by, rules_saved_at"
                    " FROM stackql_app.inventory_tables"
                    " WHERE target_schema = :schema AND target_table = :name FOR NO KEY UPDATE"
                ),
                where,
            ).one_or_none()
            if stored is None:
                raise NotFound(f"No run has filled {ref.label} yet.", hint="Let its schedule run first.")
            if stored.asset_rules == dict(rules):
                return int(stored.rules_version)
            if stored.rules_version != version:
                raise VersionConflict(
                    f"The choice of columns of {ref.label}",
                    [stored.rules_version],
                    list_differences(_describe_rules(rules), _describe_rules(stored.asset_rules)),
                    saved_by=stored.rules_saved_by or "",
                    saved_at=stored.rules_saved_at,
                )
            return int(
                connection.execute(
                    sa.text(
                        "UPDATE stackql_app.inventory_tables SET asset_rules = CAST(:rules AS jsonb),"
                        " rules_version = rules_version + 1, rules_saved_by = :who, rules_saved_at = now()"
                        " WHERE target_schema = :schema AND target_table = :name RETURNING rules_version"
                    ),
                    {**where, "rules": json.dumps(dict(rules)), "who": current_user().name},
                ).scalar_one()
            )

    def count_elsewhere(self, ref: TableRef) -> dict[TableRef | None, int]:
        """How many of a table's rows count in other tables, by table, the most first; None: in none."""
        return {
            TableRef(row.schema, row.name) if row.name else None: row.rows
            for row in self._read_rows(inventory_sql.COUNTED_IN, schema=ref.schema, name=ref.name)
        }

    def read_view_choice(self, ref: TableRef) -> ViewChoice:
        """What people made the table's views of."""
        rows = self._read_rows(
            "SELECT group_by, version FROM stackql_app.table_views"
            " WHERE target_schema = :schema AND target_table = :name",
            schema=ref.schema,
            name=ref.name,
        )
        return ViewChoice(tuple(rows[0].group_by or ()), rows[0].version) if rows else ViewChoice()

    def read_inventory_version(self) -> str:
        """A word that differs once a run has ended, or a table, a schedule or a view came, went or changed."""
        row = self._read_rows(
            # the ends of indexes, and the few views: asked often, and no slower for thousands of tables
            "SELECT (SELECT max(updated_at) FROM stackql_app.inventory_tables) AS tables,"
            " (SELECT max(id) FROM stackql_app.inventory_tables) AS newest,"
            " (SELECT max(id) FROM stackql_app.inventory_edits) AS edits,"
            " (SELECT max(id) FROM stackql_app.schedules) AS added,"
            " (SELECT max(last_run_at) FROM stackql_app.schedules) AS run_at,"
            " (SELECT max(updated_at) FROM stackql_app.schedules) AS schedules,"
            " (SELECT max(id) FROM stackql_app.runs) AS run,"
            " (SELECT max(c.oid::bigint) || ' ' || count(*) FROM pg_rewrite r"
            "    JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'm') AS views"
        )[0]
        return " ".join(str(value) for value in row)

    def list_table_scopes(self, ref: TableRef) -> list[ScopeState]:
        """The newest outcome of every scope, those that are not ok first."""
        rows = self._read_rows(
            "SELECT scope, status, rows, message, since, ok_at, details FROM stackql_app.table_scopes"
            " WHERE target_schema = :schema AND target_table = :name ORDER BY status = 'ok', scope",
            schema=ref.schema,
            name=ref.name,
        )
        return [
            ScopeState(
                Scope.from_key(row.scope),
                row.status,
                row.rows,
                row.message,
                row.since,
                row.ok_at,
                row.details,
            )
            for row in rows
        ]

    def list_table_views(self, ref: TableRef) -> list[ViewInfo]:
        """The views that read the table, by name."""
        rows = self._read_rows(
            "SELECT DISTINCT n.nspname AS schema, v.relname AS name, v.relkind = 'm' AS materialised,"
            " pg_get_viewdef(v.oid) AS definition,"
            " CASE WHEN v.relkind = 'm' AND v.reltuples >= 0 THEN v.reltuples::bigint END AS rows,"
            " f.refreshed_at, v.relkind = 'm' AND NOT (v.relispopulated AND f.view_name IS NOT NULL"
            "  AND f.holds IS NOT DISTINCT FROM t.changed_at) AS behind"
            " FROM pg_class c JOIN pg_namespace cn ON cn.oid = c.relnamespace"
            " JOIN pg_depend d ON d.refobjid = c.oid AND d.refclassid = 'pg_class'::regclass"
            "  AND d.classid = 'pg_rewrite'::regclass"
            " JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class AND v.oid <> c.oid"
            " JOIN pg_namespace n ON n.oid = v.relnamespace"
            " LEFT JOIN stackql_app.inventory_tables t"
            "  ON t.target_schema = cn.nspname AND t.target_table = c.relname"
            " LEFT JOIN stackql_app.view_refreshes f ON f.view_schema = n.nspname AND f.view_name = v.relname"
            "  AND f.target_schema = cn.nspname AND f.target_table = c.relname"
            " WHERE cn.nspname = :schema AND c.relname = :name AND v.relkind IN ('v', 'm') ORDER BY v.relname",
            schema=ref.schema,
            name=ref.name,
        )
        return [
            ViewInfo(
                row.name, row.schema, row.materialised, row.rows, row.definition, row.refreshed_at, row.behind
            )
            for row in rows
        ]

    def _read_rows(self, statement: str, **values: Any) -> list[sa.Row[Any]]:
        with self.transaction() as connection:
            return list(connection.execute(sa.text(statement), values))


def _list_names(tables: Sequence[TableRef]) -> dict[str, list[str]]:
    return {"schemas": [ref.schema for ref in tables], "names": [ref.name for ref in tables]}


def _describe_rules(rules: Mapping[str, str]) -> dict[str, str]:
    """Field → column, in the page's words, which tell "by its name" from "none"."""
    return {
        words: (rules[field] or "none") if field in rules else "by its name"
        for field, words in FIELD_WORDS.items()
    }


def _find_kind(type: str) -> str:
    if type.startswith("timestamp"):
        return "time"
    return _KINDS.get(type.partition("(")[0], "text")


def _make_summary(row: sa.Row[Any]) -> TableSummary:
    return TableSummary(
        TableRef(row.schema, row.name),
        provider=row.provider,
        service=row.service,
        resource=row.resource,
        rows=row.rows,
        counted=row.counted,
        kind=TableKind(row.kind),
        added=row.added,
        removed=row.removed,
        changed=row.changed,
        scopes_total=row.scopes_total,
        scopes_ok=row.scopes_ok,
        updated_at=row.updated_at,
        complete_at=row.complete_at,
        changed_at=row.changed_at,
        write_mode=WriteMode(row.write_mode),
        schedule_id=row.schedule_id,
        query_id=row.query_id,
        cron=row.cron or "",
        timezone=row.timezone or "UTC",
        is_active=bool(row.is_active),
        last_run_status=RunStatus(row.last_run_status) if row.last_run_status else None,
        last_run_at=row.last_run_at,
        has_view=row.has_view,
        stale_rows=row.stale_rows,
        oldest_at=row.oldest_at,
        unread=tuple(Scope.from_key(key).label for key in row.unread or ()),
    )
