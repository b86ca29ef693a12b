"""What a backend of jobs must do: one job a schedule, which keeps the schedule's table up to date.

Two backends: Databricks Jobs, and local development's, whose jobs the scheduler process fires. The schedule's
row is written first and names the job (`schedules.job_id`); a backend never writes other fields of it, save where
the row is the job (local).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypedDict, runtime_checkable

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Query, Run, RunStatus, Schedule
from services.models.core import NotificationChoices

# after which a run is ended where the template of the jobs says nothing of it
DEFAULT_TIMEOUT_SECONDS = 4 * 3600


class JobState(StrEnum):
    """How far a job's newest run is, whatever the platform calls it."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


class JobRunStatus(TypedDict):
    """A job's newest run. result: None until it has ended. message: why it did not succeed, may be empty.

    link: the run's page on the platform, empty where there is none. Times are UTC; end is None until it has ended.
    """

    state: JobState
    result: RunStatus | None
    start: datetime
    end: datetime | None
    message: str
    link: str


# runs that may be gone are looked for at most so often
SETTLE_SECONDS = 10.0


def make_cannot_cancel(status: RunStatus) -> InvalidInput:
    """Why a run of this status is not cancelled."""
    if status is RunStatus.RUNNING:
        return InvalidInput("The run is writing its result and can no longer be cancelled.", field="run")
    return InvalidInput(f"The run has already ended as {status}.", title="Nothing to cancel", field="run")


@runtime_checkable
class JobService(Protocol):
    """Every method needs an engineer, and raises InventoryError where the platform refuses or does not answer."""

    def create_inventory_job(self, query: Query, schedule: Schedule) -> str:
        """Make the saved schedule's job; returns its id. Made twice for one schedule, it is still one job."""
        ...

    def update_inventory_job(self, job_id: str, schedule: Schedule) -> None:
        """Let the job fire as the schedule says now."""
        ...

    def delete_inventory_job(self, job_id: str) -> None:
        """Remove the job; one that does not exist (any more) counts as removed."""
        ...

    def pause_inventory_job(self, job_id: str) -> None: ...

    def resume_inventory_job(self, job_id: str) -> None:
        """Go on with the job's next time; what passed meanwhile is not caught up with."""
        ...

    def get_job_run_status(self, job_id: str) -> JobRunStatus | None:
        """The job's newest run; None before its first."""
        ...

    def run_now(self, schedule: Schedule) -> None:
        """Start a run and return at once. Raises AlreadyRunning where one is under way."""
        ...

    def cancel_run(self, run: Run) -> None:
        """Stop a run; it ends as CANCELLED within seconds, its table untouched. Raises InvalidInput if it has ended."""
        ...

    def read_notification_choices(self, *, fresh: bool = False) -> NotificationChoices:
        """What notifications can be; None in it is what cannot be learned.

        fresh: look again, instead of at the last answer.
        """
        ...

    def explain_standstill(self) -> str:
        """Why no schedule starts by itself at present, and what to do; empty where nothing is known to stop them."""
        ...

    def settle_runs(self) -> None:
        """Close runs whose process is gone; called when runs are looked at. Returns at once and never raises."""
        ...
