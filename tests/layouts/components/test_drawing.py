"""Numbers by group in every form: the values at the bars' ends, the order from left to right, no slanted label."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from layouts.components.charts import NUMBER_AXIS
from layouts.components.drawing import (
    AXIS_LETTERS,
    LONGEST_LABEL,
    Grouped,
    draw_groups,
    draw_points,
    shorten_value,
    shorten_values,
)

NUMBERS = st.one_of(st.none(), st.integers(-1000, 1000))


@st.composite
def numbers_by_group(draw: st.DrawFn, kind: str) -> Grouped:
    groups = draw(st.lists(st.text("abcdef", min_size=1, max_size=30), min_size=1, max_size=40, unique=True))
    names = draw(st.lists(st.sampled_from("pqrs"), min_size=1, max_size=3, unique=True))
    series = {name: draw(st.lists(NUMBERS, min_size=len(groups), max_size=len(groups))) for name in names}
    return Grouped(kind, groups, series, added=draw(st.booleans()))


@given(numbers_by_group("bar"))
def test_the_value_of_a_bar_stands_at_its_end(data: Grouped) -> None:
    figure = draw_groups(data, dark=False)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert all(trace["orientation"] == "h" for trace in bars)
    words = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    if len(data.series) > 1 and data.added:
        # at the end of the whole stack
        (ends,) = words
        assert ends["x"] == list(reversed(data.totals)) and not any(
            t["textposition"] == "outside" for t in bars
        )
    else:
        assert not words and all(trace["textposition"] == "outside" for trace in bars)
    low, high = figure["layout"]["xaxis"]["range"]
    drawn = [value or 0 for trace in (words or bars) for value in trace["x"]]
    assert low <= min([0, *drawn]) and max([0, *drawn]) <= high and low < high


@given(st.sampled_from(["column", "line", "area"]).flatmap(numbers_by_group))
def test_what_stands_side_by_side_is_in_order_and_no_label_is_slanted(data: Grouped) -> None:
    figure = draw_groups(data, dark=False)
    axis = figure["layout"]["xaxis"]
    assert axis["tickangle"] == 0 and axis["tickvals"] == sorted(axis["tickvals"])
    assert sum(len(label) for label in axis["ticktext"]) <= AXIS_LETTERS
    for trace, values in zip(figure["data"], data.series.values(), strict=True):
        assert trace["y"] == values and trace["x"] == list(range(len(data.groups)))


@given(st.sampled_from(["column", "line", "area"]).flatmap(numbers_by_group), st.booleans())
def test_numbers_on_an_axis_are_written_in_one_way(data: Grouped, dark: bool) -> None:
    layout = draw_groups(data, dark)["layout"]
    for axis in ("xaxis", "yaxis"):
        assert layout["template"]["layout"][axis].items() >= NUMBER_AXIS.items()
        # single steps of a few are written as they are
        assert not layout[axis].keys() & NUMBER_AXIS.keys() and layout[axis].get("tickformat", "d") == "d"


@given(st.booleans())
def test_points_keep_their_values(lines: bool) -> None:
    figure = draw_points(
        {"a": ([1, 2], [3, None]), "other": (["x"], [1])}, False, x="<b>", y="n", lines=lines
    )
    assert [trace["x"] for trace in figure["data"]] == [[1, 2], ["x"]] and figure["data"][0]["y"] == [3, None]
    assert figure["layout"]["xaxis"]["title"]["text"] == "&lt;b&gt;"
    assert all(("lines" in trace["mode"]) == lines for trace in figure["data"])


@given(st.lists(st.text("ab@.-", min_size=1, max_size=60), max_size=8, unique=True))
def test_labels_of_one_list_differ_where_they_can_and_fit(texts: list[str]) -> None:
    labels = shorten_values(texts)
    assert all(len(label) <= LONGEST_LABEL for label in labels)
    assert len(set(labels)) >= len({shorten_value(text) for text in texts})
    for text, label in zip(texts, labels, strict=True):
        assert label == text if len(text) <= LONGEST_LABEL else "…" in label


def test_what_long_labels_have_in_common_is_cut() -> None:
    tail = "@alderfinch.example"
    assert shorten_values([f"storefront-oncall{tail}", f"data-oncall{tail}", "platform"]) == [
        "storefront-oncall@…",
        "data-oncall@…",
        "platform",
    ]
    head = "projects/alderfinch-production-"
    assert shorten_values([f"{head}core", f"{head}edge"]) == [
        "…-production-core",
        "…-production-edge",
    ]
    assert shorten_values(["a" * 30]) == [shorten_value("a" * 30)]
