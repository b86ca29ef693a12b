"""What the inventory's charts share: figures as plain dictionaries, labels, the axis of a count."""

from __future__ import annotations

from typing import Any

from layouts.components.charts import drawn, theme

UNKNOWN = "not known"
LONGEST_LABEL = 22
FEW_COUNTS, THOUSAND = 5, 1_000
# room between an axis's names and its marks
GAP = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}


def figure(dark: bool, traces: list[dict[str, Any]], **layout: Any) -> dict[str, Any]:
    """A figure in the theme's template."""
    return {"data": traces, "layout": {"template": theme(dark), "autosize": True, **layout}}


def short(text: str) -> str:
    """A value as a chart's label."""
    return drawn(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…")


def number_axis(most: float) -> dict[str, Any]:
    """How an axis of counts up to `most` is written: whole numbers, thousands as 1k."""
    if most <= FEW_COUNTS:
        return {"tickformat": "d", "dtick": 1}
    return {"tickformat": "~s" if most >= THOUSAND else ",~r"}
