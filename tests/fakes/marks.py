"""Looking into a chart of marks (layouts/components/marks.py), as it is before it is HTML."""

from __future__ import annotations

from typing import Any, NamedTuple

from dash import html
from fakes.components import walk

from layouts.components.markup import Tag


class Mark(NamedTuple):
    """A mark: what it says, where it leads ("" nowhere), its classes and its style."""

    words: str
    address: str
    kind: str
    style: dict[str, Any]

    def share(self, of: str) -> float:
        """A length of its style, 0 to 1."""
        return float(str(self.style[of]).removesuffix("%")) / 100


def marks(shown: Any, kind: str = "") -> list[Mark]:
    """The marks of a class, in order."""
    found = [
        Mark(
            getattr(one, "aria-label"),
            getattr(one, "href", "") or "",
            one.className,
            getattr(one, "style", None) or {},
        )
        for one in walk(shown)
        if isinstance(one, html.A | html.Span) and getattr(one, "aria-label", None)
    ]
    return [one for one in found if not kind or kind in one.kind.split()]


def sentence(shown: html.Div) -> str:
    """What the chart is for those who hear it."""
    return str(getattr(shown, "aria-label"))


def groups(shown: Any, kind: str) -> list[html.Div]:
    """The groups of marks of a class, in order."""
    return [
        one
        for one in walk(shown)
        if isinstance(one, html.Div) and {"mark-group", kind} <= set((one.className or "").split())
    ]


def tags(shown: Any, name: str) -> list[Tag]:
    """The elements of SVG of a name, in order."""
    if isinstance(shown, list | tuple):
        return [tag for one in shown for tag in tags(one, name)]
    own = [shown] if isinstance(shown, Tag) and shown.name == name else []
    return [*own, *tags(getattr(shown, "children", None) or [], name)]


def tab_stops(shown: Any) -> list[int]:
    """How many links of each box of marks are reached by Tab."""
    boxes = [
        one
        for one in walk(shown)
        if isinstance(one, html.Div) and "marks" in (getattr(one, "className", None) or "").split()
    ]
    return [sum(1 for one in walk(box) if isinstance(one, html.A) and one.tabIndex == 0) for box in boxes]
