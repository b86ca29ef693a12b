"""The dialog with a saved query's former versions: who saved them and when, what differs from now, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.conflict import text_difference
from layouts.components.feedback import empty_state, relative_time
from layouts.components.page import Children
from layouts.ide import ids
from services.models.core import Query, QueryRevision


def versions_dialog() -> dbc.Modal:
    """The dialog, closed and empty."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Versions", id=ids.VERSIONS_TITLE, tag="h2"), close_button=True),
            dbc.ModalBody(
                [
                    html.Div(id=ids.VERSIONS_ERROR, role="alert"),
                    html.Div(id=ids.VERSIONS_BODY, className="ide-versions"),
                ]
            ),
            dbc.ModalFooter(
                [
                    html.Span("Restoring saves it as the newest version.", className="form-text me-auto"),
                    dbc.Button(
                        "Open in a new tab", id=ids.VERSION_OPEN, color="", class_name="btn-outline-secondary"
                    ),
                    dbc.Button("Restore", id=ids.VERSION_RESTORE, color="primary"),
                ]
            ),
        ],
        id=ids.VERSIONS,
        class_name="ide-versions-dialog",
        labelledby=ids.VERSIONS_TITLE,
        size="xl",
        scrollable=True,
        autofocus=False,
    )


def version_list(query: Query, former: Sequence[QueryRevision], shown: int | None, feeds: Children) -> Any:
    """The former versions, the newest first, and the one that is shown beside the query as it is now.

    feeds: what a restored text would change.
    """
    if not former:
        return empty_state(
            "bi-clock-history",
            "Nothing was changed yet",
            "Every save keeps what the query was before, the newest 100.",
        )
    chosen = next((one for one in former if one.version == shown), former[0])
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Strong("Now"),
                        html.Span(
                            [query.saved_by or "someone", " · ", relative_time(query.updated_at)],
                            className="drawer-note",
                        ),
                    ],
                    className="ide-version-now",
                ),
                *[_version(one, one.version == chosen.version) for one in former],
            ],
            className="ide-version-list",
        ),
        html.Div([feeds, *_details(query, chosen)], className="ide-version-shown", **{"aria-live": "polite"}),
    ]


def _version(one: QueryRevision, chosen: bool) -> html.Button:
    return html.Button(
        [
            html.Span(f"Version {one.version}", className="drawer-name"),
            html.Span(
                [one.saved_by or "someone", " · ", relative_time(one.saved_at)], className="drawer-note"
            ),
        ],
        id=ids.version_show(one.version),
        type="button",
        className=f"drawer-item{' active' if chosen else ''}",
        **{"aria-pressed": str(chosen).lower()},
    )


def _details(query: Query, chosen: QueryRevision) -> list[Any]:
    fields = [
        html.Div([html.Dt(word), html.Dd([before or html.I("empty"), " → ", now or html.I("empty")])])
        for word, before, now in (
            ("Name", chosen.name, query.name),
            ("Description", chosen.description, query.description),
            ("Folder", chosen.folder, query.folder),
            ("Provider", chosen.provider, query.provider),
            ("Source", chosen.source, query.source),
        )
        if before != now
    ]
    return [
        html.H3(f"From version {chosen.version} to now", className="small-title"),
        html.Dl(fields, className="facts-list") if fields else None,
        text_difference(chosen.query_text, query.query_text),
    ]
