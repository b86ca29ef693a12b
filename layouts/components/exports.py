"""Taking rows and charts away as files: the formats and their words, the same on every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from layouts.components.menu import menu
from layouts.components.page import icon

# format, as the services name it → its words
FORMATS = {"csv": "CSV", "xlsx": "Excel", "json": "JSON"}


def export_menu(entry: Callable[[str, str], Component], more: Sequence[Component] = ()) -> html.Span:
    """The menu of files. entry: makes one of a format and its words. more: below them."""
    return menu(
        "Export",
        [*(entry(format, words) for format, words in FORMATS.items()), *more],
        words=[icon("bi-download"), html.Span("Export", className="label")],
        className="btn btn-outline-secondary btn-sm",
    )
