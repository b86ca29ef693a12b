"""The database goes away and comes back: the page says so, keeps working, and recovers by itself."""

from __future__ import annotations

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from inventory_runner.platform import database
from inventory_runner.settings import read


def test_a_banner_says_what_to_do_and_goes_by_itself(page: Page, postgres: str, database_url: str) -> None:
    name = sa.engine.make_url(database_url).database
    admin = database.create_engine(database.find_target(read(database_url=postgres)), pooled=False)
    page.goto("/providers")
    expect(page.get_by_role("heading", name="Providers")).to_be_visible()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        # once, in the page where it needed it, else in the banner
        banner = page.locator(".database-away").filter(visible=True)
        expect(banner).to_have_count(1)
        expect(banner).to_contain_text("Check that Postgres runs")
        # a page that is opened meanwhile is served all the same
        page.goto("/schedules")
        expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
        expect(page.locator("#schedules_list .database-away")).to_be_visible()
        expect(banner).to_have_count(1)
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    expect(page.locator("#shell_banner .note")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    expect(page.get_by_text("The database cannot be reached")).to_have_count(0)
