"""The list, narrowed as the address says, and drawn anew after each action."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from callbacks.outputs import update
from layouts.components.feedback import error_alert
from layouts.inbox import ids, listing
from layouts.inbox.view import read_view
from services import Services
from services.models.core import InventoryError
from services.users import Role, current_user

SHOWN = {
    "summary": Output(ids.SUMMARY, "children"),
    "states": Output(ids.STATES, "children"),
    "kinds": Output(ids.KINDS, "children"),
    "list": Output(ids.LIST, "children"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""

    @app.callback(Input(ids.VIEW, "data"), Input(ids.CHANGED, "data"), output=SHOWN)
    def _show(view: dict[str, Any] | None, _changed: Any) -> dict[str, Any]:
        return show_list(services, view or {})

    app.clientside_callback(
        ClientsideFunction("inbox", "search"),
        Output(ids.VIEW, "data"),
        Input(ids.SEARCH, "value"),
        State(ids.VIEW, "data"),
        prevent_initial_call=True,
    )


def show_list(services: Services, asked: dict[str, Any]) -> dict[str, Any]:
    """The list, its tabs and the page's subtitle."""
    view = read_view(asked)
    try:
        inbox = services.inbox.list_inbox()
    except InventoryError as error:
        return update(SHOWN, list=error_alert(error))
    return {
        "summary": listing.summary(inbox),
        "states": listing.states(inbox, view),
        "kinds": listing.kinds(inbox, view),
        "list": listing.listing(inbox, view, current_user().role is Role.ENGINEER),
    }
