"""The cells of a schedule's row."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from dash import html
from fakes.addresses import opened
from fakes.components import links, text, walk, words
from fakes.listed import schedule_of
from fakes.overviews import seeds
from hypothesis import given

from layouts.components.feedback import TONE_OF_STATUS
from layouts.schedules import cells
from services.models.core import ListedSchedule, RunMark, RunStatus
from services.models.wording import format_count

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        (RunStatus.SUCCESS, "success"),
        (RunStatus.PARTIAL, "warning"),
        (RunStatus.FAILED, "danger"),
        (RunStatus.CANCELLED, "neutral"),
        (RunStatus.LOST, "neutral"),
    ],
)
def test_every_status_has_its_word_and_colour(status: RunStatus, tone: str) -> None:
    mark = RunMark(1, status, NOW, NOW)
    schedule = ListedSchedule(
        1, "0 6 * * *", "things", job_id="local-1", last_run_status=status, trend=(mark,)
    )
    cell = text(cells.status_cell(schedule))
    assert f"tone-{tone}" in cell and f'"{status.value.lower()}"' in cell


@given(seeds)
def test_a_cell_says_what_is_known(random: Any) -> None:
    schedule = schedule_of(random, 1)
    # a table that no run has filled is not empty
    never = schedule.rows is None or not (schedule.rows or schedule.complete_at or schedule.last_run_at)
    assert words(cells.rows(schedule)) == ("unknown" if never else f"{schedule.rows:,}")
    ok, total = schedule.scopes_ok, schedule.scopes_total
    covered = cells.coverage(ok, total)
    assert words(covered) == (f"{ok:,} of {total:,}" if total else "–")
    tone = "" if not total or ok == total else "tone-danger" if ok == 0 else "tone-warning"
    assert ("tone-" in covered.className) == bool(tone) and tone in covered.className
    (address,) = links(cells.table_link(schedule.target_schema, schedule.target_table))
    page = opened(address)
    assert (page.table.schema, page.table.name) == (schedule.target_schema, schedule.target_table)
    following = words(cells.when(schedule))
    assert ("Paused" in following) == (not schedule.is_active)
    assert ("no next run" in following) == (schedule.is_active and schedule.next_at is None)


@given(seeds)
def test_the_status_is_the_running_runs_before_the_last_ones(random: Any) -> None:
    schedule = schedule_of(random, 1)
    said = words(cells.status_cell(schedule))
    if schedule.running is not None:
        run = schedule.running
        assert said.startswith("running")
        progress = f"{run.scopes_done:,} of {format_count(run.scopes_total, 'scope')} · {format_count(run.rows, 'row')}"
        assert ("cancelling" if run.cancel_requested else progress) in said
    else:
        assert said.startswith((schedule.last_run_status or "never").lower())
    # without a job that fits, the schedule does not run by itself
    assert ("Retry" in said) == (not schedule.job_id or bool(schedule.job_error))


@given(seeds)
def test_a_run_under_way_can_be_cancelled_and_another_cannot_be_started(random: Any) -> None:
    schedule = schedule_of(random, 1)
    buttons = {
        getattr(one, "data-schedules"): one
        for one in walk(cells.actions(schedule))
        if isinstance(one, html.Button) and hasattr(one, "data-schedules")
    }
    run = schedule.running
    assert set(buttons) == {
        "run" if run is None else "cancel",
        "pause" if schedule.is_active else "resume",
        "edit",
        "delete",
    }
    if run is not None:
        assert getattr(buttons["cancel"], "data-id") == str(run.run_id)
        assert buttons["cancel"].disabled == run.cancel_requested
    # each in words
    assert all(words(one) for one in buttons.values())


@given(seeds)
def test_the_trend_has_a_bar_a_run_in_the_colour_of_its_end(random: Any) -> None:
    marks = schedule_of(random, 1).trend
    drawn = cells.trend(marks)
    bars = (getattr(drawn, "style", None) or {}).get("background", "")
    tones = re.findall(r"linear-gradient\(var\(--(\w+)\)", bars)
    assert tones == [TONE_OF_STATUS[mark.status] for mark in marks]
    said = getattr(drawn, "data-bars").split(cells.BAR_SEPARATOR) if marks else []
    assert len(said) == len(marks)
    for mark, one in zip(marks, said, strict=True):
        assert mark.status.value.lower() in one and mark.message in one
        # a run that wrote nothing does not say how many rows there are
        assert ("rows" in one) == (mark.rows_total is not None)
    named = f"Last {len(marks)} runs: " if marks else "No runs yet"
    assert getattr(drawn, "aria-label").startswith(named)
