"""What is recorded about a table with its data: counts, coverage by scope, a row of history per day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from inventory_runner.models import ScopeStatus
from inventory_runner.store.catalog import State
from inventory_runner.store.model import SETTLED, ScopeData, Target
from inventory_runner.store.sql import SQL, Composable, Literal, compose_timestamp, run


@dataclass(frozen=True)
class Entry:
    """One merge, as it is recorded. rows: scope key → rows in the table after it; None total: there is no table.

    columns: the newest results' columns → since when, ISO. identity: how rows are known (their resource keys follow
    from it) and how assets were made. wrote: rows were read, so that an append's newest rows are this run's.
    column_names: what the query's columns are called in the table. untyped: text columns of unknown declared type.
    history_from: the time before which the table cannot be shown as it was, None to leave it.
    """

    target: Target
    run_id: int
    at: datetime
    scopes: Sequence[ScopeData]
    rows: Mapping[str, int]
    total: int | None
    added: int = 0
    removed: int = 0
    changed: int = 0
    any_change: bool = False
    wrote: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[str] = ()
    column_names: Mapping[str, Sequence[str]] | None = None
    untyped: Sequence[str] = ()
    history_from: datetime | None = None


def make_unread_entry(
    target: Target, run_id: int, at: datetime, scopes: Sequence[ScopeData], state: State
) -> Entry:
    """The entry of a run that could read no scope of a table: everything but its coverage stays."""
    recorded = state.recorded or {}
    return Entry(
        target,
        run_id,
        at,
        scopes,
        state.scopes,
        recorded.get("row_count"),
        columns=state.columns,
        identity=recorded.get("identity") or {},
        keys=recorded.get("key_columns") or (),
        column_names=state.names,
        untyped=state.untyped,
    )


def record(connection: sa.Connection, entry: Entry) -> None:
    """Write all three in one round trip.

    The scopes in it, for example:

        (VALUES ('{"region":"eu-west-1"}', 'ok', 12::bigint, '', ''),
          ('{"region":"us-east-1"}', 'denied', 0::bigint, 'AWS refuses …', '403 …'))
            AS s (scope, status, rows, message, details)
    """
    target = entry.target
    where = {
        "schema": Literal(target.schema),
        "table": Literal(target.table),
        "at": compose_timestamp(entry.at),
    }
    ok = sum(data.status is ScopeStatus.OK for data in entry.scopes)
    values = {
        **where,
        "run_id": Literal(entry.run_id),
        "total": Literal(entry.total or 0),
        "scopes_total": Literal(len(entry.scopes)),
        "scopes_ok": Literal(ok),
        "settled": Literal(all(data.status in SETTLED for data in entry.scopes)),
        # a schedule that was given another table meanwhile keeps this one no longer
        "schedule_id": SQL(
            "(SELECT id FROM stackql_app.schedules"
            " WHERE id = {} AND target_schema = {schema} AND target_table = {table})"
        ).format(Literal(target.schedule_id), **{name: where[name] for name in ("schema", "table")}),
        "query_id": Literal(target.query_id),
        "provider": Literal(target.provider),
        "service": Literal(target.service),
        "resource": Literal(target.resource),
        "mode": Literal(str(target.write_mode)),
        "kind": Literal(str(target.kind)),
        "keys": SQL("{}::text[]").format(Literal(list(entry.keys))),
        "columns": SQL("{}::jsonb").format(Literal(json.dumps(dict(entry.columns)))),
        "names": SQL("nullif({}, 'null')::jsonb").format(Literal(json.dumps(entry.column_names))),
        "untyped": SQL("{}::text[]").format(Literal(list(entry.untyped))),
        "identity": SQL("{}::jsonb").format(Literal(json.dumps(entry.identity, sort_keys=True))),
        "changed_at": compose_timestamp(entry.at) if entry.any_change else SQL("NULL::timestamptz"),
        "data_run": Literal(entry.run_id if entry.wrote else None),
        "history_from": compose_timestamp(entry.history_from)
        if entry.history_from
        else SQL("NULL::timestamptz"),
        "added": Literal(entry.added),
        "removed": Literal(entry.removed),
        "changed": Literal(entry.changed),
        "day": Literal(entry.at.astimezone(UTC).date().isoformat()),
    }
    scopes: Composable = SQL("(VALUES {}) AS s (scope, status, rows, message, details)").format(
        SQL(", ").join(
            SQL("({}, {}, {}::bigint, {}, {})").format(
                Literal(data.scope.key),
                Literal(str(data.status)),
                Literal(entry.rows.get(data.scope.key, 0)),
                Literal(data.message),
                Literal(data.details),
            )
            for data in entry.scopes
        )
    )
    run(connection, _RECORD.format(scopes=scopes, **values))


_RECORD = SQL("""
DELETE FROM stackql_app.table_scopes t WHERE t.target_schema = {schema} AND t.target_table = {table}
   AND NOT EXISTS (SELECT FROM {scopes} WHERE s.scope = t.scope) AND {settled};
INSERT INTO stackql_app.table_scopes AS t
       (target_schema, target_table, scope, status, rows, message, details, since, ok_at, last_run_id)
SELECT {schema}, {table}, s.scope, s.status, s.rows, s.message, s.details, {at},
       CASE s.status WHEN 'ok' THEN {at} END, {run_id}
  FROM {scopes}
ON CONFLICT (target_schema, target_table, scope) DO UPDATE SET
       status = excluded.status, rows = excluded.rows, message = excluded.message,
       details = excluded.details,
       since = CASE t.status WHEN excluded.status THEN t.since ELSE excluded.since END,
       ok_at = coalesce(excluded.ok_at, t.ok_at), last_run_id = excluded.last_run_id;
INSERT INTO stackql_app.inventory_tables AS t
       (target_schema, target_table, schedule_id, query_id, provider, service, resource, write_mode, key_columns,
        row_count, scopes_total, scopes_ok, complete_at, updated_at, changed_at, last_run_id, columns, identity,
        data_run_id, history_from, column_names, untyped_columns, kind, began_at)
SELECT {schema}, {table}, {schedule_id}, {query_id}, {provider}, {service}, {resource}, {mode}, {keys}, {total},
       {scopes_total}, {scopes_ok}, c.complete_at, {at}, {changed_at}, {run_id}, {columns}, {identity}, {data_run},
       {history_from}, {names}, {untyped}, {kind}, {at}
  FROM (SELECT CASE WHEN count(*) = count(ok_at) THEN min(ok_at) END AS complete_at FROM stackql_app.table_scopes
         WHERE target_schema = {schema} AND target_table = {table}) c
ON CONFLICT (target_schema, target_table) DO UPDATE SET
       schedule_id = excluded.schedule_id, query_id = coalesce(excluded.query_id, t.query_id),
       provider = coalesce(nullif(excluded.provider, ''), t.provider),
       service = coalesce(nullif(excluded.service, ''), t.service),
       resource = coalesce(nullif(excluded.resource, ''), t.resource),
       write_mode = excluded.write_mode, key_columns = excluded.key_columns, row_count = excluded.row_count,
       scopes_total = excluded.scopes_total, scopes_ok = excluded.scopes_ok, complete_at = excluded.complete_at,
       updated_at = CASE WHEN excluded.data_run_id IS NULL THEN t.updated_at ELSE excluded.updated_at END,
       changed_at = coalesce(excluded.changed_at, t.changed_at),
       last_run_id = excluded.last_run_id, columns = excluded.columns, identity = excluded.identity,
       data_run_id = coalesce(excluded.data_run_id, t.data_run_id),
       history_from = coalesce(excluded.history_from, t.history_from),
       column_names = excluded.column_names, untyped_columns = excluded.untyped_columns,
       kind = CASE WHEN excluded.data_run_id IS NULL THEN t.kind ELSE excluded.kind END;
INSERT INTO stackql_app.table_history AS t
       (day, target_schema, target_table, provider, service, row_count, added, removed, changed, scopes_total,
        scopes_ok, counted_rows)
SELECT {day}, {schema}, {table}, {provider}, {service}, {total}, {added}, {removed}, {changed}, {scopes_total},
       {scopes_ok}, t.counted_rows
  FROM stackql_app.inventory_tables t WHERE t.target_schema = {schema} AND t.target_table = {table}
ON CONFLICT (day, target_schema, target_table) DO UPDATE SET
       provider = coalesce(nullif(excluded.provider, ''), t.provider),
       service = coalesce(nullif(excluded.service, ''), t.service), row_count = excluded.row_count,
       added = t.added + excluded.added, removed = t.removed + excluded.removed,
       changed = t.changed + excluded.changed, scopes_total = excluded.scopes_total, scopes_ok = excluded.scopes_ok,
       counted_rows = excluded.counted_rows
""")
