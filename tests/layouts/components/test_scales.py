"""The scale of a chart, and the numbers on its axis."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.scales import MOST_TICKS, format_tick, list_ticks, make_scale

NUMBERS = st.integers(0, 10**10)


@given(NUMBERS, NUMBERS)
def test_ticks_are_round_few_and_within_what_is_drawn(low: int, high: int) -> None:
    ticks = list_ticks(-low, high)
    assert all(isinstance(tick, int) for tick in ticks)
    assert 0 in ticks and ticks == sorted(set(ticks)) and -low <= ticks[0] and ticks[-1] <= high
    assert len(ticks) <= MOST_TICKS + 1
    if len(ticks) > 1:
        steps = {after - before for before, after in pairwise(ticks)}
        (step,) = steps
        # the next round step would be too few, this one is 1, 2 or 5 with noughts
        assert str(step).rstrip("0") in ("1", "2", "5")
        # what is beyond the last is less than a step
        assert high - ticks[-1] < step and low + ticks[0] < step


def test_a_tick_is_whole_with_its_thousands_apart_and_short_from_a_million_on() -> None:
    said = [format_tick(number) for number in (0, 5000, 10_000, 500_000, 1_500_000, 2_000_000, 10**9, -100)]
    assert said == ["0", "5,000", "10,000", "500,000", "1.5M", "2M", "1B", "−100"]


@given(st.floats(1e-9, 1e9), st.floats(0, 1e9))
def test_what_is_measured_has_ticks_between_whole_numbers(high: float, low: float) -> None:
    ticks = list_ticks(-low, high, whole=False)
    assert 0 in ticks and ticks == sorted(set(ticks)) and -low <= ticks[0] and ticks[-1] <= high
    # never an axis with nothing but nought on it
    assert 2 <= len(ticks) <= MOST_TICKS + 1
    steps = {f"{after - before:.6g}" for before, after in pairwise(ticks)}
    assert len(steps) == 1


@given(st.floats(-1e9, 0), st.floats(0, 1e9))
def test_nought_and_both_ends_are_within_the_scale(low: float, high: float) -> None:
    scale = make_scale(low, high)
    assert 0 <= scale.place(low) <= scale.place(0) <= scale.place(high) <= 1
    assert scale.place(scale.high) == pytest.approx(1) and scale.place(scale.low) == pytest.approx(0)


def test_a_fraction_on_an_axis_is_as_short_as_it_can_be() -> None:
    assert [format_tick(tick) for tick in list_ticks(0, 0.55, whole=False)] == ["0", "0.2", "0.4"]
