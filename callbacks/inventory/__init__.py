"""The callbacks of the inventory's pages."""

from __future__ import annotations

import dash

from callbacks.inventory import page, table
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    table.register(app, services)
