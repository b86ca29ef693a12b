"""The grid that every page shares: blocks, widths, sorting, search and the dialog of a JSON cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import dash
import flask
import pytest
from dash import dcc, html
from fakes.serving import serving
from fakes.waiting import PATIENCE_MS, wait_until
from flask_bootstrap import Bootstrap5
from playwright.sync_api import Browser, Page, expect

from app import libraries
from app.api.answers import answer_errors
from app.api.requests import read_json_body
from app.main import write_index
from layouts.components.grid import BLOCK_ROWS, GridColumn, infinite_grid, kept_grid
from services.models.coverage import COUNTED
from services.models.windows import fit_rows

ROWS = [
    {
        "name": f"row {n:05d}",
        "size": (n * 7919) % 10_000,
        "a.b": None if n % 3 else "x",
        "doc": json.dumps({"n": n + 2**64 if n == 4 else n, **({"long": "x" * 30_000} if n == 5 else {})}),
        "open": n % 2 == 0,
        "attached": str(1 - n % 2),
        "copies": 1 - n % 2,
    }
    for n in range(5_000)
]


@pytest.fixture
def grid_app() -> Iterator[tuple[str, list[dict]]]:
    """A page with nothing but a grid over 5,000 rows; yields its address and the requests it has had."""
    asked: list[dict] = []
    server = flask.Flask("grid_app")
    # style.css imports it
    Bootstrap5(server)
    app = dash.Dash(
        "grid_app", server=server, assets_folder="app/assets", index_string=write_index(), serve_locally=True
    )
    libraries.install(app)
    columns = [
        GridColumn("name"),
        GridColumn("size", "number"),
        GridColumn("a.b"),
        GridColumn("doc", "json"),
        GridColumn("open", "boolean"),
        GridColumn("attached", "boolean"),
        GridColumn("copies", "number"),
    ]
    app.layout = html.Div(
        [
            dcc.Input(id="words"),
            html.Div(
                infinite_grid("rows", columns, "/rows", COUNTED, search_input="words"),
                style={"height": "600px"},
            ),
            kept_grid(),
        ]
    )

    @server.post("/rows")
    @answer_errors
    def _rows() -> dict:
        body = read_json_body()
        asked.append(dict(body))
        rows = [row for row in ROWS if body["search"] in row["name"]]
        for one in body["sort"]:
            rows = sorted(rows, key=lambda row: row[one["column"]], reverse=one["descending"])
        window = [dict(row) for row in rows[body["start"] : body["end"]]]
        # as if these rows were long
        taken, cut = fit_rows(window[:3] if body["search"] == "0043" else window, 7, body.get("whole", ""))
        return {"rows": taken, "total": len(rows), "cut": cut}

    with serving(server) as address:
        yield address, asked


@pytest.fixture
def grid_page(browser: Browser, grid_app: tuple[str, list[dict]]) -> Iterator[Callable[[], Page]]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(grid_app[0])
    yield page
    context.close()
    assert not problems


def cell(page: Page, row: int, column: str):
    return page.locator(f'.ag-row[row-index="{row}"] [col-id="{column}"]')


def test_rows_come_in_blocks_and_sort_on_the_server(
    grid_page: Page, grid_app: tuple[str, list[dict]]
) -> None:
    expect(cell(grid_page, 0, "name")).to_have_text("row 00000")
    for row in (5, 0):
        # what one cannot read whole is told, of a long cell its beginning
        long = cell(grid_page, row, "doc")
        long.hover()
        written = long.inner_text()
        expect(long).to_have_attribute("title", written[:600] if len(written) > 30 else "")
    # else the component takes its own word of an order for its page's, and gives the grid the one before back
    assert grid_page.evaluate("dash_ag_grid.AgGrid.dashRenderType")
    expect(cell(grid_page, 1, "a\\.b")).to_have_text("–")
    # what is known to be a yes or no is read as that, however it is written; a number stays one
    for row, said, number in ((0, "yes", "1"), (1, "no", "0")):
        expect(cell(grid_page, row, "open")).to_have_text(said)
        expect(cell(grid_page, row, "attached")).to_have_text(said)
        expect(cell(grid_page, row, "copies")).to_have_text(number)
    expect(grid_page.locator(".grid-total")).to_have_text("5,000 rows")
    grid_page.locator('.ag-header-cell[col-id="size"]').click()
    smallest = sorted(row["size"] for row in ROWS)
    expect(cell(grid_page, 1, "size")).to_have_text(str(smallest[1]))
    expect(cell(grid_page, 0, "size")).to_have_text(str(smallest[0]))
    assert grid_app[1][-1]["sort"] == [{"column": "size", "descending": False}]
    assert all(request["end"] - request["start"] == BLOCK_ROWS for request in grid_app[1])


def test_search_says_how_many_of_how_many_and_fills_short_blocks(
    grid_page: Page, grid_app: tuple[str, list[dict]]
) -> None:
    expect(cell(grid_page, 0, "name")).to_have_text("row 00000")
    grid_page.locator("#words").fill("0042")
    # which is read out
    expect(grid_page.get_by_role("status")).to_have_text("11 of 5,000 rows")
    # a block that came with fewer rows than were asked for is filled
    grid_page.locator("#words").fill("0043")
    expect(grid_page.get_by_role("status")).to_have_text("11 of 5,000 rows")
    expect(cell(grid_page, 10, "name")).to_have_text("row 00439")
    assert [one["start"] for one in grid_app[1] if one["search"] == "0043"] == [0, 3, 6, 9]
    grid_page.locator("#words").fill("nothing like this")
    expect(grid_page.locator(".grid-message")).to_have_text("No rows match.")


def test_a_json_cell_opens_formatted_and_whole(grid_page: Page, grid_app: tuple[str, list[dict]]) -> None:
    cell(grid_page, 3, "doc").click()
    expect(grid_page.locator("#cell_dialog pre")).to_have_text('{\n  "n": 3\n}')
    grid_page.keyboard.press("Escape")
    expect(grid_page.locator("#cell_dialog")).to_be_hidden()
    # a browser's own parser would make 18446744073709552000 of it
    cell(grid_page, 4, "doc").click()
    expect(grid_page.locator("#cell_dialog pre")).to_have_text('{\n  "n": 18446744073709551620\n}')
    grid_page.keyboard.press("Escape")
    # what its block has cut is asked for, alone
    cell(grid_page, 5, "doc").click()
    expect(grid_page.locator("#cell_dialog pre")).to_have_text(
        json.dumps({"n": 5, "long": "x" * 30_000}, indent=2)
    )
    asked = grid_app[1][-1]
    assert (asked["start"], asked["end"], asked["whole"]) == (5, 6, "doc")


def test_a_cell_offers_filters_and_copies(grid_page: Page, grid_app: tuple[str, list[dict]]) -> None:
    grid_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = grid_page.locator(".cell-menu")

    def choose(row: int, column: str, entry: str) -> None:
        cell(grid_page, row, column).click(button="right")
        menu.get_by_role("menuitem", name=entry, exact=True).click()
        expect(menu).to_have_count(0)

    def copied() -> str:
        text: str = grid_page.evaluate("navigator.clipboard.readText()")
        return text

    cell(grid_page, 2, "name").click()
    cell(grid_page, 4, "name").click(modifiers=["Shift"])
    choose(3, "size", "Copy size as SQL IN (…)")
    expect(grid_page.get_by_text("The list copied.")).to_be_visible()
    assert copied() == f"IN ({', '.join(str(ROWS[n]['size']) for n in (2, 3, 4))})"
    choose(3, "name", "Copy 3 rows with heads")
    assert [line.split("\t")[0] for line in copied().splitlines()] == [
        "name",
        *(ROWS[n]["name"] for n in (2, 3, 4)),
    ]
    # a cell of another row is copied alone
    choose(0, "name", "Copy the row as Markdown")
    assert copied().splitlines()[0] == "| name | size | a.b | doc | open | attached | copies |"
    # by the keyboard, and by the button of the cell that has the focus
    cell(grid_page, 1, "name").click()
    grid_page.keyboard.press("Shift+F10")
    expect(menu.get_by_role("menuitem", name="Filter by this value")).to_be_focused()
    grid_page.keyboard.press("Escape")
    cell(grid_page, 1, "open").click()
    cell(grid_page, 1, "open").get_by_label("What to do with this cell").click()
    menu.get_by_role("menuitem", name="Leave this value out").click()
    wait_until(
        lambda: (
            grid_app[1][-1]["filters"]
            == {"open": {"filterType": "text", "type": "notEqual", "filter": "false"}}
        )
    )
    choose(0, "size", "Filter by this value")
    wait_until(
        lambda: (
            grid_app[1][-1]["filters"].get("size") == {"filterType": "number", "type": "equals", "filter": 0}
        )
    )
