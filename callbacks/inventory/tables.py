"""The list of tables below the overview: finding, sorting, paging."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from callbacks.inventory.overview import carry
from inventory_runner.errors import InventoryError
from layouts.components import figures
from layouts.components.feedback import error_panel
from layouts.components.markup import Part, render
from layouts.inventory import addresses, ids
from layouts.inventory.page import read_filter
from layouts.inventory.tables import tables_list
from services import Services
from services.models.coverage import COUNTED
from services.models.inventory import InventoryFilter
from services.models.limits import LONGEST_SEARCH
from services.models.wording import format_count


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""

    @app.callback(
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.TABLES_VIEW, "data"),
        Input(ids.VERSION, "data"),
        State(ids.DAYS, "value"),
        State(ids.OVERVIEW_KEPT, "data"),
        output={"list": Output(ids.TABLES_LIST, "parts"), "count": Output(ids.TABLES_COUNT, "children")},
    )
    def _list(
        provider: str,
        region: str,
        find: str,
        view: dict[str, Any],
        _version: str,
        days: str,
        kept: dict[str, str],
    ) -> dict[str, Any]:
        wanted = read_filter({"provider": provider, "region": region})
        with carry(read_filter({"provider": provider, "region": region, "days": days}), kept):
            return list_tables(services, wanted, find or "", view)

    # what is found anew begins at its first page
    app.clientside_callback(
        ClientsideFunction("inventory", "listed"),
        Output(ids.TABLES_VIEW, "data"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        State(ids.TABLES_VIEW, "data"),
        prevent_initial_call=True,
    )


def list_tables(
    services: Services, wanted: InventoryFilter, find: str, view: dict[str, Any]
) -> dict[str, Any]:
    """The list of tables and how many there are."""
    find, sort, number = (
        find.strip()[:LONGEST_SEARCH],
        str(view.get("sort") or ""),
        int(view.get("page") or 1),
    )

    def draw() -> dict[str, Any]:
        page = services.inventory.tables(wanted, find, sort, number)
        listed = tables_list(page, datetime.now(UTC), bool(find), wanted.region)
        return {
            "list": [Part(key="list", html=render(listed))],
            "count": figures.number(format_count(page.total, "table"), COUNTED),
        }

    try:
        return services.inventory.remember(
            ("tables", wanted, find, sort, number, addresses.name_carried()), draw
        )
    except InventoryError as error:
        return {"list": [Part(key="list", html=render(error_panel(error)))], "count": ""}
