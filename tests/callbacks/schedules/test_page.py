"""The Schedules page's list, panel and actions, as plain functions on a real database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dash.development.base_component import Component

from app.settings import read_settings
from callbacks.schedules import page
from inventory_runner.errors import InventoryError
from layouts.schedules import cells as schedules_cells
from layouts.schedules import listing as schedules_list
from layouts.schedules import page as layout
from layouts.schedules import panel as schedules_panel
from services import Services, build
from services.models.core import Query, RunStatus, Schedule, Scope

pytestmark = pytest.mark.usefixtures("as_engineer")

REGIONS = ["us-east-1", "eu-west-1"]
NOW, DAY = datetime.now(UTC), timedelta(days=1)


@pytest.fixture
def services(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    return build(engine, read_settings(inventory_engine="sample"))


@pytest.fixture
def schedule_id(services: Services) -> int:
    query = services.db.save_query(
        Query("<b>Instances</b>", "SELECT 1 WHERE region = :region", provider="aws")
    )
    id = services.db.save_schedule(
        Schedule(query, "0 6 * * *", "aws_ec2_instances", parameter_values={"region": REGIONS})
    )
    services.db.schedules.set_schedule_job(id, f"local-{id}")
    return id


def add_run(services: Services, schedule_id: int, status: str, **values: Any) -> int:
    columns = {
        "schedule_id": schedule_id, "target_schema": "stackql_inventory", "target_table": "aws_ec2_instances",
        "status": status, "scopes_total": 2, "scopes_ok": 2, **values,
    }  # fmt: skip
    with services.db.engine.begin() as connection:
        id = connection.execute(
            sa.text(
                f"INSERT INTO stackql_app.runs ({', '.join(columns)}) VALUES ({', '.join(f':{n}' for n in columns)})"
                " RETURNING id"
            ),
            columns,
        ).scalar_one()
        if status != "RUNNING":
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.schedules SET last_run_status = :status, last_run_at = now() WHERE id = :id"
                ),
                {"status": status, "id": schedule_id},
            )
    return id


def text_of(component: Any) -> str:
    """What a component shows, as JSON."""
    if isinstance(component, (list, tuple)):
        return " ".join(text_of(one) for one in component)
    if isinstance(component, Component):
        return json.dumps(
            component.to_plotly_json(), default=lambda one: one.to_plotly_json(), ensure_ascii=False
        )
    return str(component or "")


VIEW = layout.view_of({})


def test_a_url_gives_a_view_and_nonsense_is_left_out() -> None:
    view = layout.view_of(
        {"schedule": "3", "run": "17", "status": "failed", "q": "ec2", "edit": "1; DROP", "new": "yes"}
    )
    assert view == {
        "schedule": 3, "run": 17, "edit": None, "runs": None, "q": "ec2", "status": "failed", "sort": "", "tab": "",
        "new": "yes",
    }  # fmt: skip
    assert layout.view_of({"schedule": "9" * 30})["schedule"] is None
    assert layout.view_of({"schedule": "²"})["schedule"] is None


def test_an_empty_list_says_what_to_do_next(services: Services) -> None:
    children, filters, summary, pace, _ = page.show_list(services, VIEW, None)
    assert "Nothing is scheduled yet" in text_of(children) and "/ide" in text_of(children)
    assert len(filters) == 1 and pace == layout.IDLE_TICK_MS and "keep tables" in summary


def test_the_list_counts_filters_and_hurries_only_while_something_runs(
    services: Services, schedule_id: int
) -> None:
    children, filters, summary, pace, mark = page.show_list(services, VIEW, None)
    assert summary == "1 schedule · 1 active"
    assert "At 06:00, every day" in text_of(children) and "never" in text_of(children)
    assert pace == layout.IDLE_TICK_MS
    # nothing new: nothing is sent
    assert page.show_list(services, VIEW, mark)[0] is page.no_update
    add_run(services, schedule_id, "PARTIAL", scopes_ok=1)
    children, filters, summary, _, _ = page.show_list(services, VIEW, mark)
    assert "1 needs attention" in summary
    assert [one.to_plotly_json()["props"]["data-value"] for one in filters][1:] == ["attention", "partial"]
    run = add_run(services, schedule_id, "RUNNING")
    children, _, summary, pace, _ = page.show_list(services, VIEW, mark)
    assert pace == layout.TICK_MS and "1 running now" in summary
    assert f'"data-id": "{run}"' in text_of(children) and '"cancel"' in text_of(children)
    for view, found in (
        ({**VIEW, "q": "AWS_ec2"}, True),
        ({**VIEW, "q": "eu-west"}, True),
        ({**VIEW, "q": "azure"}, False),
        ({**VIEW, "status": "running"}, True),
        ({**VIEW, "status": "paused"}, False),
        ({**VIEW, "status": "no such"}, False),
    ):
        assert ("aws_ec2_instances" in text_of(page.show_list(services, view, None)[0])) is found, view


def test_the_list_is_sorted_by_each_column(services: Services, schedule_id: int) -> None:
    listed = services.schedules.listed()[0]
    full = replace(
        listed, id=2, query_name="b", target_table="b", rows=5, scopes_ok=1, scopes_total=2, next_at=NOW,
        last_run_at=NOW, last_run_status=RunStatus.SUCCESS,
    )  # fmt: skip
    fewer = replace(
        full, id=3, query_name="A", target_table="a", rows=1, scopes_ok=2, next_at=NOW - DAY, last_run_at=NOW - DAY,
        last_run_status=RunStatus.FAILED,
    )  # fmt: skip
    none = replace(listed, id=4, query_name="c", target_table="c", next_at=None)
    everything = [full, none, fewer]
    for sort, expected in {
        "query": [3, 2, 4], "-query": [4, 2, 3], "target": [3, 2, 4], "next": [3, 2, 4], "status": [3, 4, 2],
        "last": [2, 3, 4], "-last": [3, 2, 4], "rows": [2, 3, 4], "-rows": [3, 2, 4], "coverage": [2, 3, 4],
        "": [2, 4, 3], "nonsense": [2, 4, 3],
    }.items():  # fmt: skip
        assert [one.id for one in schedules_list.ordered(everything, sort)] == expected, sort


def test_the_panel_turns_to_older_runs(services: Services, schedule_id: int) -> None:
    for _ in range(page.PANEL_RUNS + 3):
        add_run(services, schedule_id, "SUCCESS", finished_at="now")
    view = {**VIEW, "schedule": schedule_id}
    first = text_of(page.show_panel(services, view, None)[1])
    assert "1 to 50 of 53" in first
    older = text_of(page.show_panel(services, {**view, "runs": 2}, None)[1])
    assert "51 to 53 of 53" in older
    # a page that there is not is the last
    assert text_of(page.show_panel(services, {**view, "runs": 99}, None)[1]) == older


def test_the_panel_shows_the_newest_run_or_the_one_asked_for(services: Services, schedule_id: int) -> None:
    view = {**VIEW, "schedule": schedule_id}
    title, body, mark = page.show_panel(services, view, None)
    assert "It has not run yet" in text_of(body)
    older = add_run(
        services, schedule_id, "PARTIAL", scopes_ok=1, added=3, removed=1, message="1 of 2 scopes was denied",
        warnings='["a warning"]', query_text="SELECT old", rows_total=10, job_run_url="https://dbc.example/run/1",
    )  # fmt: skip
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
    title, body, mark = page.show_panel(services, view, mark)
    shown = text_of(body)
    assert "partial" in text_of(title) and "1 of 2 scopes was denied" in shown and "a warning" in shown
    assert "https://dbc.example/run/1" in shown
    # what went wrong stands first
    assert shown.index("UnauthorizedOperation") < shown.index('"ok"')
    assert page.show_panel(services, view, mark) == (page.no_update,) * 3
    newer = add_run(services, schedule_id, "SUCCESS")
    assert f"Run {newer} " in text_of(page.show_panel(services, view, mark)[1])
    asked = {**view, "run": older, "tab": "sql"}
    assert "SELECT old" in text_of(page.show_panel(services, asked, None)[1])
    assert "edited since" in text_of(page.show_panel(services, asked, None)[1])
    log = text_of(page.show_panel(services, {**asked, "tab": "log"}, None)[1])
    assert "us-east-1: ok, 0 rows in 1.2 s" in log and "eu-west-1: denied" in log
    assert "There is no schedule" in text_of(page.show_panel(services, {**VIEW, "schedule": 4711}, None)[1])
    assert page.show_panel(services, VIEW, mark) == ("", None, None)


def test_a_link_that_is_no_https_is_not_a_link(services: Services, schedule_id: int) -> None:
    add_run(services, schedule_id, "SUCCESS", job_run_url="javascript:alert(1)")
    assert "javascript" not in text_of(page.show_panel(services, {**VIEW, "schedule": schedule_id}, None)[1])


def test_buttons_do_what_they_say(services: Services, schedule_id: int) -> None:
    assert page.act(services, "pause", str(schedule_id)) is None
    assert not services.schedules.get(schedule_id).is_active
    assert page.act(services, "resume", str(schedule_id)) is None
    assert services.schedules.get(schedule_id).is_active
    assert "There is no schedule" in text_of(page.act(services, "pause", "4711"))
    assert "There is no schedule" in text_of(page.act(services, "run", "1 OR 1=1"))
    assert page.act(services, "drop", "1") is None
    run = add_run(services, schedule_id, "SUCCESS")
    told = text_of(page.act(services, "cancel", str(run)))
    assert "Nothing to cancel" in told
    assert "already ended" in told


def test_a_retry_that_fails_again_says_why(
    services: Services, schedule_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.db.schedules.set_schedule_job(schedule_id, None, "refused")

    def refuse(*_given: object) -> str:
        raise InventoryError("Still refused.")

    with monkeypatch.context() as patch:
        patch.setattr(services.jobs, "create_inventory_job", refuse)
        assert "Still refused." in text_of(page.act(services, "retry", str(schedule_id)))
        assert "No job" in text_of(page.show_list(services, VIEW, None)[0])
    assert page.act(services, "retry", str(schedule_id)) is None
    assert services.schedules.get(schedule_id).job_error == ""


def test_deleting_names_what_goes_and_what_stays(services: Services, schedule_id: int) -> None:
    nothing = text_of(page.what_is_lost(services.schedules.losses(schedule_id), "keep"))
    assert "aws_ec2_instances" not in nothing
    with services.db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stackql_inventory.aws_ec2_instances (a int)")
        connection.exec_driver_sql(
            "CREATE VIEW stackql_inventory.of_it AS SELECT * FROM stackql_inventory.aws_ec2_instances"
        )
        connection.exec_driver_sql(
            "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, row_count)"
            " VALUES ('stackql_inventory', 'aws_ec2_instances', 1234)"
        )
    losses = services.schedules.losses(schedule_id)
    kept = text_of(page.what_is_lost(losses, "keep"))
    assert kept.index("Stays") < kept.index("1,234 rows") and "of_it" not in kept
    dropped = text_of(page.what_is_lost(losses, "drop"))
    assert dropped.index("1,234 rows") < dropped.index("Stays") and "stackql_inventory.of_it" in dropped


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (42, "42 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    from layouts.schedules.run import duration

    assert duration(seconds) == words


def test_every_status_has_its_word_and_colour(services: Services, schedule_id: int) -> None:
    tones = {
        "SUCCESS": "success", "PARTIAL": "warning", "FAILED": "danger", "CANCELLED": "neutral", "LOST": "neutral",
    }  # fmt: skip
    for status, tone in tones.items():
        add_run(services, schedule_id, status)
        (listed,) = services.schedules.listed()
        cell = text_of(schedules_cells.status_cell(listed))
        assert f"tone-{tone}" in cell and status.lower() in cell
        assert schedules_panel.title(listed)
