"""The Views tab: making a view over the table, and refreshing one."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx, no_update

from callbacks.outputs import update
from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert, note
from layouts.inventory import ids
from layouts.inventory.table.page import read_ref
from layouts.inventory.table.source import view_card
from layouts.shell import ids as shell_ids
from services import Services
from services.models.inventory import TableRef

VIEWS = {
    "result": Output(ids.VIEW_RESULT, "children"),
    "list": Output(ids.VIEW_LIST, "children"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callbacks."""

    @app.callback(
        Input(ids.VIEW_MAKE, "n_clicks"),
        State(ids.VIEW_COLUMNS, "value"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=VIEWS,
        running=[(Output(ids.VIEW_MAKE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _make(clicks: int, columns: list[str] | None, arguments: dict[str, str]) -> Any:
        return make_view(services, read_ref(arguments), columns or []) if clicks else no_update

    @app.callback(
        Output(shell_ids.NOTICES, "children", allow_duplicate=True),
        Input(ids.view_refresh(ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _refresh(_clicks: list[int]) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not ctx.triggered[0]["value"]:
            return no_update
        services.inventory.refresh_view(ctx.triggered_id["view"])
        return note(
            f"{ctx.triggered_id['view']} was refreshed",
            "It holds the table's rows as they are now.",
            "success",
        )


def make_view(services: Services, ref: TableRef, columns: list[str]) -> dict[str, Any]:
    """What became of it, and the list of views as it is now."""
    try:
        materialised, plain = services.inventory.make_view(ref, columns)
    except InventoryError as error:
        return update(VIEWS, result=error_alert(error))
    result = note(
        f"{materialised} is ready",
        f"{plain} shows it to Unity Catalog. Every run that changes the table refreshes it.",
        "success",
    )
    return {"result": result, "list": [view_card(view, True) for view in services.inventory.views(ref)]}
