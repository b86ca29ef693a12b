"""The overview's six numbers, each with what qualifies it and a link to what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.page import Children, figure
from layouts.inventory import addresses, ids
from services.models.inventory import DayChanges, Overview, TableSummary
from services.models.wording import counted

ARROWS = {True: "▲", False: "▼"}
MOSTLY = 0.5
UNREAD = "nothing was read yet today"
UTC_DAY = "Days begin at midnight UTC"
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
    return html.Div(
        [
            _resources(shown),
            _tables(shown),
            _coverage(shown),
            _moved_today(shown, "added"),
            _moved_today(shown, "removed"),
            _oldest(shown),
        ],
        className="figures",
    )


def _resources(shown: Overview) -> Any:
    chosen = (("provider", shown.filter.provider), ("region", shown.filter.region))
    href = addresses.resources(**{name: value for name, value in chosen if value})
    return _linked(href, "Resources", f"{shown.resources:,}", _week_words(shown))


def _week_words(shown: Overview) -> Children:
    """How the number moved in a week."""
    if shown.week_ago is None:
        first = shown.days[0] if shown.days else None
        return f"history since {first:%b %-d}" if first else "no history yet"
    change = shown.resources - shown.week_ago
    if change == 0:
        return "no change this week"
    # neither is worse than the other
    words: list[Any] = [f"{ARROWS[change > 0]} {abs(change):,} this week"]
    # a table's first load is no growth of the cloud
    first_read = change - _count_in_week(shown, "added") + _count_in_week(shown, "removed")
    if first_read > 0 and not shown.filter.region:
        words.append(html.Span(f"{first_read:,} newly tracked", className="figure-line"))
    return words


def _count_in_week(shown: Overview, kind: str) -> int:
    return sum(getattr(day, kind) for day in shown.changes if (shown.at.date() - day.day).days < WEEK_DAYS)


def _tables(shown: Overview) -> Any:
    tables = shown.loaded
    unknown = len(shown.tables) - len(tables)
    providers = len({table.provider for table in tables})
    words = counted(providers, "provider")
    return _linked(
        f"#{ids.TABLES}",
        "Tables",
        f"{len(tables):,}",
        words + (f", {unknown} never loaded" if unknown else ""),
    )


def _coverage(shown: Overview) -> Any:
    """How many scopes were read whole when last tried."""
    missing = shown.scopes_total - shown.scopes_ok
    tone = "warning" if missing else ""
    if missing:
        since = since_words(shown.uncovered_since, shown.at)
        words = f"{shown.uncovered_words or f'{missing} not read'} since {since}"
    else:
        words = "every scope was read" if shown.scopes_total else "no scope names this region"
    return _linked(
        f"#{ids.ATTENTION}",
        "Coverage",
        f"{shown.scopes_ok:,} of {shown.scopes_total:,}" if shown.scopes_total else "–",
        words,
        tone,
        tone,
        "A scope is what is read in one piece: of a table, a region, a project or an account.",
    )


def _today(shown: Overview) -> DayChanges | None:
    """What changed today; None where no run has looked yet, for it is not known to be nought."""
    newest = shown.changes[-1] if shown.changes else None
    if newest is None or newest.day != shown.at.date():
        return None
    # of a region it is not recorded what was read
    return newest if shown.filter.region or newest.scopes_total else None


def _moved_today(shown: Overview, kind: str) -> Any:
    """What was added today, or removed; of a region the net change of each table."""
    move, today, net = MOVES[kind], _today(shown), bool(shown.filter.region)
    count = getattr(today, kind) if today else None
    if net:
        words: Children = "net of each table"
    else:
        where = mostly(shown.loaded, lambda table: int(getattr(table, kind)), move.none) if today else UNREAD
        words = _lines(f"{_count_in_week(shown, kind):,} in {WEEK_DAYS} days", where)
    return _linked(
        addresses.changes(provider=shown.filter.provider, day=shown.at.date(), kind="" if net else kind),
        move.net_label if net else move.label,
        _signed(move.sign, count),
        words,
        hint=UTC_DAY,
    )


def _signed(sign: str, count: int | None) -> str:
    return "–" if count is None else f"{sign}{count:,}" if count else "0"


def _lines(*words: str) -> list[Any]:
    """Each on a line of its own, cut where it is too long."""
    return [html.Span(one, className="figure-line", title=one) for one in words]


def _oldest(shown: Overview) -> Any:
    if shown.oldest is None:
        return figure("Oldest data", "–", "nothing was read yet")
    hours = (shown.at - shown.oldest.at).total_seconds() / 3600
    value = (
        f"{round(hours * 60)} min"
        if hours < 1
        else f"{round(hours)} h"
        if hours < 48
        else f"{round(hours / 24)} d"
    )
    reason = shown.oldest.reason
    tone = "danger" if "missed" in reason else "warning" if reason else ""
    return _linked(
        addresses.table(shown.oldest.table, "coverage"),
        "Oldest data",
        value,
        f"{shown.oldest.table.label}: {reason}" if reason else shown.oldest.table.label,
        tone,
        note_tone=tone,
    )


def _linked(
    href: str,
    label: str,
    value: Children,
    words: Children,
    tone: str = "",
    note_tone: str = "",
    hint: str | None = None,
) -> Any:
    noted = html.Span(words, className=f"tone-{note_tone}") if note_tone else words
    box = figure(label, value, noted, tone)
    if href.startswith("#"):
        return html.A(box, href=href, className="figure-link", title=hint)
    return dcc.Link(box, href=href, className="figure-link", title=hint)


def mostly(tables: Sequence[TableSummary], count: Callable[[TableSummary], int], none: str) -> str:
    """Which table most of a number comes from."""
    total = sum(count(table) for table in tables)
    if not total:
        return none
    largest = max(tables, key=count)
    touched = sum(1 for table in tables if count(table))
    if touched == 1:
        return f"all in {largest.ref.label}"
    return f"mostly {largest.ref.label}" if count(largest) >= MOSTLY * total else f"in {touched} tables"


def since_words(moment: datetime | None, now: datetime) -> str:
    """`09:12` today, `Tue` within the week, else `Nov 3`."""
    if moment is None:
        return "the first run"
    days = (now.date() - moment.date()).days
    return f"{moment:%H:%M}" if days == 0 else f"{moment:%a}" if days < 7 else f"{moment:%b %-d}"
