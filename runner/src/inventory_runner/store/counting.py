"""A resource counts once, whichever tables hold it: which row of it does, and what a table's totals are then.

Rows are of one resource where their ARN (or what else names one in the whole world) is the same; else where provider,
service, type, account, region and id or name are. What is not known of a row fits whatever is: a table that asks for
names alone holds the functions that another knows by their ARN. Of a resource's rows the one counts of which the most
is known, then that of the table that was made first. This follows from the rows alone, in whatever order they come.

A merge looks at what it touched alone: at rows of the same ARN anywhere, and at those of other tables of the same kind
of resource. One transaction settles at a time (`lock`): it writes other tables' numbers, and sees what others wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.models import TableKind
from inventory_runner.store import assets, breakdowns
from inventory_runner.store.sql import NOTHING, SQL, Composed, Literal, run

# another merge holds the lock while it writes its assets, which for millions takes minutes
LOCK_TIMEOUT = "10min"
MANY = 1_000

_LOCK = SQL(
    "SET LOCAL lock_timeout = {}; SELECT pg_advisory_xact_lock(hashtextextended('stackql_inventory.counting', 0))"
)
_BEGIN = SQL(
    "CREATE TEMP TABLE IF NOT EXISTS inventory_touched ON COMMIT DROP AS"
    " SELECT provider, service, type, id, arn, name, global_key FROM stackql_app.assets LIMIT 0"
)

_TOUCHED = "pg_temp.inventory_touched"
_WHOLE = "(SELECT * FROM stackql_app.assets WHERE target_schema = {schema} AND table_name = {table})"
# what rows that may be of one resource have in common: the last part of what they call it
_HANDLE = (
    "hashtextextended(lower(split_part(split_part(rtrim({} COLLATE \"C\", '/:*'), '/', -1), ':', -1)), 0)"
)
_OWN = "coalesce({0}.id, {0}.arn, {0}.name)"


def _compose_fits(better: str, rank: int) -> str:
    """The table of a row that says more of the resource, NULL where there is none; better: which rows do.

    An account or a region that is not known fits each.
    """
    better, same = f"counts AND {better}", f"counts AND is_own AND rank = {rank}"
    return f"""coalesce(
               min(table_id) FILTER (WHERE {better}) OVER spot,
               min(table_id) FILTER (WHERE {better} AND account IS NULL) OVER by_region,
               min(table_id) FILTER (WHERE {better} AND region IS NULL) OVER by_account,
               min(table_id) FILTER (WHERE {better} AND account IS NULL AND region IS NULL) OVER alike,
               CASE WHEN account IS NULL THEN coalesce(
                   min(table_id) FILTER (WHERE {better} OR {same} AND account IS NOT NULL) OVER by_region,
                   min(table_id) FILTER (WHERE {better} AND region IS NULL) OVER alike) END,
               CASE WHEN region IS NULL THEN coalesce(
                   min(table_id) FILTER (WHERE {better} OR {same} AND region IS NOT NULL) OVER by_account,
                   min(table_id) FILTER (WHERE {better} AND account IS NULL) OVER alike) END,
               CASE WHEN account IS NULL AND region IS NULL THEN
                   min(table_id) FILTER (WHERE {better} OR {same} AND coalesce(account, region) IS NOT NULL)
                   OVER alike END)"""


# the tables that may hold what was touched, and whether that is much
_SIZE = f"""
SELECT ARRAY(SELECT ARRAY[t.target_schema, t.target_table] FROM stackql_app.inventory_tables t
              WHERE t.kind = 'inventory' AND (t.provider, t.service, coalesce(nullif(t.resource, ''), t.target_table))
                    IN (SELECT provider, service, type FROM {{touched}} a)) AS kin, count(*) > {MANY} AS many
  FROM {{touched}} a
"""  # noqa: S608 — ours
_AMONG_TOUCHED = (
    "WHERE h.handle IN (SELECT h.handle FROM {touched} a CROSS JOIN LATERAL (VALUES {handles}) h (handle))"
)
# rank: 2 of what is named in the whole world, 1 of what has an id, 0 of what has a name alone. A row is judged by all
# that share what it is called; the others are there for what they offer
_SETTLE = f"""
WITH kin AS (
    SELECT * FROM unnest({{schemas}}::text[], {{tables}}::text[]) k (target_schema, target_table)
), entries AS {{kept}} (
    SELECT h.handle, a.ctid AS place, a.counted_by
      FROM kin k JOIN stackql_app.assets a ON a.target_schema = k.target_schema AND a.table_name = k.target_table
     CROSS JOIN LATERAL (VALUES {{handles}}) h (handle)
     {{among}}
), crowded AS MATERIALIZED (
    SELECT handle FROM entries GROUP BY handle HAVING min(place) <> max(place) OR count(counted_by) > 0
), known AS MATERIALIZED (
    SELECT global_key FROM stackql_app.assets
     WHERE global_key IN (SELECT global_key FROM {{touched}} a WHERE global_key IS NOT NULL)
     GROUP BY global_key HAVING count(*) > 1 OR count(counted_by) > 0
), rows AS MATERIALIZED (
    SELECT a.asset_id, a.provider, a.service, a.type, lower(a.account) AS account,
           replace(lower(a.region), ' ', '') AS region, a.name, a.global_key, t.id AS table_id,
           t.kind = 'inventory' AS counts, coalesce(a.arn, a.id) AS source, {_OWN.format("a")} AS own,
           CASE WHEN a.global_key IS NOT NULL THEN 2 WHEN a.id IS DISTINCT FROM a.name AND a.id IS NOT NULL THEN 1
                ELSE 0 END AS rank,
           {_HANDLE.format(_OWN.format("a"))} AS handle
      FROM stackql_app.assets a
      JOIN stackql_app.inventory_tables t ON t.target_schema = a.target_schema AND t.target_table = a.table_name
     WHERE a.ctid = ANY (ARRAY(
           SELECT place FROM entries WHERE handle IN (SELECT handle FROM crowded) UNION
           SELECT ctid FROM stackql_app.assets WHERE global_key IN (SELECT global_key FROM known)))
), called AS (
    SELECT r.*, n.called, bool_or(n.is_own) AS is_own,
           coalesce(r.global_key::text,
                    jsonb_build_array(r.provider, r.service, r.type, r.account, r.region, r.own)::text) AS identity
      FROM rows r
     CROSS JOIN LATERAL (VALUES
           (lower(r.own), true), (lower(r.name), false), (lower(r.account || '/' || r.name), false),
           (lower(split_part(split_part(rtrim(r.source, '/:*'), '/', -1), ':', -1)), false),
           (lower(regexp_replace(rtrim(r.source, '/:*'), '^arn:([^:]*:){{{{4}}}}([a-z0-9-]+[:/])?', '')), false)
         ) n (called, is_own)
     WHERE n.called IS NOT NULL AND (n.is_own OR r.rank > 0)
     GROUP BY r.asset_id, r.provider, r.service, r.type, r.account, r.region, r.name, r.global_key, r.table_id,
              r.counts, r.source, r.own, r.rank, r.handle, n.called
), judged AS (
    SELECT asset_id, global_key, handle, rank, counts, is_own,
           first_value(table_id) OVER same AS holder, row_number() OVER same AS place,
           CASE rank WHEN 0 THEN {_compose_fits("rank > 0", 0)}
                     WHEN 1 THEN {_compose_fits("rank = 2", 1)} END AS fits
      FROM called
    WINDOW same AS (PARTITION BY identity ORDER BY counts DESC, is_own DESC, table_id, asset_id, called),
           alike AS (PARTITION BY provider, service, type, called),
           by_account AS (PARTITION BY provider, service, type, called, account),
           by_region AS (PARTITION BY provider, service, type, called, region),
           spot AS (PARTITION BY provider, service, type, called, account, region)
), settled AS (
    SELECT asset_id, CASE WHEN place > 1 OR fits IS NOT NULL THEN coalesce(fits, holder) END AS counted_by
      FROM judged
     WHERE counts AND is_own AND CASE rank WHEN 2 THEN global_key IN (SELECT global_key FROM known)
                                           ELSE handle IN (SELECT handle FROM crowded) END
), moved AS (
    UPDATE stackql_app.assets a SET counted_by = s.counted_by FROM settled s
     WHERE a.asset_id = s.asset_id AND a.counted_by IS DISTINCT FROM s.counted_by
    RETURNING a.target_schema, a.table_name, s.counted_by IS NULL AS counts_now
)
SELECT target_schema, table_name, count(*) FILTER (WHERE counts_now) AS came,
       count(*) FILTER (WHERE NOT counts_now) AS went
  FROM moved GROUP BY 1, 2
"""  # noqa: S608 — ours

_RECOUNT = """
SET LOCAL enable_nestloop = on;
WITH held AS (
    SELECT counted_by, count(*) AS rows FROM stackql_app.assets
     WHERE target_schema = {schema} AND table_name = {table} GROUP BY 1
)
UPDATE stackql_app.inventory_tables t
   SET counted_rows = coalesce((SELECT rows FROM held WHERE counted_by IS NULL), 0),
       counted_in = coalesce((SELECT jsonb_object_agg(counted_by, rows) FROM held WHERE counted_by IS NOT NULL), '{{}}')
 WHERE t.target_schema = {schema} AND t.target_table = {table};
"""
# what was counted on the day before this merge, where it was not told yet, is what the table's rows did
_NOTE_TODAY = """
INSERT INTO stackql_app.table_history AS h
       (day, target_schema, target_table, provider, service, row_count, scopes_total, scopes_ok, counted_rows,
        counted_added, counted_removed, counted_changed)
SELECT {day}, target_schema, target_table, provider, service, row_count, scopes_total, scopes_ok, counted_rows,
       {added}, {removed}, {changed}
  FROM stackql_app.inventory_tables WHERE target_schema = {schema} AND target_table = {table}
ON CONFLICT (day, target_schema, target_table) DO UPDATE SET counted_rows = excluded.counted_rows,
       counted_added = coalesce(h.counted_added, h.added - {raw_added}) + excluded.counted_added,
       counted_removed = coalesce(h.counted_removed, h.removed - {raw_removed}) + excluded.counted_removed,
       counted_changed = coalesce(h.counted_changed, h.changed - {raw_changed}) + excluded.counted_changed;
"""
# before the record of today's, from which the step follows
_SHIFT_PAST = """
UPDATE stackql_app.table_history h
   SET counted_rows = least(h.row_count, greatest(0, h.counted_rows + n.rows - coalesce(t.counted_rows, t.row_count)))
  FROM stackql_app.inventory_tables t,
       (SELECT count(*) AS rows FROM stackql_app.assets
         WHERE target_schema = {schema} AND table_name = {table} AND counted_by IS NULL) n
 WHERE t.target_schema = {schema} AND t.target_table = {table}
   AND h.target_schema = {schema} AND h.target_table = {table} AND h.counted_rows IS NOT NULL;
"""


@dataclass(frozen=True)
class Tally:
    """How many appeared, vanished and changed in a merge."""

    added: int = 0
    removed: int = 0
    changed: int = 0


NONE = Tally()


def lock(connection: sa.Connection, timeout: str = LOCK_TIMEOUT) -> None:
    """Let no other transaction settle until this one ends. Before the first write to an asset that others can see."""
    run(connection, _compose_lock(timeout))


def begin(connection: sa.Connection, *, fresh: bool = False) -> None:
    """Make `inventory_touched`, into which goes every asset that comes or leaves (NOTED).

    fresh: no other transaction can see an asset of the table yet, so that none can wait for what this one writes.
    """
    run(connection, SQL("; ").join([*([] if fresh else [_compose_lock()]), _BEGIN]))


def settle(
    connection: sa.Connection,
    schema: str,
    table: str,
    at: datetime,
    rows: Tally = NONE,
    count: Callable[[], Tally] = Tally,
    *,
    whole: bool = False,
) -> None:
    """Say which rows of the touched assets count, and write the totals of all tables that this concerns.

    After the table's own record. rows: what the merge did to the table's rows. count: asked when they are settled; of
    the rows that vanished those that counted, and of the others those that do. whole: all of the table's assets came.
    """
    came, went = 0, 0
    others: list[Composed] = []
    for schema_, table_, gained, lost in _settle_touched(connection, (schema, table) if whole else None):
        if (schema_, table_) != (schema, table):
            # what the table lost and another still holds has not vanished; what it took over has not appeared
            came, went = came + gained, went + lost
            others.append(_compose_recount(schema_, table_, at))
    counted = count()
    net = Tally(max(counted.added - went, 0), max(counted.removed - came, 0), counted.changed)
    run(connection, SQL(";").join([*others, _compose_recount(schema, table, at, rows, net)]))


def _compose_recount(
    schema: str, table: str, at: datetime, rows: Tally = NONE, counted: Tally = NONE
) -> Composed:
    """How many of a table's rows count, now and for the day, and how these divide."""
    return SQL(_RECOUNT + _NOTE_TODAY).format(
        schema=Literal(schema),
        table=Literal(table),
        day=Literal(at.astimezone(UTC).date().isoformat()),
        **{name: Literal(getattr(counted, name)) for name in ("added", "removed", "changed")},
        **{f"raw_{name}": Literal(getattr(rows, name)) for name in ("added", "removed", "changed")},
    ) + breakdowns.compose_record(schema, table, at)


def set_kind(connection: sa.Connection, schema: str, table: str, kind: TableKind, at: datetime) -> None:
    """Let a table's rows be counted as this kind, now and as far as its history goes. Under `lock`."""
    where = {"schema": schema, "table": table}
    changed = connection.execute(
        sa.text(
            "UPDATE stackql_app.inventory_tables SET kind = :kind"
            " WHERE target_schema = :schema AND target_table = :table AND kind <> :kind"
        ),
        {"kind": kind.value, **where},
    ).rowcount
    if changed:
        connection.execute(
            sa.text(
                "UPDATE stackql_app.assets SET counted_by = :counted_by"
                " WHERE target_schema = :schema AND table_name = :table"
            ),
            {"counted_by": None if kind is TableKind.INVENTORY else 0, **where},
        )
        found = {(schema, table), *(row[:2] for row in _settle_touched(connection, (schema, table)))}
        _move_past(connection, found, at)
        # pages that were made before are out of date
        connection.execute(sa.text("INSERT INTO stackql_app.inventory_edits DEFAULT VALUES"))


def forget(connection: sa.Connection, schema: str, table: str, at: datetime) -> None:
    """Remove a dropped table's assets and record; what other tables hold too counts there, as if it always had."""
    begin(connection)
    assets.forget(connection, schema, table)
    breakdowns.forget(connection, schema, table)
    connection.execute(
        sa.text(
            "DELETE FROM stackql_app.inventory_tables WHERE target_schema = :schema AND target_table = :table"
        ),
        {"schema": schema, "table": table},
    )
    _move_past(connection, {row[:2] for row in _settle_touched(connection)}, at)


def _move_past(connection: sa.Connection, tables: Iterable[tuple[str, str]], at: datetime) -> None:
    """Write what counts in tables where no cloud changed: as if it had always been so."""
    for schema, table in sorted(tables):
        counted = SQL(_SHIFT_PAST + _RECOUNT).format(schema=Literal(schema), table=Literal(table))
        run(connection, counted + breakdowns.compose_record(schema, table, at, past=True))


def _settle_touched(
    connection: sa.Connection, whole: tuple[str, str] | None = None
) -> Sequence[tuple[str, str, int, int]]:
    """(schema, table, rows that count from now on, rows that do no longer) of each table with such rows."""
    touched = SQL(_TOUCHED)
    if whole:
        touched = SQL(_WHOLE).format(schema=Literal(whole[0]), table=Literal(whole[1]))
    size = run(
        connection,
        SQL("; ").join(
            [
                _compose_lock(),
                *([] if whole else [SQL("ANALYZE " + _TOUCHED)]),
                SQL(_SIZE).format(touched=touched),
            ]
        ),
    ).one()
    # within one table all rows are called by the same columns
    called = [_OWN.format("a")] if len(size.kin) <= 1 else ["a.id", "a.arn", "a.name"]
    handles = SQL(", ".join(f"({_HANDLE.format(name)})" for name in called))
    # where all of the only table came there is nothing to look for among others, and hardly a handle that is crowded:
    # its entries are read again for one that is, instead of all being written down
    is_alone = whole is not None and size.kin == [list(whole)]
    among = NOTHING if is_alone else SQL(_AMONG_TOUCHED).format(touched=touched, handles=handles)
    # rows that have just come have no statistics: where the planner takes many for few, nested loops never end
    found = run(
        connection,
        SQL("SET LOCAL enable_nestloop = {};" + _SETTLE).format(
            SQL("off" if size.many else "on"),
            schemas=Literal([schema for schema, _ in size.kin]),
            tables=Literal([table for _, table in size.kin]),
            kept=SQL("NOT MATERIALIZED" if is_alone else "MATERIALIZED"),
            touched=touched,
            handles=handles,
            among=among,
        ),
    ).all()
    return [(row.target_schema, row.table_name, row.came, row.went) for row in found]


def _compose_lock(timeout: str = LOCK_TIMEOUT) -> Composed:
    return _LOCK.format(Literal(timeout))
