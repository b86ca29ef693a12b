"""The list of schedules, on a real database."""

from __future__ import annotations

import pytest
from dash import no_update
from fakes.components import text, words
from fakes.schedules import add_run

from callbacks.schedules.page import show_list
from inventory_runner.runs.scheduler import Scheduler
from layouts.schedules.page import IDLE_TICK_MS, TICK_MS, read_view
from services import Services

pytestmark = pytest.mark.usefixtures("as_engineer")

VIEW = read_view({})


def test_an_empty_list_says_what_to_do_next(services: Services) -> None:
    shown = show_list(services, VIEW, None)
    assert "Nothing is scheduled yet" in text(shown["list"]) and "/ide" in text(shown["list"])
    assert (
        [one is None for one in shown["filters"]] == [False, True, True, True]
        and shown["pace"] == IDLE_TICK_MS
        and "keep tables" in words(shown["summary"])
    )


def test_the_page_says_where_no_scheduler_runs(services: Services, schedule_id: int) -> None:
    shown = show_list(services, VIEW, None)
    assert "Schedules stand still" in text(shown["list"]) and "dev.py run" in text(shown["list"])
    scheduler = Scheduler(services.db.engine)
    assert scheduler.lead()
    after = show_list(services, VIEW, shown["mark"])
    assert "stand still" not in text(after["list"])
    scheduler.close()


def test_the_list_counts_filters_and_hurries_only_while_something_runs(
    services: Services, schedule_id: int
) -> None:
    shown = show_list(services, VIEW, None)
    assert words(shown["summary"]) == "1 schedule · 1 active"
    assert (
        "daily 06:00" in text(shown["list"])
        and "At 06:00, every day" in text(shown["list"])
        and "never" in text(shown["list"])
    )
    assert shown["pace"] == IDLE_TICK_MS
    # nothing new: nothing is sent
    mark = shown["mark"]
    same = show_list(services, VIEW, mark)
    assert same["pace"] == IDLE_TICK_MS
    assert all(value is no_update for name, value in same.items() if name != "pace")
    add_run(services, schedule_id, "PARTIAL", scopes_ok=1)
    shown = show_list(services, VIEW, mark)
    assert "1 needs attention" in words(shown["summary"])
    buttons = [one.to_plotly_json()["props"] for one in shown["filters"] if one is not None]
    values = [one["data-value"] for one in buttons if one.get("data-schedules") == "status"]
    assert values[1:] == ["attention", "partial"]
    run = add_run(services, schedule_id, "RUNNING")
    shown = show_list(services, VIEW, mark)
    assert shown["pace"] == TICK_MS and "1 running now" in words(shown["summary"])
    assert f'"data-id": "{run}"' in text(shown["list"]) and '"cancel"' in text(shown["list"])
    for view, found in (
        ({**VIEW, "q": "AWS_ec2"}, True),
        ({**VIEW, "q": "eu-west"}, True),
        ({**VIEW, "q": "azure"}, False),
        ({**VIEW, "status": "running"}, True),
        ({**VIEW, "status": "paused"}, False),
        ({**VIEW, "provider": "aws"}, True),
        ({**VIEW, "provider": "azure"}, False),
        ({**VIEW, "owner": "nobody"}, False),
        ({**VIEW, "status": "no such"}, False),
    ):
        assert ("aws_ec2_instances" in text(show_list(services, view, None)["list"])) is found, view
