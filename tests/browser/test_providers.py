"""The Providers page in a browser: add, test, delete, in both themes and from the keyboard."""

from __future__ import annotations

from fakes.accessibility import serious_in_both_themes
from fakes.holding import holding
from playwright.sync_api import Page, expect

from inventory_runner.models import Query, Schedule
from services import Services
from services.users import SYSTEM, act_as


def fill_in(page: Page, provider: str, **keys: str) -> None:
    page.locator(".page-actions").get_by_role("button", name="Add credentials").click()
    page.get_by_label("Provider", exact=True).fill(provider)
    for name, key in keys.items():
        page.get_by_label(f"Key of the secret for {name}").fill(key)


def test_credentials_are_added_tested_and_deleted(page: Page, services: Services) -> None:
    with act_as(SYSTEM):
        query_id = services.db.save_query(
            Query("VPCs", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'")
        )
        services.db.save_schedule(Schedule(query_id, "0 6 * * *", "aws_vpcs"))
    page.goto("/providers")
    # where there are none stands the button that adds them
    nothing = page.locator(".empty-state", has_text="No credentials yet")
    nothing.get_by_role("button", name="Add credentials").click()
    expect(page.get_by_label("Provider", exact=True)).to_have_value("")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    fill_in(page, "aws", AWS_ACCESS_KEY_ID="no-such-key", AWS_SECRET_ACCESS_KEY="aws-secret-access-key")
    page.get_by_role("button", name="Save").click()
    expect(
        page.get_by_role("alert").filter(has_text="There is no secret 'no-such-key'").first
    ).to_be_visible()
    page.get_by_label("Key of the secret for AWS_ACCESS_KEY_ID").fill("aws-access-key-id")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("all set")).to_be_visible()
    assert "aws-access-key-id" not in page.locator("main").inner_html()

    page.get_by_role("button", name="Test aws").click()
    expect(page.get_by_label("region")).to_have_value("us-east-1")
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("The sample cloud's aws works")).to_be_visible()

    page.get_by_role("button", name="Delete AWS_ACCESS_KEY_ID of aws").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("aws_vpcs (VPCs)")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Delete AWS_ACCESS_KEY_ID of aws").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").dblclick()
    expect(page.get_by_text("1 missing")).to_be_visible()
    page.get_by_role("button", name="Add what aws is missing").click()
    expect(page.get_by_label("Key of the secret for AWS_ACCESS_KEY_ID")).to_be_visible()


# what changed, in the call for the list's button
NEW_BUTTON = r'missing_button\"}.n_clicks"'
# presses Add at the moment in which the list brings its own button
PRESS_WITH_THE_LIST = """new MutationObserver((_, observer) => {
    if (document.querySelector("#providers_list .empty-state")) {
        observer.disconnect();
        document.getElementById("providers_add").click();
    }
}).observe(document.body, { childList: true, subtree: true })"""


def test_a_press_counts_while_the_list_is_drawn(page: Page) -> None:
    add = page.locator(".page-actions").get_by_role("button", name="Add credentials")
    drawn = page.locator(".empty-state", has_text="No credentials yet")
    form = page.get_by_role("dialog").get_by_label("Provider", exact=True)

    # the list comes while the press is not answered yet, and its own button makes a call
    with holding(page, about="providers_list.children") as listed:
        page.goto("/providers")
        listed.wait()
        with holding(page, about='["providers_add.n_clicks"]') as pressed:
            add.click()
            pressed.wait()
            with page.expect_request(lambda one: NEW_BUTTON in (one.post_data or "")):
                listed.end()
            expect(drawn).to_be_visible()
    expect(form).to_have_value("")

    # the list and the press come at once: Dash makes one call of both
    with holding(page, about="providers_list.children") as listed:
        page.goto("/providers")
        listed.wait()
        page.evaluate(PRESS_WITH_THE_LIST)
    expect(form).to_have_value("")


def test_a_provider_that_is_not_listed_is_typed(page: Page) -> None:
    page.goto("/providers")
    page.locator(".page-actions").get_by_role("button", name="Add credentials").click()
    page.get_by_label("Provider", exact=True).fill("vercel")
    expect(page.get_by_text("vercel is not one of those listed")).to_be_visible()
    page.get_by_label("Name of variable 1").fill("VERCEL_API_TOKEN")
    page.get_by_label("Key of the secret for variable 1").fill("dd-api-key")
    page.get_by_role("button", name="Add another variable").click()
    expect(page.get_by_label("Name of variable 2")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Test vercel")).to_be_disabled()


def test_nothing_keeps_people_out(page: Page, services: Services) -> None:
    from inventory_runner.models import ProviderConfig

    with act_as(SYSTEM):
        services.secrets.add(
            [ProviderConfig("okta", "OKTA_API_TOKEN", "stackql-inventory", "okta-api-token")]
        )
    page.goto("/providers")
    expect(page.get_by_role("button", name="Test okta")).to_be_visible()
    page.get_by_role("button", name="Add credentials").click()
    page.get_by_label("Provider", exact=True).fill("aws")
    expect(page.get_by_label("Key of the secret for AWS_SESSION_TOKEN")).to_be_visible()
    # the dialog fades in; contrast is measured when it is there
    expect(page.locator(".modal.show")).to_have_css("opacity", "1")
    expect(page.locator(".modal.show .modal-dialog")).to_have_css("transform", "none")
    assert serious_in_both_themes(page) == {}
