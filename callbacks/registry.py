"""Every workspace's callbacks, in one list."""

from __future__ import annotations

import dash

from callbacks import ide, inbox, inventory, providers, schedules, shell
from services import Services


def register_all(app: dash.Dash, services: Services) -> None:
    """Register the callbacks of the shell and of every workspace."""
    for workspace in (shell, inventory, inbox, ide, schedules, providers):
        workspace.register(app, services)
