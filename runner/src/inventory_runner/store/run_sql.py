"""Pieces of SQL that a run's statements share, and the values they take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory_runner.models import Scope, ScopeStatus

LONGEST_MESSAGE = 2000

LOCK = "hashtextextended('stackql_app.run:' || CAST(:schema AS text) || '.' || CAST(:table AS text), 0)"
INSERT_SCOPES = (
    "listed AS (INSERT INTO stackql_app.run_scopes (run_id, scope, ordinal, status)"
    " SELECT made.id, t.scope, t.ordinal, 'pending'"
    " FROM made, unnest(CAST(:scopes AS text[])) WITH ORDINALITY AS t (scope, ordinal)"
    " ON CONFLICT (run_id, scope) DO UPDATE SET ordinal = excluded.ordinal)"
)
NOTE_SCHEDULE = (
    "schedule AS (UPDATE stackql_app.schedules SET last_run_at = done.started_at, last_run_status = done.status"
    " FROM done WHERE schedules.id = done.schedule_id"
    " AND (schedules.last_run_at IS NULL OR schedules.last_run_at <= done.started_at))"
)
VALUES = (
    "SELECT * FROM unnest(CAST(:names AS text[]), CAST(:statuses AS text[]), CAST(:rows AS bigint[]),"
    " CAST(:durations AS bigint[]), CAST(:attempts AS int[]), CAST(:messages AS text[]), CAST(:details AS text[]),"
    " CAST(:starts AS timestamptz[])) AS t (scope, status, rows, duration_ms, attempts, message, details, started_at)"
)
UPDATE_FROM_VALUES = (
    "UPDATE stackql_app.run_scopes s SET status = v.status, rows = v.rows, duration_ms = v.duration_ms,"
    " attempts = v.attempts, message = v.message, details = v.details,"
    " started_at = coalesce(v.started_at, s.started_at)"
    " FROM v WHERE s.run_id = :id AND s.scope = v.scope"
)
UPDATE_SCOPES = f"WITH v AS ({VALUES}) {UPDATE_FROM_VALUES}"


@dataclass(frozen=True)
class ScopeRecord:
    """How far a scope is, or how it ended. duration in seconds. details: the raw words behind the message."""

    scope: Scope
    status: ScopeStatus
    rows: int = 0
    duration: float = 0.0
    attempts: int = 0
    message: str = ""
    details: str = ""
    started_at: datetime | None = None


def list_arrays(scopes: Iterable[ScopeRecord]) -> dict[str, object]:
    listed = list(scopes)
    return {
        "names": [one.scope.key for one in listed],
        "statuses": [one.status.value for one in listed],
        "rows": [one.rows for one in listed],
        "durations": [round(one.duration * 1000) for one in listed],
        "attempts": [one.attempts for one in listed],
        "messages": [clean(one.message) for one in listed],
        "details": [clean(one.details) for one in listed],
        "starts": [one.started_at for one in listed],
    }


def clean(text: str) -> str:
    """Text that Postgres can store and a page can show: no NUL, no lone surrogate, not endless."""
    text = re.sub(r"[\x00\ud800-\udfff]", "", text)
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


# -- pieces of SQL ----------------------------------------------------------------------------------------------


def format_warnings(warnings: Sequence[str]) -> str:
    """For a jsonb column."""
    return json.dumps([clean(one) for one in warnings])
