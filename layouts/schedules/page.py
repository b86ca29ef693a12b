"""The Schedules page: what keeps which table up to date, when, and how it went.

What is shown is in the URL (`?q=…&status=…&sort=-rows&schedule=3&runs=2&run=17`, `?new=12`, `?edit=3`, with a
scope to take out in `without`); assets/schedules/page.js keeps the two in step through the Store VIEW, and shows the
panel and the form, which are always in the page.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.confirm import confirmation
from layouts.components.page import header, hidden_label, icon
from layouts.schedules import bulk, form, ids, jobs, notify
from services.models import url_words

STORES = (
    ids.ACTION,
    ids.BULK,
    ids.BULK_DONE,
    ids.BULK_ASKED,
    ids.BULK_NOTIFY_ASKED,
    ids.BULK_NOTIFY_CHECKED,
    ids.DONE,
    ids.CHANGED,
    ids.LIST_VERSION,
    ids.PANEL_VERSION,
    ids.DELETE_ID,
    ids.SHOWN,
)
TICK_MS = 1_000
IDLE_TICK_MS = 15_000
# the parts of a view that a URL may name, each with what it may be
NUMBERS = ("schedule", "run", "edit", "runs")
WORDS = ("q", "status", "sort", "tab", "new", "provider", "owner", url_words.WITHOUT)


def read_view(arguments: dict[str, Any]) -> dict[str, Any]:
    """The view that a URL's query arguments name; what makes no sense is left out."""
    view: dict[str, Any] = {name: _parse_number(arguments.get(name)) for name in NUMBERS}
    for name in WORDS:
        view[name] = str(arguments.get(name) or "")[:200]
    return view


def _parse_number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def layout(**arguments: Any) -> html.Div:
    """The page as its URL describes it; callbacks fill it."""
    view = read_view(arguments)
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data=view),
            *[dcc.Store(id=id) for id in STORES],
            dcc.Interval(id=ids.TICK, interval=IDLE_TICK_MS),
            header(
                "Schedules",
                html.Span("Saved queries that keep tables up to date", id=ids.SUMMARY),
                actions=html.Button(
                    [icon("bi-plus-lg"), html.Span("Add schedule")],
                    type="button",
                    className="btn btn-primary",
                    **{"data-schedules": "new"},
                ),
            ),
            html.Div(
                [
                    hidden_label(
                        "Filter schedules",
                        dbc.Input(
                            id=ids.SEARCH,
                            type="search",
                            placeholder="Filter by query, table or owner",
                            value=view["q"],
                            autocomplete="off",
                        ),
                        "schedules-search",
                    ),
                    html.Div(
                        id=ids.FILTERS,
                        className="schedules-filters",
                        role="group",
                        **{"aria-label": "Filter by status"},
                    ),
                ],
                className="schedules-bar",
            ),
            bulk.bar(),
            html.Div(id=ids.BULK_PROGRESS, className="bulk-progress", role="status", hidden=True),
            html.Div(_loading(), id=ids.LIST),
            jobs.section(),
            html.Aside(
                [
                    html.Div(
                        [
                            html.H2(id=ids.PANEL_TITLE, className="schedules-panel-title", tabIndex=-1),
                            html.Button(
                                icon("bi-x-lg"),
                                type="button",
                                className="icon-button",
                                title="Close (Esc)",
                                **{"data-schedules": "close", "aria-label": "Close the panel"},
                            ),
                        ],
                        className="schedules-panel-head",
                    ),
                    html.Div(id=ids.PANEL_BODY, className="schedules-panel-body"),
                ],
                id=ids.PANEL,
                className="schedules-panel",
                hidden=view["schedule"] is None,
                **{"aria-labelledby": ids.PANEL_TITLE},
            ),
            form.form(),
            notify.dialog(),
            confirmation(ids.BULK_CONFIRM, "Delete the schedules", "Delete schedules"),
            confirmation(
                ids.DELETE,
                "Delete the schedule",
                "Delete schedule",
                html.Div(
                    [
                        html.Div(id=ids.DELETE_WHAT),
                        html.Div(
                            dbc.RadioItems(
                                id=ids.DELETE_TABLE,
                                options=[
                                    {"label": "Keep the table as it is now", "value": "keep"},
                                    {"label": "Drop the table as well", "value": "drop"},
                                ],
                                value="keep",
                            ),
                            id=ids.DELETE_CHOICE,
                            className="schedules-delete-choice",
                        ),
                    ]
                ),
            ),
        ],
        id=ids.PAGE,
        className="schedules-page",
    )


def _loading() -> html.Div:
    return html.Div(
        [html.Div(className="skeleton-line") for _ in range(6)],
        className="panel skeleton",
        **{"aria-label": "Loading"},
    )
