"""Every page's callbacks, in one list."""

from __future__ import annotations

import dash

from callbacks import ide, ide_chat, inventory, providers, schedules, schedules_jobs, search, shell
from services import Services


def register_all(app: dash.Dash, services: Services) -> None:
    """Register the callbacks of the shell and of every page."""
    for module in (shell, search, inventory, ide, ide_chat, schedules, schedules_jobs, providers):
        module.register(app, services)
