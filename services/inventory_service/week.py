"""What happened in the last seven days, in a few sentences that a manager can repeat. Pure functions over rows."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.db.inventory import LARGEST_TABLES
from services.inventory_service.exposure import OPENED_THIS_WEEK, list_opened_and_closed
from services.inventory_service.overview import format_scope_names
from services.models.core import ScopeStatus
from services.models.inventory import News, TableRef, TableSummary
from services.models.wording import describe_scope_status, format_count, format_day, format_percent

MOST_NEWS = 8
MOST_MOVES = 2
# a table that moved by less is not worth a sentence
MOVED_SHARE = 0.02
MOVED_REGION = 0.03
# a day is a burst from this many times the usual day on
BURST = 1.3
LEAST_BURST = 20
HALF = 0.5
NAMED_TABLES = 2


def list_news(
    tables: Sequence[TableSummary],
    steps: Sequence[Any],
    moves: Sequence[Any],
    signals: Sequence[Any],
    uncovered: Sequence[Any],
    week: date,
    now: datetime,
) -> tuple[News, ...]:
    """The week's news: what is open or unread now, what moved, what is over. week: the day before its first."""
    by_ref = {table.ref: table for table in tables}
    recent = [row for row in steps if row.day > week]
    opened, closed = list_opened_and_closed(row for row in signals if row.kind == "exposure")
    found = [
        News(
            "opened",
            ref.label,
            f"{_count(turned)} became public and {_conjugate_verb(len(turned), 'is')} still",
            ref,
            tab="rows",
            only=OPENED_THIS_WEEK,
        )
        for ref, turned in opened.items()
        if ref in by_ref
    ]
    found += _list_unread(uncovered, by_ref, now)
    found += _list_regions([row for row in signals if row.kind == "region"], len(tables) > LARGEST_TABLES)
    piled = [row for row in signals if row.kind == "state"]
    found += _list_moved(moves, {ref: table for ref, table in by_ref.items() if ref not in _list_refs(piled)})
    found += _find_burst(recent, now.date())
    found += _list_piled(piled, by_ref)
    found += [
        News(
            "closed",
            ref.label,
            f"{_count(turned)} {_conjugate_verb(len(turned), 'was')} public,"
            f" closed again {_format_day([one.at for one in turned], now)}",
            ref,
        )
        for ref, turned in closed.items()
        if ref in by_ref
    ]
    dark = {by_ref[ref].provider for ref in _list_refs(uncovered) if ref in by_ref}
    found += _read_again(recent, dark, now.date())
    return tuple(found[:MOST_NEWS])


def _count(of: Sequence[Any]) -> str:
    return format_count(len(of), "resource")


def _conjugate_verb(count: int, verb: str) -> str:
    return verb if count == 1 else {"is": "are", "was": "were"}[verb]


def _format_day(times: Sequence[datetime], now: datetime) -> str:
    return format_day(max(times).date(), now.date())


def _list_refs(rows: Iterable[Any]) -> list[TableRef]:
    return [TableRef(row.schema, row.name) for row in rows]


def _list_unread(rows: Sequence[Any], by_ref: Mapping[TableRef, TableSummary], now: datetime) -> list[News]:
    """Scopes that went dark in this week and still are; one line for all tables of the same scopes."""
    causes: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in rows:
        if row.status != ScopeStatus.ADDITIVE and TableRef(row.schema, row.name) in by_ref:
            causes[row.status, *row.some, str(row.scopes)].append(row)
    found = []
    for concerned in causes.values():
        first, since = concerned[0], min(row.since for row in concerned)
        where = "" if len(concerned) == 1 else f" in {len(concerned)} tables"
        kept = sum(row.rows or 0 for row in concerned)
        rest = f"; {format_count(kept, 'row')} from before" if kept else ""
        text = (
            f"{describe_scope_status(first.status)}{where} since {format_day(since.date(), now.date())}{rest}"
        )
        found.append(
            News(
                "unread", format_scope_names(first), text, TableRef(first.schema, first.name), tab="coverage"
            )
        )
    return found


def _list_moved(moves: Sequence[Any], by_ref: Mapping[TableRef, TableSummary]) -> list[News]:
    found: list[News] = []
    for row in sorted(moves, key=lambda one: -abs(one.recent)):
        table = by_ref.get(TableRef(row.schema, row.name))
        before = (table.rows or 0) - row.recent if table is not None else 0
        if table is None or before <= 0 or abs(row.recent) < MOVED_SHARE * before:
            continue
        verb = "grew" if row.recent > 0 else "fell"
        text = f"{verb} by {abs(row.recent):,} ({_share(abs(row.recent), before)})"
        found.append(News(verb, table.ref.label, text, table.ref))
    return found[:MOST_MOVES]


def _list_regions(rows: Sequence[Any], of_largest: bool) -> list[News]:
    """The regions that grew or shrank most. rows: their resources now and a week ago, the largest step first.

    of_largest: there are more tables than were asked.
    """
    found = []
    for row in rows:
        step = row.rows - row.earlier
        if row.earlier and abs(step) >= MOVED_REGION * row.earlier:
            verb = "grew" if step > 0 else "fell"
            text = f"{verb} by {abs(step):,} ({_share(abs(step), row.earlier)})"
            text += f" in the {LARGEST_TABLES} largest tables" if of_largest else f" to {row.rows:,}"
            found.append(News(verb, row.key, text, region=row.key))
    return found[:MOST_MOVES]


def _share(part: int, whole: int) -> str:
    return format_percent(part, whole) if part < 10 * whole else f"{part // whole} times"


def _find_burst(steps: Sequence[Any], today: date) -> list[News]:
    """The day on which far more came and went than usual."""
    by_day: dict[date, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in steps:
        by_day[row.day][row.provider] = row.added, row.removed
    totals = {day: sum(added + removed for added, removed in rows.values()) for day, rows in by_day.items()}
    if len(totals) < 3:
        return []
    day = max(totals, key=lambda one: (totals[one], one))
    if totals[day] < LEAST_BURST or totals[day] < BURST * statistics.median(totals.values()):
        return []
    added, removed = (sum(pair[i] for pair in by_day[day].values()) for i in (0, 1))
    provider = max(by_day[day], key=lambda one: sum(by_day[day][one]))
    mostly = sum(by_day[day][provider]) >= HALF * totals[day]
    text = f"the busiest day: {added:,} appeared, {removed:,} vanished"
    return [News("burst", format_day(day, today), text + (f", mostly {provider}" if mostly else ""), day=day)]


def _list_piled(rows: Sequence[Any], by_ref: Mapping[TableRef, TableSummary]) -> list[News]:
    """States that nobody wants more of, summed up over their tables."""
    by_state: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if TableRef(row.schema, row.name) in by_ref:
            by_state[row.key].append(row)
    found = []
    for state, concerned in by_state.items():
        concerned.sort(key=lambda row: row.earlier - row.rows)
        more = sum(row.rows - row.earlier for row in concerned)
        refs = _list_refs(concerned)
        rest = len(refs) - NAMED_TABLES
        named = ", ".join(ref.label for ref in refs[:NAMED_TABLES]) + (
            f" and {rest} more" if rest > 0 else ""
        )
        total = sum(row.rows for row in concerned)
        found.append(News("piled", state, f"{more:,} more, now {total:,}: {named}", refs[0], tab="charts"))
    return found


def _read_again(steps: Sequence[Any], dark: set[str], today: date) -> list[News]:
    """Providers that could not be read whole on days of this week, and were on the newest."""
    missing: dict[str, dict[date, int]] = defaultdict(dict)
    for row in steps:
        missing[row.provider][row.day] = row.scopes_total - row.scopes_ok
    found = []
    for provider, by_day in missing.items():
        days = sorted(day for day, count in by_day.items() if count > 0)
        if not days or provider in dark or by_day[max(by_day)] > 0:
            continue
        most = max(by_day.values())
        first, last = format_day(days[0], today), format_day(days[-1], today)
        when = f"on {first}" if len(days) == 1 else f"between {first} and {last}"
        text = f"all scopes are read again; {format_count(most, 'scope')} {_conjugate_verb(most, 'was')} missing {when}"
        found.append(News("read", provider, text, provider=provider, day=days[-1]))
    return found
