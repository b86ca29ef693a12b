"""The overview's list of what needs a look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html

from layouts.components.feedback import relative_time
from layouts.components.figures import covered_panel
from layouts.components.page import icon
from layouts.inventory import addresses, ids
from services.models.inventory import Attention, Overview, TableRef
from services.models.wording import format_count

NAMED_TABLES = 3


def attention(shown: Overview) -> html.Section:
    """What needs a look, the worst first."""
    if not shown.attention:
        content: Any = _nothing(shown)
    else:
        content = html.Ul(
            [_attention_line(one, shown.at) for one in shown.attention], className="attention-list"
        )
    return covered_panel(
        "Needs attention",
        content,
        shown.reading,
        shown.at,
        note=str(len(shown.attention) or ""),
        brief=True,
        id=ids.ATTENTION,
    )


def _nothing(shown: Overview) -> html.Div:
    """That nothing needs a look; green only where it is known that everything was read."""
    if not shown.scopes_total or shown.reading.partial:
        return html.Div([icon("bi-circle"), html.Span(_describe_calm(shown))], className="all-well not-whole")
    said = html.Span(_describe_calm(shown))
    return html.Div([icon("bi-check-circle"), html.Strong("Nothing"), said], className="all-well")


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


def _lead(one: Attention, ref: TableRef) -> str:
    """To the rows that it is about, else to the tab that shows it."""
    return addresses.rows(ref, one.only) if one.only else addresses.table(ref, one.tab)


def _attention_line(one: Attention, now: datetime) -> html.Li:
    name = "bi-x-octagon-fill" if one.severity == "danger" else "bi-exclamation-triangle-fill"
    words: list[Any] = [html.Span(one.text, className="attention-text")]
    if one.cause:
        first, rest = one.tables[:NAMED_TABLES], len(one.tables) - NAMED_TABLES
        listed: list[Any] = []
        for ref in first:
            listed += [dcc.Link(ref.label, href=_lead(one, ref), className="mono"), ", "]
        more = f" and {rest} more" if rest > 0 else ""
        words = [
            html.Strong(one.cause, className="attention-table"),
            *words,
            html.Div([*listed[:-1], more], className="attention-tables"),
        ]
    else:
        ref = one.tables[0]
        words = [
            dcc.Link(ref.label, href=_lead(one, ref), className="attention-table mono"),
            *words,
        ]
    return html.Li(
        [
            html.Span(icon(name, one.severity), className=f"tone-{one.severity} attention-icon"),
            html.Div(words),
            html.Span(relative_time(one.since, now), className="attention-age"),
        ]
    )
