"""What the overview says in words: what needs attention, the week, what puts the numbers in doubt."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

from dash import html
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, few, overviews
from hypothesis import given

from layouts.components.markup import render
from layouts.inventory import ids
from layouts.inventory.overview import page
from layouts.inventory.overview.attention import NAMED_TABLES, attention
from layouts.inventory.overview.week import SIGNS, week
from services.inventory_service.charts import list_titles
from services.models.inventory import Attention, Freshness, News, Overview, TableRef
from services.models.wording import format_count

REF = TableRef("stackql_inventory", "t")


@few
@given(overviews(least_tables=1))
def test_each_line_of_attention_leads_to_the_table_it_is_about(shown: Overview) -> None:
    drawn = attention(shown)
    lines = [one for one in walk(drawn) if isinstance(one, html.Li)]
    assert len(lines) == len(shown.attention)
    for line, one in zip(lines, shown.attention, strict=True):
        assert one.text in words(line) and (one.cause or one.tables[0].label) in words(line)
        (address,) = links(line)
        assert (opened(address).table, opened(address).tab) == (one.tables[0], one.tab)
    if not shown.attention:
        # of scopes that are not there, or were not read whole, it is not said that they were
        said = "every scope" in words(drawn).lower()
        assert said == (0 < shown.scopes_total == shown.scopes_ok)
        assert ("accepted as not read whole" in words(drawn)) == (shown.scopes_ok < shown.scopes_total)


def test_a_cause_of_many_tables_names_some_and_counts_the_rest() -> None:
    refs = tuple(TableRef("stackql_inventory", f"t{number}") for number in range(NAMED_TABLES + 2))
    one = Attention("danger", refs, "denied", AT - timedelta(hours=2), "coverage", "aws")
    drawn = attention(Overview(filter=None, at=AT, attention=(one,)))  # type: ignore[arg-type]
    assert [opened(address).table for address in links(drawn)] == list(refs[:NAMED_TABLES])
    assert "and 2 more" in words(drawn)


@few
@given(overviews(region=False, least_tables=1))
def test_how_sure_the_week_is_agrees_with_the_scopes(shown: Overview) -> None:
    said = words(week(shown))
    if shown.scopes_total:
        percent = 100 * shown.scopes_ok // shown.scopes_total
        assert f"{percent} %" in said
        # never all of it where something is missing
        assert ("100 %" in said) == (shown.scopes_ok == shown.scopes_total)
    else:
        assert "How sure" not in said
    late = [table for table in shown.loaded if table.freshness is Freshness.LATE]
    assert (f"{len(late)} of {len(shown.loaded)} tables missed a run" in said) == bool(late)
    # without a week of history nothing is called quiet
    assert ("A quiet week" in said) == (shown.week_ago is not None)


@few
@given(overviews(region=True))
def test_a_region_has_no_week(shown: Overview) -> None:
    assert week(shown) is None


@few
@given(overviews(region=False))
def test_each_news_leads_to_where_it_is_seen(shown: Overview) -> None:
    told = (
        News("opened", "t", "2 resources became public", REF),
        News("piled", "stopped", "9 more", REF, tab="charts"),
        News("grew", "eu-west-1", "grew by 9 (3 %)", region="eu-west-1"),
        News("burst", "Mon, Mar 9", "the busiest day", provider="aws", day=AT.date()),
    )
    drawn = week(replace(shown, week=told))
    table, state, region, day = map(opened, links(drawn))
    assert (table.table, table.tab) == (REF, "changes") and (state.table, state.tab) == (REF, "charts")
    assert region.value(ids.REGION) == "eu-west-1" and region.value(ids.DAYS) == str(shown.filter.days)
    assert day.value(ids.CHANGES_DAY) == AT.date().isoformat()
    assert day.stores[ids.CHANGES_STORE]["provider"] == "aws"
    assert all(one.text in words(drawn) for one in told)
    assert {one.kind for one in told} <= set(SIGNS)


@few
@given(overviews())
def test_many_late_tables_are_said_above_everything(shown: Overview) -> None:
    late = [table for table in shown.loaded if table.freshness is Freshness.LATE]
    said = " ".join(words(one) for one in page.banners(shown, engineer=False))
    warned = len(late) >= 2 and 2 * len(late) >= len(shown.loaded)
    assert (f"{len(late)} of {len(shown.loaded)} tables missed a run" in said) == warned


@few
@given(overviews())
def test_a_viewer_is_led_to_no_page_of_the_engineers(shown: Overview) -> None:
    parts = [
        part["html"]
        for part in [*page.first(shown, engineer=False), *page.grid(shown, {"changes": ""}, "")]
        if "html" in part
    ]
    drawn = [render(page.draw_chart(shown, name, title)) for name, title in list_titles(shown).items()]
    led = [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]*)"', "".join([*parts, *drawn]))]
    assert led or not shown.loaded
    for address in [*links(page.body(shown, engineer=False)), *led]:
        if not address.startswith(("#", "/api/inventory/")):
            opened(address)


@few
@given(overviews())
def test_the_subtitle_says_where_the_data_comes_from(shown: Overview) -> None:
    said = words(page.subtitle(shown))
    scheduled = sum(1 for table in shown.tables if table.schedule_id is not None)
    if not shown.loaded:
        assert said == "What we run, where, and what changed."
    elif scheduled:
        of_scopes = f" in {format_count(shown.scopes_total, 'scope')} (a region, project or account each)"
        source = f"Data from {format_count(scheduled, 'schedule')}{of_scopes if shown.scopes_total else ''}, newest"
        assert source in said
    else:
        assert "No schedule keeps it up to date" in said
