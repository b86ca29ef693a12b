"""The Columns tab: correcting which columns become a resource's common values."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert, note
from layouts.inventory import ids
from layouts.inventory.table.page import read_ref
from services import Services
from services.models.inventory import TableRef


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callback."""

    @app.callback(
        Output(ids.RULES_RESULT, "children"),
        Input(ids.RULES_SAVE, "n_clicks"),
        State(ids.rule_select(ALL), "value"),
        State(ids.rule_select(ALL), "id"),
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )
    def _save(
        clicks: int, values: list[str], selects: list[dict[str, str]], arguments: dict[str, str]
    ) -> Any:
        if not clicks:
            return no_update
        fields = {select["field"]: value for select, value in zip(selects, values, strict=True)}
        return save_rules(services, read_ref(arguments), fields)


def save_rules(services: Services, ref: TableRef, fields: dict[str, str]) -> Any:
    """Keep the corrections; `*` leaves a field to the rules."""
    try:
        services.inventory.correct_rules(
            ref, {field: value for field, value in fields.items() if value != "*"}
        )
    except InventoryError as error:
        return error_alert(error)
    return note("Saved", "The table's next run uses these columns.", "success")
