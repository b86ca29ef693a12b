"""Requests that a slow connection holds back, so that a test may act before their answers come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fakes.waiting import wait_until
from playwright.sync_api import Page, Route

CALLBACKS = "**/_dash-update-component*"


class Held:
    """The requests that are held, oldest first."""

    def __init__(self, page: Page, about: str) -> None:
        self._page, self._about = page, about
        self._routes: list[Route] = []
        self._holds = True

    def take(self, route: Route) -> None:
        if self._holds and self._about in (route.request.post_data or ""):
            self._routes.append(route)
        else:
            route.continue_()

    def wait(self) -> None:
        """Until a request is held; looking at the page lets Playwright tell of it."""
        wait_until(lambda: self._page.evaluate("true") and self._routes, "a request is held")

    def release(self) -> None:
        """Let those that are held go on, and hold the next ones."""
        while self._routes:
            self._routes.pop(0).continue_()

    def end(self) -> None:
        # what comes while these go on must not be caught
        self._holds = False
        self.release()


@contextmanager
def holding(page: Page, address: str = CALLBACKS, about: str = "") -> Iterator[Held]:
    """Hold the requests to `address` whose body has `about` in it, until the block ends."""
    held = Held(page, about)
    page.route(address, held.take)
    try:
        yield held
    finally:
        held.end()
        page.unroute(address, held.take)
