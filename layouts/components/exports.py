"""Taking rows and charts away as files: the formats and their words, the same on every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from layouts.components.menu import menu
from layouts.components.page import Children, icon

# format, as the services name it → its words, and what is worth knowing before one chooses it
FORMATS = {
    "csv": ("CSV for spreadsheets", "an apostrophe before = + - @, so that nothing runs"),
    "csv-exact": ("CSV for programs", "every cell exactly as it was read"),
    "xlsx": ("Excel", "cells longer than 32,767 characters are cut, and listed in the file"),
    "json": ("JSON", "every value whole, with all its digits"),
}


def export_menu(entry: Callable[[str, Children], Component], more: Sequence[Component] = ()) -> html.Span:
    """The menu of files. entry: makes one of a format and its words. more: below them."""
    return menu(
        "Export",
        [
            *(
                entry(format, [html.Span(words), html.Small(hint, className="menu-hint")])
                for format, (words, hint) in FORMATS.items()
            ),
            *more,
        ],
        words=[icon("bi-download"), html.Span("Export", className="label")],
        className="btn btn-outline-secondary btn-sm",
    )
