"""The table of schedules: what, where to, when, how it went, and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dash import dcc, html

from layouts.components.choosing import Option, pill_button
from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import mark
from layouts.components.lists import cell, head_cell, how_many, rows_under, sort_cell, sort_direction
from layouts.components.page import Children
from layouts.schedules.cells import (
    actions,
    coverage,
    read_schedule,
    rows,
    status_cell,
    table_link,
    trend,
    when,
)
from services.models.core import ListedSchedule, RunStatus
from services.models.coverage import COUNTED
from services.models.wording import format_count

FILTERS = {
    "": "All",
    "attention": "Needs attention",
    "running": "Running",
    "success": "Success",
    "partial": "Partial",
    "failed": "Failed",
    "other": "Never, cancelled or lost",
    "paused": "Paused",
}
MOST_SHOWN = 300
# column → its heading, and its class in the table; those without a heading cannot be sorted by
COLUMNS = (
    ("query", "Query", "query"),
    ("target", "Table", "target"),
    ("next", "When", "when"),
    ("status", "Status", "status"),
    ("last", "Last run", "last"),
    ("rows", "Rows", "number rows"),
    ("coverage", "Coverage", "coverage"),
)
# columns that begin with the most rows and the newest run
FALLING = ("rows", "last")
# what needs a look first
STATUS_ORDER = (
    RunStatus.RUNNING,
    RunStatus.FAILED,
    RunStatus.LOST,
    RunStatus.PARTIAL,
    RunStatus.CANCELLED,
    None,
    RunStatus.SUCCESS,
)


def list_states(schedule: ListedSchedule) -> set[str]:
    """The filters that a schedule falls under."""
    found = {""}
    if schedule.needs_attention:
        found.add("attention")
    if schedule.running is not None:
        found.add("running")
    if not schedule.is_active:
        found.add("paused")
    status = schedule.last_run_status
    words = {RunStatus.SUCCESS: "success", RunStatus.PARTIAL: "partial", RunStatus.FAILED: "failed"}
    if schedule.running is None:
        found.add(words.get(status, "other") if status is not None else "other")
    return found


def is_match(schedule: ListedSchedule, search: str, status: str) -> bool:
    """True where every word is in the query's name, the table, the author or the parameters' values."""
    text = " ".join(
        [
            schedule.query_name,
            schedule.target_schema,
            schedule.target_table,
            schedule.created_by,
            schedule.words,
            *(value for listed in schedule.parameter_values.values() for value in listed),
        ]
    ).lower()
    return (status or "") in list_states(schedule) and all(word in text for word in search.lower().split())


def summary(schedules: Sequence[ListedSchedule], search: str, status: str) -> Children:
    """The page's subtitle: how many are shown, how many there are, and how they are."""
    if not schedules:
        return "Saved queries that keep tables up to date"
    counts = count(schedules)
    shown = sum(is_match(schedule, search, status) for schedule in schedules)
    part = f"{shown} of " if shown < len(schedules) else ""
    states = ["", f"{len(schedules) - counts['paused']} active"]
    for name, words in (("paused", "paused"), ("running", "running now")):
        if counts[name]:
            states.append(f"{counts[name]} {words}")
    if counts["attention"]:
        states.append(f"{counts['attention']} need{'s' if counts['attention'] == 1 else ''} attention")
    total = how_many(f"{part}{format_count(len(schedules), 'schedule')}")
    return html.Span([total, " · ".join(states)], **mark(COUNTED))


def count(schedules: Iterable[ListedSchedule]) -> Counter[str]:
    """Filter → how many schedules fall under it."""
    return Counter(state for schedule in schedules for state in list_states(schedule))


def filters(schedules: Sequence[ListedSchedule], chosen: str) -> list[html.Button]:
    """One button a filter that has schedules, and the chosen one."""
    counts = count(schedules)
    return [
        pill_button(
            Option(name, words, counts[name]),
            name == chosen,
            **{"data-schedules": "status", "data-value": name},
        )
        for name, words in FILTERS.items()
        if name in ("", chosen) or counts[name]
    ]


def order_schedules(schedules: Sequence[ListedSchedule], sort: str) -> list[ListedSchedule]:
    """The schedules by a column, turned round by a minus; those that have no value there stand last."""
    column, down = sort.removeprefix("-"), sort.startswith("-")
    if column in FALLING:
        down = not down
    keys: dict[str, Callable[[ListedSchedule], Any]] = {
        "query": lambda one: one.query_name.lower(),
        "target": lambda one: (one.target_table.lower(), one.target_schema),
        "next": lambda one: one.next_at,
        "status": lambda one: STATUS_ORDER.index(RunStatus.RUNNING if one.running else one.last_run_status),
        "last": lambda one: one.last_run_at,
        "rows": lambda one: one.rows,
        "coverage": lambda one: one.scopes_ok / one.scopes_total if one.scopes_total else None,
    }
    if column not in keys:
        return list(schedules)
    key = keys[column]
    known = [one for one in schedules if key(one) is not None]
    return [*sorted(known, key=key, reverse=down), *(one for one in schedules if key(one) is None)]


def _heading(column: str, words: str, name: str, sort: str) -> html.Th:
    return sort_cell(
        words,
        sort_direction(column, sort, FALLING),
        name,
        **{"data-schedules": "sort", "data-value": column},
    )


def table(
    schedules: Sequence[ListedSchedule], search: str, status: str, opened: int | None = None, sort: str = ""
) -> Children:
    """The schedules that match, or what to do where there are none."""
    if not schedules:
        return _none_yet()
    shown = order_schedules([schedule for schedule in schedules if is_match(schedule, search, status)], sort)
    if not shown:
        return html.Div(
            empty_state(
                "bi-search",
                "No schedule matches",
                "No schedule has these words and this status.",
                html.Button(
                    "Show all",
                    type="button",
                    className="btn btn-outline-secondary",
                    **{"data-schedules": "all"},
                ),
            ),
            className="panel",
        )
    # as the database gives them
    sort = sort if sort.removeprefix("-") in [column for column, _, _ in COLUMNS] else "query"
    rest = len(shown) - MOST_SHOWN
    return html.Div(
        [
            rows_under(
                "Schedules",
                [
                    *(_heading(*column, sort) for column in COLUMNS),
                    head_cell("Last 20 runs", "runs"),
                    head_cell(html.Span("Actions", className="visually-hidden"), "actions"),
                ],
                [_row(schedule, schedule.id == opened) for schedule in shown[:MOST_SHOWN]],
                "schedules-table",
            ),
            html.P(f"{rest:,} more: filter to shorten the list.", className="schedules-more", **mark(COUNTED))
            if rest > 0
            else None,
        ],
        className="panel schedules-list",
    )


def _none_yet() -> html.Div:
    return html.Div(
        empty_state(
            "bi-calendar3",
            "Nothing is scheduled yet",
            "A schedule runs a saved query at set times and keeps its table, and what changed in it, up to date."
            " Write a query in the IDE, save it, then schedule it.",
            html.Div(
                [
                    dcc.Link("Open the IDE", href="/ide", className="btn btn-outline-secondary"),
                    html.Button(
                        "Add schedule",
                        type="button",
                        className="btn btn-primary",
                        **{"data-schedules": "new"},
                    ),
                ],
                className="schedules-empty-actions",
            ),
        ),
        className="panel",
    )


def _row(schedule: ListedSchedule, opened: bool) -> html.Tr:
    return html.Tr(
        [
            html.Td(
                html.A(
                    schedule.query_name,
                    href=f"/schedules?schedule={schedule.id}",
                    className="row-link",
                    title="Show its runs",
                    **{"data-schedules": "open", "data-id": str(schedule.id)},
                ),
                className="query",
            ),
            html.Td(table_link(schedule.target_schema, schedule.target_table), className="target"),
            html.Td(when(schedule), className="when"),
            html.Td(status_cell(schedule), className="status"),
            cell("Last run", relative_time(schedule.last_run_at), "last"),
            cell("Rows", rows(schedule), "number rows"),
            cell("Coverage", coverage(schedule.scopes_ok, schedule.scopes_total), "coverage"),
            html.Td(trend(schedule.trend), className="runs wide-only"),
            html.Td(actions(schedule), className="actions"),
        ],
        className=f"schedules-row{' opened' * opened}{' paused' * (not schedule.is_active)}",
        **mark(read_schedule(schedule)),
        **{"data-schedules": "open", "data-id": str(schedule.id)},
    )
