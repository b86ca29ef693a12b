"""What a person waits for after a click or a key, in Chromium: the sample cloud of 14 days, a table of 100,000 x 20.

Each time runs from the trusted input event (of a load: from the navigation's start) until the frame has been painted in
which the named state is found in the page, as a script in the page sees it (`_clicks_page.js`); waits of the product's
own count.

empty_ms: a click to a page with one list (Providers), to its title. first_figures_ms, in_view_ms: a click to the
overview, to its numbers, and to all that one sees of it. cold_in_view_ms, cold_kb: its first load in a new browser, and
what came over the wire until then. filter_ms: a provider is chosen. theme_ms: to the charts' new colours. table_ms: a
click on the table to its first row; columns_ms: on its tab of columns. chart_first_ms: on the tab of charts in a page
that was just loaded; chart_ms: once more in that page, from another tab. search_ms: from the last key of a word to what
was found. key_p95_ms: a key in 2,000 lines of the editor to the next frame. Each but cold_kb has its ratio to empty_ms,
which a busy machine moves less. A run at a load above 1.5 is
not `quiet` and proves nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks._database import start_server
from benchmarks._serving import open_browser, serve_apart
from layouts.inventory import ids
from layouts.shell import ids as shell_ids

TABLE = "benchmark_rows"
QUIET_LOAD = 1.5
QUIET_SECONDS = 180.0
LINES, KEYS = 2_000, 300
WORDS = ("aws", "azure", "google", "okta", "github")
SCRIPT = Path(__file__).parent / "_clicks_page.js"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rounds", type=int, default=15)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds, in milliseconds; see above for what each is."""
    from playwright.sync_api import sync_playwright

    from benchmarks._clicks_data import make_data

    with start_server() as database:
        make_data(database.engine)
        with serve_apart("clicks") as address, sync_playwright() as playwright:
            browser = open_browser(playwright)
            wait_for_quiet()
            load_before = os.getloadavg()[0]
            times = measure(Visitor(browser, address), options.rounds)
            load_after = os.getloadavg()[0]
            browser.close()
    figures = {name: round(value, 1) for name, value in times.items()}
    ratios = {
        f"{name.removesuffix('_ms')}_ratio": round(value / times["empty_ms"], 2)
        for name, value in times.items()
        if name.endswith("_ms") and name != "empty_ms"
    }
    return {
        **figures,
        **ratios,
        "load_1m": round(load_before, 2),
        "load_1m_after": round(load_after, 2),
        "quiet": load_before <= QUIET_LOAD,
    }


def wait_for_quiet() -> None:
    """Until the load of the last minute has passed, or three of them have: others are busy then."""
    ends = time.monotonic() + QUIET_SECONDS
    while os.getloadavg()[0] > QUIET_LOAD and time.monotonic() < ends:
        time.sleep(1)


class Visitor:
    """A person with a browser."""

    def __init__(self, browser: Any, address: str) -> None:
        self._browser, self._address = browser, address

    @contextmanager
    def open(self, path: str = "") -> Iterator[Any]:
        """A page in a new browser: nothing is kept of earlier ones. Without a path it is empty."""
        context = self._browser.new_context(viewport={"width": 1440, "height": 900}, base_url=self._address)
        page = context.new_page()
        page.add_init_script(path=SCRIPT)
        if path:
            page.goto(path)
            page.wait_for_selector("h1")
            page.wait_for_load_state("networkidle")
        yield page
        context.close()


def measure(visitor: Visitor, rounds: int) -> dict[str, float]:
    """Each figure's median; the first round, in which the server's caches are filled, is left out."""
    found: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for part in (measure_cold_load, measure_overview, measure_table):
            for name, value in part(visitor, number).items():
                found.setdefault(name, []).append(value)
    medians = {name: statistics.median(values[1:]) for name, values in found.items()}
    return {"empty_ms": medians.pop("empty_ms"), **medians, "key_p95_ms": measure_keys(visitor)}


def time_input(
    page: Any, state: str, act: Callable[[], object], given: object = None, event: str = "click"
) -> float:
    """Milliseconds from the input to the painted state; act: gives the input. given: what the state is told of."""
    page.evaluate("([state, event, given]) => clicks.expect(state, event, given)", [state, event, given])
    act()
    return float(page.evaluate("() => clicks.painted"))


def measure_cold_load(visitor: Visitor, _number: int) -> dict[str, float]:
    """The overview in a browser that was never here."""
    with visitor.open() as page:
        page.add_init_script("clicks.expect('view', 'load'); clicks.loaded = clicks.painted;")
        sizes: list[int] = []
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto("/inventory", wait_until="commit")
        painted = float(page.evaluate("() => clicks.loaded"))
        return {"cold_in_view_ms": painted, "cold_kb": sum(sizes) / 1000}


def measure_overview(visitor: Visitor, number: int) -> dict[str, float]:
    """From page to page and on the overview, in a page that has shown it before."""
    with visitor.open("/inventory") as page:
        link = page.locator(f"#{shell_ids.NAVIGATION} a")
        schedules, providers, overview = (
            link.filter(has_text=words).first for words in ("Schedules", "Providers", "Inventory")
        )
        time_input(page, "title", schedules.click, "Schedules")
        empty = time_input(page, "title", providers.click, "Providers")
        page.wait_for_load_state("networkidle")
        figures = time_input(page, "figures", overview.click, "")
        time_input(page, "title", providers.click, "Providers")
        page.wait_for_load_state("networkidle")
        view = time_input(page, "view", overview.click)
        page.wait_for_load_state("networkidle")
        choice = page.locator(f"#{ids.PROVIDER}")
        choice.focus()
        for _ in range(number % len(WORDS)):
            page.keyboard.press("ArrowDown")
        page.wait_for_load_state("networkidle")
        before = page.evaluate("() => clicks.figures()")
        filtered = time_input(page, "filtered", lambda: page.keyboard.press("ArrowDown"), before, "keydown")
        page.wait_for_load_state("networkidle")
        inks = page.evaluate("() => clicks.inks()")
        theme = time_input(page, "inks", page.locator(f"#{shell_ids.THEME_TOGGLE}").click, inks)
        page.locator(f"#{shell_ids.SEARCH_INPUT}").focus()
        word = WORDS[number % len(WORDS)]
        search = time_input(page, "found", lambda: page.keyboard.type(word), word, "keydown")
    return {
        "empty_ms": empty,
        "first_figures_ms": figures,
        "in_view_ms": view,
        "filter_ms": filtered,
        "theme_ms": theme,
        "search_ms": search,
    }


def measure_table(visitor: Visitor, _number: int) -> dict[str, float]:
    """The large table, from the list of tables."""
    with visitor.open("/inventory") as page:
        # the list is long: where it ends no click has to scroll
        page.locator(f"#{ids.TABLES_FIND}").fill(TABLE)
        link = page.locator(f'#{ids.TABLES_LIST} a[href$="/{TABLE}"]')
        link.wait_for()
        page.wait_for_load_state("networkidle")
        table = time_input(page, "row", link.click, TABLE)
        page.wait_for_load_state("networkidle")
        columns = time_input(page, "columns", page.locator('[data-tab="columns"]').click, "c19")
    with visitor.open(f"/inventory/{TABLE}") as page:
        first = time_input(page, "chart", page.locator('[data-tab="charts"]').click)
        page.wait_for_load_state("networkidle")
        page.locator('[data-tab="rows"]').click()
        page.locator(".ag-row .ag-cell").first.wait_for()
        chart = time_input(page, "chart", page.locator('[data-tab="charts"]').click)
    return {"table_ms": table, "columns_ms": columns, "chart_ms": chart, "chart_first_ms": first}


def measure_keys(visitor: Visitor) -> float:
    """The 95th percentile of the keys, in a tab of 2,000 lines."""
    with visitor.open("/ide") as page:
        page.wait_for_selector("#ide_editor[data-ready]")
        page.locator("#ide_editor .ace_content").click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(
            "\n".join(f"-- line {number} of a long statement" for number in range(LINES - 1))
        )
        page.keyboard.insert_text("\nSELECT region FROM aws.ec2.instances WHERE region = 'us-east-1' AND ")
        page.wait_for_load_state("networkidle")
        keys = page.evaluate_handle("() => clicks.keys()")
        for number in range(KEYS):
            page.keyboard.press("abcdefgh "[number % 9])
            page.evaluate(
                "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
        times = keys.json_value()
    return statistics.quantiles(times, n=20)[-1]


def serve() -> None:
    """The app with the sample cloud, its files as small as they get after a while; prints its address."""
    import logging
    import re

    from werkzeug.serving import make_server

    from app import compression
    from app.main import create_app
    from app.settings import read_settings
    from app.start import build_services, import_ahead

    logging.disable(logging.INFO)
    settings = read_settings()
    import_ahead()
    server = create_app(settings, build_services(settings)).server
    compression.squeeze_files(server, settings)
    client = server.test_client()
    files = re.findall(r'"(/[^"]+\.(?:js|css)\b[^"]*)"', client.get("/").text)
    for path in files:
        client.get(path, headers={"Accept-Encoding": "br"})
    server.extensions[compression.NAME].wait()
    served = make_server("127.0.0.1", 0, server, threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{served.server_port}\n")
    sys.stdout.flush()
    served.serve_forever()
