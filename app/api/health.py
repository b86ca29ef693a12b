"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import flask

from inventory_runner.errors import InventoryError
from services import Services


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""

    @server.get("/healthz")
    def _alive() -> str:
        return "ok"

    @server.get("/readyz")
    def _ready() -> tuple[str, int]:
        try:
            services.db.ping()
        except InventoryError as error:
            return error.title, 503
        return "ready", 200
