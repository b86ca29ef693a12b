"""How Databricks' jobs and runs relate to our records."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from inventory_runner.models import Query, Schedule
from inventory_runner.store import definitions, runs


def list_job_ids(connection: sa.Connection) -> set[str]:
    """The jobs that schedules have."""
    return set(
        connection.execute(
            sa.text("SELECT job_id FROM stackql_app.schedules WHERE job_id IS NOT NULL")
        ).scalars()
    )


def list_schedules(connection: sa.Connection) -> list[tuple[Schedule, Query]]:
    """Every schedule with its query, by id."""
    ids = connection.execute(sa.text("SELECT id FROM stackql_app.schedules ORDER BY id")).scalars().all()
    return [definitions.read_schedule(connection, id) for id in ids]


@dataclass(frozen=True)
class OpenRun:
    """A run of ours that has not ended. waiting: no process has taken it up; silent: no sign of life for a minute."""

    id: int
    job_run_id: str | None
    waiting: bool
    silent: bool


def open_runs(connection: sa.Connection) -> list[OpenRun]:
    """Every run that is RUNNING in our records."""
    rows = connection.execute(
        sa.text(
            "SELECT id, job_run_id, engine = '' AS waiting,"
            " heartbeat_at < now() - make_interval(secs => :age) AS silent"
            " FROM stackql_app.runs WHERE status = 'RUNNING' ORDER BY id"
        ),
        {"age": runs.LOST_AFTER_SECONDS},
    )
    return [OpenRun(row.id, row.job_run_id, row.waiting, row.silent) for row in rows]


def note_job_run(connection: sa.Connection, run_id: int, job_run_id: str, url: str) -> None:
    """Which of the platform's runs does ours."""
    connection.execute(
        sa.text("UPDATE stackql_app.runs SET job_run_id = :job_run_id, job_run_url = :url WHERE id = :id"),
        {"id": run_id, "job_run_id": job_run_id, "url": url},
    )


def keep_waiting(connection: sa.Connection, run_id: int) -> None:
    """A sign of life for a run that waits for the platform's compute."""
    connection.execute(
        sa.text(
            "UPDATE stackql_app.runs SET heartbeat_at = now()"
            " WHERE id = :id AND status = 'RUNNING' AND engine = ''"
        ),
        {"id": run_id},
    )
