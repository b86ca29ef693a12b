"""The scripts' own functions, in Chromium: an empty page that has all of them, without Dash and without the app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.scripts import ADDRESS, EMPTY, SCRIPTS
from playwright.sync_api import Browser, Page, Route


@pytest.fixture(scope="module")
def scripts(browser: Browser) -> Iterator[Page]:
    """The page. Its tests call functions that depend on nothing but their arguments."""
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/*", _empty)
        page.goto(ADDRESS)
        for script in SCRIPTS:
            page.add_script_tag(path=script)
        yield page


def _empty(route: Route) -> None:
    route.fulfill(body=EMPTY, content_type="text/html")
