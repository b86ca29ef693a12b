"""The overview from what was recorded: levels by day, coverage and age of every number, what needs attention.

Pure functions over rows; the service asks the database. A level at a day's end is today's count minus every step
after that day, so that a table without a run on a day keeps its count.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from inventory_runner.errors import InvalidInput
from inventory_runner.models import RunStatus, Scope, ScopeStatus
from inventory_runner.times import cron
from services.inventory_service.exposure import OPENED_THIS_WEEK, list_opened_and_closed
from services.models.inbox import EntryKind
from services.models.inventory import (
    Attention,
    DayChanges,
    Freshness,
    OldestData,
    Share,
    TableRef,
    TableSummary,
)
from services.models.wording import cut_at_word, describe_scope_status, format_count, format_percent

# what a run may take, and a scheduler may be late
GRACE = timedelta(hours=1)
GROWTH_SHARE = 0.15
WEEK = timedelta(days=7)
MOST_ATTENTION = 40
NAMED_SCOPES = 2
FIRINGS = 8


@functools.lru_cache(maxsize=4096)
def find_longest_gap(expression: str, timezone: str) -> timedelta | None:
    """The longest time between two firings of a cron expression; None where it cannot be told."""
    try:
        # any Monday will do: what matters are the gaps of a week
        times = cron.list_next_times(expression, timezone, datetime(2024, 1, 1, tzinfo=UTC), FIRINGS)
    except InvalidInput:
        return None
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return max(gaps) if gaps else None


def judge_freshness(table: TableSummary, now: datetime) -> Freshness:
    """Whether a table is as new as its schedule promises."""
    if table.rows is None or table.updated_at is None:
        return Freshness.NEVER
    if not table.cron:
        return Freshness.UNMANAGED
    if not table.is_active:
        return Freshness.PAUSED
    gap = find_longest_gap(table.cron, table.timezone)
    return Freshness.LATE if gap and now - table.updated_at > gap + GRACE else Freshness.FRESH


def judge_tables(tables: Iterable[TableSummary], now: datetime) -> list[TableSummary]:
    """The tables with their freshness."""
    # FRESH is the default: copy only the others
    return [
        table
        if (state := judge_freshness(table, now)) is table.freshness
        else replace(table, freshness=state)
        for table in tables
    ]


def compute_levels(
    tables: Sequence[TableSummary], steps: Iterable[Any], days: Sequence[date]
) -> dict[str, tuple[int, ...]]:
    """Provider → resources at the end of each day, the largest provider first; from each step (provider, day, step)."""
    now: dict[str, int] = defaultdict(int)
    for table in tables:
        if table.rows is not None:
            now[table.provider] += table.resources
    by_day: dict[tuple[str, date], int] = defaultdict(int)
    for row in steps:
        by_day[row.provider, row.day] += row.step
    found = {}
    for provider, newest in now.items():
        level, backwards = newest, []
        for day in reversed(days):
            backwards.append(max(level, 0))
            level -= by_day.get((provider, day), 0)
        found[provider] = tuple(reversed(backwards))
    return dict(sorted(found.items(), key=lambda item: -item[1][-1] if item[1] else 0))


def trim_days(
    days: Sequence[date], found: Mapping[str, tuple[int, ...]]
) -> tuple[tuple[date, ...], dict[str, tuple[int, ...]]]:
    """Without the days at the beginning on which nothing had been recorded yet."""
    first = next((i for i in range(len(days)) if any(values[i] for values in found.values())), len(days))
    return tuple(days[first:]), {provider: values[first:] for provider, values in found.items()}


def sum_changes_by_day(days: Sequence[date], steps: Iterable[Any]) -> tuple[DayChanges, ...]:
    """Added, removed, changed and coverage by day over all providers."""
    sums: dict[date, list[int]] = defaultdict(lambda: [0] * 5)
    for row in steps:
        entry = sums[row.day]
        for i, name in enumerate(("added", "removed", "changed", "scopes_ok", "scopes_total")):
            entry[i] += getattr(row, name)
    return tuple(DayChanges(day, *sums[day]) if day in sums else DayChanges(day) for day in days)


def sum_net_changes(days: Sequence[date], steps: Iterable[Any]) -> tuple[DayChanges, ...]:
    """The same for one region, of which only its counts are recorded: growth as added, shrinking as removed."""
    added: dict[date, int] = defaultdict(int)
    removed: dict[date, int] = defaultdict(int)
    for row in steps:
        if row.net >= 0:
            added[row.day] += row.net
        else:
            removed[row.day] -= row.net
    return tuple(DayChanges(day, added[day], removed[day]) for day in days)


def list_shares(rows: Iterable[Any]) -> dict[str, tuple[Share, ...]]:
    """Dimension → its largest values, the largest first; what is not known stands last."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    leading: dict[tuple[str, str], dict[str, TableRef]] = defaultdict(dict)
    for row in rows:
        key = row.dimension, row.value
        counts.setdefault(key, {})[row.provider] = row.rows
        if row.name:
            leading[key][row.provider] = TableRef(row.schema, row.name)
    found: dict[str, list[Share]] = defaultdict(list)
    for (dimension, value), by_provider in counts.items():
        found[dimension].append(Share(value, by_provider, leading.get((dimension, value), {})))
    return {
        dimension: tuple(sorted(values, key=lambda one: (one.value in ("", "other"), -one.total)))
        for dimension, values in found.items()
    }


def describe_uncovered(rows: Sequence[Any]) -> tuple[str, datetime | None]:
    """`2 scopes denied`, and since when; for the figure's note."""
    if not rows:
        return "", None
    by_status: dict[str, int] = defaultdict(int)
    for row in rows:
        by_status[row.status] += row.scopes
    status, count = max(by_status.items(), key=lambda item: item[1])
    rest = sum(by_status.values()) - count
    text = f"{format_count(count, 'scope')} {describe_scope_status(status)}" + (
        f", {rest} more not read" if rest else ""
    )
    return text, min(row.since for row in rows)


def find_oldest(tables: Sequence[TableSummary], uncovered: Sequence[Any]) -> OldestData | None:
    """The rows that were confirmed longest ago: of a table, or of single scopes that could not be read since."""
    candidates = [
        OldestData(
            table.ref,
            table.updated_at,
            "missed a run" if table.freshness is Freshness.LATE else "",
        )
        for table in tables
        if table.updated_at is not None and table.rows
    ]
    kept = {table.ref for table in tables}
    for row in uncovered:
        ref = TableRef(row.schema, row.name)
        if row.ok_at is not None and row.rows and ref in kept:
            words = f"{format_count(row.scopes, 'scope')} {describe_scope_status(row.status)}"
            candidates.append(OldestData(ref, row.ok_at, words))
    return min(candidates, key=lambda one: one.at, default=None)


def name_unread(uncovered: Sequence[Any]) -> tuple[str, ...]:
    """The names of the first scopes of these rows."""
    return tuple(dict.fromkeys(Scope.from_key(key).label for row in uncovered for key in row.some))


def format_scope_names(row: Any) -> str:
    """The first scopes of a row of what could not be read."""
    names = [Scope.from_key(key).label for key in row.some[:NAMED_SCOPES]]
    more = row.scopes - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def list_attention(
    tables: Sequence[TableSummary],
    uncovered: Sequence[Any],
    failures: Sequence[Any],
    moves: Sequence[Any],
    signals: Sequence[Any],
    now: datetime,
) -> tuple[Attention, ...]:
    """What needs a look: danger first, then the newest."""
    by_ref = {table.ref: table for table in tables}
    found = list_causes(tables, uncovered, failures, now)
    found += _list_moved(by_ref, moves)
    found += _list_exposed(by_ref, [row for row in signals if row.kind == "exposure"])
    found += [
        Attention(
            "warning",
            (TableRef(row.schema, row.name),),
            f"{row.rows:,} {row.key}, {row.rows - row.earlier:,} more than a week ago",
            row.at,
            "charts",
        )
        for row in signals
        if row.kind == "state" and TableRef(row.schema, row.name) in by_ref
    ]
    found.sort(key=lambda one: (one.severity != "danger", -one.since.timestamp()))
    return tuple(found[:MOST_ATTENTION])


def list_causes(
    tables: Sequence[TableSummary], uncovered: Sequence[Any], failures: Sequence[Any], now: datetime
) -> list[Attention]:
    """What needs somebody, in no order: runs that failed, scopes that are not read, tables that are late.

    Each has its kind, and is an entry of the inbox. A partial run is told once, by its scopes.
    """
    by_ref = {table.ref: table for table in tables}
    found: list[Attention] = []
    failed = set()
    for row in failures:
        ref = TableRef(row.schema, row.name)
        if ref in by_ref:
            failed.add(ref)
            word = "run was lost" if row.status == RunStatus.LOST else "last run failed"
            text = f"{word}: {_shorten_text(row.message)}" if row.message else word
            # a run that fails again each hour is one cause
            since = row.began or row.at
            found.append(Attention("danger", (ref,), text, since, "coverage", kind=EntryKind.RUN))
    found += _list_unread(
        [
            row
            for row in uncovered
            # what a schedule accepts needs nobody; it stays uncovered in every figure
            if row.status != ScopeStatus.ADDITIVE and TableRef(row.schema, row.name) in by_ref.keys() - failed
        ]
    )
    for table in tables:
        broken = table.last_run_status in (RunStatus.FAILED, RunStatus.LOST)
        if table.ref in failed or table.updated_at is None:
            if table.freshness is Freshness.NEVER and broken and table.ref not in failed:
                when = table.last_run_at or now
                found.append(
                    Attention(
                        "danger", (table.ref,), "has never been loaded", when, "source", kind=EntryKind.RUN
                    )
                )
        elif table.freshness is Freshness.LATE:
            text = "missed a run; the data is older than promised"
            found.append(
                Attention("warning", (table.ref,), text, table.updated_at, "source", kind=EntryKind.STALE)
            )
    return found


def _list_unread(rows: Sequence[Any]) -> list[Attention]:
    """Scopes that could not be read; the same scopes of several tables have one cause and are one line."""
    causes: dict[tuple[str, tuple[str, ...], int], list[Any]] = defaultdict(list)
    for row in rows:
        causes[row.status, tuple(row.some), row.scopes].append(row)
    found = []
    for (status, _, _), concerned in causes.items():
        refs = tuple(TableRef(row.schema, row.name) for row in concerned)
        word = "the answer was empty, the rows are kept" if status == ScopeStatus.HELD else status
        scopes, since = format_scope_names(concerned[0]), min(row.since for row in concerned)
        severity = "danger" if status in ("denied", "error") else "warning"
        several = len(refs) > 1
        text = f"{word} for {format_count(len(refs), 'table')}" if several else f"{scopes}: {word}"
        found.append(
            Attention(
                severity,
                refs,
                text,
                since,
                "coverage",
                cause=scopes if several else "",
                kind=EntryKind.COVERAGE,
                status=status,
                newest=max(row.newest for row in concerned),
            )
        )
    return found


def _list_moved(by_ref: Mapping[TableRef, TableSummary], moves: Sequence[Any]) -> list[Attention]:
    found = []
    for row in moves:
        table = by_ref.get(TableRef(row.schema, row.name))
        if table is None or table.rows is None or row.since is None:
            continue
        before = table.rows - row.recent
        if before <= 0 or abs(row.recent) < GROWTH_SHARE * before:
            continue
        verb = "grew" if row.recent > 0 else "fell"
        at = datetime(row.since.year, row.since.month, row.since.day, tzinfo=UTC)
        if table.changed_at and table.changed_at.astimezone(UTC).date() == row.since:
            at = table.changed_at
        text = f"{verb} by {abs(row.recent):,} ({format_percent(abs(row.recent), before)}) in 7 days"
        found.append(Attention("warning", (table.ref,), text, at, "changes"))
    return found


def _list_exposed(by_ref: Mapping[TableRef, TableSummary], exposures: Sequence[Any]) -> list[Attention]:
    """Resources that opened and are open still, one line a table."""
    opened, _ = list_opened_and_closed(exposures)
    return [
        Attention(
            "danger",
            (ref,),
            f"{format_count(len(turned), 'resource')} became public",
            min(one.at for one in turned),
            "rows",
            only=OPENED_THIS_WEEK,
        )
        for ref, turned in opened.items()
        if ref in by_ref
    ]


def _shorten_text(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return cut_at_word(line, 90)
