"""Completion in Chromium, beside a registry of 5,000 resources and 100,000 columns.

The app runs in a process of its own, with an engine that knows the names and nothing else. A page is asked for names
once, as typing asks for them; then each key is timed from the moment at which the browser hands it to the page to the
frame that shows the list. `tests/fakes/positions.py` has the places, and what is wanted there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks._database import start_server
from benchmarks._serving import open_browser, serve_apart

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fakes.positions import (  # noqa: E402
    INVENTORY_RIGHT,
    INVENTORY_TABLES,
    INVENTORY_WRONG,
    RIGHT,
    WRONG,
    read_right,
    read_wrong,
)
from fakes.registry import RegistryEngine  # noqa: E402

# what a page is told to do: put a text there, the cursor behind `offset` characters
PLACE = """([text, offset]) => {
    const editor = document.getElementById('ide_editor_ace').env.editor;
    if (editor.completer.activated) { editor.completer.detach(); }
    editor.session.setValue(text);
    editor.moveCursorToPosition(editor.session.doc.indexToPosition(offset));
    editor.focus();
}"""
# the list as it is in view: the inserted texts, in its order
LISTED = """() => {
    const list = document.getElementById('ide_editor_ace').env.editor.completer;
    return list.activated && list.popup.isOpen ? list.completions.filtered.map(one => one.value) : [];
}"""
# the time from a key to the frame in which its list, or its lack, was painted
WATCH = """
window.keys = [];
document.addEventListener("keydown", event => {
    const entry = { key: event.key, began: event.timeStamp, took: 0, listed: false };
    window.keys.push(entry);
    requestAnimationFrame(() => requestAnimationFrame(() => {
        const list = document.querySelector(".ace_autocomplete");
        entry.listed = !!list && list.style.display !== "none" && !!list.querySelector(".ace_line");
        entry.took = performance.now() - entry.began;
    }));
}, true);
"""
KNOWN = """async ([text, offset, source]) => {
    while (ide.completion.complete(text, offset, ide.names[source], true).waiting) {
        await new Promise(resolve => setTimeout(resolve, 5));
    }
}"""
# a word that is none, where nothing is offered: what a key costs by itself
EMPTY = "SELECT 1 AS "
EMPTY_KEYS = "qwertyuiopasdfghjklzxcvbnm" * 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--keys", type=int, default=120, help="how many keys are timed, at least 60")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The figures of all keys and places; places that missed are printed to stderr.

    offer_p95_ms: from keydown to the painted list. right_share: of the places of both sources, where what is wanted
    stands first or second. wrong_place: literals, comments and finished words at which a list came up.
    empty_key_p95_ms: a key where nothing is offered, timed alike. load: processes that want a processor, over the last
    minute.
    """
    from playwright.sync_api import sync_playwright

    missed: list[tuple[Any, ...]] = []
    misplaced: list[tuple[Any, ...]] = []
    places = tried = 0
    with start_server(), serve_apart("completion") as address, sync_playwright() as playwright:
        browser = open_browser(playwright)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(WATCH)
        page.goto(f"{address}/ide")
        page.wait_for_selector("#ide_editor[data-ready]")
        page.wait_for_selector(".ide-tab.active")
        page.wait_for_load_state("networkidle")
        for source, table, wrong_table in (
            ("inventory", INVENTORY_RIGHT, INVENTORY_WRONG),
            ("live", RIGHT, WRONG),
        ):
            words = "Live cloud" if source == "live" else "Inventory"
            page.locator("#ide_source label", has_text=words).click()
            page.wait_for_selector(f"#ide_page[data-source={source}]")
            right, wrong = read_right(table), read_wrong(wrong_table)
            for text, offset, *_ in right:
                page.evaluate(KNOWN, [text, offset, source])
            missed += [one for one in right if not _offers(page, *one)]
            misplaced += [one for one in wrong if _type(page, *one)]
            places += len(right)
            tried += len(wrong)
        offers = _time_offers(page, right, max(60, options.keys))
        empty = _time_keys(page, EMPTY, EMPTY_KEYS)
        browser.close()
    for text, offset, *wanted in (*missed, *misplaced):
        sys.stderr.write(f"{text[:offset]}|{text[offset:]}  {wanted}\n")
    return {
        "offer_p95_ms": _compute_p95(offers),
        "right_share": round(1 - len(missed) / places, 4),
        "wrong_place": len(misplaced),
        "offer_median_ms": round(statistics.median(offers), 1),
        "empty_key_p95_ms": _compute_p95(empty),
        "empty_key_median_ms": round(statistics.median(empty), 1),
        "keys": len(offers),
        "places": places,
        "wrong_places_tried": tried,
        "load": round(os.getloadavg()[0], 1),
        "processors": os.cpu_count(),
    }


def _type(page: Any, text: str, offset: int) -> list[str]:
    """What is listed after the last character before the cursor was typed."""
    page.evaluate(PLACE, [text[: offset - 1] + text[offset:], offset - 1])
    last = text[offset - 1]
    page.keyboard.press("Enter" if last == "\n" else "Space" if last == " " else last)
    return list(page.evaluate(LISTED))


def _offers(page: Any, text: str, offset: int, asked: bool, wanted: str) -> bool:
    if asked:
        page.evaluate(PLACE, [text, offset])
        page.keyboard.press("Control+Space")
        return wanted in page.evaluate(LISTED)[:2]
    return wanted in _type(page, text, offset)[:2]


def _time_offers(page: Any, right: list[tuple[str, int, bool, str]], number: int) -> list[float]:
    """Milliseconds from keydown to the painted list, of keys that brought one up."""
    times: list[float] = []
    typed = [one for one in right if not one[2]]
    while len(times) < number:
        for text, offset, *_ in typed:
            page.evaluate("() => { window.keys = []; }")
            _type(page, text, offset)
            times += [one["took"] for one in _wait_for_keys(page, 1) if one["listed"]]
            if len(times) >= number:
                break
    return times


def _time_keys(page: Any, text: str, keys: str) -> list[float]:
    page.evaluate(PLACE, [text, len(text)])
    page.evaluate("() => { window.keys = []; }")
    for number, key in enumerate(keys, 1):
        page.keyboard.press(key)
        _wait_for_keys(page, number)
    return [one["took"] for one in _wait_for_keys(page, len(keys))]


def _wait_for_keys(page: Any, number: int) -> list[dict[str, Any]]:
    """The keys, once each was painted."""
    found = page.wait_for_function(
        "number => window.keys.length >= number && window.keys.every(one => one.took) && window.keys",
        arg=number,
    )
    return list(found.json_value())


def _compute_p95(times: list[float]) -> float:
    return round(statistics.quantiles(times, n=20)[-1], 1)


def _fill_inventory(engine: sa.Engine) -> None:
    """One row with every key, of each table that the places read."""
    with engine.begin() as connection:
        for name, columns in INVENTORY_TABLES.items():
            objects = {column: keys for column, keys in columns.items() if isinstance(keys, dict)}
            values = {
                column: json.dumps({key: dict.fromkeys(below, 1) for key, below in keys.items()})
                for column, keys in objects.items()
            }
            if name == "assets":
                connection.execute(
                    sa.text(
                        "INSERT INTO stackql_app.assets (table_name, resource_key, tags, first_seen_at, changed_at)"
                        " VALUES ('t', 'k', CAST(:tags AS jsonb), now(), now())"
                    ),
                    values,
                )
            else:
                made = ", ".join(f"{column} {'jsonb' if column in objects else 'text'}" for column in columns)
                connection.execute(sa.text(f"CREATE TABLE stackql_inventory.{name} ({made})"))
                listed = ", ".join(values)
                given = ", ".join(f"CAST(:{column} AS jsonb)" for column in values)
                connection.execute(
                    sa.text(f"INSERT INTO stackql_inventory.{name} ({listed}) VALUES ({given})"), values
                )


def serve() -> None:
    """The app with an engine that knows the registry; prints its address."""
    import logging

    from werkzeug.serving import make_server

    from app.main import create_app
    from app.settings import read_settings
    from app.start import build_services

    logging.disable(logging.INFO)
    settings = read_settings()
    services = build_services(settings)
    services.engine._made = RegistryEngine(name="sample")
    _fill_inventory(services.db.engine)
    served = make_server("127.0.0.1", 0, create_app(settings, services).server, threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{served.server_port}\n")
    sys.stdout.flush()
    served.serve_forever()
