"""A statement is read once, what stands behind its end changes nothing, and the guard alone passes it."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import stackql_lexer
from fakes.engine import ScriptedEngine
from fakes.settings import settings_of
from fakes.stackql import install
from fakes.waiting import PATIENCE_SECONDS
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.dialects import SQLite

from inventory_runner import engines
from inventory_runner.contract import CancelToken, Engine, EngineError, Method, NotChecked
from inventory_runner.errors import InventoryError, StatementRefused
from inventory_runner.sql import guard, lexer, parameters, preflight
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.lexer import Kind
from inventory_runner.sql.statement import Source, read

READS = (
    "SELECT a FROM aws.ec2.instances WHERE region = 'x'",
    "WITH q AS (SELECT * FROM aws.ec2.volumes v -- the 'small' ones;\nWHERE v.size < 5) SELECT * FROM q",
    "/* all; of\n them */ (SELECT ':no' AS b, '-- ;' AS c FROM google.storage.buckets WHERE project = :project)",
    "SELECT a FROM aws.iam.roles UNION SELECT b FROM github.repos.repos WHERE org = :org AND x IN (:org, :y)",
    "SHOW METHODS IN aws.ec2.instances WHERE MethodName LIKE 'x%;'",
    "DESCRIBE EXTENDED aws.ec2.instances",
)
reads = st.sampled_from(READS)
# what may stand behind a statement; a line comment ends its line
ends = st.lists(
    st.sampled_from(
        [";", " ", "\n", "\t", "-- end\n", "-- it's; DROP\n", "--\n", "/* end; */", "/* 'x\n */", ";;"]
    ),
    max_size=6,
).map("".join)


def checked(sql: str) -> CheckedStatement:
    return guard.check(read(sql), Source.LIVE)


@settings(deadline=None)
@given(reads, ends, st.sampled_from(["", "-- end", "-- ;", ";"]))
def test_what_stands_behind_the_end_changes_nothing(sql: str, end: str, last: str) -> None:
    statement, other = checked(sql), checked(f"{sql}\n{end}{last}")
    assert other.query == statement.query
    for name in ("resources", "providers", "parameters"):
        assert getattr(other, name) == getattr(statement, name)
    assert [word.text for word in other.words] == [word.text for word in statement.words]
    assert len(stackql_lexer.statements(other.text)) == 1


@settings(deadline=None)
@given(reads, ends, st.sampled_from(["SELECT 1", "DELETE FROM a.b.c", "EXEC a.b.c", "x", ")", "'x'", "("]))
def test_a_second_statement_behind_the_end_is_refused(sql: str, end: str, second: str) -> None:
    with pytest.raises(InventoryError):
        checked(f"{sql};\n{end}\n{second}")


@settings(deadline=None)
@given(reads, ends)
def test_without_comments_every_offset_and_line_stays(sql: str, end: str) -> None:
    statement = read(sql + end)
    plain = statement.plain
    assert len(plain.text) == len(statement.text)
    assert plain.text.count("\n") == statement.text.count("\n")
    assert plain.tokens == plain.words == statement.words
    assert checked(plain.text).plain.text == plain.text


class Metadata(ScriptedEngine):
    def methods(self, resource: str) -> list[Method]:
        return [Method("list", "SELECT", ("region", "project", "org"))]


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often a text was read: by our tokenizer, by the parser's, and by the parser."""
    counted: Counter[str] = Counter()

    def count(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def counting(*arguments: object) -> object:
            counted[name] += 1
            return real(*arguments)

        monkeypatch.setattr(owner, name, counting)

    count(lexer, "read_tokens")
    count(SQLite.Tokenizer, "tokenize")
    count(SQLite.Parser, "parse")
    yield counted


@pytest.mark.parametrize("sql", READS)
def test_a_text_is_read_once_from_run_to_the_engine(sql: str, readings: Counter[str]) -> None:
    statement = checked(sql)
    # binding makes another text, which the guard reads too
    texts = 2 if statement.parameters else 1
    bound = parameters.bind(statement, dict.fromkeys(statement.parameters, "x"))
    for problem in preflight.check(bound, Metadata()):
        preflight.add_clause(bound, problem)
    assert bound.resources is not None and bound.providers is not None and bound.query is bound.query
    trees = texts if statement.query else 0
    assert readings == Counter(read_tokens=texts, tokenize=trees, parse=trees)


@pytest.mark.parametrize("module", ["worker", "stackql_backend", "sample", "outermost", "answers"])
def test_a_worker_starts_without_the_parser(module: str) -> None:
    code = (
        f"import sys, inventory_runner.engines.{module}\n"
        "from inventory_runner.sql.statement import read\n"
        "read('SHOW PROVIDERS').plain.query\n"
        "sys.exit('sqlglot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_the_guard_makes_a_checked_statement() -> None:
    passed = checked(READS[0])
    assert passed.source is Source.LIVE
    for made in (object(), None, guard._Passed()):
        with pytest.raises(TypeError, match="guard alone"):
            CheckedStatement(read("DELETE FROM a.b.c"), Source.LIVE, made)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        dataclasses.replace(passed, text="DELETE FROM a.b.c")
    for name, value in {"text": "DELETE FROM a.b.c", "source": None}.items():
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(passed, name, value)
    with pytest.raises(StatementRefused):
        checked("DELETE FROM a.b.c")


values = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(deadline=None)
@given(reads, values)
def test_a_bound_statement_is_a_checked_one_that_differs_in_literals_alone(sql: str, value: str) -> None:
    statement = checked(sql)
    try:
        bound = parameters.bind(statement, dict.fromkeys(statement.parameters, value))
    except InventoryError:
        # what StackQL would not take literally
        assert any(mark in value for mark in ("\\", "{{", "<<<"))
        return
    assert (type(bound), bound.source) == (CheckedStatement, Source.LIVE)
    literal = "'" + value.replace("'", "''") + "'"
    meant = [literal if word.kind is Kind.PARAMETER else word.text for word in statement.tokens]
    assert [word.text for word in bound.tokens] == meant
    assert bound.parameters == ()


@pytest.mark.parametrize("sql", ["SELECT x:v FROM a.b.c", "SELECT max(a), N:v FROM a.b.c"])
def test_a_parameter_that_something_else_would_take_in_is_refused(sql: str) -> None:
    # bound to 41 the first would be a hexadecimal literal
    with pytest.raises(StatementRefused, match=":v runs into what stands before it"):
        checked(sql)


def test_a_directive_stays_where_it_says_what_is_printed() -> None:
    shown = checked("-- why\nSHOW EXTENDED INSERT /*+ REQUIRED */ INTO aws.s3.buckets; /*+ AWAIT */ -- end")
    assert shown.plain.text.split() == [
        "SHOW",
        "EXTENDED",
        "INSERT",
        "/*+",
        "REQUIRED",
        "*/",
        "INTO",
        "aws.s3.buckets",
    ]
    assert "/*" not in checked("SELECT /*+ AWAIT */ a FROM aws.s3.buckets").plain.text


@pytest.mark.parametrize("name", ["stackql", "sample"])
def test_an_engine_takes_nothing_that_was_not_checked_for_its_source(name: str, tmp_path: Path) -> None:
    program = install(tmp_path)
    settings = settings_of(
        {
            "INVENTORY_ENGINE": name,
            "STACKQL_BINARY": str(program.binary),
            "STACKQL_APPROOT": str(tmp_path),
            "STACKQL_PULL": "never",
        }
    )
    engine: Engine = engines.create(settings)
    sql = "SELECT 1 AS a"
    try:
        for given_ in (
            sql,
            read(sql),
            checked(sql).plain.text,
            guard.check(read(sql), "the inventory"),
            None,  # type: ignore[arg-type]
        ):
            with pytest.raises(NotChecked, match="the live cloud") as refused:
                engine.execute(given_, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken())  # type: ignore[arg-type]
            assert isinstance(refused.value, EngineError)
        assert program.calls == []
    finally:
        engine.close()


@pytest.mark.parametrize("end", [";;", "; -- end", ";\n/* a */ ; -- it's the end", " -- end", ""])
def test_an_engine_answers_a_statement_however_it_ends(end: str) -> None:
    engine = engines.create(settings_of({"INVENTORY_ENGINE": "sample"}))
    try:
        statement = checked(f"SELECT DISTINCT region FROM aws.ec2.vpcs WHERE region = 'us-east-1'{end}")
        result = engine.execute(statement, credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken())
        assert result.table.to_pylist() == [{"region": "us-east-1"}]
    finally:
        engine.close()
