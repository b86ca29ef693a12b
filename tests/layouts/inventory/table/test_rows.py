"""The Rows tab."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, name_of, names_of, ref_of, scope_states, seeds, table_details
from hypothesis import given

from layouts.components.exports import FORMATS
from layouts.inventory import addresses, ids
from layouts.inventory.table.rows import (
    exports,
    moments_line,
    rows_grid,
    rows_note,
    rows_tab,
    unread_line,
)
from services.models.core import INVENTORY_SCHEMA
from services.models.coverage import COUNTED
from services.models.inventory import (
    READ_AT,
    ColumnInfo,
    ScopeState,
    TableDetail,
    TableRef,
    TableRun,
    TableSummary,
)
from services.models.url_values import ONLY_OPENED, ONLY_REGION, ONLY_STALE, parse_only
from services.models.wording import format_minute


def read_columns(grid: Any) -> list[dict[str, Any]]:
    """The columns that the page's place of the grid names."""
    (columns,) = [getattr(one, "data-columns") for one in walk(grid) if hasattr(one, "data-columns")]
    return json.loads(columns)


@given(scope_states())
def test_scopes_that_were_not_read_are_named_with_the_way_to_their_rows(scopes: list[ScopeState]) -> None:
    ref = TableRef("stackql_inventory", "t")
    line = unread_line(ref, scopes, "2026-03-01", AT)
    # lists that nobody can read to their end were read now
    unread = [one for one in scopes if one.status not in ("ok", "additive")]
    if not unread:
        assert line is None
        return
    said, kept = words(line), sum(one.rows for one in unread)
    read = sum(1 for one in scopes if one.status == "ok")
    assert f"{read:,} of {len(scopes):,} scopes were read whole" in said
    assert all(one.scope.label in said for one in unread[:3])
    pages = [opened(address) for address in links(line)]
    assert all(page.table == ref and page.arguments["asof"] == "2026-03-01" for page in pages)
    assert [page.only for page in pages[:-1]] == ([{ONLY_STALE: "yes"}] if kept else [])
    assert pages[-1].tab == "coverage"


TABLE = TableDetail(
    TableSummary(TableRef(INVENTORY_SCHEMA, "disks"), changed_at=AT),
    first_day=(AT - timedelta(days=3)).date(),
)
RUNS = [TableRun(number, AT - timedelta(days=2 - number), "PARTIAL", number, 2, None) for number in range(3)]


def test_the_times_that_a_table_can_be_shown_at_are_links_that_keep_what_it_is_narrowed_to() -> None:
    shown = format_minute(RUNS[1].at)
    drawn = moments_line(TABLE, RUNS, shown, "web", '{"state":"on"}', AT)
    said = words(drawn)
    # a week ago nothing was read yet
    assert "Yesterday" in said and "Before the last change" in said and "7 days" not in said
    pages = [opened(one) for one in links(drawn)]
    assert all(
        (page.table, page.arguments.get("find"), page.only) == (TABLE.ref, "web", {"state": "on"})
        for page in pages
    )
    marks = [one for one in walk(drawn) if "run-mark" in (getattr(one, "className", None) or "")]
    assert [opened(one.href).arguments.get("asof") for one in marks] == [
        format_minute(run.at) for run in RUNS
    ]
    assert ["shown" in one.className for one in marks] == [False, True, False]
    assert "1 of 2 scopes" in marks[1].title and "rows not known" in marks[1].title
    assert [one.children.style["height"] for one in marks] == ["0%", "50%", "100%"]


def test_what_was_typed_is_kept() -> None:
    shown = dict.fromkeys(("grid", "note", "exports", "unread"))
    drawn = rows_tab("x", moments_line(TABLE, RUNS, "2026-03-01T10:30", "x", "", AT), shown, {})
    controls = {one.id: one for one in walk(drawn) if getattr(one, "placeholder", None)}
    assert controls[ids.ROWS_AS_OF].value == "2026-03-01 10:30"
    assert controls[ids.ROWS_FIND].value == "x"


@given(seeds)
def test_what_the_rows_are_narrowed_to_is_said_and_can_be_left_one_by_one(random: Any) -> None:
    ref, as_of = ref_of(random, 1), random.choice(("", "2026-03-01T10:30"))
    only = {name: name_of(random) for name in names_of(random, 3)}
    note = rows_note(ref, as_of, only)
    if not only:
        assert note is None
        return
    said = words(note)
    assert all(" ".join(value.split()) in said for value in only.values())
    for name, address in zip(only, links(note), strict=True):
        page = opened(address)
        # of the same time, and by all that remains
        assert page.table == ref and page.arguments.get("asof", "") == as_of
        assert page.only == {other: value for other, value in only.items() if other != name}


def test_what_is_no_column_is_said_in_words() -> None:
    ref = TableRef("stackql_inventory", "t")
    only = {ONLY_REGION: "eu-west-1", ONLY_STALE: "yes", ONLY_OPENED: "7"}
    assert words(rows_note(ref, "", only)) == (
        "region eu-west-1 scopes not read by the newest run became public in 7 days"
    )


@given(seeds)
def test_a_file_has_the_rows_that_are_shown(random: Any) -> None:
    ref, as_of = ref_of(random, 1), random.choice(("", "2026-03-01T10:30"))
    only = {name: name_of(random) for name in names_of(random, 3)}
    files = links(exports(ref, as_of, only))
    (url,) = [
        getattr(one, "data-url")
        for one in walk(rows_grid(ref, (), (), as_of, only, COUNTED))
        if hasattr(one, "data-url")
    ]
    for address, format in zip([*files, url], [*FORMATS, ""], strict=True):
        parts = urlsplit(address)
        given_ = dict(parse_qsl(parts.query))
        assert parse_only(given_.get("only", "")) == only and given_.get("asof", "") == as_of
        assert given_.get("format", "") == format
        *_, schema, name, _ = map(unquote, parts.path.split("/"))
        assert (schema, name) == (ref.schema, ref.name)


@given(table_details())
def test_the_grid_has_every_column_and_a_way_to_the_resource(table: TableDetail) -> None:
    grid = rows_grid(table.ref, table.columns, (), "", {}, table.reading)
    first, *rest = read_columns(grid)
    # where a scope was not read, when each row was
    late = [READ_AT] * table.reading.partial
    assert [column["field"] for column in rest] == late + [column.name for column in table.columns]
    # the key and the scope of the row are added to it in the browser
    assert first["context"]["base"] == addresses.table(table.ref)


def test_what_could_not_be_read_has_a_title_in_words_and_an_explanation() -> None:
    columns = [ColumnInfo("id", "text"), ColumnInfo("_unread", "json")]
    grid = rows_grid(TableRef("stackql_inventory", "things"), columns, (), "", {}, COUNTED)
    (definition,) = [one for one in read_columns(grid) if one["field"] == "_unread"]
    assert definition["headerName"] == "could not be read"
    assert "not of their column's type" in definition["headerTooltip"]
