"""Filters of an address: what is narrowed, removable one by one, and what the page does not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dash import dcc, html

from layouts.components.feedback import note
from layouts.components.page import icon
from services.models.wording import format_count

LONGEST_NAMED = 60
MOST_NAMED = 5


def list_unknown(arguments: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """The names of an address's arguments that the page does not know."""
    return sorted(name for name in arguments if name not in known)


def unknown_filters(names: Sequence[str]) -> Any:
    """What is said of them: the page shows more than the address asks for."""
    if not names:
        return None
    listed = ", ".join(name[:LONGEST_NAMED] for name in names[:MOST_NAMED])
    return note(
        f"The address holds {format_count(len(names), 'filter')} that this page does not know",
        ["Not applied: ", html.Code(listed), ". What is shown is not narrowed by it."],
        "warning",
    )


def chips(chosen: Mapping[str, str], without: Mapping[str, str]) -> html.Span | None:
    """What is narrowed, as `region eu-west-1 ✕`. without: name → the address without it."""
    if not chosen:
        return None
    return html.Span(
        [
            dcc.Link(
                [
                    html.Span(f"{name} ", className="value-name"),
                    html.Span(value, className="given"),
                    icon("bi-x", "remove"),
                ],
                href=without[name],
                className="pill filter-chip",
                title=f"Show without {name} {value}",
            )
            for name, value in chosen.items()
        ],
        className="filter-chips",
    )
