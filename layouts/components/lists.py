"""Lists: rows of one line under heads that sort, the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from layouts.components.page import Children, icon


def head_cell(words: Children, className: str = "") -> html.Th:
    """The head of a column that is not sorted by."""
    return html.Th(words, className=className, scope="col")


def sort_cell(words: str, direction: str, className: str = "", **button: Any) -> html.Th:
    """The head of a column that is sorted by. direction: ascending, descending or none; button: what sorts."""
    marks = {"ascending": icon("bi-caret-up-fill"), "descending": icon("bi-caret-down-fill")}
    return html.Th(
        html.Button([words, marks.get(direction)], type="button", className="sort-button", **button),
        className=className,
        scope="col",
        **{"aria-sort": direction},
    )


def cell(label: str, words: Children, className: str = "") -> html.Td:
    """A cell that says its column's name where rows stand as cards, on a narrow screen (`.cards` of parts.css)."""
    return html.Td(words, className=className, **{"data-label": label})


def how_many(words: Children, className: str = "", **attributes: Any) -> html.Span:
    """The one place that says how many are shown: what changes there is read out, so that no pill has to be."""
    return html.Span(words, className=className, role="status", **attributes)


def rows_under(label: str, head: Sequence[html.Th], rows: Sequence[html.Tr], className: str) -> html.Div:
    """The list. label: what is listed."""
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className=f"table list cards {className}"),
        className="list-scroll",
        tabIndex=0,
        role="region",
        **{"aria-label": label},
    )


def sort_direction(column: str, sort: str, falling: Sequence[str]) -> str:
    """How a column is sorted where `sort` is `name` or `-name`. falling: the columns that begin with the most."""
    if sort.removeprefix("-") != column:
        return "none"
    return "descending" if sort.startswith("-") != (column in falling) else "ascending"
