"""A preview of what a schedule's query gives: starting it, following it, cancelling it."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from callbacks.outputs import update
from callbacks.schedules.form import TYPED, Typed, read
from layouts.components.feedback import error_alert
from layouts.schedules import form_parts, ids
from services import Services
from services.models.core import InventoryError
from services.schedule_service.service import Preview

STARTED = {
    "id": Output(ids.FORM_PREVIEW_ID, "data", allow_duplicate=True),
    "idle": Output(ids.FORM_PREVIEW_TICK, "disabled"),
    "shown": Output(ids.FORM_PREVIEW_SHOWN, "data", allow_duplicate=True),
    "busy": Output(ids.FORM_PREVIEW, "disabled"),
    "no_cancel": Output(ids.FORM_PREVIEW_CANCEL, "hidden"),
}
FOLLOWED = {
    "shown": Output(ids.FORM_PREVIEW_SHOWN, "data", allow_duplicate=True),
    "idle": Output(ids.FORM_PREVIEW_TICK, "disabled", allow_duplicate=True),
    "busy": Output(ids.FORM_PREVIEW, "disabled", allow_duplicate=True),
    "no_cancel": Output(ids.FORM_PREVIEW_CANCEL, "hidden", allow_duplicate=True),
    "columns": Output(ids.FORM_COLUMNS, "data", allow_duplicate=True),
}
RUNNING = {"idle": False, "busy": True, "no_cancel": False}
OVER = {"idle": True, "busy": False, "no_cancel": True}


def register(app: dash.Dash, services: Services) -> None:
    """Register the preview's callbacks."""

    @app.callback(
        output=STARTED,
        inputs={"clicks": Input(ids.FORM_PREVIEW, "n_clicks")},
        state={"typed": TYPED},
        running=[(Output(ids.FORM_PREVIEW, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _start(clicks: int | None, typed: Typed) -> Any:
        if not clicks:
            return no_update
        try:
            preview = services.schedules.start_preview(read(typed))
        except InventoryError as error:
            return {"id": None, "shown": _label_answer(None, error_alert(error)), **OVER}
        return {
            "id": preview.id,
            "shown": _label_answer(preview.id, form_parts.preview_running(0.0)),
            **RUNNING,
        }

    @app.callback(
        Input(ids.FORM_PREVIEW_TICK, "n_intervals"),
        State(ids.FORM_PREVIEW_ID, "data"),
        State(ids.FORM_QUERY, "value"),
        output=FOLLOWED,
        prevent_initial_call=True,
    )
    def _follow(_ticks: int | None, id: str | None, query: Any) -> dict[str, Any]:
        return follow_preview(services, id, query)

    app.clientside_callback(
        ClientsideFunction("schedules_form", "preview"),
        Output(ids.FORM_PREVIEW_RESULT, "children"),
        Input(ids.FORM_PREVIEW_SHOWN, "data"),
        Input(ids.FORM_PREVIEW_ID, "data"),
    )

    @app.callback(
        Output(ids.FORM_PREVIEW_CANCEL, "title"),
        Input(ids.FORM_PREVIEW_CANCEL, "n_clicks"),
        State(ids.FORM_PREVIEW_ID, "data"),
        prevent_initial_call=True,
    )
    def _cancel(clicks: int | None, id: str | None) -> Any:
        if clicks and id:
            services.schedules.cancel_preview(id)
        return no_update


def follow_preview(services: Services, id: str | None, query: Any) -> dict[str, Any]:
    """What the preview has come to, and the columns that it told once it is over."""
    if not id:
        return update(FOLLOWED, **OVER)
    try:
        preview = services.schedules.preview(id)
    except InventoryError as error:
        return update(FOLLOWED, shown=_label_answer(id, error_alert(error)), **OVER)
    if preview.running:
        return update(
            FOLLOWED, shown=_label_answer(id, form_parts.preview_running(preview.elapsed)), **RUNNING
        )
    return {
        "shown": _label_answer(id, show_preview(preview)),
        "columns": _list_columns(preview, query),
        **OVER,
    }


def _label_answer(id: str | None, children: Any) -> dict[str, Any]:
    """What is said of a preview, with its id: an answer that comes after another query was chosen is not drawn."""
    return {"id": id, "children": children}


def show_preview(preview: Preview) -> Any:
    """A preview that has ended, as the form shows it."""
    if preview.error is not None:
        return error_alert(preview.error)
    columns = [(one.name, one.distinct, one.nulls, one.sample) for one in preview.columns]
    return form_parts.preview_result(preview.scope, preview.rows, preview.complete, columns, preview.keys)


def _list_columns(preview: Preview, query: Any) -> Any:
    if preview.error is not None or not preview.columns:
        return no_update
    return {"query": query, "names": [column.name for column in preview.columns]}
