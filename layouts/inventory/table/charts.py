"""The Charts tab of a table's page: what to group, measure and draw, and the chart."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from layouts.components.builder import builder
from layouts.components.chart_panel import chart_panel, number_table, table_place
from layouts.components.drawing import OTHER, Grouped, draw_groups
from layouts.components.feedback import empty_state
from layouts.inventory import addresses, ids
from services.models import routes
from services.models.chart_words import name_measure
from services.models.core import WriteMode
from services.models.inventory import ChartChoice, ChartData, TableDetail, TableRef

MEASURES = ("count", "sum", "avg")
KINDS = {
    "bar": "Bars",
    "column": "Columns",
    "line": "Line",
    "area": "Area",
    "pie": "Ring",
    "treemap": "Treemap",
}
# so few bars need no high panel
FEW = 6
TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}


def charts_tab(table: TableDetail, choice: ChartChoice) -> list[Any]:
    """What to group, measure and draw, and the place of the chart."""
    names = [
        column.name
        for column in table.columns
        if not column.name.startswith("_") or column.name == "_first_seen_at"
    ]
    return [
        builder(
            ids.CHART_FIELDS,
            {name: getattr(choice, name) for name in ids.CHART_FIELDS},
            columns={name: TITLES.get(name, name) for name in names},
            numbers=[
                column.name
                for column in table.columns
                if column.kind == "number" and not column.name.startswith("_")
            ],
            measures=MEASURES,
            kinds=KINDS,
        ),
        html.Div(id=ids.CHART_BODY, className="overview-grid"),
    ]


def chart(table: TableDetail, data: ChartData, dark: bool, in_ide: str = "", as_of: str = "") -> Any:
    """The chosen chart with its numbers. in_ide: the address of the query behind it. as_of: a past moment, if any."""
    ref, choice = table.ref, data.choice
    narrowed = f"only rows with “{choice.filter}”" if choice.filter else ""
    if not data.groups and narrowed:
        return empty_state("bi-funnel", "No row has these words", "Change the filter, or empty it.")
    if not data.groups:
        return empty_state(
            "bi-bar-chart", "Nothing to draw", "The table has no rows, or no column to group by."
        )
    title = f"{name_measure(choice.measure, choice.of)} by {TITLES.get(choice.by, choice.by)}" + (
        f" and {choice.split}" if choice.split else ""
    )
    csv = addresses.table_data(
        ref,
        routes.TABLE_CHART,
        by=choice.by,
        measure=choice.measure,
        of=choice.of,
        split=choice.split,
        kind=choice.kind,
        filter=choice.filter,
        asof=as_of,
    )
    words = " · ".join(part for part in (data.note, narrowed, append_note(table)) if part)
    name = f"{ref.label} {title}"
    splits = list(data.series)

    def leads(group: str, column: int) -> str:
        return rows_address(ref, choice, as_of, group, splits[column - 1]) if column else ""

    return chart_panel(
        ids.chart("table"),
        title,
        chart_figure(ref, data, dark, as_of),
        name=name,
        csv=csv,
        table=table_place(name, number_table(data.numbers, leads)),
        note=words,
        reading=table.reading,
        in_ide=in_ide,
        className="place-wide few" if choice.kind == "bar" and len(data.groups) <= FEW else "place-wide",
    )


def rows_address(ref: TableRef, choice: ChartChoice, as_of: str, group: str, split: str | None) -> str:
    """Where a number of the chart leads, as a mark and in the table behind it: to the rows that it counts."""
    # what is summed up as other has no value of its own
    shade = {choice.split: split} if choice.split and split is not None and split != OTHER else {}
    return addresses.rows(ref, {choice.by: group, **shade}, choice.filter, as_of)


def chart_figure(ref: TableRef, data: ChartData, dark: bool, as_of: str = "") -> dict[str, Any]:
    """The figure of a table's chart; every mark leads to the rows behind it."""
    choice = data.choice
    return draw_groups(
        Grouped(
            choice.kind,
            data.groups,
            data.series,
            partial(rows_address, ref, choice, as_of),
            counting=choice.measure == "count",
            # averages of parts do not add up to the average of the whole
            added=not (choice.measure == "avg" and choice.split),
        ),
        dark,
    )


def append_note(table: TableDetail) -> str:
    """What the rows of an append table are."""
    return "rows of the newest run" if table.summary.write_mode is WriteMode.APPEND else ""
