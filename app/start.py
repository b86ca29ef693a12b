"""From settings to services: the one place where the app's parts are put together."""

from __future__ import annotations

from app.cache import make_cache
from app.settings import Settings
from inventory_runner.platform import database
from services import Services, build


def build_services(settings: Settings) -> Services:
    """The services on the database that the settings name; connects to nothing yet."""
    engine = database.create_engine(
        settings.database, pool_size=settings.database_pool_size, application_name="inventory-app"
    )
    return build(engine, settings, make_cache())
