"""The app as on Databricks, with stand-ins for all that is not ours: two server processes, Postgres, workspace, model.

Everyone is an engineer by the workspace's group, every query's credentials come from a secret, every run is a job that
the workspace starts, and the inventory has tables, changes, saved queries, drafts and a schedule.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.settings import read_settings
from app.start import build_services
from benchmarks import _database
from benchmarks._app import App, start_app
from inventory_runner.models import ProviderConfig, Query
from services.models.core import Draft
from services.schedule_service.form import ScheduleForm
from services.users import SYSTEM, Role, User, act_as

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import anthropic as fake_anthropic
from fakes import inventory
from fakes import stackql as fake_stackql
from fakes.anthropic import FakeAnthropic, Turn
from fakes.stackql import FakeStackQL
from fakes.workspace import TEMPLATE_JOB, FakeWorkspace, fake_workspace

SCOPE = "stackql-inventory"
TABLES = ("aws_ec2_instances", "aws_ec2_volumes", "aws_s3_buckets", "aws_rds_databases")
ROWS, SAVED = 2_000, 20
RUN_TABLE, RUN_ROWS = "google_storage_buckets", 200
# a query's marker, which every row of its result has: `wait1-p7-12`
MARKER = re.compile(r"(wait\d-[\w-]+)")
MODEL_TOKENS_PER_SECOND = 10


@dataclass(frozen=True)
class Deployment:
    """data: INVENTORY_DATA_DIR. temporary: the app's TMPDIR. schedule_id: of the schedule that keeps RUN_TABLE."""

    app: App
    database: _database.Server
    workspace: FakeWorkspace
    model: FakeAnthropic
    program: FakeStackQL
    data: Path
    temporary: Path
    schedule_id: int


@contextmanager
def start_deployment(people: int, **environ: str) -> Iterator[Deployment]:
    """The whole, ready. people: engineers, as `name_person` names them. environ: further settings of app and jobs."""
    with (
        tempfile.TemporaryDirectory(prefix="deployment-") as scratch,
        _database.start_server() as database,
        fake_workspace() as workspace,
        fake_anthropic.serve() as model,
    ):
        folder = Path(scratch)
        program = fake_stackql.install(folder / "bin")
        teach_program(program)
        model.reply = make_reply
        workspace.put_secret(SCOPE, "google-key", "{}")
        workspace.put_secret(SCOPE, "anthropic-api-key", "key")
        workspace.groups["engineers"] = {name_person(number) for number in range(people)}
        workspace.jobs[7] = {"job_id": 7, "settings": TEMPLATE_JOB}
        workspace.execute_runs = True
        data, temporary = folder / "data", folder / "tmp"
        temporary.mkdir()
        stackql = {
            "STACKQL_BINARY": str(program.binary),
            "STACKQL_APPROOT": str(folder / "approot"),
            "STACKQL_PULL": "never",
        }
        app_environ = {
            **workspace.app_environment(os.environ["DATABASE_URL"], **stackql),
            "DATABASE_URL": "",
            "INVENTORY_DATA_DIR": str(data),
            "ANTHROPIC_BASE_URL": model.url,
            **environ,
        }
        workspace.job_environment = {
            **workspace.environment(DATABRICKS_RUNTIME_VERSION="client.4"),
            **stackql,
        }
        # the database's context puts the old ones back
        os.environ.update(app_environ)
        schedule_id = _fill(database.engine)
        with start_app(program.binary, folder, {**app_environ, "TMPDIR": str(temporary)}) as app:
            yield Deployment(app, database, workspace, model, program, data, temporary, schedule_id)
        workspace.wait_for_runs()


def name_person(number: int) -> str:
    """The e-mail address of a person: `p7@example.com`."""
    return f"p{number}@example.com"


def teach_program(program: FakeStackQL) -> None:
    """One resource: of a project that is a marker it has rows with the marker in their names, of others RUN_ROWS."""
    program.answer("^DESCRIBE", [{"name": "name", "type": "string"}, {"name": "size", "type": "integer"}])
    program.answer(
        "^SHOW METHODS", [{"MethodName": "list", "RequiredParams": "project", "SQLVerb": "SELECT"}]
    )
    for seconds in (0, 1, 3):
        program.answer(
            rf"'(wait{seconds}-[\w-]+)'",
            [{"name": f"{{1}}-{number}", "size": number} for number in range(20)],
            fill=True,
            delay=seconds,
        )
    program.answer(
        "storage.buckets", [{"name": f"bucket-{number}", "size": number} for number in range(RUN_ROWS)]
    )


def make_reply(body: dict[str, Any]) -> Turn:
    """The model's answer of about a second, with the marker of the question in it."""
    found = MARKER.findall(json.dumps(body["messages"][-1]))
    pieces = [
        "The",
        " marker",
        " is",
        f" {found[-1] if found else 'missing'}",
        ".",
        " That",
        " is",
        " all",
        ".",
    ]
    return Turn(pieces=pieces, tokens_per_second=MODEL_TOKENS_PER_SECOND)


def _fill(engine: sa.Engine) -> int:
    """Tables with changes, saved queries, drafts, credentials, and a schedule with its job; returns its id."""
    now = datetime.now(UTC)
    for name in TABLES:
        _, service, resource = name.split("_")
        for days, count in ((2, ROWS - 50), (1, ROWS)):
            rows = {"us-east-1": inventory.instances(count)}
            inventory.load(engine, name, rows, now - timedelta(days=days), service=service, resource=resource)
    services = build_services(read_settings())
    try:
        with act_as(SYSTEM):
            services.db.providers.save_provider_config(
                ProviderConfig("google", "GOOGLE_CREDENTIALS", SCOPE, "google-key")
            )
            text = "SELECT name, size FROM google.storage.buckets WHERE project = 'p'"
            ids = [services.db.save_query(Query(f"Buckets {number}", text)) for number in range(SAVED)]
            form = ScheduleForm(
                query_id=ids[0], target_table=RUN_TABLE, cron_expression="0 6 * * *", key_columns="name"
            )
            made = services.schedules.create(form)
        with act_as(User("anna@example.com", Role.ENGINEER)):
            for number in range(SAVED):
                draft = Draft(f"tab-{number}", f"SELECT {number}", position=number, version=1)
                services.db.drafts.save_draft(draft, [0])
    finally:
        services.close()
        services.db.engine.dispose()
    if made.id is None:
        raise SystemExit("The schedule was not saved.")
    return made.id
