"""The IDE over the inventory: the source, its tables, a query with a parameter, its plan, and what keeps its source."""

from __future__ import annotations

import sqlalchemy as sa
from fakes.ide import cell, idle, noticed, opened, run, saved, text_of, write
from playwright.sync_api import Page, expect

from services import Services
from services.users import SYSTEM, act_as

SQL = "SELECT name, size FROM buckets WHERE size >= :least ORDER BY size"


def test_an_engineer_asks_the_inventory(page: Page, services: Services) -> None:
    with services.db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE stackql_inventory.buckets AS"
                " SELECT 'bucket ' || g AS name, g AS size FROM generate_series(1, 30) g"
            )
        )
    opened(page)
    page.locator("#ide_source label", has_text="Inventory").click()
    expect(page.locator(".drawer-tab").first).to_have_text("Tables")
    expect(page.locator("#ide_provider")).to_be_hidden()
    page.locator("#ide_resource_search").fill("size")
    tables = page.locator('.tree-item[data-kind="table"]')
    expect(tables).to_have_count(1)
    tables.locator(".tree-row").click()
    expect(page.locator('.tree-leaf[data-insert="size"]')).to_contain_text("integer")

    # a template opens for the same source
    tables.locator(".tree-row").hover()
    tables.get_by_label("SELECT template of buckets").click()
    assert text_of(page) == "SELECT name,\n       size\nFROM buckets\nLIMIT 100"
    # its names are offered, and none of the live cloud's
    write(page, "SELECT * FROM buck")
    page.keyboard.press("Control+Space")
    expect(page.locator(".ace_autocomplete .ace_line")).to_have_count(1)
    expect(page.locator(".ace_autocomplete .ace_line").first).to_contain_text("buckets")
    page.keyboard.press("Enter")
    write(page, SQL)
    page.locator('.parameter input[name="least"]').fill("29")
    run(page)
    expect(cell(page, 1, "name")).to_have_text("bucket 30")

    page.locator("#ide_plan").click()
    expect(page.locator("#ide_plan_dialog .ide-plan")).to_contain_text("Reads all of buckets")
    page.keyboard.press("Escape")
    expect(page.locator("#ide_plan_dialog")).to_be_hidden()
    page.locator("#ide_schedule").click()
    noticed(page, "cannot be scheduled")

    write(page, "SELECT nothing FROM buckets")
    expect(page.locator(".check-line")).to_contain_text('Column "nothing" does not exist')
    write(page, SQL)
    page.locator("#ide_save").click()
    page.locator("#ide_save_name").fill("Large buckets")
    page.locator("#ide_save_confirm").click()
    noticed(page, "Saved “Large buckets”.")
    saved(page)
    with act_as(SYSTEM):
        assert [query.source for query in services.db.get_queries()] == ["inventory"]

    # what is kept comes back for the same source: after a reload, from a link, and of another tab its own
    opened(page, page.url)
    idle(page)
    expect(page.locator("#ide_page")).to_have_attribute("data-source", "inventory")
    page.locator("#ide_source label", has_text="Live cloud").click()
    expect(page.locator(".drawer-tab").first).to_have_text("Resources")
    expect(page.locator('.tree-item[data-kind="provider"]').first).to_be_visible()
    opened(page, "/ide?sql=SELECT+1+AS+linked&source=inventory")
    expect(page.locator("#ide_editor .ace_content").first).to_contain_text("linked")
    expect(page.locator("#ide_page")).to_have_attribute("data-source", "inventory")
