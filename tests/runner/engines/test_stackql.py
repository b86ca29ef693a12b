"""The StackQL engine: real pystackql in real worker processes, against a stand-in program in every mode."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import stackql as fake_stackql
from fakes.clock import Clock
from fakes.serving import serving
from fakes.settings import settings_of
from fakes.stackql import FakeStackQL
from fakes.waiting import PATIENCE_SECONDS, join, processes_in_session, wait_until

from inventory_runner.contract import (
    AccessDenied,
    AnswerTooLarge,
    CancelToken,
    EngineError,
    EngineMissing,
    MissingParameter,
    QueryCancelled,
    QueryResult,
    QuerySyntaxError,
    QueryTimeout,
    Throttled,
    UnknownResource,
    WorkerDied,
    holds_exact_numbers,
)
from inventory_runner.engines import release, stackql_backend
from inventory_runner.engines.stackql import StackQLEngine
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

SQL = "SELECT name FROM google.storage.buckets WHERE project = 'p'"
HTTP_403 = "http response status code: 403, response body: {'message': 'forbidden'}\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> FakeStackQL:
    return fake_stackql.install(tmp_path_factory.mktemp("program"))


@pytest.fixture
def program(installed: FakeStackQL) -> FakeStackQL:
    installed.clear()
    return installed


@pytest.fixture(scope="module")
def engine(installed: FakeStackQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackQLEngine]:
    environ = {
        "STACKQL_BINARY": str(installed.binary),
        "STACKQL_APPROOT": str(tmp_path_factory.mktemp("a root")),
        "STACKQL_PULL": "never",
    }
    made = StackQLEngine(settings_of(environ))
    yield made
    made.close()


def execute(
    engine: StackQLEngine, sql: str = SQL, timeout: float = PATIENCE_SECONDS, **options: object
) -> QueryResult:
    given: dict[str, object] = {"credentials": {}, "cancel": CancelToken(), **options}
    return engine.execute(guard.check(read(sql), Source.LIVE), timeout=timeout, **given)  # type: ignore[arg-type]


def test_rows_become_a_table(engine: StackQLEngine, program: FakeStackQL) -> None:
    rows = [
        {"name": "FAILED to find a name", "size": 1, "labels": {"b": 1, "a": 2}, "when": None, "mixed": 1},
        {
            "name": "",
            "size": 2**62,
            "labels": None,
            "when": {"String": "", "Valid": False},
            "mixed": "x",
            "late": True,
        },
    ]
    program.answer(rows=rows)
    result = execute(engine)
    assert result.complete
    assert result.json_columns == {"labels"}
    assert result.table.to_pylist() == [
        {
            "name": "FAILED to find a name",
            "size": 1,
            "labels": '{"a":2,"b":1}',
            "when": None,
            "mixed": "1",
            "late": None,
        },
        {"name": "", "size": 2**62, "labels": None, "when": None, "mixed": "x", "late": True},
    ]


@pytest.mark.parametrize("text", ["null", "[]"])
def test_no_rows_is_an_empty_table(engine: StackQLEngine, program: FakeStackQL, text: str) -> None:
    program.answer(stdout=text)
    result = execute(engine)
    assert (result.table.num_rows, result.complete, result.warnings) == (0, True, ())


@pytest.mark.parametrize(
    ("stdout", "stderr", "error"),
    [
        ("null", HTTP_403, AccessDenied),
        ("[]", "http response status code: 401, response body: ''", AccessDenied),
        ("null", "http response status code: 429, response body: ''", Throttled),
        ("null", "http response status code: 400, body: <Code>Throttling</Code> Rate exceeded", EngineError),
        ("null", "http response status code: 500, response body: ''", EngineError),
        ("null", "something that nobody has seen before", EngineError),
        ("", "", EngineError),
        ("not json", "", EngineError),
        ('[{"a":1}][{"a":2}]', "", EngineError),
        ("", "could not find resource 'buckts'", UnknownResource),
    ],
)
def test_a_failure_never_looks_like_no_rows(stdout: str, stderr: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        stackql_backend.read(io.BytesIO(stdout.encode()), stderr, SQL, None, 1000, {})


def test_a_403_beside_an_empty_answer_is_an_error(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(stdout="[]", stderr=HTTP_403)
    with pytest.raises(AccessDenied) as caught:
        execute(engine)
    assert "forbidden" in caught.value.details


def test_a_missing_parameter_is_named(engine: StackQLEngine, program: FakeStackQL) -> None:
    words = (
        "cannot find matching operation, possible causes include missing required parameters or an unsupported method "
        "for the resource, to find required parameters for supported methods run SHOW METHODS IN "
        "google.storage.buckets: missing required parameters: project"
    )
    program.answer(stdout="", stderr=words)
    with pytest.raises(MissingParameter) as caught:
        execute(engine)
    assert (caught.value.resource, caught.value.parameters) == ("google.storage.buckets", ("project",))


def test_a_syntax_error_names_its_line(engine: StackQLEngine, program: FakeStackQL) -> None:
    sql = "SELECT a -- one\n, b\nFRM c"
    program.answer(stdout="", stderr=f"syntax error at position {sql.index('FRM') + 1} near 'FRM'")
    with pytest.raises(QuerySyntaxError) as caught:
        execute(engine, sql)
    assert caught.value.line == 3


def test_rows_beside_an_error_are_a_partial_answer(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(rows=[{"a": 1}], stderr=HTTP_403)
    result = execute(engine)
    assert not result.complete
    assert "403" in result.warnings[0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM google.storage.buckets WHERE project IN ('p', 'q')",
        "SELECT kind, max(id) FROM google.storage.buckets WHERE project = 'p' GROUP BY kind",
        "SELECT b.id, i.id FROM google.storage.buckets b LEFT JOIN google.iam.roles i ON b.id = i.id",
    ],
)
def test_nothing_is_put_together_over_a_refused_call(
    engine: StackQLEngine, program: FakeStackQL, sql: str
) -> None:
    # as the program prints it: the calls that were refused count as empty
    program.answer(stdout='[{"n":"0"}]', stderr=HTTP_403)
    with pytest.raises(AccessDenied):
        execute(engine, sql)


def test_null_is_written_as_a_word_and_columns_come_by_name(
    engine: StackQLEngine, program: FakeStackQL
) -> None:
    program.answer(stdout='[{"a":"null","b":"x"},{"a":"1","b":"null"}]')
    result = execute(engine, "SELECT b, a AS A FROM google.storage.buckets WHERE project = 'p'")
    assert result.table.to_pydict() == {"b": ["x", None], "a": [None, "1"]}
    assert result.table.column_names == ["b", "a"]


REPOS = [
    {"name": "id", "type": "integer"}, {"name": "size", "type": "number"}, {"name": "archived", "type": "boolean"},
    {"name": "owner", "type": "object"}, {"name": "topics", "type": "array"}, {"name": "account", "type": "string"},
]  # fmt: skip


def test_values_have_the_types_that_describe_gives_them(engine: StackQLEngine, program: FakeStackQL) -> None:
    """The program prints every value as text."""
    program.answer("DESCRIBE EXTENDED github.repos.repos", rows=REPOS)
    program.answer(
        "SELECT",
        rows=[
            {
                "account": "012345678901",
                "archived": "true",
                "id": "7",
                "n": "2",
                "owner": '{"b":1,"a":2}',
                "size": "1.5",
                "topics": '["x"]',
            },
            {
                "account": "null",
                "archived": "0",
                "id": "9007199254740993",
                "n": "1",
                "owner": "null",
                "size": "2",
                "topics": "[]",
            },
        ],
    )
    sql = (
        "SELECT id, size, archived, owner, topics, account, count(*) AS n FROM github.repos.repos GROUP BY id"
    )
    result = execute(engine, sql)
    assert result.table.to_pylist() == [
        {
            "id": 7,
            "size": 1.5,
            "archived": True,
            "owner": '{"a":2,"b":1}',
            "topics": '["x"]',
            "account": "012345678901",
            "n": 2,
        },
        {
            "id": 2**53 + 1,
            "size": 2.0,
            "archived": False,
            "owner": None,
            "topics": "[]",
            "account": None,
            "n": 1,
        },
    ]
    assert result.json_columns == {"owner", "topics"}


def test_a_value_that_is_not_of_its_columns_type_is_kept_apart(
    engine: StackQLEngine, program: FakeStackQL
) -> None:
    program.answer("DESCRIBE EXTENDED github.repos.repos", rows=REPOS)
    good = {"id": "7", "archived": "true", "size": "0.5", "owner": '{"a":1}'}
    deep = "[" * 5_000 + "]" * 5_000
    bad = [
        ("id", "x"),
        ("archived", "maybe"),
        ("size", "1,5"),
        ("owner", "{"),
        ("owner", "x"),
        ("owner", deep),
    ]
    program.answer("SELECT", rows=[good, *({**good, column: text} for column, text in bad)])
    result = execute(engine, "SELECT * FROM github.repos.repos WHERE org = 'x'")
    first, *others = result.table.to_pylist()
    assert first == {"id": 7, "archived": True, "size": 0.5, "owner": '{"a":1}', "_unread": None}
    for row, (column, text) in zip(others, bad, strict=True):
        assert json.loads(row["_unread"]) == {column: text}
        assert row == {**first, column: None, "_unread": row["_unread"]}
    assert result.json_columns == {"owner", "_unread"}
    said = "\n".join(result.unread)
    assert len(result.unread) == 4
    for words in (
        "1 value of id is no whole number",
        "1 value of archived is neither true nor false",
        "1 value of size is no number",
        "3 values of owner are neither a JSON object nor an array",
    ):
        assert words in said


@pytest.mark.parametrize("text", ["7.5", "9223372036854775808"])
def test_numbers_that_no_integer_holds_keep_their_digits(
    engine: StackQLEngine, program: FakeStackQL, text: str
) -> None:
    program.answer("DESCRIBE EXTENDED github.repos.repos", rows=REPOS)
    program.answer("SELECT", rows=[{"id": "7"}, {"id": text}])
    table = execute(engine, "SELECT * FROM github.repos.repos WHERE org = 'x'").table
    assert table.column("id").to_pylist() == ["7", text]
    assert holds_exact_numbers(table.schema.field("id"))


def test_a_query_is_not_kept_from_running_by_a_describe_that_fails(
    engine: StackQLEngine, program: FakeStackQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory_runner.engines.stackql.TYPES_TIMEOUT_SECONDS", 0.3)
    program.answer("DESCRIBE EXTENDED github.repos.views", stderr="cannot find matching operation")
    program.answer("DESCRIBE EXTENDED github.repos.hangs", hang=True)
    program.answer("SELECT", rows=[{"id": "7"}])
    for name in ("views", "hangs"):
        assert execute(engine, f"SELECT id FROM github.repos.{name}").table.to_pylist() == [{"id": "7"}]


def test_columns_that_the_program_merged_are_said(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer("SELECT", rows=[{"size": "7"}])
    assert "1 of 2 columns is missing" in execute(engine, "SELECT size, sum(size) FROM a.b.c").warnings[0]
    for sql in ("SELECT size FROM a.b.c", "SELECT * FROM a.b.c", "SELECT c.*, size FROM a.b.c"):
        assert execute(engine, sql).warnings == ()


def test_a_row_without_any_value_is_not_an_answer(engine: StackQLEngine, program: FakeStackQL) -> None:
    # what it makes of a sign-in page
    program.answer(stdout='[{"id":"null","name":"null"}]')
    result = execute(engine)
    assert (result.table.num_rows, result.complete) == (0, False)
    assert "sign-in page" in result.warnings[0]
    assert execute(engine, "SELECT max(id) AS id FROM google.storage.buckets").table.num_rows == 1


def test_a_column_that_is_no_json_is_counted(engine: StackQLEngine, program: FakeStackQL) -> None:
    """What counts is asked for beside the query's own columns, and is none of the answer's."""
    sql = "SELECT id, json_extract(state, '$.name') AS state FROM aws.ec2.instances WHERE region = 'a'"
    program.answer(
        "_not_json_1", rows=[{"id": str(n), "state": "null", "_not_json_1": "1"} for n in range(12)]
    )
    result = execute(engine, f"{sql} LIMIT 5")
    assert result.table.column_names == ["id", "state"]
    assert result.complete
    assert result.warnings == ("state is no JSON in 12 rows: what is taken from it is NULL there.",)
    program.clear()
    program.answer("_not_json_1", rows=[{"id": "1", "state": "running", "_not_json_1": "0"}])
    assert execute(engine, sql).warnings == ()
    program.clear()
    program.answer(rows=[])
    assert "state is read as JSON" in execute(engine, f"{sql} AND json_extract(state, '$.n') = 1").warnings[0]


def test_a_list_that_an_answer_leaves_out_is_empty(engine: StackQLEngine, program: FakeStackQL) -> None:
    # how Google says that there are none
    program.answer(stdout="null", stderr="error processing response: unknown key items\n")
    result = execute(engine)
    assert (result.table.num_rows, result.complete) == (0, True)
    assert "“items”" in result.warnings[0]


@pytest.mark.parametrize(
    ("resource", "complete"), [("google.compute.disks", True), ("aws.ec2.volumes", False)]
)
def test_a_list_that_one_of_several_answers_leaves_out(
    engine: StackQLEngine, program: FakeStackQL, resource: str, complete: bool
) -> None:
    """With IN there is an answer for each value: the rows of that one must not be taken for gone."""
    program.answer("SELECT", rows=[{"id": "1"}], stderr="error processing response: unknown key items\n")
    result = execute(engine, f"SELECT id FROM {resource} WHERE place IN ('a', 'b')")
    assert (result.table.num_rows, result.complete) == (1, complete)
    assert "One of the provider's answers has no “items”" in result.warnings[0]


def test_information_on_stderr_is_no_error(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(rows=[{"a": 1}], stderr="google provider, version 'v1' successfully installed\n")
    result = execute(engine)
    assert (result.complete, result.warnings) == (True, ())


def test_comments_and_lines_reach_the_program_harmlessly(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(rows=[{"a": 1}])
    execute(engine, "SELECT '--no' AS a -- yes\nFROM x.y.z /* and\nthis */ WHERE b = '#1'")
    sent = program.calls[-1]["argv"][2]
    assert " ".join(sent.split()) == "SELECT '--no' AS a FROM x.y.z WHERE b = '#1'"
    # StackQL would end its answer at a text that is no JSON, and not say so
    execute(engine, "SELECT json_extract(a, '$.b') AS c FROM x.y.z")
    assert "(CASE WHEN json_valid(a) THEN a END, '$.b')" in program.calls[-1]["argv"][2]


def test_what_stackql_computes_wrongly_is_made_right_or_refused(
    engine: StackQLEngine, program: FakeStackQL
) -> None:
    program.answer("DESCRIBE EXTENDED x.y.z", rows=[{"name": "a", "type": "string"}])
    program.answer(
        "SHOW METHODS IN x.y.z", rows=[{"MethodName": "l", "SQLVerb": "SELECT", "RequiredParams": "org"}]
    )
    program.answer("SELECT", rows=[{"a": "p"}, {"a": "p"}, {"a": "q"}, {"a": "r"}])
    result = execute(engine, "SELECT DISTINCT a FROM x.y.z WHERE a <> 'b' OR a IS NULL ORDER BY a LIMIT 2")
    assert (result.table.column("a").to_pylist(), result.complete) == (["p", "q"], True)
    sent = " ".join(program.calls[-1]["argv"][2].split())
    assert (
        sent
        == "SELECT DISTINCT a FROM x.y.z WHERE abs(NOT (NOT (a <> 'b') AND NOT (a IS NULL))) = 1 ORDER BY a"
    )
    assert execute(engine, "SELECT a FROM x.y.z ORDER BY a LIMIT 3", row_limit=2).complete is False
    with pytest.raises(QuerySyntaxError, match="org is a parameter"):
        execute(engine, "SELECT a FROM x.y.z WHERE org = 'x' OR a = 'p'")


def test_a_row_limit_is_said(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(rows=[{"a": index} for index in range(30)])
    result = execute(engine, row_limit=10)
    assert (result.table.num_rows, result.complete) == (10, False)
    assert execute(engine, row_limit=30).complete


def test_a_count_at_the_page_limit_is_incomplete(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(rows=[{"a": 1}] * 10_000)
    result = execute(engine)
    assert not result.complete
    assert "10,000" in result.warnings[0]


@pytest.mark.parametrize(("way", "error"), [("timeout", QueryTimeout), ("cancel", QueryCancelled)])
def test_a_hang_ends_at_the_timeout_or_a_cancel_with_no_process_left(
    engine: StackQLEngine,
    program: FakeStackQL,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    error: type[EngineError],
) -> None:
    clock, cancel = Clock(), CancelToken()
    monkeypatch.setattr("inventory_runner.engines.pool.time", clock)
    program.answer(hang=True)
    ends: list[BaseException] = []

    def work() -> None:
        try:
            execute(engine, timeout=300, cancel=cancel)
        except EngineError as raised:
            ends.append(raised)

    thread = threading.Thread(target=work)
    thread.start()
    (hanging,) = wait_until(lambda: program.hanging)
    # the worker, the program and the child that it has
    assert len(processes_in_session(hanging["session"])) >= 3
    if way == "timeout":
        clock.ahead = 300
    else:
        cancel.cancel()
    # the program would hang for ten minutes
    join(thread)
    assert [type(end) for end in ends] == [error]
    wait_until(lambda: not processes_in_session(hanging["session"]), "no process is left")


@pytest.mark.parametrize("where", ["stdout", "stderr", "file"])
def test_an_answer_without_end_is_ended_at_its_limit_while_it_is_written(
    program: FakeStackQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    # where workers' folders are made
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    environ = {"STACKQL_BINARY": str(program.binary), "STACKQL_ANSWER_MB": "2"}
    program.answer(flood=where)
    engine = StackQLEngine(settings_of(environ))
    try:
        with pytest.raises(AnswerTooLarge, match=r"2 MB.*STACKQL_ANSWER_MB"):
            execute(engine)
        (flooding,) = program.hanging
        wait_until(lambda: not processes_in_session(flooding["session"]), "no process is left")
    finally:
        engine.close()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_answer_larger_than_its_limit_is_none_however_quick_it_was(
    program: FakeStackQL, tmp_path: Path
) -> None:
    environ = {"STACKQL_BINARY": str(program.binary), "STACKQL_ANSWER_MB": "1"}
    fits = [{"name": "x" * 1000}] * 1000
    program.answer("buckets", rows=fits * 2)
    program.answer("instances", rows=fits)
    engine = StackQLEngine(settings_of(environ))
    try:
        with pytest.raises(AnswerTooLarge):
            execute(engine)
        found = execute(
            engine, "SELECT name FROM google.compute.instances WHERE project = 'p' AND zone = 'z'"
        )
        assert found.table.num_rows == len(fits)
    finally:
        engine.close()


@pytest.mark.parametrize("how", ["kill", "kill_parents"])
def test_a_killed_program_is_an_error(engine: StackQLEngine, program: FakeStackQL, how: str) -> None:
    program.answer(**{how: True})
    with pytest.raises(WorkerDied if how == "kill_parents" else EngineError):
        execute(engine)


def test_credentials_reach_the_program_alone(
    engine: StackQLEngine, program: FakeStackQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_OWN_SECRET", "ours")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hidden@host/db")
    program.answer(rows=[{"a": 1}])
    execute(engine, credentials={"GOOGLE_CREDENTIALS": 'theirs "$HOME" `id`'})
    call = program.calls[-1]
    assert call["env"]["GOOGLE_CREDENTIALS"] == 'theirs "$HOME" `id`'
    assert "theirs" not in str(call["argv"])
    assert call["core"] == [0, 0]  # a dump would hold them
    assert not {"OUR_OWN_SECRET", "DATABASE_URL"} & call["env"].keys()
    assert "GOOGLE_CREDENTIALS" not in os.environ
    execute(engine)
    assert "GOOGLE_CREDENTIALS" not in program.calls[-1]["env"]


def test_the_environments_proxy_is_given_as_options_without_its_password(
    installed: FakeStackQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.clear()
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:s3cret@proxy.example.com:3128")
    engine = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(installed.binary), "STACKQL_APPROOT": str(tmp_path)})
    )
    execute(engine)
    engine.close()
    argv = installed.calls[-1]["argv"]
    at = argv.index("--http.proxy.host")
    assert argv[at : at + 6] == [
        "--http.proxy.host",
        "proxy.example.com",
        "--http.proxy.port",
        "3128",
        "--http.proxy.scheme",
        "http",
    ]
    assert "s3cret" not in " ".join(argv)


def test_a_secret_that_a_provider_repeats_is_hidden(engine: StackQLEngine, program: FakeStackQL) -> None:
    key = '{"type": "service_account", "project_id": "shop-prod", "private_key": "-----BEGIN\\nMIIcanary\\n"}'
    program.answer(stdout="null", stderr=f"{HTTP_403} shop-prod MIIcanary {key} /?k=canary%2Ftoken+%2B1")
    with pytest.raises(AccessDenied) as caught:
        execute(engine, credentials={"GOOGLE_CREDENTIALS": key, "OKTA_API_TOKEN": "canary/token +1"})
    shown = f"{caught.value} {caught.value.details}"
    assert "shop-prod" in shown
    assert "canary" not in shown


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "PYTHONPATH", "A=B", ""])
def test_a_credential_that_steers_the_program_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="steer"):
        stackql_backend.backend({"sql": SQL, "outermost": {}, "credentials": {"GOOD_TOKEN": "x", name: "x"}})
    assert "GOOD_TOKEN" not in os.environ


def test_a_query_longer_than_a_command_line_is_refused(engine: StackQLEngine, program: FakeStackQL) -> None:
    with pytest.raises(QuerySyntaxError, match="longer"):
        # fewer characters than the guard's limit, and more bytes than the program's
        execute(engine, f"SELECT '{'é' * 65_000}'")


def test_metadata_is_asked_once(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(
        "SHOW METHODS IN aws.ec2.vpcs",
        rows=[
            {"MethodName": "list", "RequiredParams": "region, VpcId", "SQLVerb": "SELECT"},
        ],
    )
    program.answer(
        "DESCRIBE EXTENDED aws.ec2.vpcs", rows=[{"name": "vpc_id", "type": "string", "description": "id"}]
    )
    before = len(program.calls)
    for _ in range(2):
        assert engine.methods("aws.ec2.vpcs")[0].required_parameters == ("region", "VpcId")
        assert engine.describe("aws.ec2.vpcs")[0].name == "vpc_id"
    assert len(program.calls) == before + 2


def test_what_is_built_into_the_program_is_no_provider(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer(
        "SHOW PROVIDERS",
        rows=[{"name": "stackql_preview", "version": "internal"}, {"name": "aws", "version": "v24.07.00246"}],
    )
    assert engine.providers() == ["aws"]


def test_on_a_fresh_machine_the_registry_s_providers_are_offered(
    tmp_path: Path, installed: FakeStackQL
) -> None:
    installed.clear()
    installed.answer("REGISTRY LIST", rows=[{"provider": "okta", "version": "v1"}, {"provider": "linode"}])
    installed.answer("REGISTRY PULL okta", stderr="okta provider successfully installed", installs="okta")
    installed.answer("SHOW SERVICES IN okta", rows=[{"name": "users"}], needs="okta")
    engine = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(installed.binary), "STACKQL_APPROOT": str(tmp_path / "root")})
    )
    before = len(installed.calls)
    assert engine.providers() == ["linode", "okta"] and engine.providers_at_hand() == []
    assert engine.services("okta") == ["users"]
    # what was fetched is here at once, however long lists are remembered
    installed.answer("SHOW PROVIDERS", rows=[{"name": "okta", "version": "v1"}])
    assert engine.providers_at_hand() == ["okta"] and engine.providers() == ["linode", "okta"]
    assert [call["argv"][2] for call in installed.calls[before:]].count("REGISTRY LIST") == 1
    engine.close()


def test_a_registry_that_cannot_be_asked_leaves_the_providers_that_we_know(
    tmp_path: Path, installed: FakeStackQL
) -> None:
    installed.clear()
    installed.answer(
        "REGISTRY LIST", stdout="", stderr='Get "https://registry.stackql.app/…": dial tcp: no such host'
    )
    installed.answer("SHOW PROVIDERS", rows=[])
    engine = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(installed.binary), "STACKQL_APPROOT": str(tmp_path)})
    )
    assert {"aws", "azure", "google", "github", "okta"} <= set(engine.providers())
    assert engine.providers_at_hand() == []
    engine.close()


def test_an_empty_list_is_not_remembered(
    engine: StackQLEngine, program: FakeStackQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory_runner.engines.stackql.EMPTY_KEPT_SECONDS", 0)
    program.answer("SHOW RESOURCES IN late.service", rows=[])
    assert engine.resources("late", "service") == []
    program.clear()
    program.answer("SHOW RESOURCES IN late.service", rows=[{"name": "things"}])
    assert engine.resources("late", "service") == ["things"]


def test_an_unknown_resource_has_near_names(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.answer("SHOW RESOURCES IN aws.ec2", rows=[{"name": "instances"}, {"name": "volumes"}])
    program.answer("SHOW METHODS", stdout="", stderr="could not locate resource 'instancs'")
    with pytest.raises(UnknownResource) as caught:
        engine.methods("aws.ec2.instancs")
    assert caught.value.near == ("aws.ec2.instances",)
    with pytest.raises(UnknownResource):
        engine.methods("aws.ec2.x; DELETE FROM y")


def test_a_providers_documents_are_fetched_when_first_named(tmp_path: Path, installed: FakeStackQL) -> None:
    installed.clear()
    installed.answer(
        "REGISTRY PULL aws", stderr="aws provider, version 'v1' successfully installed", installs="aws"
    )
    installed.answer("REGISTRY PULL", stderr="could not resolve provider 'awz'")
    installed.answer("DESCRIBE", rows=[{"name": "a", "type": "integer"}], needs="aws")
    installed.answer("aws[.]ec2[.]vpcs", rows=[{"a": "1"}], needs="aws")
    installed.answer(stderr="cannot find provider = 'awz'")
    engine = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(installed.binary), "STACKQL_APPROOT": str(tmp_path / "a root")})
    )
    before = len(installed.calls)
    sql = "SELECT a FROM aws.ec2.vpcs WHERE region = 'x'"
    assert execute(engine, sql, credentials={"ACME_SECRET": "x"}).table.to_pylist() == [{"a": 1}]
    described = "DESCRIBE EXTENDED aws.ec2.vpcs"
    calls = installed.calls[before:]
    assert [call["argv"][2] for call in calls] == [described, "REGISTRY PULL aws", described, sql]
    assert ["ACME_SECRET" in call["env"] for call in calls] == [False, False, False, True]
    assert [path.name for path in (tmp_path / "a root").iterdir()] == ["src"]
    execute(engine, sql)
    assert len(installed.calls) == before + 5
    for _ in range(2):
        with pytest.raises(UnknownResource) as caught:
            execute(engine, "-- which?\n/* all */ SHOW SERVICES IN awz;")
    assert caught.value.near[0].startswith("aws")
    # the registry is not asked again at once
    assert [call["argv"][2] for call in installed.calls].count("REGISTRY PULL awz") == 1
    engine.close()


def test_a_registry_of_ones_own_is_never_pulled_from(tmp_path: Path, installed: FakeStackQL) -> None:
    installed.clear()
    installed.answer(stderr="cannot find provider = 'aws'")
    registry = tmp_path / "our registry"
    (registry / "src").mkdir(parents=True)
    environ = {
        "STACKQL_BINARY": str(installed.binary),
        "STACKQL_APPROOT": str(tmp_path),
        "STACKQL_REGISTRY": str(registry),
    }
    engine = StackQLEngine(settings_of(environ))
    before = len(installed.calls)
    with pytest.raises(UnknownResource):
        execute(engine, "SELECT a FROM aws.ec2.vpcs")
    call = installed.calls[-1]
    assert not any("PULL" in one["argv"][2] for one in installed.calls[before:])
    named = json.loads(call["argv"][call["argv"].index("--registry") + 1])
    assert named["url"] == registry.as_uri()
    assert named["localDocRoot"] == str(registry)
    engine.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "none", "no such file"),
        (lambda folder: _file(folder / "plain", "x", 0o644), "not executable"),
        (lambda folder: _file(folder / "other", "#!/bin/sh\necho hello\n", 0o755), "not the StackQL program"),
    ],
)
def test_a_missing_program_is_words(tmp_path: Path, make: object, words: str) -> None:
    engine = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(make(tmp_path)), "INVENTORY_DATA_DIR": str(tmp_path)})
    )  # type: ignore[operator]
    with pytest.raises(EngineMissing, match=words):
        execute(engine)
    engine.close()


@pytest.mark.parametrize(
    ("in_the_way", "named"),
    [
        ("", False),
        ("inventory-stackql", False),
        ("inventory-stackql/lock/x", False),
        ("inventory-stackql/lock/x", True),
        ("inventory-stackql/{sha256}", True),
        ("inventory-stackql/registry", True),
    ],
)
def test_a_folder_that_cannot_be_written_is_words(
    tmp_path: Path, installed: FakeStackQL, in_the_way: str, named: bool
) -> None:
    """As whoever runs this may be root, who may write anywhere, something else of the name is in the way."""
    sha256 = hashlib.sha256(installed.binary.read_bytes()).hexdigest()
    data = tmp_path / "data"
    obstacle = data / in_the_way.format(sha256=sha256)
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("")
    given = {"INVENTORY_DATA_DIR": str(data)}
    if named:
        archive = tmp_path / "registry.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            (tmp_path / "src").mkdir()
            tar.add(tmp_path / "src", "src")
        given |= {
            "STACKQL_BINARY": str(installed.binary),
            "STACKQL_SHA256": sha256,
            "STACKQL_REGISTRY": str(archive),
        }
    engine = StackQLEngine(settings_of(given))
    with pytest.raises(EngineMissing, match="cannot be made or written") as caught:
        engine.check()
    assert str(data / "inventory-stackql") in caught.value.message
    assert "INVENTORY_DATA_DIR" in caught.value.hint
    engine.close()


def test_a_program_on_a_volume_is_verified_and_copied(tmp_path: Path, installed: FakeStackQL) -> None:
    volume = _file(tmp_path / "volume", installed.binary.read_text(), 0o644)
    environ = {
        "STACKQL_BINARY": str(volume),
        "STACKQL_SHA256": hashlib.sha256(volume.read_bytes()).hexdigest(),
        "INVENTORY_DATA_DIR": str(tmp_path),
    }
    engine = StackQLEngine(settings_of(environ))
    assert engine.version == "v0.10.1"
    engine.close()
    changed = StackQLEngine(settings_of({**environ, "STACKQL_SHA256": "0" * 64}))
    with pytest.raises(EngineMissing, match="SHA-256"):
        execute(changed)
    changed.close()


@contextmanager
def published(monkeypatch: pytest.MonkeyPatch, program: bytes, **changed: object) -> Iterator[list[str]]:
    """A release on loopback whose bundle has `program`; the addresses that were asked."""
    asked: list[str] = []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr(str(changed.get("entry", "server/stackql")), program)
    body = packed.getvalue()

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    sha256 = str(changed.get("sha256", hashlib.sha256(body).hexdigest()))
    here = (platform.system(), platform.machine())
    with serving(answer) as address:
        monkeypatch.setattr(
            release, "PINNED", release.Release("1.2.3", f"{address}/1.2.3", {here: ("bundle.zip", sha256)})
        )
        yield asked


def test_the_pinned_release_is_fetched_once_and_runs(
    tmp_path: Path, program: FakeStackQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published(monkeypatch, program.binary.read_bytes()) as asked:
        for _ in range(2):
            engine = StackQLEngine(settings_of({"INVENTORY_DATA_DIR": str(tmp_path)}))
            assert engine.version == "v0.10.1"
            engine.close()
    assert asked == ["/1.2.3/bundle.zip"]
    kept = tmp_path / "inventory-stackql" / "stackql-1.2.3" / "stackql"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in (tmp_path / "inventory-stackql").iterdir()) == [
        "lock",
        "stackql-1.2.3",
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sha256": "0" * 64}, "is not what was pinned"),
        ({"entry": "server/other"}, "could not be downloaded"),
    ],
)
def test_another_file_than_the_pinned_one_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object], words: str
) -> None:
    ran = tmp_path / "ran"
    with published(monkeypatch, f"#!/bin/sh\ntouch {ran}\n".encode(), **changed):
        engine = StackQLEngine(settings_of({"INVENTORY_DATA_DIR": str(tmp_path)}))
        with pytest.raises(EngineMissing, match=words):
            execute(engine)
        engine.close()
    assert not ran.exists()
    assert [path.name for path in (tmp_path / "inventory-stackql").iterdir()] == ["lock"]


def test_every_pinned_bundle_has_a_hash() -> None:
    assert {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")} <= set(release.PINNED.bundles)
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for _, sha256 in release.PINNED.bundles.values())
    assert release.PINNED.address.startswith("https://")


def test_a_failed_download_is_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    engine = StackQLEngine(settings_of({"INVENTORY_DATA_DIR": str(tmp_path)}))
    with pytest.raises(EngineMissing, match="could not be downloaded"):
        execute(engine)
    engine.close()


def test_a_download_that_hangs_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(release, "DOWNLOAD_SECONDS", 0.2)
        monkeypatch.setattr("inventory_runner.engines.stackql.MISSING_KEPT_SECONDS", 600)
        engine = StackQLEngine(settings_of({"INVENTORY_DATA_DIR": str(tmp_path)}))
        with pytest.raises(EngineMissing, match="could not be downloaded") as caught:
            execute(engine)
        assert "timed out" in caught.value.details
        # asked again soon, it does not try again
        monkeypatch.setattr(release, "fetch", lambda *_: pytest.fail("it tried again"))
        assert engine.version == ""
        engine.close()
    assert [path.name for path in (tmp_path / "inventory-stackql").iterdir()] == ["lock"]


def _file(path: Path, text: str, mode: int) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path
