"""Saved views of the list of all resources."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State

from callbacks.outputs import update
from callbacks.presses import find_pressed
from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.inventory import ids
from layouts.inventory.saved_views import views_list
from services import Services
from services.users import current_user

ACTIONS = {ids.SAVED_VIEWS_DEFAULT: "default", ids.SAVED_VIEWS_DELETE: "delete"}
OUTPUTS = {
    "is_open": Output(ids.SAVED_VIEWS_DIALOG, "is_open"),
    "views": Output(ids.SAVED_VIEWS_LIST, "children"),
    "error": Output(ids.SAVED_VIEWS_ERROR, "children"),
    "name": Output(ids.SAVED_VIEWS_NAME, "value"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the dialog's callbacks."""

    @app.callback(
        Input(ids.SAVED_VIEWS, "n_clicks"),
        Input(ids.SAVED_VIEWS_SAVE, "n_clicks"),
        Input(ids.default_view(ALL), "n_clicks"),
        Input(ids.delete_view(ALL), "n_clicks"),
        State(ids.SAVED_VIEWS_NAME, "value"),
        State(ids.ASSETS_FIND, "value"),
        output=OUTPUTS,
        prevent_initial_call=True,
    )
    def _act(
        _opened: Any, _saved: Any, _begun: Any, _deleted: Any, name: str | None, text: str | None
    ) -> dict[str, Any]:
        pressed = find_pressed()
        if pressed is None:
            return update(OUTPUTS)
        if isinstance(pressed, dict):
            return act(services, ACTIONS.get(str(pressed.get("type")), ""), pressed.get("one"))
        return act(
            services, "save" if pressed == ids.SAVED_VIEWS_SAVE else "open", None, name or "", text or ""
        )


def act(services: Services, action: str, view: Any, name: str = "", text: str = "") -> dict[str, Any]:
    """Save, delete, or begin with a view, and list them anew; what is refused is said and the name stays."""
    views = services.db.saved_views
    changed: dict[str, Any] = {"error": None}
    try:
        if action == "save":
            views.save_view(name, text)
            changed["name"] = ""
        elif action == "delete" and isinstance(view, int):
            views.delete_view(view)
        elif action == "default" and isinstance(view, int):
            is_default = any(one.id == view and one.is_default for one in views.list_views())
            views.set_default(None if is_default else view)
    except InventoryError as error:
        changed["error"] = error_alert(error)
    try:
        watched = services.watches.list_targets() if current_user().name else None
        changed["views"] = views_list(views.list_views(), watched)
    except InventoryError as error:
        changed["error"] = error_alert(error)
    return update(OUTPUTS, is_open=True, **changed)
