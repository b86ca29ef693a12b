"""Rectangles for a treemap, as near to squares as they can be ("squarified": Bruls, Huizing, van Wijk 2000)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle, in any one unit of length."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Its area."""
        return self.width * self.height


def squarify(values: Sequence[float], within: Box) -> list[Box]:
    """A box for each value, in proportion to it; together they fill `within`. values: above nought, largest first."""
    total = sum(values)
    boxes: list[Box] = []
    free, rest = within, total
    row: list[float] = []
    for value in values:
        side = min(free.width, free.height)
        scale = free.area / rest
        if row and _find_worst([*row, value], side, scale) > _find_worst(row, side, scale):
            placed, free = _lay_row(row, free, sum(row) / rest)
            boxes += placed
            rest -= sum(row)
            row = []
        row.append(value)
    return boxes + (_lay_row(row, free, 1)[0] if row else [])


def _find_worst(row: Sequence[float], side: float, scale: float) -> float:
    """The ratio of sides of the least square box of a row along a side."""
    total = sum(row) * scale
    return max(side**2 * max(row) * scale / total**2, total**2 / (side**2 * min(row) * scale))


def _lay_row(row: Sequence[float], free: Box, share: float) -> tuple[list[Box], Box]:
    """The row's boxes along the shorter side of what is free, and what is free then. share: the row's, of that."""
    total, place = sum(row), 0.0
    boxes = []
    if free.width >= free.height:
        width = free.width * share
        for value in row:
            height = free.height * value / total
            boxes.append(Box(free.left, free.top + place, width, height))
            place += height
        return boxes, Box(free.left + width, free.top, free.width - width, free.height)
    height = free.height * share
    for value in row:
        width = free.width * value / total
        boxes.append(Box(free.left + place, free.top, width, height))
        place += width
    return boxes, Box(free.left, free.top + height, free.width, free.height - height)
