"""Choosing one of several: three questions, each with one look.

Segments choose a view of a page. Tabs choose a part of one thing. Pills filter by a value, with how many there are of
each; what is chosen is in the address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.figures import number
from layouts.components.page import Children
from services.models.coverage import COUNTED, Reading


class Option(NamedTuple):
    """One that can be chosen. number: how many there are of it, None where that is not counted. reading: of that."""

    value: str
    words: str
    number: int | None = None
    reading: Reading = COUNTED


def segment_links(
    label: str, options: Sequence[Option], chosen: str, addresses: Mapping[str, str]
) -> html.Nav:
    """The views of a page, each with its address."""
    return html.Nav(
        [
            dcc.Link(
                one.words,
                href=addresses[one.value],
                className="segment" + " active" * (one.value == chosen),
            )
            for one in options
        ],
        className="segments",
        **{"aria-label": label},
    )


def segments(id: str, options: Sequence[Option], chosen: str, **attributes: Any) -> dbc.RadioItems:
    """The views of a part of a page; the value is the chosen one's."""
    return _radios(id, options, chosen, "segments", "segment", **attributes)


def pills(id: str, options: Sequence[Option], chosen: str) -> dbc.RadioItems:
    """The values that one may filter by; the value is the chosen one's."""
    return _radios(id, options, chosen, "pills", "pill")


def radio_options(options: Sequence[Option]) -> list[dict[str, Any]]:
    """The options of `segments` and `pills` as the component takes them, for callbacks that count anew."""
    return [{"label": _add_count(one), "value": one.value} for one in options]


def _radios(
    id: str, options: Sequence[Option], chosen: str, className: str, one: str, **attributes: Any
) -> dbc.RadioItems:
    return dbc.RadioItems(
        id=id,
        options=radio_options(options),
        value=chosen,
        className=className,
        inputClassName="btn-check",
        labelClassName=one,
        labelCheckedClassName="active",
        **attributes,
    )


def pill_button(one: Option, chosen: bool, **attributes: Any) -> html.Button:
    """A value to filter by where a script keeps what is chosen; attributes say to it what the button does."""
    return html.Button(
        _add_count(one),
        type="button",
        className="pill" + " active" * chosen,
        **{"aria-pressed": str(chosen).lower(), **attributes},
    )


def tab_list(label: str, tabs: Sequence[html.Button], className: str = "") -> html.Div:
    """The parts of one thing, as `tab` makes them."""
    return html.Div(tabs, className=f"tabs {className}".strip(), role="tablist", **{"aria-label": label})


def tab(one: Option, chosen: bool, className: str = "", **attributes: Any) -> html.Button:
    """A part; one is reached by Tab, the others by the arrow keys. className, attributes: for the script that turns."""
    return html.Button(
        _add_count(one),
        type="button",
        role="tab",
        className=f"tab-part {className}".strip(),
        tabIndex=0 if chosen else -1,
        **{"aria-selected": str(chosen).lower(), **attributes},
    )


def _add_count(one: Option) -> Children:
    if one.number is None:
        return one.words
    return [html.Span(one.words), number(one.number, one.reading, "pill-count")]
