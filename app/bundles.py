"""The scripts and the style sheets of app/assets as one file each.

A file is small, and a request of its own takes a Python server longer than its content takes on the way: seventy of
them were two thirds of a first visit. Each begins with its name, by which a line of the whole is found.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dash
import flask

from app.libraries import YEAR_SECONDS

ASSETS = Path(__file__).parent / "assets"
# in the head by itself: it applies before anything is painted (app/main.py)
APART = "theme.js"
SCRIPTS, SHEETS = "all.js", "all.css"


@dataclass(frozen=True)
class Bundle:
    """A file that is made of files. type: its media type; version: changes when one of them does."""

    name: str
    type: str
    text: str

    @cached_property
    def version(self) -> str:
        """A digest of its content."""
        return hashlib.blake2b(self.text.encode(), digest_size=8).hexdigest()

    @property
    def address(self) -> str:
        """Where it is served; the browser keeps it by this."""
        return f"/assets/{self.name}?v={self.version}"


def list_scripts() -> list[Path]:
    """The scripts in their order: those that others need come first, then the folders by name."""
    found = (script for script in ASSETS.rglob("*.js") if script.name != APART)
    return sorted(found, key=lambda script: (script.parent != ASSETS, script))


def list_sheets() -> list[Path]:
    """The style sheets in the order of the cascade: style.css, shared/, then the workspaces.

    style.css imports Bootstrap into a layer below them; the head asks for it ahead, so that it does not come late.
    """
    return sorted(
        ASSETS.rglob("*.css"),
        key=lambda sheet: (sheet.parent != ASSETS, sheet.parent.name != "shared", sheet),
    )


def install(app: dash.Dash) -> None:
    """Serve both, and let pages load them: the sheets in the head, the scripts after those of the libraries."""
    bundles = {
        SCRIPTS: Bundle(SCRIPTS, "text/javascript", _join(list_scripts())),
        SHEETS: Bundle(SHEETS, "text/css", _join(list_sheets())),
    }
    app.scripts.append_script({"external_url": bundles[SCRIPTS].address, "external_only": True})
    app.config.external_stylesheets.append(bundles[SHEETS].address)

    @app.server.get(f"/assets/<any('{SCRIPTS}', '{SHEETS}'):name>")
    def serve_bundle(name: str) -> flask.Response:
        bundle = bundles[name]
        response = flask.Response(bundle.text, mimetype=bundle.type)
        if flask.request.args.get("v") == bundle.version:
            response.cache_control.max_age = YEAR_SECONDS
        else:
            response.cache_control.no_cache = True
        return response


def _join(files: list[Path]) -> str:
    """`/* shared/grid.js */`, what the file has, and so on; a style sheet's imports may follow words alone."""
    return "".join(
        f"/* {file.relative_to(ASSETS).as_posix()} */\n{file.read_text('utf-8')}\n" for file in files
    )
