"""Pre-flight names what is missing and adds it where it belongs."""

from __future__ import annotations

import pytest

from inventory_runner.contract import EngineError, Method, UnknownResource
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, read

METHODS = {
    "aws.ec2.instances": [
        Method("list", "SELECT", ("region",)),
        Method("get", "SELECT", ("region", "InstanceId")),
    ],
    "aws.ec2.volumes": [Method("list", "SELECT", ("region",)), Method("start", "EXEC", ("everything",))],
    "google.compute.disks": [
        Method("list", "SELECT", ("project", "zone")),
        Method("all", "SELECT", ("project",)),
    ],
    "github.repos.repos": [Method("by_user", "SELECT", ("username",)), Method("by_org", "SELECT", ("org",))],
    "cloudflare.zones.zones": [Method("list", "SELECT")],
}


class Metadata:
    """An engine's metadata, and nothing else of it."""

    def methods(self, resource: str) -> list[Method]:
        if resource == "broken.meta.data":
            raise EngineError("not now")
        if resource not in METHODS:
            raise UnknownResource("no", near=["aws.ec2.instances"])
        return METHODS[resource]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM aws.ec2.instances WHERE region = 'x'",
        "SELECT * FROM aws.ec2.instances i WHERE i.region IN ('x', :y) AND i.state = 1",
        "SELECT * FROM aws.ec2.instances i JOIN aws.ec2.volumes v ON v.region = i.region WHERE i.region = 'x'",
        "SELECT * FROM github.repos.repos WHERE org = 'x'",
        "SELECT * FROM cloudflare.zones.zones",
        "SELECT * FROM broken.meta.data",
        "WITH a AS (SELECT * FROM google.compute.disks WHERE 'p' = project) SELECT * FROM a",
        "SHOW METHODS IN aws.ec2.instances",
        "-- all of it\n/* SELECT */ (SELECT * FROM aws.ec2.instances WHERE REGION = 'x')",
        "SELECT nothing FROM",
    ],
)
def test_nothing_is_missing(sql: str) -> None:
    assert preflight.check(read(sql), Metadata()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "fixed"),
    [
        ("SELECT * FROM aws.ec2.instances", "SELECT * FROM aws.ec2.instances WHERE region = :region"),
        (
            "SELECT *\nFROM aws.ec2.instances i\nGROUP BY a;",
            "SELECT *\nFROM aws.ec2.instances i\nWHERE region = :region\nGROUP BY a;",
        ),
        (
            "SELECT * FROM aws.ec2.instances WHERE a = 1 OR region = 'x' LIMIT 5",
            "SELECT * FROM aws.ec2.instances WHERE region = :region AND (a = 1 OR region = 'x') LIMIT 5",
        ),
        (
            "SELECT * FROM aws.ec2.instances i LEFT JOIN aws.ec2.volumes v ON v.id = i.id WHERE i.region = 'x'",
            "SELECT * FROM aws.ec2.instances i LEFT JOIN aws.ec2.volumes v ON v.id = i.id "
            "WHERE v.region = :region AND i.region = 'x'",
        ),
        (
            "WITH d AS (SELECT * FROM google.compute.disks LIMIT 5) SELECT * FROM d WHERE project = 'x'",
            "WITH d AS (SELECT * FROM google.compute.disks WHERE project = :project LIMIT 5) "
            "SELECT * FROM d WHERE project = 'x'",
        ),
        (
            "SELECT a FROM aws.ec2.volumes WHERE region = 'x' UNION SELECT a FROM aws.ec2.volumes -- end",
            "SELECT a FROM aws.ec2.volumes WHERE region = 'x' UNION SELECT a FROM aws.ec2.volumes "
            "WHERE region = :region -- end",
        ),
    ],
)
def test_the_missing_clause_is_added_where_it_belongs(sql: str, fixed: str) -> None:
    (problem,) = preflight.check(read(sql), Metadata())  # type: ignore[arg-type]
    assert problem.kind == "missing_parameters"
    added = preflight.with_clause(read(sql), problem)
    assert added == fixed
    guard.check(read(added), Source.LIVE)
    assert preflight.check(read(added), Metadata()) == []  # type: ignore[arg-type]


def test_an_unknown_resource_has_its_line_and_near_names() -> None:
    (problem,) = preflight.check(read("SELECT *\nFROM\n  aws.ec2.instancs"), Metadata())  # type: ignore[arg-type]
    assert (problem.kind, problem.line, problem.near) == ("unknown_resource", 3, ("aws.ec2.instances",))
    assert "Did you mean aws.ec2.instances?" in problem.message


def test_resources_and_providers_are_listed_once() -> None:
    sql = "SELECT * FROM aws.ec2.instances i JOIN Google.compute.disks d ON 1 = 1 JOIN aws.ec2.instances x ON 1 = 1"
    assert read(sql).resources == ("aws.ec2.instances", "Google.compute.disks")
    assert read(sql).providers == ("aws", "google")


def test_statements_that_are_no_query_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    assert read("SHOW METHODS IN aws.ec2.instances").resources == ()
    assert read("-- x\nSELECT * FROM aws.ec2.vpcs").resources == ("aws.ec2.vpcs",)
    assert not caplog.records
