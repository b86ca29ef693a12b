"""The IDE's drawer and columns: saved queries with stars, a resource's columns, and the room of the editor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.accessibility import serious
from fakes.ide import opened, text_of, until
from playwright.sync_api import Page, expect

from services import Services
from services.models.core import Query
from services.users import Role, User, act_as

LOCAL = User("local", Role.ENGINEER)


def test_saved_queries_stand_in_groups_and_stars_go_first(page: Page, services: Services) -> None:
    name = "Machines of the warehouse that nobody owns"
    with act_as(LOCAL):
        for query in (
            Query("Buckets", "SELECT 1", provider="aws"),
            Query("Zones", "SELECT 1", provider="cloudflare"),
            Query(name, "SELECT 1", provider="aws", folder="Weekly"),
            Query("Assets", "SELECT 1 FROM assets", source="inventory", description="All that is known."),
        ):
            services.db.save_query(query)
    opened(page)
    page.get_by_role("tab", name="Saved").click()
    headings = page.locator(".drawer-group > summary")
    expect(headings).to_have_text(["Weekly1", "Inventory1", "aws1", "cloudflare1"])
    # names are whole, and what else is known is said on hover
    shown = page.locator(".drawer-name", has_text=name)
    assert shown.evaluate("one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth")
    saved = page.get_by_role("button", name="the inventory Assets", exact=True)
    assert "All that is known." in (saved.get_attribute("title") or "")
    assert page.locator(".drawer-row .relative-time").count() == 0

    # by the mouse, and by the keyboard, which stays at the star
    page.locator(".drawer-row", has_text="Zones").hover()
    page.get_by_role("button", name="Add Zones to your favourites").click()
    expect(headings.first).to_have_text("Favourites1")
    star = page.get_by_role("button", name="Add Buckets to your favourites")
    star.focus()
    page.keyboard.press("Enter")
    expect(headings).to_have_text(["Favourites2", "Weekly1", "Inventory1"])
    expect(page.get_by_role("button", name="Take Buckets from your favourites")).to_be_focused()
    page.keyboard.press("Space")
    expect(headings.first).to_have_text("Favourites1")

    # a folder is found by its words, and a query moves into another
    page.get_by_placeholder("Filter saved queries").fill("weekly")
    expect(headings).to_have_text(["Weekly1"])
    page.get_by_role("button", name=f"Actions of {name}").click()
    page.get_by_role("button", name="Rename or move").click()
    expect(page.locator("#ide_save_folders option")).to_have_attribute("value", "Weekly")
    page.get_by_label("Folder").fill(" Weekly  review ")
    page.locator("#ide_save_confirm").click()
    expect(headings).to_have_text(["Weekly review1"])
    assert serious(page) == []
    # it is the person's, and stays
    opened(page)
    page.get_by_role("tab", name="Saved").click()
    expect(headings.first).to_have_text("Favourites1")


def test_a_resources_columns_are_in_order_filtered_and_inserted(page: Page) -> None:
    opened(page)
    tree = page.locator("#ide_resources")
    for name in ("aws", "ec2", "instances"):
        tree.get_by_text(name, exact=True).click()
    leaves = tree.locator(".tree-leaf[data-insert] > .tree-name")
    expect(leaves.first).to_be_visible()
    names = leaves.all_text_contents()
    assert names[:2] == ["region", "instance_id"]
    assert names[2:] == sorted(names[2:]) and len(names) > 30
    # what is needed is said once
    said = tree.locator('[data-path="aws.ec2.instances"]').get_by_text("region", exact=True)
    expect(said.locator("visible=true")).to_have_count(1)
    assert serious(page) == []
    tree.get_by_role("treeitem", name="Filter").press("Enter")
    page.keyboard.type("type inst")
    expect(leaves.locator("visible=true")).to_have_text(["instance_type"])
    leaf = tree.locator(".tree-leaf:not([hidden])").first
    leaf.click()
    assert text_of(page) == ""
    leaf.dblclick()
    assert text_of(page) == "instance_type"


@pytest.mark.parametrize("width", [1100, 1280])
def test_the_editor_has_two_thirds_and_the_toolbar_one_line(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    opened(page)
    assert page.locator(".ide-main").evaluate("one => one.clientWidth / innerWidth") >= 2 / 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#ide_page")).to_have_attribute("data-chat", "closed")
    for source in ("Inventory", "Live cloud"):
        page.locator("#ide_source label", has_text=source).click()
        middles = page.locator(".ide-toolbar").evaluate(
            "one => [...one.children].filter(c => c.offsetParent).map(c => c.offsetTop + c.offsetHeight / 2)"
        )
        assert max(middles) - min(middles) < 4
    provider = page.locator("#ide_provider")
    expect(provider).to_have_value("*")
    # the words, the arrow beside them, and nothing cut
    assert provider.evaluate(
        "one => { const c = document.createElement('canvas').getContext('2d'), s = getComputedStyle(one);"
        " c.font = s.font; return c.measureText('All providers').width"
        " <= one.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight); }"
    )
    # the pages' names come back, and stay
    page.get_by_role("button", name="Fold or unfold the navigation").click()
    until(page, "document.querySelector('.side-navigation').clientWidth > 150")
    opened(page)
    until(page, "document.querySelector('.side-navigation').clientWidth > 150")
    # they fold beside the editor alone, where there is room for both
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#shell_navigation_fold")).to_be_hidden()
