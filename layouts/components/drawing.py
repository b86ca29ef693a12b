"""Numbers by group as charts of marks: lying bars, columns, a line, an area, a ring, a treemap.

Bars lie, with their values at their ends; time and what has an order runs from left to right; no label is slanted.
Every mark says its number and carries the address behind it, where there is one. What is not known is no nought: a line
has a gap there, and a group of which nothing is known says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dash import html

from layouts.components.bars import Bar, BarLine, BarPart, draw_lines
from layouts.components.charts import COLOURWAY, REST_COLOUR
from layouts.components.labels import UNKNOWN, cut_value, cut_values
from layouts.components.marks import drawing, legend, mark, place_marks
from layouts.components.page import Children
from layouts.components.plot import Column, Curve, Piece, draw_curves, draw_plot, stack_curves
from layouts.components.ring import Slice, draw_ring
from layouts.components.scales import AIR, VALUED_AIR, make_scale
from layouts.components.tiles import Tile, draw_tiles
from services.models.wording import format_number

# kinds that show the groups as parts of a whole, each in a colour of its own: they cannot show a split
WHOLE = ("pie", "treemap")
# kinds that are as high as what they list; the others fill their panel
GROWING = ("bar", "pie")
# what services sum up as other: the splits beyond the largest
OTHER = "other"
# of more groups the sentence of a chart names the first and the last
MOST_NAMED = 8
# of a column's width, what its bars take
BARS = 0.72


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

    @cached_property
    def numbers(self) -> dict[str, list[float | None]]:
        """The series; what is no number (the average of nothing, infinity) is not known."""
        return {
            name: [n if n is not None and math.isfinite(n) else None for n in values]
            for name, values in self.series.items()
        }

    @cached_property
    def names(self) -> list[str]:
        """What the groups are called."""
        return [self.label(group) for group in self.groups]

    @cached_property
    def totals(self) -> list[float | None]:
        """The number of each group over its parts; None where it is known of none of them."""
        parts = [[values[i] for values in self.numbers.values()] for i in range(len(self.groups))]
        known = [[number for number in numbers if number is not None] for numbers in parts]
        return [sum(numbers) if numbers else None for numbers in known]

    @property
    def split(self) -> bool:
        """Whether there are several series."""
        return len(self.series) > 1

    @property
    def stacked(self) -> bool:
        """Whether the series stand on each other."""
        return self.split and self.added

    def lead(self, place: int, split: str | None = None) -> str:
        """Where a number leads: the address, or nothing."""
        return self.address(self.groups[place], split) if self.address else ""

    def say(self, place: int, split: str) -> str:
        """The sentence of a group's number in a split: `running, us-east-1: 1,204`."""
        part = f", {name_series(split)}" if self.split else ""
        return f"{self.names[place]}{part}: {say_number(self.numbers[split][place])}"


def draw_groups(data: Grouped) -> html.Div:
    """The chart of numbers by group."""
    if data.kind == "pie":
        drawn: Children = _draw_ring(data)
    elif data.kind == "treemap":
        drawn = _draw_treemap(data)
    elif data.kind == "bar":
        drawn = _draw_lying(data)
    else:
        drawn = _draw_standing(data)
    colours = (
        legend(
            ((name_series(name), find_colour(number, name)) for number, name in enumerate(data.series)),
            shaped=data.kind == "line",
        )
        if data.split and data.kind not in WHOLE
        else None
    )
    return drawing(_describe(data), [colours, drawn], f"{data.kind}-drawing")


def name_series(name: str) -> str:
    """What a series is called."""
    return name or "rows"


def say_number(number: float | None) -> str:
    """The number in full."""
    return UNKNOWN if number is None else format_number(number)


def find_colour(number: int, name: str) -> str:
    """The colour of a series; what is summed up beyond the named ones has its own."""
    return REST_COLOUR if name == OTHER else COLOURWAY[number % len(COLOURWAY)]


def _describe(data: Grouped) -> str:
    """`running 28; stopped 27`, and of many groups `30 groups from a 9 to z 1; the most: m with 1,204`."""
    said = [f"{name} {say_number(total)}" for name, total in zip(data.names, data.totals, strict=True)]
    if data.split and not data.added:
        # no total of what does not add up
        return f"{', '.join(data.names[:MOST_NAMED])} by {', '.join(map(name_series, data.series))}"
    if len(said) <= MOST_NAMED:
        return "; ".join(said) or "Nothing is counted"
    known = [(total, name) for total, name in zip(data.totals, data.names, strict=True) if total is not None]
    most = f"; the most: {max(known)[1]} with {say_number(max(known)[0])}" if known else ""
    return f"{len(said)} groups from {said[0]} to {said[-1]}{most}"


def _draw_lying(data: Grouped) -> html.Div:
    """Bars from left to right, the first on top, their values at their ends."""
    lines = [
        BarLine(label, data.names[place], _make_bars(data, place))
        for place, label in enumerate(cut_values(data.names))
    ]
    return draw_lines(lines)


def _make_bars(data: Grouped, place: int) -> list[Bar]:
    """The bars of a group: one, or one for each split that does not add up with the others."""
    parts = [
        BarPart(data.say(place, split), data.lead(place, split), values[place], find_colour(number, split))
        for number, (split, values) in enumerate(data.numbers.items())
        # a split that a group does not have is no part of it
        if values[place] is not None or not data.split
    ]
    if not parts:
        parts = [BarPart(f"{data.names[place]}: {UNKNOWN}", data.lead(place), None, REST_COLOUR)]
    if data.split and not data.added:
        return [Bar([part], say_number(part.value), part.value or 0) for part in parts]
    total = data.totals[place]
    return [Bar(parts, say_number(total), total or 0)]


def _draw_standing(data: Grouped) -> html.Div:
    """Columns, a line or an area: the groups from left to right, as many of them named as there is room for."""
    areas = data.kind == "area" and (data.added or not data.split)
    valued = data.kind == "column" and not data.split
    drawn = [_stack_column(data, place, areas) for place in range(len(data.groups))]
    ends = [end for pieces in drawn for piece in pieces for end in (piece.start, piece.end)]
    air = VALUED_AIR if valued else AIR
    scale = make_scale(min([0, *ends]), max([0, *ends]), air)
    names, totals = [cut_value(name) for name in data.names], data.totals
    columns = [
        Column(
            names[place],
            pieces,
            _list_lines(data, place),
            value=format_number(total) if valued and (total := totals[place]) is not None else "",
        )
        for place, pieces in enumerate(drawn)
    ]
    behind = None if data.kind == "column" else draw_curves(_make_curves(data, areas), scale)
    # ticks between whole numbers are none of a count's
    return draw_plot(columns, scale, behind, whole=data.counting)


def _list_lines(data: Grouped, place: int) -> str:
    """What stands below the words of each mark of a group: its total, and the parts of it from the top down."""
    if not data.split:
        return ""
    parts = [
        f"{name_series(split)} {say_number(values[place])}"
        for split, values in reversed(data.numbers.items())
        if values[place] is not None
    ]
    return "\n".join([f"{say_number(data.totals[place])} in all"] * data.added + parts)


def _stack_column(data: Grouped, place: int, areas: bool) -> list[Piece]:
    """The marks of a group: on each other, beside each other, or points at their heights."""
    known = [
        (number, split, value)
        for number, (split, values) in enumerate(data.numbers.items())
        if (value := values[place]) is not None
    ]
    if not known:
        return [Piece(0, 0, f"{data.names[place]}: {UNKNOWN}", data.lead(place), "not-known")]
    pieces, ends = [], {False: 0.0, True: 0.0}
    for number, split, value in known:
        words, address = data.say(place, split), data.lead(place, split)
        colour = find_colour(number, split)
        if data.kind == "column" and not data.stacked:
            wide = BARS / len(data.series)
            across = ((1 - BARS) / 2 + number * wide, wide)
            pieces.append(Piece(0, value, words, address, "bar", colour, across))
        elif data.kind == "column" or areas:
            # what is below nought hangs from it; an area is one sum
            side = value < 0 and not areas
            start, ends[side] = ends[side], ends[side] + value
            kind = "bar" if data.kind == "column" else "band"
            alone = kind == "bar" or _stands_alone(data, place)
            pieces.append(Piece(start, ends[side], words, address, kind, colour if alone else ""))
        else:
            pieces.append(Piece(value, value, words, address, "point", colour, shape=number))
    return pieces


def _stands_alone(data: Grouped, place: int) -> bool:
    """Whether the groups beside it are not known, so that there is no curve from it to another."""
    return all(
        total is None for total in data.totals[max(place - 1, 0) : place] + data.totals[place + 1 :][:1]
    )


def _make_curves(data: Grouped, areas: bool) -> list[Curve]:
    """The curves of the series, those of areas from the bottom up."""
    colours = [find_colour(number, name) for number, name in enumerate(data.series)]
    if not areas:
        return [
            Curve(colour, values, number=number)
            for number, (colour, values) in enumerate(zip(colours, data.numbers.values(), strict=True))
        ]
    return stack_curves(list(zip(colours, data.numbers.values(), strict=True)))


def _draw_ring(data: Grouped) -> html.Div:
    slices = [
        Slice(name, total, say_number(total), data.lead(place), COLOURWAY[place % len(COLOURWAY)])
        for place, (name, total) in enumerate(zip(data.names, data.totals, strict=True))
    ]
    known = [total for total in data.totals if total is not None and total >= 0]
    # a sum of averages says nothing, and neither does one of what is not known
    whole = data.counting and len(known) == len(slices)
    return draw_ring(slices, format_number(sum(known)) if whole else "")


def _draw_treemap(data: Grouped) -> html.Div:
    """The tiles, and below them what has no area."""
    tiles, rest = [], []
    for place, (name, total) in enumerate(zip(data.names, data.totals, strict=True)):
        words, address = f"{name}: {say_number(total)}", data.lead(place)
        if total is not None and total > 0:
            colour = COLOURWAY[place % len(COLOURWAY)]
            tiles.append(Tile(name, total, colour, words, "value", address))
        else:
            left = mark(words, address, "no-area")
            left.children = words
            rest.append(left)
    tiles.sort(key=lambda tile: -tile.value)
    above = place_marks(draw_tiles(tiles), "right", "tiles") if tiles else None
    below = place_marks(rest, "right", "no-areas") if rest else None
    return html.Div([above, below], className="treemap-parts")
