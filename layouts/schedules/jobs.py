"""Under the list of schedules, on Databricks: jobs that do not fit their schedule, or belong to none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.confirm import confirmation, loss
from layouts.components.feedback import note, relative_time
from layouts.components.page import Children, panel
from layouts.schedules import ids
from services.models.core import OwnedJob, Schedule
from services.models.wording import format_count


def section() -> html.Div:
    """Filled by a callback where jobs are Databricks'; nothing elsewhere."""
    return html.Div(
        [
            dcc.Store(id=ids.JOBS_VISIBLE),
            dcc.Store(id=ids.JOBS_CHOSEN),
            html.Div(id=ids.JOBS),
            confirmation(ids.JOBS_CONFIRM, "Remove this job?", "Remove"),
        ]
    )


def body() -> html.Section:
    """The panel before anyone asked: looking walks all of the workspace's jobs, so it is done on request."""
    return panel(
        "Databricks jobs",
        dcc.Loading(html.Div(_before(), id=ids.JOBS_FOUND), type="dot", delay_show=200),
        html.Button(
            "Check the jobs", id=ids.JOBS_CHECK, type="button", className="btn btn-sm btn-outline-secondary"
        ),
    )


def _before() -> html.P:
    return html.P(
        "Each schedule has a job. After an upgrade, or a deletion that failed half-way, the two can drift apart.",
        className="text-muted-2 mb-0",
    )


def findings(stale: Sequence[Schedule], orphans: Sequence[OwnedJob], done: str = "") -> Children:
    """What was found, with what to do about it. done: what was just done."""
    parts: list[Any] = [note(done, "", "success")] if done else []
    if not stale and not orphans:
        parts.append(html.P("Every schedule has its job, and no job is left over.", className="mb-0"))
    if stale:
        parts += [
            html.P(
                [
                    html.Strong(
                        f"{len(stale)} {'job is' if len(stale) == 1 else 'jobs are'} out of date or missing: "
                    ),
                    ", ".join(schedule.target_table for schedule in stale),
                ]
            ),
            html.P(
                html.Button(
                    "Bring them up to date",
                    id=ids.jobs_update(0),
                    type="button",
                    className="btn btn-sm btn-primary",
                )
            ),
        ]
    if orphans:
        parts += [
            html.P(html.Strong(f"{format_count(len(orphans), 'job')} without a schedule:")),
            html.Div(dbc.Table(html.Tbody([_orphan(job) for job in orphans])), className="table-scroll"),
        ]
    return parts


def losses(job_id: str) -> Children:
    """What removing a left-over job takes, and what it leaves."""
    return loss(
        f"Databricks job {job_id} has no schedule in this app.",
        ["The job, and the platform's record of its runs"],
        ["The tables that it filled, and this app's record of its runs"],
    )


def _orphan(job: OwnedJob) -> html.Tr:
    return html.Tr(
        [
            html.Td(
                html.A(job.name, href=job.link, target="_blank", rel="noreferrer") if job.link else job.name
            ),
            html.Td(job.target, className="mono"),
            html.Td(relative_time(job.created_at)),
            html.Td(
                html.Button(
                    "Remove",
                    id=ids.jobs_remove(job.job_id),
                    type="button",
                    className="btn btn-sm btn-outline-danger",
                    **{"aria-label": f"Remove the job {job.name}"},
                ),
                className="number",
            ),
        ]
    )
