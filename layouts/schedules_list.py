"""The table of schedules: what, where to, when, how it went, and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from dash import dcc, html

from layouts import inventory_links
from layouts.components.feedback import TONE_OF_STATUS, empty_state, relative_time, status_badge
from layouts.components.page import Children, icon
from services.models import INVENTORY_SCHEMA, ListedSchedule, RunMark, RunProgress, RunStatus, TableRef

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
BAR_PIXELS = 22
BAR_STEP = 4
BAR_SEPARATOR = "\x1e"


def states(schedule: ListedSchedule) -> set[str]:
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


def matches(schedule: ListedSchedule, search: str, status: str) -> bool:
    """True where every word is in the query's name, the table, the author or the parameters' values."""
    text = " ".join(
        [
            schedule.query_name, schedule.target_schema, schedule.target_table, schedule.created_by, schedule.words,
            *(value for listed in schedule.parameter_values.values() for value in listed),
        ]
    ).lower()  # fmt: skip
    return (status or "") in states(schedule) and all(word in text for word in search.lower().split())


def summary(schedules: Sequence[ListedSchedule]) -> str:
    """The page's subtitle: how many there are, and how they are."""
    if not schedules:
        return "Saved queries that keep tables up to date"
    counts = count(schedules)
    parts = [
        f"{len(schedules)} schedule{'s' if len(schedules) != 1 else ''}",
        f"{len(schedules) - counts['paused']} active",
    ]
    for name, words in (("paused", "paused"), ("running", "running now")):
        if counts[name]:
            parts.append(f"{counts[name]} {words}")
    if counts["attention"]:
        parts.append(f"{counts['attention']} need{'s' if counts['attention'] == 1 else ''} attention")
    return " · ".join(parts)


def count(schedules: Iterable[ListedSchedule]) -> Counter[str]:
    """Filter → how many schedules fall under it."""
    return Counter(state for schedule in schedules for state in states(schedule))


def filters(schedules: Sequence[ListedSchedule], chosen: str) -> list[html.Button]:
    """One button a filter that has schedules, and the chosen one."""
    counts = count(schedules)
    return [
        html.Button(
            [words, html.Span(f"{counts[name]}", className="chip-count")],
            type="button",
            className=f"chip{' chosen' * (name == chosen)}",
            **{"data-schedules": "status", "data-value": name, "aria-pressed": str(name == chosen).lower()},
        )
        for name, words in FILTERS.items()
        if name in ("", chosen) or counts[name]
    ]


def table(
    schedules: Sequence[ListedSchedule], search: str, status: str, opened: int | None = None
) -> Children:
    """The schedules that match, or what to do where there are none."""
    if not schedules:
        return _none_yet()
    shown = [schedule for schedule in schedules if matches(schedule, search, status)]
    if not shown:
        return html.Div(
            empty_state(
                "bi-search", "No schedule matches", "Nothing fits the search and the filter.",
                html.Button(
                    "Show all", type="button", className="btn btn-outline-secondary", **{"data-schedules": "all"}
                ),
            ),
            className="panel",
        )  # fmt: skip
    head = ["Query", "Table", "When", "Status", "Last run", "Rows", "Coverage", "Last 20 runs", ""]
    names = ["query", "target", "when", "status", "last", "number rows", "coverage", "runs", "actions"]
    rest = len(shown) - MOST_SHOWN
    return html.Div(
        [
            html.Table(
                [
                    html.Thead(
                        html.Tr(
                            [
                                html.Th(
                                    words or html.Span("Actions", className="visually-hidden"),
                                    className=name, scope="col",
                                )
                                for words, name in zip(head, names, strict=True)
                            ]
                        )
                    ),
                    html.Tbody([_row(schedule, schedule.id == opened) for schedule in shown[:MOST_SHOWN]]),
                ],
                className="table schedules-table",
            ),
            html.P(f"{rest} more: search to narrow the list.", className="schedules-more") if rest > 0 else None,
        ],
        className="panel schedules-list",
    )  # fmt: skip


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
                        "New schedule",
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
                    schedule.query_name, href=f"/schedules?schedule={schedule.id}", className="row-link",
                    title="Show its runs", **{"data-schedules": "open", "data-id": str(schedule.id)},
                ),
                className="query",
            ),
            html.Td(table_link(schedule.target_schema, schedule.target_table), className="target"),
            html.Td(when(schedule), className="when"),
            html.Td(status_cell(schedule), className="status"),
            html.Td(relative_time(schedule.last_run_at), className="last", **{"data-label": "Last run"}),
            html.Td(_rows(schedule), className="number rows", **{"data-label": "Rows"}),
            html.Td(
                coverage(schedule.scopes_ok, schedule.scopes_total), className="coverage", **{"data-label": "Coverage"}
            ),
            html.Td(trend(schedule.trend), className="runs"),
            html.Td(actions(schedule), className="actions"),
        ],
        className=f"schedules-row{' opened' * opened}{' paused' * (not schedule.is_active)}",
        **{"data-schedules": "open", "data-id": str(schedule.id)},
    )  # fmt: skip


def _rows(schedule: ListedSchedule) -> Children:
    if schedule.rows is None:
        return html.Span("–", className="text-muted-2", title="No run has filled the table yet")
    return f"{schedule.rows:,}"


def table_link(schema: str, table: str) -> dcc.Link:
    """The inventory's page of a table; the schema is named where it is not the usual one."""
    words = table if schema == INVENTORY_SCHEMA else f"{schema}.{table}"
    return dcc.Link(words, href=inventory_links.table(TableRef(schema, table)), className="mono", title=words)


def when(schedule: ListedSchedule) -> list[Children]:
    """The cron in words, and the next time or why there is none."""
    place = schedule.timezone.rsplit("/", 1)[-1].replace("_", " ")
    zone = f" · {place}" if schedule.timezone != "UTC" else ""
    following: list[Children] = ["next ", relative_time(schedule.next_at)]
    if not schedule.is_active:
        following = [icon("bi-pause-circle"), " Paused"]
    elif schedule.next_at is None:
        following = ["no further time"]
    return [
        html.Div(
            [schedule.words, html.Span(zone, className="text-muted-2")],
            title=f"{schedule.cron_expression} · {schedule.timezone}",
        ),
        html.Div(following, className="when-next"),
    ]


def status_cell(schedule: ListedSchedule) -> list[Children]:
    """How the newest run is or was; a run under way with how far it is; a job that does not fit."""
    parts: list[Children] = []
    if schedule.running is not None:
        parts += [status_badge(RunStatus.RUNNING), progress(schedule.running)]
    else:
        last = schedule.last_run
        message = last.message if last is not None else ""
        parts.append(html.Span(status_badge(schedule.last_run_status), title=message or None))
    if schedule.job_error or not schedule.job_id:
        parts.append(_job_problem(schedule))
    return parts


def _job_problem(schedule: ListedSchedule) -> html.Div:
    words = "The job is out of date" if schedule.job_id else "No job"
    return html.Div(
        [
            html.Span([icon("bi-exclamation-triangle"), f" {words}"], title=schedule.job_error or None),
            html.Button(
                "Retry", type="button", className="btn btn-link btn-sm", title="Make the job again; safe to repeat",
                **{"data-schedules": "retry", "data-id": str(schedule.id)},
            ),
        ],
        className="job-problem",
    )  # fmt: skip


def progress(run: RunProgress) -> html.Div:
    """A run's scopes done of all, and the rows so far."""
    words = (
        "cancelling …"
        if run.cancel_requested
        else f"{run.scopes_done:,} of {run.scopes_total:,} · {run.rows:,} rows"
    )
    share = 100 * run.scopes_done / run.scopes_total if run.scopes_total else 0
    return html.Div(
        [
            html.Div(html.Div(style={"width": f"{share:.0f}%"}), className="run-bar"),
            html.Span(words, className="run-words"),
        ],
        className="run-progress",
        role="status",
    )


def coverage(ok: int, total: int) -> Children:
    """`41 of 43`, coloured where it is less than all."""
    if not total:
        return html.Span("–", className="text-muted-2", title="Not known before the first run")
    tone = "" if ok == total else ("tone-danger" if ok == 0 else "tone-warning")
    return html.Span(
        f"{ok:,} of {total:,}", className=tone, title="Scopes that were read whole when last tried"
    )


def trend(marks: Sequence[RunMark]) -> html.Span:
    """The last runs as bars: their height is the table's rows, their colour how they ended.

    One component whose background is the bars, since hundreds of them would slow the page down; assets/schedules.js
    tells the bar under the pointer from `data-bars`.
    """
    most = max((mark.rows_total or 0 for mark in marks), default=0)
    counts = Counter(mark.status.value.lower() for mark in marks)
    said = ", ".join(f"{number} {word}" for word, number in counts.most_common())
    bars = [
        f"linear-gradient(var(--{tone}), var(--{tone})) {place * BAR_STEP}px 100% / {BAR_STEP - 1}px"
        f" {_height(mark, most)}px no-repeat"
        for place, mark in enumerate(marks)
        for tone in [TONE_OF_STATUS[mark.status]]
    ]
    label = f"Last {len(marks)} runs: {said}" if marks else "No runs yet"
    return html.Span(
        className="trend",
        style={"background": ", ".join(bars)} if bars else None,
        role="img",
        **{
            "aria-label": label,
            "data-bars": BAR_SEPARATOR.join(map(_of_mark, marks)),
            "data-step": str(BAR_STEP),
        },
    )


def _height(mark: RunMark, most: int) -> int:
    if not most or mark.rows_total is None:
        return 5
    return max(5, round(BAR_PIXELS * mark.rows_total / most))


def _of_mark(mark: RunMark) -> str:
    parts = [f"{at(mark.started_at)} · {mark.status.value.lower()}"]
    if mark.rows_total is not None:
        parts.append(f"{mark.rows_total:,} rows")
    if mark.scopes_total:
        parts.append(f"{mark.scopes_ok} of {mark.scopes_total} scopes")
    return " · ".join(parts) + (f"\n{mark.message}" if mark.message else "")


def at(moment: datetime) -> str:
    return f"{moment:%a %d %b %H:%M} UTC"


def actions(schedule: ListedSchedule) -> html.Div:
    """The buttons of a row."""
    run = schedule.running
    if run is not None:
        first = _button(
            "cancel", "Cancel the run", "bi-stop-circle", run.run_id, disabled=run.cancel_requested
        )
    else:
        first = _button("run", "Run now", "bi-play", schedule.id)
    second = (
        _button("pause", "Pause", "bi-pause", schedule.id)
        if schedule.is_active
        else _button("resume", "Resume", "bi-skip-forward", schedule.id)
    )
    return html.Div(
        [
            first,
            second,
            _button("edit", "Edit", "bi-pencil", schedule.id),
            _button("delete", "Delete", "bi-trash", schedule.id),
        ],
        className="row-actions",
    )


def _button(action: str, words: str, icon_name: str, id: int | None, disabled: bool = False) -> html.Button:
    return html.Button(
        type="button", className=f"icon-button bi {icon_name}", title=words, disabled=disabled,
        **{"data-schedules": action, "data-id": str(id), "aria-label": words},
    )  # fmt: skip
