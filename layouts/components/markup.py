"""Components as HTML: what a page shows and no callback asks about is one component of Dash's instead of hundreds.

Dash's renderer asks every component on a page at every change of its store. A list of links, a chart of marks and a row
of figures change as a whole: they are written here, and `Fragments` (assets/shared/fragments.js) puts them in their
place. Every text and every value of an attribute is escaped; links are only to places of this app.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar, TypedDict

from dash import dcc, html
from dash.development.base_component import Component

# properties whose attribute is not called as they are in small letters
ATTRIBUTES = {"className": "class", "htmlFor": "for"}
# of dash.dcc.Link: how it loads, which the browser's script does
LINK_ONLY = frozenset({"refresh"})
ELEMENTS_WITHOUT_END = frozenset({"br", "hr", "img", "input"})
# behind the key of a chart: the table behind it is asked for
TABLE = " table"
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
CAPITAL = re.compile(r"[A-Z]")


class Part(TypedDict, total=False):
    """A part of a page that is drawn as HTML. key: tells it from the others; className: of its place.

    html: what it shows. of: instead, what it is to be drawn of, a word that the page's callback understands: it is
    asked for with `asked` when it comes into view, and comes with `drawn`.
    """

    key: str
    className: str
    html: str
    of: str


class Drawn(TypedDict):
    """Parts that were asked for. html: by their keys; a key and `TABLE`: the table behind a chart."""

    of: str
    html: dict[str, str]


@dataclass(frozen=True)
class Tag:
    """An element that `dash.html` does not have, one of SVG's."""

    name: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    children: Sequence[Any] = ()


class Fragments(Component):  # type: ignore[misc]
    """Parts of a page as HTML, in order; one whose HTML stays the same is left as it stands.

    Its `parts` are a list of `Part`. What of them came into view the browser puts into `asked`, as {"of": word,
    "keys": […]}; the page's callback puts `Drawn` into `drawn`.
    """

    _namespace = "inventory_fragments"
    _type = "Fragments"
    _prop_names: ClassVar = ["asked", "className", "drawn", "id", "parts"]
    _valid_wildcard_attributes: ClassVar[list[str]] = []
    available_properties = _prop_names
    available_wildcard_attributes: ClassVar[list[str]] = []


def write_part(shown: Component, className: str = "in-place") -> Fragments:
    """What no callback asks about, as one component. className: of its place, where it has one of its own."""
    return Fragments(parts=[Part(key="whole", className=className, html=render(shown))], className="in-place")


def render(shown: Any) -> str:
    """The HTML of components of `dash.html`, of links and texts. Raises TypeError for any other component."""
    return "".join(_write(shown))


def _write(shown: Any) -> Iterator[str]:
    if shown is None or isinstance(shown, bool):
        return
    if isinstance(shown, Component | Tag):
        yield from _write_element(shown)
    elif isinstance(shown, str | int | float):
        yield escape(str(shown), quote=False)
    else:
        for one in shown:
            yield from _write(one)


def _write_element(shown: Component | Tag) -> Iterator[str]:
    children: Any
    if isinstance(shown, Tag):
        name, children, attributes = shown.name, shown.children, dict(shown.attributes)
    else:
        attributes = dict(shown.to_plotly_json()["props"])
        children = attributes.pop("children", None)
        name = _name_element(shown)
    yield f"<{name}"
    for key, value in attributes.items():
        yield from _write_attribute(key, value)
    yield ">"
    if name not in ELEMENTS_WITHOUT_END:
        yield from _write(children)
        yield f"</{name}>"


def _name_element(shown: Component) -> str:
    if isinstance(shown, dcc.Link):
        return "a"
    if type(shown).__module__.startswith(html.__name__):
        return type(shown).__name__.lower()
    raise TypeError(f"{type(shown).__name__} is no HTML: it needs Dash in the browser")


def _write_attribute(key: str, value: Any) -> Iterator[str]:
    if value is None or value is False or key in LINK_ONLY:
        return
    if key == "style":
        value = ";".join(
            f"{CAPITAL.sub(_dash, name)}:{one}" for name, one in value.items() if one is not None
        )
    elif isinstance(value, Mapping):
        raise TypeError(f"{key}: a callback's id cannot be asked for in HTML")
    name = _name_attribute(key)
    yield f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _dash(letter: re.Match[str]) -> str:
    return f"-{letter[0].lower()}"


@functools.cache
def _name_attribute(key: str) -> str:
    if not NAME.fullmatch(key):
        raise ValueError(f"{key!r} is no attribute's name")
    name = ATTRIBUTES.get(key)
    # SVG's attributes keep their capitals
    return name or (key if key in ("viewBox", "preserveAspectRatio") else key.lower())
