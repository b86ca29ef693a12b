"""What a viewer sees at the address of an engineers' page: no control that would be refused."""

from __future__ import annotations

from dash import dcc, html

from layouts.components.feedback import empty_state
from layouts.components.page import header
from layouts.inventory import addresses


def layout(title: str) -> html.Div:
    """Says whom the page is for, and leads to what viewers may see. title: the page's."""
    return html.Div(
        [
            header(title, "This page is for engineers."),
            html.Div(
                empty_state(
                    "bi-person-lock",
                    "Not allowed",
                    "Your role is viewer, and only engineers may open this page. Ask an administrator to add you"
                    " to the engineers' group.",
                    dcc.Link("Open the inventory", href=addresses.PAGE, className="btn btn-primary"),
                ),
                className="panel",
            ),
        ]
    )
