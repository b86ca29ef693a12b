"""What was run in the IDE, by whom: `stackql_app.query_history`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from inventory_runner import store
from services.db.base import Records, make_containing_pattern
from services.models.core import HistoryEntry
from services.users import current_user, limit_to_engineers

COLUMNS = "id, query_text, provider, parameters, status, rows, duration_ms, error, started_at, source"
LONGEST_LIST = 200
REMEMBERED_VALUES = 12
# what a parameter's name says that its values are, of the columns by which resources are counted
_DIMENSIONS = {
    **dict.fromkeys(("region", "location"), "region"),
    **dict.fromkeys(
        ("account", "accountid", "project", "projectid", "subscription", "subscriptionid"), "account"
    ),
    "owner": "owner",
    "provider": "provider",
    "service": "service",
}
_REMEMBERED = """
WITH used AS (
  SELECT p.key AS name, p.value, max(h.started_at) AS at FROM stackql_app.query_history h
    CROSS JOIN LATERAL jsonb_each_text(h.parameters) p
   WHERE h.user_name = :user AND p.key = ANY(:names) AND p.value <> '' GROUP BY 1, 2
), scopes AS (
  SELECT p.key AS name, p.value, sum(s.rows) AS rows,
         bool_or(s.status = 'denied') AND NOT bool_or(s.status = 'ok') AS denied
    FROM stackql_app.table_scopes s
    JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
    CROSS JOIN LATERAL jsonb_each_text(s.scope::jsonb) p
   WHERE p.key = ANY(:names) AND (CAST(:providers AS text[]) IS NULL OR t.provider = ANY(:providers)) GROUP BY 1, 2
), planned AS (
  SELECT p.key AS name, v.value FROM stackql_app.schedules s
    JOIN stackql_app.queries q ON q.id = s.query_id
     AND (CAST(:providers AS text[]) IS NULL OR coalesce(q.provider, '') = ANY(:providers || ARRAY['']))
    CROSS JOIN LATERAL jsonb_each(s.parameter_values) p
    CROSS JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(p.value) = 'array' THEN p.value END) v
   WHERE p.key = ANY(:names)
), counted AS (
  SELECT n.name, d.value, sum(c.row_count) AS rows
    FROM unnest(CAST(:names AS text[]), CAST(:dimensions AS text[])) n (name, dimension)
    JOIN stackql_app.asset_cells c ON n.dimension <> ''
     AND (CAST(:providers AS text[]) IS NULL OR c.provider = ANY(:providers))
    CROSS JOIN LATERAL (SELECT CASE n.dimension WHEN 'region' THEN c.region WHEN 'account' THEN c.account
        WHEN 'owner' THEN c.owner WHEN 'provider' THEN c.provider WHEN 'service' THEN c.service END AS value) d
   WHERE d.value <> '' GROUP BY 1, 2
), known AS (
  SELECT name, value, at, NULL::numeric AS rows FROM used
  UNION ALL SELECT name, value, NULL, rows FROM scopes UNION ALL SELECT name, value, NULL, 0 FROM planned
  UNION ALL SELECT name, value, NULL, rows FROM counted
), ranked AS (
  SELECT name, value, row_number() OVER (PARTITION BY name
             ORDER BY max(at) DESC NULLS LAST, max(rows) DESC NULLS LAST, value) AS place
    FROM known k
   WHERE NOT EXISTS (SELECT FROM scopes s WHERE s.name = k.name AND s.value = k.value AND s.denied)
   GROUP BY name, value
)
SELECT name, value FROM ranked WHERE place <= :most ORDER BY name, place
"""


class HistoryRecords(Records):
    """Reads and writes the current user's history."""

    @limit_to_engineers
    def add_history(
        self,
        *,
        query_text: str,
        status: str,
        started_at: datetime,
        provider: str = "",
        parameters: Mapping[str, str] | None = None,
        rows: int | None = None,
        duration_ms: int | None = None,
        error: str = "",
        source: str = "live",
        user_name: str | None = None,
    ) -> None:
        """Record one run. status: as in HistoryEntry; error: a sentence, never a secret."""
        with self.transaction() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.query_history (user_name, query_text, provider, parameters, status, rows,"
                    " duration_ms, error, started_at, source) VALUES (:user_name, :query_text, :provider,"
                    " CAST(:parameters AS jsonb), :status, :rows, :duration_ms, :error, :started_at, :source)"
                ),
                {
                    "user_name": user_name if user_name is not None else current_user().name,
                    "query_text": query_text.replace("\0", ""),
                    "provider": provider,
                    "parameters": json.dumps(dict(parameters or {})).replace("\\u0000", ""),
                    "status": status,
                    "rows": rows,
                    "duration_ms": duration_ms,
                    "error": error.replace("\0", ""),
                    "started_at": started_at,
                    "source": source,
                },
            )

    @limit_to_engineers
    def remove_old_history(self, days: int) -> int:
        """Forget what anybody ran longer ago; returns how many entries. For the app itself."""
        return store.remove_old_history(self.engine, days)

    @limit_to_engineers
    def get_history(self, search: str = "", limit: int = 50) -> list[HistoryEntry]:
        """The user's newest runs first; search: words that the text or its outcome contains.

        For example:

            SELECT … FROM stackql_app.query_history WHERE user_name = :user
              AND concat_ws(' ', query_text, provider, status, error) ILIKE :w0
              ORDER BY started_at DESC, id DESC LIMIT :limit
        """
        words = search.split()
        where = "".join(
            f" AND concat_ws(' ', query_text, provider, status, error) ILIKE :w{i}" for i in range(len(words))
        )
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    f"SELECT {COLUMNS}"  # noqa: S608 — fixed columns
                    f" FROM stackql_app.query_history WHERE user_name = :user{where} ORDER BY started_at DESC, id DESC"
                    " LIMIT :limit"
                ),
                {
                    "user": current_user().name,
                    "limit": min(limit, LONGEST_LIST),
                    **{f"w{i}": make_containing_pattern(word) for i, word in enumerate(words)},
                },
            )
            return [HistoryEntry(**row._mapping) for row in rows]

    @limit_to_engineers
    def get_history_entry(self, id: int) -> HistoryEntry | None:
        """One of the user's own entries, or None."""
        with self.transaction() as connection:
            row = connection.execute(
                sa.text(
                    f"SELECT {COLUMNS}"  # noqa: S608 — fixed columns
                    " FROM stackql_app.query_history WHERE id = :id AND user_name = :user"
                ),
                {"id": id, "user": current_user().name},
            ).one_or_none()
        return HistoryEntry(**row._mapping) if row else None

    @limit_to_engineers
    def list_remembered_values(
        self, names: Sequence[str], providers: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Parameter name → values that are known for it: first those the user's runs gave it, the newest before.

        Then those of schedules' scopes and of the resources themselves, those with most rows before. A value that was
        only ever denied is left out. providers: whose schedules and resources are asked, all where none is named.
        """
        if not names:
            return {}
        dimensions = [_DIMENSIONS.get(name.lower().replace("_", ""), "") for name in names]
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(_REMEMBERED),
                {
                    "user": current_user().name,
                    "names": list(names),
                    "dimensions": dimensions,
                    "providers": list(providers) or None,
                    "most": REMEMBERED_VALUES,
                },
            )
            found: dict[str, list[str]] = {}
            for name, value in rows:
                found.setdefault(name, []).append(value)
            return found
