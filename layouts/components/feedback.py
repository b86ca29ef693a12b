"""How the product speaks: errors, notes, empty states, and the words and colours of a state."""

from __future__ import annotations

from datetime import UTC, datetime

import dash_bootstrap_components as dbc
from dash import html

from layouts.components.page import Children, icon
from services.models.core import Change, InventoryError, RunStatus, ScopeStatus
from services.models.wording import describe_scope_status, format_age, format_exact_time

TONE_OF_STATUS: dict[str, str] = {
    RunStatus.SUCCESS: "success",
    RunStatus.PARTIAL: "warning",
    RunStatus.FAILED: "danger",
    RunStatus.RUNNING: "info",
    RunStatus.CANCELLED: "neutral",
    RunStatus.LOST: "neutral",
    ScopeStatus.OK: "success",
    ScopeStatus.RUNNING: "info",
    ScopeStatus.INCOMPLETE: "warning",
    ScopeStatus.ADDITIVE: "info",
    ScopeStatus.HELD: "warning",
    ScopeStatus.DENIED: "danger",
    ScopeStatus.THROTTLED: "danger",
    ScopeStatus.TIMEOUT: "danger",
    ScopeStatus.ERROR: "danger",
}

# what the banner says as well: assets/shared/parts.css shows one of the two
DATABASE_AWAY = ("database_unavailable", "database_silent")

# what happened to a resource; its colour is the class change-added, … and never a state's (assets/style.css)
SIGN_OF_CHANGE: dict[Change, str] = {Change.ADDED: "+", Change.REMOVED: "−", Change.CHANGED: "~"}


def error_alert(error: InventoryError, action: Children = None) -> dbc.Alert:
    """A title, a sentence, what to do, and the raw text behind "Details"."""
    alert = note(error.title, [error.full_message], "danger", details=error.details, action=action)
    if error.code in DATABASE_AWAY:
        alert.className = "note database-away"
    return alert


def error_panel(error: InventoryError) -> html.Div:
    """What went wrong with a part of a page, in its place."""
    said = error_words(error)
    said.className = "panel empty-state"
    return said


def error_words(error: InventoryError) -> html.Div:
    """The same within a panel."""
    return html.Div(
        [icon("bi-x-octagon"), html.Strong(error.title), html.P(error.full_message)],
        className="empty-state",
        role="alert",
    )


def note(
    title: str, children: Children, tone: str = "info", *, details: str = "", action: Children = None
) -> dbc.Alert:
    """A box that says something; tone is info, success, warning or danger."""
    icons = {
        "info": "bi-info-circle",
        "success": "bi-check-circle",
        "warning": "bi-exclamation-triangle",
        "danger": "bi-x-octagon",
    }
    return dbc.Alert(
        [
            icon(icons[tone]),
            html.Div(
                [
                    html.Strong(title),
                    html.Div(children),
                    folded(details),
                ],
                className="note-text",
            ),
            html.Div(action, className="note-action") if action else None,
        ],
        color=tone,
        className="note",
    )


def folded(details: str) -> html.Details | None:
    """The raw words behind a message; nothing where there are none."""
    return html.Details([html.Summary("Details"), html.Pre(details)]) if details else None


def empty_state(icon_name: str, title: str, what_next: Children, action: Children = None) -> html.Div:
    """What a list shows when there is nothing in it: why, and what to do next."""
    return html.Div([icon(icon_name), html.Strong(title), html.P(what_next), action], className="empty-state")


def status_badge(status: str | None, word: str | None = None) -> html.Span:
    """A state's word in its colour; None is "never"."""
    text = word or describe_scope_status(status or "never")
    return html.Span(text, className=f"badge-status tone-{TONE_OF_STATUS.get(status or '', 'neutral')}")


def relative_time(
    moment: datetime | None, now: datetime | None = None, never: str = "never"
) -> html.Time | html.Span:
    """`4 min ago` with the exact time on hover; assets/shared/times.js keeps it true while the page is open."""
    if moment is None:
        return html.Span(never, className="text-muted-2")
    return html.Time(
        format_age(moment, now),
        dateTime=moment.astimezone(UTC).isoformat(),
        title=format_exact_time(moment.astimezone(UTC)),
        className="relative-time",
    )


def change_words(kind: Change, className: str = "") -> html.Span:
    """`+ added`, `− removed`, `~ changed`, in the colour of the kind."""
    return html.Span(f"{SIGN_OF_CHANGE[kind]} {kind}", className=f"change-{kind} {className}".strip())


def deltas(added: int, removed: int, changed: int) -> Children:
    """`+42 −18 ~77`, without what is nought."""
    counts = {Change.ADDED: added, Change.REMOVED: removed, Change.CHANGED: changed}
    parts = [
        html.Span(
            f"{SIGN_OF_CHANGE[kind]}{count:,}", className=f"delta change-{kind}", title=f"{count:,} {kind}"
        )
        for kind, count in counts.items()
        if count
    ]
    return parts or html.Span("no change", className="text-muted-2")
