"""How Postgres would run a statement over the inventory, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.page import Children
from layouts.ide import ids


class Step(NamedTuple):
    """depth: 0 for the last step. rows, cost: estimates, of the step with all that it needs."""

    depth: int
    words: str
    rows: int
    cost: float


def plan_dialog() -> dbc.Modal:
    """The dialog, which `plan` fills."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("How Postgres would run it", id=ids.PLAN_TITLE)),
            dbc.ModalBody(id=ids.PLAN_BODY),
        ],
        id=ids.PLAN_DIALOG,
        labelledby=ids.PLAN_TITLE,
        size="lg",
        scrollable=True,
    )


def plan(summary: str, steps: Sequence[Step], cut: bool) -> list[Children]:
    """The plan's steps, the last one first, each above what it needs. cut: there are more than are shown."""
    rows = [
        html.Tr(
            [
                html.Td(
                    html.Span(step.words, style={"paddingInlineStart": f"{step.depth * 1.1:.1f}em"}),
                    className="given",
                ),
                html.Td(f"{step.rows:,}", className="number given"),
                html.Td(f"{step.cost:,.1f}", className="number given"),
            ]
        )
        for step in steps
    ]
    heads = [html.Th(head, scope="col") for head in ("Step", "Rows, about", "Cost")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="table ide-plan")
    more = html.P("There are more steps than are shown here.", className="text-muted-2") if cut else None
    return [html.P(summary, className="given"), table, more]
