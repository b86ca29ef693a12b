"""Every number on every page has its coverage and its age: the part "figure" drew it.

The pages are walked in five states: a scope that is denied, a table that nobody has read, an empty database, a past
moment, and a filter. Digits in names, dates, ids, page sizes and code are no numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from fakes.ide import opened, run, write
from fakes.inventory import REF, instances, load, record_run, schedule
from fakes.visiting import visit
from playwright.sync_api import Page, expect

from layouts.components import figures
from services import Services
from services.models.core import ProviderConfig
from services.users import SYSTEM, act_as

NOW = datetime.now(UTC)
DAY = (NOW - timedelta(days=2)).date().isoformat()
SQL = "SELECT instance_id, region FROM aws.ec2.instances WHERE region = 'us-east-1'"

# what of a page holds digits and is no number: times; code; names and ids, which people and providers give; when a
# schedule runs; the window that a column is of; pages and what can be chosen; what only screen readers read twice
NO_NUMBERS = """
    time, code, pre, .mono, .given, .row-link, .when-words, th[scope=col], .pager, select, option, input, textarea,
    .trail, .value-list, .ace_editor, .ide-tab, .visually-hidden, .change-link, .copy-text, .questions
"""
WALK = """noNumbers => {
    const drawn = [], bare = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, element = text.parentElement;
        const shown = element && (element.getClientRects().length || element.ownerSVGElement);
        if (!/\\d/.test(text.textContent) || !shown || element.closest(noNumbers)) { continue; }
        const figure = element.closest("[data-coverage]");
        const told = figure && figure.dataset.coverage && figure.dataset.age;
        const words = text.textContent.trim();
        (told ? drawn : bare).push(...words.match(/\\d[\\d,.]*/g).map(one => one + " in: " + words));
    }
    return {drawn: drawn.length, bare};
}"""


class Stop(NamedTuple):
    """A page to look at. ready: what is there once it has been drawn; name: of the page, whatever its state."""

    name: str
    path: str
    ready: str


TABLE = f"/inventory/{REF.name}"
EMPTY = [
    Stop("overview", "/", ".first-steps"),
    Stop("changes", "/inventory?view=changes", ".changes-list .empty-state"),
    Stop("resources", "/inventory?view=resources", ".grid-total:not(:empty)"),
    Stop("schedules", "/schedules", "#schedules_list .empty-state"),
    Stop("providers", "/providers", ".page-title"),
]
FILLED = [
    Stop("overview", "/", ".place-where .tile"),
    Stop("changes", "/inventory?view=changes", ".change"),
    Stop("resources", "/inventory?view=resources", ".ag-row .cell-text"),
    Stop("table", TABLE, ".ag-row .cell-text"),
    Stop("resource", f"{TABLE}?key=i-0001&scope=%7B%22region%22%3A%22us-east-1%22%7D", ".value-list"),
    Stop("resource", f"{TABLE}?key=i-0029&scope=%7B%22region%22%3A%22us-east-1%22%7D", ".value-list"),
    Stop("table", "/inventory/aws_never", ".empty-state"),
    Stop("schedules", "/schedules?schedule=1", ".run-row"),
    Stop("inbox", "/inbox?state=all", ".inbox-row"),
    Stop("providers", "/providers", ".provider"),
]
TABS = {
    "Charts": ".chart-gallery .marks a",
    "Changes": ".change",
    "Coverage": ".tone-danger",
    "Columns": ".profile-table td",
    "Source": ".view-preview > *",
}
# those that show a past moment, and what of it
PAST_TABS = {"Charts": ".chart-gallery .marks a", "Coverage": ".cards td", "Columns": ".profile-table td"}
FILTERED = [
    Stop("overview", "/?region=eu-west-1", ".tables-table tbody tr"),
    Stop("changes", "/inventory?view=changes&region=us-east-1", ".change"),
    Stop("changes", f"/inventory?view=changes&day={DAY}", ".changes-list > *"),
    Stop("resources", "/inventory?view=resources&provider=aws", ".ag-row .cell-text"),
    Stop("owners", "/inventory?view=owners", ".owner-rules td"),
    Stop("table", f"{TABLE}?only=%7B%22_stale%22%3A%22yes%22%7D", ".stale-row .cell-text"),
]


@pytest.fixture
def fill(engine: sa.Engine, services: Services) -> object:
    """Makes two tables, of which one has a denied scope and one was never read, with three days of history."""

    def make() -> None:
        id = schedule(engine, REF.name, status="PARTIAL")
        schedule(engine, "aws_never", status=None)
        us, eu = instances(30), instances(5, first=500, region="eu-west-1")
        for days, rows, status in ((3, eu, "ok"), (1, "denied", "denied"), (0.01, "denied", "denied")):
            at = NOW - timedelta(days=days)
            scopes = {"us-east-1": us if days > 1 else us[:-3], "eu-west-1": rows}
            load(engine, REF.name, scopes, at, schedule_id=id)
            record_run(engine, REF, at, {"us-east-1": "ok", "eu-west-1": status}, 35, id)
        with act_as(SYSTEM):
            services.db.save_provider_config(ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "scope", "key"))

    return make


class Walk:
    """Goes from page to page and counts the numbers on each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.counted: Counter[str] = Counter()
        self.bare: list[str] = []

    def look(self, name: str, state: str) -> None:
        found = self.page.evaluate(WALK, NO_NUMBERS)
        self.counted[name] += found["drawn"]
        self.bare += [f"{name}, {state}: {one}" for one in found["bare"]]

    def visit(self, stops: list[Stop], state: str) -> None:
        for stop in stops:
            visit(self.page, stop.path, stop.ready)
            self.look(stop.name, state)

    def turn(self, tabs: dict[str, str], state: str) -> None:
        for title, ready in tabs.items():
            self.page.get_by_role("tab", name=title).click()
            expect(self.page.locator(f"#inventory_table_content {ready}").first).to_be_visible()
            self.look(f"table, {title}", state)


def test_every_number_on_every_page_has_its_coverage_and_its_age(page: Page, fill) -> None:
    page.goto("/providers")
    expect(page.locator(".page-title")).to_be_visible()
    walk = Walk(page)
    walk.visit(EMPTY, "an empty database")
    expect(page.get_by_text("unknown").first).to_be_hidden()
    fill()
    walk.visit(FILLED, "a denied scope and an unread table")
    visit(page, TABLE, ".ag-row .cell-text")
    walk.turn(TABS, "a denied scope")
    visit(page, f"{TABLE}?asof={DAY}", ".past-line")
    expect(page.locator(".past-line")).to_contain_text("All 2 scopes had been read")
    expect(page.locator(".ag-row .cell-text").first).to_be_visible()
    walk.look("table", "a past moment")
    walk.turn(PAST_TABS, "a past moment")
    walk.visit(FILTERED, "a filter")
    opened(page)
    write(page, SQL)
    run(page)
    expect(page.locator(".result-rows")).to_have_text(re.compile(r"\d+ rows"))
    walk.look("ide", "a result")
    counts = ", ".join(f"{name} {count}" for name, count in walk.counted.items())
    print("numbers checked:", counts)  # noqa: T201 - how much the test saw
    assert walk.bare == []
    assert all(walk.counted.values()) and len(walk.counted) == 15, walk.counted


def test_a_figure_without_its_coverage_is_noticed(page: Page, fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "describe_coverage", lambda *_: "")
    fill()
    page.goto("/providers")
    expect(page.locator(".page-title")).to_be_visible()
    walk = Walk(page)
    walk.visit(FILLED[:1], "without coverage")
    assert len(walk.bare) > 20
