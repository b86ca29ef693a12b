"""The overview as components: figures with what qualifies them, charts, and what needs attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.charts import graph_panel
from layouts.components.feedback import note, relative_time
from layouts.components.page import Children, figure
from layouts.inventory import addresses, ids
from layouts.inventory.overview import bars, charts
from layouts.inventory.overview.attention import attention
from layouts.inventory.overview.empty import nothing
from layouts.inventory.overview.week import week
from services.models.inventory import Freshness, Overview, TableSummary

ARROWS = {True: "▲", False: "▼"}
MOSTLY = 0.5
# a warning above the page from this share of tables that missed a run
STALE_SHARE = 0.5
UNREAD = "nothing was read yet today"
UTC_DAY = "Days begin at midnight UTC"


def subtitle(shown: Overview) -> list[Any]:
    """Where the numbers come from and how new the newest is."""
    scheduled = sum(1 for table in shown.tables if table.schedule_id is not None)
    newest = max((t.updated_at for t in shown.loaded if t.updated_at), default=None)
    words = ["What we run, where, and what changed."]
    if newest is None:
        return words
    source = f"Data from {scheduled} {'schedule' if scheduled == 1 else 'schedules'}, newest"
    return [
        f"{words[0]} {source if scheduled else 'No schedule keeps it up to date; newest'} ",
        relative_time(newest, shown.at),
        ".",
    ]


def body(shown: Overview, dark: bool, engineer: bool) -> list[Any]:
    """Everything between the header and the list of tables."""
    if not shown.loaded:
        return [nothing(shown, engineer)]
    return [*banners(shown, engineer), figures(shown), week(shown), grid(shown, dark)]


def banners(shown: Overview, engineer: bool) -> list[Any]:
    """What puts all numbers in doubt, said first."""
    late = [table for table in shown.loaded if table.freshness is Freshness.LATE]
    if len(late) < 2 or len(late) < STALE_SHARE * len(shown.loaded):
        return []
    return [
        note(
            f"{len(late)} of {len(shown.loaded)} tables missed a run",
            "What you see is older than the schedules promise."
            " The scheduler may be down, or credentials may have expired.",
            "warning",
            action=dcc.Link("Schedules", href="/schedules", className="btn btn-outline-secondary btn-sm")
            if engineer
            else None,
        )
    ]


def figures(shown: Overview) -> html.Div:
    """Six numbers, each with what qualifies it and a link to what is behind it."""
    tables = shown.loaded
    unknown = len(shown.tables) - len(tables)
    providers = {table.provider for table in tables}
    change = None if shown.week_ago is None else shown.resources - shown.week_ago
    if change is None:
        first = shown.days[0] if shown.days else None
        week: Children = f"history since {first:%b %-d}" if first else "no history yet"
    elif change == 0:
        week = "no change this week"
    else:
        week = [
            html.Span(
                f"{ARROWS[change > 0]} {abs(change):,} this week",
                className=f"tone-{'success' if change > 0 else 'danger'}",
            )
        ]
        # a table's first load is no growth of the cloud
        first_read = change - _count_in_week(shown, "added") + _count_in_week(shown, "removed")
        if first_read > 0 and not shown.filter.region:
            week.append(html.Span(f"{first_read:,} newly tracked", className="figure-line"))
    missing = shown.scopes_total - shown.scopes_ok
    today = shown.changes[-1] if shown.changes and shown.changes[-1].day == shown.at.date() else None
    region = bool(shown.filter.region)
    wanted = shown.filter
    if today is not None and not region and not today.scopes_total:
        # what no run has looked for today is not known to be nought
        today = None
    all_resources = {
        name: value for name, value in (("provider", wanted.provider), ("region", wanted.region)) if value
    }
    return html.Div(
        [
            _linked(addresses.resources(**all_resources), "Resources", f"{shown.resources:,}", week),
            _linked(
                f"#{ids.TABLES}",
                "Tables",
                f"{len(tables):,}",
                f"{len(providers)} {'provider' if len(providers) == 1 else 'providers'}"
                + (f", {unknown} never loaded" if unknown else ""),
            ),
            _linked(
                f"#{ids.ATTENTION}",
                "Coverage",
                f"{shown.scopes_ok:,} of {shown.scopes_total:,}" if shown.scopes_total else "–",
                f"{shown.uncovered_words or f'{missing} not read'} since {since_words(shown.uncovered_since, shown.at)}"
                if missing
                else "every scope was read"
                if shown.scopes_total
                else "no scope names this region",
                "warning" if missing else "",
                "warning" if missing else "",
                "A scope is what is read in one piece: of a table, a region, a project or an account.",
            ),
            _linked(
                addresses.changes(
                    provider=wanted.provider, day=shown.at.date(), kind="" if region else "added"
                ),
                "Grew today" if region else "Added today",
                _signed("+", today.added if today else None),
                "net of each table"
                if region
                else _lines(
                    _in_week(shown, "added"),
                    mostly(tables, lambda t: t.added, "nothing appeared") if today else UNREAD,
                ),
                "success" if today and today.added else "",
                hint=UTC_DAY,
            ),
            _linked(
                addresses.changes(
                    provider=wanted.provider, day=shown.at.date(), kind="" if region else "removed"
                ),
                "Shrank today" if region else "Removed today",
                _signed("−", today.removed if today else None),
                "net of each table"
                if region
                else _lines(
                    _in_week(shown, "removed"),
                    mostly(tables, lambda t: t.removed, "nothing vanished") if today else UNREAD,
                ),
                "danger" if today and today.removed else "",
                hint=UTC_DAY,
            ),
            _oldest(shown),
        ],
        className="figures",
    )


def _signed(sign: str, count: int | None) -> str:
    return "–" if count is None else f"{sign}{count:,}" if count else "0"


def _in_week(shown: Overview, kind: str) -> str:
    """`489 in 7 days`."""
    return f"{_count_in_week(shown, kind):,} in 7 days"


def _count_in_week(shown: Overview, kind: str) -> int:
    return sum(getattr(day, kind) for day in shown.changes if (shown.at.date() - day.day).days < 7)


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


def grid(shown: Overview, dark: bool) -> html.Div:
    """The charts in their places; style.css decides how many stand side by side."""
    wanted = shown.filter
    region = bool(wanted.region)

    def chart(name: str, title: str, made: dict[str, Any], words: Children, place: str) -> html.Section:
        return graph_panel(
            ids.chart(name),
            title,
            made,
            name=title,
            csv=addresses.chart_csv(name, wanted),
            note=words,
            className=f"place-{place}",
        )

    period = f"last {len(shown.days)} days" if len(shown.days) > 1 else "first day"
    small = "half" if region else "small"
    panels = [
        chart(
            "over-time",
            "Resources over time",
            charts.over_time(shown, dark),
            [
                f"by provider, {period}",
                html.Span(
                    " · strip: scopes read",
                    className="wide-only",
                    title="Green: every scope was read that day. Amber: some were not.",
                )
                if any(day.scopes_total for day in shown.changes)
                else None,
            ],
            "time",
        ),
        chart("where", "Where they are", charts.where(shown, dark), "provider → service → table", "where"),
        chart(
            "changes",
            "Net change by day" if region else "Changes by day",
            charts.changes_by_day(shown, dark),
            "in this region" if region else "added, changed, removed",
            "changes",
        ),
        attention(shown),
        chart("types", "By type", bars.type_bars(shown, dark), "largest tables", small),
    ]
    titles = {"region": "By region", "state": "By state", "account": "By account", "owner": "By owner tag"}
    for dimension, title in titles.items():
        # how a region divides further is not recorded, and unfiltered numbers would be taken for filtered ones
        if not region and any(share.value for share in shown.shares.get(dimension, ())):
            made = bars.share_bars(shown, dimension, dark)
            panels.append(chart(dimension, title, made, "top values", "small"))
    panels.append(
        chart(
            "freshness",
            "Age of the data",
            bars.ages(shown, dark),
            "a dot a table" if len(shown.loaded) <= bars.MOST_DOTS else "a dot: tables of one age",
            small,
        )
    )
    return html.Div(panels, className="overview-grid")
