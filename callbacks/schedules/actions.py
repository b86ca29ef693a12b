"""What the buttons of a schedule do: run, pause, resume, cancel, retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
from dash import Input, Output, no_update

from layouts.components.feedback import error_alert, note
from layouts.schedules import ids
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import InventoryError


def register(app: dash.Dash, services: Services) -> None:
    """Register the buttons' callback."""

    @app.callback(
        Input(ids.ACTION, "data"),
        output={
            "done": Output(ids.DONE, "data"),
            "changed": Output(ids.CHANGED, "data", allow_duplicate=True),
        },
        prevent_initial_call=True,
    )
    def _act(action: dict[str, Any] | None) -> Any:
        if not action:
            return no_update
        told = act(services, str(action.get("action")), action.get("id"))
        if told is not None:
            dash.set_props(shell_ids.NOTICES, {"children": told})
        return {"done": action, "changed": action.get("at")}


def act(services: Services, action: str, id: Any) -> Any:
    """Do what a button says; returns what is to be said about it, where something is."""
    actions: dict[str, Callable[[int], object]] = {
        "run": services.schedules.run_now,
        "pause": services.schedules.pause,
        "resume": services.schedules.resume,
        "cancel": services.schedules.cancel,
        "retry": services.schedules.retry_job,
    }
    if action not in actions:
        return None
    try:
        result = actions[action](parse_id(id))
    except InventoryError as error:
        return make_dismissable(error_alert(error))
    problem = getattr(result, "job_error", "")
    if action == "retry" and problem:
        return make_dismissable(note("The job was not created", problem, "warning"))
    return None


def make_dismissable(alert: Any) -> Any:
    """A notice with a cross."""
    alert.dismissable = True
    return alert


def parse_id(value: Any) -> int:
    """The number of a schedule or a run as a button names it; 0, which none has, for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
