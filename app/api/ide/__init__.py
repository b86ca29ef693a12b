"""The IDE over plain HTTP, for its scripts."""

from __future__ import annotations

from app.api.ide import chat, drafts, metadata, queries
from app.api.operations import Api
from services import Services


def install(api: Api, services: Services) -> None:
    """Add the routes."""
    for module in (queries, drafts, metadata, chat):
        module.install(api, services)
