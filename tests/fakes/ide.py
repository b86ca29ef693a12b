"""What the IDE's browser tests do again and again."""

from __future__ import annotations

import time

from playwright.sync_api import Locator, Page, expect

PATIENCE_SECONDS = 20


def opened(page: Page, address: str = "/ide") -> Page:
    """Open the IDE and wait for its editor and its tabs."""
    page.goto(address)
    expect(page.locator("#ide_editor")).to_have_attribute("data-ready", "true")
    expect(page.locator(".ide-tab.active")).to_be_visible()
    return page


def write(page: Page, text: str) -> None:
    """Put a text in place of the editor's."""
    page.locator("#ide_editor .ace_content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def run(page: Page) -> None:
    page.locator("#ide_editor .ace_text-input").focus()
    page.keyboard.press("ControlOrMeta+Enter")


def until(page: Page, condition: str) -> None:
    """Wait for a JavaScript expression to be true; the page's policy forbids Playwright's own way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(f"() => !!({condition})"):
        assert time.monotonic() < deadline, f"never true: {condition}"
        page.wait_for_timeout(20)


def idle(page: Page) -> None:
    """Wait until the tab in front runs nothing."""
    until(page, "document.getElementById('ide_page').dataset.running === 'false'")


def saved(page: Page) -> None:
    """Wait until the server has every draft."""
    until(page, "ide.tabs.all().every(tab => !tab.dirty)")


def text_of(page: Page) -> str:
    return str(page.evaluate("document.getElementById('ide_editor_ace').env.editor.getValue()"))


def cell(page: Page, row: int, column: str) -> Locator:
    return page.locator(f'.ag-row[row-index="{row}"] [col-id="{column}"]')
