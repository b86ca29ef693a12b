"""Runs on the platform: how far they are, and runs of ours that the platform has ended."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from inventory_runner.errors import InventoryError
from inventory_runner.models import PARTIAL_EXIT, RunStatus
from inventory_runner.platform.database import transaction
from inventory_runner.store import job_runs, runs
from services.job_service.base import SETTLE_SECONDS, JobRunStatus, JobState
from services.job_service.calls import JobCalls, JobRefused, convert_time, parse_job_id

if TYPE_CHECKING:
    from databricks.sdk.service.jobs import BaseRun, Run

log = logging.getLogger(__name__)


WAITING = {"PENDING", "QUEUED", "BLOCKED", "WAITING_FOR_RETRY", "WAITING"}
RUNNING = {"RUNNING", "TERMINATING"}
RESULTS = {
    "SUCCESS": RunStatus.SUCCESS,
    "SUCCESS_WITH_FAILURES": RunStatus.PARTIAL,
    "CANCELED": RunStatus.CANCELLED,
    "UPSTREAM_CANCELED": RunStatus.CANCELLED,
}
WORDS = {
    "TIMEDOUT": "It ran longer than the job's time limit, and Databricks stopped it.",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "Databricks skipped it, because another run of the job was under way.",
    "DISABLED": "Databricks skipped it, because its task is disabled.",
    "EXCLUDED": "Databricks skipped it, because its conditions did not hold.",
}


class PlatformRuns:
    """Reads runs, and settles ours by what the platform says of them."""

    def __init__(self, database: sa.Engine, calls: JobCalls) -> None:
        self._database = database
        self._calls = calls
        self._settling = threading.Lock()
        self._settle_at = 0.0

    def settle(self) -> None:
        """Ask the platform, on a thread of its own, how the runs are that wait or are silent; at most every 10 s."""
        with self._settling:
            if time.monotonic() < self._settle_at:
                return
            self._settle_at = time.monotonic() + SETTLE_SECONDS
        threading.Thread(target=self.settle_now, name="settle-runs", daemon=True).start()

    def settle_now(self) -> None:
        """Close the runs that the platform has ended, or that it does not know; never raises."""
        try:
            with transaction(self._database) as connection:
                unclear = [run for run in job_runs.open_runs(connection) if run.waiting or run.silent]
            for run in unclear:
                self._settle_one(run)
        except InventoryError as error:
            log.warning("runs could not be settled: %s", error)
        except Exception:
            log.exception("runs could not be settled")

    def _settle_one(self, run: job_runs.OpenRun) -> None:
        if run.job_run_id is None:
            if run.silent:
                self._close(
                    run.id, RunStatus.LOST, "The run gives no sign of life, and Databricks has no run of it."
                )
            return
        number = parse_job_id(run.job_run_id)
        try:
            found = self._calls.call(lambda client: client.jobs.get_run(number), "reading a run")
        except JobRefused as error:
            if "does not exist" in error.message and run.silent:
                self._close(run.id, RunStatus.LOST, "Databricks no longer knows its run.")
            return
        status = self.status(found)
        if status["state"] is not JobState.ENDED:
            if run.waiting:
                with transaction(self._database) as connection:
                    job_runs.keep_waiting(connection, run.id)
            return
        words = status["message"] or f"It ended as {status['result']}."
        if run.waiting:
            cancelled = status["result"] is RunStatus.CANCELLED
            self._close(
                run.id, RunStatus.CANCELLED if cancelled else RunStatus.FAILED, f"It never began. {words}"
            )
        elif run.silent:
            self._close(run.id, RunStatus.LOST, f"Databricks ended the run: {words} The table is as it was.")

    def _close(self, run_id: int, status: RunStatus, message: str) -> None:
        with transaction(self._database) as connection:
            if runs.close(connection, run_id, status, message):
                log.warning("run %s was left open and is closed as %s", run_id, status)

    def status(self, run: BaseRun | Run) -> JobRunStatus:
        """A run of the platform as we tell of it; asks for its output where it failed without words."""
        state = run.state
        life_cycle = state.life_cycle_state.value if state and state.life_cycle_state else ""
        result = state.result_state.value if state and state.result_state else ""
        words = (state.state_message or "").strip() if state else ""
        ended = life_cycle not in WAITING and life_cycle not in RUNNING
        outcome: RunStatus | None = None
        if ended:
            outcome = RESULTS.get(result, RunStatus.FAILED)
            if outcome is RunStatus.FAILED:
                words = WORDS.get(result) or self._read_task_words(run) or words
                if f"SystemExit: {PARTIAL_EXIT}" in words:
                    outcome, words = RunStatus.PARTIAL, "Some scopes could not be read."
            elif outcome is RunStatus.SUCCESS:
                words = ""
        return JobRunStatus(
            state=JobState.ENDED
            if ended
            else JobState.WAITING
            if life_cycle in WAITING
            else JobState.RUNNING,
            result=outcome,
            start=convert_time(run.start_time) or datetime.now(UTC),
            end=(convert_time(run.end_time) or datetime.now(UTC)) if ended else None,
            message=words,
            link=run.run_page_url or "",
        )

    def _read_task_words(self, run: BaseRun | Run) -> str:
        """Why a run failed: a run's output hangs on its task's run."""
        number = run.tasks[0].run_id if run.tasks else None
        if number is None:
            return ""
        try:
            output = self._calls.call(
                lambda client: client.jobs.get_run_output(number), "reading the run's output"
            )
        except InventoryError:
            return ""
        return (output.error or "").strip()[:500]
