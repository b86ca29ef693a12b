"""The Charts tab of a table's page: what to group, measure and draw, and the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.charts import COLOURWAY, REST_COLOUR, drawn, faded, graph_panel, readable_on
from layouts.components.feedback import empty_state
from layouts.components.tokens import TEXT_S
from layouts.inventory import addresses, ids
from layouts.inventory.drawing import GAP, figure, number_axis, short
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
# kinds that show the groups as parts of a whole, each in a colour of its own: they cannot show a split
WHOLE = ("pie", "treemap")
# a select takes an empty value for none at all
NONE = "*"
# so few bars need no high panel
FEW = 6
# what the service sums up as other: the splits beyond the largest
OTHER = "other"
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
    if data.choice.kind in WHOLE:
        trace = _ring(ref, data) if data.choice.kind == "pie" else _treemap(ref, data)
        return figure(dark, [trace], margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return _along_axes(ref, data, dark)


def _address(ref: TableRef, choice: ChartChoice, group: str, split: str | None = None) -> str:
    """The rows of a group, or of that part of it that has the value of the split."""
    # what is summed up as other has no value of its own
    shade = {choice.split: split} if choice.split and split is not None and split != OTHER else {}
    return addresses.rows(ref, {choice.by: group, **shade})


def _totals(data: ChartData) -> list[float | None]:
    """The number of each group over its parts; None where it is known of none of them."""
    parts = [[values[i] for values in data.series.values()] for i in range(len(data.groups))]
    known = [[number for number in numbers if number is not None] for numbers in parts]
    return [sum(numbers) if numbers else None for numbers in known]


def _shades(data: ChartData) -> list[str]:
    """A colour for each group."""
    return [COLOURWAY[i % len(COLOURWAY)] for i in range(len(data.groups))]


def _of_whole(ref: TableRef, data: ChartData) -> dict[str, Any]:
    """What a ring and a treemap have in common: a mark a group, as large as its number."""
    return {
        "ids": [str(i) for i in range(len(data.groups))],
        "labels": [drawn(group) for group in data.groups],
        "values": _totals(data),
        "customdata": [_address(ref, data.choice, group) for group in data.groups],
        "hovertemplate": "%{label}: %{value:,}<extra></extra>",
        "marker": {"colors": _shades(data)},
    }


def _ring(ref: TableRef, data: ChartData) -> dict[str, Any]:
    return {
        "type": "pie",
        "hole": 0.55,
        "sort": False,
        "textinfo": "label+percent",
        "textposition": "outside",
        "automargin": True,
        "showlegend": False,
        **_of_whole(ref, data),
    }


def _treemap(ref: TableRef, data: ChartData) -> dict[str, Any]:
    inks = [readable_on(shade) for shade in _shades(data)]
    return {
        "type": "treemap",
        "parents": [""] * len(data.groups),
        "texttemplate": "%{label}<br>%{value:,}",
        "insidetextfont": {"color": inks, "size": TEXT_S},
        # a single value is the root, whose words count as outside
        "outsidetextfont": {"color": inks[0], "size": TEXT_S},
        "pathbar": {"visible": False},
        **_of_whole(ref, data),
    }


def _along_axes(ref: TableRef, data: ChartData, dark: bool) -> dict[str, Any]:
    """Bars, columns, a line or an area: the groups along one axis, their numbers along the other."""
    choice, flat = data.choice, data.choice.kind == "bar"
    order = list(range(len(data.groups)))
    if flat:
        # the first on top
        order.reverse()
    traces = []
    for number, (split, values) in enumerate(data.series.items()):
        colour = REST_COLOUR if split == OTHER else COLOURWAY[number % len(COLOURWAY)]
        traces.append(_marks(ref, data, split, values, order) | _form(choice.kind, colour))
    category_axis = {
        "tickvals": list(range(len(order))),
        "ticktext": [short(data.groups[i]) for i in order],
        "showgrid": False,
        "zeroline": False,
        **(GAP if flat else {}),
    }
    heights = [sum(abs(values[i] or 0) for values in data.series.values()) for i in order]
    ticks = number_axis(max(heights, default=0)) if choice.measure == "count" else {"tickformat": ",~r"}
    value_axis = {"rangemode": "tozero", **ticks}
    several = len(traces) > 1
    return figure(
        dark,
        traces,
        # averages of parts do not add up to the average of the whole
        barmode="group" if choice.measure == "avg" and choice.split else "stack",
        bargap=0.28,
        showlegend=several,
        legend={"traceorder": "normal"},
        margin={"l": 8, "r": 12, "t": 30 if several else 8, "b": 8},
        xaxis=value_axis if flat else category_axis,
        yaxis=category_axis if flat else value_axis,
    )


def _marks(
    ref: TableRef, data: ChartData, split: str, values: Sequence[float | None], order: Sequence[int]
) -> dict[str, Any]:
    """The marks of a series: where they stand, what they say, where they lead."""
    # by their places: two long values may begin alike
    places, numbers = list(range(len(order))), [values[i] for i in order]
    flat = data.choice.kind == "bar"
    name = drawn(split) or "rows"
    return {
        "name": name,
        "x": numbers if flat else places,
        "y": places if flat else numbers,
        "customdata": [_address(ref, data.choice, data.groups[i], split) for i in order],
        "text": [drawn(data.groups[i]) for i in order],
        "hovertemplate": f"%{{text}}<br>{name}: %{{{'x' if flat else 'y'}:,}}<extra></extra>",
    }


def _form(kind: str, colour: str) -> dict[str, Any]:
    """How the marks of a series look."""
    if kind in ("bar", "column"):
        return {
            "type": "bar",
            "orientation": "h" if kind == "bar" else "v",
            "marker": {"color": colour},
            "textposition": "none",
        }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 6},
        "cliponaxis": False,
    }
    return {**line, "stackgroup": "all", "fillcolor": faded(colour, 0.5)} if kind == "area" else line


def append_note(table: TableDetail) -> str:
    """What the rows of an append table are."""
    return "rows of the newest run" if table.summary.write_mode is WriteMode.APPEND else ""
