"""Watching: a table, a resource, a saved view and a statement, what is told of them, and the end of a watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from fakes.accessibility import serious
from fakes.inventory import REF, instances, load
from playwright.sync_api import Page, expect

NOW = datetime.now(UTC)


def test_what_is_watched_is_told_with_before_and_after(engine: sa.Engine, page: Page) -> None:
    load(engine, REF.name, {"us-east-1": instances(3), "eu-west-1": []}, NOW - timedelta(days=2))
    page.goto("/watches")
    expect(page.locator(".empty-state")).to_contain_text("You watch nothing yet")
    page.goto(f"/inventory/{REF.name}")
    watch = page.get_by_role("button", name="Watch", exact=True)
    watch.click()
    watching = page.get_by_role("button", name="Watching")
    expect(watching).to_have_attribute("aria-pressed", "true")

    changed = [{**instances(1)[0], "size": 99}, *instances(3, first=1)]
    load(engine, REF.name, {"us-east-1": changed, "eu-west-1": "denied"}, NOW - timedelta(hours=1))
    page.keyboard.press("g")
    page.keyboard.press("w")
    told = page.locator(".watch")
    expect(told).to_contain_text("1 added, 1 changed")
    expect(told).to_contain_text("Not read: eu-west-1 (denied since")
    expect(told.locator("td.before")).to_have_text("0")
    expect(told.locator("td.after")).to_have_text("99")
    told.get_by_role("link", name="web-0000").click()
    expect(page.locator(".page-title")).to_have_text("web-0000")
    page.get_by_role("button", name="Watch", exact=True).click()
    expect(watching).to_be_visible()

    # a saved view
    page.goto("/inventory?view=resources&find=state:running")
    page.get_by_role("button", name="Views").click()
    page.get_by_placeholder("My team").fill("Running")
    page.get_by_role("button", name="Save", exact=True).click()
    of_view = page.get_by_role("button", name="Watch Running")
    of_view.click()
    expect(of_view).to_have_attribute("aria-pressed", "true")

    # a statement; of the live cloud none is watched
    page.goto(
        f"/ide?{urlencode({'sql': 'SELECT count(*) AS n FROM aws_ec2_instances', 'source': 'inventory'})}"
    )
    expect(page.locator(".ace_content").first).to_contain_text("count")
    page.locator(".ide-toolbar .menu-button").click()
    page.get_by_role("button", name="Watch the statement").click()
    expect(page.locator(".notices")).to_contain_text("The statement is watched")
    load(engine, REF.name, {"us-east-1": changed[1:], "eu-west-1": "denied"}, NOW)
    page.locator(".notices").get_by_role("link", name="your watches").click()
    expect(page.locator(".watch")).to_have_count(4)
    for name, words in (("SELECT count", "1 changed"), ("Running", "1 removed"), ("i-0000 of", "1 removed")):
        expect(page.locator(".watch", has_text=name).first).to_contain_text(words)
    assert serious(page) == []

    page.get_by_role("button", name="End the watch of Running").click()
    expect(page.locator(".watch")).to_have_count(3)
    page.goto(f"/inventory/{REF.name}")
    watching.click()
    expect(watch).to_have_attribute("aria-pressed", "false")
    page.goto("/watches")
    expect(page.locator(".watch")).to_have_count(2)
