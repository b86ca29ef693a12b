"""The shell's behaviour: navigation by role, the user's name, the banners, the theme."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output

from layouts.components.feedback import error_alert
from layouts.shell import frame, ids, sample
from services import Services
from services.models.core import InventoryError
from services.users import Role, current_user, require_known_role


def register(app: dash.Dash, services: Services) -> None:
    """Register the shell's callbacks."""

    @app.callback(
        Input(ids.LOCATION, "pathname"),
        output={
            "navigation": Output(ids.NAVIGATION, "children"),
            "user": Output(ids.USER, "children"),
        },
    )
    def _navigate(path: str | None) -> dict[str, Any]:
        user = current_user()
        return {
            # a link that is missing would say that the person is a viewer
            "navigation": frame.navigation(path or "", user.role is not Role.VIEWER),
            "user": user.name or "not signed in",
        }

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
