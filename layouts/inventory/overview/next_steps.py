"""A card of what to do next for those who are new; app/assets/inventory/next_steps.js hides it for good."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from dash import dcc, html

from layouts.components.page import icon
from layouts.inventory import addresses, ids
from services.models import url_words
from services.models.inventory import Overview

WEEK = "7"


@dataclass(frozen=True)
class Step:
    """href: the page, set up for the step."""

    title: str
    words: str
    href: str


def next_steps(shown: Overview, engineer: bool) -> html.Section | None:
    """The steps of the person's role; none where the overview is narrowed: who does that is no newcomer."""
    if shown.filter.provider or shown.filter.region:
        return None
    steps = list_steps(shown, engineer)
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Next steps", className="panel-title"),
                    html.Button(
                        icon("bi-x-lg"),
                        id=ids.NEXT_STEPS_DISMISS,
                        className="icon-button",
                        type="button",
                        title="Do not show this again",
                        **{"aria-label": "Do not show the next steps again"},
                    ),
                ],
                className="next-steps-head",
            ),
            html.Ol([html.Li([dcc.Link(one.title, href=one.href), html.Span(one.words)]) for one in steps]),
        ],
        id=ids.NEXT_STEPS,
        # its digits are the steps' own
        className="panel next-steps given",
        **{"aria-label": "Next steps"},
    )


def list_steps(shown: Overview, engineer: bool) -> list[Step]:
    """What to do first, in this order; viewers see the inventory and nothing else."""
    changed = Step(
        "See what changed",
        "What appeared, vanished or became public in the last 7 days.",
        addresses.changes(days=WEEK),
    )
    if not engineer:
        found = Step(
            "Find a resource", "By id, name, tag or owner, in all tables.", addresses.view("resources")
        )
        return [changed, found]
    saved = max(
        (table for table in shown.loaded if table.query_id is not None),
        key=lambda table: table.rows or 0,
        default=None,
    )
    query = {url_words.QUERY: str(saved.query_id)} if saved else {url_words.NEW: "query"}
    return [
        changed,
        Step(
            "Run your first query",
            f"The one that fills {saved.ref.label}, in the IDE." if saved else "In the IDE, with SQL.",
            f"/ide?{urlencode(query)}",
        ),
        Step(
            "Keep it as a table",
            "A schedule runs a query and records what changes.",
            f"/schedules?{urlencode({url_words.NEW: 'yes'})}",
        ),
        Step("Connect a real cloud", "Say which secrets hold its credentials.", "/providers"),
    ]
