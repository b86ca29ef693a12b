"""A menu: a button, and the list of actions in words that it opens. assets/shared/menus.js opens and closes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.components.page import Children, icon


def menu(
    label: str,
    entries: Sequence[Component | None],
    *,
    words: Children = None,
    className: str = "icon-button",
    **attributes: Any,
) -> html.Span:
    """The menu, closed. label: what it holds, for screen readers; words: on the button, by default three dots."""
    return html.Span(
        [
            html.Button(
                words or icon("bi-three-dots"),
                type="button",
                className=f"menu-button {className}",
                title=label,
                **{"aria-label": label, "aria-expanded": "false"},
            ),
            html.Div([one for one in entries if one is not None], className="menu-list"),
        ],
        className="menu",
        **attributes,
    )


def entry(words: Children, className: str = "", **attributes: Any) -> html.Button:
    """An action."""
    return html.Button(words, type="button", className=f"menu-entry {className}".strip(), **attributes)


def link_entry(words: Children, href: str, *, download: str | None = None) -> html.A:
    """A link. download: the file's name; empty leaves it to the server."""
    file = {} if download is None else {"download": download}
    return html.A(words, href=href, className="menu-entry", **file)
