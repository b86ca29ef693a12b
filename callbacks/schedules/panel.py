"""The panel of one schedule: its runs, and the one that is looked at."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, no_update

from callbacks.schedules.page import View, compute_fingerprint
from layouts.schedules import ids, panel
from layouts.schedules.run import PanelContent
from services import Services
from services.models.core import InventoryError

PANEL_RUNS = 50


def register(app: dash.Dash, services: Services) -> None:
    """Register the panel's callback."""

    @app.callback(
        Input(ids.VIEW, "data"),
        Input(ids.CHANGED, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.PANEL_VERSION, "data"),
        output={
            "title": Output(ids.PANEL_TITLE, "children"),
            "body": Output(ids.PANEL_BODY, "children"),
            "mark": Output(ids.PANEL_VERSION, "data"),
        },
    )
    def _panel(view: View, _changed: Any, _ticks: int | None, mark: str | None) -> Any:
        return show_panel(services, view, mark)


def show_panel(services: Services, view: View, mark: str | None) -> Any:
    """The panel's title and body, and a mark of what is shown; `no_update` where that is what `mark` stands for."""
    id = view.get("schedule")
    if id is None:
        return no_update if mark is None else {"title": "", "body": None, "mark": None}
    try:
        schedule = services.schedules.get(id)
    except InventoryError as error:
        return {"title": panel.gone_title(id), "body": panel.gone_note(error.message), "mark": f"gone {id}"}
    total = services.db.runs.count_runs(id)
    page_number = min(max(1, view.get("runs") or 1), max(1, -(-total // PANEL_RUNS)))
    runs = services.db.runs.get_runs(id, PANEL_RUNS, offset=(page_number - 1) * PANEL_RUNS)
    run = next((one for one in runs if one.id == view.get("run")), None)
    if run is None and view.get("run"):
        older = services.db.runs.get_run(view["run"])
        run = older if older is not None and older.schedule_id == id else None
    run = run or (runs[0] if runs else None)
    tab = view.get("tab") or "scopes"
    query = services.db.get_query(schedule.query_id)
    content = PanelContent(
        schedule,
        runs,
        total,
        run,
        services.db.runs.get_run_scopes(run.id) if run is not None else (),
        services.db.runs.get_run_changes(run) if run is not None and tab == "changes" else (),
        tab,
        query.query_text if query is not None else "",
        page=page_number,
        before=(page_number - 1) * PANEL_RUNS,
        run_days=services.schedules.run_days,
    )
    # a run that goes on shows its time, which the heartbeat moves
    newest = compute_fingerprint(content, tab)
    if newest == mark:
        return no_update
    return {"title": panel.title(schedule), "body": panel.body(content), "mark": newest}
