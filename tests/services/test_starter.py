"""The starter library: every query runs and finds something, every schedule's key is one, on any day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from fakes.documented_columns import COLUMNS, OLDER

from inventory_runner.contract import AccessDenied
from inventory_runner.engines.handing import hand_over
from inventory_runner.engines.sample_cloud import Answer, SampleCloud
from inventory_runner.models import Scope
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.column_names import find_unknown_columns
from inventory_runner.sql.statement import Source, read
from services.starter import StarterSchedule, list_example_values, load_library

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUERIES, SCHEDULES = load_library().queries, load_library().schedules
BY_NAME = {query.name: query for query in QUERIES}


def ask(cloud: SampleCloud, sql: str, values: Mapping[str, str]) -> Answer:
    statement = guard.check(read(sql), Source.LIVE)
    return cloud.execute(
        parameters.bind(statement, {name: values[name] for name in statement.parameters}).text
    )


def table(schedule: StarterSchedule, cloud: SampleCloud) -> dict[str, tuple[Answer, dict[tuple, tuple]]]:
    """Scope → its answer and its rows by key, of the scopes that are not refused."""
    sql = BY_NAME[schedule.query_name].query_text
    found = {}
    for scope in Scope.combinations(schedule.parameter_values):
        try:
            answer = ask(cloud, sql, scope.values)
        except AccessDenied:
            continue
        keys = [answer.columns.index(name) for name in schedule.key_columns]
        kept = [place for place, name in enumerate(answer.columns) if name not in schedule.ignored_columns]
        rows = {
            tuple(row[place] for place in keys): tuple(row[place] for place in kept) for row in answer.rows
        }
        assert len(rows) == len(answer.rows), (schedule.target_table, scope.label)
        assert all(None not in key for key in rows), (schedule.target_table, scope.label)
        found[scope.key] = (answer, rows)
    return found


def test_is_a_library() -> None:
    assert len(QUERIES) >= 15 + len(SCHEDULES)
    assert len(BY_NAME) == len(QUERIES)
    assert all(query.description and query.provider for query in QUERIES)
    assert {query.provider for query in QUERIES} <= set(SampleCloud().providers())


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_runs_and_finds_something(query) -> None:
    assert query.query_text.startswith(("SELECT", "WITH"))
    # julianday('now') is the real clock's, so this looks at today
    answer = ask(SampleCloud(), query.query_text, list_example_values(query.provider))
    assert answer.rows or query.name in {
        "Google: public buckets",
        "Azure: storage accounts with public blobs",
    }
    assert len(set(answer.columns)) == len(answer.columns)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_reads_columns_that_are_documented_and_says_where_they_are_old(query) -> None:
    statement = read(query.query_text)
    assert statement.query is not None and set(statement.resources) <= set(COLUMNS)
    assert not list(find_unknown_columns(statement.query, lambda resource: COLUMNS[resource].split()))
    old = any(resource.startswith(OLDER) for resource in statement.resources)
    assert ("Column names are those that StackQL documented" in query.description) is old


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_is_one_for_stackql(query) -> None:
    handed, _, _ = hand_over(guard.check(read(query.query_text), Source.LIVE))
    # what came of it is one that StackQL has, too, and needs nothing more
    again, _, _ = hand_over(guard.check(handed, Source.LIVE))
    assert not re.search(r"AS INT|BETWEEN|\bOR\b", again.text)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.target_table)
def test_every_schedule_is_one(schedule: StarterSchedule) -> None:
    query = BY_NAME[schedule.query_name]
    assert set(read(query.query_text).parameters) == set(schedule.parameter_values)
    assert croniter.is_valid(schedule.cron_expression)
    made = schedule.schedule(7)
    assert (made.query_id, made.target_table, made.scopes[0].values.keys()) == (
        7,
        schedule.target_table,
        schedule.parameter_values.keys(),
    )


def test_keys_hold_and_days_differ_a_little_over_a_fortnight() -> None:
    totals = []
    for age in (13, 0):
        before, after = (SampleCloud(TODAY - timedelta(days=age + back)) for back in (1, 0))
        rows = moved = 0
        for schedule in SCHEDULES:
            old, new = table(schedule, before), table(schedule, after)
            for scope in old.keys() & new.keys():
                earlier, later = old[scope][1], new[scope][1]
                rows += len(later)
                moved += len(earlier.keys() ^ later.keys())
                moved += sum(earlier[key] != later[key] for key in earlier.keys() & later.keys())
            for answer, _ in new.values():
                assert 4 <= len(answer.columns) <= 20
        totals.append((rows, moved))
    assert all(8_500 < rows < 11_500 for rows, _ in totals), totals
    assert all(0.004 < moved / rows < 0.035 for rows, moved in totals), totals
