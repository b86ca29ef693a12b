"""From settings to services: the one place where the app's parts are put together."""

from __future__ import annotations

import importlib
import logging

import pyarrow as pa

from app.cache import make_cache
from app.settings import Settings
from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.platform import database
from services import Services, build

log = logging.getLogger(__name__)

# people wait: after so long without an answer the database is asked whether it lives
PATIENCE_SECONDS = 4.0
# what nothing imports while the app is put together: libraries that import their parts, or others, when first used
FIRST_NEEDED = (
    "anthropic.resources.messages",
    "databricks.sdk",
    "databricks.sdk.service.jobs",
    # by the first of Anthropic's requests
    "httpcore2",
    "h11",
    "anyio",
    "opentelemetry.propagate",
    "pandas",
    "pyarrow.csv",
    "pyarrow.vendored.version",
    "sqlparse",
    "xlsxwriter",
    "services.inventory_service.export",
)


def build_services(settings: Settings) -> Services:
    """The services on the database that the settings name; connects to nothing yet."""
    engine = database.create_engine(
        settings.database,
        pool_size=settings.database_pool_size,
        application_name="inventory-app",
        statement_seconds=settings.database_statement_timeout,
        patience=PATIENCE_SECONDS,
    )
    return build(engine, settings, make_cache())


def import_ahead() -> None:
    """Import what the first requests need, before the process says that it serves.

    On a busy machine the SDKs alone take ten seconds: a first request would have to wait, under limits of time whose
    words blame the workspace, the database or the model.
    """
    for name in FIRST_NEEDED:
        importlib.import_module(name)
    # Arrow imports pandas with its first array
    pa.array([1])


def make_missing_schema(services: Services) -> None:
    """Make our schemas in a database that has none; one that is away is the pages' to show.

    An older version's are left as they are: a developer's server does not upgrade what others use.
    """
    try:
        if not database.has_schema(services.db.engine):
            database.init_db(services.db.engine)
            log.info("the schemas were made")
    except DatabaseUnavailable as error:
        log.warning("whether the database has its schemas is not known yet: %s", error)
