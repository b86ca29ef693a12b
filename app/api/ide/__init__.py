"""The IDE over plain HTTP, for its scripts."""

from __future__ import annotations

import flask

from app.api.ide import chat, drafts, metadata, queries
from services import Services


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes."""
    for module in (queries, drafts, metadata, chat):
        module.install(server, services)
