"""The cells of a schedule's row, which its panel shows as well: when, how it is, how it went, what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from dash import dcc, html

from layouts.components.feedback import TONE_OF_STATUS, relative_time, status_badge
from layouts.components.figures import mark, number
from layouts.components.menu import entry, menu
from layouts.components.page import Children, icon
from layouts.inventory import addresses
from services.models.core import INVENTORY_SCHEMA, ListedSchedule, RunMark, RunProgress, RunStatus
from services.models.coverage import Reading, apart, make_coverage, read_at
from services.models.inventory import TableRef
from services.models.wording import format_count, format_exact_time

BAR_PIXELS = 22
BAR_STEP = 4
BAR_SEPARATOR = "\x1e"
# the author of what comes with the product
STARTER = "starter"


def name_author(name: str) -> str:
    """Who made it; what came with the sample cloud was made by nobody."""
    return "sample data" if name == STARTER else name or "unknown"


def read_schedule(schedule: ListedSchedule) -> Reading:
    """What was read of the schedule's table, and when."""
    moments = [schedule.complete_at, schedule.last_run_at] if schedule.rows is not None else []
    return Reading(make_coverage(schedule.scopes_ok, schedule.scopes_total), read_at(moments))


def rows(schedule: ListedSchedule) -> Children:
    """How many rows its table has; unknown until a run has filled it."""
    return number(schedule.rows, read_schedule(schedule))


def table_link(schema: str, table: str) -> dcc.Link:
    """The inventory's page of a table; the schema is named where it is not the usual one."""
    words = table if schema == INVENTORY_SCHEMA else f"{schema}.{table}"
    return dcc.Link(words, href=addresses.table(TableRef(schema, table)), className="mono", title=words)


def when(schedule: ListedSchedule, short: bool = False) -> html.Div:
    """The cron in words, and the next time or why there is none. short: as a list has room for; all of it on hover."""
    place = schedule.timezone.rsplit("/", 1)[-1].replace("_", " ")
    zone = f" · {place}" if schedule.timezone != "UTC" else ""
    following: list[Children] = ["next ", relative_time(schedule.next_at)]
    if not schedule.is_active:
        following = [icon("bi-pause-circle"), " Paused"]
    elif schedule.next_at is None:
        following = ["no next run"]
    return html.Div(
        [
            html.Span(
                [
                    schedule.short_words if short else schedule.words,
                    html.Span(zone, className="text-muted-2"),
                ],
                className="when-words",
                title=": ".join(dict.fromkeys((schedule.words, schedule.cron_expression)))
                + f" · {schedule.timezone}",
            ),
            html.Span(following, className="when-next"),
        ],
        className="when-line",
    )


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
                "Retry",
                type="button",
                className="btn btn-link btn-sm",
                title="Make the job again; safe to repeat",
                **{"data-schedules": "retry", "data-id": str(schedule.id)},
            ),
        ],
        className="job-problem",
    )


def progress(run: RunProgress) -> html.Div:
    """A run's scopes done of all, and the rows so far."""
    words = (
        "cancelling …"
        if run.cancel_requested
        else f"{run.scopes_done:,} of {format_count(run.scopes_total, 'scope')} · {format_count(run.rows, 'row')}"
    )
    share = 100 * run.scopes_done / run.scopes_total if run.scopes_total else 0
    return html.Div(
        [
            html.Div(html.Div(style={"width": f"{share:.0f}%"}), className="run-bar"),
            html.Span(words, className="run-words"),
        ],
        className="run-progress",
        role="status",
        **mark(apart("of the run that goes on")),
    )


def coverage(ok: int, total: int) -> Children:
    """`41 of 43`, coloured where it is less than all."""
    if not total:
        return html.Span("–", className="text-muted-2", title="Unknown until the first run")
    tone = "" if ok == total else ("tone-danger" if ok == 0 else "tone-warning")
    return html.Span(
        f"{ok:,} of {total:,}",
        className=tone,
        title="Scopes that were read whole when last tried. A scope is a region, project or account.",
    )


def trend(marks: Sequence[RunMark]) -> html.Span:
    """The last runs as bars: their height is the table's rows, their colour how they ended.

    One component whose background is the bars, since hundreds of them would slow the page down;
    assets/schedules/page.js tells the bar under the pointer from `data-bars`.
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
            "data-bars": BAR_SEPARATOR.join(map(_describe_mark, marks)),
            "data-step": str(BAR_STEP),
        },
    )


def _height(mark: RunMark, most: int) -> int:
    if not most or mark.rows_total is None:
        return 5
    return max(5, round(BAR_PIXELS * mark.rows_total / most))


def _describe_mark(mark: RunMark) -> str:
    parts = [f"{format_exact_time(mark.started_at.astimezone(UTC))} · {mark.status.value.lower()}"]
    if mark.rows_total is not None:
        parts.append(format_count(mark.rows_total, "row"))
    if mark.scopes_total:
        parts.append(f"{mark.scopes_ok} of {mark.scopes_total} scopes")
    return " · ".join(parts) + (f"\n{mark.message}" if mark.message else "")


def actions(schedule: ListedSchedule) -> html.Div:
    """What can be done with a row: the one thing that is done most as a button, the rest in a menu."""
    run = schedule.running
    first = (
        _button("Cancel", "cancel", "Cancel the run", run.run_id, disabled=run.cancel_requested)
        if run is not None
        else _button("Run", "run", "Run now", schedule.id)
    )
    return html.Div([first, actions_menu(schedule)], className="row-actions")


def actions_menu(schedule: ListedSchedule) -> html.Span:
    """What is done now and then."""
    pause = ("Pause", "pause") if schedule.is_active else ("Resume", "resume")
    return menu(
        f"Actions of {schedule.target_schema}.{schedule.target_table}",
        [
            _entry(*pause, schedule.id),
            _entry("Edit", "edit", schedule.id),
            _entry("Delete", "delete", schedule.id, "tone-danger"),
        ],
        # a press beside an entry is none on the row
        **{"data-schedules": "menu"},
    )


def _entry(words: str, action: str, id: int | None, className: str = "") -> html.Button:
    return entry(words, className, **{"data-schedules": action, "data-id": str(id)})


def _button(words: str, action: str, label: str, id: int | None, disabled: bool = False) -> html.Button:
    return html.Button(
        words,
        type="button",
        className="btn btn-outline-secondary btn-sm",
        title=label,
        disabled=disabled,
        **{"data-schedules": action, "data-id": str(id), "aria-label": label},
    )
