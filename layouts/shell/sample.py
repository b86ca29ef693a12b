"""The strip below the top bar while the sample's history is made."""

from __future__ import annotations

from dash import html

from layouts.components.page import icon
from services.models.sample_history import Progress


def strip(progress: Progress) -> html.Div:
    """How many days are made, and as of when pages are meanwhile."""
    under_way = progress.is_under_way
    return html.Div(
        [
            icon("bi-hourglass-split" if under_way else "bi-exclamation-triangle"),
            # its numbers are no resources, and have no coverage
            html.Span(progress.describe(), className="given"),
            html.Progress(value=str(progress.made), max=str(progress.days), **{"aria-hidden": "true"})
            if under_way
            else None,
        ],
        className=f"sample-strip{'' if under_way else ' tone-warning'}",
    )
