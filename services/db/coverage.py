"""What was read, and when: of a region, of a table at a past moment, of a day, of single rows. Viewers may read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from inventory_runner.models import Scope
from inventory_runner.store.model import SETTLED
from services.db.base import Records
from services.models.coverage import Reading, make_coverage, read_at
from services.models.gaps import Outcome
from services.models.inventory import ScopeState, TableRef, TableRun

# as many as a strip shows side by side
MOST_RUNS = 30

# of a schedule that runs each quarter of an hour some three weeks
MOST_OUTCOMES = 2_000

# Of every table that has to do with a region: its rows there, and of the scopes that they come from how many were read.
# Those are the scopes that name the region; where none does (buckets are listed once for all regions), all of them.
_REGION = """
WITH held AS (
    SELECT target_schema, target_table, row_count FROM stackql_app.table_breakdowns
     WHERE is_current AND dimension = 'region' AND value = :region AND row_count > 0
), scopes AS (
    SELECT s.target_schema, s.target_table, position(to_json(CAST(:region AS text))::text IN s.scope) > 0 AS named,
           count(*) AS total, count(*) FILTER (WHERE s.status = 'ok') AS ok, min(s.ok_at) AS oldest,
           max(s.ok_at) AS newest, bool_or(s.ok_at IS NULL) AS never,
           coalesce(sum(s.rows) FILTER (WHERE s.status NOT IN ('ok', 'additive')), 0)::bigint AS stale,
           (array_agg(s.scope ORDER BY s.scope) FILTER (WHERE s.status <> 'ok'))[1:3] AS unread
      FROM stackql_app.table_scopes s
     WHERE position(to_json(CAST(:region AS text))::text IN s.scope) > 0
        OR (s.target_schema, s.target_table) IN (SELECT target_schema, target_table FROM held)
     GROUP BY 1, 2, 3
)
SELECT DISTINCT ON (t.target_schema, t.target_table) t.target_schema AS schema, t.target_table AS name, t.provider,
       coalesce(h.row_count, 0) AS rows, coalesce(s.named, false) AS named, coalesce(s.total, 0) AS total,
       coalesce(s.ok, 0) AS ok, s.oldest, s.newest, coalesce(s.never, false) AS never, coalesce(s.stale, 0) AS stale,
       s.unread
  FROM held h
  FULL JOIN scopes s USING (target_schema, target_table)
  JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
 ORDER BY t.target_schema, t.target_table, s.named DESC
"""

# the newest run that had ended by then, its scopes, and of each scope that was not read whole when it last was
_SCOPES_AT = """
WITH ended AS (
    SELECT r.id, coalesce(r.as_of, r.finished_at) AS at, r.rows_total FROM stackql_app.runs r
     WHERE r.target_schema = :schema AND r.target_table = :name AND coalesce(r.as_of, r.finished_at) <= :at
       AND r.finished_at IS NOT NULL AND r.status IN ('SUCCESS', 'PARTIAL', 'FAILED')
       AND EXISTS (SELECT FROM stackql_app.run_scopes s WHERE s.run_id = r.id)
     ORDER BY coalesce(r.as_of, r.finished_at) DESC, r.id DESC LIMIT 1
)
SELECT s.scope, s.status, s.message, s.details, e.at, CASE s.status WHEN 'ok' THEN e.at ELSE o.at END AS ok_at,
       CASE s.status WHEN 'ok' THEN s.rows ELSE coalesce(o.rows, 0) END AS rows, coalesce(b.at, e.at) AS since
  FROM ended e
  JOIN stackql_app.run_scopes s ON s.run_id = e.id
  LEFT JOIN LATERAL (
       SELECT coalesce(r.as_of, r.finished_at) AS at, k.rows FROM stackql_app.runs r
         JOIN stackql_app.run_scopes k ON k.run_id = r.id AND k.scope = s.scope
        WHERE r.target_schema = :schema AND r.target_table = :name AND k.status = 'ok'
          AND coalesce(r.as_of, r.finished_at) < e.at
        ORDER BY r.started_at DESC LIMIT 1) o ON s.status <> 'ok'
  LEFT JOIN LATERAL (
       SELECT min(coalesce(r.as_of, r.finished_at)) AS at FROM stackql_app.runs r
         JOIN stackql_app.run_scopes k ON k.run_id = r.id AND k.scope = s.scope
        WHERE r.target_schema = :schema AND r.target_table = :name AND k.status <> 'ok'
          AND coalesce(r.as_of, r.finished_at) BETWEEN coalesce(o.at, '-infinity') AND e.at) b ON s.status <> 'ok'
 ORDER BY s.status = 'ok', s.scope
"""

# the newest count that was recorded by then: with a run, else with a day
_ROWS_AT = """
SELECT rows FROM (
    (SELECT coalesce(as_of, finished_at) AS at, rows_total AS rows FROM stackql_app.runs
      WHERE target_schema = :schema AND target_table = :name AND rows_total IS NOT NULL
        AND coalesce(as_of, finished_at) <= :at
      ORDER BY coalesce(as_of, finished_at) DESC, id DESC LIMIT 1)
    UNION ALL
    (SELECT day + time '23:59:59.999999' AT TIME ZONE 'UTC', row_count FROM stackql_app.table_history
      WHERE target_schema = :schema AND target_table = :name
        AND (day + time '23:59:59.999999') AT TIME ZONE 'UTC' <= :at
      ORDER BY day DESC LIMIT 1)) n
 ORDER BY at DESC LIMIT 1
"""

# the newest runs that read a scope or failed to; a run that failed before its scopes read none of them
_OUTCOMES = """
SELECT coalesce(r.as_of, r.finished_at) AS at, coalesce(s.status, 'error') AS status
  FROM (SELECT id, as_of, finished_at, started_at, status FROM stackql_app.runs
         WHERE target_schema = :schema AND target_table = :name AND finished_at IS NOT NULL
           AND status IN ('SUCCESS', 'PARTIAL', 'FAILED', 'LOST')
         ORDER BY started_at DESC LIMIT :limit) r
  LEFT JOIN stackql_app.run_scopes s ON s.run_id = r.id AND s.scope = :scope
 WHERE s.scope IS NOT NULL OR r.status IN ('FAILED', 'LOST')
"""

# the newest runs of a table that tell what was read
_RUNS = """
SELECT id, coalesce(as_of, finished_at) AS at, status, scopes_ok, scopes_total, rows_total AS rows
  FROM stackql_app.runs
 WHERE target_schema = :schema AND target_table = :name AND finished_at IS NOT NULL
   AND status IN ('SUCCESS', 'PARTIAL', 'FAILED')
 ORDER BY started_at DESC LIMIT :most
"""

_DAY = """
SELECT coalesce(sum(h.scopes_ok), 0)::bigint AS ok, coalesce(sum(h.scopes_total), 0)::bigint AS total
  FROM stackql_app.table_history h
  JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
 WHERE h.day = :day AND (:provider = '' OR t.provider = :provider)
   AND (:name = '' OR (h.target_schema = :schema AND h.target_table = :name))
"""

_SELECTED = """
SELECT count(*) AS tables, coalesce(sum(t.scopes_ok), 0)::bigint AS ok,
       coalesce(sum(t.scopes_total), 0)::bigint AS total, max(t.updated_at) AS newest,
       least(min(t.updated_at), min(u.ok_at)) AS oldest,
       (array_agg(DISTINCT u.scope) FILTER (WHERE u.scope IS NOT NULL))[1:3] AS unread
  FROM stackql_app.inventory_tables t
  LEFT JOIN (SELECT target_schema, target_table, min(scope) AS scope, min(ok_at)
                    FILTER (WHERE rows > 0 AND status <> 'additive') AS ok_at
               FROM stackql_app.table_scopes WHERE status <> 'ok' GROUP BY 1, 2) u USING (target_schema, target_table)
 WHERE (:provider = '' OR t.provider = :provider) AND (:service = '' OR t.service = :service)
   AND (:type = '' OR :type = coalesce(nullif(t.resource, ''), t.target_table))
   AND (:name = '' OR t.target_table = :name)
"""

_STALE = """
SELECT s.target_schema AS schema, s.target_table AS name, s.scope, s.status, s.ok_at FROM stackql_app.table_scopes s
 WHERE s.status NOT IN ('ok', 'additive') AND (s.target_schema, s.target_table, s.scope) IN
       (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[]), CAST(:scopes AS text[])))
"""


@dataclass(frozen=True)
class RegionTable:
    """What a table has in a region, and how that was read.

    named: whether scopes name the region, which then are those that count. ok, total: scopes. oldest, newest: when they
    were last read whole. stale: rows of those that were not read now. unread: the first of them. rows: None where the
    region was never read.
    """

    ref: TableRef
    provider: str
    rows: int | None
    named: bool
    ok: int
    total: int
    oldest: datetime | None
    newest: datetime | None
    stale: int
    unread: tuple[str, ...]


class CoverageRecords(Records):
    """Reads what was noted of scopes."""

    def list_outcomes(self, ref: TableRef, scope: str) -> list[Outcome]:
        """How the newest runs of a table read one of its scopes, in no order; at most MOST_OUTCOMES."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(_OUTCOMES),
                {"schema": ref.schema, "name": ref.name, "scope": scope, "limit": MOST_OUTCOMES},
            )
            return [Outcome(row.at, row.status in SETTLED, row.status) for row in rows]

    def list_region_tables(self, region: str) -> list[RegionTable]:
        """The tables that have rows in a region, or scopes that name it."""
        return [
            RegionTable(
                TableRef(row.schema, row.name),
                row.provider,
                # nothing is known of what nobody could read
                None if row.never and row.ok == 0 and not row.rows else row.rows,
                row.named,
                row.ok,
                row.total,
                row.oldest,
                row.newest,
                row.stale,
                _name_scopes(row.unread),
            )
            for row in self._read(_REGION, region=region)
        ]

    def list_scopes_at(self, ref: TableRef, at: datetime) -> list[ScopeState]:
        """How every scope stood at a moment, those that were not read whole first; empty where no run tells."""
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
            for row in self._read(_SCOPES_AT, schema=ref.schema, name=ref.name, at=at)
        ]

    def list_table_runs(self, ref: TableRef, most: int = MOST_RUNS) -> list[TableRun]:
        """The newest runs of a table that ended, in the order of what they read."""
        rows = self._read(_RUNS, schema=ref.schema, name=ref.name, most=most)
        return sorted(
            (TableRun(row.id, row.at, row.status, row.scopes_ok, row.scopes_total, row.rows) for row in rows),
            key=lambda run: (run.at, run.id),
        )

    def read_rows_at(self, ref: TableRef, at: datetime) -> int | None:
        """How many rows a table had at a moment; None where that was not recorded."""
        rows = self._read(_ROWS_AT, schema=ref.schema, name=ref.name, at=at)
        return rows[0].rows if rows else None

    def count_scopes_of_day(
        self, day: date, provider: str = "", ref: TableRef | None = None
    ) -> tuple[int, int]:
        """(scopes read whole, all scopes) of the tables that were read on a day; (0, 0) where none was."""
        row = self._read(
            _DAY,
            day=day,
            provider=provider,
            schema=ref.schema if ref else "",
            name=ref.name if ref else "",
        )[0]
        return row.ok, row.total

    def read_selection(
        self, provider: str = "", service: str = "", type: str = "", name: str = ""
    ) -> Reading:
        """What was read of the tables of a provider, a service, a type, a name, and when; empty means all."""
        row = self._read(_SELECTED, provider=provider, service=service, type=type, name=name)[0]
        return Reading(
            make_coverage(row.ok, row.total), read_at([row.oldest, row.newest]), _name_scopes(row.unread)
        )

    def read_region(self, region: str, provider: str = "") -> Reading:
        """What was read of a region, and when."""
        places = [one for one in self.list_region_tables(region) if provider in ("", one.provider)]
        return Reading(
            make_coverage(sum(one.ok for one in places), sum(one.total for one in places)),
            read_at(moment for one in places for moment in (one.oldest, one.newest)),
            tuple(dict.fromkeys(name for one in places for name in one.unread)),
        )

    def find_stale_scopes(
        self, wanted: Iterable[tuple[TableRef, str]]
    ) -> dict[tuple[TableRef, str], datetime | None]:
        """Of these scopes (table, key) those that the newest run could not read → when they last were, None never."""
        listed = list(dict.fromkeys(wanted))
        if not listed:
            return {}
        rows = self._read(
            _STALE,
            schemas=[ref.schema for ref, _ in listed],
            names=[ref.name for ref, _ in listed],
            scopes=[scope for _, scope in listed],
        )
        return {(TableRef(row.schema, row.name), row.scope): row.ok_at for row in rows}

    def list_read_times(self) -> list[tuple[TableRef, str, datetime | None]]:
        """(table, scope's key, when it was last read whole) of every scope of every table."""
        rows = self._read("SELECT target_schema, target_table, scope, ok_at FROM stackql_app.table_scopes")
        return [(TableRef(row.target_schema, row.target_table), row.scope, row.ok_at) for row in rows]

    def _read(self, statement: str, **values: Any) -> list[sa.Row[Any]]:
        with self.transaction() as connection:
            return list(connection.execute(sa.text(statement), values))


def _name_scopes(keys: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(Scope.from_key(key).label for key in keys or ())
