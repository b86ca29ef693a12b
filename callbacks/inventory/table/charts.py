"""The Charts tab: the charts that a table opens with, pinning one, and the chart that is built."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from inventory_runner.errors import InvalidInput, InventoryError
from layouts.components.builder import read_chosen
from layouts.components.drawing import WHOLE
from layouts.components.feedback import error_alert, note
from layouts.inventory import addresses, ids
from layouts.inventory.table.charts import Shown, chart, find_in_ide, gallery
from layouts.inventory.table.page import read_ref
from services import Services
from services.models.inventory import ChartChoice, ChartData, PinnedChart, TableRef
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import end_of
from services.users import Role, current_user

# kinds that cannot show a split: each group is a part of the whole, or a step
UNSPLIT = (*WHOLE, "filled", "histogram")
FIELDS = tuple(field.name for field in fields(ChartChoice))


def register(app: dash.Dash, services: Services) -> None:
    """Register the tab's callbacks."""

    @app.callback(
        Output(ids.CHART_BODY, "children"),
        inputs={name: Input(id, "value") for name, id in ids.CHART_FIELDS.items()},
        state={"arguments": State(ids.TABLE_ARGUMENTS, "data"), "chosen": State(ids.TABLE_TABS, "data")},
        # the first one comes with the tab
        prevent_initial_call=True,
    )
    def _draw(arguments: dict[str, str], chosen: dict[str, str], **fields: str | None) -> Any:
        choice, as_of = ChartChoice(**read_chosen(fields)), chosen.get("asof", "")
        with addresses.carrying(arguments):
            return draw_chart(services, read_ref(arguments), choice, as_of)

    @app.callback(
        Output(ids.CHART_GALLERY, "children"),
        Input(ids.CHART_PRESSED, "data"),
        State(ids.TABLE_ARGUMENTS, "data"),
        State(ids.TABLE_TABS, "data"),
        prevent_initial_call=True,
    )
    def _act(pressed: dict[str, Any] | None, arguments: dict[str, str], chosen: dict[str, str]) -> Any:
        if not pressed:
            return no_update
        with addresses.carrying(arguments):
            return show_gallery(services, read_ref(arguments), chosen.get("asof", ""), pressed)

    @app.callback(
        Output(ids.CHART_PIN_RESULT, "children"),
        Input(ids.CHART_PIN_BUILT, "n_clicks"),
        State(ids.TABLE_ARGUMENTS, "data"),
        *[State(id, "value") for id in ids.CHART_FIELDS.values()],
        prevent_initial_call=True,
    )
    def _pin(clicks: int, arguments: dict[str, str], *values: str | None) -> Any:
        if not clicks:
            return no_update
        built = ChartChoice(**read_chosen(dict(zip(ids.CHART_FIELDS, values, strict=True))))
        try:
            services.inventory.pin_chart(read_ref(arguments), clean_choice(built))
        except InventoryError as error:
            return error_alert(error)
        return "It is the table's first chart now, for everybody."

    app.clientside_callback(
        ClientsideFunction("inventory", "chart"),
        *[Input(id, "value") for id in ids.CHART_FIELDS.values()],
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )


def read_choice(values: dict[str, str]) -> ChartChoice | None:
    """The chart that a URL names; what it leaves out is the usual. None where it names none."""
    usual = ChartChoice()
    if not any(values.get(name) for name in FIELDS):
        return None
    return ChartChoice(
        values.get("by", ""),
        values.get("measure") or usual.measure,
        values.get("of", ""),
        values.get("split", ""),
        values.get("kind") or usual.kind,
        values.get("filter", "")[:LONGEST_SEARCH],
    )


def clean_choice(choice: ChartChoice) -> ChartChoice:
    """Without what its kind cannot show, which the builder hides and keeps for another kind."""
    if choice.kind in UNSPLIT:
        # the average of a group is not the sum of its parts' averages
        choice = replace(choice, split="")
    if choice.kind in ("histogram", "filled"):
        choice = replace(choice, measure="count")
    return replace(choice, of="") if choice.measure == "count" else choice


def show_gallery(
    services: Services, ref: TableRef, as_of: str = "", pressed: dict[str, Any] | None = None
) -> Any:
    """The charts that the table opens with. pressed: the button that was pressed to pin or to remove one, if any."""
    at, engineer = end_of(as_of), current_user().role is Role.ENGINEER
    refused = _pin_or_unpin(services, ref, pressed) if pressed else None
    try:
        table = services.inventory.table(ref, at)
        profiles = services.inventory.remember(
            ("profiles", ref, at), lambda: services.inventory.profiles(ref, at)
        )
        pinned = services.inventory.pinned_charts(ref)
        suggested = services.inventory.suggest_charts(table, profiles, pinned)
    except InventoryError as error:
        return error_alert(error)
    wanted: list[tuple[ChartChoice, PinnedChart | None]] = [(one.choice, one) for one in pinned]
    wanted += [(choice, None) for choice in suggested]
    shown = []
    for choice, pin in wanted:
        try:
            shown.append(Shown(choice, _count(services, ref, choice, at), None, pin))
        except InventoryError as error:
            shown.append(Shown(choice, None, error, pin))
    return [refused, *gallery(table, shown, profiles, engineer, as_of if at else "")]


def _count(services: Services, ref: TableRef, choice: ChartChoice, at: datetime | None) -> ChartData:
    """The numbers of a chart, counted once for each state of the inventory."""
    return services.inventory.remember(
        ("chart", ref, choice, at), lambda: services.inventory.chart(ref, choice, at)
    )


def _pin_or_unpin(services: Services, ref: TableRef, pressed: dict[str, Any]) -> Any:
    """What is refused is said above the charts."""
    try:
        if "unpin" in pressed:
            services.inventory.unpin_chart(int(pressed["unpin"]))
        else:
            services.inventory.pin_chart(ref, _parse_choice(str(pressed["pin"])))
    except (KeyError, TypeError, ValueError):
        return error_alert(InvalidInput("The page sent no chart."))
    except InventoryError as error:
        return error_alert(error)
    return None


def _parse_choice(text: str) -> ChartChoice:
    """What `charts.format_choice` wrote; raises ValueError for anything else."""
    read = json.loads(text)
    if not isinstance(read, dict) or not all(
        name in FIELDS and isinstance(value, str) for name, value in read.items()
    ):
        raise ValueError(text)
    return ChartChoice(**read)


def draw_chart(services: Services, ref: TableRef, choice: ChartChoice, as_of: str = "") -> Any:
    """The chosen chart, or why there is none. as_of: a past day or minute, else now."""
    at, choice = end_of(as_of), clean_choice(choice)
    if choice.measure != "count" and not choice.of:
        return note("Choose a column of numbers", "A sum or an average needs a column to take it of.", "info")
    try:
        table = services.inventory.table(ref, at)
        data = _count(services, ref, choice, at)
    except InventoryError as error:
        return error_alert(error)
    summary = table.summary
    engineer = current_user().role is Role.ENGINEER
    in_ide = f"/ide?query={summary.query_id}" if engineer and summary.query_id and table.query_text else ""
    return chart(table, data, find_in_ide(data, in_ide) if engineer else "", as_of if at else "")
