"""Two people save one thing: the second sees both versions, keeps what was typed, and chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.accessibility import serious, serious_in_both_themes
from fakes.ide import noticed, opened, saved, text_of, write
from fakes.waiting import until, wait_until
from playwright.sync_api import Page, expect

from services import Services
from services.models.core import ProviderConfig, Query, Schedule
from services.users import Role, User, act_as

ANNA = User("anna@example.com", Role.ENGINEER)


@pytest.fixture
def query(services: Services) -> Query:
    with act_as(ANNA):
        id = services.db.save_query(Query("Fleet", "SELECT 1\nFROM aws.ec2.instances"))
        return services.queries.saved.get(id)


def change_query(services: Services, query: Query, text: str) -> Query:
    with act_as(ANNA):
        newest = services.queries.saved.get(query.id or 0)
        return services.queries.saved.save(replace(newest, query_text=text))


def test_of_two_who_save_a_query_the_second_sees_both_versions(
    page: Page, services: Services, query: Query
) -> None:
    opened(page, f"/ide?query={query.id}")
    until(page, f"ide.tabs.active().queryId === {query.id}")
    write(page, "SELECT 'mine'\nFROM aws.ec2.instances")
    saved(page)
    change_query(services, query, "SELECT 'theirs'\nFROM aws.ec2.instances")
    # the page keeps the version that its text began from over a reload
    page.reload()
    until(page, f"window.ide?.tabs?.active()?.queryId === {query.id}")
    page.evaluate("window.noticed = []")
    page.keyboard.press("ControlOrMeta+s")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("“Fleet” was saved by anna@example.com at ")
    expect(dialog.locator(".change-removed")).to_have_text("−SELECT 'theirs'\n")
    expect(dialog.locator(".change-added")).to_have_text("+SELECT 'mine'\n")
    dialog.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    with act_as(ANNA):
        assert services.queries.saved.get(query.id or 0).query_text == "SELECT 'mine'\nFROM aws.ec2.instances"

    # theirs, the second time: one's own text goes into a tab beside it
    write(page, "SELECT 'mine again'")
    change_query(services, query, "SELECT 'theirs again'")
    page.keyboard.press("ControlOrMeta+s")
    page.get_by_role("dialog").get_by_role("button", name="Take theirs").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    until(page, "ide.tabs.active().content === \"SELECT 'theirs again'\"")
    assert text_of(page) == "SELECT 'theirs again'"
    page.get_by_role("tab", name="Fleet (this window)").click()
    until(page, "ide.tabs.active().content === \"SELECT 'mine again'\"")
    # the tab goes on from the newer version
    page.get_by_role("tab", name="Fleet", exact=True).click()
    write(page, "SELECT 'after'")
    page.keyboard.press("ControlOrMeta+s")
    wait_until(lambda: stored(services, query) == "SELECT 'after'")
    expect(page.get_by_role("dialog")).to_have_count(0)


def stored(services: Services, query: Query) -> str:
    with act_as(ANNA):
        return services.queries.saved.get(query.id or 0).query_text


def test_a_former_version_is_compared_opened_and_restored(
    page: Page, services: Services, query: Query
) -> None:
    change_query(services, query, "SELECT 2\nFROM aws.ec2.instances")
    change_query(services, query, "SELECT 3\nFROM aws.ec2.instances")
    opened(page, f"/ide?query={query.id}")
    until(page, f"ide.tabs.active().queryId === {query.id}")
    page.get_by_role("tab", name="Saved").click()
    page.get_by_role("button", name="Actions of Fleet").click()
    page.locator(".drawer-row").get_by_role("button", name="Versions").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("From version 2 to now")
    dialog.get_by_role("button", name="Version 1").click()
    expect(dialog).to_contain_text("From version 1 to now")
    expect(dialog.locator(".change-removed")).to_have_text("−SELECT 1\n")
    expect(dialog.locator(".change-added")).to_have_text("+SELECT 3\n")
    assert serious(page) == []
    dialog.get_by_role("button", name="Open in a new tab").click()
    expect(page.get_by_role("tab", name="Fleet (version 1)")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Actions of Fleet").click()
    page.locator(".drawer-row").get_by_role("button", name="Versions").click()
    dialog.get_by_role("button", name="Version 1").click()
    expect(dialog).to_contain_text("From version 1 to now")
    dialog.get_by_role("button", name="Restore").click()
    noticed(page, "Restored version 1 of “Fleet”")
    assert stored(services, query) == "SELECT 1\nFROM aws.ec2.instances"
    # the tab that showed the query, unchanged, shows what it is now
    page.get_by_role("tab", name="Fleet", exact=True).click()
    until(page, "ide.tabs.active().content.startsWith('SELECT 1') && ide.tabs.active().queryVersion === 4")


def test_of_two_who_save_a_schedule_the_second_sees_both_versions(
    page: Page, services: Services, query: Query
) -> None:
    with act_as(ANNA):
        id = services.db.save_schedule(Schedule(query.id or 0, "0 6 * * *", "fleet"))
        services.db.schedules.set_schedule_job(id, f"local-{id}")
        begun = services.schedules.get(id)
    page.goto(f"/schedules?edit={id}")
    expect(page.get_by_label("Cron expression")).to_have_value("0 6 * * *")
    page.get_by_label("Key", exact=True).fill("instance_id")
    with act_as(ANNA):
        services.db.update_schedule(id, replace(begun, cron_expression="0 7 * * *"))
    page.locator("#schedules_form_save").click()
    both = page.locator(".conflict")
    expect(both).to_contain_text("The schedule of fleet was saved by anna@example.com")
    expect(both).to_be_focused()
    expect(both.locator("tbody tr")).to_have_text(
        ["Cron expression0 6 * * *0 7 * * *", "Keyinstance_idthe whole row"]
    )
    # what was typed is there still
    expect(page.get_by_label("Key", exact=True)).to_have_value("instance_id")
    assert serious_in_both_themes(page) == {}
    both.get_by_role("button", name="Take theirs").click()
    expect(both).to_have_count(0)
    expect(page.get_by_label("Cron expression")).to_have_value("0 7 * * *")
    expect(page.get_by_label("Key", exact=True)).to_have_value("")
    page.get_by_label("Key", exact=True).fill("region")
    with act_as(ANNA):
        newest = services.schedules.get(id)
        services.db.update_schedule(id, replace(newest, cron_expression="0 8 * * *"))
    page.locator("#schedules_form_save").click()
    both.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#schedules_form")).not_to_be_visible()
    with act_as(ANNA):
        kept = services.schedules.get(id)
    assert (kept.cron_expression, kept.key_columns, kept.version) == ("0 7 * * *", ("region",), 4)


def test_of_two_who_give_a_variable_a_secret_the_second_is_told(page: Page, services: Services) -> None:
    page.goto("/providers")
    page.locator(".page-actions").get_by_role("button", name="Add credentials").click()
    page.get_by_label("Provider", exact=True).fill("aws")
    page.get_by_label("Key of the secret for AWS_ACCESS_KEY_ID").fill("aws-access-key-id")
    page.get_by_label("Key of the secret for AWS_SECRET_ACCESS_KEY").fill("aws-secret-access-key")
    theirs = ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "stackql-inventory", "okta-api-token")
    with act_as(ANNA):
        services.secrets.add([theirs])
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".conflict")).to_contain_text("another secret, in stackql-inventory")
    assert "okta-api-token" not in page.locator(".conflict").inner_html()
    page.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    with act_as(ANNA):
        kept = {one.env_var_name: one.secret_key for one in services.db.get_provider_config()}
    assert kept == {"AWS_ACCESS_KEY_ID": "okta-api-token", "AWS_SECRET_ACCESS_KEY": "aws-secret-access-key"}
