"""create_app: the pages, their callbacks and what is served."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import dash
import flask
from flask_bootstrap import Bootstrap5

from app import addresses, api, bundles, compression, identity, libraries, logs, security
from app.api.errors import translate_error
from app.callback_bodies import CallbackBodies
from app.settings import Settings
from callbacks.registry import register_all
from inventory_runner.errors import InventoryError
from layouts.components.feedback import error_alert
from layouts.pages import PAGES, Page
from layouts.shell import frame, ids, not_allowed
from services import Services
from services.users import Role, current_user

TITLE = "StackQL Cloud Inventory"
ICONS = f"/bootstrap/static/css/font/bootstrap-icons.min.css?v={metadata.version('Bootstrap-Flask')}"
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
{%favicon%}
<script src="/assets/theme.js?m=[theme]"></script>
<link rel="preload" as="style" href="/bootstrap/static/css/bootstrap.min.css?v=2.6.0">
{%css%}
<script id="libraries" type="application/json">[libraries]</script>
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
    bodies: CallbackBodies
    app = dash.Dash(
        "app",
        server=server,
        title=TITLE,
        update_title="",
        assets_folder=str(bundles.ASSETS),
        # app/bundles.py names them
        assets_ignore=".",
        external_stylesheets=[ICONS],
        use_pages=True,
        pages_folder="",
        suppress_callback_exceptions=True,
        serve_locally=True,
        index_string=write_index(),
        on_error=lambda error: _report(bodies, error),
    )
    for page in PAGES:
        dash.register_page(
            page.name,
            path=page.path,
            path_template=page.path_template,
            title=f"{page.title} · {TITLE}",
            layout=limit_page(page),
        )
    addresses.install(app)
    libraries.install(app)
    bundles.install(app)
    app.layout = partial(_lay_out, settings)
    register_all(app, services)
    api.install(server, services)
    security.install(app, settings)
    compression.install(server)
    # the first requests after a cold start fail unless the libraries are registered by now (plotly/dash#3971)
    dependencies = server.test_client().get("/_dash-dependencies").get_json()
    bodies = CallbackBodies(app, dependencies)
    return app


def _lay_out(settings: Settings) -> Any:
    """The frame for who asks: a link that is missing would say that the person is a viewer."""
    user = current_user()
    return frame.layout(
        settings.environment_label, settings.sample, user.name, engineer=user.role is not Role.VIEWER
    )


def limit_page(page: Page) -> Callable[..., Any]:
    """The page's layout; where the page is the engineers', viewers are told so instead. The services check too."""
    if not page.engineers_only:
        return page.layout

    def layout(**arguments: Any) -> Any:
        viewer = current_user().role is Role.VIEWER
        return not_allowed.layout(page.title) if viewer else page.layout(**arguments)

    return layout


def write_index() -> str:
    """The page that Dash fills, with the addresses that it does not know."""
    return INDEX.replace("[theme]", str(read_change(bundles.ASSETS / bundles.APART))).replace(
        "[libraries]", libraries.write_addresses()
    )


def read_change(file: Path) -> int:
    """When a file changed, in seconds since 1970: as Dash addresses the scripts, so that a changed file has another
    address."""
    return int(file.stat().st_mtime)


def _report(bodies: CallbackBodies, error: Exception) -> Any:
    """A callback's error, as a notice at the bottom right; the page stays as it was.

    Raises MalformedRequest where what was sent is to blame, and no page sent it.
    """
    if not isinstance(error, InventoryError):
        bodies.refuse_odd_values(error)
    dash.set_props(ids.NOTICES, {"children": error_alert(translate_error(error))})
    return dash.no_update
