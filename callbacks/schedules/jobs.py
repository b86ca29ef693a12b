"""Databricks jobs that do not fit their schedule: found, brought up to date, removed."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from callbacks.presses import find_pressed
from layouts.components.confirm import ConfirmIds
from layouts.components.feedback import error_alert
from layouts.schedules import ids
from layouts.schedules.jobs import body, findings, losses
from services import Services
from services.job_service import DatabricksJobs
from services.models.core import InventoryError
from services.users import Role, current_user

CONFIRM = ConfirmIds(ids.JOBS_CONFIRM)


def register(app: dash.Dash, services: Services) -> None:
    """Register the section's callbacks; without Databricks jobs it stays empty."""
    jobs = services.jobs
    if not isinstance(jobs, DatabricksJobs):
        return

    @app.callback(Output(ids.JOBS, "children"), Input(ids.JOBS_VISIBLE, "data"))
    def _show(_data: Any) -> Any:
        return body() if current_user().role is not Role.VIEWER else None

    @app.callback(
        Input(ids.jobs_remove(ALL), "n_clicks"),
        output={
            "is_open": Output(ids.JOBS_CONFIRM, "is_open"),
            "body": Output(CONFIRM.body, "children"),
            "job": Output(ids.JOBS_CHOSEN, "data"),
        },
        prevent_initial_call=True,
    )
    def _ask(_clicks: list[int | None]) -> Any:
        pressed = find_pressed()
        if not isinstance(pressed, dict):
            return no_update
        return {"is_open": True, "body": losses(pressed["job"]), "job": pressed["job"]}

    @app.callback(
        Input(ids.JOBS_CHECK, "n_clicks"),
        Input(ids.jobs_update(ALL), "n_clicks"),
        Input(CONFIRM.confirm, "n_clicks"),
        State(ids.JOBS_CHOSEN, "data"),
        output={
            "found": Output(ids.JOBS_FOUND, "children"),
            "is_open": Output(ids.JOBS_CONFIRM, "is_open", allow_duplicate=True),
        },
        running=[(Output(ids.JOBS_CHECK, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _act(_check: int | None, _update: list[int | None], _remove: int | None, job_id: str | None) -> Any:
        pressed = find_pressed()
        if pressed is None:
            return no_update
        try:
            done = ""
            if pressed == CONFIRM.confirm and job_id:
                done = remove_job(jobs, job_id)
            elif isinstance(pressed, dict):
                done = update_jobs(services, jobs)
            return {"found": findings(jobs.list_stale(), jobs.list_orphans(), done), "is_open": False}
        except InventoryError as error:
            return {"found": error_alert(error), "is_open": False}


def remove_job(jobs: DatabricksJobs, job_id: str) -> str:
    jobs.remove_orphan(job_id)
    return f"Job {job_id} was removed."


def update_jobs(services: Services, jobs: DatabricksJobs) -> str:
    """Make or change the job of every schedule that needs it; the reasons stand beside the schedules that failed."""
    stale = [schedule for schedule in jobs.list_stale() if schedule.id is not None]
    failed = [
        one for one in (services.schedules.retry_job(schedule.id or 0) for schedule in stale) if one.job_error
    ]
    fixed = len(stale) - len(failed)
    words = f"{fixed} of {len(stale)} jobs were brought up to date."
    return f"{words} The list says what kept the others." if failed else words
