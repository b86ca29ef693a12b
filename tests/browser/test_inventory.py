"""The managers' pages in a browser: charts that lead somewhere, filters in the URL, the grid, the search."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.accessibility import beyond_the_edge, serious
from fakes.holding import holding
from fakes.inventory import instances, load, schedule
from fakes.visiting import visit
from fakes.waiting import until
from playwright.sync_api import Locator, Page, Request, expect

from services import Services

NOW = datetime.now(UTC)
# in the request for the charts that are in view
DRAWING = "inventory_charts.asked"


def fill(engine: sa.Engine) -> None:
    """Two tables with three days of history; one scope is denied."""
    ec2 = schedule(engine, "aws_ec2_instances", status="PARTIAL")
    disks = schedule(engine, "google_disks", provider="google")
    for days, count in ((2, 40), (1, 60)):
        at = NOW - timedelta(days=days)
        load(engine, "aws_ec2_instances", {"us-east-1": instances(count)}, at, schedule_id=ec2)
        rows = instances(30, first=900, region="europe-west1")
        more = {"provider": "google", "service": "compute", "resource": "disks", "parameter": "project"}
        load(engine, "google_disks", {"prod": rows}, at, schedule_id=disks, **more)
    scopes = {"us-east-1": instances(55), "eu-west-1": "denied"}
    load(engine, "aws_ec2_instances", scopes, NOW - timedelta(minutes=3), schedule_id=ec2)
    load(engine, "google_disks", {"prod": rows}, NOW - timedelta(minutes=3), schedule_id=disks, **more)


@pytest.fixture
def filled(engine: sa.Engine) -> None:
    """The tables in the test's own database, which it changes."""
    fill(engine)


@pytest.fixture(scope="module")
def shared_tables(shared_services: Services) -> None:
    fill(shared_services.db.engine)


@pytest.fixture
def page(shared_tables: None, shared_page: Page) -> Page:
    """The page that this file's tests share, in front of tables that they only read."""
    return shared_page


def figure_of(page: Page, label: str):
    return page.locator(".figure", has=page.get_by_text(label, exact=True)).locator(".figure-value")


def test_the_overview_answers_and_its_filters_are_in_the_url(page: Page):
    visit(page, "/", ".figure-value")
    expect(figure_of(page, "Resources")).to_have_text("85")
    expect(figure_of(page, "Coverage")).to_have_text("2 of 3")
    expect(page.locator(".place-attention")).to_contain_text("eu-west-1: denied")
    expect(page.locator(".place-time polygon")).to_have_count(2)
    expect(page.locator(".place-where .tile-provider")).to_have_count(2)
    expect(page.locator(".place-time .plot-line")).to_have_text(["0", "20", "40", "60", "80"])
    # what to do next is said until one has had enough of it
    expect(page.locator(".next-steps a")).to_have_count(4)
    page.get_by_role("button", name="Do not show the next steps again").click()
    expect(page.locator(".next-steps")).to_be_hidden()
    page.get_by_label("Provider").select_option("google")
    expect(figure_of(page, "Resources")).to_have_text("30")
    expect(page).to_have_url(re.compile(r"\?provider=google$"))
    expect(page.locator(".tables-table tbody tr")).to_have_count(1)
    # the link reproduces what was seen
    page.reload()
    expect(page.get_by_label("Provider")).to_have_value("google")
    expect(figure_of(page, "Resources")).to_have_text("30")
    # the filter goes along to the other views, where it can be removed
    page.locator("#inventory_region").select_option("europe-west1")
    expect(page).to_have_url(re.compile(r"\?provider=google&region=europe-west1$"))
    expect(page.locator(".segment", has_text="Changes")).to_have_attribute("href", re.compile("region="))
    page.locator(".segment", has_text="Changes").click()
    expect(page).to_have_url(re.compile(r"view=changes&provider=google&region=europe-west1$"))
    page.locator(".filter-chip", has_text="region").click()
    expect(page).to_have_url(re.compile(r"view=changes&provider=google$"))
    expect(page.locator(".filter-chip")).to_have_count(1)
    page.goto("/")
    expect(page.locator(".next-steps a")).to_have_count(4)
    expect(page.locator(".next-steps")).to_be_hidden()


def test_on_a_phone_each_table_is_a_card_and_can_still_be_sorted(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/inventory")
    rows = page.locator(".tables-table tbody tr")
    expect(rows.first).to_contain_text("aws_ec2_instances")
    page.get_by_role("button", name="Table", exact=True).click()
    page.get_by_role("button", name="Table", exact=True).click()
    expect(rows.first).to_contain_text("google_disks")
    assert beyond_the_edge(page) == []
    visit(page, "/inventory/aws_ec2_instances?tab=coverage", ".wide-scroll")
    expect(page.locator(".wide-scroll tbody tr")).to_have_count(2)
    assert beyond_the_edge(page) == []


def test_a_mark_leads_to_what_it_shows(page: Page):
    visit(page, "/inventory", ".figure-value")
    tile = page.locator(".place-where a.tile", has_text="ec2")
    expect(tile).to_be_visible()
    tile.click()
    expect(page).to_have_url(re.compile(r"/inventory/aws_ec2_instances$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("aws_ec2_instances")
    page.go_back()
    expect(figure_of(page, "Resources")).to_have_text("85")
    page.locator(".place-changes .plot-column").last.locator(".bar").first.click()
    expect(page).to_have_url(re.compile(r"view=changes&day=.*kind="))
    expect(page.locator(".change").first).to_be_visible()


def test_each_band_of_a_stack_leads_to_its_own_by_pointer_and_by_keyboard(page: Page):
    day = (NOW - timedelta(days=1)).date().isoformat()
    # the last is the strip below the stack, which tells of all providers
    for mark, to in ((".band >> nth=0", "provider=aws&"), (".band >> nth=1", "provider=google&")):
        visit(page, "/inventory", ".figure-value")
        page.locator(".place-time .plot-column").nth(1).locator(mark).click()
        expect(page).to_have_url(re.compile(rf"view=changes&{to}day={day}$"))
    page.goto("/inventory")
    chart = page.locator(".place-time")
    expect(
        chart.get_by_role("group", name=re.compile(r"3 days: aws 55, google 30; 85 in all, up 15"))
    ).to_be_visible()
    chart.get_by_role("button", name="Take away or look behind").focus()
    # the marks are one stop, arrows go between the days and the bands of one, and what has the focus is told
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    focused = page.locator(":focus")
    expect(focused).to_have_accessible_name(re.compile(": 30$"))
    expect(page.locator(".chart-tip")).to_contain_text("85 in all, 2 of 3 scopes read")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    expect(focused).to_have_accessible_name(re.compile("aws: 40$"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(focused).to_have_class(re.compile("strip-day"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"view=changes&provider=google&day={day}$"))


def test_figures_wait_for_no_chart_and_a_theme_or_an_equal_panel_is_not_drawn_anew(page: Page):
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/_dash-update-component"):
            asked.append(request.post_data or "")

    page.on("request", note)
    with holding(page, about=DRAWING) as held:
        page.goto("/inventory")
        expect(figure_of(page, "Resources")).to_have_text("85")
        expect(page.locator(".place-attention")).to_contain_text("eu-west-1: denied")
        expect(page.locator(".tables-table tbody tr")).to_have_count(2)
        expect(page.locator(".place-time .waiting")).to_be_visible()
        room = page.locator(".place-time").bounding_box()
        held.wait()
        held.release()
        expect(page.locator(".place-time polygon")).to_have_count(2)
        # nothing jumped
        assert page.locator(".place-time").bounding_box() == room
    expect(page.locator(".fragment[aria-busy]")).to_have_count(0)
    # the theme is style sheets alone
    count = len(asked)
    before = page.locator(".place-time .plot-line").first.evaluate(
        "one => getComputedStyle(one).borderTopColor"
    )
    page.locator("#shell_theme_toggle").click()
    until(
        page,
        f"getComputedStyle(document.querySelector('.place-time .plot-line')).borderTopColor !== '{before}'",
    )
    assert len(asked) == count
    # news leave alone what stays the same, and what was seen before a filter is not asked for again
    page.evaluate("document.querySelector('.place-time .panel').kept = true")
    with page.expect_response(lambda one: "inventory_first.parts" in (one.request.post_data or "")):
        page.evaluate("dash_clientside.set_props('inventory_version', {data: 'news'})")
    expect(page.locator(".fragment[aria-busy]")).to_have_count(0)
    assert page.evaluate("document.querySelector('.place-time .panel').kept")
    page.get_by_label("Provider").select_option("aws")
    expect(figure_of(page, "Resources")).to_have_text("55")
    expect(page.locator(".place-time polygon")).to_have_count(1)
    expect(page.locator(".fragment[aria-busy]")).to_have_count(0)
    count = len(asked)
    page.get_by_label("Provider").select_option("*")
    expect(figure_of(page, "Resources")).to_have_text("85")
    expect(page.locator(".place-time polygon")).to_have_count(2)
    assert not any(DRAWING in one for one in asked[count:])


def test_charts_are_taken_away_as_data(page: Page):
    visit(page, "/inventory", ".figure-value")
    panel = page.locator(".place-time")
    expect(panel.locator("polygon")).to_have_count(2)
    opener = panel.get_by_role("button", name="Take away or look behind")
    opener.click()
    with page.expect_download() as data:
        panel.get_by_role("link", name="CSV").click()
    file = data.value.path().read_text()
    assert file.startswith("day,aws,google")
    # the same numbers stand behind the chart, for the keyboard too
    opener.focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="PNG")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    table = panel.get_by_role("region", name="Numbers of Resources over time")
    expect(table).to_be_focused()
    expect(table.locator("tbody tr")).to_have_count(len(file.splitlines()) - 1)
    expect(table.locator("tbody tr").last).to_have_text(re.compile("55.*30"))
    # and lead where the marks do
    page.keyboard.press("Tab")
    expect(table.get_by_role("link").first).to_be_focused()
    opener.click()
    panel.get_by_role("button", name="Table").click()
    expect(table).to_be_hidden()
    # on paper the page is as long as it is, without what only a screen can use
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    until(page, "document.documentElement.scrollHeight >= document.getElementById('content').scrollHeight")


def test_a_table_its_rows_its_tabs_and_a_resource(page: Page):
    asked: list[tuple[str, str]] = []
    page.on("request", lambda one: asked.append((one.url, one.post_data or "")))
    visit(page, "/inventory/aws_ec2_instances", ".ag-row .cell-text")
    expect(page.locator(".grid-total")).to_have_text("55 rows")
    # head, tab and grid come with the page, and the rows are asked for once
    assert sum(url.endswith("/rows") for url, _ in asked) == 1
    assert not [body for _, body in asked if "inventory_table_" in body.partition('"inputs"')[0]]
    assert not [body for _, body in asked if "inventory_rows_body" in body.partition('"inputs"')[0]]
    page.get_by_label("Filter rows").fill("web-0007")
    expect(page.locator(".grid-total")).to_have_text("1 of 55 rows")
    expect(page).to_have_url(re.compile(r"/aws_ec2_instances\?find=web-0007$"))
    page.get_by_label("Filter rows").fill("")
    page.locator('.ag-header-cell[col-id="state"] .ag-header-cell-filter-button').click()
    expect(page.locator(".column-summary")).to_contain_text("Of 55 rows that match.")
    expect(page.locator(".column-values li")).to_have_text(["running28", "stopped27"])
    page.locator(".column-filter").get_by_label("running").uncheck()
    expect(page.locator(".grid-total")).to_have_text("27 of 55 rows")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator(".grid-total")).to_have_text("55 rows")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Charts").click()
    page.get_by_role("link", name="Build a chart").click()
    expect(page.locator(".place-wide .bar-part")).to_have_count(2)
    page.get_by_label("Draw as").select_option("treemap")
    expect(page.locator(".place-wide .tile", has_text="running")).to_be_visible()
    expect(page).to_have_url(re.compile(r"tab=charts&by=state&kind=treemap$"))
    page.get_by_role("tab", name="Changes").click()
    expect(page.locator(".change")).to_have_count(25)
    page.get_by_text("Removed", exact=True).click()
    expect(page.locator(".change")).to_have_count(5)
    # each tab is found as it was left, and so is its address
    page.get_by_role("tab", name="Charts").click()
    expect(page).to_have_url(re.compile(r"tab=charts&by=state&kind=treemap$"))
    page.locator(".place-wide .tile", has_text="running").click()
    expect(page.locator(".rows-note")).to_contain_text("state running")
    expect(page.locator(".grid-total")).to_have_text("28 rows")
    page.get_by_role("tab", name="Changes").click()
    page.get_by_text("Removed", exact=True).click()
    expect(page.locator(".change")).to_have_count(5)
    page.locator(".change-link").first.click()
    expect(page.get_by_text("This resource is gone")).to_be_visible()
    expect(page.locator(".timeline .change").first).to_contain_text("removed")


def test_what_a_grid_shows_stands_in_its_address_and_is_what_a_file_holds(page: Page):
    visit(page, "/inventory/aws_ec2_instances", ".ag-row .cell-text")
    total, chips = page.locator(".grid-total"), page.locator(".column-chips .filter-chip")
    export = page.get_by_role("button", name="Export")
    export.click()
    expect(page.locator(".menu-head:visible")).to_have_text(["All rows"])
    page.keyboard.press("Escape")
    page.locator('.ag-row[row-index="0"] [col-id="state"]').click(button="right")
    page.get_by_role("menuitem", name="Filter by this value").click()
    page.locator('.ag-header-cell[col-id="size"] .ag-header-cell-label').click()
    expect(total).to_have_text(re.compile("^2[78] of 55 rows$"))
    expect(chips).to_have_text(["state is running", "sorted by size"])
    # a link and a reload show the same, and a column that has gone is said
    page.goto(page.url.replace("where=%7B", "where=%7B%22zone%22:%7B%22type%22:%22blank%22%7D,"))
    expect(page.get_by_text("There is no column “zone” (any more)")).to_be_visible()
    expect(chips).to_have_text(["state is running", "sorted by size"])
    expect(total).to_have_text("28 of 55 rows")
    expect(page.locator('.ag-header-cell[col-id="size"]')).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Filter rows").fill("web-000")
    expect(total).to_have_text("5 of 55 rows")
    export.click()
    expect(page.locator(".menu-head:visible")).to_have_text(["5 rows that match", "All rows"])
    with page.expect_download() as download:
        page.get_by_text("CSV for programs").first.click()
    assert "-filtered-1-of-2-scopes" in download.value.suggested_filename
    assert len(download.value.path().read_text().splitlines()) == 6
    # the other times keep what is chosen; a chip leaves the rest
    page.locator(".moments .pill", has_text="Yesterday").click()
    expect(page).to_have_url(re.compile("asof=.*find=web-000&where=.*&sort="))
    expect(total).to_have_text("5 rows match")
    chips.filter(has_text="state").click()
    expect(chips).to_have_text(["sorted by size"])
    expect(page).to_have_url(re.compile("asof=.*find=web-000&sort="))
    page.go_back()
    expect(chips).to_have_text(["state is running", "sorted by size"])


def test_a_table_shows_nothing_of_the_one_before(page: Page):
    """One AG Grid goes from page to page: with its columns, its order and what was chosen in it."""
    visit(page, "/inventory/aws_ec2_instances", ".ag-row .cell-text")
    size = page.locator('.ag-header-cell[col-id="size"]')
    size.locator(".ag-header-cell-label").click()
    expect(size).to_have_attribute("aria-sort", "ascending")
    page.locator('.ag-row[row-index="1"] [col-id="state"]').click()
    expect(page.locator(".ag-center-cols-container .ag-row-selected")).to_have_count(1)
    page.locator("#shell_navigation").get_by_role("link", name="Inventory").click()
    expect(page.locator(".ag-root:visible, .ag-row")).to_have_count(0)
    page.locator('#inventory_tables_list a[href$="/google_disks"]').click()
    expect(page.locator('.ag-header-cell[col-id="size"], .ag-row-selected')).to_have_count(0)
    expect(page.locator('.ag-row[row-index="0"] .cell-text').first).not_to_be_empty()
    expect(page.locator('[aria-sort="ascending"], [aria-sort="descending"]')).to_have_count(0)
    page.go_back()
    page.go_back()
    expect(size).to_have_attribute("aria-sort", "ascending")
    expect(page.locator(".grid-total")).to_have_text("55 rows")
    expect(page.locator(".ag-root")).to_have_count(1)


def test_the_rows_of_an_earlier_day(page: Page):
    day = (NOW - timedelta(days=2)).date().isoformat()
    visit(page, f"/inventory/aws_ec2_instances?asof={day}", ".ag-row .cell-text")
    expect(page.locator(".grid-total")).to_have_text("40 rows")
    expect(page.locator(".past-line")).to_contain_text(f"{day} 23:59 UTC")
    expect(page.locator("#inventory_rows_as_of")).to_have_value(f"{day} 23:59")
    page.locator(".key-cell a").first.click()
    expect(page).to_have_url(re.compile(r"key=i-"))


def drawn_in(page: Page, picture: bytes, mark: Locator) -> bool:
    """Whether a PNG has the colour of a mark, in more than a few of its pixels."""
    colour = mark.evaluate("one => getComputedStyle(one).backgroundColor")
    found = page.evaluate(
        """async ([bytes, colour]) => {
            const image = new Image();
            image.src = "data:image/png;base64," + bytes;
            await image.decode();
            const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
            pen.drawImage(image, 0, 0);
            const wanted = colour.match(/\\d+/g).map(Number);
            const data = pen.getImageData(0, 0, image.width, image.height).data;
            let count = 0;
            for (let at = 0; at < data.length; at += 4) {
                if (wanted.every((channel, place) => data[at + place] === channel)) { count += 1; }
            }
            return count;
        }""",
        [b64encode(picture).decode(), colour],
    )
    return bool(found > 1000)


def test_a_table_opens_with_charts_that_can_be_pinned_edited_and_queried(
    filled, open_page: Callable[..., Page], engine
):
    page = open_page()
    page.goto("/inventory/aws_ec2_instances")
    expect(page.locator(".ag-row").first).to_be_visible()
    answers: list[str] = []
    page.on(
        "request", lambda sent: answers.append(sent.post_data or "") if "_dash-update" in sent.url else None
    )
    page.get_by_role("tab", name="Charts").click()
    by_state = page.locator(".chart-panel", has=page.get_by_role("heading", name="Instances by state"))
    expect(by_state.locator(".bar-part")).to_have_count(2)
    # all of the tab is one answer, drawn without a library; another theme is no other drawing
    assert sum("inventory_table_content.children" in sent for sent in answers) == 1
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert not any("chart" in sent.partition('"inputs"')[0] for sent in answers)
    assert not page.evaluate("'Plotly' in window")
    # by keyboard from mark to mark, each with its words
    by_state.locator("a.bar-part").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.bar-part:focus")).to_have_attribute("aria-label", "stopped: 27")
    expect(page.locator(".chart-tip")).to_have_text("stopped: 27")
    suggested = page.locator(".chart-gallery .chart-panel").count()
    assert 2 <= suggested <= 6 and serious(page) == []
    by_state.get_by_role("button", name="Take away or look behind").click()
    with page.expect_download() as picture:
        by_state.get_by_role("button", name="PNG").click()
    assert picture.value.suggested_filename == "aws-ec2-instances-instances-by-state.png"
    assert drawn_in(page, Path(picture.value.path()).read_bytes(), by_state.locator(".bar-part").first)
    by_state.get_by_role("button", name="Take away or look behind").click()
    by_state.get_by_role("button", name="Pin to this page").click()
    pinned = page.locator(".chart-gallery .chart-panel").first
    expect(pinned.locator(".pin-mark")).to_be_visible()
    expect(page.locator(".chart-gallery .chart-panel")).to_have_count(suggested)
    # its numbers, and the statement that makes it, which the editor opens
    pinned.get_by_role("button", name="Take away or look behind").click()
    pinned.get_by_role("button", name="Table").click()
    expect(pinned.locator(".chart-table")).to_contain_text("GROUP BY 1")
    pinned.get_by_role("button", name="Take away or look behind").click()
    expect(pinned.get_by_role("link", name="Open in IDE")).to_have_attribute(
        "href", re.compile("source=inventory&sql=SELECT")
    )
    pinned.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Group by")).to_have_value("state")
    # a count is of nothing: what says nothing is not there
    expect(page.get_by_label("of", exact=True)).to_be_hidden()
    page.get_by_role("link", name="All charts").click()
    # the column of a pinned chart goes
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE stackql_inventory.aws_ec2_instances DROP COLUMN state")
    # the next run finds none either; what is shown is remembered until then
    rows = [{name: value for name, value in row.items() if name != "state"} for row in instances(54)]
    load(engine, "aws_ec2_instances", {"us-east-1": rows, "eu-west-1": "denied"}, NOW)
    page.reload()
    gone = page.locator(".chart-problem")
    expect(gone).to_contain_text("no column 'state' (any more)")
    gone.get_by_role("button", name="Remove from this page").click()
    expect(gone).to_have_count(0)


def test_the_rows_are_shown_as_of_a_run_that_one_picks(page: Page):
    visit(page, "/inventory/aws_ec2_instances?find=web", ".ag-row .cell-text")
    expect(page.locator(".grid-total")).to_contain_text("55")
    page.get_by_role("link", name="Yesterday").click()
    expect(page.locator(".past-line")).to_be_visible()
    expect(page).to_have_url(re.compile(r"find=web.*asof=|asof=.*find=web"))
    expect(page.locator(".moments .active")).to_have_text("Yesterday")
    page.get_by_role("link", name="Now", exact=True).click()
    expect(page.locator(".past-line")).to_have_count(0)


def test_what_changes_are_shown_is_in_the_url(page: Page):
    visit(page, "/inventory?view=changes", ".change")
    expect(page.locator(".changes-summary .pill").first).to_contain_text("aws_ec2_instances")
    expect(page.locator(".change").first).to_be_visible()
    page.get_by_text("Removed", exact=True).click()
    expect(page).to_have_url(re.compile(r"view=changes&kind=removed$"))
    page.get_by_label("Filter by id").fill("i-0058")
    expect(page.locator(".change")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"find=i-0058$"))
    page.reload()
    expect(page.locator(".change")).to_have_count(1)
    # while the table's own changes are on their way, the filters of the old page do not count
    its_own = re.compile(r"/inventory/aws_ec2_instances\?tab=changes&kind=removed$")
    with holding(page):
        page.locator(".changes-summary .pill").first.click()
        expect(page).to_have_url(its_own)
        expect(page.locator("#_pages_content")).to_have_attribute("data-dash-is-loading", "true")
        page.locator("#inventory_changes_kind input").first.dispatch_event("click")
        expect(page.locator("#inventory_changes_kind input").first).to_be_checked()
    expect(page.get_by_role("heading", level=1)).to_have_text("aws_ec2_instances")
    expect(page).to_have_url(its_own)
    page.get_by_text("Added", exact=True).click()
    expect(page).to_have_url(re.compile(r"/inventory/aws_ec2_instances\?tab=changes&kind=added$"))


def test_the_search_is_usable_from_the_keyboard(page: Page):
    visit(page, "/inventory", ".figure-value")
    expect(figure_of(page, "Resources")).to_have_text("85")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Find pages")
    expect(box).to_be_focused()
    with holding(page):
        with page.expect_request(lambda request: '"web-09"' in (request.post_data or "")):
            box.press_sequentially("web-09")
        box.press("Escape")
    # who has turned away is not followed by an answer
    expect(page.locator(".search-option").first).to_be_attached()
    expect(page.locator(".search-results")).to_be_hidden()
    box.fill("web-0903")
    expect(page.locator(".search-option")).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".search-group")).to_have_text("google.compute.disks")
    page.keyboard.press("ArrowDown")
    expect(page.locator('.search-option[aria-selected="true"]')).to_have_count(1)
    assert serious(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inventory/google_disks\?key=i-0903"))
    expect(page.get_by_role("heading", level=1)).to_have_text("web-0903")
    expect(page.locator(".search-results")).to_be_hidden()


def test_one_box_finds_and_does_everything_and_keys_lead_to_pages(page: Page):
    visit(page, "/inventory", ".figure-value")
    expect(figure_of(page, "Resources")).to_have_text("85")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find pages")
    expect(box).to_be_focused()
    # before anything is typed it offers pages and actions
    expect(page.locator(".search-group")).to_have_text(["Pages", "Actions"])
    # an answer that comes after that to a newer text is dropped
    with holding(page, about='"value":"prov"') as late:
        box.fill("prov")
        late.wait()
        box.fill("sched")
        expect(page.locator(".search-option").first).to_contain_text("Schedules")
        with page.expect_response(lambda one: '"value":"prov"' in (one.request.post_data or "")) as answered:
            late.release()
        answered.value.finished()
    expect(page.locator(".search-option").first).to_contain_text("Schedules")
    expect(page.locator(".search-option", has_text="Providers")).to_have_count(0)
    box.fill("")
    box.press_sequentially("new query")
    expect(page.locator(".search-option")).to_have_count(1)
    with holding(page, about='"ide_open.data"') as opening:
        box.press("Enter")
        opening.wait()
        expect(page).to_have_url(re.compile("/ide$"))
        expect(page.locator("#ide_editor_ace textarea, .ace_text-input").first).to_be_focused()
        # the editor has a use of its own for letters, and none for Ctrl+K
        page.keyboard.type("g i ? /")
        page.keyboard.press("Control+k")
        expect(box).to_be_focused()
    # who searches when the new query comes goes on searching
    expect(page.locator(".ide-tab")).to_have_count(2)
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    box.press_sequentially("light and dark")
    theme = page.locator("html").get_attribute("data-bs-theme")
    expect(page.locator(".search-option")).to_have_count(1)
    box.press("Enter")
    expect(page.locator("html")).not_to_have_attribute("data-bs-theme", theme or "")
    for key, place in (("s", "/schedules"), ("p", "/providers"), ("c", "view=changes"), ("i", "/inventory")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(place) + "$"))
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    expect(keys).to_contain_text("Go to Schedules")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("/inventory$"))


def test_resources_are_narrowed_by_facets_by_text_and_by_a_view_of_ones_own(
    filled, open_page: Callable[..., Page]
):
    page = open_page()
    page.goto("/inventory?view=resources")
    total, find = page.locator(".grid-total"), page.locator("#inventory_assets_find")
    expect(total).to_have_text("85 rows")
    regions = page.get_by_role("group", name="Region", exact=True)
    expect(regions.locator(".facet-option")).to_have_text(["us-east-155", "europe-west130"])
    regions.get_by_role("button", name="europe-west1").click()
    # the facet writes into the search, and the address has it
    expect(find).to_have_value("region:europe-west1")
    expect(total).to_have_text("30 of 85 rows")
    expect(page).to_have_url(re.compile("find=region%3Aeurope-west1$"))
    expect(regions.get_by_role("button", name="europe-west1")).to_have_attribute("aria-pressed", "true")
    # and the search checks the facets
    find.fill("type:disk -tag:owner=payments colour:red")
    expect(page.get_by_text("“colour” is no filter")).to_be_visible()
    expect(total).to_have_text("0 of 85 rows")
    find.fill("type:disk tag:owner=payments")
    expect(
        page.get_by_role("group", name="Tag owner").get_by_role("button", name="payments")
    ).to_have_attribute("aria-pressed", "true")
    expect(total).not_to_have_text("0 of 85 rows")
    fitting = total.text_content()
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save what the search asks for now").fill("My team")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Begin with this view").click()
    expect(page.get_by_role("button", name="Begin with all resources")).to_be_visible()
    page.keyboard.press("Escape")
    # who opens the resources begins with the view, and finds all of them
    page.goto("/inventory?view=resources")
    expect(find).to_have_value("type:disk tag:owner=payments")
    expect(total).to_have_text(re.compile("^" + (fitting or "").split(" ")[0] + " "))
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="All resources").click()
    expect(total).to_have_text("85 rows")
    assert serious(page) == []


def test_an_engineer_makes_a_view(filled, open_page: Callable[..., Page]):
    page = open_page()
    page.goto("/inventory/aws_ec2_instances?tab=source")
    expect(page.locator(".view-preview")).to_contain_text("55 rows")
    page.get_by_label("state", exact=True).check()
    expect(page.locator(".view-preview")).to_contain_text("2 rows, 2 columns")
    page.get_by_role("button", name="Create the view").click()
    expect(page.get_by_text("aws_ec2_instances_mv is ready")).to_be_visible()
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("aws_ec2_instances_mv was refreshed")).to_be_visible()


def test_nothing_yet_and_both_themes_without_a_fault(open_page: Callable[..., Page], engine):
    page = open_page()
    page.goto("/")
    expect(page.get_by_text("Nothing is in the inventory yet")).to_be_visible()
    page.get_by_role("button", name="Switch between light and dark").click()
    load(engine, "t", {"": instances(3)}, NOW)
    page.goto("/inventory?view=resources")
    expect(page.locator(".grid-total")).to_have_text("3 rows")


def test_axe_finds_nothing_serious(page: Page):
    found = {}
    for path, ready in (
        ("/", ".tables-table"),
        ("/inventory/aws_ec2_instances", ".ag-row"),
        ("/inventory?view=changes", ".change"),
        ("/inventory/aws_ec2_instances?tab=columns", ".profile-table"),
        ("/inventory/aws_ec2_instances?tab=charts", ".chart-gallery"),
        ("/inventory/aws_ec2_instances?tab=coverage", ".table-content table"),
        ("/inventory/aws_ec2_instances?asof=2001-01-01", ".table-content .note"),
        ("/inventory/nothing_of_this_name", ".not-there"),
        ("/inventory/aws_ec2_instances?tab=source", ".make-view"),
    ):
        visit(page, path, ready)
        found[path] = serious(page)
    # what is still shown while another tab is on its way is still read
    with holding(page, about='...inventory_table_content.children.."') as held:
        page.get_by_role("tab", name="Columns").click()
        held.wait()
        found["on its way"] = serious(page)
    # the overview's charts, dark, and while they are dimmed
    page.emulate_media(color_scheme="dark")
    visit(page, "/inventory", ".place-time polygon")
    page.locator(".place-small").last.scroll_into_view_if_needed()
    expect(page.locator(".ages .dot")).to_have_count(2)
    found["dark"] = serious(page)
    with holding(page, about=DRAWING) as held:
        page.get_by_label("Provider").select_option("google")
        held.wait()
        expect(page.locator(".fragment[aria-busy]").first).to_be_visible()
        found["dimmed"] = serious(page)
    assert not any(found.values()), found
    # at 200 % nothing is beyond the edge
    page.set_viewport_size({"width": 720, "height": 450})
    assert beyond_the_edge(page) == []
