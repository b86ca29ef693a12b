"""The overview's bars."""

from __future__ import annotations

from typing import Any

from fakes.addresses import opened
from fakes.overviews import AT, few, overviews
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.drawing import UNKNOWN, shorten_values
from layouts.inventory import ids
from layouts.inventory.overview import bars
from services.models.inventory import DIMENSIONS, InventoryFilter, Overview, TableRef, TableSummary

DIMENSION = st.sampled_from(DIMENSIONS)


def parts_of(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of the providers."""
    return [trace for trace in figure["data"] if trace["type"] == "bar"]


def totals_of(figure: dict[str, Any]) -> list[int]:
    """The number at the end of each bar, from the bottom up."""
    (text,) = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    return [int(one.strip().replace(",", "")) for one in text["text"]]


@few
@given(overviews(), DIMENSION)
def test_the_parts_of_a_bar_add_up_to_the_number_at_its_end(shown: Overview, dimension: str) -> None:
    figure = bars.share_bars(shown, False, dimension)
    totals, parts = totals_of(figure), parts_of(figure)
    assert len({trace["name"] for trace in parts}) <= len(parts)
    for place, total in enumerate(totals):
        assert sum(trace["x"][place] for trace in parts) == total
    # from the bottom up: what is not known, then the largest values, the largest on top
    values = shown.shares[dimension]
    known = [share for share in values if share.value][: bars.MOST_BARS - 1]
    unknown = [share for share in values if not share.value]
    assert totals == [share.total for share in reversed([*known, *unknown])]
    labels = figure["layout"]["yaxis"]["ticktext"]
    named = [*[UNKNOWN] * len(unknown), *(share.value for share in reversed(known))]
    assert labels == shorten_values(named)
    assert len(labels) <= bars.MOST_BARS


@few
@given(overviews(), DIMENSION)
def test_a_part_of_a_bar_leads_to_what_it_counts(shown: Overview, dimension: str) -> None:
    values = shown.shares[dimension]
    known = [share for share in values if share.value][: bars.MOST_BARS - 1]
    drawn = list(reversed([*known, *(share for share in values if not share.value)]))
    parts = parts_of(bars.share_bars(shown, True, dimension))
    # a share's own providers have a part with an address, and no other
    for place, share in enumerate(drawn):
        counted = [trace for trace in parts if trace["x"][place]]
        assert len(counted) == len([rows for rows in share.rows.values() if rows])
        for trace in counted:
            address, rows = trace["customdata"][place], trace["x"][place]
            assert f": {rows:,}" in trace["text"][place]
            wanted = opened(address).stores[ids.ASSETS_STORE]
            # a value that is not known is asked for as that
            assert wanted[dimension] == share.value and share.rows[wanted["provider"]] == rows
        for trace in parts:
            if not trace["x"][place]:
                assert not trace["customdata"][place]


@few
@given(overviews())
def test_the_largest_tables_are_drawn_by_what_they_hold(shown: Overview) -> None:
    figure = bars.type_bars(shown, False)
    largest = sorted((table.rows for table in shown.tables if table.rows), reverse=True)[: bars.MOST_BARS]
    assert totals_of(figure) == largest[::-1]
    by_ref = {table.ref: table for table in shown.tables}
    led = []
    for trace in parts_of(figure):
        for rows, address in zip(trace["x"], trace["customdata"], strict=True):
            if rows:
                table = by_ref[opened(address).table]
                assert table.rows == rows
                led.append(table.ref)
    assert len(set(led)) == len(led) == len(largest)


def test_two_clouds_that_call_a_type_the_same_are_told_apart() -> None:
    tables = tuple(
        TableSummary(TableRef("s", provider), provider, "compute", "disks", rows=2)
        for provider in ("azure", "google")
    )
    drawn = bars.type_bars(Overview(InventoryFilter(), AT, tables), False)
    assert set(drawn["layout"]["yaxis"]["ticktext"]) == {"azure compute disks", "google compute disks"}
