"""The change feed: who appeared, vanished or changed. Viewers may read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Unpack

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Change, Scope
from inventory_runner.store.feed import PARTIAL_ROWS
from inventory_runner.store.rules import CANDIDATES
from services.db.base import Records
from services.models.inventory import (
    ChangeEntry,
    ChangeNarrowing,
    ChangesPage,
    Flapping,
    TableChanges,
    TableRef,
)
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import Days

# equal changes of a run become one entry: a page of so many has often few
PAGE_ROWS = 200
# a column flaps that changed in more than half of its table's runs of a week, of which there were so many
LEAST_RUNS = 4
MOST_FLAPPING = 20
MOST_TIMELINE = 200
MOST_TABLES = 12
# counting more takes longer than reading the page
MOST_COUNTED = 50_000

CHANGE_COLUMNS = (
    "c.id, c.target_schema, c.table_name, c.changed_at, c.change, c.resource_key, c.scope, c.before, c.after,"
    " c.changed_columns, c.run_id, c.first_seen_at"
)
_NEWEST = "ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit"
_FOUND = "strpos(lower(c.resource_key), lower(:search)) > 0"
# an index has the changes by key, but for those of runs that changed most of a table (`partial`): these are looked for
# on the days on which so many changed, with room for tables that grew on the same day
_TIMELINE = f"""
SELECT {CHANGE_COLUMNS} FROM (
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


# A change is of a region where its scope, its values or the resource as it is now name it: after a run that changed
# most of a table only the changed values are kept, so all three are asked. A zone is of its region, a link ends in it.
_ASSET = """EXISTS (SELECT FROM stackql_app.assets a
  WHERE a.asset_id = md5(c.target_schema || '.' || c.table_name || E'\\n' || c.scope || E'\\n'
                         || c.resource_key)::uuid AND {})"""
_OF_ACCOUNT = f"(position(:quoted_account IN c.scope) > 0 OR {_ASSET.format('a.account = :account')})"
_IN_REGION = """(position(:quoted IN c.scope) > 0 OR EXISTS (
    SELECT FROM jsonb_each_text(coalesce(c.after, c.before)) v
     WHERE regexp_replace(lower(v.key), '[^a-z0-9]', '', 'g') = ANY(:region_names)
       AND :region IN (v.value, regexp_replace(regexp_replace(v.value, '^.*/', ''), '([0-9])-?[a-z]$', '\\1')))
 OR EXISTS (SELECT FROM stackql_app.assets a
             WHERE a.asset_id = md5(c.target_schema || '.' || c.table_name || E'\\n' || c.scope || E'\\n'
                                    || c.resource_key)::uuid AND a.region = :region))"""


# what changed in other columns too stays
_NOT_HIDDEN = """NOT (c.change = 'changed' AND c.changed_columns <@ ARRAY(
    SELECT h.name FROM unnest(CAST(:hidden_schemas AS text[]), CAST(:hidden_tables AS text[]),
                              CAST(:hidden_columns AS text[])) AS h(schema, of, name)
     WHERE h.schema = c.target_schema AND h.of = c.table_name))"""


def _choose_tables(region: str) -> str:
    """The tables of a provider, empty for all; of a region those that ever had rows there, or a scope of that name."""
    in_region = (
        " AND (EXISTS (SELECT FROM stackql_app.table_breakdowns b WHERE b.target_schema = t.target_schema"
        " AND b.target_table = t.target_table AND b.dimension = 'region' AND b.value = :region)"
        " OR EXISTS (SELECT FROM stackql_app.table_scopes s WHERE s.target_schema = t.target_schema"
        " AND s.target_table = t.target_table AND position(:quoted IN s.scope) > 0))"
    )
    return (
        "SELECT target_schema, target_table FROM stackql_app.inventory_tables t"  # noqa: S608 — ours
        f" WHERE (:provider = '' OR provider = :provider){in_region if region else ''}"
    )


def _name_region(region: str) -> dict[str, Any]:
    names = [name for name in CANDIDATES["region"] if "{}" not in name]
    return (
        {"region": region, "quoted": json.dumps(region, ensure_ascii=False), "region_names": names}
        if region
        else {}
    )


class ChangeRecords(Records):
    """Reads stackql_inventory.resource_changes, the newest first."""

    def get_changes(
        self,
        ref: TableRef | None = None,
        *,
        kinds: Sequence[Change] = (),
        cursor: str = "",
        limit: int = PAGE_ROWS,
        **narrowing: Unpack[ChangeNarrowing],
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
        conditions, values = _list_conditions(ref, narrowing)
        provider, region = narrowing.get("provider", ""), narrowing.get("region", "")
        if found_by := _list_searched(narrowing):
            conditions += found_by
        values["limit"] = max(1, min(limit, PAGE_ROWS)) + 1
        if kinds:
            conditions.append("c.change = ANY(:kinds)")
            values["kinds"] = [str(kind) for kind in kinds]
        if provider or region:
            conditions.append("c.target_schema = t.target_schema AND c.table_name = t.target_table")
            values |= {"provider": provider, **_name_region(region)}
        if cursor:
            at, id = _parse_cursor(cursor)
            conditions.append("(c.changed_at, c.id) < (:at, :id)")
            values |= {"at": at, "id": id}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        page = f"SELECT {CHANGE_COLUMNS} FROM stackql_inventory.resource_changes c{where} {_NEWEST}"  # noqa: S608 — ours
        if provider or region:
            # a page of each table, of which the newest are taken: the index gives those, whatever else is in the feed
            page = f"SELECT c.* FROM ({_choose_tables(region)}) t CROSS JOIN LATERAL ({page}) c {_NEWEST}"  # noqa: S608
        with self.transaction() as connection:
            rows = connection.execute(sa.text(page), values).all()
        more = len(rows) == values["limit"]
        entries = tuple(make_entry(row) for row in (rows[:-1] if more else rows))
        older = f"{entries[-1].at.isoformat()}~{entries[-1].id}" if more and entries else ""
        return ChangesPage(entries, older)

    def count_changes(
        self,
        ref: TableRef | None = None,
        **narrowing: Unpack[ChangeNarrowing],
    ) -> dict[Change, int] | None:
        """How many of each kind `get_changes` would find; None where more than MOST_COUNTED would have to be looked at.

        What is looked at is bounded and not what is found: a search that finds little would go through the whole feed.

        For example:

            SELECT c.change, count(*) AS looked, count(*) FILTER (WHERE strpos(…) > 0) AS rows
              FROM (SELECT c.change, c.resource_key FROM stackql_inventory.resource_changes c
                WHERE c.changed_at BETWEEN :begin AND :end AND (c.target_schema, c.table_name) IN (SELECT …)
                LIMIT :most) c GROUP BY 1
        """
        conditions, values = _list_conditions(ref, narrowing)
        values["most"] = MOST_COUNTED + 1
        provider, region = narrowing.get("provider", ""), narrowing.get("region", "")
        if provider or region:
            conditions.append(f"(c.target_schema, c.table_name) IN ({_choose_tables(region)})")
            values |= {"provider": provider, **_name_region(region)}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        found_by = " AND ".join(_list_searched(narrowing)) or "true"
        counted = (
            f"SELECT c.change, count(*) AS looked, count(*) FILTER (WHERE {found_by}) AS rows"  # noqa: S608 — ours
            f" FROM (SELECT c.* FROM stackql_inventory.resource_changes c{where} LIMIT :most) c GROUP BY 1"
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

    def list_flapping(
        self, since: datetime, ref: TableRef | None = None, provider: str = ""
    ) -> list[Flapping]:
        """The columns that changed in more than half of their table's runs since then, the most frequent first.

        Of the newest MOST_COUNTED changes, so that a feed of millions costs no more. For example:

            SELECT … count(DISTINCT c.run_id) AS runs, … FROM (SELECT … FROM stackql_inventory.resource_changes
              WHERE changed_at > :since AND change = 'changed' ORDER BY changed_at DESC LIMIT :most) c
              CROSS JOIN LATERAL unnest(c.changed_columns) AS k(name) … GROUP BY 1, 2, 3 HAVING …
        """
        of_table = " AND target_schema = :schema AND table_name = :name" if ref else ""
        asked = f"""
            SELECT c.target_schema, c.table_name, k.name AS column, count(DISTINCT c.run_id) AS runs,
                   r.runs AS of, min(s.id) AS schedule_id
              FROM (SELECT target_schema, table_name, run_id, changed_columns
                      FROM stackql_inventory.resource_changes
                     WHERE changed_at > :since AND change = 'changed' AND run_id IS NOT NULL{of_table}
                     ORDER BY changed_at DESC, id DESC LIMIT :most) c
             CROSS JOIN LATERAL unnest(c.changed_columns) AS k(name)
              JOIN (SELECT target_schema, target_table, count(*) AS runs FROM stackql_app.runs
                     WHERE started_at > :since AND status IN ('SUCCESS', 'PARTIAL') GROUP BY 1, 2) r
                ON r.target_schema = c.target_schema AND r.target_table = c.table_name
              JOIN stackql_app.inventory_tables t
                ON t.target_schema = c.target_schema AND t.target_table = c.table_name
               AND (:provider = '' OR t.provider = :provider)
              LEFT JOIN stackql_app.schedules s
                ON s.target_schema = c.target_schema AND s.target_table = c.table_name
             GROUP BY 1, 2, 3, r.runs HAVING r.runs >= :least AND count(DISTINCT c.run_id) * 2 > r.runs
             ORDER BY count(DISTINCT c.run_id)::float / r.runs DESC, 2, 3 LIMIT :limit
        """  # noqa: S608 — ours
        values: dict[str, Any] = {
            "since": since,
            "most": MOST_COUNTED,
            "least": LEAST_RUNS,
            "provider": provider,
            "limit": MOST_FLAPPING,
            **({"schema": ref.schema, "name": ref.name} if ref else {}),
        }
        with self.transaction() as connection:
            return [
                Flapping(
                    TableRef(row.target_schema, row.table_name),
                    row.column,
                    row.runs,
                    row.of,
                    row.schedule_id,
                )
                for row in connection.execute(sa.text(asked), values)
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
            return [make_entry(row) for row in rows]


def _list_searched(narrowing: ChangeNarrowing) -> list[str]:
    """What narrows the feed `c` and no index helps with; the values are `_list_conditions`'s."""
    conditions = []
    if narrowing.get("search", "").strip():
        conditions.append(_FOUND)
    if narrowing.get("region"):
        conditions.append(_IN_REGION)
    if (account := narrowing.get("account")) is not None:
        conditions.append(_OF_ACCOUNT if account else _ASSET.format("coalesce(a.account, '') = ''"))
    if narrowing.get("owner") is not None:
        conditions.append(_ASSET.format("coalesce(a.owner, '') = :owner"))
    if narrowing.get("column"):
        conditions.append(":column = ANY(c.changed_columns)")
    if narrowing.get("hidden"):
        conditions.append(_NOT_HIDDEN)
    return conditions


def _list_conditions(ref: TableRef | None, narrowing: ChangeNarrowing) -> tuple[list[str], dict[str, Any]]:
    """What narrows the feed `c` by an index, and the values of all its conditions."""
    conditions: list[str] = []
    account = narrowing.get("account") or ""
    values: dict[str, Any] = {
        "search": narrowing.get("search", "").strip()[:LONGEST_SEARCH],
        "account": account,
        "quoted_account": json.dumps(account, ensure_ascii=False),
        "owner": narrowing.get("owner") or "",
        "column": narrowing.get("column", ""),
        "hidden_schemas": [one.table.schema for one in narrowing.get("hidden", ())],
        "hidden_tables": [one.table.name for one in narrowing.get("hidden", ())],
        "hidden_columns": [one.column for one in narrowing.get("hidden", ())],
    }
    day = narrowing.get("day")
    if ref is not None:
        conditions.append("c.target_schema = :schema AND c.table_name = :name")
        values |= {"schema": ref.schema, "name": ref.name}
    if day is not None:
        conditions.append("c.changed_at BETWEEN :begin AND :end")
        first, last = day if isinstance(day, Days) else (day, day)
        values |= {
            "begin": datetime.combine(first, time(), UTC),
            "end": datetime.combine(last, time.max, UTC),
        }
    return conditions, values


def _parse_cursor(text: str) -> tuple[datetime, int]:
    at, _, id = text.partition("~")
    try:
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        raise InvalidInput("The address names no page of changes.", field="older") from None


def make_entry(row: sa.Row[Any]) -> ChangeEntry:
    """An entry of a row of `CHANGE_COLUMNS`."""
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
        row.first_seen_at,
    )
