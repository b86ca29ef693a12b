"""Marks: their lengths, and their way by keyboard."""

from __future__ import annotations

from dash import html
from fakes.marks import tab_stops
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.marks import group, mark, percent, place_marks


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
