"""What keeps people out of a page, as axe finds it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from fakes.waiting import until
from playwright.sync_api import Page, expect

# what fades in, or fades out while the page is on its way, has another contrast meanwhile
STILL = """document.getAnimations().every(
    one => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""

BEYOND = """() => [...document.querySelectorAll(":is(.list-scroll, .runs-scroll, .table-scroll, .wide-scroll)")]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.className)"""


def beyond_the_edge(page: Page) -> list[str]:
    """The lists of the page that one would have to scroll sideways."""
    found: list[str] = page.evaluate(BEYOND)
    return found


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it stands, once nothing on it moves."""
    expect(page.locator("#_pages_content[data-dash-is-loading]")).to_have_count(0)
    until(page, STILL)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def serious_in_both_themes(page: Page) -> dict[str, list[str]]:
    """What axe finds on the page as it stands, light and dark: the theme follows the system's where none is chosen."""
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        found[scheme] = serious(page)
    page.emulate_media(color_scheme="light")
    return {scheme: faults for scheme, faults in found.items() if faults}
