"""The callbacks of a table's page, a module a tab."""

from __future__ import annotations

import dash

from callbacks.inventory.table import charts, columns, page, related, rows, source
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    rows.register(app, services)
    charts.register(app, services)
    columns.register(app, services)
    source.register(app, services)
    related.register(app, services)
