"""A resource's page: its values now, what happened to it, its raw JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.feedback import note, relative_time
from layouts.components.figures import covered_panel
from layouts.components.page import header as page_header
from layouts.components.page import icon, panel
from layouts.inventory import addresses, ids
from layouts.inventory.change_entries import entries, tag_text, value_list
from layouts.inventory.table.source import copy_box
from services.models.core import Change, ScopeStatus
from services.models.inventory import ResourceDetail
from services.models.values import format_json
from services.models.wording import describe_scope_status, format_day


def header(found: ResourceDetail, trail: Sequence[Any] = ()) -> html.Div:
    """What it is called, and where it lies."""
    asset, of = found.asset, found.of
    title = (asset.name or asset.id) if asset else found.key
    if asset:
        provider, kind = asset.provider, (asset.provider, asset.service, asset.type)
    else:
        # one that is gone is still of its table's provider and type
        provider = of.provider if of else ""
        kind = (of.provider, of.service, of.resource) if of else ("", "", "")
    parts = [".".join(part for part in kind if part) or found.table.label]
    if asset:
        parts += [part for part in (asset.region, asset.account) if part]
    elif found.scope.values:
        parts.append(found.scope.label)
    # names, as the provider gives them
    title, words = (html.Span(one, className="given") for one in (title, " · ".join(parts)))
    return page_header(title, words, trail=trail, dot=find_provider_colour(provider))


def _list_facts(found: ResourceDetail, now: datetime, gone: bool) -> list[tuple[str, Any]]:
    """When it was seen, and where it lies. What was there when the history began was seen first by that day."""
    began = (
        f"by {format_day(found.first_day, now.date())}, when the history begins" if found.first_day else ""
    )
    last = next((entry.at for entry in found.timeline if entry.kind is Change.REMOVED), None)
    return [
        ("First seen", relative_time(found.first_seen_at, now, began or "unknown")),
        ("Last changed", relative_time(found.changed_at, now, "not since then" if began else "unknown")),
        ("Vanished", relative_time(last, now, "unknown"))
        if gone
        else ("Confirmed", relative_time(found.confirmed_at, now, "unknown")),
        ("Region, project or account", found.scope.label),
        ("Table", dcc.Link(found.table.label, href=addresses.table(found.table), className="mono")),
    ]


def body(found: ResourceDetail, now: datetime) -> list[Any]:
    """Values and timeline side by side."""
    gone = found.values is None
    state = found.scope_state
    notices: list[Any] = []
    if gone:
        last = next((entry for entry in found.timeline), None)
        notices.append(
            note(
                "This resource is gone",
                [
                    "Its last known values are below; it vanished ",
                    relative_time(last.at if last else None, now, "at an unknown time"),
                    ".",
                ],
                "warning",
            )
        )
    elif state is not None and state.status == ScopeStatus.ADDITIVE:
        notices.append(
            note(
                "Whether it is still there is not known",
                [
                    f"Of {found.scope.label} a part of the list is read alone: rows are added and changed, and none is"
                    " removed. ",
                    dcc.Link("Coverage", href=addresses.table(found.table, "coverage")),
                ],
                "info",
                details=state.message,
            )
        )
    elif state is not None and state.status != "ok":
        notices.append(
            note(
                "The newest run did not confirm it",
                [
                    f"{found.scope.label} ({describe_scope_status(state.status)}) was last read whole,"
                    " with these values, ",
                    relative_time(state.ok_at, now),
                    ". ",
                    dcc.Link("Coverage", href=addresses.table(found.table, "coverage")),
                ],
                "warning",
                details=state.message,
            )
        )
    tags = [
        html.Span([html.Span(f"{name} ", className="value-name"), tag_text(value)], className="tag")
        for name, value in found.tags.items()
    ]
    values = found.values if found.values is not None else found.last
    left = [
        covered_panel(
            "Last known values" if gone else "Now",
            [
                html.Dl(
                    [
                        html.Div([html.Dt(name), html.Dd(value)])
                        for name, value in _list_facts(found, now, gone)
                    ],
                    className="about",
                ),
                html.Div(tags, className="tags") if tags else None,
                value_list(values),
            ],
            found.reading,
            now,
            brief=gone,
        ),
        panel(
            "Raw JSON",
            html.Details(
                [
                    html.Summary("Show"),
                    copy_box(
                        ids.RESOURCE_JSON,
                        format_json(values, indent=True),
                        "the JSON",
                    ),
                ]
            ),
        ),
    ]
    timeline = (
        html.Div(
            entries(found.timeline, now, found.reading, with_table=False, with_key=False),
            className="changes-list timeline",
        )
        if found.timeline
        else html.P(
            [icon("bi-clock-history"), " Nothing has changed since it was first seen."],
            className="text-muted-2",
        )
    )
    return [
        *notices,
        html.Div(
            [
                html.Div(left),
                covered_panel("Timeline", timeline, found.reading, now, note=str(len(found.timeline) or "")),
            ],
            className="two-columns",
        ),
    ]
