"""The list of all resources, and its facets."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.components.grid import GridColumn, infinite_grid, read_at_column
from layouts.inventory import addresses, ids
from layouts.inventory.facets import facets_panel
from layouts.inventory.filters import left_out
from layouts.inventory.page import ASSET_TITLES, column_chips
from layouts.inventory.table.rows import key_column
from services import Services
from services.db.assets import ASSET_COLUMNS
from services.inventory_service.grid_view import read_view
from services.models import routes
from services.models.coverage import Moments
from services.models.grid_view import GridView
from services.models.inventory import ASSET_FILTERS
from services.models.limits import LONGEST_FILTER
from services.models.resource_filter import fix, parse_filter

NOTHING_READ = "No table was read yet: what there is, is not known until a schedule's first run ends."


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""

    @app.callback(
        Input(ids.ASSETS_STORE, "data"),
        State(ids.ASSETS_PLAIN, "data"),
        State(ids.ASSETS_FIND, "value"),
        State(ids.ASSETS_VIEW, "data"),
        output={
            "body": Output(ids.ASSETS_BODY, "children"),
            "find": Output(ids.ASSETS_FIND, "value"),
            "note": Output(ids.ASSETS_NOTE, "children"),
        },
    )
    def _list(
        of: dict[str, str], plain: bool, text: str | None, view: dict[str, str] | None
    ) -> dict[str, Any]:
        shown = _read_view(view)
        return {
            "body": show_resources(services, of, shown),
            # given back as it is: without a value Dash would never ask for the facets
            "find": find_default(services) if plain else text or "",
            "note": left_out(shown.notes),
        }

    @app.callback(
        Output(ids.ASSETS_CHIPS, "children"),
        Input(ids.ASSETS_VIEW, "data"),
        State(ids.ASSETS_FIND, "value"),
        State(ids.ASSETS_STORE, "data"),
    )
    def _name_view(view: dict[str, str] | None, text: str | None, of: dict[str, str]) -> Any:
        return column_chips(_read_view(view), _pick(of), text or "")

    @app.callback(
        Output(ids.FACETS, "children"), Input(ids.ASSETS_FIND, "value"), State(ids.ASSETS_STORE, "data")
    )
    def _count(text: str | None, of: dict[str, str]) -> Any:
        return show_facets(services, text or "", of)

    app.clientside_callback(
        ClientsideFunction("inventory", "resources"),
        Input(ids.ASSETS_FIND, "value"),
        Input(ids.ASSETS_VIEW, "data"),
        prevent_initial_call=True,
    )


def find_default(services: Services) -> str:
    """The text of the view that the person begins with; what cannot be read leaves the search empty."""
    try:
        view = services.db.saved_views.read_default()
    except InventoryError:
        return ""
    return "" if view is None else view.text


def show_facets(services: Services, text: str, of: dict[str, str]) -> Any:
    """How the resources that have these values and fit the text divide; what is wrong with the text in words."""
    wanted = _pick(of)
    text = text[:LONGEST_FILTER]
    try:
        asked = fix(parse_filter(text), wanted)
        counts = services.inventory.remember(
            ("facets", text, tuple(sorted(wanted.items()))),
            lambda: services.inventory.count_facets(wanted, text),
        )
        return facets_panel(counts, asked, services.inventory.read_resources_reading(wanted))
    except InventoryError as error:
        return error_alert(error)


def _read_view(view: dict[str, str] | None) -> GridView:
    view = view or {}
    return read_view(str(view.get("where") or ""), str(view.get("sort") or ""), ASSET_COLUMNS)


def _pick(of: dict[str, str] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (of or {}).items() if name in ASSET_FILTERS}


def show_resources(services: Services, of: dict[str, str], view: GridView | None = None) -> Any:
    """All resources that have these values, in a grid. view: the filters and the order that it begins with."""
    wanted = _pick(of)
    try:
        reading = services.inventory.read_resources_reading(wanted)
    except InventoryError as error:
        return error_alert(error)
    known = isinstance(reading.as_of, Moments)
    return infinite_grid(
        ids.ASSETS_GRID,
        [
            key_column("id", addresses.PAGE),
            GridColumn("name"),
            *([read_at_column()] if reading.partial else []),
            *(
                GridColumn(column.name, column.kind, ASSET_TITLES.get(column.name))
                for column in ASSET_COLUMNS
                if column.name not in ("id", "name")
            ),
        ],
        addresses.asset_data(routes.ALL_RESOURCES, **wanted),
        reading,
        label="All resources",
        empty="No resource has these values."
        if wanted
        else "No resource is known."
        if known
        else NOTHING_READ,
        search_input=ids.ASSETS_FIND,
        view=view,
        view_store=ids.ASSETS_VIEW,
    )
