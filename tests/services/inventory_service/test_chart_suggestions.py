"""Which charts a table opens with, and that each can be drawn, adds up, and leads to the rows that it counts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.inventory import load, service_at
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.sql import guard
from inventory_runner.sql.statement import read
from services.inventory_service.chart_suggestions import MOST_CHARTS, suggest_charts
from services.models.core import Source
from services.models.inventory import ChartChoice, ColumnInfo, ColumnProfile, Profiles, TableRef
from services.models.number_steps import MOST_STEPS, choose_step, name_step, read_step

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REF = TableRef("stackql_inventory", "things")
NAMES = st.sampled_from(
    ["id", "vpc_id", "state", "region", "size", "cost", "tags", "open", "created_at", "name", "note", "zone"]
)


@st.composite
def found_profiles(draw: st.DrawFn) -> Profiles:
    rows = draw(st.integers(0, 300))
    columns = []
    for name in draw(st.lists(NAMES, unique=True)):
        kind = draw(st.sampled_from(["text", "number", "boolean", "time", "json"]))
        nulls = draw(st.integers(0, rows))
        distinct = draw(st.integers(min(1, rows - nulls), min(rows - nulls, 2 if kind == "boolean" else 300)))
        days = draw(st.integers(1, max(1, distinct))) if kind == "time" and distinct else 0
        columns.append(
            ColumnProfile(
                ColumnInfo(name, kind),
                nulls,
                distinct,
                filled=draw(st.integers(0, rows - nulls)),
                quantiles=tuple(float(n) for n in range(min(distinct, 4))) if kind == "number" else (),
                days=days,
            )
        )
    return Profiles(tuple(columns), rows, rows)


@given(found_profiles(), st.permutations(["id", "state", "name"]))
def test_a_suggestion_names_columns_that_are_there_and_that_divide_the_rows(
    found: Profiles, keys: list[str]
) -> None:
    charts = suggest_charts(found, keys[:1])
    assert charts == suggest_charts(found, keys[:1]) and len(set(charts)) == len(charts) <= MOST_CHARTS
    profiles = {one.column.name: one for one in found.columns}
    for chart in charts:
        for name in filter(None, (chart.by, chart.split)):
            one = profiles[name]
            assert name not in keys[:1] and name not in ("id", "vpc_id")
            # never a constant, never one bar
            assert one.distinct + bool(one.nulls) > 1 or 0 < one.filled < found.rows
        assert chart.split != chart.by
    counted = {chart.by for chart in charts if not chart.split}
    assert len(counted) == sum(1 for chart in charts if not chart.split)


def things(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"i-{n}",
            "state": ("running", "stopped", None)[n % 3],
            "region": ("eu", "us")[n % 2],
            "size_gb": n * n,
            "open": n % 4 == 0,
            "launch_time": f"2026-{1 + n % 9:02}-0{1 + n % 8}T10:00:00Z",
            "tags": '{"owner": "web"}' if n % 5 else "{}",
            "same": "constant",
        }
        for n in range(count)
    ]


@pytest.fixture
def service(engine: sa.Engine) -> Any:
    load(engine, "things", {"": things(60)}, NOW)
    return service_at(engine, NOW)


def test_four_to_six_charts_are_drawn_and_every_mark_leads_to_the_rows_it_counts(service: Any) -> None:
    table = service.table(REF)
    charts = service.suggest_charts(table, service.profiles(REF), [])
    assert 4 <= len(charts) <= MOST_CHARTS
    assert {chart.kind for chart in charts} >= {"bar", "column", "histogram", "pie", "filled"}
    assert not {"id", "same"} & {chart.by for chart in charts}
    for chart in charts:
        data = service.chart(REF, chart)
        assert len(data.groups) > 1
        total = sum(number or 0 for numbers in data.series.values() for number in numbers)
        assert total == 60, chart
        for split, numbers in data.series.items():
            for group, number in zip(data.groups, numbers, strict=True):
                only = {chart.by: group} | ({chart.split: split} if chart.split else {})
                assert service.rows(REF, 0, 100, only=only)["total"] == (number or 0), (chart, only)


def test_a_histogram_counts_in_steps_as_python_does(service: Any) -> None:
    data = service.chart(REF, ChartChoice(by="size_gb", kind="histogram"))
    step = choose_step(Decimal(0), Decimal(59 * 59))
    counts = Counter(name_step(Decimal(n * n) // step * step, step) for n in range(60))
    assert dict(zip(data.groups, data.series[""], strict=True)) == {
        name: counts.get(name, 0) for name in data.groups
    }
    assert sum(counts.values()) == 60 and len(data.groups) <= MOST_STEPS
    for wrong in (
        ChartChoice(by="state", kind="histogram"),
        ChartChoice(by="gone"),
        ChartChoice(by="id", kind="cake"),
    ):
        with pytest.raises(InvalidInput):
            service.chart(REF, wrong)


def test_the_statement_of_a_chart_says_the_same_as_the_chart(service: Any, engine: sa.Engine) -> None:
    table = service.table(REF)
    for chart in service.suggest_charts(table, service.profiles(REF), []):
        data = service.chart(REF, chart)
        # the editor's source takes it
        guard.check(read(data.sql), Source.INVENTORY)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(data.sql.replace("%", "%%")).all()
        drawn = sorted(n for numbers in data.series.values() for n in numbers if n)
        assert sorted(row[-1] for row in rows) == drawn, data.sql


@given(st.decimals(-(10**12), 10**12, places=3), st.decimals(0, 10**12, places=3))
def test_steps_hold_all_numbers_and_no_two_that_are_all_there_is(least: Decimal, width: Decimal) -> None:
    most = least + width
    step = choose_step(least, most)
    first, last = least // step, most // step
    if width:
        assert step > 0 and (most - least) / step <= MOST_STEPS and step <= width * 2
    assert read_step(name_step(first * step, step)) == (first * step, first * step + step)
    assert last - first <= MOST_STEPS
