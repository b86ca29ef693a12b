"""The Columns tab: correcting which columns become a resource's common values."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.conflicts import read_kept_versions, read_taken_versions
from callbacks.outputs import update
from callbacks.presses import find_pressed
from inventory_runner.errors import InventoryError
from layouts.components import ids as component_ids
from layouts.components.conflict import conflict
from layouts.components.feedback import error_alert, note
from layouts.inventory import ids
from layouts.inventory.table.columns import select_rule
from layouts.inventory.table.page import read_ref
from services import Services
from services.models.core import VersionConflict
from services.models.inventory import TableRef

# what a conflict is about
CONFLICT = "rules"
SAVED = {
    "result": Output(ids.RULES_RESULT, "children"),
    "version": Output(ids.RULES_VERSION, "data"),
}
TAKEN = {
    "values": Output(ids.rule_select(ALL), "value"),
    "result": Output(ids.RULES_RESULT, "children", allow_duplicate=True),
    "version": Output(ids.RULES_VERSION, "data", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callbacks."""

    @app.callback(
        Input(ids.RULES_SAVE, "n_clicks"),
        Input(component_ids.conflict_keep(CONFLICT, ALL), "n_clicks"),
        State(ids.rule_select(ALL), "value"),
        State(ids.rule_select(ALL), "id"),
        State(ids.RULES_VERSION, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=SAVED,
        running=[(Output(ids.RULES_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _save(
        _clicks: int,
        _kept: list[int | None],
        values: list[str],
        selects: list[dict[str, str]],
        version: int,
        arguments: dict[str, str],
    ) -> Any:
        kept = read_kept_versions()
        if kept is None and find_pressed() != ids.RULES_SAVE:
            return no_update
        fields = {select["field"]: value for select, value in zip(selects, values, strict=True)}
        return save_rules(services, read_ref(arguments), fields, version if kept is None else kept[0])

    @app.callback(
        Input(component_ids.conflict_take(CONFLICT, ALL), "n_clicks"),
        State(ids.rule_select(ALL), "id"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=TAKEN,
        prevent_initial_call=True,
    )
    def _take(_taken: list[int | None], selects: list[dict[str, str]], arguments: dict[str, str]) -> Any:
        if read_taken_versions() is None:
            return no_update
        known = services.inventory.list_asset_rules(read_ref(arguments))
        values = [select_rule(known, select["field"]) for select in selects]
        return {"values": values, "result": None, "version": known.version}


def save_rules(services: Services, ref: TableRef, fields: dict[str, str], version: int) -> dict[str, Any]:
    """Keep the corrections; `*` leaves a field to the rules. version: that they began from."""
    wanted = {field: value for field, value in fields.items() if value != "*"}
    try:
        saved = services.inventory.correct_rules(ref, wanted, version)
    except VersionConflict as error:
        return update(SAVED, result=conflict(CONFLICT, error))
    except InventoryError as error:
        return update(SAVED, result=error_alert(error))
    return {"result": note("Saved", "The table's next run uses these columns.", "success"), "version": saved}
