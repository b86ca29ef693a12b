"""A run's log: its start first, its end last, and what is between in the order of time, whatever the clocks say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fakes.components import words
from hypothesis import given
from hypothesis import strategies as st

from layouts.schedules.run import PanelContent, detail
from services.models.core import ListedSchedule, Run, RunStatus, Scope, ScopeStatus, TimedScope

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
# a machine whose clock is off, or a record of another time
SECONDS = st.integers(-7200, 7200)


@given(took=st.integers(0, 300), scopes=st.lists(st.tuples(SECONDS, st.integers(0, 900)), max_size=4))
def test_a_run_does_not_end_before_it_starts(took: int, scopes: list[tuple[int, int]]) -> None:
    run = Run(
        7,
        "stackql_inventory",
        "vpcs",
        RunStatus.PARTIAL,
        START,
        finished_at=START + timedelta(seconds=took),
        message="1 of 2 scopes was read.",
    )
    timed = [
        TimedScope(
            7,
            Scope({"region": f"r{number}"}),
            ScopeStatus.OK,
            duration=float(long),
            started_at=START + timedelta(seconds=off),
        )
        for number, (off, long) in enumerate(scopes)
    ]
    schedule = ListedSchedule(1, "0 6 * * *", "vpcs", id=1)
    shown = words(detail(PanelContent(schedule, [run], 1, run, timed, tab="log")))
    log = shown[shown.index("run 7 started") - 9 :]
    told = re.findall(r"run 7 started|r\d: started|r\d: ok|ended as", log)
    assert told[0] == "run 7 started" and told[-1] == "ended as"
    assert len(told) == 2 + 2 * len(scopes)
    for number in range(len(scopes)):
        assert told.index(f"r{number}: started") < told.index(f"r{number}: ok")
    times = re.findall(r"\b\d\d:\d\d:\d\d\b", log)
    assert times == sorted(times)
