"""The overview's six numbers, each with what qualifies it and a link to what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html

from layouts.components import figures as parts
from layouts.components.figures import Figure
from layouts.components.page import Children
from layouts.inventory import addresses, ids
from services.models.coverage import NEVER, NotApplicable, Reading, apart, make_coverage
from services.models.inventory import DayChanges, Overview, TableSummary
from services.models.wording import format_age, format_count, format_day, format_exact_time

ARROWS = {True: "▲", False: "▼"}
MOSTLY = 0.5
UNREAD = "not read yet today"
UTC_DAY = "Today is the UTC day"

WEEK_DAYS = 7


@dataclass(frozen=True)
class Move:
    """Words for what came or went today. net_label: of a region, of which only the net change is recorded."""

    label: str
    net_label: str
    sign: str
    none: str


MOVES = {
    "added": Move("Added today", "Grew today", "+", "nothing appeared"),
    "removed": Move("Removed today", "Shrank today", "−", "nothing vanished"),
}


def figures(shown: Overview) -> html.Div:
    """Six numbers, each with what qualifies it and a link to what is behind it."""
    return parts.figures(
        [
            _resources(shown),
            _tables(shown),
            _coverage(shown),
            _change_figure(shown, "added"),
            _change_figure(shown, "removed"),
            _oldest(shown),
        ],
        shown.at,
    )


def _resources(shown: Overview) -> Figure:
    chosen = (("provider", shown.filter.provider), ("region", shown.filter.region))
    return Figure(
        "Resources",
        shown.resources,
        reading=shown.reading,
        trend=_week_words(shown),
        link=addresses.resources(**{name: value for name, value in chosen if value}),
    )


def _week_words(shown: Overview) -> Children:
    """How the number moved in a week."""
    if shown.week_ago is None:
        first = shown.days[0] if shown.days else None
        return f"history since {format_day(first, shown.at.date())}" if first else "no history yet"
    change = shown.resources - shown.week_ago
    if change == 0:
        return "no change this week"
    # fewer is not worse: somebody may have tidied up
    words = [html.Span(f"{ARROWS[change > 0]} {abs(change):,} this week")]
    # a table's first load is no growth of the cloud
    first_read = change - _count_in_week(shown, "added") + _count_in_week(shown, "removed")
    if first_read > 0 and not shown.filter.region:
        words.append(html.Span(f"{first_read:,} newly tracked", className="figure-line"))
    return words


def _count_in_week(shown: Overview, kind: str) -> int:
    return sum(getattr(day, kind) for day in shown.changes if (shown.at.date() - day.day).days < WEEK_DAYS)


def _tables(shown: Overview) -> Figure:
    tables = shown.loaded
    unknown = len(shown.tables) - len(tables)
    words = format_count(len({table.provider for table in tables}), "provider")
    return Figure(
        "Tables",
        len(tables),
        reading=apart("the tables that have been loaded, counted now"),
        trend=words + (f", {unknown} never loaded" if unknown else ""),
        link=f"#{ids.TABLES}",
    )


def _coverage(shown: Overview) -> Figure:
    """How many scopes were read whole when last tried."""
    missing = shown.scopes_total - shown.scopes_ok
    tone = "warning" if missing else ""
    words: Children = "every scope was read" if shown.scopes_total else "coverage is not recorded"
    if missing:
        since = format_since(shown.uncovered_since, shown.at)
        said = f"{shown.uncovered_words or f'{missing} not read'} since {since}"
        words = html.Span(said, className="tone-warning")
    return Figure(
        "Coverage",
        f"{shown.scopes_ok:,} of {shown.scopes_total:,}" if shown.scopes_total else None,
        reading=Reading(
            NotApplicable("scopes that were read whole when last tried"), shown.reading.as_of, shown.unread
        ),
        trend=words,
        link=f"#{ids.ATTENTION}",
        tone=tone,
        hint="A scope is what is read in one piece: of a table, a region, a project or an account.",
    )


def _today(shown: Overview) -> DayChanges | None:
    """What changed today; None where no run has looked yet, for it is not known to be nought."""
    newest = shown.changes[-1] if shown.changes else None
    if newest is None or newest.day != shown.at.date():
        return None
    # of a region it is not recorded what was read
    return newest if shown.filter.region or newest.scopes_total else None


def _read_today(shown: Overview, today: DayChanges | None) -> Reading:
    """What of today is known: of a region its scopes, else those of the tables that were read today."""
    if today is None:
        return Reading(NotApplicable(UNREAD), shown.reading.as_of)
    if shown.filter.region:
        return shown.reading
    return Reading(make_coverage(today.scopes_ok, today.scopes_total), shown.reading.as_of, shown.unread)


def _change_figure(shown: Overview, kind: str) -> Figure:
    """What was added today, or removed; of a region the net change of each table."""
    move, today, net = MOVES[kind], _today(shown), bool(shown.filter.region)
    count = getattr(today, kind) if today else None
    if net:
        words: Children = "added minus removed"
    else:
        where = (
            name_main_table(shown.loaded, lambda table: int(getattr(table, kind)), move.none)
            if today
            else UNREAD
        )
        words = _lines(f"{_count_in_week(shown, kind):,} in {WEEK_DAYS} days", where)
    return Figure(
        move.net_label if net else move.label,
        None if count is None else f"{move.sign}{count:,}" if count else "0",
        reading=_read_today(shown, today),
        trend=words,
        link=addresses.changes(
            provider=shown.filter.provider,
            region=shown.filter.region,
            day=shown.at.date(),
            kind="" if net else kind,
        ),
        hint=UTC_DAY,
    )


def _lines(*words: str) -> list[Any]:
    """Each on a line of its own, cut where it is too long."""
    return [html.Span(one, className="figure-line", title=one) for one in words]


def _oldest(shown: Overview) -> Figure:
    itself = NotApplicable("the rows that were confirmed longest ago")
    if shown.oldest is None:
        return Figure("Oldest data", None, reading=Reading(itself, NEVER))
    reason = shown.oldest.reason
    tone = "danger" if "missed" in reason else "warning" if reason else ""
    label = shown.oldest.table.label
    return Figure(
        "Oldest data",
        format_age(shown.oldest.at, shown.at),
        reading=Reading(itself, NotApplicable(f"read {format_exact_time(shown.oldest.at)}")),
        trend=html.Span(
            [html.Span(label, className="mono"), f": {reason}" if reason else ""],
            className=f"tone-{tone}" if tone else None,
        ),
        link=addresses.table(shown.oldest.table, "coverage"),
        tone=tone,
    )


def name_main_table(tables: Sequence[TableSummary], count: Callable[[TableSummary], int], none: str) -> str:
    """Which table most of a number comes from."""
    total = sum(count(table) for table in tables)
    if not total:
        return none
    largest = max(tables, key=count)
    touched = sum(1 for table in tables if count(table))
    if touched == 1:
        return f"all in {largest.ref.label}"
    return f"mostly {largest.ref.label}" if count(largest) >= MOSTLY * total else f"in {touched} tables"


def format_since(moment: datetime | None, now: datetime) -> str:
    """`today`, `3 Nov`, or the first run where there was none before."""
    if moment is None:
        return "the first run"
    return "today" if moment.date() == now.date() else format_day(moment.date(), now.date())
