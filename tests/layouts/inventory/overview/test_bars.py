"""The overview's bars."""

from __future__ import annotations

from datetime import UTC, datetime

from layouts.inventory.overview import bars
from services.models.inventory import InventoryFilter, Overview, Share, TableRef, TableSummary

NOW = datetime.now(UTC)
REF = TableRef("stackql_inventory", "aws_ec2_instances")


def test_a_share_is_drawn_whole_and_each_part_leads_to_its_own() -> None:
    at = {"filter": InventoryFilter(), "at": NOW, "levels": {"aws": (1,)}}
    rows, tables = {"aws": 2, "google": 5}, {"aws": REF}
    shown = Overview(**at, shares={"state": (Share("active", rows, tables),), "owner": (Share("web", rows),)})
    drawn = {
        dimension: [
            trace for trace in bars.share_bars(shown, False, dimension)["data"] if trace["type"] == "bar"
        ]
        for dimension in ("state", "owner")
    }
    assert sum(trace["x"][0] for trace in drawn["state"]) == 7
    # a state's column may have another name in the table
    assert [trace["customdata"] for trace in drawn["state"]] == [
        ["/inventory/aws_ec2_instances?tab=charts"],
        [""],
    ]
    assert [trace["customdata"][0] for trace in drawn["owner"]] == [
        f"/inventory?view=resources&owner=web&provider={provider}" for provider in rows
    ]


def test_two_clouds_that_call_a_type_the_same_are_told_apart() -> None:
    tables = tuple(
        TableSummary(TableRef("s", provider), provider, "compute", "disks", rows=2)
        for provider in ("azure", "google")
    )
    drawn = bars.type_bars(Overview(InventoryFilter(), NOW, tables), False)
    assert set(drawn["layout"]["yaxis"]["ticktext"]) == {"azure disks", "google disks"}
