"""The list of all resources."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.components.grid import GridColumn, infinite_grid, read_at_column
from layouts.inventory import addresses, ids
from layouts.inventory.table.rows import resource_link_column
from services import Services
from services.db.assets import ASSET_COLUMNS
from services.models.coverage import Moments
from services.models.inventory import ASSET_FILTERS

NOTHING_READ = "No table was read yet: what there is, is not known until a schedule's first run ends."
ASSET_TITLES = {
    "table_name": "table",
    "created_at": "created",
    "first_seen_at": "first seen",
    "changed_at": "changed",
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""

    @app.callback(Output(ids.ASSETS_BODY, "children"), Input(ids.ASSETS_STORE, "data"))
    def _list(of: dict[str, str]) -> Any:
        return show_resources(services, of)

    app.clientside_callback(
        ClientsideFunction("inventory", "resources"),
        Input(ids.ASSETS_FIND, "value"),
        prevent_initial_call=True,
    )


def show_resources(services: Services, of: dict[str, str]) -> Any:
    """All resources that have these values, in a grid."""
    wanted = {name: str(value) for name, value in (of or {}).items() if name in ASSET_FILTERS}
    try:
        reading = services.inventory.read_resources_reading(wanted)
    except InventoryError as error:
        return error_alert(error)
    known = isinstance(reading.as_of, Moments)
    return infinite_grid(
        ids.ASSETS_GRID,
        [
            resource_link_column(addresses.PAGE),
            *([read_at_column()] if reading.partial else []),
            *(
                GridColumn(column.name, column.kind, ASSET_TITLES.get(column.name))
                for column in ASSET_COLUMNS
            ),
        ],
        addresses.asset_rows(**wanted),
        reading,
        label="All resources",
        empty="No resource has these values."
        if wanted
        else "No resource is known."
        if known
        else NOTHING_READ,
        search_input=ids.ASSETS_FIND,
    )
