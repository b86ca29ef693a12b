"""Numbers by group as charts of marks: every number is said once, and each mark is as large as its number."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from fakes.components import walk, words
from fakes.marks import groups, marks, sentence, tab_stops, tags
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.drawing import WHOLE, Grouped, draw_groups, find_colour, say_number
from layouts.components.labels import UNKNOWN, cut_values
from layouts.components.markup import render
from layouts.components.ring import list_shares
from services.models.wording import format_number

KINDS = ("bar", "column", "line", "area", "pie", "treemap")
NUMBERS = st.one_of(
    st.none(),
    st.integers(-1000, 1000),
    st.floats(-1000, 1000).map(lambda number: round(number, 4)),
    st.sampled_from([0, 1_500_000, 10**12, float("nan"), float("inf")]),
)


def lead(group: str, split: str | None) -> str:
    return f"/{group}" if split is None else f"/{group}/{split}"


@st.composite
def numbers_by_group(draw: st.DrawFn, *kinds: str, least: int = 1) -> Grouped:
    kind = draw(st.sampled_from(kinds))
    names = draw(
        st.lists(st.text("abcdef", min_size=1, max_size=30), min_size=least, max_size=40, unique=True)
    )
    # a whole shows no split
    most = 1 if kind in WHOLE else 4
    splits = draw(st.lists(st.sampled_from("pqrst"), min_size=1, max_size=most, unique=True))
    series = {name: draw(st.lists(NUMBERS, min_size=len(names), max_size=len(names))) for name in splits}
    return Grouped(kind, names, series, lead, counting=draw(st.booleans()), added=draw(st.booleans()))


@given(numbers_by_group(*KINDS))
def test_every_number_stands_in_one_sentence_and_leads_to_what_is_behind_it(data: Grouped) -> None:
    drawn = draw_groups(data)
    wanted: Counter[tuple[str, str]] = Counter()
    for place, name in enumerate(data.names):
        for split, values in data.numbers.items():
            part = f", {split}" if data.split else ""
            if values[place] is not None:
                behind = lead(name, None if data.kind in WHOLE else split)
                wanted[f"{name}{part}: {format_number(values[place] or 0)}", behind] += 1
        if data.totals[place] is None:
            # of which nothing is known: said once, and as that
            alone = data.split or data.kind not in ("bar", *WHOLE)
            split = next(iter(data.series))
            behind = lead(name, None if alone or data.kind in WHOLE else split)
            wanted[f"{name}: {UNKNOWN}", behind] += 1
    # behind the number of a ring stands its share
    said = [
        (one.words.rpartition(", ")[0] if one.words.endswith(" %") else one.words, one.address)
        for one in marks(drawn)
    ]
    assert Counter(said) == wanted
    # by keyboard one stop, or two where what has no area stands below a treemap
    assert all(stops == 1 for stops in tab_stops(drawn)) and sentence(drawn)
    assert render(drawn)


@given(numbers_by_group("bar"))
def test_a_bar_is_as_long_as_its_number_and_has_it_at_its_end(data: Grouped) -> None:
    drawn = draw_groups(data)
    lines = groups(drawn, "bar-line")
    labels = [one.children for one in walk(drawn) if getattr(one, "className", "") == "bar-label"]
    assert labels == cut_values(data.names) and len(lines) == len(data.groups)
    apart = data.split and not data.added
    if not apart:
        ends = [words(one) for one in walk(drawn) if getattr(one, "className", "") == "bar-total"]
        assert ends == [say_number(total) for total in data.totals]
    by_group = [[values[place] for values in data.numbers.values()] for place in range(len(lines))]
    bars = [[number] for numbers in by_group for number in numbers] if apart else by_group
    longest = {
        below: max(sum(abs(n) for n in bar if n is not None and (n < 0) == below) for bar in bars)
        for below in (False, True)
    }
    for line, numbers in zip(lines, by_group, strict=True):
        known = [number for number in numbers if number is not None]
        found = marks(line, "bar-part")
        tracks = [one for one in walk(line) if getattr(one, "className", "") == "bar-track"]
        assert len(tracks) == (max(len(known), 1) if apart else 1)
        if not known:
            (alone,) = found
            assert {"not-known", "no-length"} <= set(alone.kind.split()) and "width" not in alone.style
        said = {one.words.rpartition(": ")[2]: one.share("width") for one in found if known}
        assert len(found) == max(len(known), 1)
        for number in known:
            length = abs(number) / longest[number < 0] if number else 0
            assert said[format_number(number)] == pytest.approx(length, abs=1e-5)


@given(numbers_by_group("column", "line", "area"))
def test_what_stands_side_by_side_is_in_order_and_as_high_as_its_number(data: Grouped) -> None:
    drawn = draw_groups(data)
    columns = groups(drawn, "plot-column")
    assert len(columns) == len(data.groups)
    stacked = data.added or not data.split
    heights = []
    for place, column in enumerate(columns):
        known = [values[place] for values in data.numbers.values() if values[place] is not None]
        found = marks(column, "piece")
        assert len(found) == max(len(known), 1)
        assert ("not-known" in found[0].kind.split()) == (not known)
        if data.kind == "column" or (data.kind == "area" and stacked):
            heights += [
                (abs(number), one.share("height"))
                for number, one in zip(known, found, strict=False)
                if number
            ]
        elif known:
            heights_of = sorted(zip(known, (one.share("bottom") for one in found), strict=True))
            assert all(low[1] <= high[1] for low, high in pairwise(heights_of))
    most = max((number for number, _ in heights), default=0)
    for number, height in heights:
        assert height * most == pytest.approx(
            number * max(high for _, high in heights), rel=1e-3, abs=most * 2e-5
        )


@given(numbers_by_group("line"))
def test_a_line_has_a_gap_where_a_number_is_not_known(data: Grouped) -> None:
    lines = tags(draw_groups(data), "polyline")
    drawn = sum(len(line.attributes["points"].split()) for line in lines)  # type: ignore[attr-defined]
    known = [value for values in data.numbers.values() for value in values if value is not None]
    assert drawn == len(known)
    runs = 0
    for values in data.numbers.values():
        here = [value is not None for value in values]
        runs += sum(now and not before for before, now in pairwise([False, *here]))
    assert len(lines) == runs
    assert all(line.attributes["vector-effect"] == "non-scaling-stroke" for line in lines)


def test_nothing_that_is_known_is_no_nought_in_an_area() -> None:
    drawn = draw_groups(Grouped("area", "abcd", {"p": [1, None, 2, 3], "q": [None, None, 4, None]}))
    areas = [tag.attributes["points"].split() for tag in tags(drawn, "polygon")]  # type: ignore[attr-defined]
    # a gap at b in both; where there is a total, a part that is not there has no height
    assert [len(points) // 2 for points in areas] == [1, 2, 1, 2]


@given(numbers_by_group("pie"))
def test_the_shares_of_a_ring_are_those_of_its_numbers_and_add_up_to_all_of_it(data: Grouped) -> None:
    drawn, shares = draw_groups(data), list_shares(data.totals)
    whole = sum(total for total in data.totals if total is not None and total > 0)
    assert sum(share for share in shares if share is not None) == pytest.approx(1 if whole else 0)
    arcs = tags(drawn, "circle")
    known = [share for share in shares if share is not None]
    assert len(arcs) == len(known)
    start = 0.0
    for arc, share in zip(arcs, known, strict=True):
        length, rest = map(float, str(arc.attributes["stroke-dasharray"]).split())
        assert length == pytest.approx(100 * share, abs=1e-3) and length + rest == pytest.approx(100)
        # one begins where the one before ends
        assert 25 - float(str(arc.attributes["stroke-dashoffset"])) == pytest.approx(start, abs=1e-2)
        start += length
    rows = [words(one) for one in walk(drawn) if getattr(one, "className", "") == "ring-share"]
    for row, share in zip(rows, shares, strict=True):
        assert (row == "–") == (share is None)
        if share is not None:
            assert row == "< 0.1 %" or float(row.removesuffix(" %")) == pytest.approx(
                100 * share, abs=0.05001
            )


@given(numbers_by_group("treemap"))
def test_a_tile_is_as_large_as_its_number_and_what_has_no_area_is_told_below(data: Grouped) -> None:
    drawn = draw_groups(data)
    tiles, rest = marks(drawn, "tile"), marks(drawn, "no-area")
    above = sorted((total for total in data.totals if total is not None and total > 0), reverse=True)
    assert len(tiles) == len(above) and len(rest) == len(data.groups) - len(above)
    for tile, total in zip(tiles, above, strict=True):
        assert tile.words.endswith(f": {format_number(total)}")
        area = tile.share("width") * tile.share("height")
        # three digits of a per cent along each side
        assert area == pytest.approx(total / sum(above), abs=4e-5)
    assert {one.words for one in rest} == {
        words(one) for one in walk(drawn) if "no-area" in str(getattr(one, "className", "")).split()
    }


@given(numbers_by_group("bar", "column", "line", "area"))
def test_a_colour_is_one_series_and_is_named(data: Grouped) -> None:
    drawn = draw_groups(data)
    named = [one for one in walk(drawn) if getattr(one, "className", "") == "chart-legend"]
    assert len(named) == data.split
    if data.split:
        assert words(named[0]).split() == list(data.series)
        colours = [find_colour(number, name) for number, name in enumerate(data.series)]
        assert len(set(colours)) == len(colours)


def test_few_columns_have_their_numbers_on_them_and_names_are_never_slanted() -> None:
    drawn = render(draw_groups(Grouped("column", ["on", "off"], {"": [5, -1_200]})))
    assert ">5</span>" in drawn and ">-1,200</span>" in drawn and "under" in drawn
    many = render(draw_groups(Grouped("column", [f"{i}" for i in range(101)], {"": list(range(101))})))
    assert "piece-value" not in many and "rotate" not in many


@pytest.mark.parametrize("kind", KINDS)
def test_values_of_the_cloud_are_drawn_as_text(kind: str) -> None:
    drawn = render(draw_groups(Grouped(kind, ['<a href="https://x.example">y</a>'], {"": [3]}, lead)))
    assert '<a href="https://x' not in drawn and "&lt;a href" in drawn
