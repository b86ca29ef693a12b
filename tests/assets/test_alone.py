"""Scripts may load in any order after the root's, and a page may be left at any moment."""

from __future__ import annotations

import pytest
from fakes.scripts import ADDRESS, ASSETS, EMPTY, ROOT, SCRIPTS
from playwright.sync_api import Browser

# what happens on any page, and while it is left before all is there
EVENTS = """() => {
    for (const name of ["pointerdown", "click", "input", "change", "focusin", "keydown", "mousemove", "scroll"]) {
        document.body.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
    }
    for (const key of ["s", "Enter", "Escape", "?", "ArrowRight", "/"]) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: key === "s", bubbles: true }));
    }
    document.dispatchEvent(new Event("visibilitychange"));
    document.dispatchEvent(new CustomEvent("inventory:back"));
    for (const name of ["resize", "focus", "popstate", "pagehide"]) { window.dispatchEvent(new Event(name)); }
}"""


@pytest.mark.parametrize("name", [script.relative_to(ASSETS).as_posix() for script in SCRIPTS])
def test_a_script_needs_none_but_the_roots_while_it_loads(browser: Browser, name: str) -> None:
    problems: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.route("**/*", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
        page.goto(ADDRESS)
        for script in [*ROOT, *({ASSETS / name} - set(ROOT))]:
            page.add_script_tag(path=script)
        page.evaluate(EVENTS)
    assert problems == []
