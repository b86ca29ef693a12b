"""One run in the panel: how it ended, its scopes, changes, log and SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dash import dcc, html

from layouts.components.choosing import Option, tab, tab_list
from layouts.components.feedback import change_words, deltas, folded, note, relative_time, status_badge
from layouts.components.figures import Figure, facts, mark
from layouts.components.lists import cell
from layouts.components.page import Children, icon
from layouts.inventory import addresses
from layouts.schedules import ids
from layouts.schedules.cells import coverage
from services.models.core import ListedSchedule, Run, RunChange, RunStatus, ScopeStatus, TimedScope
from services.models.coverage import Moments, NotApplicable, Reading, make_coverage
from services.models.inventory import TableRef
from services.models.wording import (
    describe_scope_status,
    format_clock_time,
    format_count,
    format_duration,
    format_exact_time,
)

# why those runs ran that fill the sample inventory at its first start
SEED = "seed"
TABS = {"scopes": "Scopes", "changes": "Changes", "log": "Log", "sql": "SQL"}
MOST_SCOPES = 200
ENDED_WELL = (ScopeStatus.OK, ScopeStatus.ADDITIVE, ScopeStatus.PENDING, ScopeStatus.RUNNING)


@dataclass(frozen=True)
class PanelContent:
    """What the panel shows. total: runs recorded, of which `runs` are a page, with `before` newer ones before it.

    current_sql: the query's text now. run_days: for how many days a run is kept; 0 where that is not said.
    """

    schedule: ListedSchedule
    runs: Sequence[Run] = ()
    total: int = 0
    run: Run | None = None
    scopes: Sequence[TimedScope] = ()
    changes: Sequence[RunChange] = ()
    tab: str = "scopes"
    current_sql: str = field(default="", repr=False)
    page: int = 1
    before: int = 0
    run_days: int = 0


def changes(run: Run) -> Children:
    """`+3 −1 ~12`, or a dash where nothing changed."""
    if not (run.added or run.removed or run.changed):
        return html.Span("–", className="text-muted-2", title="Nothing changed")
    return html.Span(deltas(run.added, run.removed, run.changed), className="run-changes")


def format_time_taken(run: Run, now: datetime | None = None) -> str:
    """How long a run took, or has been taking."""
    return format_duration(((run.finished_at or now or datetime.now(UTC)) - run.started_at).total_seconds())


def detail(content: PanelContent) -> html.Section:
    run = content.run
    assert run is not None  # noqa: S101 - the caller looked
    shown = content.tab if content.tab in TABS else "scopes"
    views = {"scopes": _scopes, "changes": _changes, "log": _log, "sql": _sql}
    counts = {"scopes": run.scopes_total, "changes": run.added + run.removed + run.changed}
    asked = run.requested_by and run.trigger != SEED
    who = f"{_trigger(run)}{f' by {run.requested_by}' if asked else ''}"

    return html.Section(
        [
            html.H3([f"Run {run.id} ", status_badge(run.status)]),
            html.P(
                [
                    who,
                    *([f" · {_engine(run)}"] if run.engine and run.trigger != SEED else []),
                    *([" · as of ", relative_time(run.as_of)] if run.as_of else []),
                    *([" · ", _job_link(run.job_run_url)] if _is_link(run.job_run_url) else []),
                ],
                className="run-line",
            ),
            _figures(run),
            note("What happened", run.message, _tone(run)) if run.message else None,
            note(
                format_count(len(run.warnings), "warning"),
                html.Ul([html.Li(warning) for warning in run.warnings]),
                "warning",
            )
            if run.warnings
            else None,
            tab_list(
                "Parts of the run",
                [
                    tab(
                        Option(name, words, counts.get(name)),
                        name == shown,
                        **{"data-schedules": "tab", "data-value": name, "aria-controls": ids.RUN_VIEW},
                    )
                    for name, words in TABS.items()
                ],
            ),
            html.Div(views[shown](content, run), id=ids.RUN_VIEW, role="tabpanel", className="run-view"),
        ],
        className="run-detail",
        **mark(read_run(run)),
    )


def _trigger(run: Run) -> str:
    """Why it ran, in a reader's words."""
    return "made with the sample data" if run.trigger == SEED else run.trigger


def _engine(run: Run) -> str:
    if run.engine == "sample":
        return "sample cloud"
    # a version may begin with the engine's name
    return (
        run.engine_version
        if run.engine_version.startswith(run.engine)
        else f"{run.engine} {run.engine_version}"
    )


def read_run(run: Run) -> Reading:
    """What a run read, and when."""
    # what a run under way has not read yet is not missing
    going = run.status is RunStatus.RUNNING
    sure = NotApplicable("the run goes on") if going else make_coverage(run.scopes_ok, run.scopes_total)
    ended = run.finished_at or datetime.now(UTC)
    return Reading(sure, Moments(run.started_at, max(ended, run.started_at)))


def _figures(run: Run) -> html.Dl:
    now, read = datetime.now(UTC), read_run(run)
    itself = Reading(NotApplicable("of this run"), read.as_of)
    return facts(
        [
            Figure("Rows read", run.rows_read, reading=read),
            Figure("Changes", changes(run), reading=read),
            Figure("Coverage", coverage(run.scopes_ok, run.scopes_total), reading=itself),
            Figure("Took", format_time_taken(run, now), reading=itself),
        ]
    )


def _tone(run: Run) -> str:
    tones = {RunStatus.SUCCESS: "success", RunStatus.PARTIAL: "warning", RunStatus.FAILED: "danger"}
    return tones.get(run.status, "info")


def _is_link(url: str | None) -> bool:
    return bool(url) and str(url).startswith("https://")


def _job_link(url: str | None) -> html.A:
    return html.A(
        ["Databricks job run ", icon("bi-box-arrow-up-right")],
        href=url,
        target="_blank",
        rel="noopener noreferrer",
    )


def _scopes(content: PanelContent, run: Run) -> Children:
    if not content.scopes:
        return html.P("The run began no scope.", className="text-muted-2")
    # what went wrong first, then what is still under way, then the rest in the schedule's order
    ordered = sorted(
        content.scopes,
        key=lambda scope: (scope.status in ENDED_WELL, scope.status is not ScopeStatus.RUNNING),
    )
    rest = len(ordered) - MOST_SCOPES
    return [
        html.Div(
            html.Table(
                [
                    html.Thead(
                        html.Tr(
                            [
                                html.Th("Scope", scope="col"),
                                html.Th("Status", scope="col"),
                                html.Th("Rows", scope="col", className="number"),
                                html.Th("Took", scope="col", className="number"),
                                html.Th("Attempts", scope="col", className="number"),
                                html.Th("Message", scope="col"),
                            ]
                        )
                    ),
                    html.Tbody([_scope_row(scope) for scope in ordered[:MOST_SCOPES]]),
                ],
                className="table cards scopes-table",
            ),
            className="table-scroll",
        ),
        html.P(f"{rest:,} more, which ended well or did not begin.", className="schedules-more")
        if rest > 0
        else None,
    ]


def _scope_row(scope: TimedScope) -> html.Tr:
    begun = scope.status is not ScopeStatus.PENDING
    return html.Tr(
        [
            html.Td(scope.scope.label, className="mono", title=scope.scope.key),
            html.Td(status_badge(scope.status)),
            cell("Rows", f"{scope.rows:,}" if begun else "–", "number"),
            cell("Took", format_duration(scope.duration) if scope.duration else "–", "number"),
            cell("Attempts", f"{scope.attempts}" if scope.attempts else "–", "number"),
            html.Td([scope.message, folded(scope.details)], className="scope-message"),
        ]
    )


def _changes(content: PanelContent, run: Run) -> Children:
    total = run.added + run.removed + run.changed
    if not content.changes:
        words = (
            "Nothing changed."
            if not total
            else "This was the table's first load, or its changes are older than the schedule keeps."
        )
        return html.P(words, className="text-muted-2")
    return [
        html.Div(
            html.Table(
                html.Tbody([_change_row(change, run) for change in content.changes]),
                className="table changes-table",
            ),
            className="table-scroll",
        ),
        html.P(
            [
                f"The first {len(content.changes):,} of {total:,}. " if total > len(content.changes) else "",
                dcc.Link(
                    "Before and after, side by side",
                    href=addresses.table(TableRef(run.target_schema, run.target_table), "changes"),
                ),
            ],
            className="schedules-more",
        ),
    ]


def _change_row(change: RunChange, run: Run) -> html.Tr:
    table = TableRef(run.target_schema, run.target_table)
    return html.Tr(
        [
            html.Td(change_words(change.change)),
            html.Td(
                dcc.Link(
                    change.resource_key,
                    href=addresses.resource(table, change.resource_key, change.scope.key),
                ),
                className="mono change-key",
            ),
            html.Td(change.scope.label if change.scope.values else ""),
            html.Td(", ".join(change.changed_columns), className="mono change-key"),
        ]
    )


def _log(content: PanelContent, run: Run) -> html.Ol:
    """What happened, in the order of time, from what the run recorded.

    Its beginning and end may be of another clock than its scopes' times: what happened in a run is shown within it.
    """
    lines: list[tuple[datetime, str, str]] = [(run.started_at, f"run {run.id} started ({_trigger(run)})", "")]
    for scope in content.scopes:
        if scope.started_at is not None:
            lines.append((scope.started_at, f"{scope.scope.label}: started", ""))
            if scope.status is not ScopeStatus.RUNNING:
                end = datetime.fromtimestamp(scope.started_at.timestamp() + scope.duration, UTC)
                attempts = f", {scope.attempts} attempts" if scope.attempts > 1 else ""
                words = (
                    f"{scope.scope.label}: {describe_scope_status(scope.status)}, {format_count(scope.rows, 'row')}"
                    f" in {format_duration(scope.duration)}"
                )
                lines.append((end, f"{words}{attempts}. {scope.message}".rstrip(" ."), scope.status.value))
    if run.cancel_requested:
        lines.append((run.finished_at or run.heartbeat_at or run.started_at, "asked to stop", ""))
    if run.finished_at is not None:
        lines.append(
            (
                run.finished_at,
                f"ended as {run.status.value.lower()} after {format_time_taken(run)}. {run.message}".rstrip(),
                "",
            )
        )
    last = run.finished_at or max(moment for moment, _, _ in lines)
    lines = [(min(max(moment, run.started_at), last), words, status) for moment, words, status in lines]
    # what is of one moment stays in the order above: its start first, its end last
    lines.sort(key=lambda line: line[0])
    return html.Ol(
        [
            html.Li(
                [
                    html.Time(format_clock_time(moment), title=format_exact_time(moment.astimezone(UTC))),
                    html.Span(words),
                ]
            )
            for moment, words, _ in lines
        ],
        className="run-log",
    )


def _sql(content: PanelContent, run: Run) -> list[Children]:
    edited = content.current_sql and content.current_sql != run.query_text
    return [
        note("The query has changed since", "This is what ran. The next run uses the new text.", "info")
        if edited
        else None,
        html.Div(
            [
                html.Pre(run.query_text or "Not recorded.", id=ids.SQL),
                dcc.Clipboard(target_id=ids.SQL, title="Copy the SQL", className="icon-button copy-sql"),
            ],
            className="run-sql",
        ),
    ]
