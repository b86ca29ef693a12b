"""Local development's jobs: the schedule's row is the job, and `inventory-runner scheduler` fires it.

A run, whoever starts it, is the real entry point in a process of its own; nothing of it happens in the app.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Mapping

import sqlalchemy as sa

from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError
from inventory_runner.models import LOCAL_JOB, Query, Run, RunStatus, Schedule
from inventory_runner.platform.database import transaction, translate_connection_errors
from inventory_runner.runs import launch
from inventory_runner.runs.scheduler import is_scheduling
from inventory_runner.store import definitions, run_reads, runs
from inventory_runner.store.lost import LostRuns
from services.job_service.base import (
    DEFAULT_TIMEOUT_SECONDS,
    SETTLE_SECONDS,
    JobRunStatus,
    JobState,
    make_cannot_cancel,
)
from services.models.core import NotificationChoices
from services.sample_history import SampleHistory
from services.users import current_user, limit_to_engineers

log = logging.getLogger(__name__)


class LocalJobs:
    """See `services.job_service.base.JobService`. environ: of the processes that runs happen in.

    history: while days of the sample's are missing, no run comes between them.
    """

    def __init__(
        self,
        database: sa.Engine,
        environ: Mapping[str, str] | None = None,
        history: SampleHistory | None = None,
    ) -> None:
        self._database = database
        self._history = history or SampleHistory(None)
        self._environ = os.environ if environ is None else environ
        self._settling = threading.Lock()
        self._settle_at = 0.0
        self._lost = LostRuns(database)

    @limit_to_engineers
    def create_inventory_job(self, query: Query, schedule: Schedule) -> str:
        if schedule.id is None:
            raise InvalidInput("The schedule is not saved yet, so it has no job.", field="schedule_id")
        return f"{LOCAL_JOB}{schedule.id}"

    @limit_to_engineers
    def update_inventory_job(self, job_id: str, schedule: Schedule) -> None:
        self._parse_schedule_id(job_id)  # the scheduler reads the row within seconds

    @limit_to_engineers
    def delete_inventory_job(self, job_id: str) -> None:
        self._parse_schedule_id(job_id)  # gone with the row

    @limit_to_engineers
    def pause_inventory_job(self, job_id: str) -> None:
        self._set_active(job_id, False)

    @limit_to_engineers
    def resume_inventory_job(self, job_id: str) -> None:
        self._set_active(job_id, True)

    @limit_to_engineers
    def get_job_run_status(self, job_id: str) -> JobRunStatus | None:
        with translate_connection_errors():
            run = run_reads.find_latest_run(self._database, self._parse_schedule_id(job_id))
        if run is None:
            return None
        running = run.status is RunStatus.RUNNING
        waiting = JobState.RUNNING if run.engine else JobState.WAITING
        return JobRunStatus(
            state=waiting if running else JobState.ENDED,
            result=None if running else run.status,
            start=run.started_at,
            end=run.finished_at,
            message=run.message,
            link="",
        )

    @limit_to_engineers
    def run_now(self, schedule: Schedule) -> None:
        if schedule.id is None:
            raise InvalidInput("The schedule is not saved yet, so it cannot run.", field="schedule_id")
        self._history.require_whole("This run")
        with transaction(self._database) as connection:
            run = launch.enqueue(connection, schedule.id, trigger="manual", requested_by=current_user().name)
        try:
            process = launch.start(self._database, run, self._environ)
        except OSError as error:
            raise InventoryError("The run's process could not be started.", details=str(error)) from error
        threading.Thread(target=self._watch, args=(run, process), name=f"run-{run.id}", daemon=True).start()

    @limit_to_engineers
    def cancel_run(self, run: Run) -> None:
        with translate_connection_errors():
            if runs.request_cancel(self._database, run.id):
                return
            now = run_reads.get(self._database, run.id)
        raise make_cannot_cancel(now.status)

    @limit_to_engineers
    def settle_runs(self) -> None:
        """The scheduler does; where it is down, runs that it started are seen to be lost all the same."""
        if not self._settling.acquire(blocking=False):
            return
        try:
            if time.monotonic() >= self._settle_at:
                self._settle_at = time.monotonic() + SETTLE_SECONDS
                self._lost.mark()
        except sa.exc.SQLAlchemyError:
            log.warning("lost runs could not be looked for")
        finally:
            self._settling.release()

    @limit_to_engineers
    def read_notification_choices(self, *, fresh: bool = False) -> NotificationChoices:
        """There is no platform that would tell anybody."""
        return NotificationChoices(sent=False, timeout_minutes=DEFAULT_TIMEOUT_SECONDS // 60)

    @limit_to_engineers
    def explain_standstill(self) -> str:
        if progress := self._history.read():
            wait = "Schedules start by themselves when all days of the sample's history are made."
            return wait if progress.is_under_way else progress.describe()
        with translate_connection_errors():
            if is_scheduling(self._database):
                return ""
        return (
            "No scheduler runs on this database, so no schedule starts by itself. Start one with"
            " “scripts/dev.py run”, or beside this app with “inventory-runner scheduler”."
        )

    def _watch(self, run: Run, process: subprocess.Popen[bytes]) -> None:
        """Wait for the process, which does the work, so that a run whose process died is closed at once."""
        code = process.wait()
        try:
            launch.settle(self._database, run, code)
        except sa.exc.SQLAlchemyError:
            log.warning("run %s could not be settled; without a sign of life it will be lost", run.id)

    def _set_active(self, job_id: str, active: bool) -> None:
        with translate_connection_errors():
            definitions.set_active(self._database, self._parse_schedule_id(job_id), active)

    @staticmethod
    def _parse_schedule_id(job_id: str) -> int:
        number = job_id.removeprefix(LOCAL_JOB)
        if number == job_id or not (number.isascii() and number.isdigit()):
            # not NotFound, for which the schedule would get a local job as well and fire twice
            raise ConfigurationError(
                f"The schedule has a job on Databricks ({job_id}), and this app has none of its own there.",
                hint="Change it in the deployed app, or set JOB_TEMPLATE_ID here.",
            )
        return int(number)
