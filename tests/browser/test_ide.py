"""The IDE as an engineer uses it: typing, running, cancelling, parameters, results, exports."""

from __future__ import annotations

import csv
import json
import re
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fakes.engine import Call, ScriptedEngine, table_of_rows
from fakes.holding import CALLBACKS, holding
from fakes.ide import cell, emptied, idle, noticed, opened, run, saved, text_of, write
from fakes.waiting import PATIENCE_SECONDS, until
from playwright.sync_api import Page, Request, expect

from inventory_runner.contract import QueryCancelled, QueryResult, QuerySyntaxError
from services import Services

INSTANCES = "SELECT instance_id, instance_type, state FROM aws.ec2.instances WHERE region = 'us-east-1'"


@pytest.fixture
def ide(shared_page: Page) -> Page:
    """The IDE with an empty tab."""
    return emptied(shared_page)


@pytest.fixture
def scripted(shared_services: Services, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """The app answers from a script instead of the sample cloud."""
    engine = ScriptedEngine(name="sample")
    monkeypatch.setattr(shared_services.engine, "_made", engine)
    return engine


def test_a_statement_is_typed_run_sorted_filtered_and_its_json_opened(ide: Page) -> None:
    ide.locator("#ide_editor .ace_content").click()
    ide.keyboard.type(INSTANCES, delay=2)
    run(ide)
    expect(ide.locator(".result-rows")).to_contain_text("rows")
    expect(cell(ide, 0, "instance_id")).to_contain_text("i-")
    ide.locator('.ag-header-cell[col-id="instance_id"]').click()
    until(
        ide,
        """(ids => ids[0] && ids[0] <= ids[1] && ids[1] <= ids[2])([0, 1, 2].map(i => document.querySelector(
            `.ag-row[row-index="${i}"] [col-id="instance_id"]`)?.textContent || ""))""",
    )
    ide.locator("#ide_result_search").fill("stopped")
    expect(ide.locator(".result-filtered")).to_contain_text(" of ")

    # an answer to an older search says nothing of the newer one
    def older(request: Request) -> bool:
        return "nothing" in (request.post_data or "")

    with ide.expect_event("requestfinished", older), holding(ide, "**/rows", "nothing"):
        with ide.expect_request(older):
            ide.locator("#ide_result_search").fill("nothing")
        with ide.expect_response("**/rows"):
            ide.locator("#ide_result_search").fill("stopped")
    expect(cell(ide, 3, "state")).to_contain_text("stopped")
    expect(ide.locator(".grid-message")).to_have_count(0)
    expect(ide.locator(".result-filtered")).not_to_contain_text(re.compile("^0 of"))
    cell(ide, 0, "state").click()
    expect(ide.locator("#cell_dialog pre")).to_contain_text('"Name": "stopped"')


def test_a_result_is_filtered_by_value_and_says_which_text_it_is_of(
    ide: Page, scripted: ScriptedEngine
) -> None:
    states = ["running"] * 5 + ["it's 100%"] * 2 + ["", None]
    scripted.answer("states", [{"n": n, "state": state} for n, state in enumerate(states)])
    write(ide, "SELECT n, state\nFROM states")
    run(ide)
    opened = ide.locator(".column-filter")
    expect(cell(ide, 8, "n")).to_have_text("8")
    # by the keyboard: the summary of the column, and its values with their counts
    ide.locator('.ag-header-cell[col-id="state"]').focus()
    ide.keyboard.press("ControlOrMeta+Enter")
    expect(opened.locator(".column-summary")).to_contain_text("text · 78 % filled · 2 different values")
    expect(opened.locator(".column-summary")).to_contain_text("it's 100% to running")
    expect(opened.locator(".column-summary")).to_contain_text("Of 9 rows that match.")
    expect(opened.locator("li")).to_have_text(["running5", "it's 100%2", "empty text1", "empty1"])
    expect(opened.get_by_label("Find a value of state")).to_be_focused()
    # the whole of it, in however low a pane
    assert ide.locator(".column-foot").evaluate("one => one.getBoundingClientRect().bottom <= innerHeight")
    ide.keyboard.type("it's")
    expect(opened.locator("li:visible")).to_have_count(1)
    opened.get_by_role("button", name="Select none").click()
    expect(ide.locator(".result-filtered")).to_have_text("7 of 9 rows")
    opened.get_by_label("Find a value of state").fill("")
    opened.get_by_label("running").uncheck()
    expect(opened.locator(".column-chosen")).to_have_text("2 of 4 chosen")
    expect(ide.locator(".result-filtered")).to_have_text("2 of 9 rows")
    ide.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    # the counts of another column are of the rows that are left; conditions are there as before
    ide.locator('.ag-header-cell[col-id="n"] .ag-header-cell-filter-button').click()
    expect(opened.locator(".column-summary")).to_contain_text("Of 2 rows that match.")
    opened.get_by_role("button", name="Conditions").click()
    opened.get_by_label("How to compare").select_option("≤")
    opened.get_by_label("Compared with").fill("7")
    expect(ide.locator(".result-filtered")).to_have_text("1 of 9 rows")
    expect(cell(ide, 0, "n")).to_have_text("7")
    opened.get_by_role("button", name="Clear the filter").click()
    expect(ide.locator(".result-filtered")).to_have_text("2 of 9 rows")
    # what stands below another text says so, and not below its own
    statement = ide.locator(".result-statement")
    expect(statement).to_have_text("SELECT n, state FROM states")
    write(ide, "SELECT n\nFROM nothing")
    expect(statement).to_have_text("Of an earlier text: SELECT n, state FROM states")
    expect(ide.locator("#ide_results")).to_have_attribute("data-earlier", "true")
    write(ide, "SELECT 1;\nSELECT n, state\nFROM states")
    expect(statement).to_have_text("SELECT n, state FROM states")


def test_the_rows_of_another_result_begin_anew(ide: Page, scripted: ScriptedEngine) -> None:
    scripted.answer("numbers", [{"n": n, "name": f"row {n}"} for n in range(3)])
    scripted.answer("others", [{"other": "here"}])
    scripted.answer("nothing", [])
    write(ide, "SELECT n, name FROM numbers")
    run(ide)
    expect(cell(ide, 2, "name")).to_have_text("row 2")
    ide.locator('.ag-header-cell[col-id="n"]').click(click_count=2)
    expect(cell(ide, 0, "n")).to_have_text("2")
    ide.locator("#ide_result_search").fill("row 1")
    expect(ide.locator(".result-filtered")).to_have_text("1 of 3 rows")
    run(ide)
    expect(cell(ide, 2, "n")).to_have_text("2")
    expect(ide.locator("#ide_result_search")).to_have_value("")
    expect(ide.locator(".ag-header-cell-sorted-desc")).to_have_count(0)
    ide.get_by_role("button", name="New tab").click()
    expect(ide.locator(".ag-row:visible")).to_have_count(0)
    write(ide, "SELECT other FROM others")
    run(ide)
    expect(cell(ide, 0, "other")).to_have_text("here")
    expect(ide.locator('.ag-header-cell[col-id="n"]')).to_have_count(0)
    ide.locator(".ide-tab").first.click()
    expect(cell(ide, 1, "name")).to_have_text("row 1")
    write(ide, "SELECT n FROM nothing")
    run(ide)
    expect(ide.locator("#ide_results")).to_contain_text("Query returned no rows.")
    expect(ide.locator("#ide_rows")).to_be_hidden()


def test_only_the_statement_under_the_cursor_or_the_selection_runs(
    ide: Page, scripted: ScriptedEngine
) -> None:
    write(ide, "SELECT 1 AS one; -- the first;\nSELECT ';' AS two;\n\nSELECT 3 AS three")
    ide.keyboard.press("ControlOrMeta+Home")
    run(ide)
    expect(ide.locator(".result-message")).to_contain_text("Query returned no rows.")
    ide.keyboard.press("ArrowDown")
    run(ide)
    idle(ide)
    ide.keyboard.press("ControlOrMeta+End")
    ide.keyboard.press("Shift+Home")
    run(ide)
    idle(ide)
    assert [call.sql.strip() for call in scripted.calls] == [
        "SELECT 1 AS one",
        "-- the first;\nSELECT ';' AS two",
        "SELECT 3 AS three",
    ]


def test_a_running_query_shows_at_once_and_cancel_ends_it(ide: Page, scripted: ScriptedEngine) -> None:
    def forever(call: Call) -> list[dict[str, object]]:
        assert call.cancel.wait(2 * PATIENCE_SECONDS)
        raise QueryCancelled("It was cancelled.")

    scripted.answer("slow", forever)
    write(ide, "SELECT 'slow'")
    # the second half of a double click does not cancel what the first began
    ide.locator("#ide_run").click()
    expect(ide.locator("#ide_run")).to_contain_text("Cancel")
    ide.mouse.down(click_count=2)
    ide.mouse.up(click_count=2)
    expect(ide.locator(".ide-running")).to_be_visible()
    # the page can be used meanwhile: another tab runs its own query
    ide.get_by_role("button", name="New tab").click()
    ide.keyboard.insert_text("SELECT 2")
    run(ide)
    expect(ide.locator(".result-message")).to_contain_text("Query returned no rows.")
    ide.get_by_role("tab", name="Query 1").click()
    expect(ide.locator(".ide-running")).to_be_visible()
    ide.locator("#ide_run").click()
    expect(ide.locator("#ide_results")).to_contain_text("Cancelled")
    expect(ide.locator("#ide_run")).to_contain_text("Run")


def test_a_running_query_survives_a_reload(ide: Page, scripted: ScriptedEngine) -> None:
    go_on = threading.Event()

    def answer(_call: Call) -> list[dict[str, object]]:
        assert go_on.wait(2 * PATIENCE_SECONDS)
        return [{"answer": 42}]

    scripted.answer("slow", answer)
    write(ide, "SELECT 'slow'")
    run(ide)
    expect(ide.locator("#ide_run")).to_contain_text("Cancel")
    until(ide, "Object.keys(sessionStorage).some(k => k.startsWith('ide-run:'))")
    opened(ide)
    expect(ide.locator(".ide-running")).to_be_visible()
    go_on.set()
    expect(cell(ide, 0, "answer")).to_have_text("42")


def test_an_error_marks_its_line_also_when_a_selection_ran(ide: Page, scripted: ScriptedEngine) -> None:
    scripted.answer("bad", QuerySyntaxError("There is no column bad.", line=2, details="no such column: bad"))
    write(ide, "-- one\n-- two\nSELECT\n  bad\nFROM t")
    ide.keyboard.press("ControlOrMeta+End")
    for _ in range(2):
        ide.keyboard.press("Shift+ArrowUp")
    ide.keyboard.press("Shift+Home")
    run(ide)
    expect(ide.locator("#ide_results")).to_contain_text("The query cannot be read")
    expect(ide.locator("#ide_results")).to_contain_text("Line 4: ")
    until(ide, "document.getElementById('ide_editor_ace').env.editor.session.getAnnotations()[0]?.row === 3")
    ide.get_by_role("button", name="Line 4").click()
    until(ide, "document.getElementById('ide_editor_ace').env.editor.getCursorPosition().row === 3")
    ide.get_by_text("Details", exact=True).click()
    expect(ide.get_by_text("no such column: bad")).to_be_visible()
    ide.keyboard.press("Escape")


def test_what_would_write_is_refused_in_words(ide: Page) -> None:
    write(ide, "DELETE FROM aws.ec2.instances")
    run(ide)
    expect(ide.locator("#ide_results")).to_contain_text("Only statements that read are run")
    expect(ide.locator("#ide_check")).to_contain_text("DELETE", ignore_case=True)


def test_a_missing_clause_and_a_wrong_name_are_mended_by_a_button(ide: Page) -> None:
    write(ide, "SELECT instance_id FROM aws.ec2.instance")
    expect(ide.locator("#ide_check")).to_contain_text("aws.ec2.instance")
    run(ide)
    expect(ide.locator("#ide_results")).to_contain_text("No such resource")
    expect(ide.locator("#ide_results")).to_contain_text("Did you mean")
    expect(ide.locator("#ide_results")).not_to_contain_text(
        re.compile("Did you mean.*Did you mean", re.DOTALL)
    )
    # a word that is selected is no statement of its own
    ide.keyboard.press("ControlOrMeta+Home")
    ide.keyboard.press("ControlOrMeta+Shift+ArrowRight")
    until(ide, "ide.editor.target().text === 'SELECT' && ide.editor.checked().text.includes('FROM')")
    ide.locator("#ide_check button", has_text="aws.ec2.instances").click()
    expect(ide.locator("#ide_check")).to_contain_text("aws.ec2.instances needs region")
    ide.locator("#ide_check button").first.click()
    until(ide, "/WHERE\\s+region = :region/.test(ide.tabs.active().content)")
    expect(ide.locator("#ide_check")).to_be_empty()
    field = ide.get_by_label(":region")
    run(ide)
    expect(ide.locator("#ide_results")).to_contain_text(":region has no value")
    expect(field).to_be_focused()
    ide.keyboard.type("us-east-1")
    ide.keyboard.press("Enter")
    expect(cell(ide, 0, "instance_id")).to_contain_text("i-")
    # the value belongs to the tab, and comes back with it
    saved(ide)
    opened(ide)
    expect(ide.get_by_label(":region")).to_have_value("us-east-1")


def test_a_comment_gives_a_parameter_its_choices(ide: Page) -> None:
    write(
        ide,
        "-- :region eu-west-1, us-east-1\nSELECT instance_id FROM aws.ec2.instances WHERE region = :region",
    )
    ide.get_by_label(":region").select_option("us-east-1")
    run(ide)
    expect(cell(ide, 0, "instance_id")).to_contain_text("i-")
    # fields that come anew keep what was typed since they were asked for, and the focus
    write(ide, "SELECT :one AS one, :two AS two")
    expect(ide.get_by_label(":two")).to_be_visible()
    with holding(ide):
        ide.locator("#ide_editor .ace_text-input").focus()
        with ide.expect_request(CALLBACKS):
            ide.keyboard.type(", :three AS three")
        ide.get_by_label(":one").click()
        ide.keyboard.type("typed ")
    expect(ide.get_by_label(":three")).to_be_visible()
    expect(ide.get_by_label(":one")).to_be_focused()
    ide.keyboard.type("on")
    expect(ide.get_by_label(":one")).to_have_value("typed on")


def test_the_whole_result_is_exported_and_copied(ide: Page, scripted: ScriptedEngine, tmp_path: Path) -> None:
    rows = [{"name": f"=n{number}", "doc": {"n": number}} for number in range(1_500)]
    table, json_columns = table_of_rows(rows)
    scripted.answer(
        "", QueryResult(table, complete=False, warnings=("One page was cut.",), json_columns=json_columns)
    )
    ide.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(ide, "SELECT 1")
    run(ide)
    expect(ide.locator(".result-rows")).to_have_text("1,500 rows")
    expect(ide.locator(".result-caption")).to_contain_text("1 warning")
    expect(ide.locator(".result")).to_contain_text("may be incomplete")
    for format in ("CSV for spreadsheets", "CSV for programs", "Excel", "JSON"):
        ide.get_by_role("button", name="Export").click()
        with ide.expect_download() as waiting:
            ide.locator(".menu-list:popover-open").get_by_role("button", name=format).click()
        waiting.value.save_as(tmp_path / format)
        assert ("exact" in waiting.value.suggested_filename) == (format == "CSV for programs")
    for format, first in (("CSV for spreadsheets", "'=n0"), ("CSV for programs", "=n0")):
        with (tmp_path / format).open(newline="") as file:
            read = list(csv.reader(file))
        assert len(read) == 1_501
        assert read[1] == [first, '{"n":0}']
    assert json.loads((tmp_path / "JSON").read_text())[7] == rows[7]
    with zipfile.ZipFile(tmp_path / "Excel") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 1_501
    assert "=n0" in sheet
    assert "<f>" not in sheet
    expect(ide.locator("#ide_export_progress")).to_contain_text("Downloaded")
    ide.get_by_role("button", name="Export").click()
    ide.locator("#ide_export_copy").click()
    noticed(ide, "Copied 1,000 of 1,500 rows")
    assert ide.evaluate("navigator.clipboard.readText()").splitlines()[1].startswith("=n0\t")


def test_a_chart_is_drawn_and_changed(ide: Page) -> None:
    write(ide, INSTANCES)
    run(ide)
    expect(ide.locator(".result-rows")).to_contain_text("rows")
    ide.locator("label", has_text="Chart").click()
    expect(ide.locator("#ide_chart_by")).to_have_value("instance_type")
    expect(ide.locator("#ide_chart_figure .bar-part").first).to_be_visible()
    # what is drawn against numbers or times needs the library
    ide.locator("#ide_chart_kind").select_option("line")
    expect(ide.locator("#ide_chart_figure .js-plotly-plot")).to_be_visible()
    ide.locator("#ide_chart_kind").select_option("histogram")
    expect(ide.locator("#ide_chart_figure .plot-column").first).to_be_visible()
    expect(ide.locator("#ide_chart_figure")).to_contain_text("Rows by instance_type")
    tools = ide.locator("#ide_chart_figure").get_by_role("button", name="Take away or look behind")
    tools.click()
    with ide.expect_download() as numbers:
        ide.get_by_role("link", name="CSV").click()
    file = Path(numbers.value.path()).read_text().splitlines()
    assert file[0] == "instance_type,rows"
    tools.click()
    ide.get_by_role("button", name="Table", exact=True).click()
    expect(ide.locator(".number-table tbody tr")).to_have_count(len(file) - 1)
    tools.click()
    with ide.expect_download() as picture:
        ide.get_by_role("button", name="PNG").click()
    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG")
    # the next result is shown as a chart too
    write(ide, INSTANCES.replace("instance_id, ", ""))
    run(ide)
    expect(ide.locator("#ide_chart_by option[value=instance_id]")).to_have_count(0)
    expect(ide.locator("#ide_chart_figure .bar-part").first).to_be_visible()
    ide.locator("label", has_text="Table").click()
    expect(cell(ide, 0, "instance_type")).to_be_visible()


def test_resources_are_browsed_searched_and_turned_into_a_query(ide: Page) -> None:
    tree = ide.locator("#ide_resources")
    tree.get_by_text("aws", exact=True).click()
    tree.get_by_text("ec2", exact=True).click()
    tree.get_by_text("volumes", exact=True).click()
    expect(tree.get_by_text("volume_id", exact=True)).to_be_visible()
    expect(tree.locator('[data-path="aws.ec2.volumes"] .tree-badge').first).to_have_text("region")
    expect(tree.get_by_role("treeitem", name="volumes, needs region", exact=True)).to_be_visible()
    ide.get_by_placeholder("Search resources", exact=True).fill("s3 buck")
    item = tree.locator('[data-path="aws.s3.buckets"]')
    expect(item).to_be_visible()
    item.hover()
    # icons alone: what they do is said in words, to the eye and to the ear
    for words in ("Insert the name aws.s3.buckets", "SELECT template of aws.s3.buckets"):
        expect(item.get_by_role("button", name=words, exact=True)).to_have_attribute("title", words)
    expect(ide.get_by_role("treeitem", name="aws.s3.buckets", exact=True)).to_be_visible()
    item.get_by_role("button", name="SELECT template").click()
    until(ide, "ide.tabs.active().content.includes('FROM aws.s3.buckets')")
    assert text_of(ide).startswith("SELECT")


def test_format_clear_and_undo(ide: Page) -> None:
    write(ide, "select a, b from t where x = 1 and y = 2")
    ide.keyboard.press("Shift+Alt+F")
    until(ide, "ide.tabs.active().content.split('\\n').length > 3")
    ide.keyboard.press("ControlOrMeta+z")
    until(ide, "ide.tabs.active().content === 'select a, b from t where x = 1 and y = 2'")
    ide.get_by_role("button", name="Keys and parameters").click()
    expect(ide.locator("#ide_keys")).to_contain_text("Run the selection")


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("**/libraries/*/dash_ace/*", None),
        ("**/libraries/*/dash_ace/*", {"status": 404, "body": "blocked"}),
    ],
)
def test_the_editor_that_does_not_load_says_what_to_do(
    page: Page, address: str, answer: dict[str, Any] | None
) -> None:
    page.route(address, lambda route: route.fulfill(**answer) if answer else route.abort())
    page.add_init_script("""addEventListener("DOMContentLoaded", () => {
        const style = document.createElement("style");
        style.textContent = ".editor-failed { animation-delay: 0s !important; }";
        document.head.append(style);
    })""")
    page.goto("/ide")
    expect(page.get_by_text("The editor did not load")).to_be_visible()
    expect(page.locator("#ide_page textarea:not(.ace_text-input):not(#ide_chat_input)")).to_have_count(0)
    # and the rest of the page is there
    page.get_by_label("Show or hide the assistant").click()
    expect(page.locator("#ide_chat_input")).to_be_visible()


@pytest.mark.parametrize("library", ["dash_ag_grid", "dash_bootstrap_components"])
def test_a_library_that_does_not_load_is_named_on_the_page(page: Page, library: str) -> None:
    page.route(f"**/{library}/**", lambda route: route.abort())
    page.goto("/ide")
    said = page.get_by_role("alert").filter(has_text=f"/{library}")
    expect(said.first).to_be_visible()
    expect(page.locator("#ide_page")).to_be_visible()
