"""Rectangles for a treemap."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from layouts.components.squares import Box, squarify

SIDES = st.floats(1, 2000)
VALUES = st.lists(st.integers(1, 10**7), max_size=40).map(lambda values: sorted(values, reverse=True))


@given(VALUES, SIDES, SIDES)
def test_each_has_its_share_and_none_lies_on_another(values: list[int], width: float, height: float) -> None:
    whole = Box(3, 5, width, height)
    boxes = squarify(values, whole)
    assert len(boxes) == len(values)
    slack = 1e-6 * max(width, height)
    for value, box in zip(values, boxes, strict=True):
        assert abs(box.area - whole.area * value / sum(values)) <= 1e-6 * whole.area
        assert box.left >= whole.left - slack and box.top >= whole.top - slack
        assert box.left + box.width <= whole.left + width + slack
        assert box.top + box.height <= whole.top + height + slack
    for one, other in combinations(boxes, 2):
        across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
        down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
        assert across <= slack or down <= slack


def test_the_boxes_of_the_paper() -> None:
    # Bruls, Huizing, van Wijk, Squarified Treemaps: 6, 6, 4, 3, 2, 2, 1 in 6 by 4
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    sides = [(round(box.width, 2), round(box.height, 2)) for box in boxes]
    assert sides == [(3, 2), (3, 2), (1.71, 2.33), (1.29, 2.33), (1.2, 1.67), (1.2, 1.67), (0.6, 1.67)]
