"""A table's statement narrowed to one resource gives that resource alone, as the cloud's engine answers it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inventory_runner.contract import AccessDenied
from inventory_runner.engines.sample_cloud import SampleCloud
from inventory_runner.models import Scope
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.statement import Source, read
from services.inventory_service.live_statement import narrow_to_resource
from services.starter import StarterSchedule, load_library

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIBRARY = load_library()
TEXTS = {query.name: query.query_text for query in LIBRARY.queries}


@pytest.mark.parametrize("schedule", LIBRARY.schedules, ids=lambda one: one.target_table)
def test_every_starter_table_is_narrowed_to_one_of_its_rows(schedule: StarterSchedule) -> None:
    cloud = SampleCloud(TODAY)
    text = TEXTS[schedule.query_name]
    asked = guard.check(read(text), Source.LIVE)
    for scope in Scope.combinations(schedule.parameter_values):
        try:
            whole = cloud.execute(parameters.bind(asked, scope.values).text)
        except AccessDenied:
            continue
        for row in (whole.rows[:1], whole.rows[-1:]):
            values = dict(zip(whole.columns, *row, strict=True))
            narrowed = narrow_to_resource(text, scope.values, schedule.key_columns, values)
            assert narrowed and not read(narrowed).parameters
            assert cloud.execute(narrowed).rows == row
        break


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        (
            "SELECT instance_id, region FROM aws.ec2.instances WHERE region = :region -- all\nLIMIT 9",
            {"instance_id": "i-1"},
            "SELECT instance_id, region FROM aws.ec2.instances WHERE region = 'eu-west-1'\n"
            "  AND instance_id = 'i-1'       \nLIMIT 9",
        ),
        (
            "SELECT lower(i.instance_id) AS instance_id FROM aws.ec2.instances i"
            " WHERE i.region = :region OR i.region = 'x'",
            {"instance_id": "it's"},
            "SELECT lower(i.instance_id) AS instance_id FROM aws.ec2.instances i"
            " WHERE (i.region = 'eu-west-1' OR i.region = 'x')\n  AND lower(i.instance_id) = 'it''s'",
        ),
        (
            "SELECT instance_id FROM aws.ec2.instances",
            {"instance_id": 7},
            "SELECT instance_id FROM aws.ec2.instances\nWHERE instance_id = 7",
        ),
        # what cannot be said for sure is not offered
        ("SELECT * FROM aws.ec2.instances WHERE region = :region", {"instance_id": "i"}, ""),
        ("SELECT max(a) AS instance_id FROM aws.ec2.instances GROUP BY b", {"instance_id": "i"}, ""),
        ("SELECT instance_id FROM a.b.c UNION SELECT instance_id FROM a.b.d", {"instance_id": "i"}, ""),
        ("WITH w AS (SELECT 1) SELECT instance_id FROM a.b.c", {"instance_id": "i"}, ""),
        ("SELECT instance_id FROM a.b.c WHERE x = :unknown", {"instance_id": "i"}, ""),
        ("SELECT instance_id FROM a.b.c", {"instance_id": "back\\slash"}, ""),
        ("SELECT instance_id FROM a.b.c", {"instance_id": None}, ""),
        ("SELECT instance_id, b AS instance_id FROM a.b.c", {"instance_id": "i"}, ""),
        ("DELETE FROM a.b.c", {"instance_id": "i"}, ""),
        ("", {"instance_id": "i"}, ""),
    ],
)
def test_a_statement_is_narrowed_where_its_key_is_an_expression_of_its_own(
    text: str, values: dict[str, object], expected: str
) -> None:
    assert narrow_to_resource(text, {"region": "eu-west-1"}, ["instance_id"], values) == expected
