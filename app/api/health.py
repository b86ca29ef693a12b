"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import flask

from app.api.operations import Api
from services import Services
from services.models import routes


def install(api: Api, services: Services) -> None:
    """Add the routes."""

    @api.operation("GET", routes.HEALTH, "isAlive", media=("text/plain",), role="anyone")
    def _alive() -> flask.Response:
        """Ask whether the process lives."""
        return flask.Response("ok", mimetype="text/plain")

    @api.operation("GET", routes.READY, "isReady", media=("text/plain",), role="anyone")
    def _ready() -> flask.Response:
        """Ask whether the app can serve: 503 while its database is away or StackQL is not known to run."""
        services.db.ping()
        services.program.require()
        return flask.Response("ready", mimetype="text/plain")
