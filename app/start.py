"""From settings to services: the one place where the app's parts are put together."""

from __future__ import annotations

import logging

from app.cache import make_cache
from app.settings import Settings
from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.platform import database
from services import Services, build

log = logging.getLogger(__name__)


def build_services(settings: Settings) -> Services:
    """The services on the database that the settings name; connects to nothing yet."""
    engine = database.create_engine(
        settings.database, pool_size=settings.database_pool_size, application_name="inventory-app"
    )
    return build(engine, settings, make_cache())


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
