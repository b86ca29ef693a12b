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
