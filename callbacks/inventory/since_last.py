"""The overview's card of what happened since the person was last here: it comes by itself, and goes when dismissed."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, no_update

from layouts.components.feedback import error_alert
from layouts.inventory import ids
from layouts.inventory.overview.since_last import since_last
from services import Services
from services.models.core import InventoryError


def register(app: dash.Dash, services: Services) -> None:
    """Register the card's callbacks."""

    # once, when the page is there: what comes later is not of the time before
    @app.callback(Output(ids.SINCE, "children"), Input(ids.SINCE, "id"))
    def _show(_id: str) -> Any:
        return show_since_last(services)

    @app.callback(
        Output(ids.SINCE, "children", allow_duplicate=True),
        Input(ids.SINCE_DISMISS, "n_clicks"),
        prevent_initial_call=True,
    )
    def _dismiss(clicks: int | None) -> Any:
        if not clicks:
            return no_update
        try:
            services.since.dismiss()
        except InventoryError as error:
            return error_alert(error)
        return None


def show_since_last(services: Services) -> Any:
    """The card; nothing on a first visit, and after it was dismissed. Why there are no numbers the page itself says."""
    try:
        told = services.since.find_since_last()
    except InventoryError:
        return None
    return since_last(told) if told else None
