"""The user and role behind a request.

`X-Forwarded-Email` is believed only inside Databricks Apps, whose proxy sets it; elsewhere the user is `local`.
"""

from __future__ import annotations

import flask

from app.settings import Settings
from services.users import NOBODY, Role, User, set_current_user


def user_of_request(settings: Settings) -> User:
    """The user who sent the current Flask request."""
    if not settings.in_databricks_app:
        return User("local", Role.ENGINEER)
    email = flask.request.headers.get("X-Forwarded-Email", "").strip().lower()
    return User(email, Role.ENGINEER) if email else NOBODY


def install(server: flask.Flask, settings: Settings) -> None:
    """Set the current user before every request."""

    @server.before_request
    def _identify() -> None:
        set_current_user(user_of_request(settings))
