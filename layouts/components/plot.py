"""Charts from left to right: columns of marks above a line of names, and curves under the marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash import html

from layouts.components.marks import group, mark, name_shape, percent, place_marks
from layouts.components.markup import Tag
from layouts.components.scales import Scale, format_tick, list_ticks

# letters that stand side by side where a chart is narrow, as wide as half a page, and as a page; style sheets know from
# where on it is as wide as that (.from-half, .from-page)
ROOM = (45, 80, 140)
WIDTHS = ("", "from-half", "from-page")
BELOW = ("", "at-edge-below-half", "at-edge-below-page")
# between two names
BETWEEN = 2
# a curve's line by its series, beside the shape of its marks
DASHES = ("", "6 3", "2 3", "9 3 2 3")


@dataclass(frozen=True)
class Piece:
    """A mark from one number to another. words: what it shows; kind: its class.

    across: where it stands in its column, from the left, and how wide, as shares. shape: of a point.
    """

    start: float
    end: float
    words: str
    address: str
    kind: str
    colour: str = ""
    across: tuple[float, float] | None = None
    shape: int | None = None


@dataclass(frozen=True)
class Column:
    """The marks of one name. tip: what is said of all of them; below: a mark under the axis; value: on top."""

    name: str
    pieces: Sequence[Piece]
    tip: str = ""
    below: Any = None
    value: str = ""


@dataclass(frozen=True)
class Curve:
    """A line through the middles of the columns; it has a gap where a number is not known.

    floors: it is an area from there up. number: of its series.
    """

    colour: str
    tops: Sequence[float | None]
    floors: Sequence[float] | None = None
    number: int = 0


def draw_plot(
    columns: Sequence[Column],
    scale: Scale,
    behind: Any = None,
    *,
    whole: bool = True,
    newest: bool = False,
) -> html.Div:
    """The columns from left to right, as many of them named as there is room for.

    behind: a picture of all of it under the marks. whole: the axis has no ticks between whole numbers. newest: the last
    has its name, else the first.
    """
    ticks = list_ticks(scale.low, scale.high, whole)
    across = {"gridTemplateColumns": f"repeat({max(len(columns), 1)}, minmax(0, 1fr))"}
    lines = [
        html.Div(
            html.Span(format_tick(number)),
            className="plot-line zero" if number == 0 else "plot-line",
            style={"bottom": percent(scale.place(number))},
        )
        for number in ticks
    ]
    # numbers stand on all of the columns or on none
    steps = _list_steps([column.value for column in columns])
    width = next((name for name, step in zip(WIDTHS, steps, strict=True) if step == 1), None)
    marked = place_marks([_draw_column(column, scale, width) for column in columns], "right", "plot-columns")
    marked.style = across
    area = html.Div([*lines, behind, marked], className="plot-area")
    strips = [column.below for column in columns]
    below = place_marks(strips, "right", "plot-strip") if any(strips) else None
    if below is not None:
        below.style = across
    size = html.Div(max(map(format_tick, ticks), key=len), className="plot-size", **{"aria-hidden": "true"})
    return html.Div([size, area, below, _name_columns(columns, newest, across)], className="plot")


def _draw_column(column: Column, scale: Scale, width: str | None) -> html.Div:
    shown: list[Any] = [_draw_piece(piece, scale) for piece in column.pieces]
    if column.value and width is not None and column.pieces:
        # on top, or below what hangs
        piece = column.pieces[0]
        under = min(piece.start, piece.end) < 0
        at = scale.place(min(piece.start, piece.end) if under else max(piece.start, piece.end))
        words = f"piece-value under {width}" if under else f"piece-value {width}"
        shown.append(
            html.Span(
                column.value,
                className=words.strip(),
                style={"bottom": percent(at)},
                **{"aria-hidden": "true"},
            )
        )
    return group(shown, "plot-column", column.tip)


def _draw_piece(piece: Piece, scale: Scale) -> Any:
    low, high = min(piece.start, piece.end), max(piece.start, piece.end)
    place: dict[str, object] = {"bottom": percent(scale.place(low))}
    if piece.shape is None:
        place["height"] = percent(scale.place(high) - scale.place(low))
        if piece.colour:
            place["background"] = piece.colour
    if piece.across:
        place |= {"left": percent(piece.across[0]), "width": percent(piece.across[1])}
    drawn = mark(piece.words, piece.address, f"piece {piece.kind}", **place)
    if piece.shape is not None:
        shape = f"point-shape {name_shape(piece.shape)}".strip()
        drawn.children = html.Span(className=shape, style={"background": piece.colour})
    return drawn


def _list_steps(texts: Sequence[str]) -> list[int]:
    """For each of WIDTHS: there is room for every how manieth of the texts."""
    longest = max(map(len, texts), default=0) + BETWEEN
    steps, step = [], 1
    for letters in reversed(ROOM):
        least = max(-(-len(texts) * longest // letters), 1)
        # what is shown where there is less room is shown where there is more
        step *= -(-least // step)
        steps.append(step)
    return steps[::-1]


def _name_columns(columns: Sequence[Column], newest: bool, across: dict[str, str]) -> html.Div:
    steps, last = _list_steps([column.name for column in columns]), len(columns) - 1
    # where not every column has room for its name, the first and the last stand beside the edge, and not over it
    edge = next((below for below, step in zip(BELOW, steps, strict=True) if step == 1), "at-edge")
    shown = []
    for place, column in enumerate(columns):
        away = last - place if newest else place
        width = next((name for name, step in zip(WIDTHS, steps, strict=True) if away % step == 0), None)
        classes = [width] if width else []
        if edge and place in (0, last):
            classes += [edge, "first" if place == 0 else "last"]
        shown.append(html.Span("" if width is None else column.name, className=" ".join(classes) or None))
    return html.Div(shown, className="plot-names", style=across, **{"aria-hidden": "true"})


def stack_curves(series: Sequence[tuple[str, Sequence[float | None]]]) -> list[Curve]:
    """Areas on each other, from the bottom up. series: a colour with a number for each column.

    A part that is not known has no height; where none is, all have a gap.
    """
    curves: list[Curve] = []
    known = [
        any(one is not None for one in column)
        for column in zip(*(values for _, values in series), strict=True)
    ]
    floors = [0.0] * len(known)
    for colour, values in series:
        heights = [floor + (value or 0) for floor, value in zip(floors, values, strict=True)]
        tops = [height if there else None for height, there in zip(heights, known, strict=True)]
        curves.append(Curve(colour, tops, floors))
        floors = heights
    return curves


def draw_curves(curves: Sequence[Curve], scale: Scale) -> Tag:
    """The curves as a picture behind the marks, from the middle of the first column to that of the last."""
    drawn = []
    for curve in curves:
        known = [place for place, top in enumerate(curve.tops) if top is not None]
        # what follows each other has one distance from its place in the list
        for _, run in groupby(enumerate(known), lambda at: at[1] - at[0]):
            drawn += _draw_run(curve, [place for _, place in run], scale)
    about = {"viewBox": "0 0 100 100", "preserveAspectRatio": "none", "aria-hidden": "true"}
    return Tag("svg", {"class": "plot-picture", **about}, drawn)


def _draw_run(curve: Curve, places: Sequence[int], scale: Scale) -> list[Tag]:
    """A curve where all of its numbers are known."""
    count = len(curve.tops)
    line = [_point(place, curve.tops[place] or 0, count, scale) for place in places]
    drawn = []
    if curve.floors is not None:
        floor = [_point(place, curve.floors[place], count, scale) for place in reversed(places)]
        drawn.append(Tag("polygon", {"points": " ".join([*line, *floor]), "fill": curve.colour}))
    edge = {"points": " ".join(line), "stroke": curve.colour, "vector-effect": "non-scaling-stroke"}
    if dash := DASHES[curve.number % len(DASHES)]:
        edge["stroke-dasharray"] = dash
    return [*drawn, Tag("polyline", edge)]


def _point(place: int, value: float, count: int, scale: Scale) -> str:
    return f"{100 * (place + 0.5) / count:.2f},{100 - 100 * scale.place(value):.2f}"
