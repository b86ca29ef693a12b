"""Lists with pages: what StackQL reads to the end, and that a first page is never taken for all of it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import stackql as fake_stackql
from fakes.settings import settings_of
from fakes.stackql import FakeStackQL
from fakes.waiting import PATIENCE_SECONDS

from inventory_runner.contract import CancelToken, Method, QueryResult
from inventory_runner.engines import paging, volume
from inventory_runner.engines.documents import ProviderDocuments
from inventory_runner.engines.stackql import StackQLEngine
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

# as StackQL's registry writes its documents
PAGED = "properties:\n  NextToken: {}\nx-stackQL-config:\n  pagination:\n    responseToken:\n      key: $.NextToken\n"
UNTOLD = "properties:\n  nextLink:\n    type: string\n"
WITHOUT_PAGES = "properties:\n  name:\n    type: string\n"
TEXTS = {
    "compute": UNTOLD,
    "maps": WITHOUT_PAGES,
    "own": PAGED,
    "mixed": f"{UNTOLD}parameters:\n- name: cursor\n",
}


def document(src: Path, resource: str, text: str, version: str = "v1") -> Path:
    provider, service, *_ = resource.split(".")
    path = src / provider / version / "services" / f"{service}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> FakeStackQL:
    return fake_stackql.install(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's own folder."""
    registry = tmp_path_factory.mktemp("registry")
    for resource, text in {
        "azure.compute": UNTOLD,
        "aws.iam": "parameters: [Marker, IsTruncated]",
        "aws.ec2": UNTOLD,
        "aws.ecs": PAGED,
        "aws.s3": UNTOLD,
        "github.repos": UNTOLD,
        "snowflake.roles": WITHOUT_PAGES,
        "datadog.roles": "name: page[size]",
    }.items():
        document(registry / "src", resource, text)
    return registry


@pytest.fixture(scope="module")
def engine(program: FakeStackQL, registry: Path) -> Iterator[StackQLEngine]:
    made = StackQLEngine(
        settings_of({"STACKQL_BINARY": str(program.binary), "STACKQL_REGISTRY": str(registry)})
    )
    yield made
    made.close()


def methods(_resource: str) -> list[Method]:
    return [Method("list", "SELECT", ("region",)), Method("create", "INSERT", ("path",))]


@pytest.mark.parametrize(
    ("sql", "rows", "whole"),
    [
        # fewer than any first page has, and as many as one may have
        ("SELECT name FROM azure.compute.disks", 4, True),
        ("SELECT name FROM azure.compute.disks", 5, False),
        ("SELECT name FROM datadog.roles.roles", 5, False),
        # a first page of IAM has a hundred entries
        ("SELECT name FROM aws.iam.roles WHERE region = 'us-east-1'", 99, True),
        ("SELECT name FROM aws.iam.roles WHERE region IN ('a', 'b')", 100, False),
        # the rows say nothing of how many entries were read
        ("SELECT name FROM aws.iam.roles WHERE region = 'a' AND path = '/'", 1, False),
        ("SELECT name FROM aws.iam.roles WHERE region = 'a' AND name LIKE 'x%'", 0, False),
        ("SELECT count(*) AS name FROM aws.iam.roles", 1, False),
        ("SELECT name FROM aws.iam.roles GROUP BY name", 1, False),
        ("SELECT name FROM (SELECT name FROM aws.iam.roles WHERE path = '/') r", 1, False),
        ("SELECT r.name FROM aws.iam.roles r JOIN aws.ecs.clusters c ON c.name = r.name", 1, False),
        # ten are asked for, and ten it is
        ("SELECT name FROM aws.iam.roles LIMIT 10", 10, True),
        # what goes on by its document, by StackQL itself, or has no pages
        ("SELECT name FROM aws.ecs.clusters WHERE status = 'x'", 500, True),
        ("SELECT count(*) AS name FROM github.repos.repos", 1, True),
        ("SELECT name FROM snowflake.roles.roles", 500, True),
        ("SELECT name FROM aws.ec2.instances", 500, True),
        ("SELECT name FROM aws.s3.buckets", 500, True),
        ("SELECT name FROM aws.s3.objects", 500, False),
        ("SELECT name FROM aws.unknown.things", 500, True),
    ],
)
def test_a_first_page_is_not_taken_for_all(registry: Path, sql: str, rows: int, whole: bool) -> None:
    found = paging.cut(registry / "src", read(sql).resources, read(sql).query, rows, methods)
    assert (not found) is whole


@pytest.mark.parametrize(
    ("condition", "whole"),
    [
        ("path_prefix = '/a/'", True),
        ("PathPrefix IN ('/a/', '/b/') AND \"Scope\" = 'Local'", True),
        # a column is compared by StackQL, behind the first page
        ("path = '/a/'", False),
        ("RoleName = 'x'", False),
        ("path_prefix = '/a/' AND role_name LIKE 'x%'", False),
        # a page that is made shorter is no list that is
        ("path_prefix = '/a/' AND MaxItems = '5'", False),
        ("marker = 'x'", False),
    ],
)
def test_a_list_that_the_provider_narrows_is_whole_where_it_is_short(
    registry: Path, condition: str, whole: bool
) -> None:
    sql = f"SELECT role_name FROM aws.iam.roles WHERE region = 'a' AND {condition}"
    asked = (registry / "src", read(sql).resources, read(sql).query)
    found = paging.cut(*asked, 99, methods, lambda _: ("role_name", "path"))
    assert (not found) is whole
    assert paging.cut(*asked, 100, methods, lambda _: ("role_name", "path")) == ["aws.iam.roles"]
    # where the columns are not known, nothing is
    assert paging.cut(*asked, 99, methods) == ["aws.iam.roles"]


def test_an_answer_that_may_be_cut_says_so(engine: StackQLEngine, program: FakeStackQL) -> None:
    def execute(sql: str, rows: int) -> QueryResult:
        program.clear()
        listed = [{"MethodName": "list", "SQLVerb": "SELECT", "RequiredParams": "region"}]
        program.answer("SHOW METHODS", rows=listed)
        program.answer(rows=[{"name": f"n{n}"} for n in range(rows)])
        return engine.execute(
            guard.check(read(sql), Source.LIVE),
            credentials={},
            timeout=PATIENCE_SECONDS,
            cancel=CancelToken(),
        )

    sql = "SELECT name FROM aws.iam.roles WHERE region = 'us-east-1'"
    result = execute(sql, 99)
    assert (result.complete, result.warnings) == (True, ())
    result = execute(sql, 100)
    assert (result.complete, result.table.num_rows) == (False, 100)
    assert "Only the first page of aws.iam.roles may have been read" in result.warnings[0]


def test_an_operators_own_documents_are_left_alone(engine: StackQLEngine, registry: Path) -> None:
    assert (registry / "src/azure/v1/services/compute.yaml").read_text() == UNTOLD


def test_documents_that_are_fetched_say_how_lists_go_on(tmp_path: Path) -> None:
    def pull(provider: str, approot: Path) -> str:
        for service, text in TEXTS.items():
            document(approot / "src", f"{provider}.{service}", text)
        return "installed"

    documents = ProviderDocuments(tmp_path)
    documents.fetch("azure", pull)
    documents.fetch("datadog", pull)
    services = tmp_path / "src" / "azure" / "v1" / "services"
    completed = (services / "compute.yaml").read_text()
    assert completed.startswith(UNTOLD + "x-stackQL-config:\n  pagination:\n")
    assert "responseToken:\n      key: nextLink\n" in completed
    for service in ("maps", "own", "mixed"):
        assert (services / f"{service}.yaml").read_text() == TEXTS[service]
    # of others we know no one way
    assert (tmp_path / "src/datadog/v1/services/compute.yaml").read_text() == UNTOLD


def test_an_archive_of_the_registry_is_completed_too(tmp_path: Path) -> None:
    document(tmp_path / "providers" / "src", "cloudflare.zones", "result_info: {}\n")
    with tarfile.open(tmp_path / "registry.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "providers", "providers")
    found = volume.find_registry_folder(
        settings_of({"STACKQL_REGISTRY": str(tmp_path / "registry.tar.gz")}), tmp_path / "cache"
    )
    completed = (Path(found) / "src/cloudflare/v1/services/zones.yaml").read_text()
    assert "algorithm: page_number" in completed
    assert "key: $.result_info.total_pages" in completed


def test_the_newest_document_counts(tmp_path: Path) -> None:
    sql = "SELECT name FROM azure.network.networks"
    asked = (tmp_path, read(sql).resources, read(sql).query, 10, methods)
    assert paging.cut(*asked) == []
    document(tmp_path, "azure.network", UNTOLD, "v1")
    assert paging.cut(*asked) == ["azure.network.networks"]
    document(tmp_path, "azure.network", PAGED, "v2")
    assert paging.cut(*asked) == []
