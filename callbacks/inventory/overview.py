"""The overview: figures, charts and the week, drawn for what is chosen, and anew when a run has brought news."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import dash
from dash import MATCH, ClientsideFunction, Input, Output, State, ctx, no_update

from callbacks.outputs import update
from inventory_runner.errors import InventoryError
from layouts.components.chart_panel import number_table
from layouts.components.feedback import error_alert
from layouts.inventory import addresses, ids
from layouts.inventory.overview import page
from layouts.inventory.page import WATCH_MS, options, read_filter, views
from layouts.shell import ids as shell_ids
from services import Services
from services.inventory_service.charts import find_numbers, list_titles
from services.models.inventory import InventoryFilter
from services.users import Role, current_user

# while the sample's days are made, a few seconds each
FILLING_WATCH_MS = 3_000

OVERVIEW = {
    "body": Output(ids.BODY, "children"),
    "subtitle": Output(ids.SUBTITLE, "children"),
    "providers": Output(ids.PROVIDER, "options"),
    "regions": Output(ids.REGION, "options"),
    "no_tables": Output(ids.TABLES, "hidden"),
    # the other views are narrowed as this one is
    "views": Output(ids.VIEWS, "children"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the overview's callbacks."""

    @app.callback(
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.DAYS, "value"),
        Input(shell_ids.THEME, "data"),
        Input(ids.VERSION, "data"),
        State(ids.OVERVIEW_KEPT, "data"),
        output=OVERVIEW,
    )
    def _show(
        provider: str, region: str, days: str, theme: str, _version: str, kept: dict[str, str]
    ) -> dict[str, Any]:
        wanted = read_filter({"provider": provider, "region": region, "days": days})
        with carry(wanted, kept):
            return show_overview(services, wanted, theme == "dark")

    @app.callback(
        Output(ids.chart_table(MATCH), "children"),
        Input(ids.chart_table_button(MATCH), "n_clicks"),
        State(ids.PROVIDER, "value"),
        State(ids.REGION, "value"),
        State(ids.DAYS, "value"),
        State(ids.OVERVIEW_KEPT, "data"),
        prevent_initial_call=True,
    )
    def _show_numbers(clicks: int | None, provider: str, region: str, days: str, kept: dict[str, str]) -> Any:
        if not clicks:
            return no_update
        wanted = read_filter({"provider": provider, "region": region, "days": days})
        with carry(wanted, kept):
            return show_numbers(services, wanted, ctx.triggered_id["chart"])

    @app.callback(
        Input(ids.TICK, "n_intervals"),
        State(ids.KNOWN_VERSION, "data"),
        output={
            "known": Output(ids.KNOWN_VERSION, "data"),
            "shown": Output(ids.VERSION, "data"),
            "pace": Output(ids.TICK, "interval"),
        },
    )
    def _watch(_ticks: int, known: str | None) -> dict[str, Any]:
        pace = FILLING_WATCH_MS if services.sample_history.exists() else WATCH_MS
        return {**watch(services.inventory.version(), known), "pace": pace}

    app.clientside_callback(
        ClientsideFunction("inventory", "address"),
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.DAYS, "value"),
        Input(ids.TABLES_FIND, "value"),
        Input(ids.TABLES_VIEW, "data"),
        prevent_initial_call=True,
    )


def carry(wanted: InventoryFilter, kept: dict[str, str]) -> AbstractContextManager[None]:
    """Let links carry what the overview is narrowed to, and what came along."""
    days = str(wanted.days) if wanted.days != InventoryFilter().days else ""
    return addresses.carrying(
        {**(kept or {}), "provider": wanted.provider, "region": wanted.region, "days": days}
    )


def watch(newest: str, known: str | None) -> dict[str, Any]:
    """The version that is known, and the news that makes the page drawn anew; the first look only learns."""
    return {"known": newest, "shown": no_update if known in (None, newest) else newest}


def show_overview(services: Services, wanted: InventoryFilter, dark: bool) -> dict[str, Any]:
    """Body, subtitle, the selects' options, and whether there are no tables to list."""
    engineer = current_user().role is Role.ENGINEER
    try:
        return services.inventory.remember(
            ("overview", wanted, dark, engineer, addresses.name_carried()),
            lambda: _draw(services, wanted, dark, engineer),
        )
    except InventoryError as error:
        words = "What we run, where, and what changed."
        return update(OVERVIEW, body=[error_alert(error)], subtitle=words, no_tables=True)


def show_numbers(services: Services, wanted: InventoryFilter, name: str) -> Any:
    """The table behind a chart."""
    try:
        shown = services.inventory.overview(wanted)
        return number_table(find_numbers(shown, name), partial(page.DRAWINGS[name].leads, shown))
    except InventoryError as error:
        return error_alert(error)


def _draw(services: Services, wanted: InventoryFilter, dark: bool, engineer: bool) -> dict[str, Any]:
    shown = services.inventory.overview(wanted)
    return {
        "body": page.body(shown, list_titles(shown), dark, engineer),
        "subtitle": page.subtitle(shown),
        "providers": options("All providers", _add_chosen(shown.providers, wanted.provider)),
        "regions": options("All regions", _add_chosen(shown.regions, wanted.region)),
        "no_tables": not shown.tables,
        "views": views(""),
    }


def _add_chosen(values: tuple[str, ...], chosen: str) -> list[str]:
    """The values and the chosen one, which a URL may name though nothing has it."""
    return [*values, chosen] if chosen and chosen not in values else list(values)
