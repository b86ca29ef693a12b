"""Steps in which a chart counts numbers: `0 to 50`, from the first number to below the second."""

from __future__ import annotations

import re
from decimal import Decimal

MOST_STEPS = 12
_STEP = re.compile(r"(-?\d{1,320}(?:\.\d{1,320})?) to (-?\d{1,320}(?:\.\d{1,320})?)")


def choose_step(least: Decimal, most: Decimal) -> Decimal:
    """The smallest of 1, 2, 2.5, 5, 10 … of which at most MOST_STEPS hold all numbers from least to most.

    Two numbers that differ are never in one step: the step is no wider than what lies between them.
    """
    width = most - least
    if width <= 0:
        return Decimal(1)
    power = Decimal(10) ** (width / MOST_STEPS).adjusted()
    for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10), Decimal(20)):
        step = power * factor
        if most // step - least // step < MOST_STEPS - 1:
            return step
    return power * 50


def name_step(start: Decimal, step: Decimal) -> str:
    """`0 to 50`, as `relations.compose_step_group` writes it too."""
    return f"{_write(start)} to {_write(start + step)}"


def read_step(text: str) -> tuple[Decimal, Decimal] | None:
    """The first number, and the one below which the others lie; None for a text that names no step."""
    found = _STEP.fullmatch(text)
    return (Decimal(found[1]), Decimal(found[2])) if found else None


def say_step(text: str) -> str:
    """The step as a chart writes it, thousands apart: `1,000 to 2,000`; any other text as it is."""
    read = read_step(text)
    return f"{read[0]:,} to {read[1]:,}" if read else text


def _write(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
