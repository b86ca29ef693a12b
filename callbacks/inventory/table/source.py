"""The views in the Source tab: making a view over the table, and refreshing one."""

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
from layouts.inventory.table.page import read_ref
from layouts.inventory.table.source import preview_line, view_card
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import VersionConflict
from services.models.inventory import TableRef

# what a conflict is about
CONFLICT = "view"
VIEWS = {
    "result": Output(ids.VIEW_RESULT, "children"),
    "list": Output(ids.VIEW_LIST, "children"),
    "version": Output(ids.VIEW_VERSION, "data"),
}
TAKEN = {
    "columns": Output(ids.VIEW_COLUMNS, "value"),
    "result": Output(ids.VIEW_RESULT, "children", allow_duplicate=True),
    "list": Output(ids.VIEW_LIST, "children", allow_duplicate=True),
    "version": Output(ids.VIEW_VERSION, "data", allow_duplicate=True),
}
REFRESHED = {
    "notice": Output(shell_ids.NOTICES, "children", allow_duplicate=True),
    "list": Output(ids.VIEW_LIST, "children", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callbacks."""

    @app.callback(
        Input(ids.VIEW_MAKE, "n_clicks"),
        Input(component_ids.conflict_keep(CONFLICT, ALL), "n_clicks"),
        State(ids.VIEW_COLUMNS, "value"),
        State(ids.VIEW_VERSION, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=VIEWS,
        running=[(Output(ids.VIEW_MAKE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _make(
        _clicks: int,
        _kept: list[int | None],
        columns: list[str] | None,
        version: int,
        arguments: dict[str, str],
    ) -> Any:
        kept = read_kept_versions()
        if kept is None and find_pressed() != ids.VIEW_MAKE:
            return no_update
        return make_view(
            services, read_ref(arguments), columns or [], (version or 0) if kept is None else kept[0]
        )

    @app.callback(
        Output(ids.VIEW_PREVIEW, "children"),
        Input(ids.VIEW_COLUMNS, "value"),
        State(ids.TABLE_ARGUMENTS, "data"),
    )
    def _preview(columns: list[str] | None, arguments: dict[str, str]) -> Any:
        return preview_view(services, read_ref(arguments), columns or [])

    @app.callback(
        Input(component_ids.conflict_take(CONFLICT, ALL), "n_clicks"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=TAKEN,
        prevent_initial_call=True,
    )
    def _take(_taken: list[int | None], arguments: dict[str, str]) -> Any:
        if read_taken_versions() is None:
            return no_update
        ref = read_ref(arguments)
        choice = services.inventory.view_choice(ref)
        return {
            "columns": list(choice.columns),
            "result": None,
            "list": [view_card(view, True) for view in services.inventory.views(ref)],
            "version": choice.version,
        }

    @app.callback(
        Input(ids.view_refresh(ALL), "n_clicks"),
        State(ids.TABLE_ARGUMENTS, "data"),
        output=REFRESHED,
        prevent_initial_call=True,
    )
    def _refresh(_clicks: list[int], arguments: dict[str, str]) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        return refresh_view(services, read_ref(arguments), pressed["view"])


def preview_view(services: Services, ref: TableRef, columns: list[str]) -> Any:
    """What a view of these columns would hold, before it is made."""
    try:
        rows = services.inventory.count_view_rows(ref, columns)
        return preview_line(services.inventory.table(ref), columns, rows)
    except InventoryError as error:
        return error_alert(error)


def refresh_view(services: Services, ref: TableRef, view: str) -> dict[str, Any]:
    """Refresh a view; returns a notice, and the list of views as it is now."""
    services.inventory.refresh_view(ref, view)
    done = note(f"{view} was refreshed", "It holds the table's rows as they are now.", "success")
    return {"notice": done, "list": [view_card(one, True) for one in services.inventory.views(ref)]}


def make_view(services: Services, ref: TableRef, columns: list[str], version: int) -> dict[str, Any]:
    """What became of it, and the list of views as it is now. version: of the views that the person has seen."""
    try:
        materialised, plain = services.inventory.make_view(ref, columns, version)
    except VersionConflict as error:
        return update(VIEWS, result=conflict(CONFLICT, error))
    except InventoryError as error:
        return update(VIEWS, result=error_alert(error))
    result = note(
        f"{materialised} is ready",
        f"{plain} shows it to Unity Catalog. Every run that changes the table refreshes it.",
        "success",
    )
    return {
        "result": result,
        "list": [view_card(view, True) for view in services.inventory.views(ref)],
        "version": services.inventory.view_choice(ref).version,
    }
