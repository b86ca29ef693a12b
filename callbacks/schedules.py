"""The page's callbacks."""

from __future__ import annotations

import dash

from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register the page's callbacks."""
