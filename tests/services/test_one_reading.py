"""Guard, line under the editor, Run, assistant, command line and schedules say the same of a text.

The editor's own splitting is held to the guard's in tests/assets/test_editor.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.waiting import wait_until

from inventory_runner import engines
from inventory_runner.command.cli import main
from inventory_runner.contract import Engine
from inventory_runner.errors import InventoryError, StatementRefused
from inventory_runner.settings import read as read_settings
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, read
from services.ai_service.check import check_sql
from services.db import DatabaseService
from services.inventory_service.downloads import Downloads
from services.models.core import Query
from services.query_service import QueryService
from services.schedule_service.form import ScheduleForm
from services.schedule_service.form import check as check_form
from services.starter import load_library

pytestmark = pytest.mark.usefixtures("as_engineer")
REGION = "WHERE region = 'us-east-1'"
FINE = (
    f"SELECT vpc_id FROM aws.ec2.vpcs {REGION}; -- the end",
    f"SELECT vpc_id FROM aws.ec2.vpcs {REGION};;\n/* it's; the end */;",
    f"-- DELETE FROM x;\nsElEcT vpc_id FrOm aws.ec2.vpcs {REGION}",
    "SELECT v.vpc_id FROM aws.ec2.vpcs v, aws.ec2.volumes o WHERE v.region = 'us-east-1' AND o.region = 'us-east-1'",
    "SELECT v.vpc_id FROM aws.ec2.vpcs v CROSS JOIN aws.ec2.subnets s"
    " WHERE v.region = 'us-east-1' AND s.region = 'us-east-1'",
    "SELECT v.vpc_id FROM aws.ec2.vpcs v JOIN aws.ec2.subnets s ON v.vpc_id = s.vpc_id"
    " WHERE v.region = 'us-east-1' AND s.region = 'us-east-1' AND NOT v.vpc_id BETWEEN 'a' AND 'b'",
    f"SELECT count(*) AS count, max(vpc_id) AS replace FROM aws.ec2.vpcs {REGION} GROUP BY region",
    f"SELECT vpc_id, x'41' AS a, '[1,\n2]' AS b FROM aws.ec2.vpcs {REGION}",
    "SHOW INSERT INTO aws.s3.buckets; -- the end",
    "SHOW EXTENDED RESOURCES IN aws.ec2",
    "show version;;",
    "DESCRIBE EXTENDED aws.ec2.vpcs; /* the end */",
)
REFUSED = (
    "DELETE FROM aws.ec2.vpcs",
    "SELECT 1; DELETE FROM aws.ec2.vpcs",
    "SELECT * FROM (EXEC aws.ec2.vpcs.stop) x",
    "SELECT 1 // one",
    "SELECT 'a\nb'",
    f"SELECT vpc_id FROM aws.ec2.vpcs {REGION} AND vpc_id = x'41'",
    "SHOW INSERT INTO aws.s3.buckets SELECT 1",
)
WRONG = (
    f"SELECT functon_name FROM aws.lambda.functions, json_each(layers) {REGION}",
    "SELECT group_id, r.valeu FROM aws.ec2.security_groups, json_each(security_group_ingress) r"
    " WHERE region = 'eu-central-1'",
    f"SELECT vm_id FROM aws.ec2.instances {REGION}",
    "SELECT vpc_id FROM aws.ec2.vpcs; -- the end",
    f"SELECT vpc_id FROM aws.ec2.vpcz {REGION};;",
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Engine]:
    made = engines.create(read_settings(inventory_engine="sample"))
    yield made
    made.close()


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def service(db: DatabaseService, cloud: Engine, tmp_path: Path) -> QueryService:
    downloads = Downloads(tmp_path / "downloads")
    return QueryService(
        db.queries, db.history, lambda: cloud, folder=tmp_path / "queries", downloads=downloads
    )


@pytest.fixture(autouse=True)
def of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")


def run_check(sql: str) -> int:
    """The exit code of `inventory-runner check`."""
    try:
        main(["check", sql])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def say_of_schedule(db: DatabaseService, sql: str) -> str:
    """What the schedule's form says of the saved query; empty where nothing is wrong with it."""
    saved = db.save_query(Query("One reading", "SELECT 1"))
    with db.engine.begin() as connection:
        # as if it had been saved before a rule came
        connection.execute(
            sa.text("UPDATE stackql_app.queries SET query_text = :sql WHERE id = :id"),
            {"sql": sql, "id": saved},
        )
    problem = check_form(ScheduleForm(query_id=saved), db.queries, db.schedules).problems.get("query_id")
    db.delete_query(saved)
    return "" if problem is None else problem.message


def end(service: QueryService, sql: str) -> tuple[str, str]:
    """How Run ends: its status, and the words of its error."""
    state = service.runner.start(sql)
    wait_until(lambda: service.runner.poll(state.id).status.final)
    ended = service.runner.poll(state.id)
    return str(ended.status), str((ended.error or {}).get("message", ""))


@pytest.mark.parametrize("sql", FINE)
def test_all_take_what_reads(sql: str, cloud: Engine, service: QueryService, db: DatabaseService) -> None:
    statement = guard.check(read(sql), Source.LIVE)
    assert preflight.examine(statement, cloud).problems == ()
    assert service.check(sql).findings == ()
    assert check_sql(sql, cloud).ok
    assert run_check(sql) == 0
    assert say_of_schedule(db, sql) == ""
    assert end(service, sql) == ("succeeded", "")


@pytest.mark.parametrize("sql", REFUSED)
def test_all_refuse_what_may_change_something(
    sql: str, cloud: Engine, service: QueryService, db: DatabaseService
) -> None:
    with pytest.raises(StatementRefused) as refused:
        guard.check(read(sql), Source.LIVE)
    words = refused.value.full_message
    assert [(one.message, one.refused) for one in service.check(sql).findings] == [(words, True)]
    assert (check_sql(sql, cloud).ok, run_check(sql)) == (False, 3)
    assert refused.value.message in check_sql(sql, cloud).text
    assert say_of_schedule(db, sql) == words
    with pytest.raises(InventoryError, match=re.escape(refused.value.message)):
        service.runner.start(sql)


@pytest.mark.parametrize("sql", WRONG)
def test_all_name_what_is_missing_or_unknown(
    sql: str, cloud: Engine, service: QueryService, capfd: pytest.CaptureFixture[str]
) -> None:
    found = preflight.examine(guard.check(read(sql), Source.LIVE), cloud)
    (problem,) = found.problems
    (finding,) = service.check(sql).findings
    assert (finding.message, finding.refused) == (problem.message, False)
    # each fix mends it
    assert finding.fixes
    fixed = guard.check(read(finding.fixes[0][1]), Source.LIVE)
    assert preflight.examine(fixed, cloud).problems == ()
    checked = check_sql(sql, cloud)
    assert (checked.ok, checked.problems) == (False, (problem.message,))
    assert run_check(sql) in (1, 4)
    said = problem.message.split(" Did you mean")[0]
    assert said in capfd.readouterr().err
    status, words = end(service, sql)
    assert (status, said in words) == ("failed", True)


def test_what_cannot_be_told_is_said_by_all_and_stops_nothing(
    cloud: Engine, service: QueryService, capfd: pytest.CaptureFixture[str]
) -> None:
    sql = f"SELECT vpc_id FROM aws.ec2.vpcs {REGION} AND owner = 'me'"
    (doubt,) = preflight.examine(guard.check(read(sql), Source.LIVE), cloud).doubts
    assert [one.message for one in service.check(sql).findings] == [doubt]
    checked = check_sql(sql, cloud)
    assert (checked.ok, checked.text) == (True, f"resource and parameters found; {doubt}")
    assert run_check(sql) == 0
    said = capfd.readouterr().out
    assert doubt in said and "Fine" not in said


@pytest.mark.parametrize("query", load_library().queries, ids=lambda query: query.name)
def test_of_every_starter_query_all_is_found(query: Query, cloud: Engine) -> None:
    checked = check_sql(query.query_text, cloud)
    assert (checked.ok, checked.problems) == (True, ())
    assert checked.text.startswith("resource, columns and parameters found")
