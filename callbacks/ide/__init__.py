"""The callbacks of the editor."""

from __future__ import annotations

import dash

from callbacks.ide import chat, page, results, saved, versions
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    results.register(app, services)
    saved.register(app, services)
    versions.register(app, services)
    chat.register(app, services)
