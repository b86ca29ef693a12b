"""The overview without data: none yet, none loaded, or none that matches."""

from __future__ import annotations

from dash import dcc, html

from layouts.components.feedback import empty_state
from layouts.components.figures import number
from layouts.components.page import icon
from layouts.inventory import addresses
from services.models.coverage import COUNTED
from services.models.inventory import Overview


def empty_page(shown: Overview, engineer: bool) -> html.Div:
    """No data: none yet, none loaded, or none that matches."""
    if shown.filter.provider or shown.filter.region:
        return empty_state(
            "bi-funnel",
            "Nothing matches these filters",
            "No table that was read has resources there.",
            dcc.Link("Show everything", href=addresses.PAGE, className="btn btn-outline-secondary"),
        )
    if shown.tables:
        count = len(shown.tables)
        return empty_state(
            "bi-hourglass-split",
            "No data yet",
            [
                number(f"{count:,} {'table is' if count == 1 else 'tables are'}", COUNTED),
                " scheduled and none has been loaded. What they hold is not known until the first run ends.",
                " Choose all in the list of schedules, and run them." if engineer else "",
            ],
            dcc.Link("Run the schedules", href="/schedules?status=never", className="btn btn-primary")
            if engineer
            else None,
        )
    steps = [
        (
            "bi-terminal",
            "Write a query",
            ["In the IDE, in SQL: ", html.Code("SELECT … FROM aws.ec2.instances WHERE region = 'us-east-1'")],
            "/ide",
            "Open the IDE",
        ),
        (
            "bi-calendar3",
            "Schedule it",
            "Say when it runs and for which regions. Every run brings the table up to date.",
            "/schedules?new=yes",
            "Add schedule",
        ),
        (
            "bi-columns-gap",
            "Watch it here",
            "Totals, charts and changes appear with the first run.",
            None,
            None,
        ),
    ]
    return html.Div(
        [
            empty_state(
                "bi-columns-gap",
                "Nothing is in the inventory yet",
                "It fills itself from saved queries that run on a schedule."
                if engineer
                else "Ask an engineer to schedule a query: the inventory fills itself from there.",
            ),
            html.Ol(
                [
                    html.Li(
                        [
                            icon(name),
                            html.Strong(title),
                            html.P(text),
                            dcc.Link(button, href=href, className="btn btn-outline-secondary btn-sm")
                            if href and engineer
                            else None,
                        ]
                    )
                    for name, title, text, href, button in steps
                ],
                className="first-steps",
            ),
        ],
        className="panel",
    )
