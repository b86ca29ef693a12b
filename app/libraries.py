"""Libraries of the browser that most pages do without: none is a part of a page's load.

A page names their addresses, and app/assets/shared/libraries.js fetches one when something is to be drawn with it; the
grid and the editor also when the page is idle. Each has its version in its folder, so that what it fetches itself, by
names beside its own, has one too.
"""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import dash
import dash_ace
import dash_ag_grid
import flask

YEAR_SECONDS = 365 * 86400
# as Python imports it → its script and the package's name
LAZY = {
    "dash_ag_grid": ("dash_ag_grid.min.js", "dash-ag-grid"),
    "dash_ace": ("dash_ace.min.js", "dash-ace"),
    "plotly": ("package_data/plotly.min.js", "plotly"),
}


def install(app: dash.Dash) -> None:
    """Take them from what each page loads, and serve them by their version."""
    for module in (dash_ag_grid, dash_ace):
        for script in module._js_dist:
            if script["relative_package_path"] == LAZY[module.__name__][0]:
                # Dash's own word for a script that is served, and that no page loads by itself
                script["async"] = "lazy"

    @app.server.get("/libraries/<version>/<package>/<path:name>")
    def serve_library(version: str, package: str, name: str) -> Any:
        if package not in LAZY:
            flask.abort(404)
        response = app.backend.serve_component_suites(app, package, name)
        if version == find_version(package):
            response.cache_control.max_age = YEAR_SECONDS
        return response


def write_addresses() -> str:
    """The addresses of the libraries' scripts as JSON, for the page: `{"plotly": "/libraries/7.1.0/plotly/…"}`."""
    return json.dumps(
        {name: f"/libraries/{find_version(name)}/{name}/{script}" for name, (script, _) in LAZY.items()}
    )


def find_version(package: str) -> str:
    """The installed version of a library, as Python imports it."""
    return metadata.version(LAZY[package][1])
