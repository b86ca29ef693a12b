"""The overview's card of what happened since the person was last here, of all tables whatever is filtered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import dcc, html

from layouts.components.feedback import deltas, relative_time
from layouts.components.figures import covered_panel
from layouts.components.page import Children, icon
from layouts.inventory import addresses, ids
from services.models import page_links
from services.models.inbox import EntryKind, InboxEntry
from services.models.inbox_list import SinceLast
from services.models.url_values import Days
from services.models.wording import format_count, format_day

NAMED = 2


def since_last(told: SinceLast) -> html.Section:
    """Runs that failed, coverage that was lost, watches that fired, what changed most, each with where to see it."""
    dismiss = html.Button(
        [icon("bi-x-lg")],
        id=ids.SINCE_DISMISS,
        type="button",
        className="icon-button",
        title="Dismiss until the next visit",
        **{"aria-label": "Dismiss what happened since you were last here"},
    )
    content = html.Dl(
        [
            _part("Runs failed", _failed(told)),
            _part("Coverage lost", _entries(told.lost, EntryKind.COVERAGE, "no scope")),
            _part("Your watches", _entries(told.watches, EntryKind.WATCH, "nothing")),
            _part("Changed most", _moved(told), "wide"),
        ],
        className="since-parts",
    )
    return covered_panel(
        "Since you were last here",
        content,
        told.reading,
        told.at,
        note=relative_time(told.since, told.at),
        tools=dismiss,
        brief=True,
        className="since-last",
    )


def _part(label: str, words: Children, className: str = "") -> html.Div:
    return html.Div([html.Dt(label), html.Dd(words)], className=className)


def _failed(told: SinceLast) -> Children:
    if not told.failed_runs:
        return html.Span("none", className="text-muted-2")
    more = " or more" if told.failed_cut else ""
    words = f"{told.failed_runs:,}{more} of {format_count(told.failed_tables, 'table')}"
    return dcc.Link(words, href=page_links.link_inbox(kind=EntryKind.RUN), className="tone-danger")


def _entries(found: Sequence[InboxEntry], kind: EntryKind, none: str) -> Children:
    if not found:
        return html.Span(none, className="text-muted-2")
    rest = len(found) - NAMED
    lines: list[Any] = [
        html.Div(
            [
                dcc.Link(one.title, href=one.href, className="given"),
                html.Span(one.text, className="since-text"),
            ],
            title=one.text,
        )
        for one in found[:NAMED]
    ]
    if rest > 0:
        lines.append(html.Div(dcc.Link(f"and {rest:,} more", href=page_links.link_inbox(kind=kind))))
    return lines


def _moved(told: SinceLast) -> Children:
    """The tables with most changes on the day of the last visit or later, since changes are counted by day."""
    days = Days(told.day, date.max)
    when = format_day(told.day, told.at.date())
    if not told.moved:
        return html.Span(f"nothing since {when}", className="text-muted-2")
    lines: list[Any] = [
        html.Div(
            [
                dcc.Link(
                    one.table.label,
                    href=addresses.table(one.table, "changes", day=str(days)),
                    className="given",
                ),
                " ",
                html.Span(deltas(one.added, one.removed, one.changed)),
            ]
        )
        for one in told.moved
    ]
    everything = addresses.changes(provider="", region="", day=days)
    return [*lines, html.Div(dcc.Link(f"All changes since {when} (UTC)", href=everything))]
