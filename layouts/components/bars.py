"""Lying bars: names at the left, parts one after the other, the number of all of them at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from layouts.components.marks import group, mark, percent, place_marks


@dataclass(frozen=True)
class BarPart:
    """A part of a bar. words: what it shows. value: its length, None where that is not known.

    hatched: what it is a part of has no name.
    """

    words: str
    address: str
    value: float | None
    colour: str
    hatched: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar; what is below nought goes to the left. end: the words at its end, at the side of `total`."""

    parts: Sequence[BarPart]
    end: str
    total: float = 0

    def measure(self, below: bool) -> float:
        """How long it is on one side of nought."""
        numbers = [part.value for part in self.parts if part.value is not None]
        return sum(abs(number) for number in numbers if (number < 0) == below)


@dataclass(frozen=True)
class BarLine:
    """A name with its bars. label: the name, shortened; whole: in full."""

    label: str
    whole: str
    bars: Sequence[Bar]


def draw_lines(lines: Sequence[BarLine]) -> html.Div:
    """The lines from the top down, all bars in one scale."""
    bars = [bar for line in lines for bar in line.bars]
    below, above = (max((bar.measure(side) for bar in bars), default=0) for side in (True, False))
    sides = _Sides(below, above or (0 if below else 1))
    several = any(len(line.bars) > 1 for line in lines)
    drawn = place_marks([_draw_line(line, sides, several) for line in lines], "down", "bars")
    room = max((len(bar.end) for bar in bars), default=0)
    drawn.style = {
        "--letters": str(max((len(line.label) for line in lines), default=0)),
        "--room": str(room),
        # with bars to both sides there are words at both
        "--tracks": sides.columns,
    }
    return drawn


@dataclass(frozen=True)
class _Sides:
    """The longest bar on each side of nought."""

    below: float
    above: float

    @property
    def columns(self) -> str:
        """The columns of a track: the sides in proportion, with room for words at their ends."""
        if not self.below:
            return "minmax(0, 1fr) var(--end)"
        share = self.below / (self.below + self.above)
        left, right = f"{100 * share:.4f}fr", f"{100 * (1 - share):.4f}fr"
        return f"var(--end) minmax(0, {left}) minmax(0, {right}) var(--end)"


def _draw_line(line: BarLine, sides: _Sides, several: bool) -> html.Div:
    """several: some line has more than one bar."""
    label = html.Span(line.label, className="bar-label", title=line.whole)
    if several:
        label.style = {"gridRow": f"span {len(line.bars)}"}
    return group(
        [label, *(_draw_bar(bar, sides) for bar in line.bars)], "bar-line several" if several else "bar-line"
    )


def _draw_bar(bar: Bar, sides: _Sides) -> html.Div:
    shown: list[Any] = []
    for below in (True, False):
        if below and not sides.below:
            continue
        longest = sides.below if below else sides.above
        parts: list[Any] = [
            _draw_part(part, longest, len(bar.parts))
            for part in bar.parts
            if ((part.value or 0) < 0) == below
        ]
        if (bar.total < 0) == below:
            parts.append(html.Span(bar.end, className="bar-total"))
        shown.append(html.Div(parts, className="bar-side below" if below else "bar-side"))
    return html.Div(shown, className="bar-track")


def _draw_part(part: BarPart, longest: float, count: int) -> Any:
    classes, place = "bar-part", {"--tone": part.colour}
    if part.value is None:
        # as long as nothing is: a sign, and no number
        classes += " not-known no-length"
    else:
        place["width"] = percent(abs(part.value) / longest if longest else 0)
        if part.hatched:
            classes += " not-known"
        if count > 1 and not part.value:
            classes += " nought"
    return mark(part.words, part.address, classes, **place)
