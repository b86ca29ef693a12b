"""The search box in the top bar: what it finds, and what it offers before anything is typed."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.components.keys import GO, Destination
from layouts.pages import PAGES
from layouts.shell import ids, search
from layouts.shell.actions import find_actions
from services import Services
from services.inventory_service.tables import SHORTEST_SEARCH
from services.models.limits import LONGEST_SEARCH
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

    # what was looked for has been found
    app.clientside_callback(
        ClientsideFunction("search", "forget"),
        Output(ids.SEARCH_INPUT, "value"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        State(ids.SEARCH_INPUT, "value"),
        prevent_initial_call=True,
    )


def _list_destinations(*, engineer: bool) -> dict[str, Destination]:
    """Key → page of those that the person may open."""
    closed = {page.path for page in PAGES if page.engineers_only and not engineer}
    return {key: place for key, place in GO.items() if place.href.partition("?")[0] not in closed}


def find_results(services: Services, text: str) -> Any:
    """The results; assets/shared/search.js shows them while one is at the box."""
    given = text.replace("\0", " ").strip()
    text = given[:LONGEST_SEARCH]
    user = current_user()
    if len(text) < SHORTEST_SEARCH:
        engineer = user.role is not Role.VIEWER
        return search.results(
            None, text, [], _list_destinations(engineer=engineer), find_actions(text, engineer=engineer)
        )
    try:
        # the engineers' queries and schedules would seem not to be there
        engineer = require_known_role().role is Role.ENGINEER
        found = search.results(
            services.inventory.search(text),
            text,
            [*services.db.places.find_places(text), *services.inbox.find_places(text)],
            _list_destinations(engineer=engineer),
            find_actions(text, engineer=engineer),
        )
    except InventoryError as error:
        return error_alert(error)
    return [search.cut_note(len(given)), *found] if len(given) > len(text) else found
