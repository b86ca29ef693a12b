"""The overview's charts over days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from fakes.addresses import opened
from fakes.overviews import AT, few, overviews
from hypothesis import given

from layouts.components.charts import shorten_provider
from layouts.inventory import ids
from layouts.inventory.overview import ages, charts, page, treemap
from services.inventory_service.charts import list_titles
from services.models.inventory import Freshness, InventoryFilter, Overview, TableRef, TableSummary


def marks(trace: dict[str, Any]) -> list[tuple[date, Any, str]]:
    """(day, number, address) of each mark."""
    return [
        (date.fromisoformat(x), y, address)
        for x, y, address in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
    ]


def series_of(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of a chart's own axis, without the strip below."""
    return [trace for trace in figure["data"] if trace.get("yaxis") != "y2"]


@few
@given(overviews())
def test_the_bands_of_a_day_add_up_to_its_resources(shown: Overview) -> None:
    bands = series_of(charts.over_time(shown, False))
    for place, day in enumerate(shown.days):
        total = sum(values[place] for values in shown.levels.values())
        assert sum(band["y"][place] for band in bands) == total
        assert {band["x"][place] for band in bands} <= {day.isoformat()}
    if shown.days:
        # and those of the newest day to the number above the chart
        assert sum(band["y"][-1] for band in bands) == shown.resources


@few
@given(overviews())
def test_a_band_leads_to_the_changes_of_its_provider_on_that_day(shown: Overview) -> None:
    names = list(shown.levels)
    for number, band in enumerate(series_of(charts.over_time(shown, True))):
        alone = number < charts.MOST_BANDS
        assert band["name"] == (
            shorten_provider(names[number]) if alone else f"{len(names) - charts.MOST_BANDS} others"
        )
        for day, _, address in marks(band):
            found = opened(address)
            assert found.value(ids.CHANGES_DAY) == day.isoformat()
            assert found.stores[ids.CHANGES_STORE]["provider"] == (
                names[number] if alone else shown.filter.provider
            )


@few
@given(overviews())
def test_the_strip_says_how_much_was_read(shown: Overview) -> None:
    strips = [t for t in charts.over_time(shown, False)["data"] if t.get("yaxis") == "y2"]
    assert len(strips) == any(day.scopes_total for day in shown.changes)
    for strip in strips:
        tones: dict[str, set[str]] = {"all": set(), "some": set(), "none": set()}
        for number, day in enumerate(shown.changes):
            total = sum(values[number] for values in shown.levels.values())
            kind, said = "some", f"{day.scopes_ok} of {day.scopes_total} scopes read"
            if not day.scopes_total:
                kind, said = "none", "nothing was read"
            elif day.scopes_ok == day.scopes_total:
                kind, said = "all", f"all {day.scopes_total} scopes read"
            assert strip["text"][number] == f"{total:,}, {said}"
            assert opened(strip["customdata"][number]).value(ids.CHANGES_DAY) == day.day.isoformat()
            tones[kind].add(strip["marker"]["color"][number])
        # a day that was read whole never has the colour of another
        assert len(tones["all"]) <= 1 and len(tones["none"]) <= 1
        assert not tones["all"] & tones["some"] and not tones["none"] & (tones["all"] | tones["some"])


@few
@given(overviews())
def test_changes_by_day_are_those_that_were_recorded(shown: Overview) -> None:
    figure = charts.changes_by_day(shown, False)
    net = bool(shown.filter.region)
    kinds = ["added", "removed"] if net else ["added", "changed", "removed"]
    assert [trace["name"] for trace in figure["data"]] == (["grew", "shrank"] if net else kinds)
    for kind, trace in zip(kinds, figure["data"], strict=True):
        for day, (at, drawn, address), said in zip(shown.changes, marks(trace), trace["text"], strict=True):
            count = getattr(day, kind)
            assert at == day.day
            if not (net or day.scopes_total):
                # nothing was read: it is not known to be nought
                assert (drawn, said) == (None, "")
            else:
                assert (drawn, said) == (-count if kind == "removed" else count, f"{count:,}")
            found = opened(address)
            assert found.stores[ids.CHANGES_STORE]["provider"] == shown.filter.provider
            assert found.value(ids.CHANGES_DAY) == day.day.isoformat()
            # the feed has no net changes to narrow to
            assert found.value(ids.CHANGES_KIND) == ("" if net else kind)


@few
@given(overviews())
def test_the_two_charts_of_days_have_the_same_axis_with_every_day_on_it(shown: Overview) -> None:
    axis = charts.day_axis(shown.days)
    for drawn in (charts.over_time(shown, False), charts.changes_by_day(shown, False)):
        assert axis.items() <= drawn["layout"]["xaxis"].items()
    if shown.days:
        first, last = map(datetime.fromisoformat, axis["range"])
        # half a day on either side
        assert first.date() == shown.days[0] - timedelta(days=1) and last.date() == shown.days[-1]
        assert first.hour == last.hour == 12


def test_many_providers_are_drawn_together_and_keep_their_colours() -> None:
    levels = {f"cloud{i}": (100 - i, 100 - i) for i in range(20)}
    tables = tuple(
        TableSummary(TableRef("s", name), name, rows=1, updated_at=AT, freshness=Freshness.UNMANAGED)
        for name in levels
    )
    days = (AT.date() - timedelta(days=1), AT.date())
    shown = Overview(InventoryFilter(), AT, tables, days, levels, providers=tuple(levels))
    traces = charts.over_time(shown, False)["data"]
    assert len(traces) == 10 and traces[-1]["name"] == "11 others"
    assert ages.ages(shown, False)["layout"]["yaxis"]["ticktext"][-1] == "11 others"
    alone = replace(shown, levels={"cloud7": (1, 1)}, providers=("cloud7",))
    assert charts.over_time(alone, False)["data"][0]["line"]["color"] == traces[7]["line"]["color"]


def test_an_inventory_of_empty_tables_is_drawn() -> None:
    table = TableSummary(TableRef("s", "t"), "aws", rows=0, updated_at=AT, freshness=Freshness.FRESH)
    shown = Overview(InventoryFilter(), AT, (table,), levels={"aws": ()})
    [trace] = treemap.where(shown, False)["data"]
    assert trace["ids"] == []
    assert page.grid(shown, list_titles(shown), False).children
