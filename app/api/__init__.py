"""Plain HTTP beside Dash: health, and what pages stream or download. One module or folder a workspace."""

from __future__ import annotations

import flask

from app.api import health, ide, inventory
from app.api.operations import Api
from services import Services


def install(server: flask.Flask, services: Services) -> Api:
    """Add the routes to the server; returns them, with their document."""
    api = Api(server)
    for module in (health, ide, inventory):
        module.install(api, services)
    return api
