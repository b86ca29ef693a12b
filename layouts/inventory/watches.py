"""The page of one's watches: what is watched, how each stands, what it told and what it cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import cover, mark
from layouts.components.page import header as page_header
from layouts.components.page import icon
from layouts.inventory import addresses, ids
from layouts.inventory.change_entries import entries
from services.models import url_words
from services.models.core import Source
from services.models.coverage import Moments, NotApplicable, Reading, apart
from services.models.watches import (
    MOST_WATCHES,
    Watch,
    WatchEvent,
    WatchKind,
    describe_counts,
    describe_unread,
)

SYMBOLS = {
    WatchKind.TABLE: ("bi-table", "Table"),
    WatchKind.RESOURCE: ("bi-box", "Resource"),
    WatchKind.VIEW: ("bi-bookmark", "Saved view"),
    WatchKind.QUERY: ("bi-terminal", "Statement"),
}
EXPLAINED = (
    "What you want to be told of. Each run's changes come here once, with the values before and after. A first load is"
    " where a watch begins, and a scope that could not be read tells nothing."
)
OWN = apart("your own watches")
TOLD = "changes that runs found then; what could not be read is named above"


def layout(watch: str = "", **_arguments: Any) -> html.Div:
    """The page. watch: the one that a link leads to."""
    return html.Div(
        [
            page_header("Watches", EXPLAINED),
            dcc.Store(id=ids.WATCHES_PAGE, data=watch if watch.isascii() and watch.isdigit() else ""),
            html.Div(id=ids.WATCHES_LIST),
        ],
        className="inventory-page watches-page",
    )


def watches_list(watches: Sequence[Watch], now: datetime, chosen: int = 0) -> list[Any]:
    """The watches, the one that is chosen first and open; what is told last stands before what told nothing."""
    if not watches:
        return [
            empty_state(
                "bi-eye",
                "You watch nothing yet",
                "Press Watch on a table's or a resource's page, beside a saved view of Resources, or in the editor's"
                " menu for a statement over the inventory.",
                dcc.Link("Open the inventory", href=addresses.PAGE, className="btn btn-primary"),
            )
        ]
    ordered = sorted(
        watches,
        key=lambda one: (one.id == chosen, one.fired_at is not None, one.fired_at or one.created_at),
        reverse=True,
    )
    first = ordered[0].id
    return [
        html.P(
            f"{len(watches)} of at most {MOST_WATCHES} watches",
            className="text-muted-2",
            **mark(OWN),
        ),
        *(_watch(one, now, is_open=one.id == first) for one in ordered),
    ]


def _watch(one: Watch, now: datetime, *, is_open: bool) -> html.Section:
    symbol, kind = SYMBOLS[one.target.kind]
    name = html.Span(one.name, className="given")
    address = _lead(one)
    state = [
        html.Span(kind),
        html.Span(
            ["looked at ", relative_time(one.looked_at, now)],
            title="It is looked at when you come here or to your inbox, and a run changed it since",
        ),
        html.Span(["told ", relative_time(one.fired_at, now)] if one.fired_at else "has told nothing yet"),
    ]
    head = html.Div(
        [
            icon(symbol),
            html.H2(dcc.Link(name, href=address) if address else name, className="panel-title"),
            html.Div(state, className="watch-state"),
            html.Button(
                icon("bi-trash"),
                id=ids.remove_watch(one.id),
                type="button",
                className="icon-button",
                title="End this watch, with what it told",
                **{"aria-label": f"End the watch of {one.name}"},
            ),
        ],
        className="panel-head watch-head",
    )
    return html.Section(
        [head, html.Div([*_list_words(one, now), *_list_events(one, now, is_open)], className="panel-body")],
        className="panel watch",
        **mark(OWN),
    )


def _list_words(one: Watch, now: datetime) -> list[Any]:
    """What keeps it from telling anything, what it cannot see, and what else there is to know."""
    unread = describe_unread(one.unread, one.unread_count, now)
    lines = [
        ("bi-exclamation-triangle", "tone-danger", one.problem),
        ("bi-eye-slash", "tone-warning", unread),
        ("bi-info-circle", "", one.note),
    ]
    shown: list[Any] = []
    if one.target.kind in (WatchKind.VIEW, WatchKind.QUERY):
        text = one.target.text or "all resources"
        # a short statement is its name
        if text != one.name:
            shown.append(html.Pre(text, className="watch-text given", tabIndex=0))
    for symbol, tone, words in lines:
        if words:
            shown.append(
                html.P(
                    [html.Span(icon(symbol), className=tone), " ", html.Span(words, className="given")],
                    className="watch-line",
                )
            )
    return shown


def _list_events(one: Watch, now: datetime, is_open: bool) -> list[Any]:
    return [_event(one, event, now, is_open=is_open and place == 0) for place, event in enumerate(one.events)]


def _event(watch: Watch, event: WatchEvent, now: datetime, *, is_open: bool) -> html.Details:
    """What it told at one look: how much, and the newest changes with before and after."""
    reading = Reading(NotApplicable(TOLD), Moments(event.first_at, event.last_at))
    with_table = watch.target.kind is WatchKind.VIEW
    with_key = watch.target.kind is not WatchKind.RESOURCE
    shown: list[Any] = entries(event.changes, now, reading, with_table=with_table, with_key=with_key)
    if event.left_out or not event.whole:
        more = f"and {'at least ' * (not event.whole)}{event.left_out:,} more"
        table = watch.target.table
        link = dcc.Link("See them all", href=addresses.table(table, "changes")) if table else None
        shown.append(html.P([more, " " if link else None, link], className="text-muted-2"))
    return html.Details(
        [
            html.Summary([describe_counts(event), html.Span(relative_time(event.last_at, now))]),
            cover(shown, reading, "changes-list"),
        ],
        open=is_open,
        className="watch-event",
        **mark(reading),
    )


def _lead(one: Watch) -> str:
    """Where what is watched is seen; empty where a link would be too long."""
    target = one.target
    if target.table and target.kind is WatchKind.RESOURCE:
        return addresses.resource(target.table, target.key, target.scope)
    if target.table:
        return addresses.table(target.table, "changes")
    if target.kind is WatchKind.VIEW:
        return addresses.resources(find=target.text)
    address = f"/ide?{urlencode({'sql': target.text, url_words.SOURCE: Source.INVENTORY})}"
    return address if len(address) <= addresses.LONGEST_STATEMENT else ""
