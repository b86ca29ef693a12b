"""The Rows tab."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dash_ag_grid as dag
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import name_of, names_of, ref_of, seeds, table_details
from hypothesis import given

from layouts.components.exports import FORMATS
from layouts.inventory import addresses, ids
from layouts.inventory.table.rows import exports, rows_grid, rows_note, rows_tab
from services.models.inventory import ColumnInfo, TableDetail, TableRef
from services.models.url_values import end_of, parse_only


@given(table_details())
def test_rows_that_may_be_old_are_said_to_be(table: TableDetail) -> None:
    now, then = rows_tab(table, "", "x"), rows_tab(table, "2026-03-01T10:30", "x")
    said = "Some scopes (a region, project or account) could not be read"
    assert (said in words(now)) == (table.summary.scopes_ok < table.summary.scopes_total)
    # how it was then is another question
    assert said not in words(then)
    controls = {one.id: one for one in walk(then) if getattr(one, "placeholder", None)}
    assert controls[ids.ROWS_AS_OF].value == "2026-03-01 10:30"
    assert controls[ids.ROWS_FIND].value == "x"


@given(seeds)
def test_what_the_rows_are_narrowed_to_is_said_and_can_be_left(random: Any) -> None:
    ref, as_of = ref_of(random, 1), random.choice(("", "2026-03-01T10:30"))
    only = {name: name_of(random) for name in names_of(random, 3)}
    note = rows_note(ref, end_of(as_of), as_of, only)
    said = words(note)
    assert ("as it was at 2026-03-01 10:30 UTC" in said) == bool(as_of)
    assert all(value in said for value in only.values())
    for address in links(note):
        page = opened(address)
        # all rows, of the same time
        assert page.table == ref and page.only == {} and page.arguments.get("asof", "") == as_of
    assert len(links(note)) == bool(only)


@given(seeds)
def test_a_file_has_the_rows_that_are_shown(random: Any) -> None:
    ref, as_of = ref_of(random, 1), random.choice(("", "2026-03-01T10:30"))
    only = {name: name_of(random) for name in names_of(random, 3)}
    files = links(exports(ref, as_of, only))
    grid = rows_grid(ref, (), as_of, only)
    url = getattr(grid, "data-url")
    for address, format in zip([*files, url], [*FORMATS, ""], strict=True):
        parts = urlsplit(address)
        given_ = dict(parse_qsl(parts.query))
        assert parse_only(given_.get("only", "")) == only and given_.get("asof", "") == as_of
        assert given_.get("format", "") == format
        *_, schema, name, _ = map(unquote, parts.path.split("/"))
        assert (schema, name) == (ref.schema, ref.name)


@given(table_details())
def test_the_grid_has_every_column_and_a_way_to_the_resource(table: TableDetail) -> None:
    grid = rows_grid(table.ref, table.columns, "", {})
    (inner,) = [one for one in walk(grid) if isinstance(one, dag.AgGrid)]
    first, *rest = inner.columnDefs
    assert [column["field"] for column in rest] == [column.name for column in table.columns]
    # the key and the scope of the row are added to it in the browser
    assert first["context"]["base"] == addresses.table(table.ref)


def test_what_could_not_be_read_has_a_title_in_words_and_an_explanation() -> None:
    columns = [ColumnInfo("id", "text"), ColumnInfo("_unread", "json")]
    grid = rows_grid(TableRef("stackql_inventory", "things"), columns, "", {})
    (definition,) = [one for one in grid.children.columnDefs if one["field"] == "_unread"]
    assert definition["headerName"] == "could not be read"
    assert "not of their column's type" in definition["headerTooltip"]
