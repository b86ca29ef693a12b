"""Charts of points, whose library is fetched with the first of them: numbers against numbers or times.

What a style sheet can say of them it says (app/assets/shared/parts.css): they are in the theme's colours without being
drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from layouts.components.drawing import find_colour
from layouts.components.tokens import TEXT_S

GRAPH_CONFIG = {"displayModeBar": False, "responsive": True}
# how an axis writes numbers: whole with their thousands apart, as the rest of the product does (10,000), and from a
# million on short (1.5M, 2B), where a tick is no number to be read off but a height
NUMBER_AXIS = {"separatethousands": True, "exponentformat": "B", "minexponent": 5}
AXIS = {"automargin": True, "tickangle": 0, **NUMBER_AXIS}
LAYOUT: dict[str, Any] = {
    "autosize": True,
    "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": TEXT_S},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    "hoverlabel": {"font": {"size": TEXT_S}, "align": "left"},
}


def draw_points(
    id: Any,
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]],
    name: str,
    *,
    x: str,
    y: str,
    lines: bool,
) -> html.Div:
    """The chart. series: name → (x values, y values); name: of the chart; x, y: the axes' names; lines: joined."""
    return html.Div(
        dcc.Graph(id=id, figure=make_figure(series, x, y, lines), config=GRAPH_CONFIG, className="chart"),
        className="drawing-of-points",
        role="img",
        **{"aria-label": f"Chart: {name}. Its numbers are under Table in the menu of the panel."},
    )


def make_figure(
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]], x: str, y: str, lines: bool
) -> dict[str, Any]:
    """The figure as Plotly takes it."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if lines else "markers",
            "name": escape_text(name),
            "x": list(xs),
            "y": list(ys),
            "line": {"color": find_colour(number, name), "width": 2},
            "marker": {"color": find_colour(number, name), "size": 6},
        }
        for number, (name, (xs, ys)) in enumerate(series.items())
    ]
    several = len(series) > 1
    layout = {
        **LAYOUT,
        "showlegend": several,
        "margin": {"l": 8, "r": 12, "t": 30 if several else 8, "b": 8},
        "xaxis": {**AXIS, "title": {"text": escape_text(x), "font": {"size": TEXT_S}}},
        "yaxis": {**AXIS, "title": {"text": escape_text(y), "font": {"size": TEXT_S}}},
    }
    return {"data": traces, "layout": layout}


def escape_text(text: str) -> str:
    """A text as Plotly shows it: it takes tags, even links, in a value for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
