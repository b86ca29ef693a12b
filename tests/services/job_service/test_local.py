"""Local jobs: the schedule's row is the job, and a run is the real entry point in a process of its own."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes import stackql
from fakes.waiting import PATIENCE_SECONDS, process_gone, wait_until

from app import local
from app.settings import read_settings
from inventory_runner.errors import ConfigurationError, InvalidInput, NotAllowed, NotFound
from inventory_runner.models import Query, Run, RunStatus, Schedule
from inventory_runner.store import definitions, run_reads, runs
from services import build
from services.job_service import JobService, JobState, LocalJobs
from services.users import SYSTEM, Role, User, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def fake(tmp_path: Path) -> stackql.FakeStackQL:
    return stackql.install(tmp_path / "bin")


@pytest.fixture
def jobs(engine: sa.Engine, fake: stackql.FakeStackQL) -> LocalJobs:
    return LocalJobs(
        engine, {**os.environ, "INVENTORY_ENGINE": "stackql", "STACKQL_BINARY": str(fake.binary)}
    )


@pytest.fixture
def schedule(engine: sa.Engine) -> Schedule:
    with engine.begin() as connection:
        query = connection.execute(
            sa.text("INSERT INTO stackql_app.queries (name, query_text) VALUES ('VPCs', :text) RETURNING id"),
            {"text": "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = :region"},
        ).scalar_one()
        made = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules"
                " (query_id, cron_expression, target_table, key_columns, parameter_values, job_id)"
                " VALUES (:query, '0 6 * * *', 'vpcs', '{vpc_id}', CAST(:values AS jsonb), 'local-1') RETURNING id"
            ),
            {"query": query, "values": '{"region": ["us-east-1"]}'},
        ).scalar_one()
        return definitions.read_schedule(connection, made)[0]


def ended(engine: sa.Engine, schedule: Schedule) -> Run:
    def last() -> Run | None:
        run = run_reads.find_latest_run(engine, schedule.id or 0)
        return run if run and run.status is not RunStatus.RUNNING else None

    return wait_until(last)


def runner_of(run: Run) -> int:
    """The process id of a run's own process."""
    wanted = ["--run-id", str(run.id)]

    def find() -> int | None:
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_text().split("\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if any(words[i : i + 2] == wanted for i in range(len(words))):
                return int(entry.name)
        return None

    return wait_until(find)


def test_the_app_has_the_backend_of_where_it_runs(engine: sa.Engine) -> None:
    assert isinstance(build(engine, read_settings(inventory_engine="sample")).jobs, LocalJobs)
    assert isinstance(build(engine, read_settings(inventory_engine="sample")).jobs, JobService)


def test_a_job_is_named_by_its_schedule(jobs: LocalJobs, schedule: Schedule) -> None:
    query = Query("VPCs", "SELECT 1")
    job = jobs.create_inventory_job(query, schedule)
    assert job == f"local-{schedule.id}" == jobs.create_inventory_job(query, schedule)
    assert jobs.get_job_run_status(job) is None
    jobs.update_inventory_job(job, schedule)
    jobs.delete_inventory_job(job)
    with pytest.raises(InvalidInput):
        jobs.create_inventory_job(query, replace(schedule, id=None))


@pytest.mark.parametrize("job", ["", "local-", "local-x", "local-1; DROP TABLE x", "123456789", "local-²"])
def test_another_backends_job_is_refused(jobs: LocalJobs, job: str, schedule: Schedule) -> None:
    # NotFound would give its schedule a second job here
    for change in (
        lambda: jobs.update_inventory_job(job, schedule),
        lambda: jobs.get_job_run_status(job),
        lambda: jobs.pause_inventory_job(job),
        lambda: jobs.delete_inventory_job(job),
    ):
        with pytest.raises(ConfigurationError, match="on Databricks"):
            change()


def test_pause_and_resume_are_the_rows(jobs: LocalJobs, schedule: Schedule, engine: sa.Engine) -> None:
    job = f"local-{schedule.id}"
    jobs.pause_inventory_job(job)
    with engine.connect() as connection:
        assert definitions.list_active_schedules(connection) == []
    jobs.resume_inventory_job(job)
    with engine.connect() as connection:
        ((found, _),) = definitions.list_active_schedules(connection)
    assert found.updated_at is not None
    assert found.updated_at > schedule.updated_at  # type: ignore[operator]
    with pytest.raises(NotFound):
        jobs.pause_inventory_job("local-999")


def test_run_now_returns_at_once_and_fills_the_table(
    jobs: LocalJobs, schedule: Schedule, fake: stackql.FakeStackQL, engine: sa.Engine
) -> None:
    fake.answer("us-east-1", [{"vpc_id": "vpc-1"}], hold=True)
    with act_as(replace(SYSTEM, name="ada@example.com")):
        jobs.run_now(schedule)
    # there before the process has begun; it cannot end before its program may go on
    now = jobs.get_job_run_status(f"local-{schedule.id}")
    assert now is not None
    assert (now["state"] in (JobState.WAITING, JobState.RUNNING), now["result"], now["end"]) == (
        True,
        None,
        None,
    )
    with pytest.raises(runs.AlreadyRunning):
        jobs.run_now(schedule)
    fake.go_on()
    run = ended(engine, schedule)
    assert (run.status, run.trigger, run.requested_by, run.engine) == (
        RunStatus.SUCCESS,
        "manual",
        "ada@example.com",
        "stackql",
    )
    then = jobs.get_job_run_status(f"local-{schedule.id}")
    assert then is not None
    assert (then["state"], then["result"], then["end"]) == (
        JobState.ENDED,
        RunStatus.SUCCESS,
        run.finished_at,
    )
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT vpc_id FROM stackql_inventory.vpcs")).all() == [("vpc-1",)]


def test_a_cancelled_run_ends_with_its_programs(
    jobs: LocalJobs, schedule: Schedule, fake: stackql.FakeStackQL, engine: sa.Engine
) -> None:
    fake.answer("", hang=True)
    jobs.run_now(schedule)
    (call,) = wait_until(lambda: fake.calls)
    run = run_reads.find_latest_run(engine, schedule.id or 0)
    assert run is not None
    jobs.cancel_run(run)
    assert ended(engine, schedule).status is RunStatus.CANCELLED
    wait_until(lambda: process_gone(call["pid"]))
    with pytest.raises(InvalidInput, match="already ended as CANCELLED"):
        jobs.cancel_run(run)


def test_the_supervisor_ends_runs_before_their_database(
    jobs: LocalJobs,
    schedule: Schedule,
    fake: stackql.FakeStackQL,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answer("", hang=True)
    jobs.run_now(schedule)
    (call,) = wait_until(lambda: fake.calls)
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert local.end_runs(PATIENCE_SECONDS) == 0
    run = run_reads.find_latest_run(engine, schedule.id or 0)
    assert run is not None
    assert run.status is RunStatus.CANCELLED
    wait_until(lambda: process_gone(call["pid"]))


def test_a_killed_process_leaves_no_open_run(
    jobs: LocalJobs, schedule: Schedule, fake: stackql.FakeStackQL, engine: sa.Engine
) -> None:
    fake.answer("", hang=True)
    jobs.run_now(schedule)
    wait_until(lambda: fake.calls)
    run = run_reads.find_latest_run(engine, schedule.id or 0)
    assert run is not None
    os.kill(runner_of(run), signal.SIGKILL)
    closed = ended(engine, schedule)
    assert (closed.status, "signal 9" in closed.message) == (RunStatus.LOST, True)


def test_a_process_that_cannot_begin_is_a_failed_run(
    schedule: Schedule, engine: sa.Engine, fake: stackql.FakeStackQL
) -> None:
    jobs = LocalJobs(engine, {**os.environ, "INVENTORY_ENGINE": "nonsense"})
    jobs.run_now(schedule)
    closed = ended(engine, schedule)
    assert closed.status is RunStatus.FAILED
    assert "before it began" in closed.message


def test_viewers_may_do_nothing(jobs: LocalJobs, schedule: Schedule, engine: sa.Engine) -> None:
    job = f"local-{schedule.id}"
    with act_as(User("vera@example.com", Role.VIEWER)):
        for attempt in (
            lambda: jobs.create_inventory_job(Query("q", "SELECT 1"), schedule),
            lambda: jobs.update_inventory_job(job, schedule),
            lambda: jobs.delete_inventory_job(job),
            lambda: jobs.pause_inventory_job(job),
            lambda: jobs.resume_inventory_job(job),
            lambda: jobs.get_job_run_status(job),
            lambda: jobs.run_now(schedule),
            lambda: jobs.cancel_run(Run(1, "s", "t", RunStatus.RUNNING, schedule.created_at)),  # type: ignore[arg-type]
        ):
            with pytest.raises(NotAllowed):
                attempt()
    assert run_reads.find_latest_run(engine, schedule.id or 0) is None
