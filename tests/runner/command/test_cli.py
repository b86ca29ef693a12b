"""The command line: what goes to stdout and what to stderr, the exit codes, and words for every bad value."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes import stackql
from fakes.waiting import PATIENCE_SECONDS, process_gone, wait_until

from inventory_runner.command import options, output
from inventory_runner.command.cli import main
from inventory_runner.contract import QueryResult, exact_number_field
from inventory_runner.errors import InvalidInput
from inventory_runner.models import Run, RunStatus
from inventory_runner.settings import load_dotenv
from inventory_runner.store import run_reads

VPCS = "SELECT vpc_id, region, tags FROM aws.ec2.vpcs WHERE region = :region"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stackql.FakeStackQL:
    """The stand-in program, for this process and its children."""
    made = stackql.install(tmp_path / "bin")
    made.answer("^SHOW METHODS", [{"MethodName": "list", "RequiredParams": "", "SQLVerb": "SELECT"}])
    monkeypatch.setenv("STACKQL_BINARY", str(made.binary))
    monkeypatch.setenv("INVENTORY_ENGINE", "stackql")
    return made


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = 0
        try:
            main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "inventory_runner", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def schedule(engine: sa.Engine, sql: str, values: dict[str, list[str]], **columns: Any) -> int:
    with engine.begin() as connection:
        query = connection.execute(
            sa.text("INSERT INTO stackql_app.queries (name, query_text) VALUES ('q', :sql) RETURNING id"),
            {"sql": sql},
        ).scalar_one()
        made = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules"
                " (query_id, cron_expression, target_table, key_columns, parameter_values, job_id)"
                " VALUES (:query, '* * * * *', 'vpcs', '{vpc_id}', CAST(:values AS jsonb), 'local-1') RETURNING id"
            ),
            {"query": query, "values": json.dumps(values)},
        ).scalar_one()
        for name, value in columns.items():
            connection.execute(sa.text(f"UPDATE stackql_app.schedules SET {name} = :value"), {"value": value})
        return int(made)


def test_numbers_that_no_double_holds_are_numbers_in_json() -> None:
    field, wide = exact_number_field("n"), "18446744073709551616"
    table = pa.table([pa.array([wide, None, "2"], pa.string())], schema=pa.schema([field]))
    stream = io.BytesIO()
    output.write(QueryResult(table), "json", stream)
    assert stream.getvalue().decode().split() == ["[", f'{{"n":{wide}}},', '{"n":null},', '{"n":2}', "]"]


def test_json_is_one_array_on_stdout_and_nothing_else(call: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = call(
        "query",
        f"{VPCS} ORDER BY vpc_id",
        "--engine",
        "sample",
        "--param",
        "region=us-east-1",
        "--format",
        "json",
    )
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert len(rows) > 0
    assert {row["region"] for row in rows} == {"us-east-1"}
    assert isinstance(rows[0]["tags"], list)  # JSON values are JSON, not text
    assert list(rows[0]) == ["vpc_id", "region", "tags"]


def test_a_part_of_an_answer_is_printed_and_said_and_ends_with_3(fake: stackql.FakeStackQL) -> None:
    fake.answer("vpcs", [{"vpc_id": str(number)} for number in range(10_000)])  # the page limit, perhaps
    child = start("query", "SELECT vpc_id FROM aws.ec2.vpcs", "--format", "json")
    out, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert len(json.loads(out)) == 10_000
    assert err.startswith("WARNING: ")
    # whoever reads the file alone must not take a part for the whole
    assert child.returncode == 3


def test_csv_and_table(call: Callable[..., tuple[int, str, str]], fake: stackql.FakeStackQL) -> None:
    rows = [
        {"name": 'a "quoted", one', "note": "two\nlines", "size": 12, "none": None},
        {"name": "", "note": "\x1b[31mred", "size": 3, "none": "x" * 100},
    ]
    fake.answer("vpcs", rows)
    code, out, _ = call("query", "SELECT * FROM aws.ec2.vpcs", "--format", "csv")
    assert code == 0
    assert list(csv.reader(io.StringIO(out, newline=""))) == [
        ["name", "note", "size", "none"],
        ['a "quoted", one', "two\nlines", "12", ""],
        ["", "\x1b[31mred", "3", "x" * 100],
    ]
    assert out.splitlines()[-1].startswith('"",')  # an empty text is not NULL
    code, out, _ = call("query", "SELECT * FROM aws.ec2.vpcs")
    assert code == 0
    assert "\x1b" not in out  # a cloud's text must not steer the terminal
    assert out.splitlines()[2] == 'a "quoted", one  two lines    12  -'
    assert out.splitlines()[-1] == "(2 rows)"


def test_no_rows_is_an_empty_array(
    call: Callable[..., tuple[int, str, str]], fake: stackql.FakeStackQL
) -> None:
    fake.answer("", stdout="null")
    code, out, _ = call("query", "SELECT vpc_id FROM aws.ec2.vpcs", "--format", "json")
    assert (code, json.loads(out)) == (0, [])


def test_the_statement_can_come_from_stdin(fake: stackql.FakeStackQL) -> None:
    fake.answer("", [{"one": 1}])
    done = subprocess.run(
        [sys.executable, "-m", "inventory_runner", "query", "-", "--format", "json"],
        input="SELECT one\nFROM aws.ec2.vpcs -- a comment\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, [{"one": 1}])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'"], 0, "aws.ec2.vpcs"),
        (["check", "DELETE FROM aws.ec2.vpcs"], 3, "Only statements that read"),
        (["check", "SELECT 1; SELECT 2"], 3, "Only statements that read"),
        (["check", "SELECT vpc_id FROM aws.ec2.vpcs"], 4, "WHERE region = :region"),
        (["check", "SELECT vpc_id FROM aws.ec2.vpcz"], 1, "aws.ec2.vpcs"),
        (["check", "  "], 1, "SQL: The statement is empty"),
        (["query", VPCS], 1, "--param region="),
        (["query", VPCS, "--param", "region"], 1, "not NAME=VALUE"),
        (["query", VPCS, "--param", "region=a", "--param", "region=b"], 1, "given twice"),
        (["query", VPCS, "--param", "region=a", "--param", "zone=b"], 1, "no :zone"),
        (["query", VPCS, "--timeout", "soon"], 1, "--timeout: 'soon' is not a time limit"),
        (["query", VPCS, "--format", "xml"], 1, "--format: invalid choice: 'xml'"),
        (["query", "SELECT vpc_id FROM aws.ec2.vpcs"], 1, "needs region."),
        (["query", "SELECT nonsense FROM aws.ec2.vpcs WHERE region = 'us-east-1'"], 1, "nonsense"),
        (["query", "SELECT FROM WHERE"], 1, "Error: "),
        (["quartz", "0 6 * * 1-5"], 0, "0 0 6 ? * MON-FRI"),
        (["quartz", "0 6 1 * 1-5"], 5, "Databricks cannot express"),
        (["quartz", "0 6 * *"], 1, "has 4"),
        (
            ["quartz", "0 6 * * *", "--timezone", "Mars/Olympus"],
            1,
            "--timezone: 'Mars/Olympus' is not a time zone",
        ),
        (["quartz", "0 6 * * *", "--next", "-1"], 1, "--next"),
        (["run"], 1, "--schedule-id"),
        (["run", "--schedule-id", "0"], 1, "--schedule-id: '0' is not an id"),
        (["run", "--schedule-id", "99999999999"], 1, "is not an id"),
        (["run", "--schedule-id", "1", "--query-id", "2"], 1, "not allowed with"),
        (["run", "--query-id", "2"], 1, "--target-table: A query without a schedule needs a table"),
        (["run", "--schedule-id", "1", "--target-table", "x"], 1, "--target-table"),
        (["run", "--schedule-id", "1", "--at", "yesterday"], 1, "--at: 'yesterday' is not a time"),
        (
            ["run", "--schedule-id", "1", "--engine", "stackql", "--at", "2026-01-01"],
            1,
            "--at: A time can be given",
        ),
        (["run", "--schedule-id", "1", "--db-host", "h"], 1, "--db-name and --db-user"),
        (["run", "--schedule-id", "1", "--db-name", "d"], 1, "Give --db-host"),
        (["run", "--schedule-id", "1", "--db-port", "many"], 1, "--db-port: 'many' is not a port"),
        (["frobnicate"], 1, "invalid choice: 'frobnicate'"),
        ([], 1, "COMMAND"),
    ],
)
def test_exit_codes_and_words(
    call: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    found, out, err = call(*arguments)
    assert (found, says in out + err) == (code, True), err
    assert "Traceback" not in err
    if code:
        assert out == ""
        assert err.startswith("Error: ")


def test_without_a_database_the_message_says_what_to_set(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    code, _, err = call("run", "--schedule-id", "1", "--engine", "sample")
    assert (code, "DATABASE_URL" in err) == (1, True)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/none")
    code, _, err = call("init-db")
    assert (code, "Traceback" in err, "hunter2" in err) == (1, False, False)
    monkeypatch.setenv("INVENTORY_ENGINE", "magic")
    code, _, err = call("check", "SELECT 1")
    assert (code, "INVENTORY_ENGINE is 'magic'" in err) == (1, True)


def test_a_database_without_the_schema_says_so(
    call: Callable[..., tuple[int, str, str]], engine: sa.Engine, fake: stackql.FakeStackQL
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA stackql_app CASCADE"))
    code, _, err = call("run", "--schedule-id", "1")
    assert (code, "inventory-runner init-db" in err) == (1, True)
    assert call("init-db")[0] == 0
    assert call("init-db")[0] == 0
    code, _, err = call("run", "--schedule-id", "1")
    assert (code, "no schedule 1" in err) == (1, True)


def test_the_options_of_a_job_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = options.make_parser().parse_args(
        [
            "run",
            "--schedule-id",
            "1",
            "--db-host",
            "new",
            "--db-name",
            "d",
            "--db-user",
            "u",
            "--db-endpoint",
            "e",
        ]
    )
    environ = {
        "DATABASE_URL": "postgresql://a:secret@old/x",
        "LAKEBASE_PASSWORD": "p",
        "LAKEBASE_HOST": "older",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = options.read_settings(chosen)
    assert (found.database_url, found.lakebase_host, found.lakebase_database, found.lakebase_user) == (
        "",
        "new",
        "d",
        "u",
    )
    assert (found.lakebase_endpoint, found.lakebase_password) == ("e", "p")
    # a job passes what it has, which may be nothing
    empty = options.make_parser().parse_args(["run", "--schedule-id", "1", "--db-host", "", "--db-port", ""])
    assert options.read_settings(empty).database_url == environ["DATABASE_URL"]
    only_port = options.make_parser().parse_args(["run", "--schedule-id", "1", "--db-port", "6543"])
    with pytest.raises(InvalidInput):
        options.read_settings(only_port)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("LAKEBASE_DATABASE", "d")
    monkeypatch.setenv("LAKEBASE_USER", "u")
    assert options.read_settings(only_port).lakebase_port == 6543


def test_runs_exit_codes_say_how_it_went(
    call: Callable[..., tuple[int, str, str]], engine: sa.Engine, fake: stackql.FakeStackQL
) -> None:
    made = schedule(engine, VPCS, {"region": ["us-east-1", "eu-west-1"]})
    fake.answer("eu-west-1", stdout="null", stderr="http response status code: 403, response body: no")
    fake.answer("us-east-1", [{"vpc_id": "vpc-1"}])
    code, out, _ = call("run", "--schedule-id", str(made))
    assert code == 3
    (line,) = out.splitlines()
    assert line == (
        "PARTIAL stackql_inventory.vpcs: 1 row; 0 added, 0 removed, 0 changed."
        " 1 of 2 scopes was not read whole: eu-west-1 (denied)."
    )
    fake.clear()
    fake.answer("", stdout="null", stderr="http response status code: 403, response body: no")
    code, out, _ = call("run", "--schedule-id", str(made))
    assert (code, out.startswith("FAILED")) == (1, True)
    fake.clear()
    fake.answer("", [{"vpc_id": "vpc-1"}])
    code, out, _ = call(
        "run", "--schedule-id", str(made), "--job-run-id", "77", "--job-run-url", "https://x/77"
    )
    assert (code, out.startswith("SUCCESS")) == (0, True)
    run = run_reads.find_latest_run(engine, made)
    assert run is not None
    assert (run.job_run_id, run.job_run_url) == ("77", "https://x/77")


def test_sigterm_cancels_a_run_with_its_programs(engine: sa.Engine, fake: stackql.FakeStackQL) -> None:
    made = schedule(engine, VPCS, {"region": ["us-east-1"]})
    fake.answer("", hang=True)
    child = start("run", "--schedule-id", str(made))
    (one,) = wait_until(lambda: fake.calls)
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=PATIENCE_SECONDS)
    assert (child.returncode, out.startswith("CANCELLED")) == (1, True)
    wait_until(lambda: process_gone(one["pid"]))


def test_ctrl_c_ends_a_query_with_its_program(fake: stackql.FakeStackQL) -> None:
    fake.answer("", hang=True)
    child = start("query", "SELECT vpc_id FROM aws.ec2.vpcs")
    wait_until(lambda: any("SELECT" in one["argv"][2] for one in fake.calls))
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert (child.returncode, out, "Traceback" in err) == (130, "", False)
    wait_until(lambda: all(process_gone(one["pid"]) for one in fake.calls))


def test_a_reader_that_has_seen_enough_is_no_error(fake: stackql.FakeStackQL) -> None:
    fake.answer("", [{"vpc_id": "x" * 50, "number": number} for number in range(20_000)])
    child = start("query", "SELECT vpc_id FROM aws.ec2.vpcs", "--format", "csv")
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline()
    child.stdout.close()
    assert "Traceback" not in child.stderr.read()
    assert child.wait(PATIENCE_SECONDS) == 0


def test_credentials_never_reach_argv_and_only_their_provider(
    call: Callable[..., tuple[int, str, str]], fake: stackql.FakeStackQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret")
    monkeypatch.setenv("OKTA_API_TOKEN", "okta-secret")
    fake.answer("", [{"vpc_id": "1"}])
    assert call("query", "SELECT vpc_id FROM aws.ec2.vpcs")[0] == 0
    query = next(one for one in fake.calls if "SELECT" in one["argv"][2])
    assert query["env"]["AWS_SECRET_ACCESS_KEY"] == "aws-secret"
    assert "OKTA_API_TOKEN" not in query["env"]
    assert "secret" not in " ".join(query["argv"])


def test_the_scheduler_is_local_only(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, engine: sa.Engine
) -> None:
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    code, _, err = call("scheduler")
    assert (code, "local development" in err) == (1, True)


def test_the_scheduler_starts_real_runs_and_stops_with_them(
    engine: sa.Engine, fake: stackql.FakeStackQL
) -> None:
    fake.answer("us-east-1", [{"vpc_id": "vpc-1"}])
    fake.answer("eu-west-1", hang=True)
    # a time has passed while no scheduler was there
    made = schedule(engine, VPCS, {"region": ["us-east-1"]}, updated_at="2026-01-01")
    child = start("scheduler")

    def newest(status: RunStatus) -> Run | None:
        run = run_reads.find_latest_run(engine, made)
        return run if run and run.status is status else None

    try:
        first = wait_until(lambda: newest(RunStatus.SUCCESS))
        assert (first.trigger, first.requested_by) == ("schedule", "scheduler")
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.schedules SET last_fired_at = '2026-01-01', updated_at = '2026-01-02',"
                    " parameter_values = CAST(:values AS jsonb)"
                ),
                {"values": '{"region": ["eu-west-1"]}'},
            )
        wait_until(lambda: any("eu-west-1" in one["argv"][2] for one in fake.calls))
    finally:
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert (child.returncode, "Traceback" in err) == (0, False)
    assert newest(RunStatus.CANCELLED)


def test_the_checkout_s_env_file_is_read_and_gives_way_to_what_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "runner" / "src" / "inventory_runner" / "__init__.py"
    monkeypatch.setattr("inventory_runner.__file__", str(package))
    (tmp_path / ".env").write_text("LAKEBASE_HOST=from-file\nLAKEBASE_USER=from-file\n")
    monkeypatch.setenv("LAKEBASE_USER", "mine")
    monkeypatch.setenv("LAKEBASE_HOST", "")
    monkeypatch.delenv("LAKEBASE_HOST")
    load_dotenv()
    assert (os.environ.pop("LAKEBASE_HOST"), os.environ["LAKEBASE_USER"]) == ("from-file", "mine")
    # an installed wheel lies beside no project of ours
    monkeypatch.setattr(
        "inventory_runner.__file__", str(tmp_path / "lib" / "inventory_runner" / "__init__.py")
    )
    load_dotenv()
    assert "LAKEBASE_HOST" not in os.environ


def test_the_program_that_runs_is_told_and_one_that_does_not_is_an_error(
    call: Callable[..., tuple[int, str, str]], fake: stackql.FakeStackQL, tmp_path: Path
) -> None:
    assert call("test-program") == (0, "stackql v0.10.1 runs.\n", "")
    code, _, err = call("test-program", "--stackql-binary", str(tmp_path / "none"))
    assert (code, "there is no such file" in err) == (1, True)
    archive = tmp_path / "registry.tar.gz"
    archive.write_bytes(b"no archive")
    code, _, err = call("test-program", "--stackql-registry", str(archive))
    assert (code, "cannot be unpacked" in err) == (1, True)
