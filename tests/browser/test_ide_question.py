"""An engineer's question, asked and answered in the editor: which machines stopped this week and have no owner."""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.ide import cell, idle, opened, run, text_of, write
from playwright.sync_api import Page, expect

from inventory_runner.contract import AccessDenied
from inventory_runner.engines.sample import SampleEngine
from inventory_runner.engines.sample_cloud import SampleCloud
from inventory_runner.models import Scope
from inventory_runner.runs import run as runs
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.statement import Source, read
from services import Services
from services.starter import load_library
from services.users import SYSTEM, act_as

NOW = datetime.now(UTC)
LIBRARY = load_library()
TABLES = ("aws_ec2_instances", "google_compute_instances")
SCHEDULES = [one for one in LIBRARY.schedules if one.target_table in TABLES]
QUERIES = {query.name: query for query in LIBRARY.queries}
(QUESTION,) = [query for query in LIBRARY.questions if query.name.startswith("Machines that stopped")]


@functools.cache
def read_machines(number: int, at: datetime) -> list[dict[str, Any]]:
    """The rows that the sample cloud has at that time for SCHEDULES[number]; what it denies is not there."""
    schedule, rows = SCHEDULES[number], []
    statement = guard.check(read(QUERIES[schedule.query_name].query_text), Source.LIVE)
    for scope in Scope.combinations(schedule.parameter_values):
        values = {name: scope.values[name] for name in statement.parameters}
        try:
            answer = SampleCloud(at).execute(parameters.bind(statement, values).text)
        except AccessDenied:
            continue
        rows += [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return rows


def has_owner(machine: dict[str, Any]) -> bool:
    tags = json.loads(machine.get("tags") or machine.get("labels") or "{}")
    keys = tags if isinstance(tags, dict) else [tag["Key"] for tag in tags]
    return any(key.lower() in ("owner", "team") for key in keys)


def find_stopped(before: datetime) -> set[str]:
    """The ids of the machines without an owner that ran then and do not run now, from the cloud's rows alone."""
    found = set()
    for number, schedule in enumerate(SCHEDULES):
        key, *_ = schedule.key_columns

        def state(machine: dict[str, Any]) -> str:
            return str(machine.get("state") or machine.get("status")).lower()

        then = {machine[key]: state(machine) for machine in read_machines(number, before)}
        found |= {
            str(machine[key])
            for machine in read_machines(number, NOW)
            if state(machine) in ("stopped", "terminated")
            and then.get(machine[key], state(machine)) != state(machine)
            and not has_owner(machine)
        }
    return found


def test_which_machines_stopped_this_week_and_have_no_owner(
    page: Page, services: Services, sample_engine: SampleEngine
) -> None:
    # what stopped between the first two runs is no part of the answer
    times = [NOW - timedelta(days=age) for age in (20, 8, 0)]
    with act_as(SYSTEM):
        services.db.save_query(QUESTION)
        for schedule in SCHEDULES:
            id = services.db.save_schedule(
                schedule.schedule(services.db.save_query(QUERIES[schedule.query_name]))
            )
            for at in times:
                runs.run(services.db.engine, sample_engine.see_at(at), schedule_id=id, at=at, trigger="test")
    expected = find_stopped(times[1])
    assert expected and expected != find_stopped(times[0])
    opened(page)
    page.get_by_role("tab", name="Saved").click()
    page.get_by_role("button", name=QUESTION.name).first.click()
    expect(page.locator("#ide_page")).to_have_attribute("data-source", "inventory")
    run(page)
    idle(page)
    expect(page.locator(".result-rows")).to_have_text(f"{len(expected)} row{'s' * (len(expected) > 1)}")
    for machine in expected:
        expect(page.locator('.ag-row [col-id="id"]', has_text=machine)).to_have_count(1)

    # narrowed by a tag of theirs, whose name the editor knows
    write(page, "SELECT count(*) AS machines FROM assets WHERE tags->>'")
    page.keyboard.type("cost")
    expect(page.locator(".ace_autocomplete .ace_line").first).to_contain_text("cost-center")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.type(" IS NOT NULL")
    assert text_of(page).endswith("tags->>'cost-center' IS NOT NULL")
    run(page)
    tagged = [
        machine
        for number in range(len(SCHEDULES))
        for machine in read_machines(number, NOW)
        if '"cost-center"' in str(machine.get("tags") or machine.get("labels"))
    ]
    expect(cell(page, 0, "machines")).to_have_text(str(len(tagged)))
