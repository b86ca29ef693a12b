"""Empty answers that may be no list: by the documents, in which a resource's part decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from fakes import stackql as fake_stackql
from fakes.settings import settings_of
from fakes.stackql import FakeStackQL
from fakes.waiting import PATIENCE_SECONDS

from inventory_runner.contract import CancelToken, QueryResult
from inventory_runner.engines import doubts
from inventory_runner.engines.stackql import StackQLEngine
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

# as StackQL's registry writes its documents
RESOURCE = """\
    {name}:
      id: {provider}.{service}.{name}
      methods:
        list:
          response:
            objectKey: $.line_items
"""
TRANSFORM = "            transform:\n              type: {kind}_v0.3.0\n"


def write(registry: Path, provider: str, service: str, **kinds: str) -> None:
    folder = registry / "src" / provider / "v1" / "services"
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        RESOURCE.format(name=name, provider=provider, service=service)
        + (TRANSFORM.format(kind=kind) if kind else "")
        for name, kind in kinds.items()
    ]
    text = "components:\n  x-stackQL-resources:\n" + "".join(parts) + "servers:\n  - url: https://x\n"
    (folder / f"{service}.yaml").write_text(text)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    registry = tmp_path_factory.mktemp("registry")
    write(registry, "aws", "s3", buckets="schema_driven_xml", plain="")
    write(registry, "aws", "sns", topics="golang_template_mxj")
    write(registry, "azure", "compute", sizes="", disks="golang_template_json")
    return registry


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> FakeStackQL:
    return fake_stackql.install(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def engine(program: FakeStackQL, registry: Path) -> Iterator[StackQLEngine]:
    made = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(program.binary), "STACKQL_REGISTRY": str(registry)})
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("aws.s3.buckets", (["aws.s3.buckets"], [])),
        ("aws.s3.plain", ([], [])),
        ("aws.sns.topics", (["aws.sns.topics"], [])),
        ("azure.compute.disks", ([], ["azure.compute.disks"])),
        ("azure.compute.sizes", ([], [])),
        # of a part that cannot be found, all of the document
        ("aws.s3.nothing", (["aws.s3.nothing"], [])),
        ("aws.nothing.nothing", ([], [])),
    ],
)
def test_the_resources_own_part_of_the_document_decides(
    registry: Path, resource: str, found: tuple[list[str], list[str]]
) -> None:
    assert doubts.find_doubts(registry / "src", [resource, resource]) == found


@pytest.mark.parametrize(
    ("sql", "row", "nothing"),
    [
        ("SELECT name FROM a.b.c", {}, True),
        ("SELECT count(*) AS n FROM a.b.c", {"n": 0}, True),
        ("SELECT count(*) FROM a.b.c", {"count(*)": "0"}, True),
        (
            "SELECT 's3' AS kind, count(*) AS n, max(size) AS m FROM a.b.c",
            {"kind": "s3", "n": 0, "m": None},
            True,
        ),
        ("SELECT sum(n) AS n FROM (SELECT count(*) AS n FROM a.b.c) x", {"n": 0.0}, True),
        ("SELECT count(*) AS n, max(size) AS m FROM a.b.c", {"n": 0, "m": 5}, False),
        ("SELECT count(*) AS n FROM a.b.c", {"n": 3}, False),
        # rows of something
        ("SELECT size FROM a.b.c", {"size": 0}, False),
        ("SELECT size, count(*) AS n FROM a.b.c GROUP BY size", {"size": 0, "n": 0}, False),
        ("SELECT size, count(*) OVER () AS n FROM a.b.c", {"size": 0, "n": 0}, False),
    ],
)
def test_a_count_of_nothing_is_nothing(sql: str, row: dict[str, object], nothing: bool) -> None:
    table = pa.table({name: [value] for name, value in row.items()})
    assert doubts.tells_nothing(table, read(sql).query) is nothing


def execute(engine: StackQLEngine, sql: str) -> QueryResult:
    return engine.execute(
        guard.check(read(sql), Source.LIVE), credentials={}, timeout=PATIENCE_SECONDS, cancel=CancelToken()
    )


def test_no_row_is_not_taken_for_nothing_there(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.clear()
    program.answer("count", rows=[{"n": "0"}])
    program.answer("buckets", rows=[])
    program.answer("disks", rows=[])
    for sql in (
        "SELECT name FROM aws.s3.buckets WHERE region = 'a'",
        "SELECT count(*) AS n FROM aws.s3.buckets WHERE region = 'a'",
    ):
        result = execute(engine, sql)
        assert (result.table.num_rows, result.complete, result.doubtful, result.limited) == (
            0,
            False,
            True,
            False,
        )
        assert "a sign-in page" in result.warnings[0]
    result = execute(engine, "SELECT name FROM azure.compute.disks WHERE subscription_id = 's'")
    assert (result.complete, result.doubtful) == (True, False)
    assert "any JSON" in result.warnings[0]
    # what documents tell apart is believed
    assert execute(engine, "SELECT name FROM aws.s3.plain").warnings == ()
    program.clear()
    program.answer("buckets", rows=[{"name": "b"}])
    assert execute(engine, "SELECT name FROM aws.s3.buckets WHERE region = 'a'").warnings == ()


def test_an_answer_without_a_body_says_so(engine: StackQLEngine, program: FakeStackQL) -> None:
    program.clear()
    program.answer(stdout="null", stderr="processed http response body not present\n")
    assert "had no body" in execute(engine, "SELECT name FROM aws.s3.plain").warnings[0]
