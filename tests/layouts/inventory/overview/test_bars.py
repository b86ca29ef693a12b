"""The overview's bars."""

from __future__ import annotations

from dash import html
from fakes.addresses import opened
from fakes.components import walk, words
from fakes.marks import groups, marks, sentence
from fakes.overviews import AT, few, overviews
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.labels import UNKNOWN, cut_values
from layouts.inventory import ids
from layouts.inventory.overview import bars
from services.models.inventory import DIMENSIONS, InventoryFilter, Overview, TableRef, TableSummary

DIMENSION = st.sampled_from(DIMENSIONS)


def totals_of(drawn: html.Div) -> list[int]:
    """The number at the end of each bar, from the top down."""
    ends = [one for one in walk(drawn) if getattr(one, "className", "") == "bar-total"]
    return [int(words(one).replace(",", "")) for one in ends]


@few
@given(overviews(), DIMENSION)
def test_the_bars_are_the_largest_values_and_what_is_not_known(shown: Overview, dimension: str) -> None:
    made = bars.share_bars(shown, dimension)
    drawn = bars.draw_bars(shown, made)
    values = shown.shares[dimension]
    known = [share for share in values if share.value][: bars.MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    assert totals_of(drawn) == [share.total for share in [*known, *unknown]]
    named = [*(share.value for share in known), *[UNKNOWN] * len(unknown)]
    assert [bar.label for bar in made] == cut_values(named) and len(made) <= bars.MOST_BARS
    for bar in made:
        assert f"{bar.whole} {bar.share.total:,}" in sentence(drawn)


@few
@given(overviews(), DIMENSION)
def test_a_part_of_a_bar_is_as_long_as_what_it_counts_and_leads_there(
    shown: Overview, dimension: str
) -> None:
    made = bars.share_bars(shown, dimension)
    lines = groups(bars.draw_bars(shown, made), "bar-line")
    widest = max((bar.share.total for bar in made), default=0)
    assert len(lines) == len(made)
    for bar, line in zip(made, lines, strict=True):
        parts = marks(line, "bar-part")
        counted = [rows for rows in bar.share.rows.values() if rows]
        assert len(parts) == len(counted)
        for part in parts:
            wanted = opened(part.address).stores[ids.ASSETS_STORE]
            # a value that is not known is asked for as that, and does not look as one that is
            assert wanted[dimension] == bar.share.value
            assert ("not-known" in part.kind) == (not bar.share.value)
            rows = bar.share.rows[wanted["provider"]]
            assert abs(part.share("width") - rows / widest) < 1e-5
            assert part.words.startswith(f"{bar.whole}, ") and part.words.endswith(f": {rows:,}")


@few
@given(overviews())
def test_the_largest_tables_are_drawn_by_what_they_hold(shown: Overview) -> None:
    drawn = bars.draw_bars(shown, bars.type_bars(shown))
    largest = sorted((table.rows for table in shown.tables if table.rows), reverse=True)[: bars.MOST_BARS]
    assert totals_of(drawn) == largest
    by_ref = {table.ref: table for table in shown.tables}
    led = []
    for part, rows in zip(marks(drawn, "bar-part"), largest, strict=True):
        table = by_ref[opened(part.address).table]
        assert table.rows == rows
        led.append(table.ref)
    assert len(set(led)) == len(led) == len(largest)


def test_two_clouds_that_call_a_type_the_same_are_told_apart() -> None:
    tables = tuple(
        TableSummary(TableRef("s", provider), provider, "compute", "disks", rows=2)
        for provider in ("azure", "google")
    )
    made = bars.type_bars(Overview(InventoryFilter(), AT, tables))
    assert {bar.label for bar in made} == {"azure compute disks", "google compute disks"}
