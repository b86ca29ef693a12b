"""Charts as HTML: marks that are links, in the theme's own colours, drawn at once and without a library.

The marks of a chart stand in groups: the parts of a bar, what is on one day. They are one stop of Tab, and arrows go
between them (assets/shared/fragments.js). Each says what it shows to those who hear it, and under the pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dash import html

from layouts.components.page import Children

# marks of as many shapes tell series apart beside their colours
SHAPES = 4


def mark(words: str, address: str, className: str, **style: object) -> html.A | html.Span:
    """A mark. words: what it shows; address: where it leads, if anywhere; style: its place and size, as CSS."""
    if not address:
        return html.Span(className=className, style=style, role="img", **{"aria-label": words})
    return html.A(href=address, className=className, style=style, tabIndex=-1, **{"aria-label": words})


def group(marks: Sequence[Any], className: str = "", tip: str = "", **attributes: Any) -> html.Div:
    """Marks that stand together. tip: what is said under the pointer below the words of each."""
    said = {"data-tip": tip} if tip else {}
    return html.Div(marks, className=f"mark-group {className}".strip(), **said, **attributes)


def drawing(sentence: str, children: Children, className: str) -> html.Div:
    """A chart. sentence: what one sees in it, for those who hear it."""
    return html.Div(children, className=f"drawing {className}", role="group", **{"aria-label": sentence})


def place_marks(groups: Sequence[Any], along: str, className: str = "") -> html.Div:
    """The marks of a chart. along: `right` or `down`, how its groups stand; the other way leads within one."""
    first = next(_list_links(groups), None)
    if first is not None:
        first.tabIndex = 0
    return html.Div(groups, className=f"marks {className}".strip(), **{"data-along": along})


def _list_links(shown: Any) -> Iterator[html.A]:
    for one in shown if isinstance(shown, list | tuple) else [shown]:
        if isinstance(one, html.A):
            yield one
        elif one is not None and not isinstance(one, str):
            # a component without children counts as false
            children = getattr(one, "children", None)
            yield from _list_links([] if children is None else children)


def legend(named: Iterable[tuple[str, str]], shaped: bool = False) -> html.Div:
    """What the colours mean: (words, CSS colour). shaped: each has the shape of its marks, too."""
    return html.Div(
        [
            html.Span([swatch(colour, number if shaped else 0), words])
            for number, (words, colour) in enumerate(named)
        ],
        className="chart-legend",
    )


def swatch(colour: str, number: int = 0) -> html.Span:
    """A spot of a colour beside words. number: of its series, which has a shape of its own."""
    return html.Span(className=f"provider-dot {name_shape(number)}".strip(), style={"background": colour})


def name_shape(number: int) -> str:
    """The class of the shape of a series' marks; the first one's are round."""
    return f"shape-{number % SHAPES}" if number % SHAPES else ""


def percent(share: float) -> str:
    """A share of 0 to 1 as CSS writes it."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"
