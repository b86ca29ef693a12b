"""The panel of one schedule, on a real database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from dash import no_update
from fakes.components import text, wrong_labels
from fakes.schedules import REGIONS, add_run

from callbacks.schedules.panel import PANEL_RUNS, show_panel
from layouts.schedules.page import read_view
from services import Services
from services.models.core import Scope

pytestmark = pytest.mark.usefixtures("as_engineer")

VIEW = read_view({})


def test_the_panel_turns_to_older_runs(services: Services, schedule_id: int) -> None:
    for _ in range(PANEL_RUNS + 3):
        add_run(services, schedule_id, "SUCCESS", finished_at="now")
    view = {**VIEW, "schedule": schedule_id}
    first = text(show_panel(services, view, None)["body"])
    assert "1 to 50 of 53" in first
    older = text(show_panel(services, {**view, "runs": 2}, None)["body"])
    assert "51 to 53 of 53" in older
    # a page that there is not is the last
    assert text(show_panel(services, {**view, "runs": 99}, None)["body"]) == older


def test_the_panel_shows_the_newest_run_or_the_one_asked_for(services: Services, schedule_id: int) -> None:
    view = {**VIEW, "schedule": schedule_id}
    shown = show_panel(services, view, None)
    assert "It has not run yet" in text(shown["body"])
    older = add_run(
        services,
        schedule_id,
        "PARTIAL",
        scopes_ok=1,
        added=3,
        removed=1,
        message="1 of 2 scopes was denied",
        warnings='["a warning"]',
        query_text="SELECT old",
        rows_total=10,
        job_run_url="https://dbc.example/run/1",
    )
    with services.db.engine.begin() as connection:
        for place, (status, message) in enumerate([("ok", ""), ("denied", "UnauthorizedOperation")]):
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.run_scopes"
                    " (run_id, scope, ordinal, status, message, started_at, duration_ms)"
                    " VALUES (:run, :scope, :place, :status, :message, now(), 1200)"
                ),
                {
                    "run": older,
                    "scope": Scope({"region": REGIONS[place]}).key,
                    "place": place,
                    "status": status,
                    "message": message,
                },
            )
    shown = show_panel(services, view, shown["mark"])
    body, mark = text(shown["body"]), shown["mark"]
    assert "partial" in text(shown["title"]) and "1 of 2 scopes was denied" in body
    assert "a warning" in body and "https://dbc.example/run/1" in body
    assert wrong_labels(shown["body"]) == []
    # what went wrong stands first
    assert body.index("UnauthorizedOperation") < body.index('"ok"')
    assert show_panel(services, view, mark) is no_update
    newer = add_run(services, schedule_id, "SUCCESS")
    assert f"Run {newer} " in text(show_panel(services, view, mark)["body"])
    asked = {**view, "run": older, "tab": "sql"}
    assert "SELECT old" in text(show_panel(services, asked, None)["body"])
    assert "changed since" in text(show_panel(services, asked, None)["body"])
    log = text(show_panel(services, {**asked, "tab": "log"}, None)["body"])
    assert "us-east-1: ok, 0 rows in 1.2 s" in log and "eu-west-1: denied" in log
    assert "There is no schedule" in text(show_panel(services, {**VIEW, "schedule": 4711}, None)["body"])
    assert show_panel(services, VIEW, mark) == {"title": "", "body": None, "mark": None}


def test_a_link_that_is_no_https_is_not_a_link(services: Services, schedule_id: int) -> None:
    add_run(services, schedule_id, "SUCCESS", job_run_url="javascript:alert(1)")
    assert "javascript" not in text(show_panel(services, {**VIEW, "schedule": schedule_id}, None)["body"])
