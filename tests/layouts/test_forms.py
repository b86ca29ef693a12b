"""What pages say about times has one of the product's forms, whatever is shown."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Any

from fakes.components import walk
from fakes.listed import schedules
from fakes.overviews import AT, few, overviews, scope_states, seeds, table_details, table_pages
from hypothesis import given

from layouts.inventory.overview import page as overview
from layouts.inventory.table import coverage, rows, source
from layouts.inventory.table.page import header
from layouts.inventory.tables import tables_list
from layouts.schedules.form_parts import next_times
from layouts.schedules.listing import Wanted
from layouts.schedules.listing import table as schedule_table
from services.models.inventory import Overview

MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
OTHERS = re.compile(
    rf"""\b{MONTH}\ \d{{1,2}}\b                     # Nov 13
    | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b           # a weekday
    | \d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d           # with seconds
    | \d{{4}}-\d\d-\d\dT\d\d:\d\d                   # a machine's
    | \b\d+\ (?:seconds|minutes|hours|days)\ ago\b
    | \b(?:2[4-9]|[3-9]\d|\d{{3,}})\ h\ ago\b       # beside 2 d ago
    """,
    re.VERBOSE,
)


def said(component: Any) -> str:
    """What a component says, on hover too."""
    texts = []
    for one in walk(component):
        inner = getattr(one, "children", None)
        texts += [
            text for text in (inner if isinstance(inner, list | tuple) else [inner]) if isinstance(text, str)
        ]
        texts.append(str(getattr(one, "title", "")))
    return "\n".join(texts)


def holds(component: Any) -> None:
    found = OTHERS.search(said(component))
    assert found is None, found


@few
@given(overviews(least_tables=1))
def test_the_overview(shown: Overview) -> None:
    holds([overview.subtitle(shown), overview.body(shown, True)])
    words = " ".join(re.sub("<[^>]*>", " ", part["html"]) for part in overview.first(shown, True))
    assert OTHERS.search(words) is None, words


@few
@given(table_pages(), table_details(), scope_states())
def test_tables(page: Any, table: Any, scopes: Any) -> None:
    holds(tables_list(page, AT, False))
    holds([header(table, AT), source.source_tab(table, True), coverage.coverage_tab(scopes, AT)])
    holds([rows.rows_tab("", None, dict.fromkeys(("grid", "note", "exports", "unread")), {})])


@few
@given(schedules(), seeds)
def test_schedules(listed: Any, random: Any) -> None:
    holds(schedule_table(listed, Wanted()))
    holds(next_times("At 06:00", [AT + timedelta(days=random.randint(0, 400)) for _ in range(5)], "UTC"))


def test_the_law_would_notice() -> None:
    for words_ in (
        "Nov 13",
        "Thu, 26 Nov",
        "2026-11-13 19:11:05 UTC",
        "24 h ago",
        "2026-11-13T19:11",
        "3 days ago",
    ):
        assert OTHERS.search(words_), words_
    for words_ in (
        "13 Nov",
        "13 Nov 2025",
        f"{AT.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "23 h ago",
        "2 d ago",
    ):
        assert not OTHERS.search(words_), words_
