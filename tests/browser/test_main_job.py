"""The main job, from a query typed in a browser to what changed in a cloud from one day to the next."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from fakes.ide import cell, opened, run, write
from playwright.sync_api import Page, expect

SQL = """SELECT instance_id, instance_type, region, json_extract(state, '$.Name') AS state, tags
FROM aws.ec2.instances
WHERE region = :region"""


def test_from_a_query_to_what_changed(page: Page, engine: sa.Engine) -> None:
    # write a query, run it
    opened(page)
    write(page, SQL)
    page.locator("#ide_parameters").get_by_label("region").fill("us-east-1")
    run(page)
    expect(page.locator(".result-rows")).to_have_text(re.compile(r"\d+ rows"))

    # save it
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Query 1")
    page.get_by_label("Name", exact=True).fill("Running machines")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("tab", name="Running machines")).to_be_visible()

    # schedule it, for two regions
    page.get_by_role("button", name="Schedule").click()
    form = page.locator("#schedules_form")
    expect(form.get_by_label("Table", exact=True)).to_have_value("aws_ec2_instances")
    expect(form.locator(".form-body")).not_to_have_attribute("inert", "")
    form.get_by_role("textbox", name="Values of :region").fill("us-east-1, eu-west-1")
    form.get_by_label("Table", exact=True).fill("machines")
    form.get_by_label("Key", exact=True).fill("instance_id")
    form.get_by_role("button", name="Save schedule").click()
    row = page.locator("#schedules_list").locator("tr", has_text="Running machines")
    expect(row).to_contain_text("machines")

    # run it now, and see it end
    row.get_by_role("button", name="Run now").click()
    expect(row).to_contain_text("success")
    expect(row).to_contain_text("2 of 2")

    # its table is in the inventory
    row.get_by_role("link", name="machines", exact=True).click()
    expect(page.get_by_role("heading", name="machines", exact=True)).to_be_visible()
    expect(cell(page, 0, "instance_id")).to_contain_text("i-")

    # run it for the next sample day, as a job would
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with engine.connect() as connection:
        (schedule,) = connection.execute(sa.text("SELECT id FROM stackql_app.schedules")).scalars()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "inventory_runner",
            "run",
            "--schedule-id",
            str(schedule),
            "--at",
            tomorrow.isoformat(),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr

    # and see what changed
    page.reload()
    page.get_by_role("tab", name="Changes").click()
    expect(page.locator("#inventory_changes_list")).to_contain_text(re.compile("added|removed|changed"))
