"""How Databricks' jobs and runs relate to our records."""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.models import Query, Schedule
from inventory_runner.store import definitions


def job_ids(connection: sa.Connection) -> set[str]:
    """The jobs that schedules have."""
    return set(
        connection.execute(
            sa.text("SELECT job_id FROM stackql_app.schedules WHERE job_id IS NOT NULL")
        ).scalars()
    )


def schedules(connection: sa.Connection) -> list[tuple[Schedule, Query]]:
    """Every schedule with its query, by id."""
    ids = connection.execute(sa.text("SELECT id FROM stackql_app.schedules ORDER BY id")).scalars().all()
    return [definitions.schedule(connection, id) for id in ids]


def left_open(connection: sa.Connection, job_run_id: str) -> int | None:
    """Our run that a run of the platform was to do, and that is open without a sign of life for some seconds."""
    return connection.execute(
        sa.text(
            "SELECT id FROM stackql_app.runs WHERE job_run_id = :job_run_id AND status = 'RUNNING'"
            " AND heartbeat_at < now() - interval '15 seconds' FOR UPDATE SKIP LOCKED"
        ),
        {"job_run_id": job_run_id},
    ).scalar_one_or_none()
