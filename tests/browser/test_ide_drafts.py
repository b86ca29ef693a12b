"""No text is ever lost: drafts over reloads, closed pages, two windows and a server that is away; saved queries."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from fakes.holding import holding
from fakes.ide import cell, noticed, opened, run, saved, text_of, write
from fakes.waiting import until, wait_until
from playwright.sync_api import Page, expect

from services import Services
from services.models.core import Draft, Query
from services.users import Role, User, act_as

LOCAL = User("local", Role.ENGINEER)


def stored(services: Services) -> list[Draft]:
    with act_as(LOCAL):
        return services.db.drafts.get_drafts()


def test_a_reload_in_the_middle_of_a_word_loses_nothing(page: Page, services: Services) -> None:
    opened(page)
    page.locator("#ide_editor .ace_content").click()
    page.keyboard.type("SELECT instance_id FROM aws.ec2.inst", delay=0)
    page.reload()
    expect(page.locator("#ide_editor")).to_have_attribute("data-ready", "true")
    until(page, "ide.tabs.active()")
    assert text_of(page) == "SELECT instance_id FROM aws.ec2.inst"
    # the cursor is where it was: one types on
    page.locator("#ide_editor .ace_text-input").focus()
    page.keyboard.type("ances", delay=0)
    saved(page)
    assert [draft.content for draft in stored(services)] == ["SELECT instance_id FROM aws.ec2.instances"]
    # what is typed before the tabs have come gets a tab of its own
    with holding(page, "**/api/ide/drafts*"):
        page.reload()
        expect(page.locator("#ide_editor")).to_have_attribute("data-ready", "true")
        page.locator("#ide_editor .ace_text-input").focus()
        page.keyboard.type("SELECT 'ear", delay=0)
    until(page, "ide.tabs.active()")
    page.keyboard.type("ly'", delay=0)
    saved(page)
    assert [draft.content for draft in stored(services)] == [
        "SELECT instance_id FROM aws.ec2.instances",
        "SELECT 'early'",
    ]


def test_typing_while_a_query_runs_and_while_saves_are_slow_loses_nothing(
    page: Page, services: Services
) -> None:
    text = "SELECT 'the quick brown fox' AS a, 'jumps over the lazy dog' AS b -- 0123456789"
    opened(page)
    # each save is on its way until more has been typed
    with holding(page, "**/api/ide/drafts*") as saves:
        write(page, "SELECT 1")
        run(page)
        saves.wait()
        page.keyboard.press("ControlOrMeta+a")
        for start in range(0, len(text), 20):
            page.keyboard.type(text[start : start + 20])
            saves.release()
            saves.wait()
    saved(page)
    until(page, "!ide.tabs.active().saving")
    assert text_of(page) == text
    assert [draft.content for draft in stored(services)] == [text]


def test_a_closed_page_is_found_again_in_another_browser(
    open_page: Callable[..., Page], services: Services
) -> None:
    first = opened(open_page())
    write(first, "SELECT 'written just before the page was closed'")
    first.close(run_before_unload=False)
    # the farewell of the closed page reaches the server
    wait_until(lambda: stored(services), "the draft is stored")
    second = opened(open_page())
    assert text_of(second) == "SELECT 'written just before the page was closed'"


def test_two_windows_keep_both_texts(open_page: Callable[..., Page], services: Services) -> None:
    first = opened(open_page())
    write(first, "SELECT 1")
    saved(first)
    second = opened(open_page())
    assert text_of(second) == "SELECT 1"
    write(first, "SELECT 'first window'")
    saved(first)
    write(second, "SELECT 'second window'")
    noticed(second, "Another window changed")
    saved(second)
    assert text_of(second) == "SELECT 'second window'"
    assert sorted(draft.content for draft in stored(services)) == [
        "SELECT 'first window'",
        "SELECT 'second window'",
    ]
    # a window that one comes back to shows what was written in the other
    first.evaluate("dispatchEvent(new Event('focus'))")
    expect(first.locator("#ide_tabs [role=tab]")).to_have_count(2)
    write(first, "SELECT 'newer'")
    saved(first)
    second.get_by_role("tab", name="Query 1", exact=True).click()
    assert text_of(second) == "SELECT 'first window'"
    second.evaluate("dispatchEvent(new Event('focus'))")
    until(second, "ide.tabs.active().content === \"SELECT 'newer'\"")
    assert text_of(second) == "SELECT 'newer'"


def test_a_server_that_is_away_gets_the_text_later(page: Page, services: Services) -> None:
    opened(page)
    for address in ("**/api/ide/drafts*", "**/healthz"):
        page.route(address, lambda route: route.abort())
    write(page, "SELECT 'offline'")
    expect(page.locator("#ide_draft_status")).to_contain_text("kept in this browser")
    notice = page.get_by_text("The app does not answer.")
    expect(notice).to_be_visible()
    page.unroute("**/healthz")
    expect(notice).to_be_hidden()
    page.unroute_all()
    opened(page)
    assert text_of(page) == "SELECT 'offline'"
    saved(page)
    assert [draft.content for draft in stored(services)] == ["SELECT 'offline'"]


def test_tabs_are_added_renamed_closed_and_brought_back(page: Page, services: Services) -> None:
    opened(page)
    write(page, "SELECT 1")
    page.get_by_role("button", name="New tab").click()
    page.keyboard.insert_text("SELECT 2")
    page.get_by_role("tab", name="Query 2").dblclick()
    page.get_by_label("Name of the tab").fill("Second")
    page.keyboard.press("Enter")
    saved(page)
    opened(page)
    expect(page.locator("#ide_tabs [role=tab]")).to_have_text(["Query 1", "Second"])
    assert text_of(page) == "SELECT 2"
    page.get_by_title("Close Second").click()
    expect(page.locator("#ide_tabs [role=tab]")).to_have_text(["Query 1"])
    assert text_of(page) == "SELECT 1"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#ide_tabs [role=tab]")).to_have_text(["Query 1", "Second"])
    assert text_of(page) == "SELECT 2"
    # undo goes back in this tab alone
    page.get_by_role("tab", name="Query 1").click()
    page.keyboard.press("ControlOrMeta+z")
    assert "2" not in text_of(page)


def test_undo_goes_on_after_another_tab_and_another_page(page: Page) -> None:
    opened(page)
    write(page, "SELECT 1")
    page.get_by_role("button", name="New tab").click()
    page.get_by_role("tab", name="Query 1").click()
    page.keyboard.press("ControlOrMeta+z")
    assert text_of(page) == ""
    page.keyboard.press("ControlOrMeta+y")
    assert text_of(page) == "SELECT 1"
    page.get_by_role("link", name="Schedules").click()
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    page.get_by_role("link", name="IDE", exact=True).click()
    expect(page.locator("#ide_editor")).to_have_attribute("data-ready", "true")
    page.locator("#ide_editor .ace_text-input").focus()
    page.keyboard.press("ControlOrMeta+z")
    assert text_of(page) == ""


def test_a_query_is_saved_changed_found_renamed_and_deleted(page: Page, services: Services) -> None:
    opened(page)
    write(page, "SELECT instance_id FROM aws.ec2.instances WHERE region = 'us-east-1'")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    # the name that is suggested is there to be typed over
    until(
        page,
        "(name => !name.selectionStart && name.selectionEnd === 'Query 1'.length)(document.activeElement)",
    )
    page.keyboard.type("Virginia")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Virginia")
    page.get_by_label("Description").fill("All of us-east-1")
    # Enter once more, before the server has answered, saves once
    with holding(page):
        page.get_by_label("Name", exact=True).press("Enter")
        expect(page.locator("#ide_save_confirm")).to_be_disabled()
        page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("tab", name="Virginia")).to_be_visible()
    until(page, "location.search.startsWith('?query=')")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#ide_editor .ace_text-input").focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" LIMIT 3")
    expect(page.locator(".ide-tab-dot")).to_be_visible()
    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator(".ide-tab-dot")).to_have_count(0)
    with act_as(LOCAL):
        assert services.db.get_queries()[0].query_text.endswith("LIMIT 3")
    page.locator("#ide_drawer_toggle").click()
    page.get_by_role("button", name="Start from a saved query").click()
    row = page.locator(".drawer-row", has_text="Virginia")
    row.hover()
    row.get_by_role("button", name="Actions of Virginia").click()
    row.get_by_role("button", name="Duplicate").dblclick()
    expect(page.locator(".drawer-row")).to_have_count(2)
    page.get_by_placeholder("Filter saved queries").fill("copy")
    expect(page.locator(".drawer-row")).to_have_count(1)
    page.get_by_role("button", name="Actions of Virginia (copy)").click()
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Virginia (copy)")
    page.get_by_label("Name", exact=True).fill("A copy of Oregon")
    page.keyboard.press("Enter")
    expect(page.locator(".drawer-row")).to_contain_text("Oregon")
    page.get_by_role("button", name="Actions of A copy of Oregon").click()
    page.locator(".drawer-row").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#ide_saved_list")).to_contain_text("Nothing found")
    with act_as(LOCAL):
        assert [query.name for query in services.db.get_queries()] == ["Virginia"]


def test_a_query_with_a_schedule_is_not_deleted_and_says_why(page: Page, services: Services) -> None:
    with act_as(LOCAL):
        id = services.db.save_query(Query("Feeds", "SELECT 1"))
    with services.db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table)"
                " VALUES (:id, '0 6 * * *', 'fed')"
            ),
            {"id": id},
        )
    opened(page, f"/ide?query={id}&run=1")
    page.get_by_role("tab", name="Saved").click()
    page.get_by_role("button", name="Actions of Feeds").click()
    page.locator(".drawer-row").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("stackql_inventory.fed")
    expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_disabled()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # an edit says which tables it changes
    write(page, "SELECT 2")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_role("dialog")).to_contain_text("The next run of these tables uses the new text")


def test_a_link_opens_and_never_runs(page: Page, services: Services) -> None:
    opened(page, "/ide?sql=SELECT%20%27linked%27%20AS%20word&run=1")
    until(page, "ide.tabs.active().content === \"SELECT 'linked' AS word\"")
    # the answer to everything that the page asked is there, and nothing ran
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#ide_history_list")).to_contain_text("Nothing run yet")
    run(page)
    expect(cell(page, 0, "word")).to_have_text("linked")
    # what ran can be run again with one click
    row = page.locator("#ide_history_list .drawer-row")
    expect(row).to_have_count(1)
    row.hover()
    row.get_by_role("button", name="Run again").click()
    expect(row).to_have_count(2)


def test_a_link_to_a_query_that_is_gone_says_so(page: Page) -> None:
    opened(page, "/ide?query=999")
    expect(page.locator("#shell_notices")).to_contain_text("There is no such query")
