"""The Charts tab of a table's page: what to group, measure and draw, and the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.charts import OTHER_COLOURS, drawn, faded, graph_panel, readable_on
from layouts.components.feedback import empty_state
from layouts.inventory import addresses, ids
from layouts.inventory.overview.charts import GAP, figure, number_axis, short
from services.models.core import WriteMode
from services.models.inventory import ChartChoice, ChartData, TableDetail, TableRef

MEASURES = (("count", "Count of rows"), ("sum", "Sum"), ("avg", "Average"))
KINDS = (
    ("bar", "Bars"),
    ("column", "Columns"),
    ("line", "Line"),
    ("area", "Area"),
    ("pie", "Ring"),
    ("treemap", "Treemap"),
)
# a select takes an empty value for none at all
NONE = "*"
# so few bars need no high panel
FEW = 6
TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}


def charts_tab(table: TableDetail, choice: ChartChoice) -> list[Any]:
    """What to group, measure and draw, and the place of the chart."""
    return [_controls(table, choice), html.Div(id=ids.CHART_BODY, className="overview-grid")]


def _controls(table: TableDetail, choice: ChartChoice) -> html.Div:
    names = [
        column.name
        for column in table.columns
        if not column.name.startswith("_") or column.name == "_first_seen_at"
    ]
    numbers = [
        column.name for column in table.columns if column.kind == "number" and not column.name.startswith("_")
    ]

    def select(id: str, label: str, pairs: Sequence[tuple[str, str]], value: str) -> html.Label:
        return html.Label(
            [
                html.Span(label),
                dbc.Select(
                    id=id,
                    options=[{"label": words, "value": v} for v, words in pairs],
                    value=value,
                    size="sm",
                ),
            ]
        )

    plain = [(name, TITLES.get(name, name)) for name in names]
    return html.Div(
        [
            select(ids.CHART_BY, "Group by", plain, choice.by),
            select(ids.CHART_MEASURE, "Measure", MEASURES, choice.measure),
            select(ids.CHART_OF, "of", [(NONE, "–"), *((n, n) for n in numbers)], choice.of or NONE),
            select(ids.CHART_SPLIT, "Colour by", [(NONE, "–"), *plain], choice.split or NONE),
            select(ids.CHART_KIND, "Draw as", KINDS, choice.kind),
        ],
        className="chart-controls",
    )


def chart(ref: TableRef, data: ChartData, dark: bool, covered: str) -> Any:
    """The chosen chart with its data to take away."""
    choice = data.choice
    if not data.groups:
        return empty_state(
            "bi-bar-chart", "Nothing to draw", "The table has no rows, or no column to group by."
        )
    measure = {"count": "Rows", "sum": f"Sum of {choice.of}", "avg": f"Average {choice.of}"}[choice.measure]
    title = f"{measure} by {TITLES.get(choice.by, choice.by)}" + (
        f" and {choice.split}" if choice.split else ""
    )
    csv = addresses.table_data(
        ref,
        "chart.csv",
        by=choice.by,
        measure=choice.measure,
        of=choice.of,
        split=choice.split,
        kind=choice.kind,
    )
    words = " · ".join(part for part in (data.note, covered) if part)
    return graph_panel(
        ids.chart("table"),
        title,
        chart_figure(ref, data, dark),
        name=f"{ref.label} {title}",
        csv=csv,
        note=words,
        className="place-wide few" if choice.kind == "bar" and len(data.groups) <= FEW else "place-wide",
    )


def chart_figure(ref: TableRef, data: ChartData, dark: bool) -> dict[str, Any]:
    """The figure of a table's chart; every mark leads to the rows behind it."""
    choice, groups = data.choice, list(data.groups)
    palette = ["#2563eb", "#0d9488", "#f59e0b", "#8b5cf6", *OTHER_COLOURS]
    named = [
        (name, values, "#94a3b8" if name == "other" else palette[i % len(palette)])
        for i, (name, values) in enumerate(data.series.items())
    ]

    def address(group: str, split: str = "") -> str:
        # what is summed up as other has no value of its own
        shade = {choice.split: split} if choice.split and split != "other" else {}
        return addresses.rows(ref, {choice.by: group, **shade})

    if choice.kind in ("pie", "treemap"):
        totals = [sum(values[i] or 0 for _, values, _ in named) for i in range(len(groups))]
        shades = [palette[i % len(palette)] for i in range(len(groups))]
        common = {
            "ids": [str(i) for i in range(len(groups))],
            "labels": [drawn(group) for group in groups],
            "values": totals,
            "customdata": [address(group) for group in groups],
            "hovertemplate": "%{label}: %{value:,}<extra></extra>",
        }
        if choice.kind == "pie":
            trace = {
                "type": "pie",
                "hole": 0.55,
                "sort": False,
                "textinfo": "label+percent",
                "textposition": "outside",
                "automargin": True,
                "marker": {"colors": shades},
                "showlegend": False,
                **common,
            }
        else:
            trace = {
                "type": "treemap",
                "parents": [""] * len(groups),
                "texttemplate": "%{label}<br>%{value:,}",
                "marker": {"colors": shades},
                "insidetextfont": {"color": [readable_on(s) for s in shades], "size": 13},
                # a single value is the root, whose words count as outside
                "outsidetextfont": {"color": readable_on(shades[0]), "size": 13},
                "pathbar": {"visible": False},
                **common,
            }
        return figure(dark, [trace], margin={"l": 8, "r": 8, "t": 8, "b": 8})
    flat = choice.kind == "bar"
    order = list(reversed(range(len(groups)))) if flat else list(range(len(groups)))
    traces = []
    for name, values, colour in named:
        # by their places: two long values may begin alike
        category, number = list(range(len(order))), [values[i] for i in order]
        mark: dict[str, Any] = {
            "name": drawn(name) or "rows",
            "x": number if flat else category,
            "y": category if flat else number,
            "customdata": [address(groups[i], name) for i in order],
            "text": [drawn(groups[i]) for i in order],
            "hovertemplate": f"%{{text}}<br>{drawn(name) or 'rows'}: %{{{'x' if flat else 'y'}:,}}<extra></extra>",
        }
        if choice.kind in ("line", "area"):
            mark |= {
                "type": "scatter",
                "mode": "lines+markers",
                "line": {"color": colour, "width": 2},
                "marker": {"size": 6},
                "cliponaxis": False,
            }
            if choice.kind == "area":
                mark |= {"stackgroup": "all", "fillcolor": faded(colour, 0.5)}
        else:
            mark |= {
                "type": "bar",
                "orientation": "h" if flat else "v",
                "marker": {"color": colour},
                "textposition": "none",
            }
        traces.append(mark)
    category_axis = {
        "tickvals": list(range(len(order))),
        "ticktext": [short(groups[i]) for i in order],
        "showgrid": False,
        "zeroline": False,
        **(GAP if flat else {}),
    }
    totals = [sum(abs(values[i] or 0) for _, values, _ in named) for i in order]
    ticks = number_axis(max(totals, default=0)) if choice.measure == "count" else {"tickformat": ",~r"}
    value_axis = {"rangemode": "tozero", **ticks}
    return figure(
        dark,
        traces,
        # averages of parts do not add up to the average of the whole
        barmode="group" if choice.measure == "avg" and choice.split else "stack",
        bargap=0.28,
        showlegend=len(named) > 1,
        legend={"traceorder": "normal"},
        margin={"l": 8, "r": 12, "t": 30 if len(named) > 1 else 8, "b": 8},
        xaxis=value_axis if flat else category_axis,
        yaxis=category_axis if flat else value_axis,
    )


def append_note(table: TableDetail) -> str:
    """What the rows of an append table are."""
    return "rows of the newest run" if table.summary.write_mode is WriteMode.APPEND else ""
