"""Deleting a credential, after what it breaks has been told."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.presses import find_pressed
from layouts.components.confirm import ConfirmIds, loss
from layouts.providers import ids
from services import Services

CONFIRM = ConfirmIds(ids.DELETE)


def register(app: dash.Dash, services: Services) -> None:
    """Register the dialog's callbacks."""

    @app.callback(
        Input(ids.delete_button(ALL), "n_clicks"),
        output={
            "is_open": Output(ids.DELETE, "is_open"),
            "body": Output(CONFIRM.body, "children"),
            "id": Output(ids.DELETE_ID, "data"),
        },
        prevent_initial_call=True,
    )
    def _ask(_clicks: list[int | None]) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        return {"is_open": True, "body": describe_losses(services, pressed["id"]), "id": pressed["id"]}

    @app.callback(
        Input(CONFIRM.confirm, "n_clicks"),
        State(ids.DELETE_ID, "data"),
        State(ids.REFRESH, "data"),
        output={
            "is_open": Output(ids.DELETE, "is_open", allow_duplicate=True),
            "refresh": Output(ids.REFRESH, "data", allow_duplicate=True),
        },
        running=[(Output(CONFIRM.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _delete(_clicks: int | None, id: int | None, refresh: int) -> dict[str, Any]:
        if id is not None:
            services.secrets.remove(id)
        return {"is_open": False, "refresh": refresh + 1}


def describe_losses(services: Services, id: int) -> Any:
    """What deleting a mapping breaks, by name."""
    config = next((one for one in services.db.get_provider_config() if one.id == id), None)
    if config is None:
        return "It was deleted already."
    schedules = services.secrets.list_dependents(config.provider)
    sentence = f"{config.provider} will no longer have {config.env_var_name}"
    if services.secrets.sample:
        sentence += ". The sample cloud needs no credentials, so nothing stops; with real ones, this would:"
    else:
        sentence += ", and what signs in with it stops working:"
    return loss(
        sentence,
        [
            f"Queries of {config.provider} in the IDE",
            *(f"The schedule of {one.target_table} ({one.query_name})" for one in schedules),
        ],
        ["The secret itself, in its scope", "The tables that were filled with it"],
    )
