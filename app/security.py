"""What holds other sites off: a content policy (XSS), same-origin writes (CSRF), known hosts (DNS rebinding)."""

from __future__ import annotations

import contextlib
import functools
import logging
import time
from urllib.parse import urlsplit

import dash
import flask
from dash.exceptions import DependencyException
from werkzeug.exceptions import RequestEntityTooLarge

from app.settings import Settings

log = logging.getLogger(__name__)

# the largest drafts and conversations are a few
MOST_BODY_BYTES = 16 << 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# a browser shows an answer only where all that it sent was taken: so much is, of a refused body, for so many seconds
MOST_DISCARDED_BYTES = 64 << 20
DISCARD_SECONDS = 10.0
# in the header Server: no product, no version
SERVER_NAME = "app"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def install(app: dash.Dash, settings: Settings) -> None:
    """Add the checks and the headers."""
    server = app.server
    server.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    # Dash's own answer is a 500, with a list of every script there is in the log
    server.register_error_handler(DependencyException, lambda _: ("There is no such script.", 404))
    allowed = LOOPBACK | settings.allowed_hosts

    @server.before_request
    def _refuse_strangers() -> tuple[str, int] | None:
        request = flask.request
        host = request.host.rsplit(":", 1)[0].strip("[]").lower()
        # DNS rebinding: a page of another site points a name of its own at 127.0.0.1 and would read a local app as its
        # own origin. Outside Databricks only loopback names and INVENTORY_ALLOWED_HOSTS are served
        if not settings.in_databricks_app and host not in allowed:
            log.warning("refused a request for host %r", host)
            return "This host is not served here. Name it in INVENTORY_ALLOWED_HOSTS.", 421
        # CSRF: the browser itself says whether another site sent the request, so that no token is needed
        if request.method not in ("GET", "HEAD", "OPTIONS") and _is_foreign(
            request, settings.in_databricks_app
        ):
            return "Requests from other sites are refused.", 403
        return None

    @server.after_request
    def _take_the_rest(response: flask.Response) -> flask.Response:
        if response.status_code >= 400:
            _discard_body(flask.request, response.status_code)
        return response

    @server.after_request
    def _harden(response: flask.Response) -> flask.Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # files have their own; a page, a layout or an answer shows what its user may see
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", make_policy())
        return response

    @functools.cache
    def make_policy() -> str:
        # made with the first page: Dash adds inline scripts of its own with the first request
        return "; ".join(
            [
                "default-src 'self'",
                f"script-src 'self' {' '.join(app.csp_hashes())}",
                # Dash and Plotly set styles from scripts; the editor's syntax worker is a blob
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data: blob:",
                "font-src 'self' data:",
                "worker-src 'self' blob:",
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'self'",
            ]
        )


def _discard_body(request: flask.Request, status: int) -> None:
    """Read what was not read of a refused request's body; one that is far too long, or too slow, is left."""
    left = request.content_length or MOST_DISCARDED_BYTES
    # gunicorn's input ends; werkzeug's does not, and a body that is too long was not begun
    ends = request.environ.get("wsgi.input_terminated")
    if left > MOST_DISCARDED_BYTES or not (ends or status == RequestEntityTooLarge.code):
        return
    until = time.monotonic() + DISCARD_SECONDS
    # the client may have left
    with contextlib.suppress(OSError, ValueError):
        while left > 0 and time.monotonic() < until:
            piece = request.environ["wsgi.input"].read(min(left, 1 << 16))
            if not piece:
                return
            left -= len(piece)


def _is_foreign(request: flask.Request, behind_proxy: bool) -> bool:
    """Whether a page of another site sent the request.

    Sec-Fetch-Site says it; older browsers, and all over plain HTTP to a name that is not loopback, send only Origin.
    Behind Databricks' proxy the name that the browser asked may stand in X-Forwarded-Host.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        # no browser, or one so old that it sends neither
        return False
    hosts = {request.host.lower()}
    if behind_proxy and (forwarded := request.headers.get("X-Forwarded-Host")):
        hosts.add(forwarded.strip().lower())
    return urlsplit(origin).netloc.lower() not in hosts
