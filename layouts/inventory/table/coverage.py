"""The Coverage tab of a table's page: the scopes that the table consists of, and how each was read last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from layouts.components.feedback import empty_state, note, relative_time, status_badge
from layouts.components.figures import cover, covered_panel
from layouts.components.lists import cell
from services.models.inventory import ScopeState, read_scopes


def coverage_tab(scopes: Sequence[ScopeState], now: datetime, at: datetime | None = None) -> list[Any]:
    """Which scopes the table consists of, how each ended last, and since when. at: where a past moment is shown."""
    if not scopes and at:
        return [
            empty_state(
                "bi-bullseye",
                "Not known",
                "No run that ended before that moment is recorded with its scopes.",
            )
        ]
    if not scopes:
        return [
            empty_state(
                "bi-bullseye",
                "Nothing was read yet",
                "A scope is a region, project or account that the schedule names. The first run reads them.",
            )
        ]
    bad = [scope for scope in scopes if scope.status != "ok"]
    reading = read_scopes(scopes)
    head = (
        note(
            f"{len(bad)} of {len(scopes)} scopes could not be read whole",
            "Their rows are from the last time that they were read. None of them counts as removed.",
            "warning",
        )
        if bad
        else note("Every scope was read whole", "The rows are complete as of the newest run.", "success")
    )
    rows = [
        html.Tr(
            [
                html.Th(scope.scope.label, scope="row", className="mono", title=scope.scope.key),
                html.Td(status_badge(scope.status)),
                cell("Rows", f"{scope.rows:,}", "number"),
                cell("Since", relative_time(scope.since, now)),
                cell("Last read whole", relative_time(scope.ok_at, now)),
                html.Td(scope.message or html.Span("–", className="text-muted-2"), className="message"),
            ]
        )
        for scope in scopes
    ]
    titles = (
        ("Scope", ""),
        ("Status", ""),
        ("Rows", "number"),
        ("Since", ""),
        ("Last read whole", ""),
        ("Message", ""),
    )
    body = html.Table(
        [
            html.Thead(html.Tr([html.Th(title, className=kind, scope="col") for title, kind in titles])),
            html.Tbody(rows),
        ],
        className="table cards",
    )
    return [
        cover(head, reading),
        covered_panel(
            "Scopes",
            html.Div(body, className="wide-scroll"),
            reading,
            now,
            note="a scope is a region, project or account",
        ),
    ]
