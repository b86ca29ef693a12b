"""What an address shows that no page has."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from layouts.components.feedback import empty_state
from layouts.components.page import header
from layouts.inventory import addresses
from layouts.shell import ids


def layout(**_: Any) -> html.Div:
    """Says so, and leads on: the search, which finds pages and tables too, and what everybody may see."""
    pages = (
        ("Overview", addresses.PAGE),
        ("Resources", addresses.view("resources")),
        ("Changes", addresses.view("changes")),
    )
    return html.Div(
        [
            header("No such page", "Nothing is at this address."),
            html.Div(
                empty_state(
                    "bi-signpost-split",
                    "Nothing is here",
                    "The address may have been typed or copied in part. The search finds pages, tables, queries,"
                    " schedules and resources by their names.",
                    html.Div(
                        [
                            html.A("Search", href=f"#{ids.SEARCH_INPUT}", className="btn btn-primary"),
                            *(
                                dcc.Link(words, href=href, className="btn btn-outline-secondary")
                                for words, href in pages
                            ),
                        ],
                        className="empty-actions",
                    ),
                ),
                className="panel",
            ),
        ]
    )
