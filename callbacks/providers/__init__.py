"""The callbacks of the providers."""

from __future__ import annotations

import dash

from callbacks.providers import page
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
