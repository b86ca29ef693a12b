"""What holds of pages whatever is on them: at each width, on paper, and where there is no page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, schedule
from fakes.schedules import add_run
from fakes.waiting import wait_until
from playwright.sync_api import Page, expect

from services import Services
from services.models.core import Query, Schedule
from services.users import SYSTEM, act_as

# a window of 1440 x 900 at 200 %
TWICE = {"width": 720, "height": 450}
WIDTHS = ((390, 844), (720, 450), (801, 900), (1280, 720), (1440, 900), (1920, 1080))
SQL = "SELECT instance_id, region FROM aws.ec2.instances WHERE region = :region"
# buttons of rows that are out of the window; the page's own sideways scrolling
LAYOUT = """() => ({
  out: [...document.querySelectorAll("td.actions button, .pick-box")].filter(one => one.checkVisibility()
      && !one.closest(".menu-list")).filter(one => { const box = one.getBoundingClientRect();
      return box.left < 0 || box.right > innerWidth; }).length,
  sideways: Math.max(document.documentElement.scrollWidth - innerWidth,
      document.getElementById("content").scrollWidth - document.getElementById("content").clientWidth),
  under: [...document.querySelectorAll(".list-scroll")].map(one => one.scrollWidth - one.clientWidth),
  high: Math.max(...[...document.querySelectorAll(".schedules-row")].map(one => one.offsetHeight)),
})"""


@pytest.fixture
def filled(engine: sa.Engine) -> None:
    """A table of 230 rows; one scope is denied."""
    of = schedule(engine, "aws_ec2_instances", status="PARTIAL")
    scopes = {"us-east-1": instances(230), "eu-west-1": "denied"}
    load(engine, "aws_ec2_instances", scopes, datetime.now(UTC) - timedelta(minutes=3), schedule_id=of)


@pytest.fixture
def listed(services: Services) -> list[int]:
    with act_as(SYSTEM):
        query = services.db.save_query(Query("AWS: EC2 instances by region and owner", SQL, provider="aws"))
        made = []
        for number in range(4):
            one = Schedule(
                query,
                "15 */6 * * *",
                f"aws_ec2_instances_{number}_with_a_long_name",
                parameter_values={"region": ["us-east-1"]},
                owner="payments-oncall@example.com" if number else "",
            )
            id = services.db.save_schedule(one)
            services.db.schedules.set_schedule_job(id, f"local-{id}")
            made.append(id)
    return made


def test_schedules_at_every_width_and_many_at_once(page: Page, services: Services, listed: list[int]) -> None:
    page.goto("/schedules")
    rows = page.locator(".schedules-row")
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        expect(rows).to_have_count(4)
        found = page.evaluate(LAYOUT)
        assert (found["out"], found["sideways"]) == (0, 0), (width, found)
        # one line a row, and from 1280 px on no column under the buttons
        assert width < 801 or found["high"] <= 40, (width, found)
        assert width < 1280 or found["under"] == [0], (width, found)
    # all that are filtered are chosen, and nothing else
    page.get_by_role("button", name="Filter by owner").click()
    page.get_by_role("button", name=re.compile("payments-oncall")).click()
    expect(rows).to_have_count(3)
    page.get_by_role("checkbox", name="Choose all").click()
    expect(page.get_by_text("3 chosen")).to_be_visible()
    with act_as(SYSTEM):
        services.db.schedules.delete_schedule(listed[1])
        add_run(services, listed[2], "RUNNING")
    page.get_by_role("group", name="With the chosen schedules").get_by_role("button", name="Delete").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text(f"aws_ec2_instances_{3}_with_a_long_name")
    asked.get_by_role("button", name="Delete schedules").click()
    done = page.locator(".bulk-progress")
    # one went, one that runs stays, one was gone: each is named
    expect(done).to_contain_text("1 of 3 deleted")
    expect(done.locator("li")).to_have_count(2)
    expect(done).to_contain_text("aws_ec2_instances_2_with_a_long_name: ")
    done.get_by_role("button", name="Close").click()
    expect(done).to_be_hidden()
    with act_as(SYSTEM):
        left = {one.id for one in services.schedules.list_schedules()}
    assert left == {listed[0], listed[2]}


def test_an_unknown_address_leads_on_and_a_table_prints(filled: None, page: Page) -> None:
    page.goto("/nothing/here")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
    page.locator(".empty-state").get_by_role("link", name="Search").click()
    expect(page.locator("#search_input")).to_be_focused()
    # the chosen tab is in view on a phone, too
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/inventory/aws_ec2_instances?tab=source")
    expect(page.get_by_role("tab", name="Source")).to_be_in_viewport(ratio=0.9)
    # nothing of it leads sideways at twice the size
    page.set_viewport_size(TWICE)
    for name in ("Source", "Changes", "Coverage", "Columns", "Rows"):
        page.get_by_role("tab", name=name).click()
        expect(page.locator("#inventory_table_content[data-dash-is-loading]")).to_have_count(0)
        assert page.evaluate(LAYOUT)["sideways"] == 0, name
    page.set_viewport_size({"width": 1440, "height": 900})
    # past what stands above the rows
    page.get_by_role("link", name="Skip to the rows").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#inventory_rows_body")).to_be_focused()
    expect(page.locator(".grid-total")).to_have_text("230 rows")
    expect(page.locator(".ag-row").first).to_be_visible()
    content = page.locator("#content")
    # the grid scrolls, and not the page beside it
    assert content.evaluate("one => one.scrollHeight - one.clientHeight") == 0
    page.get_by_label("Filter rows").fill("web-")
    expect(page).to_have_url(re.compile("find=web-$"))
    # rows that the grid has not asked for yet are fetched before the browser begins, which then waits for nothing
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.keyboard.press("Control+p")
    wait_until(lambda: page.evaluate("window.printed"), "the page is printed")
    page.emulate_media(media="print")
    expect(page.locator(".print-rows tbody tr")).to_have_count(230)
    expect(page.locator(".ag-row").first).to_be_hidden()
    footer = page.locator(".print-footer")
    expect(footer).to_contain_text("/inventory/aws_ec2_instances")
    expect(footer).to_contain_text("UTC")
    expect(footer).to_contain_text("coverage: ")
    expect(footer).to_contain_text("filtered: “web-”")
    page.emulate_media(media="screen")
    expect(page.locator(".print-rows")).to_have_count(0)
