"""The callbacks of the schedules."""

from __future__ import annotations

import dash

from callbacks.schedules import form, jobs, page
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    form.register(app, services)
    jobs.register(app, services)
