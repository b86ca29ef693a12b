"""The search box in the top bar."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output

from inventory_runner.errors import InventoryError
from layouts import search, shell
from layouts.components.feedback import error_alert
from services import Services
from services.inventory_service.tables import SHORTEST_SEARCH


def register(app: dash.Dash, services: Services) -> None:
    """Register the search."""

    @app.callback(
        Output(search.RESULTS, "children"),
        Output(search.RESULTS, "hidden"),
        Input(search.INPUT, "value"),
        prevent_initial_call=True,
    )
    def _search(text: str | None) -> tuple[Any, bool]:
        return found(services, text or "")

    @app.callback(
        Output(search.INPUT, "value"),
        Input(shell.LOCATION, "pathname"),
        Input(shell.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _forget(_path: str, _search: str) -> str:
        # what was looked for has been found
        return ""


def found(services: Services, text: str) -> tuple[Any, bool]:
    """The results and whether they are hidden."""
    text = text.strip()
    if len(text) < SHORTEST_SEARCH:
        return None, True
    try:
        return search.results(services.inventory.search(text), text), False
    except InventoryError as error:
        return error_alert(error), False
