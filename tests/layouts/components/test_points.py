"""Points as Plotly takes them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from layouts.components.points import NUMBER_AXIS, make_figure


@given(st.booleans())
def test_points_keep_their_values(lines: bool) -> None:
    figure = make_figure({"a": ([1, 2], [3, None]), "other": (["x"], [1])}, "<b>", "n", lines)
    assert [trace["x"] for trace in figure["data"]] == [[1, 2], ["x"]] and figure["data"][0]["y"] == [3, None]
    assert figure["layout"]["xaxis"]["title"]["text"] == "&lt;b&gt;"
    assert all(("lines" in trace["mode"]) == lines for trace in figure["data"])


def test_numbers_on_an_axis_are_written_in_one_way_and_no_colour_is_a_theme_s() -> None:
    layout = make_figure({"a": ([1], [2])}, "x", "y", False)["layout"]
    for axis in ("xaxis", "yaxis"):
        assert layout[axis].items() >= NUMBER_AXIS.items() and layout[axis]["tickangle"] == 0
    # the style sheet has those: a figure is drawn once for both
    assert "#" not in json.dumps(layout) and "color" not in layout["font"]
