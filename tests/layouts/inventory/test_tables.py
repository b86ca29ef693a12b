"""The list of tables."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from dash import html
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, COLUMNS, count_of, seeds, table_of, table_pages
from hypothesis import given

from layouts.inventory.tables import age, coverage, sparkline, tables_list, today
from services.models.inventory import Freshness, TableRef, TablesPage, TableSummary
from services.models.wording import format_age as age_words


def cells_of(listed: Any) -> list[list[Any]]:
    """The cells of each row."""
    (body,) = [one for one in walk(listed) if isinstance(one, html.Tbody)]
    return [row.children for row in body.children]


def heads_of(listed: Any) -> list[html.Th]:
    (head,) = [one for one in walk(listed) if isinstance(one, html.Thead)]
    return list(head.children.children)


@given(table_pages())
def test_each_table_has_a_row_that_leads_to_it(page: TablesPage) -> None:
    if not page.tables:
        return
    listed = tables_list(page, AT, searched=False)
    rows = cells_of(listed)
    titles = [words(head) for head in heads_of(listed)]
    assert len(rows) == len(page.tables)
    for table, row in zip(page.tables, rows, strict=True):
        cell = dict(zip(titles, row, strict=True))
        assert words(cell["Table"]) == table.ref.label
        assert opened(links(cell["Table"])[0]).table == table.ref
        assert words(cell["Provider"]) == (table.provider or "–")
        # what was never loaded is not empty
        assert words(cell["Rows"]) == ("unknown" if table.rows is None else f"{table.rows:,}")
        assert (table.rows is None) == (cell["14 days"].children == "")


@given(table_pages())
def test_of_a_region_nothing_is_told_of_whole_tables(page: TablesPage) -> None:
    if not page.tables:
        return
    whole, part = (tables_list(page, AT, searched=False, region=region) for region in ("", "eu-west-1"))
    left_out = {"Today (UTC)", "14 days"}
    names = [words(head) for head in heads_of(whole)]
    kept = [name for name in names if name not in left_out]
    assert [words(head) for head in heads_of(part)] == kept and len(names) - len(kept) == 2
    assert all(len(row) == len(kept) for row in cells_of(part))


@given(table_pages())
def test_the_column_that_the_list_is_sorted_by_says_so(page: TablesPage) -> None:
    if not page.tables:
        return
    heads = heads_of(tables_list(page, AT, searched=False))
    marked = {
        getattr(head.children, "data-name"): getattr(head, "aria-sort", None)
        for head in heads
        if isinstance(head.children, html.Button)
    }
    column = page.sort.removeprefix("-")
    # words and coverage go up by themselves, numbers down
    up = (column in ("name", "provider", "coverage")) != page.sort.startswith("-")
    assert marked == {
        name: ("ascending" if up else "descending") if name == column else "none" for name in COLUMNS
    }


def view_of(button: html.Button) -> dict[str, Any]:
    """How the list is shown after a press."""
    return dict(json.loads(getattr(button, "data-view")))


@given(table_pages())
def test_a_head_sorts_by_its_column_and_turns_the_order_round(page: TablesPage) -> None:
    if not page.tables:
        return
    for head in heads_of(tables_list(page, AT, searched=False)):
        if isinstance(head.children, html.Button):
            column = getattr(head.children, "data-name")
            turned = f"-{column}" if page.sort == column else column
            assert view_of(head.children) == {"sort": turned, "page": 1}


@given(table_pages())
def test_the_pager_leads_to_the_pages_beside_this(page: TablesPage) -> None:
    if not page.tables:
        return
    listed = tables_list(page, AT, searched=False)
    buttons = [
        one
        for one in walk(listed)
        if isinstance(one, html.Button) and getattr(one, "data-name") in ("previous", "next")
    ]
    if page.pages == 1:
        assert not buttons
        return
    before, after = buttons
    assert (view_of(before), before.disabled) == ({"sort": page.sort, "page": page.page - 1}, page.page == 1)
    assert (view_of(after), after.disabled) == (
        {"sort": page.sort, "page": page.page + 1},
        page.page == page.pages,
    )
    assert f"Page {page.page} of {page.pages}" in words(listed)


def test_an_empty_list_says_why() -> None:
    page = TablesPage((), 0)
    assert "A table appears here" in words(tables_list(page, AT, searched=False))
    assert "No table of that name" in words(tables_list(page, AT, searched=True))


@given(seeds)
def test_a_cell_says_what_is_known_of_its_table(random: Any) -> None:
    table = table_of(random, 1)
    read_today = table.updated_at is not None and table.updated_at.date() == AT.date()
    said = words(today(table, AT))
    # what no run has looked for today is not called unchanged
    assert (said == "–") == (not read_today)
    if read_today:
        parts = [
            f"{s}{n:,}" for s, n in (("+", table.added), ("−", table.removed), ("~", table.changed)) if n
        ]
        assert said == (" ".join(parts) or "no change")
    covered = coverage(table)
    known = table.scopes_total > 0
    assert words(covered) == (f"{table.scopes_ok:,} of {table.scopes_total:,}" if known else "unknown")
    assert ("tone-warning" in covered.className) == (table.scopes_ok < table.scopes_total)
    old = words(age(table, AT))
    assert ("missed a run" in old) == (table.freshness is Freshness.LATE)
    assert ("paused" in old) == (table.freshness is Freshness.PAUSED)
    assert ("no schedule" in old) == (table.freshness is Freshness.UNMANAGED)
    assert old.startswith(age_words(table.updated_at, AT) if table.updated_at else "never loaded")
    # rows that are older than the rest of their table are counted
    stale = table.stale_rows > 0 and table.oldest_at is not None and table.freshness is not Freshness.NEVER
    assert (f"{table.stale_rows:,} row" in old) == stale


def points_of(image: html.Img) -> list[tuple[float, float]]:
    found = re.search(r'polyline points="([^"]*)"', unquote(image.src))
    assert found
    return [tuple(map(float, point.split(","))) for point in found[1].split()]  # type: ignore[misc]


@given(seeds)
def test_a_trend_is_drawn_of_what_is_known(random: Any) -> None:
    values: Sequence[int | None] = [random.choice((None, count_of(random))) for _ in range(14)]
    known = [value for value in values if value is not None]
    image = sparkline(values, "#2563eb", "t")
    if len(known) < 2:
        assert words(image) == "first day"
        return
    points = points_of(image)
    assert len(points) == len(known)
    # a day that is not known leaves its place free
    step = points[1][0] - points[0][0]
    places = [place for place, value in enumerate(values) if value is not None]
    assert abs(step - (places[1] - places[0]) * (image.width - 6) / 13) < 0.2
    # higher is more, and nothing is outside the picture
    ranked = sorted(zip(known, points, strict=True), key=lambda pair: pair[0])
    heights = [y for _, (_, y) in ranked]
    assert heights == sorted(heights, reverse=True) and 0 <= min(heights) <= max(heights) <= image.height
    assert image.alt == (
        f"t: {known[0]:,} to {known[-1]:,} rows, lowest {min(known):,}, highest {max(known):,}"
    )


def test_a_table_that_hardly_moves_is_drawn_flat() -> None:
    flat = [y for _, y in points_of(sparkline([1000, 1001] * 7, "#2563eb", "t"))]
    steep = [y for _, y in points_of(sparkline([1000, 2000] * 7, "#2563eb", "t"))]
    assert max(flat) - min(flat) < 2
    assert max(steep) - min(steep) > 10


def test_yesterday_is_not_today() -> None:
    for hours, known in ((0, True), (14, True), (15, False), (24, False)):
        table = TableSummary(TableRef("s", "t"), rows=1, updated_at=AT - timedelta(hours=hours))
        assert (words(today(table, AT)) != "–") == known, hours
