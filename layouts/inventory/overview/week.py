"""The overview's first words: what happened in the last seven days, and how sure the numbers are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import dcc, html

from layouts.components.feedback import relative_time
from layouts.components.figures import cover
from layouts.components.page import icon, panel
from layouts.inventory import addresses, ids
from services.models.inventory import Freshness, InventoryFilter, News, Overview
from services.models.wording import format_day, format_percent

# kind of news → its icon, the class of its colour (a state's, or a change's) and what the icon says
SIGNS = {
    "opened": ("bi-unlock-fill", "tone-danger", "opened"),
    "unread": ("bi-eye-slash-fill", "tone-warning", "not read"),
    "grew": ("bi-arrow-up-right", "change-added", "grew"),
    "fell": ("bi-arrow-down-right", "change-removed", "fell"),
    "burst": ("bi-lightning-charge-fill", "change-changed", "busy day"),
    "piled": ("bi-stack", "tone-warning", "piles up"),
    "closed": ("bi-lock-fill", "tone-success", "closed again"),
    "read": ("bi-eye-fill", "tone-success", "read again"),
}


def week(shown: Overview) -> Any:
    """The week's news, each a link to what it tells; nothing under a region's filter, whose figures say it."""
    if shown.filter.region:
        return None
    content: Any
    if shown.week:
        content = html.Ul([_line(one, shown.filter) for one in shown.week], className="week-list")
    elif shown.week_ago is None:
        first = format_day(shown.days[0], shown.at.date()) if shown.days else None
        began = f"The history begins on {first}" if first else "There is no history yet"
        content = html.P(f"{began}. What changes from then on stands here.", className="week-quiet")
    else:
        whole = shown.scopes_total and not shown.reading.partial
        read = "every scope was read" if whole else "of what was read"
        words = f"A quiet week: nothing became public, no table moved much, {'and ' * bool(whole)}{read}."
        content = html.P(words, className="week-quiet")
    said = html.Span(_describe_coverage(shown))
    return cover(panel("This week", content, said, "week-panel", id=ids.WEEK), shown.reading)


def _line(one: News, wanted: InventoryFilter) -> html.Li:
    name, colour, said = SIGNS[one.kind]
    named = one.table is not None and one.subject == one.table.label
    if one.region:
        href = addresses.overview(replace(wanted, region=one.region))
    elif one.table is None:
        href = addresses.changes(provider=one.provider or wanted.provider, day=one.day)
    else:
        href = addresses.rows(one.table, one.only) if one.only else addresses.table(one.table, one.tab)
    return html.Li(
        [
            html.Span(icon(name, said), className=f"{colour} week-icon"),
            html.Span(
                [
                    dcc.Link(one.subject, href=href, className="mono" if named else None),
                    " ",
                    html.Span(one.text),
                ]
            ),
        ]
    )


def _describe_coverage(shown: Overview) -> list[Any]:
    """How much of it was read, and when last."""
    newest = max((table.updated_at for table in shown.loaded if table.updated_at), default=None)
    words: list[Any] = []
    if shown.scopes_total:
        tone = "success" if shown.scopes_ok == shown.scopes_total else "warning"
        words = [
            "How sure: ",
            html.Strong(format_percent(shown.scopes_ok, shown.scopes_total), className=f"tone-{tone}"),
            " of the scopes are read whole",
        ]
    if newest is not None:
        words += [", newest " if words else "Newest data ", relative_time(newest, shown.at)]
    late = sum(1 for table in shown.loaded if table.freshness is Freshness.LATE)
    if late:
        words.append(
            html.Strong(f"; {late:,} of {len(shown.loaded):,} tables missed a run", className="tone-warning")
        )
    return words
