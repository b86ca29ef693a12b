"""The Schedules page in a browser: from an empty list to a table that a run filled, and away again."""

from __future__ import annotations

import re

import pytest
from fakes.accessibility import beyond_the_edge, serious_in_both_themes
from fakes.holding import holding
from fakes.visiting import visit
from playwright.sync_api import Page, expect

from services import Services
from services.models.core import Query, Schedule
from services.users import SYSTEM, act_as

INSTANCES = "SELECT instance_id, instance_type, region FROM aws.ec2.instances WHERE region = :region"


@pytest.fixture
def query_id(services: Services) -> int:
    with act_as(SYSTEM):
        return services.db.save_query(Query("EC2 instances", INSTANCES, provider="aws"))


def schedule(services: Services, query_id: int, **values: object) -> int:
    with act_as(SYSTEM):
        made = Schedule(query_id, "0 6 * * *", parameter_values={"region": ["us-east-1"]}, **values)  # type: ignore[arg-type]
        id = services.db.save_schedule(made)
        services.db.schedules.set_schedule_job(id, f"local-{id}")
        return id


def test_a_schedule_is_made_run_watched_and_deleted(page: Page, services: Services, query_id: int) -> None:
    page.goto("/schedules")
    expect(page.get_by_text("Nothing is scheduled yet")).to_be_visible()
    page.goto(f"/schedules?new={query_id}")
    # a double click on save, too early: the first wrong field has the focus, and nothing typed is lost
    expect(page.locator("#schedules_form_table")).to_have_value("aws_ec2_instances")
    page.locator("#schedules_form_save").dblclick()
    region = page.get_by_label("Values of :region")
    expect(region).to_be_focused()
    expect(page.get_by_text("1 field to correct")).to_be_visible()
    page.get_by_role("button", name="Europe 5").click()
    expect(region).to_have_value("eu-central-1, eu-west-1, eu-west-2, eu-west-3, eu-north-1")
    expect(page.get_by_text("5 scopes to read")).to_be_visible()
    region.fill("us-east-1, eu-west-1")
    expect(page.get_by_text("2 scopes to read")).to_be_visible()
    page.get_by_role("button", name="Weekdays 06:00").click()
    expect(page.locator(".form-next")).to_contain_text("At 06:00, Monday through Friday")
    expect(page.locator(".next-times li")).to_have_count(5)
    page.get_by_label("Cron expression").fill("0 99 * * *")
    expect(page.locator("#schedules_form_error_cron_expression")).to_contain_text("out of its field's range")
    page.get_by_label("Cron expression").fill("0 6 * * *")
    page.get_by_role("button", name="Suggest from a preview").click()
    page.get_by_title(re.compile("Unique in all")).filter(has_text="instance_id").first.click()
    expect(page.get_by_label("Key", exact=True)).to_have_value("instance_id")
    page.get_by_role("button", name="Ignore instance_type").click()
    expect(page.get_by_label("Ignored columns")).to_have_value("instance_type")
    page.locator("#schedules_form_save").dblclick()
    expect(page.locator(".schedules-form")).to_be_hidden()
    row = page.locator(".schedules-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("never")
    # a double click runs it once, and does not cancel what it began
    page.get_by_label("Run now").dblclick()
    expect(row.get_by_role("status")).to_be_visible()
    expect(row.locator(".badge-status")).to_have_text("success")
    expect(row).to_contain_text("2 of 2")
    with act_as(SYSTEM):
        (kept,) = services.schedules.list_schedules()
        assert (len(kept.trend), kept.key_columns, kept.rows and kept.rows > 100) == (
            1,
            ("instance_id",),
            True,
        )
    row.locator(".row-link").click()
    expect(page.locator(".scopes-table tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(f"schedule={kept.id}"))
    page.get_by_role("tab", name="SQL").click()
    expect(page.locator("#schedules_sql")).to_have_text(INSTANCES)
    # the address is all one needs to see the same again; Back goes on from there
    page.reload()
    expect(page.locator("#schedules_sql")).to_have_text(INSTANCES)
    expect(page.locator(".schedules-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".schedules-panel")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/schedules$"))

    def delete() -> None:
        row.get_by_role("button", name="Actions of stackql_inventory.aws_ec2_instances").click()
        row.get_by_role("button", name="Delete").click()

    delete()
    page.get_by_text("Drop the table as well").click()
    expect(page.locator(".confirm-dialog")).to_contain_text(f"aws_ec2_instances with {kept.rows:,} rows")
    page.locator(".confirm-cancel").click()
    expect(page.locator(".confirm-dialog")).to_have_count(0)
    delete()
    expect(page.get_by_text("Drop the table as well")).to_be_visible()
    with holding(page):
        page.get_by_text("Drop the table as well").click()
        expect(page.get_by_role("button", name="Delete schedule")).to_be_disabled()
    page.get_by_role("button", name="Delete schedule").dblclick()
    expect(page.get_by_text("Nothing is scheduled yet")).to_be_visible()
    with act_as(SYSTEM):
        assert services.db.schedules.get_target("stackql_inventory", "aws_ec2_instances").kind == ""


def test_editing_keeps_what_is_typed_until_saved(page: Page, services: Services, query_id: int) -> None:
    id = schedule(services, query_id, target_table="things", retention_days=30)
    page.goto("/schedules")
    row = page.locator(".schedules-row")

    def choose(words: str) -> None:
        row.get_by_role("button", name="Actions of stackql_inventory.things").click()
        row.get_by_role("button", name=words).click()

    choose("Edit")
    expect(page.locator("#schedules_form_table")).to_have_value("things")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_label("Days to keep changes").fill("90")
    expect(page.locator(".form-next")).to_contain_text("Asia/Tokyo")
    page.keyboard.press("Escape")
    expect(page.locator(".schedules-form")).to_be_hidden()
    choose("Edit")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    with holding(page, about="schedules_form_save.n_clicks"):
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_text("Saving the schedule and its job")).to_be_visible()
    expect(page.locator(".schedules-form")).to_be_hidden()
    expect(page.get_by_text("Saving the schedule and its job")).to_be_hidden()
    expect(page.locator(".schedules-row")).to_contain_text("Tokyo")
    with act_as(SYSTEM):
        kept = services.schedules.get(id)
        assert (kept.timezone, kept.retention_days, kept.target_table) == ("Asia/Tokyo", 90, "things")
    choose("Pause")
    expect(page.locator(".schedules-row")).to_contain_text("Paused")
    choose("Resume")
    expect(page.locator(".schedules-row")).to_contain_text("next in")


def test_search_and_filter_are_in_the_address(page: Page, services: Services, query_id: int) -> None:
    for name in ("one_table", "another_table", "third"):
        schedule(services, query_id, target_table=name)
    with act_as(SYSTEM):
        services.schedules.pause(services.schedules.list_schedules()[0].id or 0)
    page.goto("/schedules")
    expect(page.locator(".schedules-row")).to_have_count(3)
    page.get_by_label("Filter schedules").fill("table")
    expect(page.locator(".schedules-row")).to_have_count(2)
    page.get_by_role("button", name="Paused 1").click()
    expect(page.locator(".schedules-row")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=table&status=paused"))
    page.reload()
    expect(page.locator(".schedules-row")).to_have_count(1)
    expect(page.get_by_label("Filter schedules")).to_have_value("table")
    page.locator(".row-link").click()
    expect(page.locator(".schedules-panel")).to_be_visible()
    panel = page.locator("#schedules_panel_body")
    expect(panel).not_to_have_attribute("inert", "")
    # what is open still shows the schedule before: it cannot be pressed
    with holding(page):
        page.evaluate("dash_clientside.set_props('schedules_view', {data: {schedule: 3, tab: 'scopes'}})")
        expect(panel).to_have_attribute("inert", "")
    expect(panel).not_to_have_attribute("inert", "")
    page.go_back()
    expect(page.locator(".schedules-panel")).to_be_hidden()
    expect(page.locator(".schedules-row")).to_have_count(1)


def test_the_list_is_sorted_by_a_click_and_the_address_keeps_it(
    page: Page, services: Services, query_id: int
) -> None:
    for name in ("beta", "alpha", "gamma"):
        schedule(services, query_id, target_table=name)
    page.goto("/schedules")
    targets = page.locator(".schedules-row .target")
    heading = page.get_by_role("button", name="Table", exact=True)
    heading.click()
    expect(targets).to_have_text(["alpha", "beta", "gamma"])
    heading.click()
    expect(targets).to_have_text(["gamma", "beta", "alpha"])
    expect(page).to_have_url(re.compile(r"sort=-target"))
    page.reload()
    expect(targets).to_have_text(["gamma", "beta", "alpha"])
    expect(page.locator("th.target")).to_have_attribute("aria-sort", "descending")


def test_older_runs_are_turned_to(page: Page, services: Services, query_id: int) -> None:
    id = schedule(services, query_id, target_table="things")
    with services.db.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, started_at, rows_total)"
            f" SELECT {id}, 'stackql_inventory', 'things', 'SUCCESS', now() - n * interval '1 hour', n"
            " FROM generate_series(1, 70) n"
        )
    page.goto(f"/schedules?schedule={id}")
    rows = page.locator(".runs-table tbody tr")
    expect(page.locator(".runs-pager")).to_contain_text("1 to 50 of 70")
    expect(rows).to_have_count(50)
    expect(page.get_by_role("button", name="Newer runs")).to_be_disabled()
    page.get_by_role("button", name="Older runs").click()
    expect(page.locator(".runs-pager")).to_contain_text("51 to 70 of 70")
    expect(rows).to_have_count(20)
    rows.last.click()
    expect(rows.last).to_have_class(re.compile("chosen"))
    expect(page).to_have_url(re.compile(r"runs=2"))
    page.reload()
    expect(rows).to_have_count(20)
    expect(page.get_by_role("button", name="Older runs")).to_be_disabled()
    # on a phone each is a card
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".runs-table thead")).to_be_hidden()
    assert beyond_the_edge(page) == []


def test_a_name_that_is_typed_early_is_not_overwritten(page: Page, services: Services, query_id: int) -> None:
    table = page.locator("#schedules_form_table")
    with act_as(SYSTEM):
        other = services.db.save_query(Query("Others", INSTANCES.replace(":region", ":zone"), provider="aws"))
    page.goto("/schedules?new=yes")
    expect(page.locator("#schedules_form_query")).to_be_focused()
    # the answer about the query comes after the typing
    about = "schedules_form_query_note"
    with holding(page, about=about):
        with page.expect_request(lambda request: about in (request.post_data or "")):
            page.locator("#schedules_form_query").select_option(str(query_id))
        table.fill("my_own")
    region = page.get_by_label("Values of :region")
    expect(region).to_be_visible()
    expect(table).to_have_value("my_own")
    # what a preview of this query finds says nothing of the next one
    region.fill("us-east-1")
    with holding(page, about='schedules_form_preview_tick","property":"n_intervals'):
        page.get_by_role("button", name="Suggest from a preview").click()
        expect(page.locator("#schedules_form_preview_result")).to_contain_text("Running the query")
        page.locator("#schedules_form_query").select_option(str(other))
        expect(page.get_by_label("Values of :zone")).to_be_visible()
    expect(page.get_by_role("button", name="Suggest from a preview")).to_be_enabled()
    expect(page.locator("#schedules_form_preview_result")).to_be_empty()
    # nor does an answer that comes later still
    late = {"id": "an earlier one", "children": "9 rows"}
    page.evaluate("data => dash_clientside.set_props('schedules_form_preview_shown', { data })", late)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(page.locator("#schedules_form_preview_result")).to_be_empty()
    # an emptied field is given a name again with the next form, which takes no input before it has begun
    table.fill("")
    body = page.locator(".schedules-form .form-body")
    with holding(page):
        page.get_by_role("button", name="Start over").click()
        expect(body).to_have_attribute("inert", "")
    expect(page.locator("#schedules_form_query")).to_have_value("")
    expect(body).not_to_have_attribute("inert", "")
    expect(page.locator("#schedules_form_query")).to_be_focused()
    page.locator("#schedules_form_query").select_option(str(query_id))
    expect(table).to_have_value("aws_ec2_instances")


def test_nobody_is_kept_out(page: Page, services: Services, query_id: int) -> None:
    id = schedule(services, query_id, target_table="things")
    page.goto("/schedules")
    expect(page.locator(".schedules-row")).to_have_count(1)
    assert serious_in_both_themes(page) == {}
    visit(page, f"/schedules?schedule={id}", ":text('It has not run yet')")
    assert serious_in_both_themes(page) == {}
    page.goto(f"/schedules?edit={id}")
    expect(page.locator(".parameter-field")).to_be_visible()
    expect(page.locator(".next-times li")).to_have_count(5)
    assert serious_in_both_themes(page) == {}


def test_the_keyboard_is_not_thrown_out_by_what_a_run_redraws(
    page: Page, services: Services, query_id: int
) -> None:
    id = schedule(services, query_id, target_table="things")
    other = schedule(services, query_id, target_table="others")
    page.goto("/schedules")
    button = page.locator(f'.schedules-row button[data-schedules="edit"][data-id="{other}"]')
    page.get_by_role("button", name="Actions of stackql_inventory.others").click()
    page.keyboard.press("ArrowDown")
    expect(button).to_be_focused()
    with services.db.engine.begin() as connection:
        # no process beats for it; it would be lost after a minute
        run = connection.exec_driver_sql(
            "INSERT INTO stackql_app.runs"
            " (schedule_id, target_schema, target_table, status, engine, scopes_total, heartbeat_at)"
            f" VALUES ({id}, 'stackql_inventory', 'things', 'RUNNING', 'sample', 7, now() + interval '1 hour')"
            " RETURNING id"
        ).scalar_one()
    page.evaluate("dash_clientside.set_props('schedules_changed', {data: 'now'})")
    row = page.locator(f'tr[data-id="{id}"]')
    expect(row.get_by_role("status")).to_contain_text("0 of 7")
    expect(button).to_be_focused()
    with services.db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE stackql_app.runs SET scopes_total = 9 WHERE id = {run}")
    # while something runs the list looks every second
    expect(row.get_by_role("status")).to_contain_text("0 of 9")
    expect(button).to_be_focused()
