"""The chart of a table: each mark is a number of the data, and leads to the rows behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.addresses import opened
from fakes.components import graphs, links, text, walk, words
from fakes.overviews import AT, chart_data, few, table_details
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.models import Scope
from layouts.components.charts import escape_text
from layouts.components.drawing import OTHER, WHOLE, shorten_value, shorten_values
from layouts.inventory import ids
from layouts.inventory.table.charts import FEW, append_note, chart, chart_figure, charts_tab
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


def marks(figure: dict[str, Any], data: ChartData) -> Iterator[tuple[str, str, float | None, str, str]]:
    """(group, split, number, words, address) of each mark, by where it stands."""
    flat = data.choice.kind == "bar"
    # the values at the ends of stacked bars are words, and no marks
    traces = [trace for trace in figure["data"] if trace.get("mode") != "text"]
    for trace, split in zip(traces, data.series, strict=True):
        places, numbers = (trace["y"], trace["x"]) if flat else (trace["x"], trace["y"])
        for place, number, said, address in zip(
            places, numbers, trace["text"], trace["customdata"], strict=True
        ):
            # bars stand from the bottom up
            group = data.groups[len(data.groups) - 1 - place if flat else place]
            yield group, split, number, said, address


@given(chart_data(), st.booleans())
def test_every_mark_along_the_axes_is_a_number_and_leads_to_its_rows(data: ChartData, dark: bool) -> None:
    figure = chart_figure(REF, data, dark)
    if data.choice.kind in WHOLE:
        return
    seen = []
    for group, split, number, said, address in marks(figure, data):
        # what is not known stays unknown
        assert number == data.series[split][data.groups.index(group)]
        assert said == escape_text(group)
        page = opened(address)
        # what is summed up as other has no value of its own
        shade = {data.choice.split: split} if data.choice.split and split != OTHER else {}
        assert (page.table, page.tab, page.only) == (REF, "rows", {data.choice.by: group, **shade})
        seen.append((group, split))
    assert len(set(seen)) == len(data.groups) * len(data.series)
    axis = figure["layout"]["yaxis" if data.choice.kind == "bar" else "xaxis"]
    named = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    ordered = list(data.groups)[::-1] if data.choice.kind == "bar" else list(data.groups)
    for place, label in named.items():
        bars = data.choice.kind == "bar"
        assert label == (shorten_values(ordered)[place] if bars else shorten_value(ordered[place]))
    # each bar is named; of what stands side by side as many as there is room for, and none slanted
    assert len(named) == len(ordered) if data.choice.kind == "bar" else axis["tickangle"] == 0 and 0 in named


@given(chart_data())
def test_the_marks_of_a_whole_add_up_to_it(data: ChartData) -> None:
    if data.choice.kind not in WHOLE:
        return
    [trace] = chart_figure(REF, data, False)["data"]
    assert len(set(trace["ids"])) == len(data.groups)
    assert trace["labels"] == [escape_text(group) for group in data.groups]
    for place, (group, total) in enumerate(zip(data.groups, trace["values"], strict=True)):
        known = [values[place] for values in data.series.values() if values[place] is not None]
        # nothing that is known: no mark, not one of nought
        assert total == (pytest.approx(sum(known)) if known else None)
        page = opened(trace["customdata"][place])
        assert (page.table, page.only) == (REF, {data.choice.by: group})


@given(chart_data())
def test_a_colour_belongs_to_one_series(data: ChartData) -> None:
    if data.choice.kind in WHOLE:
        return
    figure = chart_figure(REF, data, False)
    traces = [trace for trace in figure["data"] if trace.get("mode") != "text"]
    colours = [(trace.get("line") or trace["marker"])["color"] for trace in traces]
    assert len(set(colours)) == len(colours)
    assert figure["layout"]["showlegend"] == (len(colours) > 1)
    averaged = data.choice.measure == "avg" and bool(data.choice.split)
    # averages of parts do not add up to the average of the whole
    assert (figure["layout"]["barmode"] == "group") == averaged


@given(chart_data())
def test_the_title_says_what_is_measured_and_the_note_what_is_left_out(data: ChartData) -> None:
    panel = chart(TABLE, data, False)
    choice, said = data.choice, words(panel)
    measure = {"count": "Rows", "sum": "Sum of size", "avg": "Average of size"}[choice.measure]
    assert f"{measure} by state" + (" and region" if choice.split else "") in said
    assert "41 of 43 scopes" in said and data.note in said
    assert list(graphs(panel)) == ["table"]
    (file,) = [one.href for one in walk(panel) if getattr(one, "download", None)]
    assert "/ide?query=7" in links(chart(TABLE, data, False, "/ide?query=7"))
    for name in ("by", "measure", "of", "split", "kind"):
        value = getattr(choice, name)
        assert (f"{name}={value}" in file) == bool(value)
    assert ("few" in panel.className) == (choice.kind == "bar" and len(data.groups) <= FEW)


@pytest.mark.parametrize("kind", ["bar", "column", "line", "area", "pie", "treemap"])
def test_values_of_the_cloud_are_drawn_apart_and_as_text(kind: str) -> None:
    alike = tuple(f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))
    data = ChartData(
        ChartChoice("role", kind=kind), (*alike, '<a href="https://x.example">y</a>'), {"": (3, 2, 1)}
    )
    [trace] = chart_figure(REF, data, False)["data"]
    places = trace.get("labels") or (trace["y"] if kind == "bar" else trace["x"])
    assert len(set(places)) == 3
    assert "&lt;a href" in json.dumps(trace) and "<a" not in json.dumps(trace)


def test_of_a_past_moment_the_file_and_the_marks_are_of_that_moment() -> None:
    data = ChartData(ChartChoice("state"), ("on", "off"), {"": (2, 1)})
    moment = TableMoment(AT - timedelta(days=3), 3, (ScopeState(Scope(), "denied", 3, "", AT),))
    panel = chart(replace(TABLE, moment=moment), data, False, as_of="2026-03-06")
    addresses = [one for one in links(panel) if "asof=2026-03-06" in one]
    assert len(addresses) == 3
    assert "0 of 1 scopes" in words(panel)


def test_a_table_without_rows_has_no_chart() -> None:
    assert "Nothing to draw" in text(chart(TABLE, ChartData(ChartChoice("state")), False))


@few
@given(table_details(), chart_data())
def test_only_what_can_be_grouped_or_summed_is_offered(table: TableDetail, data: ChartData) -> None:
    tab = charts_tab(table, data.choice)
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
