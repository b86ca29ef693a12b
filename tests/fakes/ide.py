"""What the IDE's browser tests do again and again."""

from __future__ import annotations

import json
import re

from fakes.visiting import visit
from fakes.waiting import until
from playwright.sync_api import Locator, Page, expect

# a notice goes after seconds, in which a busy machine may not have looked
KEEP_NOTICES = """() => {
    window.noticed = [];
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
        if (node.classList && node.classList.contains("ide-toast")) { window.noticed.push(node.textContent); }
    }))).observe(document.body, { childList: true, subtree: true });
}"""

# by the middle button, as one may; the last leaves a new one behind
CLOSE_TABS = """() => ide.tabs.all().slice().forEach(() => document.querySelector(".ide-tab")
    .dispatchEvent(new MouseEvent("auxclick", { button: 1, bubbles: true })))"""


def opened(page: Page, address: str = "/ide") -> Page:
    """Open the IDE and wait for its editor and its tabs."""
    page.goto(address)
    expect(page.locator("#ide_editor")).to_have_attribute("data-ready", "true")
    expect(page.locator(".ide-tab.active")).to_be_visible()
    page.evaluate(KEEP_NOTICES)
    return page


def emptied(page: Page) -> Page:
    """Show the IDE in a page that is open on another one, with one empty tab and no other."""
    visit(page, "/ide", "#ide_editor[data-ready=true]")
    expect(page.locator(".ide-tab.active")).to_be_visible()
    page.evaluate(CLOSE_TABS)
    expect(page.locator(".ide-tab")).to_have_text([re.compile("Query 1")])
    page.evaluate(KEEP_NOTICES)
    return page


def noticed(page: Page, words: str) -> None:
    """Wait for a notice with these words, since the page was opened."""
    until(page, f"window.noticed.some(text => text.includes({json.dumps(words)}))")


def write(page: Page, text: str) -> None:
    """Put a text in place of the editor's."""
    page.locator("#ide_editor .ace_content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def run(page: Page) -> None:
    page.locator("#ide_editor .ace_text-input").focus()
    page.keyboard.press("ControlOrMeta+Enter")


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
