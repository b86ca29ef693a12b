"""The shell's behaviour: navigation by role, the user's name, the banners, the theme."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from layouts.components.feedback import error_alert
from layouts.shell import frame, ids, sample
from services import Services
from services.models.core import InventoryError
from services.users import Role, current_user, require_known_role

# what the navigation has room for
MOST_COUNTED = 99


def register(app: dash.Dash, services: Services) -> None:
    """Register the shell's callbacks."""

    # beside the page's own request, the count would make that wait
    app.clientside_callback(
        ClientsideFunction("navigation", "settle"),
        Output(ids.SETTLED, "data"),
        Input(ids.LOCATION, "pathname"),
    )

    @app.callback(
        Input(ids.SETTLED, "data"),
        Input(ids.INBOX_CHANGED, "data"),
        State(ids.ENGINEER, "data"),
        prevent_initial_call=True,
        output={
            "count": Output(ids.INBOX_COUNT, "children"),
            "navigation": Output(ids.NAVIGATION, "children"),
            "engineer": Output(ids.ENGINEER, "data"),
        },
    )
    def _look(_settled: Any, _changed: Any, drawn_for: bool) -> dict[str, Any]:
        # the group may have been changed, or be known by now
        engineer = current_user().role is not Role.VIEWER
        changed = engineer is not drawn_for
        return {
            "count": frame.open_count(count_open(services)),
            "navigation": frame.navigation(engineer=engineer) if changed else no_update,
            "engineer": engineer if changed else no_update,
        }

    app.clientside_callback(
        ClientsideFunction("navigation", "mark"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.NAVIGATION, "children"),
    )

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
