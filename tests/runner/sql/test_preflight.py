"""Pre-flight names what is missing and adds it where it belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner.contract import Column, EngineError, Method, UnknownResource
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.preflight import Problem
from inventory_runner.sql.statement import Source, read

METHODS = {
    "aws.ec2.instances": [
        Method("list", "SELECT", ("region",)),
        Method("get", "SELECT", ("region", "InstanceId")),
    ],
    "aws.ec2.volumes": [Method("list", "select", ("region",)), Method("start", "EXEC", ("everything",))],
    "aws.ec2.details": [Method("get", "SELECT", ("region", "InstanceId"))],
    "aws.ec2.actions": [Method("start", "EXEC", ("region",))],
    "aws.ec2.limit": [Method("list", "SELECT", ("region",))],
    "google.compute.disks": [
        Method("list", "SELECT", ("project", "zone")),
        Method("all", "SELECT", ("project",)),
    ],
    "google.compute.images": [
        Method("in_family", "SELECT", ("project", "family")),
        Method("by_name", "SELECT", ("name",)),
    ],
    "github.repos.repos": [Method("by_user", "SELECT", ("username",)), Method("by_org", "SELECT", ("org",))],
    "cloudflare.zones.zones": [Method("list", "SELECT")],
    "Cloudflare.DNS.Records": [Method("list", "SELECT", ("zone_id",))],
}


class Metadata:
    """An engine's metadata, and nothing else of it."""

    def methods(self, resource: str) -> list[Method]:
        if resource == "broken.meta.data":
            raise EngineError("not now")
        if resource not in METHODS:
            raise UnknownResource("no", near=["aws.ec2.instances"] if resource.startswith("aws") else [])
        return METHODS[resource]

    def describe(self, resource: str) -> list[Column]:
        raise EngineError("not now")


# the one place in which these tests hand a text to pre-flight


def check(sql: str) -> list[Problem]:
    return preflight.check(read(sql), Metadata())  # type: ignore[arg-type]


def with_clause(sql: str, problem: Problem) -> str:
    return preflight.add_clause(read(sql), problem)


def resources(sql: str) -> list[str]:
    return list(read(sql).resources)


def providers(sql: str) -> list[str]:
    return list(read(sql).providers)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM aws.ec2.instances WHERE region = 'x'",
        "SELECT * FROM aws.ec2.instances WHERE a = 1 AND region = 'x' AND b = 2",
        "SELECT * FROM aws.ec2.instances WHERE (a = 1 AND ((region = 'x')))",
        "SELECT * FROM aws.ec2.instances i WHERE i.region IN ('x', :y) AND i.state = 1",
        "SELECT * FROM aws.ec2.instances I WHERE i.region = 'x'",
        "SELECT * FROM aws.ec2.instances i WHERE I.region = 'x'",
        "SELECT * FROM aws.ec2.instances i WHERE Instances.region = 'x'",
        "SELECT * FROM Cloudflare.DNS.Records r WHERE records.zone_id = 'x'",
        # a join gives what is a column of the other table's rows
        "SELECT * FROM aws.ec2.instances i JOIN aws.ec2.volumes v ON v.region = i.zone WHERE i.region = 'x'",
        "SELECT * FROM aws.ec2.instances i JOIN aws.ec2.volumes v ON (i.id = v.id AND (i.zone = v.region))"
        " WHERE i.region = 'x'",
        "SELECT * FROM aws.ec2.instances i, aws.ec2.volumes v WHERE region = 'x'",
        "SELECT * FROM aws.ec2.details WHERE region = 'x' AND instanceid = 'y'",
        "SELECT * FROM aws.ec2.actions",
        "SELECT * FROM github.repos.repos WHERE org = 'x'",
        "SELECT * FROM cloudflare.zones.zones",
        "SELECT * FROM broken.meta.data",
        "SELECT * FROM ec2.instances",
        "SELECT * FROM us.aws.ec2.instances",
        "WITH a AS (SELECT * FROM google.compute.disks WHERE 'p' = project) SELECT * FROM a",
        "WITH a AS (SELECT 1) DELETE FROM aws.ec2.instances",
        "SHOW METHODS IN aws.ec2.instances",
        "-- all of it\n/* SELECT */ (SELECT * FROM aws.ec2.instances WHERE REGION = 'x')",
        "SELECT nothing FROM",
        f"SELECT {'(' * 2000}1{')' * 2000} FROM aws.ec2.instances",
    ],
)
def test_nothing_is_missing(sql: str) -> None:
    assert check(sql) == []


# StackQL makes the call with what an ON gives, and then compares it with the answer, which has no such value
ONLY_JOINED = [
    "JOIN aws.ec2.volumes v ON v.id = i.id AND v.region = 'x'",
    "JOIN aws.ec2.volumes v ON (v.id = i.id AND (v.region IN ('x', 'y')))",
    "LEFT JOIN aws.ec2.volumes v ON v.region = 'x'",
    "LEFT OUTER JOIN aws.ec2.volumes v ON 'x' = v.region AND v.id = i.id",
    "JOIN aws.ec2.volumes v ON v.region = :region",
    # another table's parameter is no value of its rows
    "JOIN aws.ec2.volumes v ON v.region = i.region",
    "JOIN aws.ec2.volumes v USING (Region)",
    "JOIN aws.ec2.volumes v ON v.region = v.zone",
]


@pytest.mark.parametrize("join", ONLY_JOINED)
@pytest.mark.parametrize("outer", ["{}", "SELECT * FROM ({}) t", "WITH t AS ({}) SELECT * FROM t"])
def test_a_parameter_that_only_a_join_gives_is_missing(join: str, outer: str) -> None:
    sql = outer.format(f"SELECT * FROM aws.ec2.instances i {join} WHERE i.region = 'x'")
    (problem,) = check(sql)
    assert (problem.resource, problem.clause) == ("aws.ec2.volumes", "region = :region")
    assert f"{join} WHERE v.region = :region AND i.region = 'x'" in with_clause(sql, problem)
    assert check(with_clause(sql, problem)) == []


def test_a_column_in_where_is_no_value_and_would_be_sent_by_its_name() -> None:
    compared = (
        "SELECT * FROM aws.ec2.instances i, aws.ec2.volumes v WHERE i.region = 'x' AND v.region = i.zone"
    )
    asked = "SELECT * FROM aws.ec2.instances WHERE region IN (SELECT region FROM aws.ec2.actions)"
    assert [problem.clause for sql in (compared, asked) for problem in check(sql)] == ["region = :region"] * 2
    assert check("SELECT * FROM aws.ec2.instances WHERE region = lower('X')") == []


FIXES = [
    ("SELECT * FROM aws.ec2.instances", "SELECT * FROM aws.ec2.instances WHERE region = :region"),
    ("SELECT * FROM aws.ec2.instances ; ", "SELECT * FROM aws.ec2.instances WHERE region = :region ; "),
    (
        "select * from aws.ec2.instances WHERE  a = 1 ;",
        "select * from aws.ec2.instances WHERE region = :region AND a = 1 ;",
    ),
    (
        "SELECT *\nFROM aws.ec2.instances i\nGROUP BY a;",
        "SELECT *\nFROM aws.ec2.instances i\nWHERE region = :region\nGROUP BY a;",
    ),
    # a line break only where the query itself has one
    (
        "SELECT *\nFROM (SELECT * FROM aws.ec2.instances) i",
        "SELECT *\nFROM (SELECT * FROM aws.ec2.instances WHERE region = :region) i",
    ),
    (
        "SELECT * FROM (SELECT * FROM aws.ec2.instances) i",
        "SELECT * FROM (SELECT * FROM aws.ec2.instances WHERE region = :region) i",
    ),
    # an OR is put into parentheses, where it is one of this WHERE
    (
        "SELECT * FROM aws.ec2.instances WHERE a = 1 OR region = 'x' LIMIT 5",
        "SELECT * FROM aws.ec2.instances WHERE region = :region AND (a = 1 OR region = 'x') LIMIT 5",
    ),
    (
        "SELECT * FROM aws.ec2.instances WHERE a IN (1, 2) OR b = 3 ORDER BY c",
        "SELECT * FROM aws.ec2.instances WHERE region = :region AND (a IN (1, 2) OR b = 3) ORDER BY c",
    ),
    (
        "SELECT * FROM aws.ec2.instances WHERE (a = 1 OR b = 2) AND c = 3",
        "SELECT * FROM aws.ec2.instances WHERE region = :region AND (a = 1 OR b = 2) AND c = 3",
    ),
    (
        "SELECT * FROM aws.ec2.instances i JOIN x.y.z b ON a = 1 OR b = 2 WHERE c = 3",
        "SELECT * FROM aws.ec2.instances i JOIN x.y.z b ON a = 1 OR b = 2 WHERE i.region = :region AND c = 3",
    ),
    (
        "SELECT * FROM aws.ec2.volumes v JOIN x.y.z z ON a = 1 OR b = 2",
        "SELECT * FROM aws.ec2.volumes v JOIN x.y.z z ON a = 1 OR b = 2 WHERE v.region = :region",
    ),
    # GROUP BY, WHERE and JOIN in parentheses are another SELECT's
    (
        "SELECT * FROM aws.ec2.instances WHERE a IN (SELECT b FROM c GROUP BY b ORDER BY b LIMIT 1) OR d = 2",
        "SELECT * FROM aws.ec2.instances WHERE region = :region AND"
        " (a IN (SELECT b FROM c GROUP BY b ORDER BY b LIMIT 1) OR d = 2)",
    ),
    (
        "SELECT * FROM aws.ec2.instances i JOIN (SELECT a FROM b WHERE a = 1 OR a = 2 GROUP BY a) j ON j.a = i.a",
        "SELECT * FROM aws.ec2.instances i JOIN (SELECT a FROM b WHERE a = 1 OR a = 2 GROUP BY a) j ON j.a = i.a"
        " WHERE i.region = :region",
    ),
    (
        "SELECT * FROM aws.ec2.instances i WHERE a IN (SELECT b.d FROM b JOIN c ON b.d = c.d)",
        "SELECT * FROM aws.ec2.instances i WHERE region = :region AND a IN (SELECT b.d FROM b JOIN c ON b.d = c.d)",
    ),
    # with the alias, where several tables are read together
    (
        "SELECT * FROM aws.ec2.instances i LEFT JOIN aws.ec2.volumes v ON v.id = i.id WHERE i.region = 'x'",
        "SELECT * FROM aws.ec2.instances i LEFT JOIN aws.ec2.volumes v ON v.id = i.id "
        "WHERE v.region = :region AND i.region = 'x'",
    ),
    (
        "SELECT * FROM aws.ec2.details AS i JOIN a.b AS v ON v.id = i.id",
        "SELECT * FROM aws.ec2.details AS i JOIN a.b AS v ON v.id = i.id"
        " WHERE i.region = :region AND i.InstanceId = :InstanceId",
    ),
    (
        "SELECT * FROM (SELECT * FROM a.b v JOIN aws.ec2.volumes) x",
        "SELECT * FROM (SELECT * FROM a.b v JOIN aws.ec2.volumes WHERE region = :region) x",
    ),
    (
        "SELECT * FROM a.b JOIN aws.ec2.volumes",
        "SELECT * FROM a.b JOIN aws.ec2.volumes WHERE region = :region",
    ),
    (
        "SELECT * FROM a.b JOIN aws.ec2.volumes WHERE c = 1",
        "SELECT * FROM a.b JOIN aws.ec2.volumes WHERE region = :region AND c = 1",
    ),
    (
        "SELECT * FROM a.b JOIN aws.ec2.volumes ON c = 1",
        "SELECT * FROM a.b JOIN aws.ec2.volumes ON c = 1 WHERE region = :region",
    ),
    (
        "WITH d AS (SELECT * FROM google.compute.disks LIMIT 5) SELECT * FROM d WHERE project = 'x'",
        "WITH d AS (SELECT * FROM google.compute.disks WHERE project = :project LIMIT 5) "
        "SELECT * FROM d WHERE project = 'x'",
    ),
    # which of several appearances, in the order of the text
    (
        "SELECT a FROM aws.ec2.volumes WHERE region = 'x' UNION SELECT a FROM aws.ec2.volumes -- end",
        "SELECT a FROM aws.ec2.volumes WHERE region = 'x' UNION SELECT a FROM aws.ec2.volumes "
        "WHERE region = :region -- end",
    ),
    (
        "SELECT a FROM aws.ec2.volumes UNION SELECT a FROM aws.ec2.volumes WHERE region = 'x'",
        "SELECT a FROM aws.ec2.volumes WHERE region = :region UNION SELECT a FROM aws.ec2.volumes WHERE region = 'x'",
    ),
    (
        "SELECT * FROM (SELECT * FROM aws.ec2.volumes) a JOIN aws.ec2.volumes b ON a.c = b.c WHERE b.region = 'x'",
        "SELECT * FROM (SELECT * FROM aws.ec2.volumes WHERE region = :region) a"
        " JOIN aws.ec2.volumes b ON a.c = b.c WHERE b.region = 'x'",
    ),
    (
        "WITH v AS (SELECT * FROM aws.ec2.volumes)"
        " SELECT * FROM v JOIN aws.ec2.volumes u ON 1 = 1 WHERE u.region = 'x'",
        "WITH v AS (SELECT * FROM aws.ec2.volumes WHERE region = :region)"
        " SELECT * FROM v JOIN aws.ec2.volumes u ON 1 = 1 WHERE u.region = 'x'",
    ),
    # a column of the resource's name, and names that only together make it, are not the resource
    (
        "SELECT aws.ec2.instances FROM (SELECT * FROM aws.ec2.instances) a",
        "SELECT aws.ec2.instances FROM (SELECT * FROM aws.ec2.instances WHERE region = :region) a",
    ),
    (
        "SELECT * FROM aws, ec2.instances, (SELECT * FROM aws.ec2.instances) a",
        "SELECT * FROM aws, ec2.instances, (SELECT * FROM aws.ec2.instances WHERE region = :region) a",
    ),
    (
        "SELECT * FROM aws.ec2, instances, (SELECT * FROM aws.ec2.instances) a",
        "SELECT * FROM aws.ec2, instances, (SELECT * FROM aws.ec2.instances WHERE region = :region) a",
    ),
    (
        "SELECT * FROM (SELECT 1) a, aws.ec2.instances",
        "SELECT * FROM (SELECT 1) a, aws.ec2.instances WHERE region = :region",
    ),
    # a column that is called like what may follow, behind its table's alias
    (
        'SELECT * FROM aws.ec2.instances i WHERE i."limit" = 1 AND i.window = 2',
        'SELECT * FROM aws.ec2.instances i WHERE region = :region AND i."limit" = 1 AND i.window = 2',
    ),
    # a resource that is called like what may follow it
    (
        "SELECT * FROM aws.ec2.limit WHERE a = 1",
        "SELECT * FROM aws.ec2.limit WHERE region = :region AND a = 1",
    ),
    (
        "SELECT * FROM aws.ec2.\"instances\" WHERE a LIKE 'b'",
        "SELECT * FROM aws.ec2.\"instances\" WHERE region = :region AND a LIKE 'b'",
    ),
    # all that is missing, in the method's order, and nothing that is given
    (
        "SELECT * FROM aws.ec2.details",
        "SELECT * FROM aws.ec2.details WHERE region = :region AND InstanceId = :InstanceId",
    ),
    (
        "SELECT * FROM aws.ec2.details WHERE region = 'x'",
        "SELECT * FROM aws.ec2.details WHERE InstanceId = :InstanceId AND region = 'x'",
    ),
    # of several methods the one that lacks least
    ("SELECT * FROM google.compute.images", "SELECT * FROM google.compute.images WHERE name = :name"),
]


@pytest.mark.parametrize(("sql", "fixed"), FIXES)
def test_the_missing_clause_is_added_where_it_belongs(sql: str, fixed: str) -> None:
    (problem,) = [found for found in check(sql) if found.kind == "missing_parameters"]
    added = with_clause(sql, problem)
    assert added == fixed
    guard.check(read(added), Source.LIVE)
    assert problem not in check(added)


@pytest.mark.parametrize("condition", ["", " WHERE a = 1"])
@pytest.mark.parametrize(
    "follows",
    [
        "GROUP BY a",
        "ORDER BY a",
        "HAVING a = 1",
        "LIMIT 1",
        "OFFSET 1",
        "UNION SELECT 1",
        "EXCEPT SELECT 1",
        "INTERSECT SELECT 1",
        "WINDOW w AS (PARTITION BY a)",
        "group by a HAVING b = 1 order by c limit 5",
    ],
)
def test_the_clause_stands_before_what_follows_where(condition: str, follows: str) -> None:
    sql = f"SELECT a FROM aws.ec2.instances{condition} {follows}"
    (problem,) = check(sql)
    rest = condition.replace(" WHERE", " AND")
    fixed = f"SELECT a FROM aws.ec2.instances WHERE region = :region{rest} {follows}"
    assert with_clause(sql, problem) == fixed
    assert check(fixed) == []


def test_a_problem_says_what_is_missing_and_where() -> None:
    sql = "SELECT *\nFROM aws.ec2.volumes\nUNION\nSELECT *\nFROM aws.\nec2.volumes\nUNION SELECT * FROM aws.ec2.details"
    first, second, third = check(sql)
    assert [(p.resource, p.line, p.occurrence) for p in (first, second, third)] == [
        ("aws.ec2.volumes", 2, 0),
        ("aws.ec2.volumes", 5, 1),
        ("aws.ec2.details", 7, 0),
    ]
    assert first.message == "aws.ec2.volumes needs region"
    assert third.message == "aws.ec2.details needs region and InstanceId"
    assert (first.parameters, third.parameters) == (("region",), ("region", "InstanceId"))


def test_where_there_is_nothing_to_add_the_text_stays() -> None:
    sql = "SELECT * FROM aws.ec2.instancs"
    (unknown,) = check(sql)
    assert with_clause(sql, unknown) == sql
    missing = Problem("missing_parameters", "aws.ec2.volumes", "…", ("region",), (), "region = :region")
    assert with_clause(sql, missing) == sql
    assert with_clause(sql, Problem("unknown_resource", "aws.ec2.instancs", "…")) == sql


def test_an_appearance_that_is_gone_from_the_text_gets_no_clause() -> None:
    sql = "SELECT a FROM aws.ec2.volumes UNION SELECT a FROM aws.ec2.volumes"
    _, second = check(sql)
    assert with_clause(sql, replace(second, occurrence=7)) == sql


def test_an_appearance_that_is_not_found_in_the_text_takes_nothing_from_the_others() -> None:
    first, second = check("SELECT *\nFROM aws.ec2.volumes UNION SELECT * FROM (aws.ec2.volumes)")
    assert (first.line, second.resource) == (2, "aws.ec2.volumes")


def test_an_unknown_resource_has_its_line_and_near_names() -> None:
    (problem,) = check("SELECT *\nFROM\n  aws.ec2.instancs")
    assert (problem.kind, problem.line, problem.near) == ("unknown_resource", 3, ("aws.ec2.instances",))
    assert problem.clause == ""
    assert "Did you mean aws.ec2.instances?" in problem.message
    assert check("\nSELECT * FROM aws.ec2.instancs")[0].line == 2
    (problem,) = check('SELECT *\nFROM Github.Repos."Nothing"')
    assert (problem.message, problem.line) == ("There is no resource Github.Repos.Nothing.", 2)


def test_resources_and_providers_are_listed_once() -> None:
    sql = "SELECT * FROM aws.ec2.instances i JOIN Google.compute.disks d ON 1 = 1 JOIN aws.ec2.instances x ON 1 = 1"
    assert resources(sql) == ["aws.ec2.instances", "Google.compute.disks"]
    assert providers(sql) == ["aws", "google"]


def test_a_name_of_fewer_or_more_parts_is_no_resource() -> None:
    assert resources("SELECT * FROM a JOIN a.b ON 1 = 1 JOIN a.b.c ON 1 = 1 JOIN a.b.c.d ON 1 = 1") == [
        "a.b.c"
    ]


def test_statements_that_are_no_query_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    assert resources("SHOW METHODS IN aws.ec2.instances") == []
    assert resources("SELECT nothing FROM") == []
    assert resources("-- x\nSELECT * FROM aws.ec2.vpcs") == ["aws.ec2.vpcs"]
    assert resources("/* x\n; */ select * from aws.ec2.vpcs") == ["aws.ec2.vpcs"]
    assert not caplog.records


# ---- whatever the query, adding what is missing, problem by problem, ends with nothing missing

names = st.sampled_from(["aws.ec2.instances", "aws.ec2.volumes", "google.compute.disks", "aws.ec2.details"])
conditions = st.sampled_from(
    ["", " WHERE a = 1", " WHERE a = 1 OR b = 2", " WHERE (a = 1 OR b = 2) AND c IN (1, 2)"]
)
tails = st.sampled_from(["", " GROUP BY a", "\nORDER BY a\nLIMIT 5"])


@st.composite
def queries(draw: st.DrawFn, depth: int = 1) -> str:
    """A query whose resources lack their parameters: nested, joined, in a CTE, in a condition, beside a UNION."""
    parts = (
        draw(st.sets(st.sampled_from(["nested", "joined", "with", "in", "union"]), max_size=3))
        if depth
        else set()
    )
    first = f"({draw(queries(depth - 1))})" if "nested" in parts else draw(names)
    sql = f"SELECT *\nFROM {first} AS t"
    if "joined" in parts:
        sql += f" LEFT JOIN {draw(names)} u ON t.a = u.a"
    condition = draw(conditions)
    if "in" in parts:
        condition += (" AND" if condition else " WHERE") + f" d IN ({draw(queries(depth - 1))})"
    sql += condition
    sql += f" UNION {draw(queries(depth - 1))}" if "union" in parts else draw(tails)
    return f"WITH w AS ({draw(queries(depth - 1))}) {sql}" if "with" in parts else sql


@settings(max_examples=25)
@given(queries())
def test_adding_what_is_missing_ends_with_nothing_missing(sql: str) -> None:
    guard.check(read(sql), Source.LIVE)
    problems = check(sql)
    assert problems
    while problems:
        sql = with_clause(sql, problems[0])
        guard.check(read(sql), Source.LIVE)
        # this one is gone, the others are still the same
        left = [(problem.resource, problem.parameters) for problem in problems[1:]]
        problems = check(sql)
        assert [(problem.resource, problem.parameters) for problem in problems] == left
