"""Real parts for every test: one embedded Postgres and one Chromium a session, a fresh database a test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from fakes.databases import TEMPLATE, fresh_database, with_database
from hypothesis import settings

from app.embedded import EmbeddedPostgres
from inventory_runner.platform import database
from inventory_runner.settings import read
from services.users import NOBODY, SYSTEM, act_as

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# a test says what is true, not how quick this machine is
settings.register_profile("suite", deadline=None, max_examples=40)
settings.load_profile("suite")

# nothing of the developer's own environment may leak into a test
for name in list(os.environ):
    if name.startswith(
        ("DATABRICKS_", "LAKEBASE_", "PG", "ANTHROPIC_", "STACKQL_", "INVENTORY_ENGINE", "DATABASE_URL")
    ):
        del os.environ[name]


# what three sessions at once may need of memory for their databases; Postgres keeps up to 1 GB of its log
MEMORY_BYTES = 6 * 1024**3

# modules that start programs or compute for seconds, for `dev.py test quick`; its --durations=20 finds the next one
SLOW = (
    "app/test_local.py", "infra/test_bundle.py", "infra/test_check.py", "runner/command/",
    "runner/engines/sample_cloud/", "runner/engines/test_paging.py", "runner/engines/test_pieces.py",
    "runner/engines/test_pool.py", "runner/engines/test_stackql.py", "runner/platform/test_secrets.py",
    "runner/sql/test_missing_clause.py", "runner/sql/test_statement.py", "runner/test_wheel.py",
    "runner/times/test_quartz.py", "services/ai_service/", "services/test_starter.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    # of long files none is left for the end, when only one process would have something to do
    items.sort(key=lambda item: here / "browser" not in item.path.parents)
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if str(item.path.relative_to(here)).startswith(SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what passed, or failed, only with a second try: it hides a race in the test or in the product."""
    if again := terminalreporter.stats.get("rerun"):
        terminalreporter.section("needed a second try")
        for report in again:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = str(crash.message).splitlines()[0] if crash else ""
            terminalreporter.line(f"needed a second try: {report.nodeid} {why}".rstrip())


def find_memory() -> str | None:
    """A folder in memory with room for a session's databases; None where there is none: then the disk has to do.

    A database that is made and dropped for a test costs 0.02 s of processor time there, and 0.14 s on a disk: it is
    some 300 files.
    """
    memory = Path("/dev/shm")
    try:
        room = shutil.disk_usage(memory).free
    except OSError:
        return None
    return str(memory) if room >= MEMORY_BYTES and os.access(memory, os.W_OK) else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running embedded Postgres whose database `template` has the schema."""
    # a short path outside the repository: a Unix socket's path ends at 107 characters
    folder = Path(tempfile.mkdtemp(prefix="inv-", dir=find_memory()))
    folder.chmod(0o755)
    os.environ["INVENTORY_DATA_DIR"] = str(folder)
    server = EmbeddedPostgres(folder)
    url = server.start()
    admin = database.create_engine(database.find_target(read(database_url=url)), pooled=False)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {TEMPLATE}")
    prepared = database.create_engine(
        database.find_target(read(database_url=with_database(url, TEMPLATE))), pooled=False
    )
    database.init_db(prepared)
    yield url
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, from INVENTORY_CHROMIUM or the system, else Playwright's own."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("INVENTORY_CHROMIUM") or shutil.which("chromium") or None
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture
def database_url(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh database with the schema; DATABASE_URL names it, for child processes too."""
    with fresh_database(postgres) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """A SQLAlchemy engine on the fresh database."""
    made = database.create_engine(database.find_target(read(database_url=database_url)))
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    """Every test begins as nobody: a request of another test's may have left its user behind."""
    with act_as(NOBODY):
        yield


@pytest.fixture
def as_engineer() -> Iterator[None]:
    """The test acts as an engineer named `system`."""
    with act_as(SYSTEM):
        yield
