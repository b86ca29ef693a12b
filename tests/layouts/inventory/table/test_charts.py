"""The chart of a table."""

from __future__ import annotations

import json

import pytest

from layouts.inventory.table.charts import chart_figure
from services.models.inventory import ChartChoice, ChartData, TableRef

REF = TableRef("stackql_inventory", "aws_ec2_instances")


@pytest.mark.parametrize("kind", ["bar", "column", "line", "area", "pie", "treemap"])
def test_values_of_the_cloud_are_drawn_apart_and_as_text(kind) -> None:
    alike = tuple(f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))
    data = ChartData(
        ChartChoice("role", kind=kind), (*alike, '<a href="https://x.example">y</a>'), {"": (3, 2, 1)}
    )
    [trace] = chart_figure(REF, data, False)["data"]
    places = trace.get("labels") or (trace["y"] if kind == "bar" else trace["x"])
    assert len(set(places)) == 3
    assert "&lt;a href" in json.dumps(trace) and "<a" not in json.dumps(trace)
