"""The words of what a chart measures, the same in its builder, its title and the head of its numbers."""

from __future__ import annotations

MEASURE_WORDS = {
    "count": "Count of rows", "sum": "Sum", "avg": "Average", "mean": "Average", "min": "Least", "max": "Most",
}  # fmt: skip


def name_measure(measure: str, of: str) -> str:
    """`Rows`, `Sum of size_gb`."""
    return "Rows" if measure == "count" or not of else f"{MEASURE_WORDS[measure]} of {of}"
