"""Components as HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.markup import ELEMENTS_WITHOUT_END, Fragments, Tag, render

# what could end a text, an attribute or an element
WORDS = st.text(st.sampled_from("ab<>&\"'/= ;:-\n🦆"), max_size=12)
VALUES = st.one_of(WORDS, st.integers(), st.booleans(), st.none())
LEAVES = st.one_of(WORDS, st.integers(), st.none())
NAMES = {
    "title": "title",
    "className": "class",
    "tabIndex": "tabindex",
    "data-x": "data-x",
    "aria-label": "aria-label",
}
PROPERTIES = st.dictionaries(st.sampled_from(sorted(NAMES)), VALUES)


def make(children: Any) -> st.SearchStrategy[Any]:
    kinds = st.sampled_from([html.Div, html.Span, html.A, html.Th])
    return st.builds(
        lambda kind, inside, said: kind(inside, **said), kinds, st.lists(children, max_size=3), PROPERTIES
    )


class Reader(HTMLParser):
    """An element → (name, attributes, what is in it); texts that follow each other are one."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[list[Any]] = [[]]
        self.feed(written)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside: list[Any] = []
        self.open[-1].append((tag, dict(attrs), inside))
        if tag not in ELEMENTS_WITHOUT_END:
            self.open.append(inside)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1] and isinstance(self.open[-1][-1], str):
            data = self.open[-1].pop() + data
        self.open[-1].append(data)


def told(shown: Any) -> list[Any]:
    """The same of a component."""
    if isinstance(shown, list):
        found: list[Any] = []
        for one in shown:
            for part in told(one):
                joined = isinstance(part, str) and found and isinstance(found[-1], str)
                found.append(found.pop() + part if joined else part)
        return found
    if not hasattr(shown, "to_plotly_json"):
        return [str(shown)] if shown not in (None, "") else []
    attributes = {
        NAMES[name]: None if value is True else str(value)
        for name, value in shown.to_plotly_json()["props"].items()
        if name != "children" and value is not None and value is not False
    }
    return [(type(shown).__name__.lower(), attributes, told(shown.children))]


@given(st.recursive(LEAVES, make, max_leaves=12))
def test_what_a_browser_reads_is_what_was_written_whatever_the_words_are(shown: Any) -> None:
    assert Reader(render([shown])).open == [told([shown])]


def test_links_styles_and_pictures() -> None:
    link = dcc.Link("a", href="/inventory?x=1&y=2", className="mono", refresh=False)
    assert render(link) == '<a href="/inventory?x=1&amp;y=2" class="mono">a</a>'
    box = html.Div(style={"gridTemplateColumns": "1fr", "--tone": "#fff"}, hidden=True)
    assert render(box) == '<div hidden style="grid-template-columns:1fr;--tone:#fff"></div>'
    picture = Tag("svg", {"viewBox": "0 0 1 1"}, [Tag("polygon", {"points": "0,0", "fill": "#fff"})])
    assert render(picture) == '<svg viewBox="0 0 1 1"><polygon points="0,0" fill="#fff"></polygon></svg>'
    assert render(html.Img(alt="b")) == '<img alt="b">'


@pytest.mark.parametrize(
    "shown", [dcc.Graph(), dbc.Button("a"), Fragments(), html.Button(id={"type": "a", "of": 1})]
)
def test_what_needs_dash_in_the_browser_is_refused(shown: Any) -> None:
    with pytest.raises(TypeError):
        render(html.Div([shown]))


def test_a_name_of_an_attribute_is_one() -> None:
    with pytest.raises(ValueError, match="no attribute"):
        render(Tag("g", {"x onload": "1"}))
