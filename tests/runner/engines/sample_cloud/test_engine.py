"""The sample engine refuses what StackQL refuses or computes wrongly: what the demonstration runs, a cloud runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inventory_runner.contract import CancelToken, MissingParameter, QuerySyntaxError
from inventory_runner.engines.sample import SampleEngine
from inventory_runner.errors import InventoryError, NotInStackQL
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

INSTANCES = "FROM aws.ec2.instances i WHERE i.region = 'eu-west-1'"
VOLUMES = "FROM aws.ec2.instances i INNER JOIN aws.ec2.volumes v"


@pytest.fixture(scope="module")
def engine() -> Iterator[SampleEngine]:
    made = SampleEngine()
    yield made
    made.close()


def count(engine: SampleEngine, sql: str) -> int:
    statement = guard.check(read(sql), Source.LIVE)
    return engine.execute(statement, credentials={}, timeout=60, cancel=CancelToken()).table.num_rows


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        (f"SELECT * FROM (SELECT DISTINCT instance_type {INSTANCES}) t", QuerySyntaxError),
        (f"SELECT * FROM (SELECT instance_id {INSTANCES} ORDER BY 1 LIMIT 5) t", QuerySyntaxError),
        (f"SELECT json_extract(state, 'Name') {INSTANCES}", QuerySyntaxError),
        (f"SELECT instance_id {INSTANCES} AND ebs_optimized = true", QuerySyntaxError),
        (f"SELECT instance_id {INSTANCES} AND instance_id GLOB 'i*'", NotInStackQL),
        # = on a column looks like a parameter until the resource is looked up
        (
            "SELECT instance_id FROM aws.ec2.instances, json_each(volumes)"
            " WHERE region = 'eu-west-1' AND instance_type = 't3.micro'",
            NotInStackQL,
        ),
        (f"SELECT 1 AS a {VOLUMES} ON v.region = 'eu-west-1' WHERE i.region = 'eu-west-1'", MissingParameter),
        (f"SELECT 1 AS a {VOLUMES} ON v.region = i.region WHERE i.region = 'eu-west-1'", MissingParameter),
    ],
)
def test_what_stackql_refuses_is_refused(engine: SampleEngine, sql: str, error: type[InventoryError]) -> None:
    with pytest.raises(error):
        count(engine, sql)


def test_what_is_spelt_otherwise_for_stackql_runs(engine: SampleEngine) -> None:
    every, some = count(engine, f"SELECT instance_id {INSTANCES}"), "instance_type BETWEEN 'm' AND 'n'"
    chosen = count(engine, f"SELECT instance_id {INSTANCES} AND {some}")
    assert every == chosen + count(engine, f"SELECT instance_id {INSTANCES} AND NOT {some}")
    assert 0 < chosen < every
