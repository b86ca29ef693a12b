"""The search box in the top bar."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.pages import PAGES
from layouts.shell import ids, search
from services import Services
from services.inventory_service.tables import SHORTEST_SEARCH
from services.users import Role, current_user, require_known_role


def register(app: dash.Dash, services: Services) -> None:
    """Register the search."""

    @app.callback(
        Output(ids.SEARCH_RESULTS, "children"),
        Input(ids.SEARCH_INPUT, "value"),
        prevent_initial_call=True,
    )
    def _search(text: str | None) -> Any:
        return find_results(services, text or "")

    @app.callback(
        Output(ids.SEARCH_INPUT, "value"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _forget(_path: str, _search: str) -> str:
        # what was looked for has been found
        return ""


def _list_pages() -> dict[str, str]:
    """Title → address of the pages that the person may open."""
    engineer = current_user().role is Role.ENGINEER
    return {page.title: page.path for page in PAGES if page.group and (engineer or not page.engineers_only)}


def find_results(services: Services, text: str) -> Any:
    """The results; assets/shared/search.js shows them while one is at the box."""
    text = text.strip()
    if len(text) < SHORTEST_SEARCH:
        return None
    try:
        # the engineers' queries and schedules would seem not to be there
        require_known_role()
        places, pages = services.db.places.find_places(text), _list_pages()
        return search.results(services.inventory.search(text), text, places, pages)
    except InventoryError as error:
        return error_alert(error)
