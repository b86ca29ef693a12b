"""Databricks Jobs through the real SDK: the shapes that are sent, reconciling, and every refusal in words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.settings import settings_of
from fakes.waiting import wait_until
from fakes.workspace import APP, ENDPOINT, FakeWorkspace, fake_workspace

from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError, NotFound
from inventory_runner.models import ProviderConfig, Query, RunStatus, Schedule
from inventory_runner.platform import database
from inventory_runner.platform.database import DatabaseTarget
from inventory_runner.platform.workspace import Workspace
from inventory_runner.store import definitions, runs
from inventory_runner.times.quartz import NotExpressible
from services.db import DatabaseService
from services.db.schedules import ScheduleRecords
from services.job_service.base import JobService, JobState
from services.job_service.databricks import DatabricksJobs, JobMissing, JobRefused
from services.settings import Settings
from services.users import NOBODY, act_as

CREATE, LIST, GET = "POST /api/2.2/jobs/create", "GET /api/2.2/jobs/list", "GET /api/2.2/jobs/get"
SERVERLESS = {
    "name": "StackQL inventory: template",
    "tasks": [
        {
            "task_key": "inventory",
            "environment_key": "runner",
            "python_wheel_task": {
                "package_name": "inventory_runner", "entry_point": "inventory-runner", "parameters": ["--version"],
            },
        }
    ],
    "environments": [
        {
            "environment_key": "runner",
            "spec": {"environment_version": "4", "dependencies": ["/Volumes/m/s/f/runner.whl"]},
        }
    ],
    "run_as": {"service_principal_name": "job-principal"},
    "tags": {"team": "platform"},
    "email_notifications": {"on_failure": ["oncall@example.com"]},
    "timeout_seconds": 7200,
    "edit_mode": "UI_LOCKED",
    "deployment": {"kind": "BUNDLE", "metadata_file_path": "/x"},
}  # fmt: skip
CLASSIC = {
    "name": "StackQL inventory: template",
    "tasks": [
        {
            "task_key": "inventory",
            "job_cluster_key": "small",
            "libraries": [{"whl": "/Volumes/m/s/f/runner.whl"}],
            "python_wheel_task": {"package_name": "inventory_runner", "entry_point": "inventory-runner"},
        }
    ],
    "job_clusters": [
        {
            "job_cluster_key": "small",
            "new_cluster": {"spark_version": "16.4.x-scala2.12", "num_workers": 0, "spark_env_vars": {"A": "b"}},
        }
    ],
}  # fmt: skip


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        made.jobs[7] = {"job_id": 7, "settings": json.loads(json.dumps(SERVERLESS))}
        environ = made.environment(DATABRICKS_APP_NAME="inventory", JOB_TEMPLATE_ID="7")
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def jobs(workspace: FakeWorkspace, engine: sa.Engine, as_engineer: None) -> DatabricksJobs:
    return DatabricksJobs(engine, settings())


def settings(**more: str) -> Settings:
    """The app's settings as Databricks Apps gives them, `more` before them."""
    url = "postgresql+psycopg2://app-principal@db.example.com:5432/inventory"
    return settings_of({**os.environ, "DATABASE_URL": url, "LAKEBASE_ENDPOINT": ENDPOINT, **more}, Settings)


@pytest.fixture
def saved(engine: sa.Engine, as_engineer: None) -> Callable[..., tuple[Query, Schedule]]:
    db = DatabaseService(engine)

    def save(**changes: Any) -> tuple[Query, Schedule]:
        query_id = db.save_query(
            Query("All VPCs", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'")
        )
        values = {
            "query_id": query_id,
            "cron_expression": "0 6 * * 1-5",
            "target_table": "aws_vpcs",
            **changes,
        }
        schedule_id = db.save_schedule(Schedule(**{"timezone": "Europe/Berlin", **values}))
        with engine.begin() as connection:
            schedule, query = definitions.read_schedule(connection, schedule_id)
        return query, schedule

    return save


def test_it_is_a_job_service(jobs: DatabricksJobs) -> None:
    assert isinstance(jobs, JobService)


def test_a_job_is_the_template_with_the_schedule_in_it(
    engine: sa.Engine, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    jobs = DatabricksJobs(engine, settings(ENGINEER_GROUP="cloud engineers"))
    query, schedule = saved()
    job_id = jobs.create_inventory_job(query, schedule)
    job = workspace.jobs[int(job_id)]
    made = job["settings"]
    fingerprint = made["tags"].pop("stackql_inventory_settings")
    assert len(fingerprint) == 16
    assert made == {
        "name": f"inventory: schedule {schedule.id}",
        "description": "Keeps stackql_inventory.aws_vpcs up to date with “All VPCs”.",
        "tags": {
            "team": "platform",
            "stackql_inventory_app": "inventory",
            "stackql_inventory_schedule": str(schedule.id),
            "stackql_inventory_target": "stackql_inventory.aws_vpcs",
        },
        "schedule": {
            "quartz_cron_expression": "0 0 6 ? * MON-FRI",
            "timezone_id": "Europe/Berlin",
            "pause_status": "UNPAUSED",
        },
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
        "timeout_seconds": 7200,
        "parameters": [{"name": "requested_by", "default": ""}, {"name": "run_id", "default": ""}],
        "run_as": {"service_principal_name": "job-principal"},
        "email_notifications": {"on_failure": ["oncall@example.com"]},
        "environments": SERVERLESS["environments"],
        "tasks": [
            {
                "task_key": "inventory",
                "environment_key": "runner",
                "max_retries": 0,
                "retry_on_timeout": False,
                "disable_auto_optimization": True,
                "timeout_seconds": 7200,
                "python_wheel_task": {
                    "package_name": "inventory_runner",
                    "entry_point": "inventory-runner",
                    "parameters": [
                        "run",
                        "--schedule-id",
                        str(schedule.id),
                        "--db-host",
                        "db.example.com",
                        "--db-port",
                        "5432",
                        "--db-name",
                        "inventory",
                        "--db-user",
                        "job-principal",
                        "--db-endpoint",
                        ENDPOINT,
                        "--trigger",
                        "{{job.trigger.type}}",
                        "--requested-by",
                        "{{job.parameters.requested_by}}",
                        "--run-id",
                        "{{job.parameters.run_id}}",
                        "--job-run-id",
                        "{{job.run_id}}",
                        "--job-run-url",
                        "{{workspace.url}}/jobs/{{job.id}}/runs/{{job.run_id}}",
                    ],
                },
            }
        ],
    }
    assert job["access"] == [{"group_name": "cloud engineers", "permission_level": "CAN_VIEW"}]
    assert {request.principal for request in workspace.requests} == {APP}


def test_creating_twice_is_one_job_brought_up_to_date(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    query, schedule = saved()
    first = jobs.create_inventory_job(query, schedule)
    workspace.jobs[int(first)]["settings"]["max_concurrent_runs"] = 9
    assert jobs.create_inventory_job(query, schedule) == first
    assert len(workspace.sent(CREATE)) == 1
    assert workspace.jobs[int(first)]["settings"]["max_concurrent_runs"] == 1


def test_doubles_are_removed_and_another_apps_job_of_that_name_is_left_alone(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    query, schedule = saved()
    first = jobs.create_inventory_job(query, schedule)
    settings = workspace.jobs[int(first)]["settings"]
    workspace.jobs[900] = {"job_id": 900, "settings": {**settings}}
    workspace.jobs[901] = {
        "job_id": 901,
        "settings": {**settings, "tags": {"stackql_inventory_app": "other"}},
    }
    assert jobs.create_inventory_job(query, schedule) == first
    assert set(workspace.jobs) == {7, int(first), 901}


def test_a_job_whose_creation_was_answered_too_late_is_found(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query, schedule = saved()
    create = FakeWorkspace.create_job

    def lose_the_answer(self: FakeWorkspace, request: Any) -> Any:
        create(self, request)
        raise ConnectionAbortedError

    monkeypatch.setattr("inventory_runner.platform.workspace.PAUSE_SECONDS", 0)
    monkeypatch.setattr("inventory_runner.platform.workspace.RETRY_SECONDS", 1)
    monkeypatch.setitem(__import__("fakes.workspace", fromlist=["ROUTES"]).ROUTES, CREATE, lose_the_answer)
    job_id = jobs.create_inventory_job(query, schedule)
    assert int(job_id) in workspace.jobs
    jobs.create_inventory_job(query, schedule)
    assert len(workspace.jobs) == 2


def test_classic_compute_carries_references_and_no_values(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    workspace.jobs[7]["settings"] = json.loads(json.dumps(CLASSIC))
    workspace.put_secret("stackql-inventory", "aws-id", "canary-value")
    db = DatabaseService(engine)
    for config in (
        ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "stackql-inventory", "aws-id"),
        ProviderConfig("okta", "OKTA_API_TOKEN", "stackql-inventory", "okta"),
    ):
        db.save_provider_config(config)
    query, schedule = saved()
    settings = workspace.jobs[int(jobs.create_inventory_job(query, schedule))]["settings"]
    assert settings["job_clusters"][0]["new_cluster"]["spark_env_vars"] == {
        "A": "b",
        "AWS_ACCESS_KEY_ID": "{{secrets/stackql-inventory/aws-id}}",
    }
    assert settings["tasks"][0]["libraries"] == [{"whl": "/Volumes/m/s/f/runner.whl"}]
    assert "canary" not in json.dumps(settings)
    assert workspace.sent("GET /api/2.0/secrets/get") == []


def test_an_edit_changes_the_whole_job(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    query, schedule = saved()
    job_id = jobs.create_inventory_job(query, schedule)
    jobs.update_inventory_job(
        job_id, replace(schedule, cron_expression="*/15 * * * *", timezone="UTC", is_active=False)
    )
    assert workspace.jobs[int(job_id)]["settings"]["schedule"] == {
        "quartz_cron_expression": "0 0/15 * * * ?",
        "timezone_id": "UTC",
        "pause_status": "PAUSED",
    }
    with pytest.raises(JobMissing, match="no job 999"):
        jobs.update_inventory_job("999", schedule)


def test_pausing_keeps_the_rest_of_the_schedule(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    job_id = jobs.create_inventory_job(*saved())
    before = json.loads(json.dumps(workspace.jobs[int(job_id)]["settings"]))
    jobs.pause_inventory_job(job_id)
    paused = workspace.jobs[int(job_id)]["settings"]
    assert paused == {**before, "schedule": {**before["schedule"], "pause_status": "PAUSED"}}
    jobs.resume_inventory_job(job_id)
    assert workspace.jobs[int(job_id)]["settings"] == before
    with pytest.raises(JobMissing):
        jobs.pause_inventory_job("999")


def test_deleting_a_job_that_is_gone_succeeds(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    job_id = jobs.create_inventory_job(*saved())
    jobs.delete_inventory_job(job_id)
    jobs.delete_inventory_job(job_id)
    assert set(workspace.jobs) == {7}
    workspace.fail("POST .*/delete", "INVALID_PARAMETER_VALUE", "job_id must be positive")
    with pytest.raises(JobRefused, match="must be positive"):
        jobs.delete_inventory_job("7")
    with pytest.raises(NotFound, match="not a Databricks job"):
        jobs.delete_inventory_job("local-3")


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "INVALID_PARAMETER_VALUE"])
def test_a_job_that_is_gone_is_found_to_be_gone_before_rights_are_blamed(
    jobs: DatabricksJobs, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]], code: str
) -> None:
    """A platform that answers so for a job that it does not have, and for one that it has."""
    _, schedule = saved()
    for job_id, error in (("999", JobMissing), ("7", JobRefused)):
        workspace.fail(
            "POST .*/(reset|run-now|update|delete)", code, "User does not have permission.", times=3
        )
        with pytest.raises(error):
            jobs.update_inventory_job(job_id, schedule)
        with pytest.raises(error):
            jobs.run_now(replace(schedule, job_id=job_id))
        if error is JobRefused:
            with pytest.raises(JobRefused, match="Deleting"):
                jobs.delete_inventory_job(job_id)
        else:
            jobs.delete_inventory_job(job_id)
    # where the job cannot be looked for, the refusal stands
    for operation in ("POST .*/delete", GET):
        workspace.fail(operation, code, "User does not have permission.")
    with pytest.raises(JobRefused):
        jobs.delete_inventory_job("999")


@pytest.mark.parametrize(
    ("code", "words", "hint"),
    [
        ("PERMISSION_DENIED", "The principal lacks permission Can Use on the policy.", "Grant"),
        (
            "QUOTA_EXCEEDED",
            "The quota for the number of jobs has been reached. The current quota is 12000.",
            "quota",
        ),
        ("INVALID_PARAMETER_VALUE", "Cluster validation error", "template"),
        ("INTERNAL_ERROR", "boom", ""),
    ],
)
def test_a_refused_creation_has_the_platforms_own_words(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    code: str,
    words: str,
    hint: str,
) -> None:
    workspace.fail(CREATE, code, words)
    with pytest.raises(JobRefused) as caught:
        jobs.create_inventory_job(*saved())
    assert words in caught.value.message
    assert hint in caught.value.hint


def test_what_cannot_be_a_job_is_refused_before_a_call(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query, schedule = saved(cron_expression="0 6 1 * 1")
    with pytest.raises(NotExpressible):
        jobs.create_inventory_job(query, schedule)
    assert workspace.sent(CREATE) == []
    query, schedule = saved(target_table="other")
    no_endpoint = DatabricksJobs(engine, settings(LAKEBASE_ENDPOINT=""))
    with pytest.raises(ConfigurationError, match="endpoint"):
        no_endpoint.create_inventory_job(query, schedule)
    with pytest.raises(ConfigurationError, match="JOB_TEMPLATE_ID"):
        DatabricksJobs(engine, settings(JOB_TEMPLATE_ID="")).create_inventory_job(query, schedule)


@pytest.mark.parametrize(
    ("life_cycle", "result", "message", "state", "outcome", "words"),
    [
        ("PENDING", None, "", JobState.WAITING, None, ""),
        ("QUEUED", None, "", JobState.WAITING, None, ""),
        ("RUNNING", None, "In run", JobState.RUNNING, None, "In run"),
        ("TERMINATING", None, "", JobState.RUNNING, None, ""),
        ("TERMINATED", "SUCCESS", "", JobState.ENDED, RunStatus.SUCCESS, ""),
        ("TERMINATED", "FAILED", "SystemExit: 1", JobState.ENDED, RunStatus.FAILED, "SystemExit: 1"),
        ("TERMINATED", "FAILED", "SystemExit: 3", JobState.ENDED, RunStatus.PARTIAL, "Some scopes"),
        ("TERMINATED", "TIMEDOUT", "", JobState.ENDED, RunStatus.FAILED, "time limit"),
        ("TERMINATED", "CANCELED", "Run cancelled.", JobState.ENDED, RunStatus.CANCELLED, "Run cancelled."),
        ("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "", JobState.ENDED, RunStatus.FAILED, "skipped"),
        (
            "INTERNAL_ERROR",
            "FAILED",
            "Library installation failed",
            JobState.ENDED,
            RunStatus.FAILED,
            "Library",
        ),
    ],
)
def test_states(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    life_cycle: str,
    result: str | None,
    message: str,
    state: JobState,
    outcome: RunStatus | None,
    words: str,
) -> None:
    query, schedule = saved()
    job_id = jobs.create_inventory_job(query, schedule)
    assert jobs.get_job_run_status(job_id) is None
    jobs.run_now(with_job(schedule, job_id))
    (run_id,) = workspace.runs
    workspace.set_state(run_id, life_cycle, result, message)
    status = jobs.get_job_run_status(job_id)
    assert status is not None
    assert (status["state"], status["result"]) == (state, outcome)
    assert words in status["message"]
    assert (status["end"] is None) == (state is not JobState.ENDED)
    assert status["link"].endswith(f"/run/{run_id}")


def with_job(schedule: Schedule, job_id: str) -> Schedule:
    return replace(schedule, job_id=job_id)


def test_run_now_is_sent_once_with_a_token_and_says_who_asked(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    query, schedule = saved()
    schedule = with_job(schedule, jobs.create_inventory_job(query, schedule))
    workspace.fail("POST .*/run-now", "TEMPORARILY_UNAVAILABLE", "in a moment", retry_after=0)
    jobs.run_now(schedule)
    first, second = workspace.sent("POST /api/2.2/jobs/run-now")
    assert first.body == second.body
    assert len(first.body["idempotency_token"]) <= 64
    (run,) = recorded(engine)
    assert first.body["job_parameters"] == {"requested_by": "system", "run_id": str(run.id)}
    assert (run.status, run.engine, run.requested_by) == ("RUNNING", "", "system")
    assert run.job_run_url == f"{workspace.url}/jobs/{schedule.job_id}/runs/{run.job_run_id}"
    with pytest.raises(runs.AlreadyRunning):
        jobs.run_now(schedule)
    with pytest.raises(InvalidInput, match="no job yet"):
        jobs.run_now(with_job(schedule, None))  # type: ignore[arg-type]


def recorded(engine: sa.Engine) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(sa.text("SELECT * FROM stackql_app.runs ORDER BY id")))


def test_a_run_that_could_not_be_started_is_closed_with_the_reason(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    _, schedule = saved()
    with pytest.raises(JobMissing):
        jobs.run_now(with_job(schedule, "999"))
    (run,) = recorded(engine)
    assert (run.status, "no job 999" in run.message) == ("FAILED", True)


def started(jobs: DatabricksJobs, workspace: FakeWorkspace, query: Query, schedule: Schedule) -> int:
    """The id of the platform's run of a schedule that was just told to run."""
    jobs.run_now(with_job(schedule, jobs.create_inventory_job(query, schedule)))
    return max(workspace.runs)


def test_cancelling_a_run_that_waits_for_compute_ends_it_on_both_sides(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    from inventory_runner.store import run_reads

    platform_run = started(jobs, workspace, *saved())
    (run,) = recorded(engine)
    jobs.cancel_run(run_reads.get(engine, run.id))
    assert workspace.sent("POST /api/2.2/jobs/runs/cancel")[0].body == {"run_id": platform_run}
    assert recorded(engine)[0].status == "CANCELLED"
    with pytest.raises(InvalidInput, match="already ended as CANCELLED"):
        jobs.cancel_run(run_reads.get(engine, run.id))


def test_a_running_run_is_asked_first_and_ended_by_the_platform_when_asked_twice(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    _, schedule = saved()
    run = open_run(engine, schedule, "4711")
    workspace.runs[4711] = {"run_id": 4711, "job_id": 1, "state": {"life_cycle_state": "RUNNING"}}
    jobs.cancel_run(run)
    assert workspace.sent("POST /api/2.2/jobs/runs/cancel") == []
    jobs.cancel_run(run)
    assert workspace.sent("POST /api/2.2/jobs/runs/cancel")[0].body == {"run_id": 4711}


@pytest.mark.parametrize(
    ("waiting", "silent", "life_cycle", "result", "status", "words"),
    [
        (True, True, "QUEUED", None, "RUNNING", ""),
        (True, False, "INTERNAL_ERROR", "FAILED", "FAILED", "never began. The wheel was not found"),
        (True, False, "TERMINATED", "CANCELED", "CANCELLED", "never began"),
        (False, False, "TERMINATED", "FAILED", "RUNNING", ""),
        (False, True, "RUNNING", None, "RUNNING", ""),
        (
            False,
            True,
            "INTERNAL_ERROR",
            "FAILED",
            "LOST",
            "Databricks ended the run: The wheel was not found",
        ),
        (False, True, None, None, "LOST", "no longer knows"),
    ],
)
def test_runs_are_settled_by_what_the_platform_says(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
    waiting: bool,
    silent: bool,
    life_cycle: str | None,
    result: str | None,
    status: str,
    words: str,
) -> None:
    _, schedule = saved()
    run = open_run(engine, schedule, "4711")
    if life_cycle:
        workspace.runs[4711] = {"run_id": 4711, "job_id": 1, "tasks": [{"run_id": 4712, "task_key": "t"}]}
        workspace.set_state(4711, life_cycle, result, "The wheel was not found")
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE stackql_app.runs SET engine = CASE WHEN :waiting THEN '' ELSE 'stackql' END,"
                " heartbeat_at = now() - CASE WHEN :silent THEN interval '2 minutes' ELSE interval '1 second' END"
            ),
            {"waiting": waiting, "silent": silent},
        )
    jobs._runs.settle_now()
    (row,) = recorded(engine)
    assert row.id == run.id
    assert row.status == status
    assert words in row.message
    with engine.begin() as connection:
        alive = sa.text("SELECT heartbeat_at > now() - interval '90 seconds' FROM stackql_app.runs")
        assert connection.execute(alive).scalar_one() == (waiting or not silent)


def test_settling_never_holds_a_page_up(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # whoever waited for this workspace would wait for ten minutes
    monkeypatch.setattr("inventory_runner.platform.workspace.HTTP_SECONDS", 600)
    monkeypatch.setattr(Workspace.call, "__kwdefaults__", {"seconds": 600})
    _, schedule = saved()
    open_run(engine, schedule, "4711")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stackql_app.runs SET heartbeat_at = now() - interval '2 minutes'")
    workspace.hang.set()
    for _ in range(20):
        jobs.settle_runs()
    wait_until(lambda: workspace.held, "the workspace was asked")


def open_run(engine: sa.Engine, schedule: Schedule, job_run_id: str) -> Any:
    from inventory_runner.store import run_reads

    with engine.begin() as connection:
        run_id = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, engine, job_run_id)"
                " VALUES (:schedule, 'stackql_inventory', :table, 'RUNNING', 'stackql', :job_run) RETURNING id"
            ),
            {"schedule": schedule.id, "table": schedule.target_table, "job_run": job_run_id},
        ).scalar_one()
    return run_reads.get(engine, run_id)


def test_orphans_are_listed_over_pages_and_removed_on_request(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    query, schedule = saved()
    kept = jobs.create_inventory_job(query, schedule)
    ScheduleRecords(engine).set_schedule_job(schedule.id or 0, kept)
    tags = {
        "stackql_inventory_app": "inventory",
        "stackql_inventory_schedule": "77",
        "stackql_inventory_target": "s.t",
    }
    for number in range(800, 805):
        workspace.jobs[number] = {"job_id": number, "settings": {"name": f"left {number}", "tags": tags}}
    workspace.jobs[900] = {"job_id": 900, "settings": {"name": "someone else's"}}
    found = jobs.list_orphans()
    assert [(job.job_id, job.target, job.schedule_id) for job in found] == [
        (str(number), "s.t", 77) for number in range(800, 805)
    ]
    jobs.remove_orphan("800")
    assert 800 not in workspace.jobs
    for not_ours in (kept, "900", "7"):
        with pytest.raises(InvalidInput, match="not left over"):
            jobs.remove_orphan(not_ours)


def test_stale_jobs_are_found_and_brought_up_to_date(
    jobs: DatabricksJobs,
    workspace: FakeWorkspace,
    saved: Callable[..., tuple[Query, Schedule]],
    engine: sa.Engine,
) -> None:
    db = DatabaseService(engine)
    query, schedule = saved()
    job_id = jobs.create_inventory_job(query, schedule)
    db.schedules.set_schedule_job(schedule.id or 0, job_id)
    assert jobs.list_stale() == []
    jobs.pause_inventory_job(job_id)
    assert jobs.list_stale() == []
    workspace.jobs[7]["settings"]["environments"][0]["spec"]["dependencies"] = ["/Volumes/m/s/f/runner-2.whl"]
    (stale,) = jobs.list_stale()
    assert stale.id == schedule.id
    jobs.update_inventory_job(job_id, stale)
    assert jobs.list_stale() == []
    environments = workspace.jobs[int(job_id)]["settings"]["environments"]
    assert environments[0]["spec"]["dependencies"] == ["/Volumes/m/s/f/runner-2.whl"]
    jobs.delete_inventory_job(job_id)
    assert [one.id for one in jobs.list_stale()] == [schedule.id]


def test_a_job_made_of_what_the_page_reads_is_not_stale(
    jobs: DatabricksJobs, saved: Callable[..., tuple[Query, Schedule]], engine: sa.Engine
) -> None:
    db = DatabaseService(engine)
    query, kept = saved(owner="payments", description="For the audit")
    listed = db.schedules.get_schedule(kept.id or 0)
    assert listed is not None and listed.owner == kept.owner == "payments"
    db.schedules.set_schedule_job(kept.id or 0, jobs.create_inventory_job(query, listed))
    assert jobs.list_stale() == []


def test_a_viewer_reaches_none_of_it(jobs: DatabricksJobs, workspace: FakeWorkspace) -> None:
    before = len(workspace.requests)
    with act_as(NOBODY):
        for call in (
            lambda: jobs.delete_inventory_job("7"),
            lambda: jobs.pause_inventory_job("7"),
            jobs.list_orphans,
            jobs.list_stale,
            lambda: jobs.get_job_run_status("7"),
            lambda: jobs.remove_orphan("7"),
            jobs.settle_runs,
        ):
            with pytest.raises(InventoryError, match="viewer"):
                call()
    assert len(workspace.requests) == before


def fired(words: list[str]) -> list[str]:
    """The arguments of a run that the platform fired at its time."""
    return ["" if word == "{{job.parameters.run_id}}" else word for word in words]


def test_the_jobs_arguments_are_the_runners(
    jobs: DatabricksJobs, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    from inventory_runner.command import options
    from services.job_service.settings import list_task_parameters

    _, schedule = saved()
    where = DatabaseTarget(sa.engine.make_url("postgresql+psycopg2://u@db.example.com/inventory"), ENDPOINT)
    chosen = options.make_parser().parse_args(
        fired(list_task_parameters(schedule, where, "principal", settings()))
    )
    target = database.find_target(options.read_settings(chosen))
    assert (target.endpoint, target.url.username, target.url.database) == (ENDPOINT, "principal", "inventory")
    assert chosen.schedule_id == schedule.id


def test_the_backend_follows_from_where_the_app_runs(engine: sa.Engine) -> None:
    from services import job_service

    assert isinstance(job_service.create(engine, settings_of({}, Settings)), job_service.LocalJobs)
    for environ in ({"DATABRICKS_APP_NAME": "inventory"}, {"JOB_TEMPLATE_ID": "7"}):
        assert isinstance(job_service.create(engine, settings_of(environ, Settings)), DatabricksJobs)


def test_where_the_program_is_travels_with_the_job(
    engine: sa.Engine, workspace: FakeWorkspace, saved: Callable[..., tuple[Query, Schedule]]
) -> None:
    from inventory_runner.command import options

    jobs = DatabricksJobs(
        engine, settings(STACKQL_BINARY="/Volumes/m/s/files/stackql", STACKQL_SHA256="ab" * 32)
    )
    made = workspace.jobs[int(jobs.create_inventory_job(*saved()))]["settings"]
    words = made["tasks"][0]["python_wheel_task"]["parameters"]
    chosen = options.make_parser().parse_args(fired(words))
    found = options.read_settings(chosen)
    assert (found.stackql_binary, found.stackql_sha256) == ("/Volumes/m/s/files/stackql", "ab" * 32)
