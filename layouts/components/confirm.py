"""Asking before something is lost: a dialog that names it.

The page keeps what is to be confirmed (an id in a Store), opens the dialog with `children` from `loss`, and acts on
the confirming button, `ids.confirm`. Cancel, Escape and the cross close it by themselves: see assets/shared/confirm.js.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.page import Children, icon


@dataclass(frozen=True)
class ConfirmIds:
    """The ids of a dialog's parts, made from the dialog's own."""

    dialog: str

    @property
    def title(self) -> str:
        return f"{self.dialog}_title"

    @property
    def body(self) -> str:
        return f"{self.dialog}_body"

    @property
    def confirm(self) -> str:
        return f"{self.dialog}_confirm"


def confirmation(id: str, title: Children, confirm_label: str, children: Children = None) -> dbc.Modal:
    """The dialog, closed. The page's callbacks set `is_open`, and the children of `ids.title` and `ids.body`."""
    ids = ConfirmIds(id)
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=ids.title, tag="h2"), close_button=True),
            dbc.ModalBody(children, id=ids.body),
            dbc.ModalFooter(
                [
                    dbc.Button("Cancel", color="secondary", outline=True, className="confirm-cancel"),
                    dbc.Button(confirm_label, id=ids.confirm, color="danger"),
                ]
            ),
        ],
        id=id,
        is_open=False,
        centered=True,
        class_name="confirm-dialog",
        labelledby=ids.title,
    )


def loss(sentence: Children, lost: Sequence[Children], kept: Sequence[Children] = ()) -> html.Div:
    """What happens, as a sentence, then what is lost and what stays, item by item."""
    return html.Div(
        [
            html.P(sentence),
            *_items("bi-x-circle", "Lost", lost, "tone-danger"),
            *_items("bi-check-circle", "Stays", kept, "tone-success"),
        ]
    )


def _items(icon_name: str, word: str, items: Sequence[Children], tone: str) -> list[html.Div]:
    if not items:
        return []
    return [
        html.Div(
            [
                html.Div(
                    [html.Span(icon(icon_name), className=tone), html.Strong(word)], className="loss-head"
                ),
                html.Ul([html.Li(item) for item in items]),
            ],
            className="loss",
        )
    ]
