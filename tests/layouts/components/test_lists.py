"""The heads of lists: which way they are sorted."""

from __future__ import annotations

from typing import Any

import pytest
from dash import html
from fakes.components import walk, words, wrong_labels
from fakes.listed import schedules
from fakes.overviews import AT, scope_states, table_pages
from hypothesis import given

from layouts.components.grid import grid_total, infinite_grid
from layouts.components.lists import head_cell, rows_under, sort_cell, sort_direction
from layouts.inventory import ids, page
from layouts.inventory.table.coverage import coverage_tab
from layouts.inventory.tables import tables_list
from layouts.schedules import listing
from services.models.core import ListedSchedule
from services.models.coverage import COUNTED
from services.models.inventory import ScopeState, TablesPage


@pytest.mark.parametrize(
    ("sort", "direction"),
    [("rows", "descending"), ("-rows", "ascending"), ("name", "none"), ("", "none")],
)
def test_a_column_that_begins_with_the_most_falls(sort: str, direction: str) -> None:
    assert sort_direction("rows", sort, ["rows"]) == direction


def test_a_head_says_how_it_is_sorted_and_a_press_sorts() -> None:
    head = sort_cell("Rows", "descending", "number", id="sort")
    assert getattr(head, "aria-sort") == "descending" and head.children.id == "sort"
    assert [one.className for one in walk(head) if isinstance(one, html.I)] == ["bi bi-caret-down-fill"]
    assert not [one for one in walk(sort_cell("Rows", "none")) if isinstance(one, html.I)]


@given(table_pages(), schedules(), scope_states())
def test_a_card_calls_its_values_what_the_column_is_called(
    tables: TablesPage, listed: list[ListedSchedule], scopes: list[ScopeState]
) -> None:
    for region in ("", "eu-west-1"):
        assert wrong_labels(tables_list(tables, AT, searched=False, region=region)) == []
    assert wrong_labels(listing.table(listed, listing.Wanted())) == []
    assert wrong_labels(coverage_tab(scopes, AT)) == []


@pytest.mark.parametrize(
    ("drawn", "place"),
    [
        (grid_total("rows"), {"data-grid-total": "rows"}),
        (page.layout(), {"id": ids.TABLES_COUNT}),
        (page.layout(view="changes"), {"id": ids.CHANGES_COUNT}),
        (infinite_grid("rows", [], "/rows", COUNTED), {"data-grid-total": "rows"}),
    ],
)
def test_how_many_are_shown_is_read_out_when_it_changes(drawn: Any, place: dict[str, str]) -> None:
    (name, value), *_ = place.items()
    (told,) = [one for one in walk(drawn) if getattr(one, name, None) == value]
    assert told.role == "status"
    # and no pill is
    assert not [
        one for one in walk(drawn) if "pill" in str(getattr(one, "className", "")) and hasattr(one, "role")
    ]


def test_a_list_can_be_reached_and_is_named() -> None:
    listed = rows_under("Tables", [head_cell("Name")], [html.Tr(html.Td("x"))], "some")
    assert getattr(listed, "aria-label") == "Tables" and listed.tabIndex == 0 and words(listed) == "Name x"
