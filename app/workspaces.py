"""The product's workspaces: families of pages, each under one name in every layer.

A new one is a folder of its name in `layouts/`, `callbacks/` and `app/assets/`, a module or folder in `app/api/`, its
services, and a line here; `tests/app/test_workspaces.py` compares the folders with this list and names what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workspace:
    """name: of its folders. api: it has routes of its own. services: its packages in `services/`."""

    name: str
    services: tuple[str, ...]
    api: bool = True


WORKSPACES = (
    Workspace("inventory", ("inventory_service", "watch_service")),
    Workspace("inbox", ("inbox_service",), api=False),
    Workspace("ide", ("query_service", "ai_service")),
    Workspace("schedules", ("schedule_service", "job_service"), api=False),
    Workspace("providers", ("secret_service",), api=False),
)
