"""The list of all resources."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output

from layouts.components.grid import GridColumn, infinite_grid
from layouts.inventory import addresses, ids
from layouts.inventory.table.rows import resource_link_column
from services.db.assets import ASSET_COLUMNS
from services.models.inventory import ASSET_FILTERS

ASSET_TITLES = {
    "table_name": "table",
    "created_at": "created",
    "first_seen_at": "first seen",
    "changed_at": "changed",
}


def register(app: dash.Dash) -> None:
    """Register the list's callbacks."""

    @app.callback(Output(ids.ASSETS_BODY, "children"), Input(ids.ASSETS_STORE, "data"))
    def _list(of: dict[str, str]) -> Any:
        return show_resources(of)

    app.clientside_callback(
        ClientsideFunction("inventory", "resources"),
        Input(ids.ASSETS_FIND, "value"),
        prevent_initial_call=True,
    )


def show_resources(of: dict[str, str]) -> Any:
    """All resources that have these values, in a grid."""
    wanted = {name: str(value) for name, value in (of or {}).items() if name in ASSET_FILTERS}
    return infinite_grid(
        ids.ASSETS_GRID,
        [
            resource_link_column(addresses.PAGE),
            *(
                GridColumn(column.name, column.kind, ASSET_TITLES.get(column.name))
                for column in ASSET_COLUMNS
            ),
        ],
        addresses.asset_rows(**wanted),
        label="All resources",
        empty="No resource has these values.",
        search_input=ids.ASSETS_FIND,
    )
