"""Unknown columns are named with near ones, what cannot be told is said, and what is there is held against nobody."""

# ruff: noqa: E501 - a statement and what is said of it stand on one line

from __future__ import annotations

import pytest

from inventory_runner.contract import Column, EngineError, Method, UnknownResource
from inventory_runner.sql import preflight
from inventory_runner.sql.preflight import Findings
from inventory_runner.sql.statement import read

COLUMNS = {
    "aws.lambda.functions": ("function_name", "function_arn", "layers", "runtime", "region"),
    "aws.ec2.security_groups": ("group_id", "group_name", "security_group_ingress", "vpc_id"),
    "aws.ec2.instances": ("instance_id", "instance_type", "state", "vpc_id", "tags", "a$b"),
    "aws.ec2.silent": (),
}


class Metadata:
    def methods(self, resource: str) -> list[Method]:
        if resource not in COLUMNS and resource != "aws.ec2.broken":
            raise UnknownResource("no", near=["aws.ec2.instances"])
        return [Method("list", "SELECT", ("region",)), Method("get", "SELECT", ("region", "Identifier"))]

    def describe(self, resource: str) -> list[Column]:
        if resource == "aws.ec2.broken":
            raise EngineError("not now")
        return [Column(name, "string") for name in COLUMNS[resource]]


def examine(sql: str) -> Findings:
    return preflight.examine(read(sql), Metadata())  # type: ignore[arg-type]


UNKNOWN = [
    (
        "SELECT functon_name FROM aws.lambda.functions, json_each(layers) WHERE region = 'us-east-1'",
        "There is no column functon_name in aws.lambda.functions or json_each. Did you mean function_name, function_arn?",
    ),
    (
        "SELECT group_id, r.valeu FROM aws.ec2.security_groups, json_each(security_group_ingress) r WHERE region = 'x'",
        "There is no column r.valeu in json_each. Did you mean value?",
    ),
    (
        "SELECT vm_id FROM aws.ec2.instances WHERE region = 'x'",
        "There is no column vm_id in aws.ec2.instances. Did you mean vpc_id?",
    ),
    (
        "SELECT count(stat) FROM aws.ec2.instances WHERE region = 'x'",
        "There is no column stat in aws.ec2.instances.",
    ),
    ("SELECT state FROM aws.ec2.instances WHERE region = 'x' AND vpcid LIKE 'a'", "There is no column vpcid"),
    (
        "SELECT state FROM aws.ec2.instances WHERE region = 'x' AND (vpcid = 'a' OR state = 1)",
        "There is no column vpcid",
    ),
    ("SELECT state FROM aws.ec2.instances WHERE region = 'x' AND vpcid = state", "There is no column vpcid"),
    ("SELECT state FROM aws.ec2.instances WHERE region = 'x' ORDER BY stat", "There is no column stat"),
    (
        "SELECT state FROM aws.ec2.instances WHERE region = 'x' GROUP BY stat HAVING count(*) > 1",
        "no column stat",
    ),
    (
        "SELECT max(state) OVER (PARTITION BY stat) FROM aws.ec2.instances WHERE region = 'x'",
        "no column stat",
    ),
    ("SELECT json_extract(tag, '$.a') FROM aws.ec2.instances WHERE region = 'x'", "no column tag"),
    ("SELECT x.state FROM aws.ec2.instances i WHERE region = 'y'", "Nothing is called x in this SELECT."),
    ("SELECT i.* , j.* FROM aws.ec2.instances i WHERE region = 'y'", "Nothing is called j in this SELECT."),
    (
        "WITH q AS (SELECT state AS s FROM aws.ec2.instances WHERE region = 'x') SELECT state FROM q",
        "There is no column state in q.",
    ),
    (
        "WITH q (s) AS (SELECT state FROM aws.ec2.instances WHERE region = 'x') SELECT state FROM q",
        "no column state in q",
    ),
    (
        "WITH q AS (SELECT * FROM aws.ec2.instances WHERE region = 'x') SELECT states FROM q",
        "no column states in q",
    ),
    (
        "SELECT t.b FROM (SELECT state AS a FROM aws.ec2.instances WHERE region = 'x') t",
        "There is no column t.b in t.",
    ),
    (
        "SELECT (SELECT max(f.runtime) FROM aws.lambda.functions f WHERE f.region = 'x' AND f.vpc = i.vpc_id)"
        " FROM aws.ec2.instances i WHERE i.region = 'x'",
        "There is no column f.vpc in aws.lambda.functions.",
    ),
    (
        "SELECT state FROM aws.ec2.instances WHERE region = 'x' UNION SELECT stat FROM aws.ec2.instances WHERE region = 'x'",
        "There is no column stat",
    ),
    (
        "SELECT state AS a FROM aws.ec2.instances WHERE region = 'x' UNION SELECT 1 ORDER BY b",
        "There is no column b in the",
    ),
    (
        "SELECT i.state FROM (aws.ec2.instances i, aws.lambda.functions f) WHERE i.region = 'x' AND f.region = 'x' AND f.b > 1",
        "There is no column f.b in aws.lambda.functions.",
    ),
]


@pytest.mark.parametrize(("sql", "says"), UNKNOWN)
def test_an_unknown_column_is_named(sql: str, says: str) -> None:
    found = examine(sql)
    (problem,) = found.problems
    assert problem.kind == "unknown_column"
    assert says in problem.message
    assert found.doubts == ()
    assert "columns" not in found.describe()


KNOWN = [
    "SELECT function_name, layers, key, value, fullkey FROM aws.lambda.functions, json_each(layers) WHERE region = 'x'",
    "SELECT e.value, json_each.type FROM aws.lambda.functions f, json_each(f.layers) e, JSON_EACH(f.layers) WHERE f.region = 'x'",
    "SELECT INSTANCE_ID, Region, i.State, instances.vpc_id FROM aws.ec2.instances i WHERE region = 'x' AND identifier = 'y'",
    "SELECT state AS s, count(*) AS n FROM aws.ec2.instances WHERE region = 'x' AND s = 1 GROUP BY s HAVING n > 1 ORDER BY n",
    "SELECT a$b, rowid FROM aws.ec2.instances WHERE region = 'x'",
    "SELECT *, i.* FROM aws.ec2.instances i WHERE region = 'x'",
    "SELECT state FROM aws.ec2.instances WHERE region = 'x' ORDER BY state COLLATE NOCASE",
    "SELECT max(state) OVER w FROM aws.ec2.instances WHERE region = 'x' WINDOW w AS (PARTITION BY vpc_id)",
    "WITH q AS (SELECT state, vpc_id v FROM aws.ec2.instances WHERE region = 'x'), p AS (SELECT v FROM q) SELECT v FROM p",
    "WITH q AS (SELECT * FROM aws.ec2.instances WHERE region = 'x') SELECT state FROM q NATURAL JOIN q r WHERE r.tags = 1",
    "SELECT state FROM aws.ec2.instances WHERE region = 'x' UNION SELECT group_id FROM aws.ec2.security_groups WHERE region = 'x'"
    " ORDER BY state",
    "SELECT i.state FROM aws.ec2.instances i JOIN aws.ec2.security_groups g USING (vpc_id) WHERE i.region = 'x' AND g.region = 'x'",
    "SELECT state FROM aws.ec2.instances i WHERE region = 'x' AND EXISTS (SELECT 1 FROM aws.ec2.security_groups g"
    " WHERE g.region = 'x' AND g.vpc_id = i.vpc_id AND tags IS NULL)",
    "SELECT a, b.c FROM (SELECT 1 AS a), (SELECT state AS c FROM aws.ec2.instances WHERE region = 'x') b",
    "SELECT x FROM aws.ec2.instances t (x, y) WHERE region = 'x'",
    "SELECT date('now', '-1 day'), CAST(state AS SIGNED), CASE state WHEN 'a' THEN tags END FROM aws.ec2.instances WHERE region = :r",
]


@pytest.mark.parametrize("sql", KNOWN)
def test_what_is_there_is_not_held_against_anyone(sql: str) -> None:
    found = examine(sql)
    assert [problem for problem in found.problems if problem.kind == "unknown_column"] == []
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("sql", "doubt"),
    [
        (
            "SELECT state FROM aws.ec2.instances WHERE region = 'x' AND stat = 'a'",
            "Whether there is a column stat could not be told: it may be an optional parameter of the provider's call."
            " Did you mean state?",
        ),
        (
            "SELECT state FROM aws.ec2.instances WHERE region = 'x' AND $filter IN ('a', 'b')",
            "column $filter could not be told",
        ),
        (
            "SELECT state FROM aws.ec2.instances i WHERE region = 'x' AND ((:a = i.$filter))",
            "column i.$filter could not be told",
        ),
        (
            "SELECT \"running\" FROM aws.ec2.instances WHERE region = 'x'",
            "what stands in double quotes is read as a text",
        ),
        (
            "SELECT a, b FROM aws.ec2.silent WHERE region = 'x'",
            "Whether there are columns a and b could not be told: the columns of aws.ec2.silent are not known.",
        ),
        ("SELECT a FROM aws.ec2.broken WHERE region = 'x'", "the columns of aws.ec2.broken are not known"),
        ("SELECT a FROM my_view", "the columns of my_view are not known"),
        (
            "SELECT q.a FROM aws.ec2.instances i, regions(i.tags) q WHERE i.region = 'x'",
            "the columns of regions are not known",
        ),
        (
            "SELECT a FROM aws.ec2.instances i, my_view WHERE i.region = 'x'",
            "the columns of my_view are not known",
        ),
        ("WITH RECURSIVE q AS (SELECT 1 UNION SELECT n FROM q) SELECT a FROM q", "are not known"),
    ],
)
def test_what_cannot_be_told_is_said_instead_of_found(sql: str, doubt: str) -> None:
    found = examine(sql)
    assert found.problems == ()
    (said,) = found.doubts
    assert doubt in said
    assert said in found.describe()
    assert "columns" not in found.describe().split(";")[0]


def test_what_was_looked_up_is_found() -> None:
    assert examine("SELECT state FROM aws.ec2.instances WHERE region = 'x'").describe() == (
        "resource, columns and parameters found"
    )
    assert (
        examine("SELECT 1 WHERE a = 2").describe() == examine("SHOW PROVIDERS").describe() == "it only reads"
    )


def test_of_an_unknown_resource_nothing_more_is_said() -> None:
    found = examine("SELECT a FROM aws.ec2.instancez")
    assert [problem.kind for problem in found.problems] == ["unknown_resource"]
    assert found.doubts == ()


def test_near_names_are_put_where_the_name_stands() -> None:
    sql = "-- stat\nSELECT 'stat', i.stat -- stat\nFROM aws.ec2.instances i WHERE region = 'x'"
    (problem,) = examine(sql).problems
    assert (problem.line, problem.near) == (2, ("state",))
    assert preflight.replace_near(read(sql), problem, "state") == sql.replace("i.stat", "i.state")
    again = "SELECT 'aws.ec2.instancez' FROM aws.ec2.instancez a, aws.ec2.instancez b -- aws.ec2.instancez"
    for problem in examine(again).problems:
        assert preflight.replace_near(read(again), problem, "x.y.z") == (
            "SELECT 'aws.ec2.instancez' FROM x.y.z a, x.y.z b -- aws.ec2.instancez"
        )


def test_a_chain_of_thousands_of_operators_is_no_error() -> None:
    sql = f"SELECT {' + '.join(['state'] * 3000)} FROM aws.ec2.instances WHERE region = 'x'"
    assert examine(sql).problems == ()


def test_names_of_parameters_that_are_no_parameters_of_ours_get_another() -> None:
    class Asks(Metadata):
        def methods(self, resource: str) -> list[Method]:
            return [Method("list", "SELECT", ("$filter", "api-version", "2fa"))]

    statement = read("SELECT state FROM aws.ec2.instances")
    (problem,) = preflight.examine(statement, Asks()).problems  # type: ignore[arg-type]
    fixed = preflight.add_clause(statement, problem)
    assert fixed == (
        'SELECT state FROM aws.ec2.instances WHERE $filter = :filter AND "api-version" = :api_version AND "2fa" = :_2fa'
    )
    assert read(fixed).parameters == ("filter", "api_version", "_2fa")
    assert preflight.examine(read(fixed), Asks()).problems == ()  # type: ignore[arg-type]


class TwoMethods(Metadata):
    """As AWS Lambda has them: DESCRIBE tells the columns of the first, which the query does not call."""

    def methods(self, resource: str) -> list[Method]:
        return [Method("get", "SELECT", ("Identifier",)), Method("list", "SELECT", ("region",))]


def test_columns_of_another_method_than_the_described_one_are_not_refused() -> None:
    def look(where: str) -> Findings:
        sql = f"SELECT functon_name FROM aws.lambda.functions WHERE {where}"
        return preflight.examine(read(sql), TwoMethods())  # type: ignore[arg-type]

    other = look("region = 'x'")
    assert other.problems == ()
    assert "could not be told" in other.doubts[0]
    assert "Did you mean function_name" in other.doubts[0]
    assert other.describe().startswith("resource and parameters found")
    described = look("Identifier = 'x'")
    assert [one.kind for one in described.problems] == ["unknown_column"]
