"""Databricks Jobs: one job per schedule, made from the bundle's template job, found again by its name.

Creating a job has no idempotency token and the SDK repeats a call whose connection broke, so a job may be created
twice: the schedule's row comes first, names the job, and creating reconciles. Every call ends within seconds.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError
from inventory_runner.models import Query, Run, RunStatus, Schedule
from inventory_runner.platform.database import find_target, transaction, translate_connection_errors
from inventory_runner.platform.workspace import Workspace, WorkspaceError
from inventory_runner.runs import launch
from inventory_runner.sql.statement import read
from inventory_runner.store import definitions, job_runs, run_reads, runs
from inventory_runner.store.provider_config import read_provider_config
from services.job_service import notifications
from services.job_service import settings as made_from
from services.job_service.base import DEFAULT_TIMEOUT_SECONDS, JobRunStatus, make_cannot_cancel
from services.job_service.calls import JobCalls, JobMissing, JobRefused, convert_time, parse_job_id
from services.job_service.platform_runs import PlatformRuns
from services.models.core import NotificationChoices, OwnedJob
from services.settings import Settings
from services.users import current_user, limit_to_engineers

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import JobSettings

__all__ = ["DatabricksJobs", "JobMissing", "JobRefused", "OwnedJob"]

log = logging.getLogger(__name__)

# all of the workspace's jobs are walked for these
LIST_SECONDS = 30.0
# the form asks while one types
CHOICES_SECONDS = 30.0


class DatabricksJobs:
    """See `services.job_service.base.JobService`; the jobs write to the database that the app itself uses."""

    def __init__(self, database: sa.Engine, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._calls = JobCalls(Workspace(settings))
        self._runs = PlatformRuns(database, self._calls)
        self._choices: tuple[float, NotificationChoices] | None = None

    # the contract

    @limit_to_engineers
    def create_inventory_job(self, query: Query, schedule: Schedule) -> str:
        """Make the saved schedule's job, or bring the one it has up to date; returns its id."""
        if schedule.id is None:
            raise InvalidInput("The schedule is not saved yet, so it has no job.", field="schedule_id")
        settings = self._read_settings(query, schedule)
        found = self._list_named(settings.name or "")
        if found:
            kept, *doubles = found
            self._reset(kept, settings, schedule)
            for double in doubles:
                log.warning("removing job %s, a double of %s", double, kept)
                self.delete_inventory_job(double)
            return kept
        shape = {name: getattr(settings, name) for name in settings.as_dict()}
        access = self._list_access()

        def create(client: WorkspaceClient) -> str:
            return str(client.jobs.create(**shape, access_control_list=access).job_id)

        try:
            return self._calls.call(create, "creating the schedule's job")
        except JobRefused as refused:
            raise self._explain_refusal(refused, schedule) from refused
        except WorkspaceError:
            # it may have been created all the same: the answer was what got lost
            if not (made := self._list_named_if_reachable(settings.name or "")):
                raise
            return made[0]

    @limit_to_engineers
    def update_inventory_job(self, job_id: str, schedule: Schedule) -> None:
        """Make the job what the schedule, its query and the template say now; raises JobMissing."""
        with transaction(self.database) as connection:
            query = definitions.read_query(connection, schedule.query_id)
        self._reset(job_id, self._read_settings(query, schedule), schedule)

    @limit_to_engineers
    def delete_inventory_job(self, job_id: str) -> None:
        """Remove the job; one that is gone counts as removed."""
        number = parse_job_id(job_id)

        def delete(client: WorkspaceClient) -> None:
            client.jobs.delete(number)

        try:
            self._calls.call(delete, "deleting the schedule's job", job_id=job_id)
        except JobMissing:
            log.info("job %s was gone already", job_id)

    @limit_to_engineers
    def pause_inventory_job(self, job_id: str) -> None:
        self._set_paused(job_id, True)

    @limit_to_engineers
    def resume_inventory_job(self, job_id: str) -> None:
        self._set_paused(job_id, False)

    @limit_to_engineers
    def get_job_run_status(self, job_id: str) -> JobRunStatus | None:
        """The job's newest run on the platform."""
        number = parse_job_id(job_id)
        newest = self._calls.call(
            lambda client: next(iter(client.jobs.list_runs(job_id=number, limit=1)), None),
            "reading the job's runs",
            job_id=job_id,
        )
        return None if newest is None else self._runs.status(newest)

    @limit_to_engineers
    def run_now(self, schedule: Schedule) -> None:
        """Record a run and start the job that takes it up. Raises AlreadyRunning, JobMissing."""
        if schedule.job_id is None or schedule.id is None:
            raise InvalidInput(
                "The schedule has no job yet.", field="schedule_id", hint="Save it again, which makes one."
            )
        number, token, who = parse_job_id(schedule.job_id), uuid.uuid4().hex, current_user().name
        with transaction(self.database) as connection:
            run = launch.enqueue(connection, schedule.id, trigger="manual", requested_by=who)

        def start(client: WorkspaceClient) -> str:
            given = {"requested_by": who, "run_id": str(run.id)}
            wait: Any = client.jobs.run_now(number, idempotency_token=token, job_parameters=given)
            return str(wait.response.run_id)

        try:
            started = self._calls.call(start, "starting the job", job_id=schedule.job_id)
        except InventoryError as error:
            with transaction(self.database) as connection:
                runs.close(connection, run.id, RunStatus.FAILED, f"It could not be started. {error.message}")
            raise
        with transaction(self.database) as connection:
            job_runs.note_job_run(connection, run.id, started, f"{self.link(schedule.job_id)}/runs/{started}")

    @limit_to_engineers
    def cancel_run(self, run: Run) -> None:
        """Ask the runner to stop, which ends its work within seconds.

        The platform ends a run that still waits for compute, and one that was asked before.
        """
        with translate_connection_errors():
            now = run_reads.get(self.database, run.id)
            asked = runs.request_cancel(self.database, run.id)
        if now.status is not RunStatus.RUNNING or not asked:
            raise make_cannot_cancel(now.status)
        if now.job_run_id and (now.cancel_requested or not now.engine):
            number = parse_job_id(now.job_run_id)

            def cancel(client: WorkspaceClient) -> None:
                client.jobs.cancel_run(number)

            self._calls.call(cancel, "cancelling the job's run")

    @limit_to_engineers
    def read_notification_choices(self, *, fresh: bool = False) -> NotificationChoices:
        """The workspace's destinations, and what the template of all jobs says; kept for half a minute."""
        known, now = self._choices, time.monotonic()
        if known is not None and now < known[0] and not fresh:
            return known[1]
        found = NotificationChoices()
        try:
            template = self._read_template()
            seconds = template.timeout_seconds or DEFAULT_TIMEOUT_SECONDS
            always = notifications.read_notifications(template)
            found = replace(found, always=always, timeout_minutes=seconds // 60)
        except InventoryError as error:
            log.info("the template job could not be read: %s", error.message)
        try:
            listed = self._calls.call(
                notifications.list_destinations, "listing the workspace's notification destinations"
            )
            found = replace(found, destinations=listed)
        except InventoryError as error:
            found = replace(found, unknown=error.full_message)
        self._choices = (time.monotonic() + CHOICES_SECONDS, found)
        return found

    @limit_to_engineers
    def explain_standstill(self) -> str:
        # the platform fires the jobs; a schedule without one says so itself
        return ""

    @limit_to_engineers
    def settle_runs(self) -> None:
        self._runs.settle()

    # beyond the contract: jobs and schedules drift apart, and are brought together again

    def link(self, job_id: str) -> str:
        """The job's page in the workspace."""
        return f"{self._calls.workspace.host}/jobs/{job_id}" if self._calls.workspace.host else ""

    @limit_to_engineers
    def list_orphans(self) -> list[OwnedJob]:
        """This app's jobs that no schedule has: left by a deletion that failed, or doubles."""
        with transaction(self.database) as connection:
            wanted = job_runs.list_job_ids(connection)
        return [job for job in self._list_owned() if job.job_id not in wanted]

    @limit_to_engineers
    def remove_orphan(self, job_id: str) -> None:
        """Delete a job that is an orphan still; raises InvalidInput where it is not."""
        if job_id not in {job.job_id for job in self.list_orphans()}:
            raise InvalidInput(f"Job {job_id} is not left over from this app.", field="job_id")
        self.delete_inventory_job(job_id)

    @limit_to_engineers
    def list_stale(self) -> list[Schedule]:
        """The schedules whose job is missing, tells others, or was made from other settings.

        Such as an older wheel, template or query. Whom a job tells can be changed in the workspace, so that is compared
        with the job itself.
        """
        owned = {job.job_id: job for job in self._list_owned()}
        template = self._read_template()
        stale = []
        with transaction(self.database) as connection:
            for schedule, query in job_runs.list_schedules(connection):
                job = owned.get(schedule.job_id or "")
                try:
                    wanted = self._make_settings(template, query, schedule)
                except InvalidInput:
                    # bringing it up to date says why there can be no such job
                    stale.append(schedule)
                    continue
                fingerprint = (wanted.tags or {})[made_from.FINGERPRINT_TAG]
                if (
                    job is None
                    or job.fingerprint != fingerprint
                    or job.tells != notifications.summarise(wanted)
                ):
                    stale.append(schedule)
        return stale

    # the calls

    def _read_settings(self, query: Query, schedule: Schedule) -> JobSettings:
        return self._make_settings(self._read_template(), query, schedule)

    def _make_settings(self, template: JobSettings, query: Query, schedule: Schedule) -> JobSettings:
        try:
            providers = read(query.query_text).providers
        except InventoryError:
            providers = (query.provider,) if query.provider else ()
        configs = read_provider_config(self.database, providers)
        return made_from.make_job_settings(
            template, query, schedule, find_target(self.settings), configs, self.settings
        )

    def _read_template(self) -> JobSettings:
        template_id = self.settings.job_template_id
        if not template_id.isdigit():
            raise ConfigurationError(
                "JOB_TEMPLATE_ID does not name the template job.",
                hint="The bundle binds it to the app; locally, set it to the template job's id.",
            )
        job = self._calls.call(lambda client: client.jobs.get(int(template_id)), "reading the template job")
        if job.settings is None:
            raise ConfigurationError(f"The template job {template_id} has no settings.")
        return job.settings

    def _list_named(self, name: str) -> list[str]:
        """The ids of this app's jobs of that name, oldest first."""
        mine = self.settings.installation

        def find(client: WorkspaceClient) -> list[str]:
            return [
                str(job.job_id)
                for job in client.jobs.list(name=name)
                if job.settings
                and job.settings.name == name
                and (job.settings.tags or {}).get(made_from.APP_TAG) == mine
            ]

        return sorted(self._calls.call(find, "looking for the schedule's job"), key=int)

    def _list_named_if_reachable(self, name: str) -> list[str]:
        try:
            return self._list_named(name)
        except InventoryError:
            return []

    def _reset(self, job_id: str, settings: JobSettings, schedule: Schedule) -> None:
        number = parse_job_id(job_id)

        def reset(client: WorkspaceClient) -> None:
            client.jobs.reset(number, settings)

        try:
            self._calls.call(reset, "updating the schedule's job", job_id=job_id)
        except JobRefused as refused:
            raise self._explain_refusal(refused, schedule) from refused

    def _explain_refusal(self, refused: JobRefused, schedule: Schedule) -> JobRefused:
        """The refusal in words of ours where a destination that the schedule tells is gone; else as it is."""
        chosen = schedule.notifications.destinations
        there = self.read_notification_choices(fresh=True).destinations if chosen else None
        if there is None or not (gone := {id: name for id, name in chosen.items() if id not in there}):
            return refused
        return notifications.make_gone(gone, refused.details or refused.message)

    def _set_paused(self, job_id: str, paused: bool) -> None:
        from databricks.sdk.service.jobs import JobSettings, PauseStatus

        number = parse_job_id(job_id)

        def change(client: WorkspaceClient) -> None:
            job = client.jobs.get(number)
            schedule = job.settings.schedule if job.settings else None
            if schedule is None:
                raise JobMissing(job_id)
            schedule.pause_status = PauseStatus.PAUSED if paused else PauseStatus.UNPAUSED
            # the platform replaces the whole schedule, so all of it is sent
            client.jobs.update(number, new_settings=JobSettings(schedule=schedule))

        self._calls.call(change, f"{'pausing' if paused else 'resuming'} the schedule's job", job_id=job_id)

    def _list_access(self) -> list[Any] | None:
        """Engineers may look at the job and its runs, which belong to the app's service principal."""
        group = self.settings.engineer_group
        if not group:
            return None
        from databricks.sdk.service.jobs import JobAccessControlRequest, JobPermissionLevel

        return [JobAccessControlRequest(group_name=group, permission_level=JobPermissionLevel.CAN_VIEW)]

    def _list_owned(self) -> list[OwnedJob]:
        mine = self.settings.installation

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
                        convert_time(job.created_time),
                        self.link(str(job.job_id)),
                        tags.get(made_from.FINGERPRINT_TAG, ""),
                        notifications.summarise(job.settings) if job.settings else {},
                    )
                )
            return found

        return self._calls.call(find, "listing the app's jobs", seconds=LIST_SECONDS)
