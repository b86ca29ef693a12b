"""The words of what a chart measures, the same in its builder, its title and the head of its numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

MEASURE_WORDS = {
    "count": "Count of rows", "sum": "Sum", "avg": "Average", "mean": "Average", "min": "Least", "max": "Most",
}  # fmt: skip


def name_measure(measure: str, of: str) -> str:
    """`Rows`, `Sum of size_gb`."""
    return "Rows" if measure == "count" or not of else f"{MEASURE_WORDS[measure]} of {of}"


_PERIODS = {len("2026-11-21"): "day", len("2026-11"): "month", len("2026"): "year"}
_PERIOD = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def name_period(groups: Sequence[str]) -> str:
    """`day`, `month` or `year` where a chart's groups are these, beside those of no value; else nothing."""
    known = [group for group in groups if group != "(none)"]
    if not known or not all(_PERIOD.fullmatch(group) and len(group) == len(known[0]) for group in known):
        return ""
    return _PERIODS[len(known[0])]
