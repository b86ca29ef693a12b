"""The callbacks of the frame of every page and its search."""

from __future__ import annotations

import dash

from callbacks.shell import frame, search, watching
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    frame.register(app, services)
    search.register(app, services)
    watching.register(app, services)
