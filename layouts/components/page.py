"""The frame that pages share: headers, panels and figures."""

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


def page_header(title: Children, subtitle: Children, actions: Children = None) -> html.Div:
    """A page's title, what it is about in one line, and what can be done at the right."""
    return html.Div(
        [
            html.Div([html.H1(title, className="page-title"), html.P(subtitle, className="page-subtitle")]),
            html.Div(actions, className="page-actions"),
        ],
        className="page-header",
    )


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


def figure(label: str, value: Children, note: Children = None, tone: str = "") -> html.Div:
    """One number with its label and what qualifies it; tone is success, warning, danger or nothing."""
    return html.Div(
        [
            html.Div(label, className="figure-label"),
            html.Div(value, className=f"figure-value tone-{tone}" if tone else "figure-value"),
            html.Div(note, className="figure-note"),
        ],
        className="figure",
    )


def labelled(words: str, control: Component, className: str = "") -> html.Label:
    """A control whose label only screen readers see."""
    return html.Label(
        [html.Span(words, className="visually-hidden"), control], className=f"labelled {className}".strip()
    )
