"""The panel at the right: one schedule and its runs; `schedules_run` shows the chosen one."""

from __future__ import annotations

from dash import dcc, html

from layouts.components.feedback import empty_state, note, relative_time, status_badge
from layouts.components.figures import mark, number
from layouts.components.lists import cell
from layouts.components.page import Children, icon
from layouts.schedules import notify
from layouts.schedules.cells import (
    actions_menu,
    coverage,
    name_author,
    progress,
    read_schedule,
    table_link,
    when,
)
from layouts.schedules.run import PanelContent, changes, detail, format_time_taken, read_run
from services.models.core import LOCAL_JOB, ListedSchedule, Run, RunStatus
from services.models.coverage import COUNTED
from services.models.wording import describe_key, describe_table_kind, describe_write_mode, format_count


def title(schedule: ListedSchedule) -> list[Children]:
    """The panel's heading."""
    running = RunStatus.RUNNING if schedule.running is not None else schedule.last_run_status
    # whose panel it is, for assets/schedules/page.js
    name = html.Span(schedule.query_name, className="given", **{"data-of": str(schedule.id)})
    return [name, " ", status_badge(running)]


def body(content: PanelContent) -> html.Div:
    """Everything below the heading."""
    schedule = content.schedule
    return html.Div(
        [
            _buttons(schedule),
            _job_note(schedule),
            progress(schedule.running) if schedule.running is not None else None,
            _facts(schedule),
            _runs(content),
            detail(content) if content.run is not None else None,
        ]
    )


def gone_title(id: int) -> html.Span:
    """The heading above `gone_note`."""
    return html.Span("Schedule", **{"data-of": str(id)})


def gone_note(message: str) -> html.Div:
    """The panel of a schedule that does not exist."""
    return html.Div(
        empty_state("bi-calendar-x", message, "Someone may have deleted it. The list shows all schedules.")
    )


def _buttons(schedule: ListedSchedule) -> html.Div:
    run = schedule.running
    first = (
        _button("cancel", "Cancel the run", "bi-stop-circle", run.run_id, disabled=run.cancel_requested)
        if run is not None
        else _button("run", "Run now", "bi-play", schedule.id, primary=True)
    )
    query = dcc.Link(
        [icon("bi-terminal"), html.Span("Open the query")],
        href=f"/ide?query={schedule.query_id}",
        className="btn btn-outline-secondary",
    )
    return html.Div([first, query, actions_menu(schedule)], className="panel-buttons")


def _button(
    action: str, words: str, icon_name: str, id: int | None, *, primary: bool = False, disabled: bool = False
) -> html.Button:
    return html.Button(
        [icon(icon_name), html.Span(words)],
        type="button",
        disabled=disabled,
        className=f"btn {'btn-primary' if primary else 'btn-outline-secondary'}",
        **{"data-schedules": action, "data-id": str(id)},
    )


def _job_note(schedule: ListedSchedule) -> Children:
    if schedule.job_id and not schedule.job_error:
        return None
    retry = html.Button(
        "Retry",
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **{"data-schedules": "retry", "data-id": str(schedule.id)},
    )
    reason = schedule.job_error or "It never got a job."
    words = (
        "The job differs from the schedule"
        if schedule.job_id
        else "It has no job, so it does not run by itself"
    )
    return note(words, f"{reason} Retrying is safe: it makes no second job.", "warning", action=retry)


def _facts(schedule: ListedSchedule) -> html.Dl:
    count = schedule.scope_count
    values = [
        html.Div([html.Code(f":{name}"), " ", ", ".join(listed)], className="fact-values")
        for name, listed in schedule.parameter_values.items()
    ]

    rows: list[tuple[str, Children]] = [
        *([("Description", schedule.description)] if schedule.description else []),
        ("Table", table_link(schedule.target_schema, schedule.target_table)),
        ("When", when(schedule)),
        (
            "Reads",
            [
                f"{format_count(count, 'scope')}, each a region, project or account"
                if count != 1 or values
                else "one answer, without parameters",
                *values,
            ],
        ),
        ("Coverage", coverage(schedule.scopes_ok, schedule.scopes_total)),
        ("Writes", describe_write_mode(schedule.write_mode)),
        ("Its rows are", describe_table_kind(schedule.table_kind or "")),
        (
            "Key",
            html.Span(describe_key(schedule.key_columns), className="mono" if schedule.key_columns else ""),
        ),
    ]
    if schedule.ignored_columns:
        rows.append(("Ignored columns", html.Span(", ".join(schedule.ignored_columns), className="mono")))
    for title, names in (
        ("Lists without order", schedule.unordered_columns),
        ("Lists with order", schedule.ordered_columns),
    ):
        if names:
            rows.append((title, html.Span(", ".join(names), className="mono")))
    if schedule.allow_empty:
        rows.append(("Empty answers", "remove the rows of their scope"))
    if schedule.adds_only:
        rows.append(("Lists without an end", "add and change rows only"))
    kept = f"{schedule.retention_days:,} days" if schedule.retention_days else "everything"
    rows += [
        ("Keeps changes", kept),
        ("Owner", name_author(schedule.answers)),
        ("Notifications", notify.fact(schedule)),
        ("Created by", [name_author(schedule.created_by), ", ", relative_time(schedule.created_at)]),
    ]
    if schedule.job_id and not schedule.job_id.startswith(LOCAL_JOB):
        rows.append(("Databricks job", html.Span(schedule.job_id, className="mono")))
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in rows],
        className="schedules-facts",
        **mark(read_schedule(schedule)),
    )


def _runs(content: PanelContent) -> html.Section:
    if not content.runs:
        return html.Section(
            empty_state("bi-clock-history", "It has not run yet", "Run it now, or wait for its next time.")
        )
    return html.Section(
        [
            html.H3(["Runs ", number(content.total, COUNTED, "pill-count")]),
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th(words, scope="col", className=name)
                                    for words, name in (
                                        ("Status", ""),
                                        ("Started", ""),
                                        ("Took", "number"),
                                        ("Rows", "number"),
                                        ("Changes", "number"),
                                        ("Coverage", ""),
                                        ("Message", "message"),
                                    )
                                ]
                            )
                        ),
                        html.Tbody([_run_row(run, content.run) for run in content.runs]),
                    ],
                    className="table cards runs-table",
                ),
                className="runs-scroll",
                tabIndex=0,
                role="region",
                **{"aria-label": "Runs"},
            ),
            _pages(content),
            html.P(
                f"A run is kept for {format_count(content.run_days, 'day')}, and longer where its table or its changes"
                " need it.",
                className="runs-kept given",
            )
            if content.run_days
            else None,
        ]
    )


def _pages(content: PanelContent) -> Children:
    """Which runs these are, and the buttons to newer and older ones, where there are more than a page of them."""
    last = content.before + len(content.runs)
    if content.total <= len(content.runs):
        return None
    return html.Div(
        [
            html.Span(f"{content.before + 1:,} to {last:,} of {content.total:,}"),
            _page_button("Newer", content.page - 1, content.before > 0),
            _page_button("Older", content.page + 1, last < content.total),
        ],
        className="runs-pager",
        **mark(COUNTED),
    )


def _page_button(words: str, page: int, there: bool) -> html.Button:
    return html.Button(
        words,
        type="button",
        className="btn btn-outline-secondary btn-sm",
        disabled=not there,
        **{"data-schedules": "runs", "data-value": str(page), "aria-label": f"{words} runs"},
    )


def _run_row(run: Run, shown: Run | None) -> html.Tr:
    chosen = shown is not None and shown.id == run.id
    return html.Tr(
        [
            html.Td(
                html.Button(
                    status_badge(run.status),
                    type="button",
                    className="run-button",
                    title="Show this run",
                    **{
                        "data-schedules": "choose",
                        "data-id": str(run.id),
                        "aria-pressed": str(chosen).lower(),
                    },
                )
            ),
            cell("Started", relative_time(run.started_at)),
            cell("Took", format_time_taken(run), "number"),
            cell("Rows", "–" if run.rows_total is None else f"{run.rows_total:,}", "number"),
            cell("Changes", changes(run), "number"),
            # what a run under way has not read yet is not missing
            cell(
                "Coverage",
                "–" if run.status is RunStatus.RUNNING else coverage(run.scopes_ok, run.scopes_total),
            ),
            html.Td(run.message, className="message", title=run.message or None),
        ],
        className=f"run-row{' chosen' * chosen}",
        **mark(read_run(run)),
        **{"data-schedules": "choose", "data-id": str(run.id)},
    )
