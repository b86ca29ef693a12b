"""The Schedules page: what keeps which table up to date, when, and how it went.

What is shown is in the URL (`?q=…&status=…&sort=-rows&schedule=3&runs=2&run=17`, `?new=12`, `?edit=3`);
assets/schedules/page.js keeps the two in step through the Store VIEW, and shows the panel and the form, which are
always in the page.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.confirm import confirmation
from layouts.components.page import icon, labelled, page_header
from layouts.schedules import form as schedules_form
from layouts.schedules import jobs as schedules_jobs

PAGE = "schedules_page"
VIEW = "schedules_view"
ACTION = "schedules_action"
DONE = "schedules_done"
CHANGED = "schedules_changed"
LIST_VERSION = "schedules_list_version"
PANEL_VERSION = "schedules_panel_version"
SHOWN = "schedules_shown"
TICK = "schedules_tick"
SUMMARY = "schedules_summary"
SEARCH = "schedules_search"
FILTERS = "schedules_filters"
LIST = "schedules_list"
PANEL = "schedules_panel"
PANEL_TITLE = "schedules_panel_title"
PANEL_BODY = "schedules_panel_body"
DELETE = "schedules_delete"
DELETE_ID = "schedules_delete_id"
DELETE_TABLE = "schedules_delete_table"
DELETE_CHOICE = "schedules_delete_choice"
DELETE_BODY = "schedules_delete_what"

TICK_MS = 1_000
IDLE_TICK_MS = 15_000
# the parts of a view that a URL may name, each with what it may be
NUMBERS = ("schedule", "run", "edit", "runs")
WORDS = ("q", "status", "sort", "tab", "new")


def view_of(arguments: dict[str, Any]) -> dict[str, Any]:
    """The view that a URL's query arguments name; what makes no sense is left out."""
    view: dict[str, Any] = {name: _number(arguments.get(name)) for name in NUMBERS}
    for name in WORDS:
        view[name] = str(arguments.get(name) or "")[:200]
    return view


def _number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def layout(**arguments: Any) -> html.Div:
    """The page as its URL describes it; callbacks fill it."""
    view = view_of(arguments)
    return html.Div(
        [
            dcc.Store(id=VIEW, data=view),
            *[dcc.Store(id=id) for id in (ACTION, DONE, CHANGED, LIST_VERSION, PANEL_VERSION, DELETE_ID, SHOWN)],
            dcc.Interval(id=TICK, interval=IDLE_TICK_MS),
            page_header(
                "Schedules",
                html.Span("Saved queries that keep tables up to date", id=SUMMARY),
                html.Button(
                    [icon("bi-plus-lg"), html.Span("New schedule")], type="button", className="btn btn-primary",
                    **{"data-schedules": "new"},
                ),
            ),
            html.Div(
                [
                    labelled(
                        "Search schedules",
                        dbc.Input(
                            id=SEARCH, type="search", placeholder="Search queries and tables", value=view["q"],
                            autocomplete="off",
                        ),
                        "schedules-search",
                    ),
                    html.Div(
                        id=FILTERS, className="schedules-filters", role="group", **{"aria-label": "Filter by status"}
                    ),
                ],
                className="schedules-bar",
            ),
            html.Div(_loading(), id=LIST),
            schedules_jobs.section(),
            html.Aside(
                [
                    html.Div(
                        [
                            html.H2(id=PANEL_TITLE, className="schedules-panel-title", tabIndex=-1),
                            html.Button(
                                icon("bi-x-lg"), type="button", className="icon-button", title="Close (Esc)",
                                **{"data-schedules": "close", "aria-label": "Close the panel"},
                            ),
                        ],
                        className="schedules-panel-head",
                    ),
                    html.Div(id=PANEL_BODY, className="schedules-panel-body"),
                ],
                id=PANEL,
                className="schedules-panel",
                hidden=view["schedule"] is None,
                **{"aria-labelledby": PANEL_TITLE},
            ),
            schedules_form.form(),
            confirmation(
                DELETE,
                "Delete the schedule",
                "Delete schedule",
                html.Div(
                    [
                        html.Div(id=DELETE_BODY),
                        html.Div(
                            dbc.RadioItems(
                                id=DELETE_TABLE,
                                options=[
                                    {"label": "Keep the table as it is now", "value": "keep"},
                                    {"label": "Drop the table as well", "value": "drop"},
                                ],
                                value="keep",
                            ),
                            id=DELETE_CHOICE,
                            className="schedules-delete-choice",
                        ),
                    ]
                ),
            ),
        ],
        id=PAGE,
        className="schedules-page",
    )  # fmt: skip


def _loading() -> html.Div:
    return html.Div(
        [html.Div(className="skeleton-line") for _ in range(6)],
        className="panel skeleton",
        **{"aria-label": "Loading"},
    )
