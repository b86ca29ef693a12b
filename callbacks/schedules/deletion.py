"""Deleting a schedule, after what goes with it has been told."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, no_update

from callbacks.outputs import update
from callbacks.presses import has_changed
from callbacks.schedules.actions import make_dismissable, parse_id
from callbacks.schedules.page import View
from layouts.components.confirm import ConfirmIds, loss
from layouts.components.feedback import error_alert
from layouts.schedules import ids
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import InventoryError
from services.models.wording import format_count
from services.schedule_service.service import Losses

CONFIRM = ConfirmIds(ids.DELETE)
ASKED = {
    "is_open": Output(ids.DELETE, "is_open"),
    "title": Output(CONFIRM.title, "children"),
    "what": Output(ids.DELETE_WHAT, "children"),
    "no_choice": Output(ids.DELETE_CHOICE, "hidden"),
    "choice": Output(ids.DELETE_TABLE, "value"),
    "id": Output(ids.DELETE_ID, "data"),
}
DELETED = {
    "is_open": Output(ids.DELETE, "is_open", allow_duplicate=True),
    "view": Output(ids.VIEW, "data", allow_duplicate=True),
    "changed": Output(ids.CHANGED, "data", allow_duplicate=True),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the dialog's callbacks."""

    @app.callback(
        Input(ids.ACTION, "data"),
        Input(ids.DELETE_TABLE, "value"),
        State(ids.DELETE_ID, "data"),
        output=ASKED,
        # nothing is deleted before the dialog has told what goes with it
        running=[(Output(CONFIRM.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _ask(action: dict[str, Any] | None, choice: str, asked: int | None) -> Any:
        if not has_changed(ids.ACTION) or not action or action.get("action") != "delete":
            if asked is None or not has_changed(ids.DELETE_TABLE):
                return no_update
            return update(ASKED, what=describe_losses(services.schedules.find_losses(asked), choice))
        # one that is asked for now begins with its own choice, whatever was chosen for the last
        losses = services.schedules.find_losses(parse_id(action.get("id")))
        return {
            "is_open": True,
            "title": f"Delete the schedule of {losses.schedule.target_table}?",
            "what": describe_losses(losses, "keep"),
            "no_choice": not losses.exists,
            "choice": "keep",
            "id": losses.schedule.id,
        }

    @app.callback(
        Input(CONFIRM.confirm, "n_clicks"),
        State(ids.DELETE_ID, "data"),
        State(ids.DELETE_TABLE, "value"),
        State(ids.VIEW, "data"),
        output=DELETED,
        running=[(Output(CONFIRM.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _delete(clicks: int | None, id: int | None, choice: str, view: View) -> Any:
        if not clicks or id is None:
            return no_update
        try:
            services.schedules.delete(id, drop_table=choice == "drop")
        except InventoryError as error:
            dash.set_props(shell_ids.NOTICES, {"children": make_dismissable(error_alert(error))})
            return update(DELETED, is_open=False, changed=f"delete {clicks}")
        if view.get("schedule") == id:
            view = {**view, "schedule": None, "run": None}
        return {"is_open": False, "view": view, "changed": f"delete {clicks}"}


def describe_losses(losses: Losses, choice: str) -> Any:
    """What deleting takes and what it leaves, by the choice to keep or to drop the table."""
    schedule = losses.schedule
    table = f"{schedule.target_schema}.{schedule.target_table}"
    runs = "the record of its runs"
    if not losses.exists:
        return loss("It will not run any more.", ["the schedule and its job"], [runs])
    rows = format_count(losses.rows, "row")
    if choice != "drop":
        return loss(
            "It will not run any more, and nothing keeps its table up to date.",
            ["the schedule and its job"],
            [f"{table} with {rows}, without a schedule", "its recorded changes, and its views", runs],
        )
    lost = ["the schedule and its job", f"{table} with {rows}"]
    if losses.changes:
        lost.append(f"{format_count(losses.changes, 'recorded change')} of its rows")
    if losses.views:
        lost.append(f"the views over it: {', '.join(losses.views)}")
    lost.append("its entries in the inbox, and what people did about them")
    kept = [runs]
    if losses.watches:
        watches = "1 watch" if losses.watches == 1 else f"{losses.watches:,} watches"
        kept.append(f"{watches} of it: the people are told that it is gone, and of nothing else")
    return loss("This cannot be undone.", lost, kept)
