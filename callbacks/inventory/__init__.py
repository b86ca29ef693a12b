"""The callbacks of the inventory's pages."""

from __future__ import annotations

import dash

from callbacks.inventory import (
    changes,
    overview,
    owners,
    resources,
    saved_views,
    since_last,
    table,
    tables,
    watches,
)
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    overview.register(app, services)
    tables.register(app, services)
    changes.register(app, services)
    owners.register(app, services)
    resources.register(app, services)
    saved_views.register(app, services)
    since_last.register(app, services)
    table.register(app, services)
    watches.register(app, services)
