"""Taking rows and charts away as files: the formats and their words, the same on every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from layouts.components.menu import entry as menu_entry
from layouts.components.menu import menu
from layouts.components.page import Children, icon

# format, as the services name it → its words, and what is worth knowing before one chooses it
FORMATS = {
    "csv": ("CSV for spreadsheets", "an apostrophe before = + - @, so that nothing runs"),
    "csv-exact": ("CSV for programs", "every cell exactly as it was read"),
    "xlsx": ("Excel", "cells longer than 32,767 characters are cut, and listed in the file"),
    "json": ("JSON", "every value whole, with all its digits"),
}

# assets/shared/print.js does it, and has the number of rows
PRINT_HINT = "the first 500 rows, with the date, the filters and how much was read"


def export_menu(
    grid: str,
    entry: Callable[[str, Children], Component],
    *,
    prepare: str = "",
    shown: Callable[[str, Children], Component] | None = None,
    everything: str = "All rows",
    more: Sequence[Component] = (),
) -> html.Span:
    """The menu of files: of what the grid shows, where that is not everything as it comes, and of all rows.

    assets/shared/exports.js shows the first group and says how many rows it is. grid: its id. entry: makes an entry of
    a format and its words. prepare: the route that prepares a file of what is shown; shown: makes its entries where a
    page does so itself. everything: what all rows are. more: below them. Last, the way to paper.
    """
    shown = shown or (lambda format, words: menu_entry(words, **{"data-export": format}))
    named = {
        format: [html.Span(words), html.Small(hint, className="menu-hint")]
        for format, (words, hint) in FORMATS.items()
    }
    return menu(
        "Export",
        [
            html.Div(
                [
                    html.Div("What is shown", className="menu-head"),
                    *(shown(format, words) for format, words in named.items()),
                ],
                className="menu-group",
                hidden=True,
                **{"data-shown-of": grid, "data-prepare": prepare},
            ),
            html.Div(
                [
                    html.Div(everything, className="menu-head"),
                    *(entry(format, words) for format, words in named.items()),
                    *more,
                ],
                className="menu-group",
            ),
            html.Div(
                menu_entry(
                    [html.Span("Print"), html.Small(PRINT_HINT, className="menu-hint")],
                    **{"data-print": grid},
                ),
                className="menu-group",
            ),
        ],
        words=[icon("bi-download"), html.Span("Export", className="label")],
        className="btn btn-outline-secondary btn-sm",
    )
