"""The scale of a chart: which numbers its length shows, and those that its axis names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from services.models.wording import format_number

MOST_TICKS = 5
# from here on a tick is no number to be read off but a height
SHORT = ((1_000_000_000, "B"), (1_000_000, "M"))
# room beyond the last mark, and with its number on it
AIR, VALUED_AIR = 0.04, 0.1


@dataclass(frozen=True)
class Scale:
    """Which numbers a chart shows, from one side of it to the other."""

    low: float
    high: float

    def place(self, number: float) -> float:
        """Where a number stands, from 0 at the low side to 1 at the high one."""
        return (number - self.low) / (self.high - self.low)


def make_scale(low: float, high: float, air: float = AIR) -> Scale:
    """The scale of numbers from `low`, at most 0, to `high`, at least 0. air: beyond each, as a share of all of it."""
    if low == high:
        high = 1
    room = (high - low) * air
    return Scale(low - room if low else 0, high + room if high else 0)


def list_ticks(low: float, high: float, whole: bool = True) -> list[float]:
    """Round numbers from `low` to `high`, nought among them, about `MOST_TICKS`. whole: none between whole ones."""
    least, most = Fraction(min(low, 0)), Fraction(max(high, 0))
    step = next(one for one in _list_steps(most - least, whole) if (most - least) / one <= MOST_TICKS)
    ticks = [number * step for number in range(-int(-least // step), int(most // step) + 1)]
    return [int(tick) if tick.denominator == 1 else float(tick) for tick in ticks]


def _list_steps(span: Fraction, whole: bool) -> Iterator[Fraction]:
    """1, 2, 5, 10, 20, … or from below the least that could do for the span."""
    first = 0 if whole or not span else math.floor(math.log10(span / MOST_TICKS))
    return (factor * Fraction(10) ** power for power in count(first) for factor in (1, 2, 5))


def format_tick(number: float) -> str:
    """`10,000`, and `1.5M` from a million on."""
    for size, letter in SHORT:
        if abs(number) >= size:
            return f"{number / size:g}{letter}".replace("-", "−")
    return format_number(number).replace("-", "−")
