"""The callbacks of the schedules."""

from __future__ import annotations

import dash

from callbacks.schedules import actions, bulk, deletion, form, jobs, notifications, page, panel, preview
from services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Register them."""
    page.register(app, services)
    panel.register(app, services)
    actions.register(app, services)
    bulk.register(app, services)
    deletion.register(app, services)
    form.register(app, services)
    notifications.register(app, services)
    preview.register(app, services)
    jobs.register(app, services)
