"""The axis of charts of marks, and their way by keyboard."""

from __future__ import annotations

from itertools import pairwise

from dash import html
from fakes.marks import tab_stops
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.marks import MOST_TICKS, format_tick, group, list_ticks, mark, percent, place_marks

NUMBERS = st.integers(0, 10**10)


@given(NUMBERS, NUMBERS)
def test_ticks_are_round_few_and_within_what_is_drawn(low: int, high: int) -> None:
    ticks = list_ticks(-low, high)
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


@given(st.floats(0, 1))
def test_a_share_is_a_length(share: float) -> None:
    assert abs(float(percent(share).removesuffix("%")) - 100 * share) < 0.001 and "e" not in percent(share)


def test_the_marks_of_a_chart_are_one_stop_of_tab() -> None:
    of = [group([mark("a", "", "x"), mark("b", "/b", "x")]), html.Div(group([mark("c", "/c", "x")]))]
    assert tab_stops(place_marks([html.Div(mark("d", "/d", "x"), className="mark-group")], "right")) == [1]
    box = place_marks(of, "right")
    assert tab_stops(box) == [1] and of[0].children[1].tabIndex == 0
    # without a mark that leads somewhere there is none
    assert tab_stops(place_marks([group([mark("a", "", "x")])], "down")) == [0]
