"""The button that watches something, or ends the watch: the same wherever a thing can be watched."""

from __future__ import annotations

import hashlib
from typing import Any

from dash import dcc, html

from layouts.components import ids
from layouts.components.page import icon
from services.models.watches import WatchTarget

WATCH_TITLE = "Be told of its changes: they come to your watches"
WATCHING_TITLE = "You are told of its changes. Press to end the watch, with what it told"


def watch_button(target: WatchTarget, watched: bool, name: str = "") -> html.Span:
    """The button. name: of what it watches, where there are several of it: it has an icon alone then."""
    # ids have no dots, which keys and filters may have
    of = hashlib.sha256(f"{target.kind} {target.spelled}".encode()).hexdigest()[:32]
    shown = describe_button(watched, name)
    return html.Span(
        [
            html.Button(
                shown["children"],
                id=ids.watch(of),
                type="button",
                className="icon-button" if name else "btn btn-outline-secondary btn-sm",
                title=shown["title"],
                **{"aria-pressed": shown["pressed"]} | ({"aria-label": f"Watch {name}"} if name else {}),
            ),
            dcc.Store(
                id=ids.watch_target(of),
                data={"kind": target.kind, "target": target.to_json(), "name": name},
            ),
        ],
        className="watch-place",
    )


def describe_button(watched: bool, name: str = "") -> dict[str, Any]:
    """What the button shows: children, pressed and title."""
    symbol = icon("bi-eye-fill" if watched else "bi-eye")
    words = None if name else html.Span("Watching" if watched else "Watch")
    return {
        "children": [symbol, words],
        "pressed": str(watched).lower(),
        "title": WATCHING_TITLE if watched else WATCH_TITLE,
    }
