"""SHOW, DESCRIBE and REGISTRY LIST, and the same by method."""

from __future__ import annotations

import pytest

from inventory_runner.contract import Column, Method, UnknownResource
from inventory_runner.engines.sample_cloud import SampleCloud

CLOUD = SampleCloud()


@pytest.mark.parametrize(
    ("sql", "columns", "row"),
    [
        ("SHOW PROVIDERS", ["name", "version"], ("aws", "v26.08.00412")),
        ("show services in aws;", ["id", "name", "title"], ("ec2:v26.08.00412", "ec2", "Ec2")),
        ("SHOW RESOURCES IN aws.ec2", ["name", "id"], ("instances", "aws.ec2.instances")),
        ("SHOW RESOURCES FROM aws.ec2 LIKE 'v%'", ["name", "id"], ("volumes", "aws.ec2.volumes")),
        (
            "SHOW METHODS IN github.repos.branches",
            ["MethodName", "RequiredParams", "SQLVerb"],
            ("list_branches", "owner, repo", "SELECT"),
        ),
        ("DESCRIBE aws.ec2.volumes -- all of it", ["name", "type"], ("size", "integer")),
        ("DESCRIBE EXTENDED aws.ec2.volumes", ["name", "type", "description"], ("encrypted", "boolean", "")),
        ("REGISTRY LIST", ["provider", "version"], ("okta", "v26.07.00404")),
        ("SHOW EXTENDED PROVIDERS WHERE name = 'okta'", ["name", "version"], ("okta", "v26.07.00404")),
        ("SHOW VERSION; -- which", ["version"], ("sample",)),
        ("show extended version", ["version"], ("sample",)),
        (
            "DESCRIBE METHOD EXTENDED github.repos.branches.list_branches",
            ["name", "type", "param_type", "shape", "description"],
            ("owner", "string", "input_required", "", ""),
        ),
        (
            "SHOW INSERT /*+ REQUIRED */ INTO aws.sns.topics;",
            ["insert_statement"],
            ("INSERT INTO aws.sns.topics(\n  region\n)\nSELECT\n  '{{ .values.region }}'\n;",),
        ),
        ("REGISTRY LIST okta", ["provider", "version"], ("okta", "v26.07.00404")),
        ("REGISTRY LIST LIKE 'databricks%'", ["provider", "version"], ("databricks_account", "v26.08.00413")),
    ],
)
def test_the_catalogue_is_shown(sql: str, columns: list[str], row: tuple[str, ...]) -> None:
    answer = CLOUD.execute(sql)
    assert answer.columns == columns
    assert row in answer.rows


def test_like_leaves_out_the_rest() -> None:
    assert CLOUD.execute("SHOW PROVIDERS LIKE 'g%'").rows == [
        ("github", "v26.06.00401"),
        ("google", "v26.08.00410"),
    ]


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        ("name = 'aws' OR name LIKE 'go%' AND version LIKE 'v26%'", ["aws", "google"]),
        ("name LIKE 'g%' AND name != 'google'", ["github"]),
        ("NAME = 'it''s' OR name = 'okta'", ["okta"]),
        ("name = 'aws' AND version = ' OR name LIKE ''%'", []),
    ],
)
def test_where_leaves_out_the_rest(tests: str, names: list[str]) -> None:
    assert [row[0] for row in CLOUD.execute(f"SHOW PROVIDERS WHERE {tests}").rows] == names


def test_without_a_directive_every_column_is_inserted() -> None:
    ((text,),) = CLOUD.execute("SHOW INSERT INTO aws.sns.topics").rows
    assert "region,\n  topic_arn" in text


def test_the_same_by_method() -> None:
    assert "google" in CLOUD.providers()
    assert CLOUD.services("okta") == ["groups", "users"]
    assert CLOUD.resources("aws", "s3") == ["buckets"]
    assert CLOUD.describe("aws.sns.topics") == [Column("topic_arn", "string")]
    assert CLOUD.methods("aws.sns.topics") == [Method("list_topics", "SELECT", ("region",))]
    for call in (
        lambda: CLOUD.services("aws_"),
        lambda: CLOUD.resources("aws", "ec3"),
        lambda: CLOUD.describe("aws"),
    ):
        with pytest.raises(UnknownResource):
            call()
