"""The frame of the overview's charts over days: the same columns and the same ticks in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html

from layouts.components.marks import format_tick, group, list_ticks, mark, percent, place_marks
from services.models.wording import format_day

MOST_NAMES = 7
# room above the highest mark
AIR = 1.04


@dataclass(frozen=True)
class Piece:
    """A mark from one number to another. words: what it shows; kind: its class."""

    start: float
    end: float
    words: str
    address: str
    kind: str
    colour: str = ""


@dataclass(frozen=True)
class Column:
    """A day. tip: what is said of all of it; below: a mark under the axis."""

    day: date
    pieces: Sequence[Piece]
    tip: str = ""
    below: Any = None


@dataclass(frozen=True)
class Scale:
    """Which numbers the height of a chart shows."""

    low: float
    high: float

    def place(self, number: float) -> float:
        """How high a number stands, from 0 at the bottom to 1 at the top."""
        return (number - self.low) / (self.high - self.low)


def make_scale(low: float, high: float) -> Scale:
    """The scale of numbers from `low`, at most 0, to `high`, at least 0."""
    return Scale(low * AIR, (high or (0 if low else 1)) * AIR)


def draw_days(columns: Sequence[Column], scale: Scale, today: date, behind: Any = None) -> html.Div:
    """The days from left to right. behind: a picture of the whole under the marks."""
    ticks = list_ticks(scale.low, scale.high)
    longest = max(map(format_tick, ticks), key=len)
    across = {"gridTemplateColumns": f"repeat({max(len(columns), 1)}, minmax(0, 1fr))"}
    lines = [
        html.Div(
            html.Span(format_tick(number)),
            className="days-line zero" if number == 0 else "days-line",
            style={"bottom": percent(scale.place(number))},
        )
        for number in ticks
    ]
    marked = place_marks([_draw_column(column, scale) for column in columns], "right", "days-columns")
    marked.style = across
    plot = html.Div([*lines, behind, marked], className="days-plot")
    strips = [column.below for column in columns]
    below = place_marks(strips, "right", "days-strip") if any(strips) else None
    if below is not None:
        below.style = across
    size = html.Div(longest, className="days-size", **{"aria-hidden": "true"})
    return html.Div([size, plot, below, _name_days(columns, today, across)], className="days")


def _draw_column(column: Column, scale: Scale) -> html.Div:
    pieces = [
        mark(
            piece.words,
            piece.address,
            f"piece {piece.kind}",
            bottom=percent(scale.place(piece.start)),
            height=percent(scale.place(piece.end) - scale.place(piece.start)),
            **({"background": piece.colour} if piece.colour else {}),
        )
        for piece in column.pieces
    ]
    return group(pieces, "days-column", column.tip)


def _name_days(columns: Sequence[Column], today: date, across: dict[str, str]) -> html.Div:
    """The names of as many days as have room, the newest among them."""
    every = -(-len(columns) // MOST_NAMES) if columns else 1
    last = len(columns) - 1
    return html.Div(
        [
            html.Span(format_day(column.day, today) if (last - place) % every == 0 else "")
            for place, column in enumerate(columns)
        ],
        className="days-names",
        style=across,
        **{"aria-hidden": "true"},
    )
