"""Plain HTTP beside Dash: health, and what pages stream or download. One module or folder a workspace."""

from __future__ import annotations

import flask

from app.api import health, ide, inventory
from services import Services


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes to the server."""
    for module in (health, ide, inventory):
        module.install(server, services)
