"""The search box in the top bar: finds a resource in all tables.

assets/shared/search.js makes it usable from the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.page import icon
from layouts.inventory import addresses
from layouts.shell import ids
from services.models.inventory import Asset
from services.models.limits import LONGEST_SEARCH

MOST_PER_TYPE = 6


def box() -> html.Div:
    """The input and the place of its results."""
    return html.Div(
        [
            icon("bi-search"),
            dbc.Input(
                id=ids.SEARCH_INPUT,
                type="search",
                placeholder="Search resources by id, name, ARN or tag",
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
                **{"aria-label": "Resources found"},
            ),
        ],
        id=ids.SEARCH_BOX,
        className="search-box",
        role="search",
    )


def results(found: Sequence[Asset], text: str) -> list[Any]:
    """What was found by type, the types with the best hits first; each is a link to its resource."""
    if not found:
        return [
            html.Div(
                ["No resource has ", html.Strong(text), " in its id, name, ARN or tags."],
                className="search-none",
            )
        ]
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
