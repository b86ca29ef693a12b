"""The list of schedules: sorting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from layouts.schedules.listing import ordered
from services.models.core import ListedSchedule, RunStatus

NOW, DAY = datetime(2026, 3, 9, 12, tzinfo=UTC), timedelta(days=1)


def test_the_list_is_sorted_by_each_column() -> None:
    none = ListedSchedule(1, "0 6 * * *", "c", id=4, query_name="c")
    full = replace(
        none, id=2, query_name="b", target_table="b", rows=5, scopes_ok=1, scopes_total=2, next_at=NOW,
        last_run_at=NOW, last_run_status=RunStatus.SUCCESS,
    )  # fmt: skip
    fewer = replace(
        full, id=3, query_name="A", target_table="a", rows=1, scopes_ok=2, next_at=NOW - DAY, last_run_at=NOW - DAY,
        last_run_status=RunStatus.FAILED,
    )  # fmt: skip
    everything = [full, none, fewer]
    for sort, expected in {
        "query": [3, 2, 4], "-query": [4, 2, 3], "target": [3, 2, 4], "next": [3, 2, 4], "status": [3, 4, 2],
        "last": [2, 3, 4], "-last": [3, 2, 4], "rows": [2, 3, 4], "-rows": [3, 2, 4], "coverage": [2, 3, 4],
        "": [2, 4, 3], "nonsense": [2, 4, 3],
    }.items():  # fmt: skip
        assert [one.id for one in ordered(everything, sort)] == expected, sort
