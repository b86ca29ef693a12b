"""The Charts tab: the chart that is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from inventory_runner.errors import InventoryError
from layouts.components.builder import read_chosen
from layouts.components.drawing import WHOLE
from layouts.components.feedback import error_alert, note
from layouts.inventory import ids
from layouts.inventory.table.charts import chart
from layouts.inventory.table.page import read_ref
from layouts.shell import ids as shell_ids
from services import Services
from services.models.inventory import ChartChoice, TableRef
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import end_of
from services.users import Role, current_user


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

    app.clientside_callback(
        ClientsideFunction("inventory", "chart"),
        *[Input(id, "value") for id in ids.CHART_FIELDS.values()],
        State(ids.TABLE_ARGUMENTS, "data"),
        prevent_initial_call=True,
    )


def read_choice(values: dict[str, str]) -> ChartChoice:
    """The chart that a URL names; what it leaves out is the usual."""
    usual = ChartChoice()
    return ChartChoice(
        values.get("by", ""),
        values.get("measure") or usual.measure,
        values.get("of", ""),
        values.get("split", ""),
        values.get("kind") or usual.kind,
        values.get("filter", "")[:LONGEST_SEARCH],
    )


def draw_chart(services: Services, ref: TableRef, choice: ChartChoice, dark: bool, as_of: str = "") -> Any:
    """The chosen chart, or why there is none. as_of: a past day or minute, else now."""
    at = end_of(as_of)
    if choice.kind in WHOLE:
        # the average of a group is not the sum of its parts' averages
        choice = replace(choice, split="")
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
    return chart(table, data, dark, in_ide, as_of if at else "")
