"""The columns of the change feed that flap: which they are, and the ways to be rid of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from layouts.components.figures import cover
from layouts.components.page import icon
from layouts.inventory import addresses, ids
from services.models.coverage import COUNTED
from services.models.inventory import Flapping

# what an address says of them
HIDDEN = "hidden"


def flapping_line(found: Sequence[Flapping], hidden: bool, editable: bool, href: str) -> Any:
    """The columns that change in most runs, and the way to hide or to show them. href: of the other of the two."""
    if not found:
        return None
    listed = []
    for one in found:
        ignore = html.Button(
            "Ignore it",
            id=ids.flapping_ignore(one.schedule_id, one.column),
            type="button",
            className="btn btn-link btn-sm inline-button",
            title="Add it to the ignored columns of the schedule: runs no longer take it for a change",
            n_clicks=0,
        )
        listed.append(
            html.Li(
                [
                    html.Span(one.column, className="mono"),
                    " of ",
                    dcc.Link(
                        one.table.label,
                        href=addresses.table(one.table, "changes"),
                        className="quiet-link mono",
                    ),
                    html.Span(f" in {one.runs:,} of {one.of:,} runs ", className="value-name"),
                    ignore if editable and one.schedule_id is not None else None,
                ]
            )
        )
    count = f"{len(found):,} columns change" if len(found) > 1 else "One column changes"
    said = f"{count} in most runs of the last 7 days"
    return cover(
        [
            icon("bi-activity"),
            html.Details([html.Summary(f"{said}{': hidden' if hidden else ''}"), html.Ul(listed)]),
            dcc.Link("Show what changed in them" if hidden else "Hide what changed in them alone", href=href),
        ],
        COUNTED,
        "changes-flapping",
    )
