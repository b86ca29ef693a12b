"""The treemap of where resources are."""

from __future__ import annotations

from collections import Counter, defaultdict
from unittest.mock import patch

from fakes.addresses import opened
from fakes.overviews import few, overviews
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.charts import contrast, escape_text, find_readable_colour
from layouts.inventory.overview import treemap
from services.models.inventory import Overview


@few
@given(overviews(), st.integers(0, 14), st.booleans())
def test_every_row_is_in_the_treemap_once(shown: Overview, most: int, dark: bool) -> None:
    with patch.multiple(treemap, MOST_TILES=most, SMALLEST_TILE=0, SMALLEST_PROVIDER=0):
        [trace] = treemap.where(shown, dark)["data"]
    assert len(set(trace["ids"])) == len(trace["ids"])
    values = dict(zip(trace["ids"], trace["values"], strict=True))
    inside: dict[str, int] = defaultdict(int)
    for id, parent in zip(trace["ids"], trace["parents"], strict=True):
        inside[parent] += values[id]
    # a frame is as large as what is in it, and the providers together as everything
    assert inside.pop("", 0) == shown.resources
    assert inside == {id: values[id] for id in inside}
    # a table has a tile of its own, or is among the rest of its provider
    tiles = [opened(address).table for address in trace["customdata"] if address]
    assert len(set(tiles)) == len(tiles) == min(most, sum(1 for table in shown.tables if table.rows))
    rows = {table.ref: table.rows for table in shown.tables}
    for address, value, said in zip(trace["customdata"], trace["values"], trace["text"], strict=True):
        if address:
            ref = opened(address).table
            assert value == rows[ref] and said == f"{ref.label}<br>{value:,} resources"
        else:
            assert f"{value:,} r" in said


@few
@given(overviews())
def test_what_has_no_room_for_words_is_summed_up_and_nothing_is_lost(shown: Overview) -> None:
    [trace] = treemap.where(shown, False)["data"]
    tops = [
        (label, value)
        for label, value, parent in zip(trace["labels"], trace["values"], trace["parents"], strict=True)
        if not parent
    ]
    assert sum(value for _, value in tops) == shown.resources
    small = [value for label, value in tops if value < treemap.SMALLEST_PROVIDER * shown.resources]
    assert len(small) <= 1
    tables = {table.ref: table for table in shown.tables}
    told = [tables[ref] for address in trace["customdata"] if address and (ref := opened(address).table)]
    narrow = Counter(
        table.provider for table in told if table.resources < treemap.SMALLEST_TILE * shown.resources
    )
    # one alone keeps its name: "1 more" would take the same room
    assert all(count == 1 for count in narrow.values())


@few
@given(overviews(), st.booleans())
def test_the_words_on_a_tile_can_be_read(shown: Overview, dark: bool) -> None:
    [trace] = treemap.where(shown, dark)["data"]
    inks = trace["insidetextfont"]["color"]
    for colour, ink in zip(trace["marker"]["colors"], inks, strict=True):
        assert ink == find_readable_colour(colour) and contrast(colour, ink) >= 4.2
    assert len(trace["ids"]) == len(trace["labels"]) == len(trace["text"])


@given(st.text("ab_<&", max_size=30))
def test_a_long_name_is_broken_in_two_and_nothing_of_it_is_lost(name: str) -> None:
    first, _, second = treemap.break_line(name).partition("<br>")
    assert escape_text(name) in (first + second, f"{first}_{second}")
