"""The overview: figures, charts and the week, drawn for what is chosen, and anew when a run has brought news."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from callbacks.outputs import update
from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert, error_panel
from layouts.components.markup import TABLE, Drawn, render
from layouts.inventory import addresses, ids
from layouts.inventory.overview import page
from layouts.inventory.page import WATCH_MS, options, read_filter, views
from services import Services
from services.inventory_service.charts import CHARTS, find_numbers, list_titles
from services.models.inventory import InventoryFilter, Overview
from services.models.limits import LONGEST_FILTER
from services.users import Role, current_user

# while the sample's days are made, a few seconds each
FILLING_WATCH_MS = 3_000

OVERVIEW = {
    "body": Output(ids.BODY, "children"),
    "first": Output(ids.FIRST, "parts"),
    "charts": Output(ids.CHARTS, "parts"),
    "subtitle": Output(ids.SUBTITLE, "children"),
    "providers": Output(ids.PROVIDER, "options"),
    "regions": Output(ids.REGION, "options"),
    "no_tables": Output(ids.TABLES, "hidden"),
    # the other views are narrowed as this one is
    "views": Output(ids.VIEWS, "children"),
}
# beside the filters, in what a chart is to be drawn of: of which records
VERSION = "version"


def register(app: dash.Dash, services: Services) -> None:
    """Register the overview's callbacks."""

    @app.callback(
        Input(ids.PROVIDER, "value"),
        Input(ids.REGION, "value"),
        Input(ids.DAYS, "value"),
        Input(ids.VERSION, "data"),
        State(ids.OVERVIEW_KEPT, "data"),
        output=OVERVIEW,
    )
    def _show(provider: str, region: str, days: str, _version: str, kept: dict[str, str]) -> dict[str, Any]:
        wanted = read_filter({"provider": provider, "region": region, "days": days})
        with carry(wanted, kept):
            return show_overview(services, wanted)

    @app.callback(Output(ids.CHARTS, "drawn"), Input(ids.CHARTS, "asked"), prevent_initial_call=True)
    def _draw_charts(asked: dict[str, Any] | None) -> Any:
        return draw_charts(services, asked) if asked else no_update

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


def show_overview(services: Services, wanted: InventoryFilter) -> dict[str, Any]:
    """What comes first, the charts' places, subtitle, the selects' options, and whether there are no tables to list."""
    engineer = current_user().role is Role.ENGINEER
    try:
        return services.inventory.remember(
            ("overview", wanted, engineer, addresses.name_carried()),
            lambda: _draw(services, wanted, engineer),
        )
    except InventoryError as error:
        words = "What we run, where, and what changed."
        return update(
            OVERVIEW, body=[error_alert(error)], first=[], charts=[], subtitle=words, no_tables=True
        )


def draw_charts(services: Services, asked: Mapping[str, Any]) -> Drawn:
    """The charts that came into view, and the tables behind those that were asked for.

    asked: {"of": what they are drawn of, as `show_overview` said, "keys": names, with TABLE behind that of a table's}.
    """
    of = str(asked.get("of") or "")[:LONGEST_FILTER]
    said = dict(parse_qsl(of, keep_blank_values=True))
    wanted = read_filter(said)
    keys = {str(key) for key in asked.get("keys") or ()} & {
        name + behind for name in (chart.name for chart in CHARTS) for behind in ("", TABLE)
    }
    with carry(wanted, said):
        return {"of": of, "html": {key: _draw_part(services, wanted, key) for key in sorted(keys)}}


def _draw_part(services: Services, wanted: InventoryFilter, key: str) -> str:
    """A chart in its panel, or the table behind it, as HTML; what went wrong in its place."""
    name, table = key.removesuffix(TABLE), key.endswith(TABLE)

    def draw() -> str:
        shown = _read(services, wanted)
        if table:
            return render(page.draw_table(shown, name, find_numbers(shown, name)))
        return render(page.draw_chart(shown, name, list_titles(shown).get(name, "")))

    try:
        return services.inventory.remember(("chart", wanted, key, addresses.name_carried()), draw)
    except InventoryError as error:
        return render(error_panel(error))


def _read(services: Services, wanted: InventoryFilter) -> Overview:
    """The overview's numbers, read once for all that is drawn of them."""
    return services.inventory.remember(("numbers", wanted), lambda: services.inventory.overview(wanted))


def _draw(services: Services, wanted: InventoryFilter, engineer: bool) -> dict[str, Any]:
    shown = _read(services, wanted)
    # the minute: ages go on while the records stay
    version = f"{services.inventory.version()} {int(shown.at.timestamp()) // 60}"
    carried = addresses.list_carried()
    chosen = {"provider": wanted.provider, "region": wanted.region, "days": str(wanted.days)}
    of = urlencode({**carried, **chosen, VERSION: version})
    return {
        "body": page.body(shown, engineer),
        "first": page.first(shown, engineer),
        "charts": page.grid(shown, list_titles(shown), of),
        "subtitle": page.subtitle(shown),
        "providers": options("All providers", _add_chosen(shown.providers, wanted.provider)),
        "regions": options("All regions", _add_chosen(shown.regions, wanted.region)),
        "no_tables": not shown.tables,
        "views": views(""),
    }


def _add_chosen(values: tuple[str, ...], chosen: str) -> list[str]:
    """The values and the chosen one, which a URL may name though nothing has it."""
    return [*values, chosen] if chosen and chosen not in values else list(values)
