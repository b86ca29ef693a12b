"""The quick chart of a result: what to draw, and the chart with the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from dash import html

from layouts.components.builder import builder
from layouts.components.chart_panel import chart_panel, number_table, table_place
from layouts.ide import ids
from services.models.coverage import Reading
from services.models.numbers import Numbers

MEASURES = ("count", "sum", "mean", "min", "max")
KINDS = {"bar": "Bars", "line": "Line", "scatter": "Points", "histogram": "Histogram"}


def fields(chosen: Mapping[str, str], columns: Sequence[str], numbers: Sequence[str]) -> html.Div:
    """What to draw. chosen: by, measure, of, split, filter and kind; numbers: the columns that can be summed."""
    return builder(
        ids.CHART_FIELDS,
        chosen,
        columns={name: name for name in columns},
        numbers=numbers,
        measures=MEASURES,
        kinds=KINDS,
    )


def chart(
    title: str, drawing: html.Div, numbers: Numbers, csv: str, note: str, reading: Reading, *, growing: bool
) -> html.Section:
    """The chart. csv: the text of its file, which goes along with it: a result has no address of its own.

    reading: of the result. growing: it is as high as what it lists.
    """
    return chart_panel(
        title,
        drawing,
        name=title,
        csv=f"data:text/csv;charset=utf-8,{quote(csv)}",
        table=table_place(title, number_table(numbers)),
        note=note,
        reading=reading,
        brief=True,
        className="growing" if growing else "",
    )
