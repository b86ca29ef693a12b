"""From page to page in one browser page, as a link does it: a fraction of what loading everything again costs."""

from __future__ import annotations

from playwright.sync_api import Page, expect

VISIT = """path => {
    document.querySelector("#_pages_content > *").dataset.left = "true";
    app.visit(path);
}"""


def visit(page: Page, path: str, ready: str) -> None:
    """Go to a path of the open app, and wait until what was there is gone and `ready`, a selector, is shown."""
    page.evaluate(VISIT, path)
    expect(page.locator("[data-left]")).to_have_count(0)
    expect(page.locator(ready).first).to_be_visible()
