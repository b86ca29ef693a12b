"""`server`, for gunicorn: `gunicorn app.wsgi:server`."""

from __future__ import annotations

import logging
import threading
import time

from app import compression, logs
from app.main import create_app
from app.settings import read_settings
from app.start import build_services, import_ahead
from inventory_runner.errors import InventoryError
from inventory_runner.platform import database

log = logging.getLogger(__name__)

_settings = read_settings()
logs.configure(as_json=_settings.in_databricks_app)
import_ahead()
_services = build_services(_settings)
server = create_app(_settings, _services).server
compression.squeeze_files(server, _settings)


def close() -> None:
    """End the child processes of running queries; safe to call twice."""
    _services.close()


def prepare_database() -> None:
    """Create or upgrade the schemas, as soon as the database answers."""
    wait = 1.0
    while True:
        try:
            database.init_db(_services.db.engine)
        except InventoryError as error:
            log.warning("the schemas are not prepared yet: %s", error)
        except Exception:
            # another role owns them: an operator upgrades with `inventory-runner init-db`
            log.exception("the schemas could not be prepared")
            return
        else:
            log.info("the schemas are ready")
            return
        time.sleep(wait)
        wait = min(wait * 2, 30)


# told by the log and /readyz, before anybody runs a query
_services.program.start()
if _settings.in_databricks_app:
    threading.Thread(target=prepare_database, name="schemas", daemon=True).start()
