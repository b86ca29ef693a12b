"""A resource's timeline: from when it was first seen to now, or to when it was gone, with what is not known between."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html

from layouts.components.feedback import relative_time
from layouts.components.figures import cover, mark
from layouts.components.page import Children, icon
from layouts.inventory.change_entries import entries
from services.models.core import Change, ScopeStatus
from services.models.gaps import Gap
from services.models.inventory import ResourceDetail
from services.models.wording import describe_scope_status, format_count, format_day


def timeline(found: ResourceDetail, now: datetime) -> html.Div:
    """Its end, every change and every gap, the newest first, and its beginning."""
    reading = found.reading
    changes = entries(found.timeline, now, reading, with_table=False, with_key=False)
    dated: list[tuple[datetime, Any]] = [
        (entry.at, drawn) for entry, drawn in zip(found.timeline, changes, strict=True)
    ]
    dated += [(gap.until or now, _gap(gap, found, now)) for gap in found.gaps]
    dated.sort(key=lambda one: one[0], reverse=True)
    shown = [drawn for _, drawn in dated]
    if not found.timeline:
        shown.append(html.P("No run found a change of it.", className="text-muted-2 timeline-line"))
    if found.cut:
        shown.append(html.P("Older changes are not shown.", className="text-muted-2 timeline-line"))
    return cover([_end(found, now), *shown, _begin(found, now)], reading, "changes-list timeline")


def _mark(icon_name: str, title: str, words: Children, tone: str, found: ResourceDetail) -> html.Div:
    return html.Div(
        [icon(icon_name), html.Div([html.Strong(title), " ", html.Span(words)])],
        className=f"timeline-mark timeline-{tone}",
        **mark(found.reading),
    )


def _end(found: ResourceDetail, now: datetime) -> html.Div:
    if found.gone:
        return _mark(
            "bi-x-circle",
            "Gone",
            [
                "since ",
                relative_time(found.gone_at, now, "an unknown time"),
                " · last seen ",
                relative_time(found.last_seen_at, now, "at an unknown time before"),
            ],
            "gone",
            found,
        )
    state = found.scope_state
    if state is None or state.status != ScopeStatus.OK:
        words = [
            "by the newest run · its scope was read whole ",
            relative_time(found.confirmed_at, now, "at an unknown time"),
        ]
        return _mark("bi-question-circle", "Not confirmed", words, "unknown", found)
    return _mark(
        "bi-check-circle",
        "There now,",
        ["confirmed ", relative_time(found.confirmed_at, now, "at an unknown time")],
        "there",
        found,
    )


def _gap(gap: Gap, found: ResourceDetail, now: datetime) -> html.Div:
    span = [
        relative_time(gap.since, now, "an unknown time"),
        " – ",
        relative_time(gap.until, now) if gap.until else "now",
    ]
    why = f"{format_count(gap.runs, 'run')} could not read {found.scope.label}"
    words = [*span, f" · {why} ({describe_scope_status(gap.status)})"]
    return _mark("bi-three-dots-vertical", "Not known:", words, "unknown", found)


def _begin(found: ResourceDetail, now: datetime) -> html.Div:
    first = found.first_seen_at
    oldest = found.timeline[-1] if found.timeline else None
    if oldest is not None and oldest.kind is Change.ADDED and not found.cut:
        words = [relative_time(oldest.at, now), " · no run had found it before"]
        return _mark("bi-plus-circle", "First seen", words, "there", found)
    if first is None:
        day = f"by {format_day(found.first_day, now.date())}" if found.first_day else "at an unknown time"
        return _mark("bi-dot", "First seen", f"{day}, when the history begins", "unknown", found)
    if found.first_day and first.date() <= found.first_day:
        words = [relative_time(first, now), " · it may be older: the table's history begins there"]
        return _mark("bi-plus-circle", "First seen", words, "there", found)
    return _mark("bi-plus-circle", "First seen", [relative_time(first, now)], "there", found)
