"""The page of one's watches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.presses import find_pressed
from layouts.inventory import ids
from layouts.inventory.watches import watches_list
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""

    @app.callback(Output(ids.WATCHES_LIST, "children"), Input(ids.WATCHES_PAGE, "data"))
    def _show(chosen: str | None) -> Any:
        return show_watches(services, chosen or "")

    @app.callback(
        Output(ids.WATCHES_LIST, "children", allow_duplicate=True),
        Input(ids.remove_watch(ALL), "n_clicks"),
        State(ids.WATCHES_PAGE, "data"),
        prevent_initial_call=True,
    )
    def _remove(_clicks: list[int | None], chosen: str | None) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        services.watches.remove(int(pressed["one"]))
        return show_watches(services, chosen or "")


def show_watches(services: Services, chosen: str) -> Any:
    """The watches as they are now. chosen: the id of one that a link leads to, as text."""
    wanted = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
    return watches_list(services.watches.list_watches(), datetime.now(UTC), wanted)
