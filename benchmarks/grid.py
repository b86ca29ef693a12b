"""The IDE's result grid in Chromium: 100,000 rows x 20 columns of text, 600 bytes a row.

The app runs in a process of its own, with an engine that has the table ready; everything after the engine is the
product. `first_paint_ms` runs from the moment at which the result is ready on the server to the first row's paint,
`sort_ms` from the click on a column's head to the paint of the row that is then the first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks._database import start_server
from benchmarks._serving import open_browser, serve_apart

ROWS, COLUMNS, CELL_BYTES = 100_000, 20, 30

# notes when a row of a grid shows a text, and keeps looking for the next grid
WATCH = """
window.painted = [];
window.waiting = [];
// what the browser was told to do before it clicked is no part of the click
document.addEventListener("click", (event) => { window.clickedAt = performance.timeOrigin + event.timeStamp; }, true);
// asking again and again would be work for the thread that paints
window.paintedAt = (count) => new Promise((resolve, reject) => {
    window.waiting.push({ count: count, resolve: resolve });
    window.answer();
    setTimeout(() => reject(new Error("no row was painted")), 30000);
});
window.answer = () => {
    const done = window.painted.filter((entry) => entry.at);
    window.waiting.forEach((one) => { if (done.length >= one.count) { one.resolve(done[one.count - 1].at); } });
};
new MutationObserver(() => {
    const cell = document.querySelector('.ag-row[row-index="0"] [col-id="c00"]');
    const text = cell && cell.textContent;
    if (text && (!window.painted.length || window.painted.at(-1).text !== text)) {
        const entry = { text: text, at: 0 };
        window.painted.push(entry);
        const paint = () => { entry.at = performance.timeOrigin + performance.now(); window.answer(); };
        requestAnimationFrame(() => requestAnimationFrame(paint));
    }
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rounds", type=int, default=5)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds. `wire_kb` counts what reached the browser after the result was ready."""
    from playwright.sync_api import sync_playwright

    with start_server() as database, serve_apart("grid") as address, sync_playwright() as playwright:
        browser = open_browser(playwright)
        rounds = [_round(browser, address, database.folder, n) for n in range(options.rounds + 1)]
        browser.close()
    # the first round fills the browser's and the server's caches
    return {name: round(statistics.median(one[name] for one in rounds[1:]), 1) for name in rounds[0]}


def _round(browser: Any, address: str, folder: Path, number: int) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{address}/ide")
    page.wait_for_selector("#ide_editor[data-ready]")
    page.wait_for_selector(".ide-tab.active")
    page.wait_for_load_state("networkidle")
    sizes: list[tuple[float, int]] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on(
        "Network.loadingFinished", lambda event: sizes.append((time.time(), event["encodedDataLength"]))
    )
    page.locator("#ide_editor .ace_content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(f"SELECT {number}")
    page.locator("#ide_row_limit").select_option("1000000")
    page.keyboard.press("Escape")
    page.locator("#ide_run").click()
    painted = _wait_for_painted(page, 1)
    page.wait_for_timeout(300)
    id = page.evaluate("() => ide.tabs.active().run.id")
    ready = json.loads((folder / "queries" / id / "state.json").read_bytes())["finished_at"]
    wire = sum(size for at, size in sizes if at >= ready)
    page.locator('.ag-header-cell[col-id="c00"]').click()
    sorted_at = _wait_for_painted(page, 2)
    begun = page.evaluate("() => window.clickedAt")
    context.close()
    return {"first_paint_ms": painted - ready * 1000, "wire_kb": wire / 1000, "sort_ms": sorted_at - begun}


def _wait_for_painted(page: Any, count: int) -> float:
    """The moment at which the count-th first row was painted, in milliseconds since 1970."""
    return float(page.evaluate("(count) => window.paintedAt(count)", count))


def serve() -> None:
    """The app with an engine that answers everything with the table; prints its address."""
    import logging
    import random

    import pyarrow as pa
    from fakes.engine import ScriptedEngine  # type: ignore[import-not-found]
    from werkzeug.serving import make_server

    from app.main import create_app
    from app.settings import read_settings
    from app.start import build_services
    from inventory_runner.contract import QueryResult

    logging.disable(logging.INFO)
    dice = random.Random(7)  # the same table every time
    words = [
        f"{dice.getrandbits(4 * (CELL_BYTES - 6)):0{CELL_BYTES - 6}x}"[: CELL_BYTES - 6] for _ in range(5_000)
    ]
    table = pa.table(
        {
            f"c{column:02d}": [
                f"{dice.randrange(10**5):05d}-{words[(row * 7 + column) % 5_000]}" for row in range(ROWS)
            ]
            for column in range(COLUMNS)
        }
    )
    settings = read_settings()
    services = build_services(settings)
    services.engine._made = ScriptedEngine(name="sample", answers={"": [QueryResult(table)]})
    served = make_server("127.0.0.1", 0, create_app(settings, services).server, threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{served.server_port}\n")
    sys.stdout.flush()
    served.serve_forever()
