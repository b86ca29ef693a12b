"""The dialog of saved views: open one, begin with one, watch one, delete one, save what is shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import icon
from layouts.components.watching import watch_button
from layouts.inventory import addresses, ids
from services.models import url_words
from services.models.limits import LONGEST_VIEW_NAME
from services.models.resource_filter import SavedView
from services.models.watches import WatchKind, WatchTarget


def views_button() -> html.Button:
    """Opens the dialog."""
    return html.Button(
        [icon("bi-bookmark"), html.Span("Views")],
        id=ids.SAVED_VIEWS,
        type="button",
        className="btn btn-outline-secondary btn-sm",
    )


def views_dialog() -> dbc.Modal:
    """The dialog, closed; a callback fills its list."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Saved views", id=ids.SAVED_VIEWS_TITLE)),
            dbc.ModalBody(
                [
                    html.Div(id=ids.SAVED_VIEWS_ERROR, role="alert"),
                    dbc.Label("Save what the search asks for now", html_for=ids.SAVED_VIEWS_NAME),
                    html.Div(
                        [
                            dbc.Input(
                                id=ids.SAVED_VIEWS_NAME,
                                placeholder="My team",
                                maxlength=LONGEST_VIEW_NAME,
                                autocomplete="off",
                                size="sm",
                            ),
                            dbc.Button("Save", id=ids.SAVED_VIEWS_SAVE, color="primary", size="sm"),
                        ],
                        className="saved-views-form",
                    ),
                    html.Div(id=ids.SAVED_VIEWS_LIST),
                ]
            ),
        ],
        id=ids.SAVED_VIEWS_DIALOG,
        labelledby=ids.SAVED_VIEWS_TITLE,
        scrollable=True,
    )


def views_list(views: Sequence[SavedView], watched: Collection[WatchTarget] | None = None) -> Any:
    """Each view with its filter and what the person may do with it. watched: what they watch; None: they cannot."""
    everything = dcc.Link("All resources", href=addresses.resources(**{url_words.SAVED: "all"}))
    if not views:
        return html.P(
            "No view is saved yet. A view is a filter with a name: everybody sees it, and its link can be sent.",
            className="text-muted-2 mt-3",
        )
    return html.Table(
        html.Tbody(
            [html.Tr([html.Td(everything), html.Td(), html.Td()]), *(_row(view, watched) for view in views)]
        ),
        className="table saved-views",
    )


def _row(view: SavedView, watched: Collection[WatchTarget] | None) -> html.Tr:
    target = WatchTarget(WatchKind.VIEW, text=view.text, view=view.id)
    begin = "Begin with all resources" if view.is_default else "Begin with this view"
    return html.Tr(
        [
            html.Td(
                [
                    dcc.Link(view.name, href=addresses.resources(find=view.text), className="given"),
                    html.Code(view.text or "all resources", className="given"),
                ]
            ),
            html.Td(view.saved_by, className="given text-muted-2"),
            html.Td(
                [
                    None if watched is None else watch_button(target, target in watched, view.name),
                    _button(
                        ids.default_view(view.id), "bi-star-fill" if view.is_default else "bi-star", begin
                    ),
                    _button(ids.delete_view(view.id), "bi-trash", f"Delete {view.name}")
                    if view.deletable
                    else None,
                ]
            ),
        ]
    )


def _button(id: Any, symbol: str, label: str) -> html.Button:
    return html.Button(
        icon(symbol), id=id, type="button", className="icon-button", title=label, **{"aria-label": label}
    )
