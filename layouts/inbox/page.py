"""The frame of the inbox; callbacks fill it. What is shown is in the address: see `view.py`, assets/inbox/page.js."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.feedback import note
from layouts.components.page import Children, header, hidden_label
from layouts.inbox import ids
from layouts.inbox.listing import MUTES
from layouts.inbox.view import list_ignored, read_view
from services.models.inbox_list import LONGEST_OWNER
from services.models.limits import LONGEST_SEARCH

BULK = {"acknowledge": "Acknowledge", **MUTES, "owner": "Set owner …", "undo": "Undo"}
LONGEST_NAMED = 60
MOST_NAMED = 5


def layout(**arguments: Any) -> html.Div:
    """The page as its address describes it."""
    view, ignored = read_view(arguments), list_ignored(arguments)
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data=view._asdict()),
            *[dcc.Store(id=id) for id in (ids.ACTION, ids.ASKED, ids.CHANGED)],
            header("Inbox", html.Span("What needs somebody.", id=ids.SUMMARY)),
            note(
                "The address asks for what this page does not know",
                [
                    "Not applied: ",
                    html.Code(", ".join(one[:LONGEST_NAMED] for one in ignored[:MOST_NAMED])),
                    ". What is shown is not narrowed by it.",
                ],
                "warning",
            )
            if ignored
            else None,
            html.Div(
                [
                    html.Nav(id=ids.STATES, className="pills", **{"aria-label": "By state"}),
                    hidden_label(
                        "Filter entries",
                        dbc.Input(
                            id=ids.SEARCH,
                            type="search",
                            placeholder="Filter by table, scope, words or owner",
                            value=view.find,
                            maxlength=LONGEST_SEARCH,
                            debounce=180,
                            autocomplete="off",
                            size="sm",
                        ),
                        "inbox-search",
                    ),
                ],
                className="inbox-bar",
            ),
            html.Nav(id=ids.KINDS, className="pills inbox-kinds", **{"aria-label": "By kind"}),
            _bulk_bar(),
            html.Div(id=ids.MESSAGE, className="inbox-message", role="status"),
            html.Div(html.Div(className="panel waiting inbox-waiting"), id=ids.LIST),
            _dialog(
                ids.MUTE,
                ids.MUTE_TITLE,
                "Mute until",
                [
                    html.P("They are out of sight until that day begins (UTC), and then open again."),
                    html.Label("Day (year-month-day)", htmlFor=ids.MUTE_DAY, className="form-label"),
                    dbc.Input(
                        id=ids.MUTE_DAY,
                        type="text",
                        placeholder="2026-12-31",
                        maxlength=10,
                        autocomplete="off",
                    ),
                ],
                ids.MUTE_ERROR,
                dbc.Button("Mute", id=ids.MUTE_SAVE),
            ),
            _dialog(
                ids.OWNER,
                ids.OWNER_TITLE,
                "Set the owner",
                [
                    html.P("Who takes care of it: a person or a team. Empty for nobody."),
                    html.Label("Owner", htmlFor=ids.OWNER_NAME, className="form-label"),
                    dbc.Input(id=ids.OWNER_NAME, type="text", maxlength=LONGEST_OWNER, autocomplete="off"),
                ],
                ids.OWNER_ERROR,
                dbc.Button("Set owner", id=ids.OWNER_SAVE),
            ),
        ],
        id=ids.PAGE,
        className="inbox-page",
    )


def _bulk_bar() -> html.Div:
    return html.Div(
        [
            html.Span(id=ids.BULK_COUNT, className="given", role="status"),
            *(
                html.Button(
                    words,
                    type="button",
                    className="btn btn-outline-secondary btn-sm",
                    **{"data-inbox": action},
                )
                for action, words in BULK.items()
            ),
            html.Button(
                "Choose none", type="button", className="btn btn-link btn-sm", **{"data-inbox": "none"}
            ),
        ],
        id=ids.BULK_BAR,
        className="bulk-bar",
        hidden=True,
        role="group",
        **{"aria-label": "With the chosen entries"},
    )


def _dialog(
    id: str, title_id: str, title: str, children: Children, error: str, save: dbc.Button
) -> dbc.Modal:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=title_id, tag="h2")),
            dbc.ModalBody([*(children or ()), html.Div(id=error, role="alert")]),
            dbc.ModalFooter(save),
        ],
        id=id,
        is_open=False,
        centered=True,
        labelledby=title_id,
    )
