"""Charts as Plotly figures, written as plain dictionaries: labels, axes, and numbers by group in every form.

Bars lie, with their values at their ends; time and what has an order runs from left to right; no label is slanted.
Every mark carries the address behind it, where there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layouts.components.charts import (
    COLOURWAY,
    REST_COLOUR,
    escape_text,
    fade_colour,
    find_readable_colour,
    theme,
)
from layouts.components.tokens import TEXT_S

UNKNOWN = "not known"
LONGEST_LABEL = 22
# where a value may be cut for what others have too, and how much less is worth it
SEPARATORS = "@./:-_"
LEAST_CUT = 3
FEW_COUNTS = 5
# room between an axis's names and its marks
GAP = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
# kinds that show the groups as parts of a whole, each in a colour of its own: they cannot show a split
WHOLE = ("pie", "treemap")
# what services sum up as other: the splits beyond the largest
OTHER = "other"
# letters that stand side by side along an axis
AXIS_LETTERS = 110
# of more columns the values would touch each other
MOST_VALUED_COLUMNS = 14
# room at a bar's end for its value
VALUE_ROOM = 1.2


@dataclass(frozen=True)
class Grouped:
    """Numbers by group. kind: bar, column, line, area, pie or treemap. series: split → a number for each group.

    address: of a group, or of a group's part in a split. counting: the numbers count something. added: the splits of a
    group add up to it. label: what a group is called.
    """

    kind: str
    groups: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    address: Callable[[str, str | None], str] | None = None
    counting: bool = True
    added: bool = True
    label: Callable[[str], str] = str

    @property
    def names(self) -> list[str]:
        """What the groups are called."""
        return [self.label(group) for group in self.groups]

    @property
    def totals(self) -> list[float | None]:
        """The number of each group over its parts; None where it is known of none of them."""
        parts = [[values[i] for values in self.series.values()] for i in range(len(self.groups))]
        known = [[number for number in numbers if number is not None] for numbers in parts]
        return [sum(numbers) if numbers else None for numbers in known]


def figure(dark: bool, traces: list[dict[str, Any]], **layout: Any) -> dict[str, Any]:
    """A figure in the theme's template."""
    return {"data": traces, "layout": {"template": theme(dark), "autosize": True, **layout}}


def shorten_value(text: str) -> str:
    """A value as a label of a Plotly chart."""
    return escape_text(_cut_end(text))


def shorten_values(texts: Sequence[str]) -> list[str]:
    """Values that stand in one list as labels of a Plotly chart, as `cut_values` cuts them."""
    return [escape_text(one) for one in cut_values(texts)]


def cut_values(texts: Sequence[str]) -> list[str]:
    """Values that stand in one list as labels: what long ones have in common is cut first, so that they differ.

    `web-oncall@example.org` and `data-team@example.org` are `web-oncall@…` and `data-team@…`.
    """
    ends = Counter(end for text in set(texts) for end in _list_ends(text))
    starts = Counter(start for text in set(texts) for start in _list_starts(text))
    shortened = {text: _cut_common(text, ends, starts) for text in set(texts)}
    alike = Counter(shortened.values())
    # two that would look the same are cut as they would be alone
    return [
        _cut_end(
            text
            if alike[shortened[text]] > 1 or shortened[text] in shortened.keys() - {text}
            else shortened[text]
        )
        for text in texts
    ]


def _cut_end(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _cut_common(text: str, ends: Counter[str], starts: Counter[str]) -> str:
    """The text without as much of an end, or else of a start, that another has too, as lets it fit."""
    if len(text) <= LONGEST_LABEL:
        return text
    cut = [f"{text[: -len(end)]}{end[0]}…" for end in _list_ends(text) if ends[end] > 1]
    cut = cut or [f"…{start[-1]}{text[len(start) :]}" for start in _list_starts(text) if starts[start] > 1]
    fitting = [one for one in cut if len(one) <= LONGEST_LABEL]
    return max(fitting, key=len) if fitting else min(cut, key=len, default=text)


def _list_ends(text: str) -> list[str]:
    """Its parts from a separator on, where something stands before it."""
    return [
        text[i:] for i, letter in enumerate(text) if letter in SEPARATORS and 0 < i < len(text) - LEAST_CUT
    ]


def _list_starts(text: str) -> list[str]:
    """Its parts up to a separator, where something stands behind it."""
    return [
        text[: i + 1]
        for i, letter in enumerate(text)
        if letter in SEPARATORS and LEAST_CUT < i < len(text) - 1
    ]


def number_axis(most: float) -> dict[str, Any]:
    """The steps of an axis of counts up to `most`: of few things there is none between one and the next."""
    return {"tickformat": "d", "dtick": 1} if most <= FEW_COUNTS else {}


def draw_groups(data: Grouped, dark: bool) -> dict[str, Any]:
    """The figure of numbers by group."""
    if data.kind in WHOLE:
        trace = _ring(data) if data.kind == "pie" else _treemap(data)
        return figure(dark, [trace], margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return _draw_lying(data, dark) if data.kind == "bar" else _draw_standing(data, dark)


def draw_points(
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]], dark: bool, *, x: str, y: str, lines: bool
) -> dict[str, Any]:
    """Numbers against numbers or times: name → (x values, y values). x, y: the axes' names; lines: joined."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if lines else "markers",
            "name": escape_text(name),
            "x": list(xs),
            "y": list(ys),
            "line": {"color": _colour(number, name), "width": 2},
            "marker": {"color": _colour(number, name), "size": 6},
        }
        for number, (name, (xs, ys)) in enumerate(series.items())
    ]
    return figure(
        dark,
        traces,
        **_legend(len(series)),
        xaxis={"title": {"text": escape_text(x)}, "tickangle": 0},
        yaxis={"title": {"text": escape_text(y)}},
    )


def _legend(series: int) -> dict[str, Any]:
    """The legend and the room above the marks for it; one series needs none."""
    return {"showlegend": series > 1, "margin": {"l": 8, "r": 12, "t": 30 if series > 1 else 8, "b": 8}}


def _draw_series(data: Grouped, dark: bool, traces: list[dict[str, Any]], **axes: Any) -> dict[str, Any]:
    """The figure of series side by side or on one another, lying or standing."""
    return figure(
        dark,
        traces,
        # averages of parts do not add up to the average of the whole
        barmode="stack" if data.added else "group",
        bargap=0.28,
        legend={"traceorder": "normal"},
        **_legend(len(data.series)),
        **axes,
    )


def _colour(number: int, name: str) -> str:
    return REST_COLOUR if name == OTHER else COLOURWAY[number % len(COLOURWAY)]


def _shades(data: Grouped) -> list[str]:
    """A colour for each group."""
    return [COLOURWAY[i % len(COLOURWAY)] for i in range(len(data.groups))]


def _addresses(data: Grouped, order: Sequence[int], split: str | None) -> list[str]:
    return [data.address(data.groups[i], split) if data.address else "" for i in order]


def _make_whole(data: Grouped) -> dict[str, Any]:
    """What a ring and a treemap have in common: a mark a group, as large as its number."""
    return {
        "ids": [str(i) for i in range(len(data.groups))],
        "labels": [escape_text(name) for name in data.names],
        "values": data.totals,
        "customdata": _addresses(data, range(len(data.groups)), None),
        "hovertemplate": "%{label}: %{value:,}<extra></extra>",
        "marker": {"colors": _shades(data)},
    }


def _ring(data: Grouped) -> dict[str, Any]:
    return {
        "type": "pie",
        "hole": 0.55,
        "sort": False,
        "texttemplate": "%{label}<br>%{percent:.1%}",
        "textposition": "outside",
        "automargin": True,
        "showlegend": False,
        **_make_whole(data),
    }


def _treemap(data: Grouped) -> dict[str, Any]:
    inks = [find_readable_colour(shade) for shade in _shades(data)]
    return {
        "type": "treemap",
        "parents": [""] * len(data.groups),
        "texttemplate": "%{label}<br>%{value:,}",
        "insidetextfont": {"color": inks, "size": TEXT_S},
        # a single value is the root, whose words count as outside
        "outsidetextfont": {"color": inks[0], "size": TEXT_S},
        "pathbar": {"visible": False},
        **_make_whole(data),
    }


def _marks(data: Grouped, split: str, order: Sequence[int], flat: bool) -> dict[str, Any]:
    """The marks of a series: where they stand, what they say, where they lead."""
    # by their places: two long values may begin alike
    places, numbers = list(range(len(order))), [data.series[split][i] for i in order]
    name, names = escape_text(split) or "rows", data.names
    return {
        "name": name,
        "x": numbers if flat else places,
        "y": places if flat else numbers,
        "customdata": _addresses(data, order, split),
        "text": [escape_text(names[i]) for i in order],
        "hovertemplate": f"%{{text}}<br>{name}: %{{{'x' if flat else 'y'}:,}}<extra></extra>",
    }


def _draw_lying(data: Grouped, dark: bool) -> dict[str, Any]:
    """Bars from left to right, the first on top, their values at their ends."""
    order, names = list(reversed(range(len(data.groups)))), data.names
    stacked = len(data.series) > 1 and data.added
    traces: list[dict[str, Any]] = [
        {
            **_marks(data, split, order, flat=True),
            "type": "bar",
            "orientation": "h",
            "marker": {"color": _colour(number, split)},
            "texttemplate": "%{x:,}",
            "textposition": "none" if stacked else "outside",
            "cliponaxis": False,
        }
        for number, split in enumerate(data.series)
    ]
    totals = [data.totals[i] for i in order]
    if stacked:
        traces.append(_ends(totals))
    ends = (
        [number or 0 for number in totals] if stacked else [v or 0 for vs in data.series.values() for v in vs]
    )
    least, most = min([0, *ends]), max([0, *ends])
    return _draw_series(
        data,
        dark,
        traces,
        xaxis={"visible": False, "range": [least * VALUE_ROOM, most * VALUE_ROOM or 1], "fixedrange": True},
        yaxis={
            "tickvals": list(range(len(order))),
            "ticktext": shorten_values([names[i] for i in order]),
            "showgrid": False,
            "zeroline": False,
            **GAP,
        },
    )


def _ends(totals: Sequence[float | None]) -> dict[str, Any]:
    """The values at the ends of stacked bars."""
    return {
        "type": "scatter",
        "mode": "text",
        "y": list(range(len(totals))),
        "x": list(totals),
        "texttemplate": " %{x:,} ",
        "textposition": ["middle left" if (total or 0) < 0 else "middle right" for total in totals],
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _draw_standing(data: Grouped, dark: bool) -> dict[str, Any]:
    """Columns, a line or an area: the groups from left to right, as many of them named as there is room for."""
    order = list(range(len(data.groups)))
    # the values stand on the columns where there is room for them
    valued = len(data.series) == 1 and len(order) <= MOST_VALUED_COLUMNS
    traces = [
        _marks(data, split, order, flat=False) | _form(data.kind, _colour(number, split), valued)
        for number, split in enumerate(data.series)
    ]
    labels = [shorten_value(name) for name in data.names]
    step = max(1, -(-sum(len(label) + 2 for label in labels) // AXIS_LETTERS))
    heights = [sum(abs(values[i] or 0) for values in data.series.values()) for i in order]
    ticks = number_axis(max(heights, default=0)) if data.counting else {}
    return _draw_series(
        data,
        dark,
        traces,
        xaxis={
            "tickvals": order[::step],
            "ticktext": labels[::step],
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            "rangemode": "tozero",
            **ticks,
            **(
                {"range": [0, max(heights) * VALUE_ROOM]}
                if data.kind == "column" and valued and _rises(data)
                else {}
            ),
        },
    )


def _rises(data: Grouped) -> bool:
    """Whether no number is below nought, and some is above it."""
    known = [number for values in data.series.values() for number in values if number is not None]
    return min(known, default=0) >= 0 and max(known, default=0) > 0


def _form(kind: str, colour: str, valued: bool) -> dict[str, Any]:
    """How the marks of a series look. valued: with their values, where they are columns."""
    if kind == "column":
        return {
            "type": "bar",
            "marker": {"color": colour},
            "texttemplate": "%{y:,}",
            "textposition": "outside" if valued else "none",
            "cliponaxis": False,
        }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 6},
        "cliponaxis": False,
    }
    return {**line, "stackgroup": "all", "fillcolor": fade_colour(colour, 0.5)} if kind == "area" else line
