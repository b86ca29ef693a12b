"""What a first request needs is there before the process says that it is ready: no limit of time measures an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from fakes import anthropic as fake_anthropic
from fakes import stackql as fake_stackql
from fakes.inventory import three_runs
from fakes.waiting import PATIENCE_SECONDS
from fakes.workspace import fake_workspace

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_requests_import_nothing(engine: sa.Engine, database_url: str, tmp_path: Path) -> None:
    three_runs(engine)
    program = fake_stackql.install(tmp_path / "program")
    program.answer("SHOW PROVIDERS", [{"name": "aws", "version": "v1"}])
    program.answer("SHOW METHODS", [{"MethodName": "list", "RequiredParams": "region", "SQLVerb": "SELECT"}])
    program.answer("DESCRIBE", [{"name": "vpc_id", "type": "string"}, {"name": "region", "type": "string"}])
    program.answer("vpcs", [{"vpc_id": "vpc-1"}])
    with fake_workspace() as workspace, fake_anthropic.serve() as model:
        workspace.groups["engineers"] = {"anna@example.com"}
        workspace.put_secret("stackql-inventory", "anthropic-api-key", "a-key")
        environ = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            **workspace.app_environment(
                database_url,
                STACKQL_BINARY=str(program.binary),
                STACKQL_PULL="never",
                INVENTORY_DATA_DIR=str(tmp_path / "data"),
                ANTHROPIC_BASE_URL=model.url,
                PYTHONPATH=str(ROOT / "tests"),
            ),
        }
        child = subprocess.run(
            [sys.executable, "-m", "fakes.first_requests"],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    said = json.loads(child.stdout)
    assert [one for one in said["imported"] if one.partition(".")[0] not in sys.stdlib_module_names] == []
    # they got as far as they should; callbacks were sent no values, and some refuse that
    failed = {name: status for name, status in said["answered"].items() if status >= 400}
    assert failed.keys() <= {"POST /_dash-update-component"}
    assert model.requests
