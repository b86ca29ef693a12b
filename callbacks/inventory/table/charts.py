"""The Charts tab: the charts that a table opens with, pinning one, and the chart that is built."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import partial
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, no_update

from callbacks.presses import find_pressed, is_called_by_new_buttons
from inventory_runner.errors import InvalidInput, InventoryError
from layouts.components.builder import read_chosen
from layouts.components.drawing import WHOLE
from layouts.components.feedback import error_alert, note
from layouts.inventory import addresses, ids
from layouts.inventory.table.charts import Shown, chart, find_in_ide, gallery
from layouts.inventory.table.page import read_ref
from layouts.shell import ids as shell_ids
from services import Services
from services.models.inventory import ChartChoice, PinnedChart, TableRef
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
        inputs={
            "fields": {name: Input(id, "value") for name, id in ids.CHART_FIELDS.items()},
            "theme": Input(shell_ids.THEME, "data"),
        },
        state={"arguments": State(ids.TABLE_ARGUMENTS, "data"), "chosen": State(ids.TABLE_TABS, "data")},
    )
    def _draw(
        fields: dict[str, str | None], theme: str, arguments: dict[str, str], chosen: dict[str, str]
    ) -> Any:
        choice, as_of = ChartChoice(**read_chosen(fields)), chosen.get("asof", "")
        return draw_chart(services, read_ref(arguments), choice, theme == "dark", as_of)

    @app.callback(
        Output(ids.CHART_GALLERY, "children"),
        Input(ids.CHART_GALLERY, "id"),
        Input(shell_ids.THEME, "data"),
        Input(ids.pin_chart(ALL), "n_clicks"),
        Input(ids.unpin_chart(ALL), "n_clicks"),
        State(ids.TABLE_ARGUMENTS, "data"),
        State(ids.TABLE_TABS, "data"),
    )
    def _show(
        _id: str, theme: str, _pinned: Any, _removed: Any, arguments: dict[str, str], chosen: dict[str, str]
    ) -> Any:
        if is_called_by_new_buttons():
            return no_update
        pressed = find_pressed()
        with addresses.carrying(arguments):
            return show_gallery(
                services,
                read_ref(arguments),
                theme == "dark",
                chosen.get("asof", ""),
                pressed if isinstance(pressed, dict) else {},
            )

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
    services: Services, ref: TableRef, dark: bool, as_of: str = "", pressed: dict[str, Any] | None = None
) -> Any:
    """The charts that the table opens with. pressed: the button of a chart that was pressed to pin or to remove it."""
    at, engineer = end_of(as_of), current_user().role is Role.ENGINEER
    refused = _act(services, ref, pressed) if pressed else None
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
            draw = partial(services.inventory.chart, ref, choice, at)
            shown.append(
                Shown(choice, services.inventory.remember(("chart", ref, choice, at), draw), None, pin)
            )
        except InventoryError as error:
            shown.append(Shown(choice, None, error, pin))
    return [refused, *gallery(table, shown, profiles, dark, engineer, as_of if at else "")]


def _act(services: Services, ref: TableRef, pressed: dict[str, Any]) -> Any:
    """Pin or remove; what is refused is said above the charts."""
    try:
        if pressed.get("type") == ids.CHART_UNPIN:
            services.inventory.unpin_chart(int(pressed["one"]))
        elif pressed.get("type") == ids.CHART_PIN:
            services.inventory.pin_chart(ref, _parse_choice(str(pressed["choice"])))
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


def draw_chart(services: Services, ref: TableRef, choice: ChartChoice, dark: bool, as_of: str = "") -> Any:
    """The chosen chart, or why there is none. as_of: a past day or minute, else now."""
    at, choice = end_of(as_of), clean_choice(choice)
    if choice.measure != "count" and not choice.of:
        return note("Choose a column of numbers", "A sum or an average needs a column to take it of.", "info")
    try:
        table = services.inventory.table(ref, at)
        data = services.inventory.chart(ref, choice, at)
    except InventoryError as error:
        return error_alert(error)
    summary = table.summary
    engineer = current_user().role is Role.ENGINEER
    in_ide = f"/ide?query={summary.query_id}" if engineer and summary.query_id and table.query_text else ""
    return chart(table, data, dark, find_in_ide(data, in_ide) if engineer else "", as_of if at else "")
