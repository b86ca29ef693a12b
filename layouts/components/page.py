"""The frame that pages share: the header and panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from dash import html
from dash.development.base_component import Component

Children: TypeAlias = str | Component | Sequence[Any] | None


def icon(name: str, label: str | None = None) -> html.I:
    """A Bootstrap icon; without a label it is decoration and hidden from screen readers."""
    described: dict[str, Any] = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return html.I(className=f"bi {name}", **described)


def header(
    title: Children,
    description: Children,
    *,
    trail: Sequence[Children] = (),
    dot: str = "",
    beside: Children = None,
    facts: Children = None,
    actions: Children = None,
) -> html.Div:
    """A page's head: where one is, its title, one line of what it is, and at the right what is known and can be done.

    trail: links to what it belongs to, and last its own name. dot: a provider's colour. beside: stands by the title.
    """
    return html.Div(
        [
            _trail(trail) if trail else None,
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(
                                [html.H1([_dot(dot), title], className="page-title"), beside],
                                className="title-line",
                            ),
                            html.P(description, className="page-subtitle"),
                        ],
                        className="page-heading",
                    ),
                    facts,
                    html.Div(actions, className="page-actions") if actions else None,
                ],
                className="page-line",
            ),
        ],
        className="page-header",
    )


def _dot(colour: str) -> html.Span | None:
    return html.Span(className="provider-dot", style={"background": colour}) if colour else None


def _trail(places: Sequence[Children]) -> html.Nav:
    parts: list[Any] = []
    for place in places:
        parts += [icon("bi-chevron-right"), place if isinstance(place, Component) else html.Span(place)]
    return html.Nav(parts[1:], className="trail", **{"aria-label": "Where you are"})


def panel(
    title: Children, children: Children, note: Children = None, className: str = "", **attributes: Any
) -> html.Section:
    """A bordered card with a title at the left and a quiet note or controls at the right."""
    return html.Section(
        [
            html.Div(
                [html.H2(title, className="panel-title"), html.Div(note, className="panel-note")],
                className="panel-head",
            ),
            html.Div(children, className="panel-body"),
        ],
        className=f"panel {className}".strip(),
        **attributes,
    )


def hidden_label(words: str, control: Component, className: str = "") -> html.Label:
    """A control whose label only screen readers see."""
    return html.Label(
        [html.Span(words, className="visually-hidden"), control], className=f"labelled {className}".strip()
    )
