"""Starting a schedule's run as a process of its own, for the local scheduler and the app's "Run now".

The run is recorded before its process exists, so that a page shows it at once; and it is closed by whoever
started the process, should the process end without doing so.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.models import Run, RunStatus
from inventory_runner.runs.limits import MOST_SCOPES
from inventory_runner.store import definitions, runs

log = logging.getLogger(__name__)


def enqueue(connection: sa.Connection, schedule_id: int, *, trigger: str, requested_by: str) -> Run:
    """Record a run of the schedule that waits to be taken up; raises NotFound and AlreadyRunning."""
    schedule, query = definitions.read_schedule(connection, schedule_id)
    waiting = Run(
        0,
        schedule.target_schema,
        schedule.target_table,
        RunStatus.RUNNING,
        datetime.now(UTC),
        schedule_id,
        query.id,
        query.name,
        query.query_text,
        trigger,
        requested_by=requested_by,
    )
    return runs.enqueue(connection, waiting, schedule.scopes if schedule.scope_count <= MOST_SCOPES else [])


def start(database: sa.Engine, run: Run, environ: Mapping[str, str] = os.environ) -> subprocess.Popen[bytes]:
    """The process that takes a waiting run up: the real entry point, on the same database, in its own session."""
    url = database.url.render_as_string(hide_password=False)
    try:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "inventory_runner",
                "run",
                "--schedule-id",
                str(run.schedule_id),
                "--run-id",
                str(run.id),
            ],
            env={**environ, "DATABASE_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        with database.begin() as connection:
            runs.close(
                connection, run.id, RunStatus.FAILED, f"Its process could not be started: {error.strerror}."
            )
        raise


def settle(database: sa.Engine, run: Run, code: int) -> None:
    """After the run's process has ended with `code`: close the run if it did not do so itself."""
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    with database.begin() as connection:
        taken_up = runs.is_taken_up(connection, run.id)
        if taken_up is None:
            return
        if taken_up:
            message = f"Its process ended with {how} before it was done. The table is as it was."
            runs.close(connection, run.id, RunStatus.LOST, message)
        else:
            message = (
                f"Its process ended with {how} before it began; the log of the app or the scheduler says why."
            )
            runs.close(connection, run.id, RunStatus.FAILED, message)
    log.warning("run %s was left open by its process (%s)", run.id, how)
