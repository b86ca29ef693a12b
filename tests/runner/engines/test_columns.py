"""What a query's text says of its columns."""

from __future__ import annotations

import pytest

from inventory_runner.engines.columns import find_types
from inventory_runner.sql.statement import read

TABLES = {
    "aws.ec2.volumes": {
        "id": "string",
        "size": "integer",
        "iops": "number",
        "encrypted": "boolean",
        "tags": "array",
    },
    "aws.ec2.instances": {"id": "string", "cores": "integer", "size": "string"},
}


def types(sql: str) -> dict[str, str]:
    return find_types(read(sql).query, lambda name: TABLES.get(name, {}))


@pytest.mark.parametrize(
    ("selected", "kind"),
    [
        ("size", "integer"),
        ("v.size", "integer"),
        ("SIZE", "integer"),
        ("iops", "number"),
        ("encrypted", "boolean"),
        ("tags", "json"),
        ("id", None),
        ("unknown", None),
        ("w.size", None),
        ("count(*)", "integer"),
        ("count(DISTINCT id)", "integer"),
        ("sum(size)", "integer"),
        ("sum(iops)", "number"),
        ("sum(id)", "number"),
        ("max(size)", "integer"),
        ("min(id)", None),
        ("avg(size)", "number"),
        ("size + 1", "integer"),
        ("size + 0.5", "number"),
        ("id + 0", "number"),
        ("(size * 2)", "integer"),
        ("-size", "integer"),
        ("size / 2", "number"),
        ("CAST(id AS INTEGER)", "integer"),
        ("CAST(id AS REAL)", "number"),
        ("CAST(size AS TEXT)", None),
        ("1", "integer"),
        ("1.5", "number"),
        ("'1'", None),
        ("NULL", None),
        ("size > 5", "integer"),
        ("id LIKE 'x%'", "integer"),
        ("coalesce(size, 0)", "integer"),
        ("coalesce(size, 'none')", None),
        ("CASE WHEN encrypted THEN 1 ELSE 0 END", "integer"),
        ("CASE WHEN encrypted THEN 1 END", "integer"),
        ("CASE WHEN encrypted THEN 'yes' ELSE 0 END", None),
        ("row_number() OVER (ORDER BY id)", "integer"),
        ("sum(size) OVER (PARTITION BY id)", "integer"),
        ("json_extract(tags, '$.a')", None),
        ("id || 'x'", None),
        ("length(id)", "integer"),
    ],
)
def test_an_expressions_type(selected: str, kind: str | None) -> None:
    found = types(f"SELECT {selected} AS it FROM aws.ec2.volumes v WHERE region = 'x'")
    assert found == ({} if kind is None else {"it": kind})


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT * FROM aws.ec2.volumes",
            {"size": "integer", "iops": "number", "encrypted": "boolean", "tags": "json"},
        ),
        ("SELECT i.* FROM aws.ec2.volumes v JOIN aws.ec2.instances i ON v.id = i.id", {"cores": "integer"}),
        # of two tables, and of two types
        ("SELECT size, cores FROM aws.ec2.volumes v, aws.ec2.instances i", {"cores": "integer"}),
        ("SELECT v.size AS a, i.size AS b FROM aws.ec2.volumes v, aws.ec2.instances i", {"a": "integer"}),
        (
            "WITH big AS (SELECT id, size AS gb FROM aws.ec2.volumes) SELECT id, max(gb) AS m FROM big",
            {"m": "integer"},
        ),
        ("SELECT q.n FROM (SELECT count(*) AS n FROM aws.ec2.volumes) q", {"n": "integer"}),
        (
            "SELECT size FROM aws.ec2.volumes UNION ALL SELECT cores FROM aws.ec2.instances",
            {"size": "integer"},
        ),
        ("SELECT size FROM aws.ec2.volumes UNION ALL SELECT size FROM aws.ec2.instances", {}),
        ("SELECT count(*) FROM aws.ec2.volumes", {"count(*)": "integer"}),
        ("SELECT t.value FROM aws.ec2.volumes, json_each(tags) t", {}),
        ("-- a comment\nSELECT size FROM aws.ec2.volumes", {"size": "integer"}),
        ("SHOW SERVICES IN aws", {}),
        ("SELECT FROM WHERE", {}),
        ("SELECT size FROM nowhere", {}),
    ],
)
def test_a_querys_columns(sql: str, expected: dict[str, str]) -> None:
    assert types(sql) == expected


@pytest.mark.parametrize("deep", ["size" + "+1" * 5000, "(" * 3000 + "size" + ")" * 3000])
def test_what_is_nested_deeper_than_the_stack_has_its_type_or_none(deep: str) -> None:
    # how deep that is depends on who calls
    assert types(f"SELECT {deep} AS it FROM aws.ec2.volumes") in ({}, {"it": "integer"})
