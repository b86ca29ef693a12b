"""The overview's charts over days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dash import html
from fakes.addresses import opened
from fakes.components import walk, words
from fakes.marks import groups, marks, sentence, tab_stops
from fakes.overviews import AT, few, overviews
from hypothesis import given

from layouts.components.charts import shorten_provider
from layouts.components.markup import Tag, render
from layouts.components.scales import make_scale
from layouts.inventory import ids
from layouts.inventory.overview import ages, charts, page, treemap
from services.inventory_service.charts import list_titles
from services.models.inventory import Freshness, InventoryFilter, Overview, TableRef, TableSummary
from services.models.wording import format_day


def name(shown: Overview, place: int) -> str:
    return format_day(shown.days[place], shown.at.date())


@few
@given(overviews())
def test_the_bands_of_a_day_add_up_to_its_resources(shown: Overview) -> None:
    bands = charts.list_bands(shown)
    for place in range(len(shown.days)):
        total = sum(values[place] for values in shown.levels.values())
        assert sum(band.values[place] for band in bands) == total
    if shown.days:
        # and those of the newest day to the number above the chart
        assert sum(band.values[-1] for band in bands) == shown.resources
        assert f"; {shown.resources:,} in all" in sentence(charts.over_time(shown))


@few
@given(overviews())
def test_a_band_s_mark_is_as_high_as_its_number_and_leads_to_its_changes(shown: Overview) -> None:
    drawn, names = charts.over_time(shown), list(shown.levels)
    bands = charts.list_bands(shown)
    columns = groups(drawn, "plot-column")
    assert len(columns) == len(shown.days)
    heights = set()
    for place, column in enumerate(columns):
        found, floor = marks(column, "band"), 0.0
        told = [(number, band) for number, band in enumerate(bands) if band.values[place]]
        assert len(found) == len(told)
        for mark, (number, band) in zip(found, told, strict=True):
            value, alone = band.values[place], number < charts.MOST_BANDS
            assert band.name == (
                shorten_provider(names[number]) if alone else f"{len(names) - charts.MOST_BANDS} others"
            )
            assert mark.words == f"{name(shown, place)}, {band.name}: {value:,}"
            # one on the other, in proportion
            assert abs(mark.share("bottom") - floor) < 1e-4
            floor += mark.share("height")
            heights.add(round(mark.share("height") / value, 12))
            there = opened(mark.address)
            assert there.value(ids.CHANGES_DAY) == shown.days[place].isoformat()
            assert there.stores[ids.CHANGES_STORE]["provider"] == (
                names[number] if alone else shown.filter.provider
            )
    most = max((sum(values) for values in zip(*shown.levels.values(), strict=True)), default=0)
    assert all(abs(one - 1 / make_scale(0, most).high) < 2e-5 for one in heights)


@few
@given(overviews())
def test_the_strip_says_how_much_was_read(shown: Overview) -> None:
    strip = marks(charts.over_time(shown), "strip-day")
    on_a_day = {day.day: day for day in shown.changes}
    drawn = (
        [day for day in shown.days if day in on_a_day] if any(d.scopes_total for d in shown.changes) else []
    )
    assert len(strip) == len(drawn)
    for mark, at in zip(strip, drawn, strict=True):
        day = on_a_day[at]
        kind, said = "some", f"{day.scopes_ok} of {day.scopes_total} scopes read"
        if not day.scopes_total:
            kind, said = "none", "nothing was read"
        elif day.scopes_ok == day.scopes_total:
            kind, said = "all", f"all {day.scopes_total} scopes read"
        # a day that was read whole never has the colour of another
        assert mark.kind.split() == ["strip-day", f"read-{kind}"]
        assert mark.words == f"{format_day(at, shown.at.date())}: {said}"
        assert opened(mark.address).value(ids.CHANGES_DAY) == at.isoformat()


@few
@given(overviews())
def test_changes_by_day_are_those_that_were_recorded(shown: Overview) -> None:
    drawn, net = charts.changes_by_day(shown), bool(shown.filter.region)
    kinds = (
        {"added": "grew", "removed": "shrank"}
        if net
        else {one: one for one in ("added", "changed", "removed")}
    )
    columns = groups(drawn, "plot-column")
    for day, column in zip(shown.changes, columns, strict=True):
        known = net or day.scopes_total
        # what is not known to be nought is not drawn, and not told as nought
        told = {words: getattr(day, kind) for kind, words in kinds.items() if known or getattr(day, kind)}
        tip = getattr(column, "data-tip").split("\n")
        assert tip == ([f"{said} {count:,}" for said, count in told.items()] or ["nothing was read"])
        found = marks(column, "bar")
        assert [one.words for one in found] == [
            f"{format_day(day.day, shown.at.date())}: {count:,} {said}"
            for said, count in told.items()
            if count
        ]
        zero = [one.share("bottom") + one.share("height") for one in found if "removed" in str(one.style)]
        up = [one for one in found if "removed" not in str(one.style)]
        # what vanished hangs from the line on which the rest stands
        assert all(abs(top - one.share("bottom")) < 1e-4 for top in zero for one in up[:1])
        for one in found:
            there = opened(one.address)
            assert there.stores[ids.CHANGES_STORE]["provider"] == shown.filter.provider
            assert there.value(ids.CHANGES_DAY) == day.day.isoformat()
            kind = next(kind for kind, said in kinds.items() if one.words.endswith(said))
            # the feed has no net changes to narrow to
            assert there.value(ids.CHANGES_KIND) == ("" if net else kind)
    for kind, said in kinds.items():
        assert f"{sum(getattr(day, kind) for day in shown.changes):,} {said}" in sentence(drawn)


@few
@given(overviews())
def test_every_chart_is_one_stop_of_tab_and_every_mark_says_what_it_is(shown: Overview) -> None:
    for chart in page.DRAWINGS.values():
        drawn = chart.draw(shown)
        assert all(stops <= 1 for stops in tab_stops(drawn)) and sentence(drawn)
        led = [one for one in marks(drawn) if one.address]
        assert sum(tab_stops(drawn)) >= bool(led) and all(one.words for one in led)
        for link in (one for one in walk(drawn) if isinstance(one, html.A)):
            assert getattr(link, "aria-label", None)


def test_the_newest_day_has_its_name_and_no_two_stand_on_each_other() -> None:
    for count in (1, 2, 7, 14, 30, 90):
        days = tuple(AT.date() - timedelta(days=age) for age in range(count - 1, -1, -1))
        shown = Overview(InventoryFilter(), AT, days=days, levels={"aws": (5,) * count})
        (named,) = [
            one for one in walk(charts.over_time(shown)) if getattr(one, "className", "") == "plot-names"
        ]
        said = [words(one) for one in named.children]
        assert said[-1] == format_day(AT.date(), AT.date()) and len(said) == count
        for letters, hidden in ((140, ()), (80, ("from-page",)), (45, ("from-page", "from-half"))):
            shown = [
                words(one)
                for one in named.children
                if not {*hidden} & {*str(getattr(one, "className", "")).split()}
            ]
            # in a narrow chart too
            assert len("  ".join(filter(None, shown))) <= letters


def test_the_areas_go_through_the_numbers() -> None:
    days = (AT.date() - timedelta(days=1), AT.date())
    shown = Overview(InventoryFilter(), AT, days=days, levels={"aws": (52, 0), "azure": (0, 52)})
    pictures = [
        one
        for one in walk(charts.over_time(shown))
        if isinstance(one, html.Div) and one.className == "plot-area"
    ]
    (picture,) = [one for one in pictures[0].children if isinstance(one, Tag)]
    # the top is four hundredths above the most
    lines = [tag.attributes["points"] for tag in picture.children if tag.name == "polyline"]
    assert lines == ["25.00,3.85 75.00,100.00", "25.00,3.85 75.00,3.85"]


def test_many_providers_are_drawn_together_and_keep_their_colours() -> None:
    levels = {f"cloud{i}": (100 - i, 100 - i) for i in range(20)}
    tables = tuple(
        TableSummary(TableRef("s", name), name, rows=1, updated_at=AT, freshness=Freshness.UNMANAGED)
        for name in levels
    )
    days = (AT.date() - timedelta(days=1), AT.date())
    shown = Overview(InventoryFilter(), AT, tables, days, levels, providers=tuple(levels))
    bands = charts.list_bands(shown)
    assert len(bands) == 10 and bands[-1].name == "11 others"
    assert ages.list_lines(shown)[-1].name == "11 others"
    alone = replace(shown, levels={"cloud7": (1, 1)}, providers=("cloud7",))
    assert charts.list_bands(alone)[0].colour == bands[7].colour


def test_an_inventory_of_empty_tables_is_drawn() -> None:
    table = TableSummary(TableRef("s", "t"), "aws", rows=0, updated_at=AT, freshness=Freshness.FRESH)
    shown = Overview(InventoryFilter(), AT, (table,), levels={"aws": ()})
    assert treemap.list_tiles(shown) == []
    for chart, title in list_titles(shown).items():
        assert render(page.draw_chart(shown, chart, title))
