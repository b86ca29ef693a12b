"""The frame and the head of a table's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dash import html
from fakes.addresses import opened
from fakes.components import links, walk, words
from fakes.overviews import AT, few, scope_states, table_details
from hypothesis import given
from hypothesis import strategies as st

from layouts.inventory import addresses
from layouts.inventory.table.page import TAB_NAMES, header, layout, unloaded_page
from services.models.core import INVENTORY_SCHEMA, TableKind
from services.models.inventory import ScopeState, TableDetail, TableMoment, TableRef, TableSummary
from services.models.wording import format_exact_time


@given(table_details())
def test_the_head_says_how_much_how_sure_how_old_and_what_moved(table: TableDetail) -> None:
    summary, drawn = table.summary, header(table, AT)
    facts = [one.children for one in walk(drawn) if isinstance(one, html.Dd)]
    rows, today, coverage, updated = map(words, facts)
    # what was never loaded is not empty
    assert rows == ("unknown" if summary.rows is None else f"{summary.rows:,}")
    known = summary.scopes_total > 0
    assert coverage == (f"{summary.scopes_ok:,} of {summary.scopes_total:,}" if known else "unknown")
    assert today and updated
    assert table.ref.label in words(drawn)
    for part in (summary.provider, summary.service, summary.resource, table.description):
        assert part in words(drawn)


@given(table_details(), scope_states(), st.one_of(st.none(), st.integers(0, 10**6)))
def test_of_a_past_moment_the_head_tells_its_own_facts_and_the_way_back(
    table: TableDetail, scopes: list[ScopeState], rows: int | None
) -> None:
    at = AT - timedelta(days=3)
    drawn = header(replace(table, moment=TableMoment(at, rows, tuple(scopes))), AT, tab="coverage")
    facts = dict(
        zip(
            (words(one.children) for one in walk(drawn) if isinstance(one, html.Dt)),
            (words(one.children) for one in walk(drawn) if isinstance(one, html.Dd)),
            strict=True,
        )
    )
    # none of what nobody has read is not none
    never = not rows and bool(scopes) and not any(one.ok_at for one in scopes)
    assert facts["Rows then"] == ("unknown" if rows is None or never else f"{rows:,}")
    read = [one for one in scopes if one.status == "ok"]
    assert facts["Coverage then"] == (f"{len(read)} of {len(scopes)}" if scopes else "unknown")
    # nothing of today
    assert "Today (UTC)" not in facts and "Updated" not in facts
    said = words(drawn)
    assert f"As it was at {format_exact_time(at)}" in said
    unread = [one.scope.label for one in scopes if one.status != "ok"]
    assert all(name in said for name in unread[:3])
    assert ("is not known" in said) == (not scopes) and ("had been read whole" in said) == bool(scopes)
    back = opened(next(one for one in links(drawn) if "coverage" in one))
    assert (back.table, back.tab, back.arguments.get("asof")) == (table.ref, "coverage", None)


def test_a_filter_that_the_page_does_not_know_is_said() -> None:
    assert "does not know" not in words(layout("t", tab="rows", asof="2026-03-01", only="{}"))
    said = words(layout("t", tab="rows", proprietor="data"))
    assert "1 filter that this page does not know" in said and "proprietor" in said


def test_rows_that_count_elsewhere_are_said_to_and_where() -> None:
    kept = TableRef(INVENTORY_SCHEMA, "aws_lambda_functions")
    summary = TableSummary(TableRef(INVENTORY_SCHEMA, "found"), rows=11, counted=0)
    drawn = header(TableDetail(summary, counted_in={kept: 11}), AT)
    assert "11 of 11 rows are counted in aws_lambda_functions" in words(drawn)
    mixed = {kept: 8, None: 1, summary.ref: 2}
    said = words(header(TableDetail(replace(summary, counted=0), counted_in=mixed), AT))
    assert "8 of 11 rows are counted in" in said and "1 of 11 rows is not counted" in said
    assert "2 of 11 rows are of resources that its other rows count" in said
    assert "No column says" in words(header(TableDetail(summary), AT))
    findings = replace(summary, kind=TableKind.FINDINGS)
    assert "Its rows are findings" in words(header(TableDetail(findings, counted_in={None: 11}), AT))
    assert "counted in" not in words(header(TableDetail(replace(summary, counted=11)), AT))


@few
@given(table_details())
def test_one_tab_is_chosen_and_each_can_be(table: TableDetail) -> None:
    for name, _ in TAB_NAMES:
        page = opened(addresses.table(table.ref, name)).layout
        tabs = [one for one in walk(page) if getattr(one, "role", None) == "tab"]
        chosen = [one for one in tabs if getattr(one, "aria-selected") == "true"]
        assert len(tabs) == len(TAB_NAMES) and [getattr(one, "data-tab") for one in chosen] == [name]
        # one is reached by Tab, the others by the arrow keys
        assert [one.tabIndex for one in tabs].count(0) == 1 and chosen[0].tabIndex == 0


def test_nonsense_in_the_address_shows_the_rows() -> None:
    for tab in ("nope", "", "ROWS"):
        tabs = [one for one in walk(layout("t", tab=tab)) if getattr(one, "role", None) == "tab"]
        chosen = [one for one in tabs if getattr(one, "aria-selected") == "true"]
        assert [getattr(one, "data-tab") for one in chosen] == ["rows"]


@given(table_details())
def test_only_engineers_are_led_to_a_schedule(table: TableDetail) -> None:
    assert links(unloaded_page(table, engineer=False)) == []
    known = table.summary.schedule_id
    assert links(unloaded_page(table, engineer=True)) == ([f"/schedules?schedule={known}"] if known else [])
