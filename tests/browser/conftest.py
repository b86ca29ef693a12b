"""The real app in a real Chromium: one server and one empty database a test, or one of both for a file's tests."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# as app/start.py does: half of it, while another thread imports it, breaks what Plotly writes
import pandas  # noqa: F401
import pytest
from fakes.databases import fresh_database
from fakes.serving import serving
from fakes.visiting import visit
from fakes.waiting import PATIENCE_MS
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from inventory_runner import engines
from inventory_runner.contract import Engine
from inventory_runner.settings import read
from services import Services

# the browser's own note about an answer that a test asked for, such as a refused statement
EXPECTED = "Failed to load resource"
VIEWPORT = {"width": 1440, "height": 900}
FAILED = pytest.StashKey[bool]()
CLOSE_AND_FORGET = """() => {
    document.querySelectorAll("dialog[open]").forEach(one => one.close());
    document.querySelectorAll(":popover-open").forEach(one => one.hidePopover());
    sessionStorage.clear();
    localStorage.clear();
}"""

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            # on a busy machine a browser may miss a beat: it gets one more try, which the summary names
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def sample_engine() -> Iterator[Engine]:
    """The sample cloud, its worker processes started once."""
    engine = engines.create(read(inventory_engine="sample"))
    yield engine
    engine.close()


def build(sample_engine: Engine, patch: pytest.MonkeyPatch) -> Services:
    """The services on the database that DATABASE_URL names, and the sample cloud."""
    patch.setenv("INVENTORY_ENGINE", "sample")
    built = build_services(read_settings(inventory_engine="sample"))
    built.engine._made = sample_engine
    return built


@contextmanager
def serve(services: Services) -> Iterator[str]:
    """The app's address; it is served from a thread of the test until the block ends."""
    with serving(create_app(read_settings(inventory_engine="sample"), services).server) as address:
        yield address
    services.db.engine.dispose()


class Pages:
    """Makes pages in contexts of their own and hears what their consoles say.

    problems: the errors of consoles and the uncaught ones, in words.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.kept: Page | None = None

    def open(self, *, context: BrowserContext | None = None, **options: Any) -> Page:
        """A page, 1440 x 900 unless options of Playwright's contexts say otherwise; in a given context or a new one."""
        if context is None:
            settings = {"viewport": VIEWPORT, "accept_downloads": True, **options}
            context = self._browser.new_context(base_url=self._address, **settings)
            context.set_default_timeout(PATIENCE_MS)
            self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.problems.append(f"page: {error}"))
        return page

    def close(self) -> None:
        while self._contexts:
            self._contexts.pop().close()
        self.kept = None

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and EXPECTED not in message.text:
            self.problems.append(f"console: {message.text}")


@pytest.fixture
def services(database_url: str, sample_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The services of the served app, on the test's own database and the sample cloud."""
    return build(sample_engine, monkeypatch)


@pytest.fixture
def served(services: Services) -> Iterator[str]:
    """The app's address."""
    with serve(services) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Makes pages in contexts of their own; a console error or an uncaught one in any fails the test at its end."""
    pages = Pages(browser, served)
    yield pages.open
    pages.close()
    assert not pages.problems, "\n".join(pages.problems)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page of a fresh context, 1440 x 900."""
    return open_page()


@pytest.fixture(scope="module")
def shared_services(postgres: str, sample_engine: Engine) -> Iterator[Services]:
    """As `services`, on a database for all tests of the file that ask for it: none may change what another reads."""
    with pytest.MonkeyPatch.context() as patch, fresh_database(postgres) as url:
        patch.setenv("DATABASE_URL", url)
        yield build(sample_engine, patch)


@pytest.fixture(scope="module")
def shared_pages(browser: Browser, shared_services: Services) -> Iterator[Pages]:
    with serve(shared_services) as address:
        pages = Pages(browser, address)
        yield pages
        pages.close()


@pytest.fixture
def shared_page(shared_pages: Pages, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The one open page of the file's tests, which costs a fraction of a page of one's own.

    It stands on the providers, as wide and as light as a fresh one, and remembers nothing. After a failure the next
    test has a new page.
    """
    if shared_pages.kept is None:
        shared_pages.kept = shared_pages.open()
        shared_pages.kept.goto("/providers")
        expect(shared_pages.kept.locator(".page-title")).to_be_visible()
    page = shared_pages.kept
    yield page
    problems = [shared_pages.problems.pop() for _ in list(shared_pages.problems)]
    if problems or request.node.stash.get(FAILED, False):
        shared_pages.close()
    else:
        leave(page)
    assert not problems, "\n".join(problems)


def leave(page: Page) -> None:
    """Make the page what it was before the test."""
    if page.locator(".modal.show").count():
        page.locator(".modal.show .btn-close").first.click()
        expect(page.locator(".modal.show")).to_have_count(0)
    page.set_viewport_size(VIEWPORT)
    page.emulate_media(media="null", color_scheme="null")
    page.context.clear_permissions()
    if urlsplit(page.url).path != "/providers":
        visit(page, "/providers", ".page-title")
    page.evaluate(CLOSE_AND_FORGET)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
