"""A resource's page: what it has to do with others, where else one looks at it, and back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from fakes.inventory import load, schedule
from playwright.sync_api import Page, expect

from layouts.shell import ids as shell

NOW = datetime.now(UTC)
ODD = 'vol/"a" 50%\'ü\\'


def test_from_a_disk_to_its_machine_to_the_editor_and_to_those_like_it(engine: sa.Engine, page: Page) -> None:
    tags = json.dumps({"env": "prod", "team": "web"})
    machines = [
        {"instance_id": f"i-0000{n}", "vpc_id": "vpc-0a1b", "state": "running", "tags": tags} for n in (1, 2)
    ]
    disks = [
        {"volume_id": ODD, "attachments": json.dumps([{"InstanceId": "i-00001"}]), "tags": tags},
        {"volume_id": "vol-2", "attachments": json.dumps([]), "tags": tags},
    ]
    id = schedule(engine, "aws_ec2_instances")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE stackql_app.queries SET query_text ="
            " 'SELECT instance_id, state FROM aws.ec2.instances WHERE region = :region'"
        )
    columns = ("tags", "attachments")
    for table, rows, key, more in (
        ("aws_ec2_instances", machines, "instance_id", {"schedule_id": id}),
        ("aws_ec2_volumes", disks, "volume_id", {"resource": "volumes"}),
    ):
        at = NOW - timedelta(days=2)
        load(engine, table, {"eu-west-1": rows}, at, keys=(key,), json_columns=columns, **more)

    # found by the search, with an id that addresses have to quote
    page.goto("/providers")
    search = page.locator(f"#{shell.SEARCH_INPUT}")
    search.fill("50%")
    page.locator(".search-option", has_text="vol/").click()
    expect(page.locator(".page-title")).to_have_text(ODD)
    related = page.locator("#inventory_resource_related")
    expect(related).to_contain_text("It names")
    # the address alone leads here too
    page.reload()
    expect(page.locator(".page-title")).to_have_text(ODD)
    related.get_by_role("link", name="i-00001").click()
    expect(page.locator(".page-title")).to_have_text("i-00001")
    expect(related).to_contain_text("They name it")
    expect(related).to_contain_text("In no table: vpc_id vpc-0a1b")
    expect(page.locator(".timeline")).to_contain_text("First seen")
    console = page.get_by_role("link", name=re.compile("Open in AWS"))
    expect(console).to_have_attribute(
        "href", re.compile("^https://eu-west-1.console.aws.amazon.com/ec2/home")
    )
    # a tag is a search
    page.locator("a.tag", has_text="team web").click()
    expect(page).to_have_url(re.compile("find=tag%3Ateam%3Dweb"))
    expect(page.locator(".grid-total")).to_contain_text("4")
    page.go_back()
    # and both of its statements open in the editor
    page.get_by_role("link", name="Query its row").click()
    expect(page.locator("#ide_editor_ace, .ace_content").first).to_contain_text("instance_id = 'i-00001'")
    page.go_back()
    page.get_by_role("link", name="Query this").click()
    expect(page.locator(".ace_content").first).to_contain_text("region = 'eu-west-1'")
