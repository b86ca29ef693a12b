"""Whether a statement's rows are resources or sums of them, by its text."""

from __future__ import annotations

import pytest

from inventory_runner.models import TableKind
from inventory_runner.sql.statement import read
from inventory_runner.sql.table_kind import find_table_kind
from services.starter import load_library


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM aws.ec2.instances WHERE region = :region",
        "SELECT instance_type, COUNT(1) AS n FROM aws.ec2.instances GROUP BY instance_type",
        "SELECT region, 1 + sum(size) FROM aws.ec2.volumes GROUP BY region",
        "SELECT project_id, group_concat(name) FROM google.compute.disks GROUP BY project_id",
        "SELECT json_group_array(name) FROM google.compute.disks",
        "SELECT total(size) FROM aws.ec2.volumes",
        "WITH n AS (SELECT state, count(*) AS n FROM aws.ec2.instances GROUP BY 1) SELECT * FROM n ORDER BY n",
        "SELECT state, n FROM (SELECT state, count(*) AS n FROM aws.ec2.instances GROUP BY 1)",
        "SELECT 'aws' AS cloud, count(*) FROM aws.ec2.volumes UNION ALL SELECT 'x', count(*) FROM azure.compute.disks",
    ],
)
def test_rows_that_sum_up_others_are_counts(sql: str) -> None:
    assert find_table_kind(read(sql)) is TableKind.COUNTS


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT instance_id, max(a, b) AS larger FROM aws.ec2.instances",
        "SELECT instance_id FROM aws.ec2.instances WHERE instance_type IN (SELECT max(instance_type) FROM aws.ec2.x)",
        "SELECT instance_id, (SELECT count(*) FROM aws.ec2.volumes) AS volumes FROM aws.ec2.instances",
        "SELECT instance_id, count(*) OVER (PARTITION BY vpc_id) FROM aws.ec2.instances",
        "SELECT i.instance_id FROM aws.ec2.instances i JOIN (SELECT vpc_id, count(*) FROM aws.ec2.vpcs GROUP BY 1) v"
        " ON v.vpc_id = i.vpc_id",
        "SELECT DISTINCT vpc_id FROM aws.ec2.instances",
        "SELECT function_name FROM aws.lambda.functions WHERE region = :region AND runtime IN ('python3.6')",
        "SHOW PROVIDERS",
        "SELECT",
    ],
)
def test_conditions_and_values_beside_a_row_leave_it_a_resource(sql: str) -> None:
    assert find_table_kind(read(sql)) is TableKind.INVENTORY


def test_the_starters_that_are_scheduled_are_inventories() -> None:
    library = load_library()
    texts = {query.name: query.query_text for query in library.queries}
    kinds = {one.query_name: find_table_kind(read(texts[one.query_name])) for one in library.schedules}
    assert set(kinds.values()) == {TableKind.INVENTORY}
    assert find_table_kind(read(texts["AWS: instances by type and state"])) is TableKind.COUNTS
