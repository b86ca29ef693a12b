"""The manager's three questions, each answered by clicks alone: at most eight."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fakes.inventory import instances, load
from playwright.sync_api import Locator, Page, expect

NOW = datetime.now(UTC)
MOST_CLICKS = 8


class Clicker:
    """Counts what a person clicks; choosing in a select is two: opening it and the value."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, place: Locator) -> None:
        self.clicks += 1
        place.first.click()

    def choose(self, label: str, value: str) -> None:
        self.clicks += 2
        self.page.get_by_label(label).select_option(value)


def test_what_changed_since_monday_in_a_region(engine, page: Page):
    for at, count in ((NOW - timedelta(days=20), 6), (NOW - timedelta(days=15), 5), (NOW, 3)):
        load(engine, "aws_ec2_instances", {"us-east-1": instances(count)}, at)
        here = instances(count * 2, first=100, region="eu-west-1")
        load(engine, "aws_rds_instances", {"eu-west-1": here}, at, service="rds")
    page.goto("/")
    by = Clicker(page)
    by.choose("Region", "us-east-1")
    expect(page).to_have_url(re.compile(r"region=us-east-1"))
    # the link carries the region once the overview is drawn for it
    changes = page.locator(".segment", has_text="Changes")
    expect(changes).to_have_attribute("href", re.compile("region=us-east-1"))
    by.click(changes)
    expect(page.locator(".filter-chip")).to_contain_text("us-east-1")
    by.click(page.get_by_text("Since Monday", exact=True))
    expect(page).to_have_url(re.compile(r"region=us-east-1.*day=\d{4}-\d{2}-\d{2}\.\."))
    expect(page.locator(".change")).to_have_count(2)
    expect(page.locator(".changes-list")).to_contain_text("i-0003")
    expect(page.locator(".changes-list")).not_to_contain_text("i-01")
    assert by.clicks <= MOST_CLICKS
    # the address says it all, and the region goes along to a table and back off
    page.reload()
    expect(page.locator(".change")).to_have_count(2)
    by.click(page.locator(".change .quiet-link"))
    expect(page).to_have_url(re.compile(r"/inventory/aws_ec2_instances\?.*region=us-east-1"))
    expect(page.locator(".filter-chip")).to_contain_text("us-east-1")
    by.click(page.locator(".filter-chip"))
    expect(page.locator(".filter-chip")).to_have_count(0)


def test_which_team_owns_the_public_buckets(engine, page: Page):
    public = instances(5, is_public=True)
    private = instances(4, first=50, is_public=False)
    load(engine, "aws_s3_buckets", {"us-east-1": [*public, *private]}, NOW, service="s3", resource="buckets")
    page.goto("/")
    by = Clicker(page)
    by.click(page.locator(".tables-table a", has_text="aws_s3_buckets"))
    by.click(page.get_by_role("tab", name="Columns"))
    row = page.locator(".profile-table tr", has=page.get_by_text("is_public", exact=True))
    by.click(row.get_by_role("link", name="yes"))
    owners = page.locator(".rows-owners")
    expect(owners).to_contain_text("payments3")
    expect(owners).to_contain_text("data2")
    by.click(owners.get_by_role("link", name="payments"))
    expect(page.locator(".filter-chip")).to_have_count(2)
    expect(page.locator(".grid-total").first).to_contain_text("3 rows")
    assert by.clicks <= MOST_CLICKS


def test_how_many_disks_are_unattached_over_all_clouds_and_since_when(engine, page: Page):
    clouds = (
        ("aws", "ec2", "volumes", "available", "in-use"),
        ("azure", "compute", "disks", "Unattached", "Attached"),
        ("google", "compute", "disks", "unattached", "attached"),
    )
    for provider, service, resource, idle, used in clouds:
        first = 100 * len(provider)
        for at, state in ((NOW - timedelta(days=9), used), (NOW - timedelta(days=3), idle)):
            disks = instances(2, first=first, state=state) + instances(4, first=first + 10, state=used)
            more = {"provider": provider, "service": service, "resource": resource}
            load(engine, f"{provider}_{resource}", {"us-east-1": disks}, at, **more)
    page.goto("/")
    by = Clicker(page)
    by.click(page.get_by_role("button", name="Take away or look behind By state"))
    by.click(page.locator(".menu-list:visible").get_by_text("Table", exact=True))
    numbers = page.locator(".number-table tr", has_text="unattached")
    by.click(numbers.get_by_role("link"))
    expect(page.locator(".filter-chip")).to_have_count(2)
    by.click(page.locator(".filter-chip", has_text="provider"))
    expect(page.locator(".filter-chip")).to_have_count(1)
    expect(page.locator(".grid-total").first).to_contain_text("6")
    by.click(page.locator(".ag-row a"))
    timeline = page.locator(".change", has_text="state")
    expect(timeline).to_contain_text("3 d ago")
    assert by.clicks <= MOST_CLICKS
