"""The inbox in a browser: the count beside every page, lines that are taken care of; and what an absence brings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from fakes.accessibility import beyond_the_edge, serious
from fakes.inventory import instances, load
from playwright.sync_api import Page, expect

from services import Services


def test_what_needs_somebody_is_seen_taken_and_over(
    open_page: Callable[..., Page], services: Services
) -> None:
    engine, now = services.db.engine, datetime.now(UTC)
    scopes = {"us-east-1": instances(3), "eu-west-1": "denied"}
    load(engine, "aws_a", scopes, now - timedelta(days=2))
    page = open_page()
    # a first visit has no past, and the count is there on every page
    page.goto("/inventory")
    count = page.locator("#shell_inbox_count")
    expect(count).to_have_text("1 open")
    expect(page.locator(".figure").first).to_be_visible()
    expect(page.locator(".since-last")).to_have_count(0)
    page.locator('.side-link[href="/inbox"]').click()
    rows = page.locator(".inbox-row")
    expect(rows).to_have_count(1)
    load(engine, "aws_b", {"us-east-1": instances(3), "sa-east-1": "timeout"}, now)
    page.reload()
    expect(rows).to_have_count(2)
    assert not serious(page)

    # one line by the keyboard: it leaves the list, and the focus is on the next
    page.get_by_role("button", name="Acknowledge: aws_a").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(page.locator("#inbox_message")).to_contain_text("1 entry acknowledged.")
    expect(count).to_have_text("1 open")
    expect(page.get_by_role("button", name="Acknowledge: aws_b")).to_be_focused()

    # the rest by its box: a day that is over is refused in words, and what was typed stays
    page.get_by_role("checkbox", name="Choose all").click()
    bar = page.get_by_role("group", name="With the chosen entries")
    expect(bar).to_contain_text("1 chosen")
    bar.get_by_role("button", name="Mute until").click()
    page.get_by_label("Day").fill("2020-01-01")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator("#inbox_mute_error")).to_contain_text("still to come")
    day = (date.today() + timedelta(days=9)).isoformat()
    page.get_by_label("Day").fill(day)
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(rows).to_have_count(0)
    expect(page.locator("#inbox_list")).to_contain_text("Nothing is open; 2 scopes were not read")
    expect(count).to_have_text("")

    # another state, in the address; an owner; and back
    page.locator("#inbox_states").get_by_role("link", name="All").click()
    expect(rows).to_have_count(2)
    assert page.url.endswith("/inbox?state=all")
    line = rows.filter(has_text="aws_b")
    line.get_by_role("button", name="More for aws_b").click()
    line.get_by_role("button", name="Set owner").click()
    page.get_by_label("Owner", exact=True).fill("team payments")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("team payments")
    line.get_by_role("button", name="Undo").click()
    expect(line).to_contain_text("open")
    expect(count).to_have_text("1 open")
    page.locator("#inbox_search").fill("payments")
    expect(rows).to_have_count(1)
    assert "find=payments" in page.url
    page.reload()
    expect(rows).to_have_count(1)

    # what is over meanwhile is said, and nothing is written
    load(engine, "aws_b", {"us-east-1": instances(3), "sa-east-1": instances(1, first=9)}, datetime.now(UTC))
    line.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#inbox_message")).to_contain_text("it is over")
    page.goto("/inbox?state=gone&cost=1")
    expect(page.get_by_text("cost=1, state=gone")).to_be_visible()

    narrow = open_page(viewport={"width": 390, "height": 844})
    narrow.goto("/inbox?state=all")
    expect(narrow.locator(".inbox-row")).to_have_count(1)
    assert not beyond_the_edge(narrow)

    # who comes again after an hour is told what happened, until they have read it
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE stackql_app.visits SET seen_at = seen_at - interval '1 day'"))
    load(engine, "aws_a", {**scopes, "me-south-1": "denied"}, datetime.now(UTC))
    page.goto("/inventory")
    card = page.locator(".since-last")
    expect(card).to_contain_text("Since you were last here")
    expect(card).to_contain_text("me-south-1")
    assert not serious(page)
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)
    page.reload()
    expect(page.locator(".figure").first).to_be_visible()
    expect(card).to_have_count(0)
