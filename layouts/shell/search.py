"""The search box in the top bar: finds pages, tables, saved queries, schedules, resources, and what one can do.

assets/shared/search.js makes it usable from the keyboard, and opens it with / and Ctrl+K.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.keys import Destination
from layouts.components.page import icon
from layouts.inventory import addresses
from layouts.shell import ids
from layouts.shell.actions import Action
from services.models.inventory import Asset
from services.models.limits import LONGEST_SEARCH
from services.models.places import Place, PlaceKind

MOST_PER_TYPE = 6
LONGEST_PASTED = 20_000
TITLES = {
    PlaceKind.TABLE: "Tables",
    PlaceKind.QUERY: "Saved queries",
    PlaceKind.SCHEDULE: "Schedules",
    PlaceKind.ENTRY: "Inbox",
}


def box() -> html.Div:
    """The input and the place of its results."""
    return html.Div(
        [
            icon("bi-search"),
            dbc.Input(
                id=ids.SEARCH_INPUT,
                type="search",
                placeholder="Find anything, do anything",
                # milliseconds: an answer takes as long as the next key, and one that is late is dropped
                debounce=50,
                autocomplete="off",
                # longer than what is looked for, so that what is left out can be said
                maxlength=LONGEST_PASTED,
                value="",
            ),
            html.Kbd("Ctrl K", className="search-key", title="Press Ctrl+K or / to search"),
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
    found: Sequence[Asset] | None,
    text: str,
    places: Sequence[Place],
    destinations: Mapping[str, Destination],
    actions: Sequence[Action],
) -> list[Any]:
    """What was found: pages, places by kind, resources by type, then what one can do; each is a link or a button.

    Groups with something that is called exactly so come first. found: None where resources were not looked for, for a
    text that is too short. destinations: key → where it leads.
    """
    words = text.lower().split()
    pages = [
        _place_option(place.title, place.href, "", text, f"g {key}")
        for key, place in destinations.items()
        if all(word in place.title.lower() for word in words)
    ]
    groups = [("Pages", pages)]
    for kind, title in TITLES.items():
        of_kind = [one for one in places if one.kind is kind]
        options = [
            _place_option(one.name, _lead(one), one.note, text, exact_elsewhere=one.kind is PlaceKind.ENTRY)
            for one in of_kind
        ]
        groups.append((title, options))
    groups += _list_resources(found or [], text)
    done = [_action_option(action, text) for action in actions]
    listed = [
        part
        for title, options in [*_put_exact_first(groups), ("Actions", done)]
        for part in _list_group(title, options)
    ]
    if found or found is None:
        return listed
    sentence = [
        "No page, table, saved query, schedule or action is called, and no resource has "
        if not listed
        else "No resource has ",
        html.Strong(text, className="given"),
        " in its id, name, ARN or tags.",
    ]
    return [*listed, html.Div(sentence, className="search-none")]


def cut_note(length: int) -> html.Div:
    """What is said of a text that is longer than what is looked for. length: of the whole, in characters."""
    return html.Div(
        f"The text has {length:,} characters: the first {LONGEST_SEARCH} were looked for.",
        className="search-none",
        role="status",
    )


def _put_exact_first(
    groups: Sequence[tuple[str, Sequence[html.Div]]],
) -> list[tuple[str, Sequence[html.Div]]]:
    return sorted(groups, key=lambda group: not any(getattr(one, "data-exact", None) for one in group[1]))


def _list_group(title: str, options: Sequence[html.Div]) -> list[Any]:
    if not options:
        return []
    return [html.Div(title, className="search-group", role="presentation"), *options]


def _lead(one: Place) -> str:
    if one.href:
        return one.href
    if one.ref is not None:
        return addresses.table(one.ref)
    return f"/ide?query={one.id}" if one.kind is PlaceKind.QUERY else f"/schedules?schedule={one.id}"


def _place_option(
    name: str, href: str, note: str, text: str, keys: str = "", *, exact_elsewhere: bool = False
) -> html.Div:
    parts = [
        html.Span(_mark_words(name, text), className="search-name"),
        html.Span(className="search-id"),
        html.Span(_mark_words(note, text), className="search-place"),
        html.Kbd(keys, className="search-keys") if keys else None,
    ]
    # an entry of the inbox is called as the table that it is about, which Enter is to open
    names = [] if exact_elsewhere else [name]
    return _wrap_option(dcc.Link(parts, href=href, className="search-option"), names, text)


def _action_option(action: Action, text: str) -> html.Div:
    parts = [
        icon(action.icon),
        html.Span(_mark_words(action.title, text), className="search-name"),
        html.Span(className="search-id"),
        html.Kbd(action.keys, className="search-keys") if action.keys else None,
    ]
    if action.href:
        return _wrap_option(
            dcc.Link(parts, href=action.href, className="search-option"), [action.title], text
        )
    button = html.Button(parts, type="button", className="search-option", **{"data-action": action.script})
    return _wrap_option(button, [action.title], text)


def _wrap_option(control: Any, names: Sequence[str], text: str) -> html.Div:
    # Enter opens what is called exactly so
    wanted = text.strip().lower()
    exact = {"data-exact": "true"} if wanted and wanted in (name.lower() for name in names) else {}
    return html.Div(control, role="presentation", **exact)


def _list_resources(found: Sequence[Asset], text: str) -> list[tuple[str, list[html.Div]]]:
    """By type, the types with the best hits first."""
    order = {kind: i for i, kind in enumerate(dict.fromkeys(_type(one) for one in found))}
    groups = []
    for kind, group in groupby(sorted(found, key=lambda one: order[_type(one)]), key=_type):
        listed = list(group)
        options = [_option(one, text) for one in listed[:MOST_PER_TYPE]]
        if len(listed) > MOST_PER_TYPE:
            # the search ends with the first forty: how many there are in all is not known
            table = listed[0].table
            more = dcc.Link(
                f"More in {table.label}",
                href=addresses.table(table, find=text),
                className="search-option search-place",
            )
            options.append(html.Div(more, role="presentation"))
        groups.append((kind, options))
    return groups


def _type(one: Asset) -> str:
    return ".".join(part for part in (one.provider, one.service, one.type) if part) or one.table.label


def _option(one: Asset, text: str) -> html.Div:
    name = one.name or one.id or one.key
    parts = [html.Span(_mark_words(name, text), className="search-name")]
    # an ARN or a path that ends with the name repeats it, and takes the room of what was found
    repeats = one.id == name or one.id.endswith((f":{name}", f"/{name}"))
    if one.id and not repeats:
        parts.append(html.Span(_mark_words(one.id, text), className="search-id"))
    else:
        parts.append(html.Span(className="search-id"))
    place = one.matched or " · ".join(part for part in (one.region, one.account) if part)
    parts.append(html.Span(_mark_words(place, text) if one.matched else place, className="search-place"))
    link = dcc.Link(parts, href=addresses.resource(one.table, one.key, one.scope), className="search-option")
    return _wrap_option(link, [name, one.id], text)


def _mark_words(value: str, text: str) -> list[Any]:
    """The value with the words of the search marked."""
    words = [re.escape(word) for word in text.split() if word]
    if not words:
        return [value]
    pieces = re.split(f"({'|'.join(words)})", value, flags=re.IGNORECASE)
    return [html.Mark(piece) if i % 2 else piece for i, piece in enumerate(pieces) if piece]
