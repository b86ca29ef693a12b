"""The Schedules page: the list, the panel of one schedule, and what can be done with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from layouts.components.confirm import ConfirmIds, loss
from layouts.components.feedback import error_alert, note
from layouts.schedules import ids, page
from layouts.schedules import listing as schedules_list
from layouts.schedules import panel as schedules_panel
from layouts.schedules.run import PanelContent
from layouts.shell import ids as shell_ids
from services import Services
from services.models.core import InventoryError
from services.schedule_service.service import Losses

View = dict[str, Any]
PANEL_RUNS = 50


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""
    _register_browser(app)
    confirm = ConfirmIds(ids.DELETE)

    @app.callback(
        Output(ids.LIST, "children"),
        Output(ids.FILTERS, "children"),
        Output(ids.SUMMARY, "children"),
        Output(ids.TICK, "interval"),
        Output(ids.LIST_VERSION, "data"),
        Input(ids.VIEW, "data"),
        Input(ids.CHANGED, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.LIST_VERSION, "data"),
    )
    def _list(view: View, _changed: Any, _ticks: int | None, version: str | None) -> tuple[Any, ...]:
        try:
            return show_list(services, view, version)
        except InventoryError as error:
            # the next tick tries again
            return error_alert(error), no_update, no_update, page.IDLE_TICK_MS, None

    @app.callback(
        Output(ids.PANEL_TITLE, "children"),
        Output(ids.PANEL_BODY, "children"),
        Output(ids.PANEL_VERSION, "data"),
        Input(ids.VIEW, "data"),
        Input(ids.CHANGED, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.PANEL_VERSION, "data"),
    )
    def _panel(view: View, _changed: Any, _ticks: int | None, version: str | None) -> tuple[Any, ...]:
        return show_panel(services, view, version)

    @app.callback(
        Output(ids.DONE, "data"),
        Output(ids.CHANGED, "data", allow_duplicate=True),
        Input(ids.ACTION, "data"),
        prevent_initial_call=True,
    )
    def _act(action: dict[str, Any] | None) -> tuple[Any, Any]:
        if not action:
            return no_update, no_update
        told = act(services, str(action.get("action")), action.get("id"))
        if told is not None:
            dash.set_props(shell_ids.NOTICES, {"children": told})
        return action, action.get("at")

    @app.callback(
        Output(ids.DELETE, "is_open"),
        Output(confirm.title, "children"),
        Output(ids.DELETE_WHAT, "children"),
        Output(ids.DELETE_CHOICE, "hidden"),
        Output(ids.DELETE_TABLE, "value"),
        Output(ids.DELETE_ID, "data"),
        Input(ids.ACTION, "data"),
        Input(ids.DELETE_TABLE, "value"),
        State(ids.DELETE_ID, "data"),
        # nothing is deleted before the dialog has told what goes with it
        running=[(Output(confirm.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _ask_before_deleting(
        action: dict[str, Any] | None, choice: str, asked: int | None
    ) -> tuple[Any, ...]:
        if dash.ctx.triggered_id == ids.DELETE_TABLE:
            if asked is None:
                return (no_update,) * 6
            told = what_is_lost(services.schedules.losses(asked), choice)
            return no_update, no_update, told, no_update, no_update, no_update
        if not action or action.get("action") != "delete":
            return (no_update,) * 6
        losses = services.schedules.losses(_id(action.get("id")))
        title = f"Delete the schedule of {losses.schedule.target_table}?"
        return True, title, what_is_lost(losses, "keep"), not losses.exists, "keep", losses.schedule.id

    @app.callback(
        Output(ids.DELETE, "is_open", allow_duplicate=True),
        Output(ids.VIEW, "data", allow_duplicate=True),
        Output(ids.CHANGED, "data", allow_duplicate=True),
        Input(confirm.confirm, "n_clicks"),
        State(ids.DELETE_ID, "data"),
        State(ids.DELETE_TABLE, "value"),
        State(ids.VIEW, "data"),
        running=[(Output(confirm.confirm, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _delete(clicks: int | None, id: int | None, choice: str, view: View) -> tuple[Any, ...]:
        if not clicks or id is None:
            return (no_update,) * 3
        try:
            services.schedules.delete(id, drop_table=choice == "drop")
        except InventoryError as error:
            dash.set_props(shell_ids.NOTICES, {"children": dismissable(error_alert(error))})
            return False, no_update, f"delete {clicks}"
        if view.get("schedule") == id:
            view = {**view, "schedule": None, "run": None}
        return False, view, f"delete {clicks}"


def _register_browser(app: dash.Dash) -> None:
    """What happens in the browser alone: see assets/schedules.js."""
    app.clientside_callback(
        ClientsideFunction("schedules", "show"), Output(ids.SHOWN, "data"), Input(ids.VIEW, "data")
    )
    app.clientside_callback(
        ClientsideFunction("schedules", "search"), Input(ids.SEARCH, "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("schedules", "done"), Input(ids.DONE, "data"), prevent_initial_call=True
    )


def show_list(services: Services, view: View, version: str | None) -> tuple[Any, ...]:
    """The list, its filters, the page's subtitle, how often to look again, and a mark of what is shown.

    Where nothing is different from the mark `version`, only the pace is told.
    """
    schedules = services.schedules.listed()
    search, status, opened = view.get("q") or "", view.get("status") or "", view.get("schedule")
    sort = view.get("sort") or ""
    pace = page.TICK_MS if any(one.running for one in schedules) else page.IDLE_TICK_MS
    mark = fingerprint(schedules, search, status, opened, sort)
    if mark == version:
        return no_update, no_update, no_update, pace, no_update
    return (
        schedules_list.table(schedules, search, status, opened, sort),
        schedules_list.filters(schedules, status),
        schedules_list.summary(schedules),
        pace,
        mark,
    )


def show_panel(services: Services, view: View, version: str | None) -> tuple[Any, ...]:
    """The panel's title and body, and a mark of what is shown; nothing where that is the same as `version`."""
    id = view.get("schedule")
    if id is None:
        return (no_update,) * 3 if version is None else ("", None, None)
    try:
        schedule = services.schedules.get(id)
    except InventoryError as error:
        return schedules_panel.gone_title(id), schedules_panel.gone(error.message), f"gone {id}"
    total = services.db.count_runs(id)
    page_number = min(max(1, view.get("runs") or 1), max(1, -(-total // PANEL_RUNS)))
    runs = services.db.get_runs(id, PANEL_RUNS, offset=(page_number - 1) * PANEL_RUNS)
    run = next((one for one in runs if one.id == view.get("run")), None)
    if run is None and view.get("run"):
        older = services.db.get_run(view["run"])
        run = older if older is not None and older.schedule_id == id else None
    run = run or (runs[0] if runs else None)
    tab = view.get("tab") or "scopes"
    query = services.db.get_query(schedule.query_id)
    content = PanelContent(
        schedule,
        runs,
        total,
        run,
        services.db.get_run_scopes(run.id) if run is not None else (),
        services.db.get_run_changes(run) if run is not None and tab == "changes" else (),
        tab,
        query.query_text if query is not None else "",
        page=page_number,
        before=(page_number - 1) * PANEL_RUNS,
    )
    # a run that goes on shows its time, which the heartbeat moves
    mark = fingerprint(content, tab)
    if mark == version:
        return (no_update,) * 3
    return schedules_panel.title(schedule), schedules_panel.body(content), mark


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
        result = actions[action](_id(id))
    except InventoryError as error:
        return dismissable(error_alert(error))
    problem = getattr(result, "job_error", "")
    if action == "retry" and problem:
        return dismissable(note("The job could not be made", problem, "warning"))
    return None


def what_is_lost(losses: Losses, choice: str) -> Any:
    """What deleting takes and what it leaves, by the choice to keep or to drop the table."""
    schedule = losses.schedule
    table = f"{schedule.target_schema}.{schedule.target_table}"
    runs = "the record of its runs"
    if not losses.exists:
        return loss("It will not run any more.", ["the schedule and its job"], [runs])
    rows = f"{losses.rows:,} row{'s' if losses.rows != 1 else ''}"
    if choice != "drop":
        return loss(
            "It will not run any more, and nothing keeps its table up to date.",
            ["the schedule and its job"],
            [f"{table} with {rows}, marked as unmanaged", "its recorded changes, and its views", runs],
        )
    lost = ["the schedule and its job", f"{table} with {rows}"]
    if losses.changes:
        lost.append(f"{losses.changes:,} recorded change{'s' if losses.changes != 1 else ''} of its rows")
    if losses.views:
        lost.append(f"the views over it: {', '.join(losses.views)}")
    return loss("This cannot be undone.", lost, [runs])


def dismissable(alert: Any) -> Any:
    """A notice with a cross."""
    alert.dismissable = True
    return alert


def fingerprint(*values: Any) -> str:
    """A short mark that differs where the values do."""
    return hashlib.sha1(repr(values).encode(), usedforsecurity=False).hexdigest()[:16]


def _id(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
