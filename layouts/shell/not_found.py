"""What an address shows that no page has."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from layouts.components.page import header


def layout(**_: Any) -> html.Div:
    """Says so, and leads to the first page."""
    return html.Div(
        [
            header("No such page", "Nothing is at this address. It may have been typed or copied in part."),
            dcc.Link("Go to the inventory", href="/inventory", className="btn btn-primary"),
        ]
    )
