"""The Source and Views tabs."""

from __future__ import annotations

from dataclasses import replace

import sqlglot
from dash import html
from fakes.components import links, walk, words
from fakes.overviews import few, table_details
from hypothesis import given
from hypothesis import strategies as st

from layouts.inventory import ids
from layouts.inventory.table import source
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import TableDetail, TableRef, ViewChoice, ViewInfo

REF = TableRef("stackql_inventory", "aws_ec2_instances")


@few
@given(table_details())
def test_the_sql_to_start_from_reads_this_table(table: TableDetail) -> None:
    """Whatever its columns are called, Databricks can read the text. A table's own name is always plain."""
    table = replace(table, summary=replace(table.summary, ref=REF), catalog="cloud-dev")
    first, second = sqlglot.parse(source.write_snippet(table), dialect="databricks")
    (named,) = first.find_all(sqlglot.exp.Table)
    assert (named.catalog, named.db, named.name) == (table.catalog, table.ref.schema, table.ref.name)
    (group,) = [one.name for one in first.find(sqlglot.exp.Group).expressions]
    assert group in {column.name for column in table.columns} | {"_scope"}
    (changes,) = second.find_all(sqlglot.exp.Table)
    assert changes.name == "resource_changes"
    assert table.ref.name in {one.this for one in second.find_all(sqlglot.exp.Literal)}


@few
@given(table_details())
def test_only_engineers_are_led_to_the_query_and_the_schedule(table: TableDetail) -> None:
    table = replace(table, query_text="SELECT 1", summary=replace(table.summary, query_id=3))
    assert links(source.source_tab(table, engineer=False)) == []
    expected = ["/ide?query=3"]
    if table.summary.schedule_id:
        expected.append(f"/schedules?schedule={table.summary.schedule_id}")
    assert sorted(links(source.source_tab(table, engineer=True))) == sorted(expected)
    said = words(source.source_tab(table, engineer=False))
    # no cron: nothing is promised
    assert "No schedule keeps this table up to date" in said
    assert ("the whole row" in said) == (not table.key_columns)


@few
@given(table_details(), st.integers(0, 3))
def test_views_are_listed_and_only_engineers_make_them(table: TableDetail, count: int) -> None:
    views = [
        ViewInfo(f"v{number}", (INVENTORY_SCHEMA, "other")[number % 2], number != 1, (None, 7, 0)[number % 3])
        for number in range(count)
    ]
    for engineer in (True, False):
        drawn = source.views_part(table, views, ViewChoice(), engineer)
        cards = [one for one in walk(drawn) if isinstance(one, html.Details)]
        assert len(cards) == count and ("No view reads this table" in words(drawn)) == (not count)
        for card, view in zip(cards, views, strict=True):
            said = words(card)
            # a view whose size is not known is not called empty
            assert ("rows" in said) == (view.rows is not None)
            refreshed = any(getattr(one, "id", None) == ids.view_refresh(view.name) for one in walk(card))
            assert refreshed == (engineer and view.materialised and view.schema == INVENTORY_SCHEMA)
        makes = [one for one in walk(drawn) if getattr(one, "id", None) == ids.VIEW_MAKE]
        assert len(makes) == engineer


@few
@given(table_details())
def test_the_workspace_is_linked_to_where_there_is_one(table: TableDetail) -> None:
    here = source.source_tab(replace(table, workspace="", catalog="main"), True)
    assert "outside Databricks" in words(here) and not [one for one in links(here) if "explore" in one]
    there = source.source_tab(replace(table, workspace="https://w.example", catalog="main"), True)
    assert "outside Databricks" not in words(there)
    addresses = [one for one in links(there) if one.startswith("https://w.example/")]
    assert addresses[1] == "https://w.example/genie" and addresses[0].startswith(
        "https://w.example/explore/data/main/"
    )
