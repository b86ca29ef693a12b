"""The cells of a schedule's row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.components import text

from layouts.schedules.cells import status_cell
from services.models.core import ListedSchedule, RunMark, RunStatus

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
    cell = text(status_cell(schedule))
    assert f"tone-{tone}" in cell and f'"{status.value.lower()}"' in cell
