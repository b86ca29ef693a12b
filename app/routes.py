"""Plain HTTP beside Dash: health, and what pages stream or download."""

from __future__ import annotations

import flask

from app import routes_chat, routes_ide, routes_inventory, routes_query
from inventory_runner.errors import InventoryError
from services import Services


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes to the server."""
    routes_query.install(server, services)
    routes_ide.install(server, services)
    routes_chat.install(server, services)
    routes_inventory.install(server, services)

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
