"""The shell's behaviour: navigation by role, the user's name, the banners, the theme."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State

from layouts.components.feedback import error_alert
from layouts.shell import frame, ids, sample
from services import Services
from services.models.core import InventoryError
from services.users import Role, current_user, require_known_role

# what the navigation has room for
MOST_COUNTED = 99


def register(app: dash.Dash, services: Services) -> None:
    """Register the shell's callbacks."""

    @app.callback(
        Input(ids.LOCATION, "pathname"),
        State(ids.INBOX_KNOWN, "data"),
        output={
            "navigation": Output(ids.NAVIGATION, "children"),
            "user": Output(ids.USER, "children"),
        },
    )
    def _navigate(path: str | None, known: str | None) -> dict[str, Any]:
        user = current_user()
        return {
            # a link that is missing would say that the person is a viewer
            "navigation": frame.navigation(path or "", user.role is not Role.VIEWER, known),
            "user": user.name or "not signed in",
        }

    @app.callback(
        Input(ids.LOCATION, "pathname"),
        Input(ids.INBOX_CHANGED, "data"),
        output={"count": Output(ids.INBOX_COUNT, "children"), "known": Output(ids.INBOX_KNOWN, "data")},
    )
    def _count(_path: str | None, _changed: Any) -> dict[str, Any]:
        words = count_open(services)
        return {"count": frame.open_count(words), "known": words}

    @app.callback(Output(ids.BANNER, "children"), Input(ids.BANNER_TICK, "n_intervals"))
    def _watch(_ticks: int | None) -> Any:
        try:
            services.db.ping()
            require_known_role()
        except InventoryError as error:
            return error_alert(error)
        progress = services.sample_history.read()
        return sample.strip(progress) if progress else None

    app.clientside_callback(
        ClientsideFunction("theme", "toggle"),
        Output(ids.THEME, "data"),
        Input(ids.THEME_TOGGLE, "n_clicks"),
    )


def count_open(services: Services) -> str | None:
    """The inbox's open entries, as the navigation says them; notes that the person is here. None where it is none.

    Every page that is opened asks: `?` stands for what could not be counted, and why is the banner's to say.
    """
    try:
        services.since.note_visit()
        found, more = services.inbox.count_open()
    except InventoryError:
        return "?"
    if not found:
        return "0+" if more else None
    return "99+" if found > MOST_COUNTED else f"{found}{'+' * more}"
