"""Filters of an address: what is narrowed, removable one by one, and what the page does not know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from dash import dcc, html

from layouts.components.feedback import note
from layouts.components.page import icon
from services.models import url_words
from services.models.grid_view import GridView, describe_filter, describe_sort
from services.models.wording import format_count

LONGEST_NAMED = 60
MOST_NAMED = 5
FILTER_WORDS = {
    url_words.PROVIDER: "provider",
    url_words.REGION: "region",
    url_words.ACCOUNT: "account",
    url_words.OWNER: "owner",
    url_words.DAYS: "the period of days",
    url_words.DAY: "the days",
}


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


def not_applied(filters: Mapping[str, str], applied: Collection[str], why: str) -> Any:
    """What is said of filters that came along and that a page cannot apply. why: a sentence, and what can."""
    left = {name: value for name, value in filters.items() if name not in applied}
    if not left:
        return None
    parts: list[Any] = []
    for name, value in left.items():
        parts += [", " if parts else "", f"{FILTER_WORDS[name]} ", html.Code(value or "not known")]
    said = html.Span(["Not applied here: ", *parts, f". {why}"])
    return html.Div([icon("bi-funnel"), said], className="not-applied")


def left_out(notes: Sequence[str]) -> Any:
    """What is said of a grid's filters and order in an address that the columns do not know, or nobody can read."""
    if not notes:
        return None
    more = [f"And {len(notes) - MOST_NAMED:,} more."] if len(notes) > MOST_NAMED else []
    return note(
        "Not everything in the address could be applied", " ".join([*notes[:MOST_NAMED], *more]), "warning"
    )


def view_chips(
    view: GridView, titles: Mapping[str, str], address: Callable[[str, str], str]
) -> html.Span | None:
    """A grid's filters of columns and its order, each with the way to be rid of it.

    titles: column → what its head says, where that is not its name. address: of the page with these as `where` and
    `sort`.
    """
    where, sort = view.format_where(), view.format_sort()
    chosen = {titles.get(name, name): describe_filter(model) for name, model in view.filters.items()}
    without = {titles.get(name, name): address(view.format_where(name), sort) for name in view.filters}
    if view.sort:
        named = [{**one, "column": titles.get(one["column"], one["column"])} for one in view.sort]
        chosen["sorted by"], without["sorted by"] = describe_sort(named), address(where, "")
    return chips(chosen, without)


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
