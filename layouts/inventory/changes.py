"""The change feed: its filters, what it was read from, and its summary. Its entries are in `change_entries.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.choosing import Option, pills
from layouts.components.feedback import deltas, empty_state
from layouts.components.figures import cover, describe_reading, qualify
from layouts.components.lists import how_many
from layouts.components.page import hidden_label, panel
from layouts.inventory import addresses, ids
from services.models import url_words
from services.models.core import Change
from services.models.coverage import COUNTED, Covered, Moments, Reading
from services.models.inventory import TableChanges
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import Days
from services.models.wording import format_count, format_day

DAYS_EXAMPLE = "2026-11-13..2026-11-20"
# digits of a number of days
LONGEST_DAYS = 4
# of the pills, for days that are none of them
NO_PERIOD = "*"


# what the address narrows the feed to, beside days, kind and search
NARROWING = (url_words.PROVIDER, url_words.REGION, url_words.ACCOUNT, url_words.OWNER)


def list_periods(today: date) -> list[Option]:
    """The days that one asks for most, as the field of the days takes them."""
    return [
        Option("", "All days"),
        Option(str(Days(today, today)), "Today (UTC)"),
        Option(str(Days(today - timedelta(days=today.weekday()), date.max)), "Since Monday"),
        Option(period_of("7", today), "7 days"),
        Option(period_of("30", today), "30 days"),
    ]


def period_of(days: str, today: date | None = None) -> str:
    """The last so many days, as the field of the days takes them; empty for what is no number of days."""
    if not (days.isdigit() and 0 < len(days) < LONGEST_DAYS):
        return ""
    today = today or datetime.now(UTC).date()
    return str(Days(today - timedelta(days=int(days) - 1), date.max))


def changes_panel(kind: str = "", days: str = "", find: str = "") -> html.Section:
    """The change feed with its filters; also a table's tab. days: as `parse_days` reads them, or what was typed."""
    periods = list_periods(datetime.now(UTC).date())
    # on a Monday two are the same days: the first of them is the chosen one
    chosen = days if days in {one.value for one in periods} else NO_PERIOD
    return panel(
        [
            hidden_label(
                "Kind",
                pills(ids.CHANGES_KIND, kinds(None), kind),
            ),
        ],
        [
            html.Div(
                hidden_label("Period", pills(ids.CHANGES_PERIOD, periods, chosen)),
                className="changes-period given",
            ),
            html.Div(id=ids.CHANGES_READING, className="changes-sure"),
            html.Div(id=ids.CHANGES_FLAPPING),
            html.Div(id=ids.CHANGES_IGNORED, role="status"),
            html.Div(id=ids.CHANGES_SUMMARY),
            html.Div(id=ids.CHANGES_LIST, className="changes-list"),
            dbc.Button(
                "Show older changes",
                id=ids.CHANGES_MORE,
                color="outline-secondary",
                size="sm",
                style={"display": "none"},
            ),
            dcc.Store(id=ids.CHANGES_CURSOR),
        ],
        [
            how_many(None, "visually-hidden", id=ids.CHANGES_COUNT),
            hidden_label(
                "Days (UTC)",
                dbc.Input(
                    id=ids.CHANGES_DAY,
                    value=days,
                    placeholder=DAYS_EXAMPLE,
                    pattern=r"\d{4}-\d{2}-\d{2}(\.\.(\d{4}-\d{2}-\d{2})?)?",
                    maxlength=len(DAYS_EXAMPLE),
                    autocomplete="off",
                    size="sm",
                    debounce=True,
                ),
            ),
            hidden_label(
                "Filter by id",
                dbc.Input(
                    id=ids.CHANGES_FIND,
                    type="search",
                    placeholder="Filter by id",
                    value=find[:LONGEST_SEARCH],
                    debounce=250,
                    size="sm",
                ),
            ),
        ],
        "changes-panel",
    )


def kinds(
    counts: Mapping[Change, int] | None, reading: Reading = COUNTED, *, gone_unknown: bool = False
) -> list[Option]:
    """The kinds to filter by, with how many there are of each, where that was counted.

    reading: of their source. gone_unknown: which of those that are gone belonged to it, is not known.
    """
    known: dict[Change, int] = {}
    for one, count in (counts or {}).items():
        if not (gone_unknown and one is Change.REMOVED):
            known[one] = count
    return [
        Option("", "All", sum(known.values()) if len(known) == len(Change) else None, reading),
        *(Option(str(one), str(one).capitalize(), known.get(one), reading) for one in Change),
    ]


def reading_line(reading: Reading, now: datetime) -> html.Div:
    """What was read of where the changes come from: what was not read cannot be seen to have changed."""
    said = qualify(reading, now) or [describe_reading(reading)]
    return cover(said, reading, "figure-sure", title=describe_reading(reading))


def gone_line() -> html.Div:
    """What is said where changes are narrowed to an owner."""
    return html.Div(
        "Of an owner are the resources that there are now: those that are gone, which no rule fits any more, are not"
        " listed.",
        className="text-muted-2",
    )


def shown_words(counts: Mapping[Change, int] | None, kind: Change | None) -> str:
    """How many changes the feed has, `12 of 340 changes` where a kind is chosen; nothing where it was not counted."""
    if counts is None:
        return ""
    total = sum(counts.values())
    part = f"{counts[kind]:,} of " if kind and counts[kind] < total else ""
    return f"{part}{format_count(total, 'change')}"


def summary(
    tables: Sequence[TableChanges], days: Days | None, reading: Reading, kind: Change | None = None
) -> Any:
    """The tables with the most changes, or most of a kind, each a link to its own."""
    if not tables:
        return None
    return cover(
        [
            html.Span(
                f"{_describe_days(days)} by table",
                className="summary-title",
            ),
            *(
                dcc.Link(
                    [
                        html.Span(one.table.label, className="mono"),
                        html.Span(deltas(*_count_of_kind(one, kind))),
                    ],
                    href=addresses.table(
                        one.table, "changes", kind=kind, **({"day": str(days)} if days else {})
                    ),
                    className="pill",
                )
                for one in tables
            ),
        ],
        reading,
        "changes-summary",
    )


def _describe_days(days: Days | None) -> str:
    today = datetime.now(UTC).date()
    if days is None:
        return "In 7 days"
    if days.first == days.last:
        return f"On {format_day(days.first, today)}"
    if days.last >= today:
        return f"Since {format_day(days.first, today)}"
    return f"From {format_day(days.first, today)} to {format_day(days.last, today)}"


def _count_of_kind(one: TableChanges, kind: Change | None) -> tuple[int, int, int]:
    counts = {Change.ADDED: one.added, Change.REMOVED: one.removed, Change.CHANGED: one.changed}
    added, removed, changed = (count if kind in (None, name) else 0 for name, count in counts.items())
    return added, removed, changed


def parse_kind(text: Any) -> Change | None:
    """A kind of change by its name, else None."""
    return Change(text) if text in {str(one) for one in Change} else None


def no_changes(filtered: bool, reading: Reading) -> html.Div:
    """What is said where there are none; where nobody looked that is not known."""
    if not isinstance(reading.as_of, Moments) and not isinstance(reading.coverage, Covered):
        return empty_state(
            "bi-question-circle",
            "Whether anything changed is not known",
            "Nothing was read then. A day shows what changed where a run read something on it.",
        )
    if filtered:
        return empty_state(
            "bi-funnel",
            "No such change",
            f"Choose other days (as {DAYS_EXAMPLE}), another kind or id. The search at the top finds names.",
        )
    return empty_state(
        "bi-clock-history",
        "No changes yet",
        "A table's first load is where its history begins. What differs from it stands here.",
    )
