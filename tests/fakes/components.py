"""Looking into what a page shows, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dash import html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder


def text(component: Any) -> str:
    """Everything that a component says, and where its links lead, as JSON."""
    return json.dumps(component, cls=PlotlyJSONEncoder)


def walk(component: Any) -> Iterator[Component]:
    """A component and all that is in it, in order."""
    if isinstance(component, list | tuple):
        for one in component:
            yield from walk(one)
    elif isinstance(component, Component):
        yield component
        yield from walk(getattr(component, "children", None))


def words(component: Any) -> str:
    """Every text of a component, in order, with one space between two words."""
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, str | int | float):
        return " ".join(str(component).split())
    if isinstance(component, list | tuple):
        return " ".join(said for one in component if (said := words(one)))
    return words(getattr(component, "children", None))


def links(component: Any) -> list[str]:
    """Where its links lead, in order."""
    return [one.href for one in walk(component) if getattr(one, "href", None)]


def wrong_labels(component: Any) -> list[tuple[str, str]]:
    """Where rows stand as cards: what a cell says it is, and the head above it, where the two are not the same.

    A number that does not say what it is counts.
    """
    found = []
    for table in walk(component):
        if isinstance(table, html.Table) and "cards" in table.className.split():
            head, body = table.children[:2]
            titles = [words(one) for one in head.children.children]
            for row in body.children:
                for cell, title in zip(row.children, titles, strict=True):
                    silent = "" if "number" in (getattr(cell, "className", "") or "") else title
                    found.append((getattr(cell, "data-label", silent), title))
    return [(said, title) for said, title in found if said != title]
