"""The buttons that watch something, on every page."""

from __future__ import annotations

from typing import Any

import dash
from dash import MATCH, Input, Output, State, no_update

from inventory_runner.errors import InvalidInput
from layouts.components import ids
from layouts.components.watching import describe_button
from services import Services
from services.models.watches import WatchKind, WatchTarget

SHOWN = {
    "children": Output(ids.watch(MATCH), "children"),
    "pressed": Output(ids.watch(MATCH), "aria-pressed"),
    "title": Output(ids.watch(MATCH), "title"),
}


def register(app: dash.Dash, services: Services) -> None:
    """Register the buttons' callback."""

    @app.callback(
        Input(ids.watch(MATCH), "n_clicks"),
        State(ids.watch_target(MATCH), "data"),
        output=SHOWN,
        prevent_initial_call=True,
    )
    def _toggle(clicks: int | None, asked: dict[str, Any] | None) -> Any:
        if not clicks or not asked:
            return dict.fromkeys(SHOWN, no_update)
        return describe_button(services.watches.toggle(read_target(asked)), str(asked.get("name") or ""))


def read_target(asked: dict[str, Any]) -> WatchTarget:
    """What a button's store names; raises InvalidInput for what none does."""
    kind, target = asked.get("kind"), asked.get("target")
    if kind not in set(WatchKind) or not isinstance(target, dict):
        raise InvalidInput("The page names nothing that can be watched.", hint="Load it again.")
    return WatchTarget.from_json(WatchKind(kind), target)
