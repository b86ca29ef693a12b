"""The change feed: who appeared, vanished or changed. Viewers may read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Change, Scope
from inventory_runner.store.feed import PARTIAL_ROWS
from services.db.base import Records
from services.models.inventory import ChangeEntry, ChangesPage, TableChanges, TableRef
from services.models.limits import LONGEST_SEARCH

PAGE_ROWS = 50
MOST_TIMELINE = 200
MOST_TABLES = 12
# counting more takes longer than reading the page
MOST_COUNTED = 50_000

_COLUMNS = (
    "c.id, c.target_schema, c.table_name, c.changed_at, c.change, c.resource_key, c.scope, c.before, c.after,"
    " c.changed_columns, c.run_id"
)
_NEWEST = "ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit"
_FOUND = "strpos(lower(c.resource_key), lower(:search)) > 0"
# an index has the changes by key, but for those of runs that changed most of a table (`partial`): these are looked for
# on the days on which so many changed, with room for tables that grew on the same day
_TIMELINE = f"""
SELECT {_COLUMNS} FROM (
    SELECT * FROM stackql_inventory.resource_changes
     WHERE target_schema = :schema AND table_name = :name AND resource_key = :key AND scope = :scope
       AND NOT partial AND hashtext(resource_key) = hashtext(:key)
    UNION ALL
    SELECT f.* FROM stackql_app.table_history h
     -- OFFSET 0: day by day, whatever the planner thinks of the few days that there are
     CROSS JOIN LATERAL (
           SELECT * FROM stackql_inventory.resource_changes
            WHERE target_schema = :schema AND table_name = :name AND resource_key = :key AND scope = :scope
              AND partial AND changed_at >= h.day::timestamp AT TIME ZONE 'UTC'
              AND changed_at < (h.day + 1)::timestamp AT TIME ZONE 'UTC' OFFSET 0) f
     WHERE h.target_schema = :schema AND h.target_table = :name AND h.changed > :least
       AND h.changed * 8 > least(h.row_count, h.row_count - h.added + h.removed)
) c {_NEWEST}
"""  # noqa: S608 — ours


class ChangeRecords(Records):
    """Reads stackql_inventory.resource_changes, the newest first."""

    def get_changes(
        self,
        ref: TableRef | None = None,
        *,
        kinds: Sequence[Change] = (),
        day: date | None = None,
        provider: str = "",
        search: str = "",
        cursor: str = "",
        limit: int = PAGE_ROWS,
    ) -> ChangesPage:
        """A page of changes; the cursor is a page's `older`. Raises InvalidInput for a cursor that is none.

        For example:

            SELECT c.* FROM (SELECT target_schema, target_table FROM stackql_app.inventory_tables
                WHERE provider = :provider) t
              CROSS JOIN LATERAL (SELECT c.id, … FROM stackql_inventory.resource_changes c
                WHERE c.changed_at BETWEEN :begin AND :end AND c.target_schema = t.target_schema
                AND c.table_name = t.target_table ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit) c
              ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit
        """
        conditions, values = _list_conditions(ref, day, search)
        values["limit"] = max(1, min(limit, PAGE_ROWS)) + 1
        if kinds:
            conditions.append("c.change = ANY(:kinds)")
            values["kinds"] = [str(kind) for kind in kinds]
        if provider:
            conditions.append("c.target_schema = t.target_schema AND c.table_name = t.target_table")
            values["provider"] = provider
        if cursor:
            at, id = _parse_cursor(cursor)
            conditions.append("(c.changed_at, c.id) < (:at, :id)")
            values |= {"at": at, "id": id}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        page = f"SELECT {_COLUMNS} FROM stackql_inventory.resource_changes c{where} {_NEWEST}"  # noqa: S608 — ours
        if provider:
            # a page of each table, of which the newest are taken: the index gives those, whatever else is in the feed
            page = (
                "SELECT c.* FROM (SELECT target_schema, target_table FROM stackql_app.inventory_tables"  # noqa: S608
                f" WHERE provider = :provider) t CROSS JOIN LATERAL ({page}) c {_NEWEST}"
            )
        with self.transaction() as connection:
            rows = connection.execute(sa.text(page), values).all()
        more = len(rows) == values["limit"]
        entries = tuple(_make_entry(row) for row in (rows[:-1] if more else rows))
        older = f"{entries[-1].at.isoformat()}~{entries[-1].id}" if more and entries else ""
        return ChangesPage(entries, older)

    def count_changes(
        self, ref: TableRef | None = None, *, day: date | None = None, provider: str = "", search: str = ""
    ) -> dict[Change, int] | None:
        """How many of each kind `get_changes` would find; None where more than MOST_COUNTED would have to be looked at.

        What is looked at is bounded and not what is found: a search that finds little would go through the whole feed.

        For example:

            SELECT c.change, count(*) AS looked, count(*) FILTER (WHERE strpos(…) > 0) AS rows
              FROM (SELECT c.change, c.resource_key FROM stackql_inventory.resource_changes c
                WHERE c.changed_at BETWEEN :begin AND :end AND (c.target_schema, c.table_name) IN (SELECT …)
                LIMIT :most) c GROUP BY 1
        """
        conditions, values = _list_conditions(ref, day, "")
        values |= {"most": MOST_COUNTED + 1, "search": search.strip()[:LONGEST_SEARCH]}
        if provider:
            conditions.append(
                "(c.target_schema, c.table_name) IN (SELECT target_schema, target_table"
                " FROM stackql_app.inventory_tables WHERE provider = :provider)"
            )
            values["provider"] = provider
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        counted = (
            f"SELECT c.change, count(*) AS looked, count(*) FILTER (WHERE {_FOUND}) AS rows"  # noqa: S608 — ours
            f" FROM (SELECT c.change, c.resource_key FROM stackql_inventory.resource_changes c{where}"
            " LIMIT :most) c GROUP BY 1"
        )
        with self.transaction() as connection:
            found = connection.execute(sa.text(counted), values).all()
        if sum(row.looked for row in found) > MOST_COUNTED:
            return None
        return dict.fromkeys(Change, 0) | {Change(row.change): row.rows for row in found}

    def list_changes_by_table(
        self,
        first: date,
        last: date,
        provider: str = "",
        kind: Change | None = None,
        limit: int = MOST_TABLES,
    ) -> list[TableChanges]:
        """The tables with the most changes, or most of a kind, on these days, as the runs counted them."""
        counted = f"sum(h.{kind})" if kind else "sum(h.added + h.removed + h.changed)"
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT t.target_schema AS schema, t.target_table AS name, sum(h.added)::bigint AS added,"  # noqa: S608 — ours
                    " sum(h.removed)::bigint AS removed, sum(h.changed)::bigint AS changed"
                    " FROM stackql_app.table_history h"
                    " JOIN stackql_app.inventory_tables t USING (target_schema, target_table)"
                    " WHERE h.day BETWEEN :first AND :last AND (:provider = '' OR t.provider = :provider)"
                    f" GROUP BY 1, 2 HAVING {counted} > 0 ORDER BY {counted} DESC, 2 LIMIT :limit"
                ),
                {"first": first, "last": last, "provider": provider, "limit": limit},
            )
            return [
                TableChanges(TableRef(row.schema, row.name), row.added, row.removed, row.changed)
                for row in rows
            ]

    def read_resource_timeline(self, ref: TableRef, key: str, scope: str) -> list[ChangeEntry]:
        """What happened to one resource, the newest first; at most 200."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(_TIMELINE),
                {
                    "schema": ref.schema,
                    "name": ref.name,
                    "key": key,
                    "scope": scope,
                    "limit": MOST_TIMELINE,
                    "least": PARTIAL_ROWS,
                },
            )
            return [_make_entry(row) for row in rows]


def _list_conditions(ref: TableRef | None, day: date | None, search: str) -> tuple[list[str], dict[str, Any]]:
    """What narrows the feed `c`, and its values."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if ref is not None:
        conditions.append("c.target_schema = :schema AND c.table_name = :name")
        values |= {"schema": ref.schema, "name": ref.name}
    if day is not None:
        conditions.append("c.changed_at BETWEEN :begin AND :end")
        values |= {"begin": datetime.combine(day, time(), UTC), "end": datetime.combine(day, time.max, UTC)}
    if search.strip():
        conditions.append(_FOUND)
        values["search"] = search.strip()[:LONGEST_SEARCH]
    return conditions, values


def _parse_cursor(text: str) -> tuple[datetime, int]:
    at, _, id = text.partition("~")
    try:
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        raise InvalidInput("The address names no page of changes.", field="older") from None


def _make_entry(row: sa.Row[Any]) -> ChangeEntry:
    return ChangeEntry(
        row.id,
        TableRef(row.target_schema, row.table_name),
        row.changed_at,
        Change(row.change),
        row.resource_key,
        Scope.from_key(row.scope),
        row.before,
        row.after,
        tuple(row.changed_columns or ()),
        row.run_id,
    )
