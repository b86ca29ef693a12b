"""Databricks jobs that do not fit their schedule: found, brought up to date, removed."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, ctx, no_update

from layouts import schedules_jobs as page
from layouts.components.feedback import error_alert
from services import Services
from services.job_service import DatabricksJobs
from services.models import InventoryError
from services.users import Role, current_user


def register(app: dash.Dash, services: Services) -> None:
    """Register the section's callbacks; without Databricks jobs it stays empty."""
    jobs = services.jobs
    if not isinstance(jobs, DatabricksJobs):
        return

    @app.callback(Output(page.SECTION, "children"), Input(page.VISIBLE, "data"))
    def _show(_data: Any) -> Any:
        return page.body() if current_user().role is Role.ENGINEER else None

    @app.callback(
        Output(page.FOUND, "children"),
        Input(page.CHECK, "n_clicks"),
        Input({"type": page.UPDATE, "n": ALL}, "n_clicks"),
        Input({"type": page.REMOVE, "job": ALL}, "n_clicks"),
        running=[(Output(page.CHECK, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _act(_check: int | None, update: list[int | None], remove: list[int | None]) -> Any:
        chosen = ctx.triggered_id
        if chosen != page.CHECK and not any([*update, *remove]):
            return no_update
        try:
            done = ""
            if isinstance(chosen, dict):
                done = (
                    remove_job(jobs, chosen["job"])
                    if chosen["type"] == page.REMOVE
                    else update_jobs(services, jobs)
                )
            return page.found(jobs.stale(), jobs.orphans(), done)
        except InventoryError as error:
            return error_alert(error)


def remove_job(jobs: DatabricksJobs, job_id: str) -> str:
    jobs.remove_orphan(job_id)
    return f"Job {job_id} was removed."


def update_jobs(services: Services, jobs: DatabricksJobs) -> str:
    """Make or change the job of every schedule that needs it; the reasons stand beside the schedules that failed."""
    stale = [schedule for schedule in jobs.stale() if schedule.id is not None]
    failed = [
        one for one in (services.schedules.retry_job(schedule.id or 0) for schedule in stale) if one.job_error
    ]
    fixed = len(stale) - len(failed)
    words = f"{fixed} of {len(stale)} jobs were brought up to date."
    return f"{words} The list says what kept the others." if failed else words
