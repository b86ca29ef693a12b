"""The keys that every page has, and the dialog that lists keys. assets/shared/keys.js acts on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.page import Children
from layouts.inventory import addresses


class Destination(NamedTuple):
    """Where a key leads: what the place is called, and its address."""

    title: str
    href: str


# after "g"; the first letter of the place, of the editor that the IDE is, and of the box that "in" stands before
GO = {
    "i": Destination("Inventory", addresses.PAGE),
    "b": Destination("Inbox", "/inbox"),
    "c": Destination("Changes", addresses.view("changes")),
    "r": Destination("Resources", addresses.view("resources")),
    "w": Destination("Watches", addresses.WATCHES),
    "e": Destination("IDE", "/ide"),
    "s": Destination("Schedules", "/schedules"),
    "p": Destination("Providers", "/providers"),
}
EVERYWHERE = [
    ("Ctrl+K · /", "Find a page, table, query, schedule, resource or action"),
    *((f"g {key}", f"Go to {place.title}") for key, place in GO.items()),
    ("?", "This list (outside a text field)"),
]
IN_GRIDS = [
    ("Enter on a cell", "Open JSON or long text"),
    ("Ctrl+C · Ctrl+Shift+C on a cell", "Copy the cell · its row"),
]


def keys_dialog(
    id: str, title: str, parts: Sequence[tuple[str, Sequence[tuple[str, str]]]], more: Children = None
) -> dbc.Modal:
    """Lists keys. parts: heading, and each key with what it does. more: stands below them."""
    tables = [
        part
        for heading, keys in parts
        for part in (
            html.H3(heading, className="panel-title mt-3"),
            html.Table(
                html.Tbody([html.Tr([html.Td(html.Kbd(key)), html.Td(words)]) for key, words in keys]),
                className="table keys-table",
            ),
        )
    ]
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=f"{id}_title")),
            dbc.ModalBody(
                [html.P("On a Mac, ⌘ stands for Ctrl.", className="text-muted-2 mb-0"), *tables, more]
            ),
        ],
        id=id,
        labelledby=f"{id}_title",
        scrollable=True,
    )
