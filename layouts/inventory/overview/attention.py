"""The overview's list of what needs a look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import relative_time
from layouts.components.page import icon, panel
from layouts.inventory import addresses, ids
from services.models.inventory import Attention, Overview
from services.models.wording import format_count

NAMED_TABLES = 3


def attention(shown: Overview) -> html.Section:
    """What needs a look, the worst first."""
    if not shown.attention:
        content: Any = html.Div(
            [
                icon("bi-check-circle"),
                html.Strong("Nothing"),
                html.Span(_describe_calm(shown)),
            ],
            className="all-well",
        )
    else:
        content = html.Ul(
            [_attention_line(one, shown.at) for one in shown.attention], className="attention-list"
        )
    return panel(
        "Needs attention",
        content,
        str(len(shown.attention) or ""),
        "place-attention",
        id=ids.ATTENTION,
    )


def _describe_calm(shown: Overview) -> str:
    """That nothing needs a look, and what that does not say."""
    open_ = shown.scopes_total - shown.scopes_ok
    if not shown.scopes_total:
        read = ""
    elif open_:
        read = (
            f", and {format_count(open_, 'scope')} {'is' if open_ == 1 else 'are'} accepted as not read whole"
        )
    else:
        read = " and read every scope"
    # how a region's tables moved is in its figures
    moved = (
        "" if shown.filter.region else ", and no table moved much" if not open_ else "; no table moved much"
    )
    return f"Every run was on time{read}{moved}."


def _attention_line(one: Attention, now: datetime) -> html.Li:
    name = "bi-x-octagon-fill" if one.severity == "danger" else "bi-exclamation-triangle-fill"
    words: list[Any] = [html.Span(one.text, className="attention-text")]
    if one.cause:
        first, rest = one.tables[:NAMED_TABLES], len(one.tables) - NAMED_TABLES
        listed: list[Any] = []
        for ref in first:
            listed += [dcc.Link(ref.label, href=addresses.table(ref, one.tab), className="mono"), ", "]
        more = f" and {rest} more" if rest > 0 else ""
        words = [
            html.Strong(one.cause, className="attention-table"),
            *words,
            html.Div([*listed[:-1], more], className="attention-tables"),
        ]
    else:
        ref = one.tables[0]
        words = [
            dcc.Link(ref.label, href=addresses.table(ref, one.tab), className="attention-table mono"),
            *words,
        ]
    return html.Li(
        [
            html.Span(icon(name, one.severity), className=f"tone-{one.severity} attention-icon"),
            html.Div(words),
            html.Span(relative_time(one.since, now), className="attention-age"),
        ]
    )
