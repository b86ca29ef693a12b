"""Charts as HTML: marks that are links, in the theme's own colours, drawn at once and without a library.

The marks of a chart stand in groups: the parts of a bar, what is on one day. They are one stop of Tab, and arrows go
between them (assets/shared/fragments.js). Each says what it shows to those who hear it, and under the pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dash import html

from layouts.components.page import Children

MOST_TICKS = 5
# from here on a tick is no number to be read off but a height
SHORT = ((1_000_000_000, "B"), (1_000_000, "M"))


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


def legend(named: Iterable[tuple[str, str]]) -> html.Div:
    """What the colours mean: (words, CSS colour)."""
    return html.Div(
        [
            html.Span([html.Span(className="provider-dot", style={"background": colour}), words])
            for words, colour in named
        ],
        className="chart-legend",
    )


def list_ticks(low: float, high: float) -> list[int]:
    """Round numbers from `low` to `high`, nought among them, about `MOST_TICKS`; none between whole ones."""
    span, step = max(high, 0) - min(low, 0), 1
    while span / step > MOST_TICKS:
        # 1, 2, 5, 10, 20, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return [number * step for number in range(-int(-min(low, 0) // step), int(max(high, 0) // step) + 1)]


def format_tick(number: int) -> str:
    """`10,000`, and `1.5M` from a million on."""
    for size, letter in SHORT:
        if abs(number) >= size:
            return f"{number / size:g}{letter}".replace("-", "−")
    return f"{number:,}".replace("-", "−")


def percent(share: float) -> str:
    """A share of 0 to 1 as CSS writes it."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"
