"""The callbacks of the Providers page."""

from __future__ import annotations

import dash

from callbacks.providers import checks, deletion, form, listing
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    listing.register(app, services)
    form.register(app, services)
    deletion.register(app, services)
    checks.register(app, services)
