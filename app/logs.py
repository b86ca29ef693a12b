"""Logging: a line of JSON an event on Databricks, with the request and the user it belongs to; plain text locally."""

from __future__ import annotations

import json
import logging
import sys
import time
import uuid
from datetime import UTC, datetime

import flask

from services.models import routes
from services.users import current_user

log = logging.getLogger("app.request")

# their debug output quotes requests and answers
QUIET = ("databricks.sdk", "anthropic", "httpx", "httpcore", "urllib3", "werkzeug")
UNLOGGED_PATHS = ("/assets/", "/_dash-component-suites/", "/bootstrap/", routes.HEALTH, routes.READY)


class JsonLines(logging.Formatter):
    """time, level, logger, message, request_id, user; `exception` with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": find_request_id(),
            "user": current_user().name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in event.items() if value != ""}, default=str)


def find_request_id() -> str:
    """The platform's X-Request-Id of the current request, or one of our own; empty outside a request."""
    if not flask.has_request_context():
        return ""
    if "request_id" not in flask.g:
        given = flask.request.headers.get("X-Request-Id", "")
        flask.g.request_id = given if 0 < len(given) <= 128 and given.isprintable() else uuid.uuid4().hex
    return str(flask.g.request_id)


def configure(*, as_json: bool, verbose: bool = False) -> None:
    """Send everything to stderr, once. as_json: for machines, with every request that is answered.

    verbose: with every request for people, too; without, the address that the app was started on stays in sight.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    log.setLevel(logging.DEBUG if as_json or verbose else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def install(server: flask.Flask) -> None:
    """Log every request that is not a static file, when it is answered, and send its id back.

    What failed is a warning, all else is for debugging.
    """

    @server.before_request
    def _begin() -> None:
        flask.g.began = time.perf_counter()

    @server.after_request
    def _end(response: flask.Response) -> flask.Response:
        response.headers["X-Request-Id"] = find_request_id()
        request = flask.request
        if not request.path.startswith(UNLOGGED_PATHS):
            seconds = time.perf_counter() - flask.g.get("began", time.perf_counter())
            fields = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000),
            }
            level = logging.WARNING if response.status_code >= 500 else logging.DEBUG
            log.log(
                level, "%(method)s %(path)s %(status)s %(duration_ms)s ms", fields, extra={"fields": fields}
            )
        return response
