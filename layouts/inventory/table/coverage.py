"""The Coverage tab of a table's page: the scopes that the table consists of, and how each was read last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import empty_state, folded, note, relative_time, status_badge
from layouts.components.figures import cover, covered_panel
from layouts.components.lists import cell
from layouts.inventory import addresses
from services.models.core import ScopeStatus
from services.models.inventory import ScopeState, read_scopes

# what the next run will meet again
LASTING = (ScopeStatus.DENIED, ScopeStatus.ERROR)


def coverage_tab(
    scopes: Sequence[ScopeState],
    now: datetime,
    at: datetime | None = None,
    schedule_id: int | None = None,
) -> list[Any]:
    """Which scopes the table consists of, how each ended last, and since when. at: where a past moment is shown.

    schedule_id: of the schedule that reads them, for those who may change it.
    """
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
    reading = read_scopes(scopes)
    rows = [
        html.Tr(
            [
                html.Th(scope.scope.label, scope="row", className="mono", title=scope.scope.key),
                html.Td(status_badge(scope.status)),
                cell("Rows", f"{scope.rows:,}", "number"),
                cell("Since", relative_time(scope.since, now)),
                cell("Last read whole", relative_time(scope.ok_at, now)),
                html.Td(_why(scope, schedule_id if len(scopes) > 1 else None), className="message"),
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
        *(cover(one, reading) for one in _notes(scopes)),
        covered_panel(
            "Scopes",
            html.Div(body, className="wide-scroll"),
            reading,
            now,
            note="a scope is a region, project or account",
        ),
    ]


def _why(scope: ScopeState, schedule_id: int | None) -> list[Any]:
    """What happened and what to do, the provider's words behind it, and the way to leave the scope out."""
    if not scope.message:
        return [html.Span("–", className="text-muted-2")]
    return [
        scope.message,
        dcc.Link(
            "Take it out of the schedule",
            href=addresses.schedule_without(schedule_id, scope.scope),
            className="take-out",
            title=f"Opens the schedule without {scope.scope.label}; nothing is saved by that",
        )
        if schedule_id is not None and scope.status in LASTING and len(scope.scope.values) == 1
        else None,
        folded(scope.details),
    ]


def _notes(scopes: Sequence[ScopeState]) -> list[Any]:
    """What is known of the rows: complete, from before, or of lists that nobody can read to their end."""
    total = len(scopes)
    additive = [scope for scope in scopes if scope.status == ScopeStatus.ADDITIVE]
    bad = [scope for scope in scopes if scope.status not in (ScopeStatus.OK, ScopeStatus.ADDITIVE)]
    doubted = [
        scope for scope in scopes if scope.status == ScopeStatus.OK and not scope.rows and scope.message
    ]
    found = []
    if bad:
        found.append(
            note(
                f"{len(bad)} of {total} scopes could not be read whole",
                "Rows of what was not read are from the last time that it was. None of them counts as removed.",
                "warning",
            )
        )
    if additive:
        found.append(
            note(
                f"Adds and changes only in {len(additive)} of {total} scopes",
                "StackQL cannot read their lists to the end, which the schedule accepts. There may be more resources"
                " than rows, and rows whose resources are gone.",
                "info",
            )
        )
    if found:
        return found
    if doubted:
        return [
            note(
                "Every scope was read whole, as far as can be told",
                f"{len(doubted)} of {total} answered without a row, and nothing tells an empty list from a sign-in page"
                " there: see the message.",
                "info",
            )
        ]
    return [note("Every scope was read whole", "The rows are complete as of the newest run.", "success")]
