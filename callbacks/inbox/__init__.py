"""The callbacks of the inbox: the list, what its buttons do, and the two dialogs."""

from __future__ import annotations

import dash

from callbacks.inbox import actions, page
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    actions.register(app, services)
