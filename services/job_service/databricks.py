"""Databricks Jobs: one job per schedule, made from the bundle's template job, found again by its name.

Creating a job has no idempotency token and the SDK repeats a call whose connection broke, so a job may be created
twice: the schedule's row comes first, names the job, and creating reconciles. Every call ends within seconds.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from inventory_runner import preflight
from inventory_runner.database import DatabaseTarget
from inventory_runner.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    InvalidInput,
    InventoryError,
    NotFound,
)
from inventory_runner.models import Query, Run, RunStatus, Schedule
from inventory_runner.store import definitions, job_runs, run_reads, runs
from inventory_runner.store.provider_config import read_provider_config
from inventory_runner.workspace import Workspace, WorkspaceError, in_words, platform_words
from services.job_service import settings as made_from
from services.job_service.base import JobRunStatus, JobState
from services.users import current_user, engineers_only

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import BaseRun, JobSettings

log = logging.getLogger(__name__)
T = TypeVar("T")

# all of the workspace's jobs are walked for these
LIST_SECONDS = 30.0
PARTIAL_EXIT = 3

WAITING = {"PENDING", "QUEUED", "BLOCKED", "WAITING_FOR_RETRY", "WAITING"}
RUNNING = {"RUNNING", "TERMINATING"}
RESULTS = {
    "SUCCESS": RunStatus.SUCCESS,
    "SUCCESS_WITH_FAILURES": RunStatus.PARTIAL,
    "CANCELED": RunStatus.CANCELLED,
    "UPSTREAM_CANCELED": RunStatus.CANCELLED,
}
WORDS = {
    "TIMEDOUT": "It ran longer than the job's time limit and was stopped.",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "It was skipped, because another run of the job was under way.",
    "DISABLED": "It was skipped, because its task is disabled.",
    "EXCLUDED": "It was skipped, because its conditions were not met.",
}


class JobRefused(WorkspaceError):
    """Databricks refused or failed to change a job; the message has its own words: a permission, a quota."""

    title = "Databricks refused the job"


class JobMissing(NotFound):
    """The schedule's job is no longer in the workspace."""

    title = "The schedule's job is gone"

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"Databricks has no job {job_id} any more.",
            hint="Save the schedule again, which makes a new job.",
        )


@dataclass(frozen=True)
class OwnedJob:
    """A job that carries this app's tags. stale: it was made from other settings than today's."""

    job_id: str
    name: str
    target: str
    schedule_id: int | None
    created_at: datetime | None
    link: str
    fingerprint: str = ""


class DatabricksJobs:
    """See `services.job_service.base.JobService`. where: the database that the jobs write to, as the app sees it."""

    def __init__(
        self,
        database: sa.Engine,
        where: Callable[[], DatabaseTarget],
        environ: Mapping[str, str] = os.environ,
        workspace: Workspace | None = None,
    ) -> None:
        self._database = database
        self._where = where
        self._environ = environ
        self._workspace = workspace or Workspace(environ)

    # the contract

    @engineers_only
    def create_inventory_job(self, query: Query, schedule: Schedule) -> str:
        """Make the saved schedule's job, or bring the one it has up to date; returns its id."""
        if schedule.id is None:
            raise InvalidInput("The schedule is not saved yet, so it has no job.", field="schedule_id")
        settings = self._settings(query, schedule)
        found = self._named(settings.name or "")
        if found:
            kept, *doubles = found
            self._reset(kept, settings)
            for double in doubles:
                log.warning("removing job %s, a double of %s", double, kept)
                self.delete_inventory_job(double)
            return kept
        shape = {name: getattr(settings, name) for name in settings.as_dict()}
        access = self._access()

        def create(client: WorkspaceClient) -> str:
            return str(client.jobs.create(**shape, access_control_list=access).job_id)

        try:
            return self._call(create, "creating the schedule's job")
        except WorkspaceError as error:
            # it may have been created all the same: the answer was what got lost
            if isinstance(error, JobRefused) or not (made := self._named_if_reachable(settings.name or "")):
                raise
            return made[0]

    @engineers_only
    def update_inventory_job(self, job_id: str, schedule: Schedule) -> None:
        """Make the job what the schedule, its query and the template say now; raises JobMissing."""
        with self._records() as connection:
            query = definitions.query(connection, schedule.query_id)
        self._reset(job_id, self._settings(query, schedule))

    @engineers_only
    def delete_inventory_job(self, job_id: str) -> None:
        """Remove the job; one that is gone counts as removed."""
        from databricks.sdk.errors import InvalidParameterValue
        from databricks.sdk.errors import NotFound as Missing

        number = _number(job_id)

        def delete(client: WorkspaceClient) -> None:
            try:
                client.jobs.delete(number)
            except Missing:
                log.info("job %s was gone already", job_id)
            except InvalidParameterValue as error:
                if "does not exist" not in str(error):
                    raise
                log.info("job %s was gone already", job_id)

        self._call(delete, "deleting the schedule's job")

    @engineers_only
    def pause_inventory_job(self, job_id: str) -> None:
        self._set_paused(job_id, True)

    @engineers_only
    def resume_inventory_job(self, job_id: str) -> None:
        self._set_paused(job_id, False)

    @engineers_only
    def get_job_run_status(self, job_id: str) -> JobRunStatus | None:
        """The job's newest run on the platform; a run of ours that the platform has ended is closed as LOST."""
        number = _number(job_id)
        newest = self._call(
            lambda client: next(iter(client.jobs.list_runs(job_id=number, limit=1)), None),
            "reading the job's runs",
        )
        if newest is None:
            return None
        status = self._status(newest)
        if status["state"] is JobState.ENDED and newest.run_id is not None:
            self._close_lost(str(newest.run_id), status)
        return status

    @engineers_only
    def run_now(self, schedule: Schedule) -> None:
        """Start a run; raises AlreadyRunning where one is under way, JobMissing."""
        if schedule.job_id is None:
            raise InvalidInput(
                "The schedule has no job yet.", field="schedule_id", hint="Save it again, which makes one."
            )
        status = self.get_job_run_status(schedule.job_id)
        if status is not None and status["state"] is not JobState.ENDED:
            raise runs.AlreadyRunning(f"{schedule.target_table} is being brought up to date.")
        number, token, who = _number(schedule.job_id), uuid.uuid4().hex, current_user().name

        def start(client: WorkspaceClient) -> None:
            client.jobs.run_now(number, idempotency_token=token, job_parameters={"requested_by": who})

        self._call(start, "starting the job", job_id=schedule.job_id)

    @engineers_only
    def cancel_run(self, run: Run) -> None:
        """Ask the runner to stop, which ends its work within seconds; asked twice, the platform ends it."""
        with _database_words():
            now = run_reads.get(self._database, run.id)
            asked = runs.request_cancel(self._database, run.id)
        if now.status is not RunStatus.RUNNING:
            raise InvalidInput(f"The run has already ended as {now.status}.", field="run")
        if not asked:
            raise InvalidInput("The run is writing its result and can no longer be cancelled.", field="run")
        if now.cancel_requested and now.job_run_id:
            number = _number(now.job_run_id)

            def cancel(client: WorkspaceClient) -> None:
                client.jobs.cancel_run(number)

            self._call(cancel, "cancelling the job's run")

    # beyond the contract: jobs and schedules drift apart, and are brought together again

    @engineers_only
    def cancel_waiting(self, job_id: str) -> None:
        """Cancel the runs that wait for compute and have no record of ours yet."""
        number = _number(job_id)

        def cancel(client: WorkspaceClient) -> None:
            client.jobs.cancel_all_runs(job_id=number, all_queued_runs=False)

        self._call(cancel, "cancelling the job's waiting runs")

    def link(self, job_id: str) -> str:
        """The job's page in the workspace."""
        return f"{self._workspace.host}/jobs/{job_id}" if self._workspace.host else ""

    @engineers_only
    def orphans(self) -> list[OwnedJob]:
        """This app's jobs that no schedule has: left by a deletion that failed, or doubles."""
        with self._records() as connection:
            wanted = job_runs.job_ids(connection)
        return [job for job in self._owned() if job.job_id not in wanted]

    @engineers_only
    def remove_orphan(self, job_id: str) -> None:
        """Delete a job that is an orphan still; raises InvalidInput where it is not."""
        if job_id not in {job.job_id for job in self.orphans()}:
            raise InvalidInput(f"Job {job_id} is not an orphan of this app.", field="job_id")
        self.delete_inventory_job(job_id)

    @engineers_only
    def stale(self) -> list[Schedule]:
        """The schedules whose job is missing, or was made from other settings: an older wheel, template or query."""
        owned = {job.job_id: job for job in self._owned()}
        template = self._template()
        stale = []
        with self._records() as connection:
            for schedule, query in job_runs.schedules(connection):
                job = owned.get(schedule.job_id or "")
                wanted = self._made(template, query, schedule)
                if job is None or job.fingerprint != (wanted.tags or {})[made_from.FINGERPRINT_TAG]:
                    stale.append(schedule)
        return stale

    # the calls

    def _settings(self, query: Query, schedule: Schedule) -> JobSettings:
        return self._made(self._template(), query, schedule)

    def _made(self, template: JobSettings, query: Query, schedule: Schedule) -> JobSettings:
        try:
            providers = preflight.providers(query.query_text)
        except InventoryError:
            providers = [query.provider] if query.provider else []
        configs = read_provider_config(self._database, providers)
        return made_from.job_settings(template, query, schedule, self._where(), configs, self._environ)

    def _template(self) -> JobSettings:
        template_id = self._environ.get("JOB_TEMPLATE_ID", "").strip()
        if not template_id.isdigit():
            raise ConfigurationError(
                "JOB_TEMPLATE_ID does not name the template job.",
                hint="The bundle binds it to the app; locally, set it to the template job's id.",
            )
        job = self._call(lambda client: client.jobs.get(int(template_id)), "reading the template job")
        if job.settings is None:
            raise ConfigurationError(f"The template job {template_id} has no settings.")
        return job.settings

    def _named(self, name: str) -> list[str]:
        """The ids of this app's jobs of that name, oldest first."""
        mine = made_from.app_name(self._environ)

        def find(client: WorkspaceClient) -> list[str]:
            return [
                str(job.job_id)
                for job in client.jobs.list(name=name)
                if job.settings
                and job.settings.name == name
                and (job.settings.tags or {}).get(made_from.APP_TAG) == mine
            ]

        return sorted(self._call(find, "looking for the schedule's job"), key=int)

    def _named_if_reachable(self, name: str) -> list[str]:
        try:
            return self._named(name)
        except InventoryError:
            return []

    def _reset(self, job_id: str, settings: JobSettings) -> None:
        number = _number(job_id)

        def reset(client: WorkspaceClient) -> None:
            client.jobs.reset(number, settings)

        self._call(reset, "updating the schedule's job", job_id=job_id)

    def _set_paused(self, job_id: str, paused: bool) -> None:
        from databricks.sdk.service.jobs import JobSettings, PauseStatus

        number = _number(job_id)

        def change(client: WorkspaceClient) -> None:
            job = client.jobs.get(number)
            schedule = job.settings.schedule if job.settings else None
            if schedule is None:
                raise JobMissing(job_id)
            schedule.pause_status = PauseStatus.PAUSED if paused else PauseStatus.UNPAUSED
            # the platform replaces the whole schedule, so all of it is sent
            client.jobs.update(number, new_settings=JobSettings(schedule=schedule))

        self._call(change, f"{'pausing' if paused else 'resuming'} the schedule's job", job_id=job_id)

    def _access(self) -> list[Any] | None:
        """Engineers may look at the job and its runs, which belong to the app's service principal."""
        group = self._environ.get("ENGINEER_GROUP", "").strip()
        if not group:
            return None
        from databricks.sdk.service.jobs import JobAccessControlRequest, JobPermissionLevel

        return [JobAccessControlRequest(group_name=group, permission_level=JobPermissionLevel.CAN_VIEW)]

    def _owned(self) -> list[OwnedJob]:
        mine = made_from.app_name(self._environ)

        def find(client: WorkspaceClient) -> list[OwnedJob]:
            found = []
            for job in client.jobs.list(limit=100):
                tags = (job.settings.tags if job.settings else None) or {}
                if tags.get(made_from.APP_TAG) != mine:
                    continue
                number = tags.get(made_from.SCHEDULE_TAG, "")
                found.append(
                    OwnedJob(
                        str(job.job_id),
                        (job.settings.name if job.settings else None) or "",
                        tags.get(made_from.TARGET_TAG, ""),
                        int(number) if number.isdigit() else None,
                        _moment(job.created_time),
                        self.link(str(job.job_id)),
                        tags.get(made_from.FINGERPRINT_TAG, ""),
                    )
                )
            return found

        return self._call(find, "listing the app's jobs", seconds=LIST_SECONDS)

    def _status(self, run: BaseRun) -> JobRunStatus:
        state = run.state
        life_cycle = state.life_cycle_state.value if state and state.life_cycle_state else ""
        result = state.result_state.value if state and state.result_state else ""
        words = (state.state_message or "").strip() if state else ""
        ended = life_cycle not in WAITING and life_cycle not in RUNNING
        outcome: RunStatus | None = None
        if ended:
            outcome = RESULTS.get(result, RunStatus.FAILED)
            if outcome is RunStatus.FAILED:
                words = WORDS.get(result) or self._task_words(run) or words
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
            start=_moment(run.start_time) or datetime.now(UTC),
            end=(_moment(run.end_time) or datetime.now(UTC)) if ended else None,
            message=words,
            link=run.run_page_url or "",
        )

    def _task_words(self, run: BaseRun) -> str:
        """Why a run failed: a run's output hangs on its task's run."""
        number = run.tasks[0].run_id if run.tasks else None
        if number is None:
            return ""
        try:
            output = self._call(lambda client: client.jobs.get_run_output(number), "reading the run's output")
        except InventoryError:
            return ""
        return (output.error or "").strip()[:500]

    def _close_lost(self, job_run_id: str, status: JobRunStatus) -> None:
        message = (
            f"Databricks ended the run: {status['message'] or status['result']}. The table is as it was."
        )
        with self._records() as connection:
            run_id = job_runs.left_open(connection, job_run_id)
            if run_id is not None:
                runs.close(connection, run_id, RunStatus.LOST, message)
                log.warning("run %s was left open by the platform's run %s", run_id, job_run_id)

    def _call(
        self,
        work: Callable[[WorkspaceClient], T],
        doing: str,
        *,
        job_id: str = "",
        seconds: float | None = None,
    ) -> T:
        from databricks.sdk.errors import NotFound as Missing
        from databricks.sdk.errors.base import DatabricksError

        try:
            if seconds is None:
                return self._workspace.call(work, doing)
            return self._workspace.call(work, doing, seconds=seconds)
        except Missing as error:
            if job_id:
                raise JobMissing(job_id) from None
            raise JobRefused(f"{_sentence(doing)} failed: {platform_words(error)}") from error
        except DatabricksError as error:
            raise refusal(error, doing) from error
        except Exception as error:
            raise in_words(error, doing) from error

    @contextmanager
    def _records(self) -> Iterator[sa.Connection]:
        with _database_words(), self._database.begin() as connection:
            yield connection


def refusal(error: Exception, doing: str) -> JobRefused:
    """The platform's refusal with its own words, and what to do about the common ones."""
    from databricks.sdk.errors import PermissionDenied

    words, code = platform_words(error), getattr(error, "error_code", "") or ""
    hint = ""
    if isinstance(error, PermissionDenied):
        hint = "Grant the app's service principal the permission that Databricks names."
    elif "QUOTA" in code or "LIMIT" in code:
        hint = "Remove jobs that are no longer needed, or ask for a higher quota."
    elif code == "INVALID_PARAMETER_VALUE":
        hint = "Check the template job's settings."
    return JobRefused(
        f"{_sentence(doing)} failed: {words}", hint=hint, details=f"{code}: {words}" if code else ""
    )


def _sentence(doing: str) -> str:
    return f"{doing[:1].upper()}{doing[1:]}"


def _number(job_id: str) -> int:
    if not (job_id.isascii() and job_id.isdigit()):
        raise NotFound(
            f"{job_id[:60]!r} is not a Databricks job.",
            hint="It was made by another backend: edit and save the schedule, so that it gets a job here.",
        )
    return int(job_id)


def _moment(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


@contextmanager
def _database_words() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
        raise DatabaseUnavailable(
            "Postgres did not answer.", details=str(getattr(error, "orig", None) or error)
        ) from error
