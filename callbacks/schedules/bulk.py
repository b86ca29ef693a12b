"""What the page does to several schedules at once.

The page asks for one after another (assets/schedules/bulk.js) and says how far it is: each is checked by itself, the
workspace is asked one thing at a time, and it ends when its person leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from callbacks.schedules.actions import parse_id
from callbacks.schedules.notifications import read_values
from layouts.components.confirm import ConfirmIds
from layouts.schedules import bulk, ids
from services import Services
from services.models.core import InventoryError
from services.models.wording import format_count

log = logging.getLogger(__name__)
CONFIRM = ConfirmIds(ids.BULK_CONFIRM)


def register(app: dash.Dash, services: Services) -> None:
    """Register the callbacks of bulk work."""

    @app.callback(Output(ids.BULK_DONE, "data"), Input(ids.BULK, "data"), prevent_initial_call=True)
    def _act(asked: dict[str, Any] | None) -> Any:
        return act(services, asked) if asked else no_update

    @app.callback(
        Input(ids.BULK_ASKED, "data"),
        output={
            "is_open": Output(ids.BULK_CONFIRM, "is_open"),
            "title": Output(CONFIRM.title, "children"),
            "body": Output(CONFIRM.body, "children"),
        },
        prevent_initial_call=True,
    )
    def _ask(asked: dict[str, Any] | None) -> Any:
        chosen = {parse_id(one) for one in (asked or {}).get("ids") or []}
        named = [one.target_table for one in services.schedules.list_schedules() if one.id in chosen]
        title = f"Delete {format_count(len(named), 'schedule')}?"
        return {"is_open": True, "title": title, "body": bulk.losses(named)}

    app.clientside_callback(
        ClientsideFunction("schedules_bulk", "confirmed"),
        Output(ids.BULK_CONFIRM, "is_open", allow_duplicate=True),
        Input(CONFIRM.confirm, "n_clicks"),
        State(ids.BULK_ASKED, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("schedules_bulk", "done"), Input(ids.BULK_DONE, "data"), prevent_initial_call=True
    )


def act(services: Services, asked: dict[str, Any]) -> dict[str, Any]:
    """Do one thing to one schedule.

    Returns what was asked with its table's name, and `error`, why it was not done, or `busy`, where it is to be asked
    for again: many runs are under way.
    """
    actions: dict[str, Callable[[int], object]] = {
        "run": services.schedules.run_unless_busy,
        "pause": services.schedules.pause,
        "resume": services.schedules.resume,
        "delete": services.schedules.delete,
        "notify": lambda id: services.schedules.set_notifications(id, read_values(asked.get("notify") or {})),
    }
    id, said = parse_id(asked.get("id")), {**asked, "name": f"schedule {asked.get('id')}"[:40]}
    if asked.get("action") not in actions:
        return {**said, "error": "There is no such action."}
    try:
        said["name"] = services.schedules.get(id).target_table
        began = actions[asked["action"]](id)
    except InventoryError as error:
        return {**said, "error": error.full_message}
    except Exception:
        # the others go on
        log.exception("schedule %s could not be changed", id)
        return {**said, "error": "A defect of the app kept it from being done; see its log."}
    # its row was changed, and its job could not be
    if asked["action"] == "notify" and (problem := getattr(began, "job_error", "")):
        return {**said, "error": f"Kept with the schedule; its job is not changed. {problem}"}
    return {**said, "busy": began is False}
