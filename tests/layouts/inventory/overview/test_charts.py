"""The overview's charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from layouts.inventory.overview import ages, charts, page, treemap
from services.inventory_service.charts import titles
from services.models.inventory import Freshness, InventoryFilter, Overview, TableRef, TableSummary

NOW = datetime.now(UTC)


def test_many_providers_are_drawn_together_and_keep_their_colours() -> None:
    levels = {f"cloud{i}": (100 - i, 100 - i) for i in range(20)}
    tables = tuple(
        TableSummary(TableRef("s", name), name, rows=1, updated_at=NOW, freshness=Freshness.UNMANAGED)
        for name in levels
    )
    days = (NOW.date() - timedelta(days=1), NOW.date())
    shown = Overview(InventoryFilter(), NOW, tables, days, levels, providers=tuple(levels))
    traces = charts.over_time(shown, False)["data"]
    assert len(traces) == 10 and traces[-1]["name"] == "11 others"
    assert sum(trace["y"][0] for trace in traces) == sum(values[0] for values in levels.values())
    assert ages.ages(shown, False)["layout"]["yaxis"]["ticktext"][-1] == "11 others"
    alone = replace(shown, levels={"cloud7": (1, 1)}, providers=("cloud7",))
    assert charts.over_time(alone, False)["data"][0]["line"]["color"] == traces[7]["line"]["color"]


def test_an_inventory_of_empty_tables_is_drawn() -> None:
    table = TableSummary(TableRef("s", "t"), "aws", rows=0, updated_at=NOW, freshness=Freshness.FRESH)
    shown = Overview(InventoryFilter(), NOW, (table,), levels={"aws": ()})
    [trace] = treemap.where(shown, False)["data"]
    assert trace["ids"] == []
    assert page.grid(shown, titles(shown), False).children
