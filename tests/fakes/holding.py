"""Requests that a slow connection holds back, so that a test may act before their answers come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

CALLBACKS = "**/_dash-update-component*"


@contextmanager
def holding(page: Page, address: str = CALLBACKS, about: str = "") -> Iterator[list[Route]]:
    """Hold the requests to `address` whose body has `about` in it, until the block ends."""
    held: list[Route] = []

    def take(route: Route) -> None:
        if about in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route(address, take)
    try:
        yield held
    finally:
        for route in held:
            route.continue_()
        page.unroute(address, take)
