"""The table of schedules: what, where to, when, how it went, and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from dash import dcc, html

from layouts.components.charts import find_provider_colour
from layouts.components.choosing import Option, pill_button
from layouts.components.feedback import empty_state, relative_time
from layouts.components.figures import mark, number
from layouts.components.lists import cell, head_cell, how_many, rows_under, sort_cell, sort_direction
from layouts.components.menu import entry, menu
from layouts.components.page import Children, icon
from layouts.schedules import bulk, notify
from layouts.schedules.cells import (
    actions,
    coverage,
    name_author,
    read_schedule,
    rows,
    status_cell,
    table_link,
    trend,
    when,
)
from services.models.core import ListedSchedule, RunStatus
from services.models.coverage import COUNTED
from services.models.wording import cut_at_word, format_count

FILTERS = {
    "": "All",
    "attention": "Needs attention",
    "running": "Running",
    "success": "Success",
    "partial": "Partial",
    "failed": "Failed",
    "never": "Never ran",
    "other": "Cancelled or lost",
    "paused": "Paused",
}
MOST_SHOWN = 300
# of a filter's value where no schedule has it
LONGEST_NAMED = 60
# column → its heading, and its class in the table; those without a heading cannot be sorted by
COLUMNS = (
    ("query", "Query", "query"),
    ("target", "Table", "target"),
    ("owner", "Owner", "owner"),
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
        found.add(words.get(status, "other") if status is not None else "never")
    return found


class Wanted(NamedTuple):
    """What the list is narrowed to; an empty one narrows nothing. search: words, each of which must be found."""

    search: str = ""
    status: str = ""
    provider: str = ""
    owner: str = ""


def is_match(schedule: ListedSchedule, wanted: Wanted) -> bool:
    """True for the state, provider and owner, with every word in what the list, its values or who is told say."""
    if (wanted.provider and schedule.provider != wanted.provider) or (
        wanted.owner and schedule.answers != wanted.owner
    ):
        return False
    text = " ".join(
        [
            schedule.query_name,
            schedule.target_schema,
            schedule.target_table,
            schedule.created_by,
            schedule.owner,
            schedule.description,
            schedule.words,
            *(value for listed in schedule.parameter_values.values() for value in listed),
            *schedule.notifications.emails,
            *schedule.notifications.destinations.values(),
        ]
    ).lower()
    return wanted.status in list_states(schedule) and all(
        word in text for word in wanted.search.lower().split()
    )


def summary(schedules: Sequence[ListedSchedule], wanted: Wanted) -> Children:
    """The page's subtitle: how many are shown, how many there are, and how they are."""
    if not schedules:
        return "Saved queries that keep tables up to date"
    counts = count(schedules)
    shown = sum(is_match(schedule, wanted) for schedule in schedules)
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


def filters(schedules: Sequence[ListedSchedule], wanted: Wanted) -> list[Any]:
    """One button a state that has schedules, and the chosen one; menus of providers and owners; what never ran."""
    counts = count(schedules)
    pills = [
        pill_button(
            Option(name, words, counts[name]),
            name == wanted.status,
            **{"data-schedules": "status", "data-value": name},
        )
        for name, words in FILTERS.items()
        if name in ("", wanted.status) or counts[name]
    ]
    return [
        *pills,
        _filter_menu("provider", "Provider", Counter(one.provider for one in schedules), wanted.provider),
        _filter_menu("owner", "Owner", Counter(one.answers for one in schedules), wanted.owner),
        bulk.never_ran(schedules),
    ]


def _filter_menu(name: str, title: str, counts: Counter[str], chosen: str) -> Any:
    """The values to filter by, with how many schedules have each; nothing where there is no choice."""
    if len(counts) < 2 and not chosen:
        return None
    values = sorted(value for value in {*counts, chosen} if value)
    return menu(
        f"Filter by {name}",
        [
            entry("All", **{"data-schedules": name, "data-value": ""}),
            *(
                entry(
                    [name_author(value), number(counts[value], COUNTED, "pill-count")],
                    "active" * (value == chosen),
                    **{"data-schedules": name, "data-value": value},
                )
                for value in values
            ),
        ],
        words=[f"{title}: {name_author(chosen) if chosen else 'all'}", icon("bi-chevron-down")],
        className=f"pill{' active' * bool(chosen)}",
    )


def describe_none(wanted: Wanted) -> str:
    """What no schedule has: `No schedule has the status “Never ran” and the provider “aws”.`"""
    asked = {
        "words": wanted.search.strip(),
        "status": FILTERS.get(wanted.status, wanted.status),
        "provider": wanted.provider,
        "owner": name_author(wanted.owner) if wanted.owner else "",
    }
    named = [
        f"the {name} “{cut_at_word(value, LONGEST_NAMED)}”"
        for name, value in asked.items()
        if value and getattr(wanted, "search" if name == "words" else name)
    ]
    if wanted.status not in FILTERS:
        return f"No status of schedules is called “{cut_at_word(wanted.status, LONGEST_NAMED)}”."
    return f"No schedule has {' and '.join(named)}."


def order_schedules(schedules: Sequence[ListedSchedule], sort: str) -> list[ListedSchedule]:
    """The schedules by a column, turned round by a minus; those that have no value there stand last."""
    column, down = sort.removeprefix("-"), sort.startswith("-")
    if column in FALLING:
        down = not down
    keys: dict[str, Callable[[ListedSchedule], Any]] = {
        "query": lambda one: one.query_name.lower(),
        "owner": lambda one: one.answers.lower() or None,
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
    schedules: Sequence[ListedSchedule], wanted: Wanted, opened: int | None = None, sort: str = ""
) -> Children:
    """The schedules that match, or what to do where there are none."""
    if not schedules:
        return _none_yet()
    shown = order_schedules([schedule for schedule in schedules if is_match(schedule, wanted)], sort)
    if not shown:
        return html.Div(
            empty_state(
                "bi-search",
                "No schedule matches",
                describe_none(wanted),
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
                    head_cell(bulk.box_of_all(shown), "pick"),
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
                className="empty-actions",
            ),
        ),
        className="panel",
    )


def _dot(provider: str) -> html.Span | None:
    colour = {"background": find_provider_colour(provider)}
    return html.Span(className="provider-dot", style=colour, title=provider) if provider else None


def _row(schedule: ListedSchedule, opened: bool) -> html.Tr:
    return html.Tr(
        [
            html.Td(bulk.box(schedule), className="pick"),
            html.Td(
                html.A(
                    [_dot(schedule.provider), schedule.query_name],
                    href=f"/schedules?schedule={schedule.id}",
                    className="row-link",
                    title=" · ".join(
                        part for part in (schedule.query_name, schedule.description, "show its runs") if part
                    ),
                    **{"data-schedules": "open", "data-id": str(schedule.id)},
                ),
                className="query",
            ),
            html.Td(table_link(schedule.target_schema, schedule.target_table), className="target"),
            cell(
                "Owner",
                [
                    notify.bell(schedule),
                    html.Span(name_author(schedule.answers), title=schedule.answers),
                ],
                "owner",
            ),
            html.Td(when(schedule, short=True), className="when"),
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
