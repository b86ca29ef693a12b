"""The real app in a real Chromium: one server and one empty database a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

# as app/start.py does: half of it, while another thread imports it, breaks what Plotly writes
import pandas  # noqa: F401
import pytest
from fakes.serving import serving
from fakes.waiting import PATIENCE_MS
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from inventory_runner import engines
from inventory_runner.contract import Engine
from inventory_runner.settings import read
from services import Services

# the browser's own note about an answer that a test asked for, such as a refused statement
EXPECTED = "Failed to load resource"

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


@pytest.fixture
def services(database_url: str, sample_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The services of the served app, on the test's own database and the sample cloud."""
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    built = build_services(read_settings(inventory_engine="sample"))
    built.engine._made = sample_engine
    return built


@pytest.fixture
def served(services: Services) -> Iterator[str]:
    """The app's address; it is served from a thread of the test."""
    with serving(create_app(read_settings(inventory_engine="sample"), services).server) as address:
        yield address
    services.db.engine.dispose()


@pytest.fixture
def open_page(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Makes pages in contexts of their own; a console error or an uncaught one in any fails the test at its end."""
    contexts, problems = [], []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and EXPECTED not in message.text:
            problems.append(f"console: {message.text}")

    def make(*, context: object = None, **options: object) -> Page:
        if context is None:
            settings = {"viewport": {"width": 1440, "height": 900}, "accept_downloads": True, **options}
            context = browser.new_context(base_url=served, **settings)
            context.set_default_timeout(PATIENCE_MS)
            contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: problems.append(f"page: {error}"))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page of a fresh context, 1440 x 900."""
    return open_page()
