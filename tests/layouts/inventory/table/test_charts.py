"""The chart of a table: each mark is a number of the data, and leads to the rows behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fakes.addresses import opened
from fakes.components import links, text, walk, words
from fakes.marks import marks
from fakes.overviews import AT, chart_data, few, table_details
from hypothesis import given

from inventory_runner.models import Scope
from layouts.components.drawing import OTHER, WHOLE
from layouts.inventory import ids
from layouts.inventory.table.charts import append_note, builder_tab, chart, draw_chart, draw_numbers
from services.models.core import WriteMode
from services.models.inventory import (
    ChartChoice,
    ChartData,
    ScopeState,
    TableDetail,
    TableMoment,
    TableRef,
    TableSummary,
)

REF = TableRef("stackql_inventory", "aws_ec2_instances")
TABLE = TableDetail(TableSummary(REF, "aws", rows=9, scopes_ok=41, scopes_total=43, updated_at=AT))


@given(chart_data())
def test_every_mark_is_a_number_and_leads_to_its_rows(data: ChartData) -> None:
    drawn = draw_numbers(REF, data)
    whole, seen = data.choice.kind in WHOLE, []
    for mark in marks(drawn):
        page = opened(mark.address)
        assert (page.table, page.tab) == (REF, "rows")
        group = page.only[data.choice.by]
        assert mark.words.startswith(group)
        split = page.only.get(data.choice.split, OTHER) if data.choice.split and not whole else ""
        seen.append((group, split if split in data.series else next(iter(data.series))))
    known = [
        (group, split)
        for place, group in enumerate(data.groups)
        for split, values in data.series.items()
        if values[place] is not None
    ]
    if whole:
        # a part a group, whatever is known of it
        assert sorted(group for group, _ in seen) == sorted(data.groups)
    else:
        # no mark twice, and none left out
        assert set(known) <= set(seen) and len(set(seen)) == len(seen)


@given(chart_data())
def test_the_title_says_what_is_measured_and_the_note_what_is_left_out(data: ChartData) -> None:
    panel = draw_chart(TABLE, data)
    choice, said = data.choice, words(panel)
    measure = {"count": "Rows", "sum": "Sum of size", "avg": "Average of size"}[choice.measure]
    assert f"{measure} by state" + (" and region" if choice.split else "") in said
    assert "41 of 43 scopes" in said and data.note in said
    assert len([one for one in walk(panel) if getattr(one, "role", "") == "group"]) == 1
    (file,) = [one.href for one in walk(panel) if getattr(one, "download", None)]
    assert "/ide?query=7" in links(draw_chart(TABLE, data, "/ide?query=7"))
    for name in ("by", "measure", "of", "split", "kind"):
        value = getattr(choice, name)
        assert (f"{name}={value}" in file) == bool(value)
    # what is a list is as high as that
    assert ("growing" in panel.className) == (choice.kind in ("bar", "pie"))


def test_of_a_past_moment_the_file_and_the_marks_are_of_that_moment() -> None:
    data = ChartData(ChartChoice("state"), ("on", "off"), {"": (2, 1)})
    moment = TableMoment(AT - timedelta(days=3), 3, (ScopeState(Scope(), "denied", 3, "", AT),))
    panel = draw_chart(replace(TABLE, moment=moment), data, as_of="2026-03-06")
    addresses = [one for one in links(panel) if "asof=2026-03-06" in one]
    # two marks, two numbers behind them, the file
    assert len(addresses) == 5
    assert "0 of 1 scopes" in words(panel)


def test_a_table_without_rows_has_no_chart() -> None:
    assert "Nothing to draw" in text(chart(TABLE, ChartData(ChartChoice("state"))))


@few
@given(table_details(), chart_data())
def test_only_what_can_be_grouped_or_summed_is_offered(table: TableDetail, data: ChartData) -> None:
    tab = builder_tab(table, data.choice, None)
    selects = {one.id: one for one in walk(tab) if getattr(one, "options", None)}
    # the names of our own columns begin with an underscore
    cloud = [column for column in table.columns if not column.name.startswith("_")]
    numbers = {column.name for column in cloud if column.kind == "number"}

    def offered(id: str) -> set[str]:
        return {option["value"] for option in selects[id].options} - {"*"}

    # when a resource was first seen can be grouped by; when its row changed is no value of the cloud's
    names = {column.name for column in cloud} | ({"_first_seen_at"} if table.columns else set())
    assert offered(ids.CHART_FIELDS["split"]) == names
    assert offered(ids.CHART_FIELDS["of"]) == numbers
    for id, value in (
        (ids.CHART_FIELDS["measure"], data.choice.measure),
        (ids.CHART_FIELDS["kind"], data.choice.kind),
        (ids.CHART_FIELDS["of"], data.choice.of or "*"),
        (ids.CHART_FIELDS["split"], data.choice.split or "*"),
    ):
        assert selects[id].value == value


@given(table_details())
def test_the_rows_of_an_append_table_are_those_of_its_newest_run(table: TableDetail) -> None:
    appends = table.summary.write_mode is WriteMode.APPEND
    assert append_note(table) == ("rows of the newest run" if appends else "")
