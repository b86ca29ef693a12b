"""A schedule's Databricks job: what it is called, what it runs, and when. Made from the bundle's template job.

The template brings what an operator decides (the wheel, the environment or cluster, run_as, policies, whom all jobs
tell); the schedule brings the rest. Parameters carry ids and coordinates. Secrets appear as `{{secrets/scope/key}}`
references, on classic compute only: on serverless compute the runner resolves the same references by itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from inventory_runner.command.options import PROGRAM
from inventory_runner.errors import ConfigurationError
from inventory_runner.models import ProviderConfig, Query, Schedule
from inventory_runner.platform.database import DatabaseTarget
from inventory_runner.times import quartz
from services.job_service.base import DEFAULT_TIMEOUT_SECONDS
from services.job_service.notifications import write_notifications
from services.settings import Settings

if TYPE_CHECKING:
    from databricks.sdk.service.jobs import CronSchedule, JobSettings

ENTRY_POINT = "inventory-runner"
PACKAGE = "inventory_runner"
APP_TAG = "stackql_inventory_app"
SCHEDULE_TAG = "stackql_inventory_schedule"
TARGET_TAG = "stackql_inventory_target"
OWNER_TAG = "stackql_inventory_owner"
# of everything the job was made from: another one means that the job is stale
FINGERPRINT_TAG = "stackql_inventory_settings"
LONGEST_TAG = 255


def name_job(schedule_id: int, installation: str) -> str:
    """The job's name follows from the schedule's id alone, so that creating it twice finds the first."""
    return f"{installation}: schedule {schedule_id}"


def make_cron_schedule(schedule: Schedule) -> CronSchedule:
    """When the job fires, in full: the platform replaces the whole of it. Raises NotExpressible."""
    from databricks.sdk.service.jobs import CronSchedule, PauseStatus

    return CronSchedule(
        quartz_cron_expression=quartz.convert_from_unix(schedule.cron_expression),
        timezone_id=quartz.check_java_zone(schedule.timezone),
        pause_status=PauseStatus.UNPAUSED if schedule.is_active else PauseStatus.PAUSED,
    )


def list_task_parameters(
    schedule: Schedule, where: DatabaseTarget, run_as: str, settings: Settings
) -> list[str]:
    """The runner's arguments; `{{job.…}}` is filled in by the platform for each run."""
    if not where.endpoint:
        raise ConfigurationError(
            "Jobs sign in to the database with tokens, and no endpoint for them is set.",
            hint="Bind the Lakebase database to the app, or set LAKEBASE_ENDPOINT.",
        )
    arguments = {
        "schedule-id": str(schedule.id),
        "db-host": where.url.host or "",
        "db-port": str(where.url.port or 5432),
        "db-name": where.url.database or "",
        # the principal that the job runs as has a database role of its own name
        "db-user": settings.job_database_user or run_as or where.url.username or "",
        "db-endpoint": where.endpoint,
        "trigger": "{{job.trigger.type}}",
        "requested-by": "{{job.parameters.requested_by}}",
        "run-id": "{{job.parameters.run_id}}",
        "job-run-id": "{{job.run_id}}",
        "job-run-url": "{{workspace.url}}/jobs/{{job.id}}/runs/{{job.run_id}}",
    }
    # serverless compute has no environment of a job's own, so the program's place is passed on
    arguments |= {name: getattr(settings, name.replace("-", "_")) for name in PROGRAM}
    return ["run", *(word for name, value in arguments.items() if value for word in (f"--{name}", value))]


def make_job_settings(
    template: JobSettings,
    query: Query,
    schedule: Schedule,
    where: DatabaseTarget,
    configs: Iterable[ProviderConfig],
    app: Settings,
) -> JobSettings:
    """Everything of the schedule's job. configs: the credentials of the providers that the query reads."""
    from databricks.sdk.service.jobs import JobParameterDefinition, PythonWheelTask, QueueSettings

    if schedule.id is None:
        raise ConfigurationError("A schedule is saved before it gets a job.")
    settings = deepcopy(template)
    if not settings.tasks:
        raise ConfigurationError(
            "The template job has no task.", hint="Deploy the bundle again: it defines the job."
        )
    task = settings.tasks[0]
    wheel = task.python_wheel_task or PythonWheelTask(package_name=PACKAGE, entry_point=ENTRY_POINT)
    run_as = (
        (settings.run_as.service_principal_name or settings.run_as.user_name or "") if settings.run_as else ""
    )
    wheel.parameters = list_task_parameters(schedule, where, run_as, app)
    wheel.named_parameters = None
    task.python_wheel_task = wheel
    # the runner tries again by itself and keeps its own record; a second attempt by the platform would be a second run
    task.max_retries = 0
    task.retry_on_timeout = False
    task.disable_auto_optimization = True
    task.timeout_seconds = settings.timeout_seconds = settings.timeout_seconds or DEFAULT_TIMEOUT_SECONDS
    settings.tasks = [task]
    _refer_to_secrets(settings, configs)
    write_notifications(settings, schedule.notifications)
    settings.name = name_job(schedule.id, app.installation)
    settings.description = (
        f"Keeps {schedule.target_schema}.{schedule.target_table} up to date with “{query.name}”."
        + (f" {schedule.description}" if schedule.description else "")
    )
    # filled in by "Run now", which has recorded the run already
    settings.parameters = [
        JobParameterDefinition(name=name, default="") for name in ("requested_by", "run_id")
    ]
    settings.max_concurrent_runs = 1
    settings.queue = QueueSettings(enabled=True)
    settings.continuous = settings.trigger = settings.triggers = None
    settings.schedule = make_cron_schedule(schedule)
    # a copy is the app's, whatever deployed the template
    settings.deployment = settings.edit_mode = None
    settings.tags = {
        **(template.tags or {}),
        APP_TAG: app.installation,
        SCHEDULE_TAG: str(schedule.id),
        TARGET_TAG: f"{schedule.target_schema}.{schedule.target_table}"[:LONGEST_TAG],
    }
    if schedule.owner:
        settings.tags[OWNER_TAG] = re.sub(r"[^\w .:/=+@-]", "_", schedule.owner)[:LONGEST_TAG]
    settings.tags[FINGERPRINT_TAG] = compute_fingerprint(settings)
    return settings


def _refer_to_secrets(settings: JobSettings, configs: Iterable[ProviderConfig]) -> None:
    """On classic compute, name the secrets in spark_env_vars; the platform resolves them when the cluster starts.

    DATABRICKS_ variables stay out: there they would replace the job's own identity.
    """
    references = {
        config.env_var_name: f"{{{{secrets/{config.secret_scope}/{config.secret_key}}}}}"
        for config in configs
        if not config.env_var_name.startswith("DATABRICKS_")
    }
    clusters = [cluster.new_cluster for cluster in settings.job_clusters or []]
    clusters += [task.new_cluster for task in settings.tasks or []]
    for cluster in filter(None, clusters):
        cluster.spark_env_vars = {**(cluster.spark_env_vars or {}), **references}


def compute_fingerprint(settings: JobSettings) -> str:
    """Changes when anything of the job does, except whether it is paused."""
    shape: dict[str, Any] = settings.as_dict()
    shape.get("tags", {}).pop(FINGERPRINT_TAG, None)
    shape.get("schedule", {}).pop("pause_status", None)
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()[:16]
