"""The search box in the top bar: finds pages, tables, saved queries, schedules, and resources of all tables.

assets/shared/search.js makes it usable from the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import icon
from layouts.inventory import addresses
from layouts.shell import ids
from services.models.inventory import Asset
from services.models.limits import LONGEST_SEARCH
from services.models.places import Place, PlaceKind

MOST_PER_TYPE = 6
TITLES = {
    PlaceKind.TABLE: "Tables",
    PlaceKind.QUERY: "Saved queries",
    PlaceKind.SCHEDULE: "Schedules",
}


def box() -> html.Div:
    """The input and the place of its results."""
    return html.Div(
        [
            icon("bi-search"),
            dbc.Input(
                id=ids.SEARCH_INPUT,
                type="search",
                placeholder="Search by name, id, ARN or tag",
                debounce=180,
                autocomplete="off",
                maxlength=LONGEST_SEARCH,
                value="",
            ),
            html.Kbd("/", className="search-key", title="Press / to search"),
            html.Div(
                id=ids.SEARCH_RESULTS,
                className="search-results",
                hidden=True,
                role="listbox",
                **{"aria-label": "What was found"},
            ),
        ],
        id=ids.SEARCH_BOX,
        className="search-box",
        role="search",
    )


def results(
    found: Sequence[Asset], text: str, places: Sequence[Place], pages: Mapping[str, str]
) -> list[Any]:
    """What was found: pages, places by kind, then resources by type; each is a link. pages: title → address."""
    words = text.lower().split()
    named = {title: path for title, path in pages.items() if all(word in title.lower() for word in words)}
    before = _list_group("Pages", [_place_option(title, path, "", text) for title, path in named.items()])
    for kind, title in TITLES.items():
        of_kind = [one for one in places if one.kind is kind]
        before += _list_group(title, [_place_option(one.name, _lead(one), one.note, text) for one in of_kind])
    if found:
        return before + _list_resources(found, text)
    sentence = [
        "No page, table, saved query or schedule is called, and no resource has "
        if not before
        else "No resource has ",
        html.Strong(text),
        " in its id, name, ARN or tags.",
    ]
    return [*before, html.Div(sentence, className="search-none")]


def _list_group(title: str, options: Sequence[html.Div]) -> list[Any]:
    if not options:
        return []
    return [html.Div(title, className="search-group", role="presentation"), *options]


def _lead(one: Place) -> str:
    if one.ref is not None:
        return addresses.table(one.ref)
    return f"/ide?query={one.id}" if one.kind is PlaceKind.QUERY else f"/schedules?schedule={one.id}"


def _place_option(name: str, href: str, note: str, text: str) -> html.Div:
    parts = [
        html.Span(_mark_words(name, text), className="search-name"),
        html.Span(className="search-id"),
        html.Span(_mark_words(note, text), className="search-place"),
    ]
    # Enter opens what is called exactly so
    exact = {"data-exact": "true"} if name.lower() == text.strip().lower() else {}
    return html.Div(dcc.Link(parts, href=href, className="search-option"), role="option", **exact)


def _list_resources(found: Sequence[Asset], text: str) -> list[Any]:
    """By type, the types with the best hits first."""
    order = {kind: i for i, kind in enumerate(dict.fromkeys(_type(one) for one in found))}
    parts: list[Any] = []
    for kind, group in groupby(sorted(found, key=lambda one: order[_type(one)]), key=_type):
        listed = list(group)
        parts.append(html.Div(kind, className="search-group", role="presentation"))
        parts += [_option(one, text) for one in listed[:MOST_PER_TYPE]]
        if len(listed) > MOST_PER_TYPE:
            # the search ends with the first forty: how many there are in all is not known
            table = listed[0].table
            parts.append(
                html.Div(
                    dcc.Link(
                        f"More in {table.label}",
                        href=addresses.table(table, find=text),
                        className="search-option search-place",
                    ),
                    role="option",
                )
            )
    return parts


def _type(one: Asset) -> str:
    return ".".join(part for part in (one.provider, one.service, one.type) if part) or one.table.label


def _option(one: Asset, text: str) -> html.Div:
    name = one.name or one.id or one.key
    parts = [html.Span(_mark_words(name, text), className="search-name")]
    if one.id and one.id != name:
        parts.append(html.Span(_mark_words(one.id, text), className="search-id"))
    else:
        parts.append(html.Span(className="search-id"))
    place = one.matched or " · ".join(part for part in (one.region, one.account) if part)
    parts.append(html.Span(_mark_words(place, text) if one.matched else place, className="search-place"))
    return html.Div(
        dcc.Link(parts, href=addresses.resource(one.table, one.key, one.scope), className="search-option"),
        role="option",
    )


def _mark_words(value: str, text: str) -> list[Any]:
    """The value with the words of the search marked."""
    words = [re.escape(word) for word in text.split() if word]
    if not words:
        return [value]
    pieces = re.split(f"({'|'.join(words)})", value, flags=re.IGNORECASE)
    return [html.Mark(piece) if i % 2 else piece for i, piece in enumerate(pieces) if piece]
