"""What holds other sites off: a content policy (XSS), same-origin writes (CSRF), known hosts (DNS rebinding)."""

from __future__ import annotations

import functools
import logging
from urllib.parse import urlsplit

import dash
import flask
from dash.exceptions import DependencyException

from app.settings import Settings

log = logging.getLogger(__name__)

# the largest drafts and conversations are a few
MOST_BODY_BYTES = 16 << 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
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
