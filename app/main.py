"""create_app: the pages, their callbacks, what is served, and the boundary where errors become words."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import dash
import flask
from flask_bootstrap import Bootstrap5

from app import identity, logs, routes, security
from app.settings import Settings
from callbacks.registry import register_all
from inventory_runner.errors import InventoryError
from layouts import shell
from layouts.components.feedback import error_alert
from layouts.pages import PAGES
from services import Services

log = logging.getLogger(__name__)

TITLE = "StackQL Cloud Inventory"
ASSETS = Path(__file__).parent / "assets"
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
{%favicon%}
<script src="/assets/theme.js"></script>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def create_app(settings: Settings, services: Services) -> dash.Dash:
    """The whole application, ready to serve. Nothing here needs the database to be up."""
    settings.check()
    server = flask.Flask("app")
    Bootstrap5(server)
    identity.install(server, settings)
    logs.install(server)
    dash.page_registry.clear()
    app = dash.Dash(
        "app",
        server=server,
        title=TITLE,
        update_title="",
        assets_folder=str(ASSETS),
        # named in the head, above and by `stylesheets`; Dash loads the scripts
        assets_ignore=r"^theme\.js$|\.css$",
        external_stylesheets=stylesheets(),
        use_pages=True,
        pages_folder="",
        suppress_callback_exceptions=True,
        serve_locally=True,
        index_string=INDEX,
        on_error=_report,
    )
    for page in PAGES:
        dash.register_page(
            page.name, path=page.path, path_template=page.path_template, title=f"{page.title} · {TITLE}",
            layout=page.layout,
        )  # fmt: skip
    app.layout = shell.layout(settings.environment_label, settings.sample)
    register_all(app, services)
    routes.install(server, services)
    security.install(app, settings)
    # the first requests after a cold start fail unless the libraries are registered by now (plotly/dash#3971)
    server.test_client().get("/_dash-dependencies")
    return app


def stylesheets() -> list[str]:
    """The style sheets' addresses in the order of the cascade: Bootstrap, style.css, shared/, then the workspaces.

    Dash would load the folders by name, and shared/ after the workspaces that are to override it.
    """
    bootstrap = "/bootstrap/static/css"
    sheets = sorted(
        ASSETS.rglob("*.css"),
        key=lambda sheet: (sheet.parent != ASSETS, sheet.parent.name != "shared", sheet),
    )
    return [
        f"{bootstrap}/bootstrap.min.css",
        f"{bootstrap}/font/bootstrap-icons.min.css",
        # as Dash addresses the scripts: a file that changed has another address
        *(
            f"/assets/{sheet.relative_to(ASSETS).as_posix()}?m={int(sheet.stat().st_mtime)}"
            for sheet in sheets
        ),
    ]


def _report(error: Exception) -> Any:
    """A callback's error, as a notice at the bottom right; the page stays as it was."""
    dash.set_props(shell.NOTICES, {"children": error_alert(readable(error))})
    return dash.no_update


def readable(error: Exception) -> InventoryError:
    """The error itself where it is meant for people, else a general one with a reference into the log."""
    if isinstance(error, InventoryError):
        return error
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", reference, exc_info=error)
    return InventoryError(
        "This is a defect of the app, and it is in the log.", hint=f"Reference {reference}."
    )
