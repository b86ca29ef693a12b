"""The list of schedules: what is shown of it, and how often the page looks again."""

from __future__ import annotations

import hashlib
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from callbacks.outputs import update
from layouts.components.feedback import error_alert, note
from layouts.schedules import ids, listing
from layouts.schedules.page import IDLE_TICK_MS, TICK_MS
from services import Services
from services.models.core import InventoryError

View = dict[str, Any]
LIST = {
    "list": Output(ids.LIST, "children"),
    "filters": Output(ids.FILTERS, "children"),
    "summary": Output(ids.SUMMARY, "children"),
    "pace": Output(ids.TICK, "interval"),
    "mark": Output(ids.LIST_VERSION, "data"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the list's callbacks."""
    _register_browser(app)

    @app.callback(
        Input(ids.VIEW, "data"),
        Input(ids.CHANGED, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.LIST_VERSION, "data"),
        output=LIST,
    )
    def _list(view: View, _changed: Any, _ticks: int | None, mark: str | None) -> dict[str, Any]:
        try:
            return show_list(services, view, mark)
        except InventoryError as error:
            # the next tick tries again
            return update(LIST, list=error_alert(error), pace=IDLE_TICK_MS, mark=None)


def _register_browser(app: dash.Dash) -> None:
    """What happens in the browser alone: see assets/schedules/page.js."""
    app.clientside_callback(
        ClientsideFunction("schedules", "show"), Output(ids.SHOWN, "data"), Input(ids.VIEW, "data")
    )
    app.clientside_callback(
        ClientsideFunction("schedules", "search"), Input(ids.SEARCH, "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("schedules", "done"), Input(ids.DONE, "data"), prevent_initial_call=True
    )


def show_list(services: Services, view: View, mark: str | None) -> dict[str, Any]:
    """The list, its filters, the page's subtitle, how often to look again, and a mark of what is shown.

    Where nothing is different from what `mark` stands for, only the pace is told.
    """
    schedules = services.schedules.list_schedules()
    search, status, opened = view.get("q") or "", view.get("status") or "", view.get("schedule")
    sort = view.get("sort") or ""
    wanted = listing.Wanted(search, status, view.get("provider") or "", view.get("owner") or "")
    pace = TICK_MS if any(one.running for one in schedules) else IDLE_TICK_MS
    standstill = services.schedules.explain_standstill() if schedules else ""
    newest = compute_fingerprint(schedules, wanted, opened, sort, standstill)
    if newest == mark:
        return update(LIST, pace=pace)
    return {
        "list": [
            note("Schedules stand still", standstill, "warning") if standstill else None,
            listing.table(schedules, wanted, opened, sort),
        ],
        "filters": listing.filters(schedules, wanted),
        "summary": listing.summary(schedules, wanted),
        "pace": pace,
        "mark": newest,
    }


def compute_fingerprint(*values: Any) -> str:
    """A short mark that differs where the values do."""
    return hashlib.sha1(repr(values).encode(), usedforsecurity=False).hexdigest()[:16]
