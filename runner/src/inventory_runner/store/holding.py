"""When an empty answer is believed, and when the rows that are there are kept instead.

| a scope's answer has no row, and the table has some of it | then |
|---|---|
| the schedule does not allow empty answers | held |
| it does, and another scope of the run returned rows | believed: the rows are removed |
| it does, and no scope of the run returned any | held, until that has been so for a day |

A sign-in page, an expired token behind a proxy, or a provider's bad day looks like every scope being empty at once,
and lasts for hours; a region that was cleaned up does not empty the others. A schedule with one scope has no others to
tell by, so its table becomes empty a day later, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from inventory_runner.models import ScopeStatus
from inventory_runner.store.model import SETTLED, ScopeData, Target
from inventory_runner.store.sql import SQL, Literal, compose_timestamp, run
from inventory_runner.wording import format_count

# a run that comes daily comes some minutes early now and then
CONFIRMED = timedelta(hours=23)


def hold_empty(
    connection: sa.Connection,
    target: Target,
    scopes: Sequence[ScopeData],
    rows: Mapping[str, int],
    at: datetime,
) -> list[ScopeData]:
    """The scopes, `held` where an empty answer is not believed. rows: the table's, by scope. at: the run's time."""
    answered = any(data.result is not None and data.result.table.num_rows for data in scopes)
    believed = (
        {data.scope.key for data in scopes if data.status is ScopeStatus.OK} if target.allow_empty else set()
    )
    if believed and not answered:
        believed &= _list_confirmed(connection, target, at)
    return [
        _hold(data, rows[data.scope.key], all_at_once=target.allow_empty and not answered)
        if _is_empty(data) and rows.get(data.scope.key) and data.scope.key not in believed
        else data
        for data in scopes
    ]


def _is_empty(data: ScopeData) -> bool:
    """Whether a whole answer had no row, or as much of it as can be had; of other parts that says nothing."""
    if data.result is None or data.result.table.num_rows:
        return False
    return data.status in SETTLED or (data.status is ScopeStatus.INCOMPLETE and data.result.doubtful)


def _hold(data: ScopeData, rows: int, *, all_at_once: bool) -> ScopeData:
    there, kept = format_count(rows, "row"), "it was kept" if rows == 1 else "they were kept"
    said = (
        f"Every answer of this run was empty, where there {'was' if rows == 1 else 'were'} {there}: {kept}, also where"
        " empty answers are allowed, until that has been so for a day."
        if all_at_once
        else f"The answer was empty where there {'was' if rows == 1 else 'were'} {there}; {kept}."
    )
    return dataclasses.replace(data, status=ScopeStatus.HELD, message=f"{said} {data.message}".strip())


def _list_confirmed(connection: sa.Connection, target: Target, at: datetime) -> set[str]:
    """The scopes that have been held for long enough."""
    statement = SQL(
        "SELECT scope FROM stackql_app.table_scopes WHERE target_schema = {} AND target_table = {}"
        " AND status = 'held' AND since <= {}"
    ).format(Literal(target.schema), Literal(target.table), compose_timestamp(at - CONFIRMED))
    return set(run(connection, statement).scalars())
