"""Addresses that no page has: 404, where Dash alone would answer 200 with the shell of all pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import flask

from app.api.answers import answer_with_error
from app.api.errors import NoSuchAddress
from layouts.pages import has_page
from layouts.shell import not_found

# Dash shows the page of this name where no other fits
NOT_FOUND = "not_found_404"
CATCH_ALL = "/<path:path>"


def install(app: dash.Dash) -> None:
    """Register the page for unknown addresses, and answer them with 404: JSON to programs that ask for it."""
    dash.register_page(
        NOT_FOUND, path=f"/{NOT_FOUND}", title=f"No such page · {app.title}", layout=not_found.layout
    )
    server = app.server
    endpoint = next(rule.endpoint for rule in server.url_map.iter_rules() if str(rule) == CATCH_ALL)
    serve_shell: Callable[..., Any] = server.view_functions[endpoint]

    def serve(**variables: Any) -> Any:
        if has_page(flask.request.path):
            return serve_shell(**variables)
        accepted = flask.request.accept_mimetypes
        if accepted["application/json"] > accepted["text/html"]:
            return answer_with_error(NoSuchAddress("There is no page at this address."))
        return flask.make_response(serve_shell(**variables), 404)

    server.view_functions[endpoint] = serve
