"""How a grid stands in its page's address: the filters of its columns and its order, and both in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.models.column_values import is_value_filter
from services.models.windows import list_conditions
from services.models.wording import format_count

# AG Grid's words for comparisons → ours, in the order in which they are offered
BLANKS = {"blank": "is empty", "notBlank": "is not empty"}
TEXT_CONDITIONS = {
    "contains": "contains",
    "notContains": "does not contain",
    "equals": "is",
    "notEqual": "is not",
    "startsWith": "begins with",
    "endsWith": "ends with",
    **BLANKS,
}
NUMBER_CONDITIONS = {
    "equals": "=",
    "notEqual": "≠",
    "greaterThan": ">",
    "greaterThanOrEqual": "≥",
    "lessThan": "<",
    "lessThanOrEqual": "≤",
    "inRange": "between",
    **BLANKS,
}
# of chosen values so many are named
MOST_NAMED = 3
LONGEST_NAMED = 60
# characters of an address: servers refuse longer ones
LONGEST_ADDRESS = 6_000


@dataclass(frozen=True)
class GridView:
    """filters: column → AG Grid's model. sort: `{"column", "descending"}` each. notes: what of an address was left
    out, a sentence each.
    """

    filters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sort: Sequence[Mapping[str, Any]] = ()
    notes: tuple[str, ...] = ()

    def format_where(self, without: str = "") -> str:
        """The filters as an address carries them, but for one column's; empty for none."""
        kept = {name: model for name, model in self.filters.items() if name != without}
        return _write(kept) if kept else ""

    def format_sort(self) -> str:
        """The order as an address carries it; empty for none."""
        return _write(list(self.sort)) if self.sort else ""


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def describe_filter(model: Mapping[str, Any]) -> str:
    """A column's filter in words: `is prod`, `> 5 and ≤ 9`, `one of 12 values`."""
    if is_value_filter(model):
        return _describe_values(model)
    if not model.get("operator"):
        return _describe_condition(model)
    joined = " and " if model["operator"] == "AND" else " or "
    return joined.join(_describe_condition(one) for one in list_conditions(model))


def _describe_condition(model: Mapping[str, Any]) -> str:
    numeric, kind = model.get("filterType") == "number", str(model.get("type", "contains"))
    words = (NUMBER_CONDITIONS if numeric else TEXT_CONDITIONS).get(kind, kind)
    if kind in BLANKS:
        return words
    upper = f" and {model.get('filterTo')}" if kind == "inRange" else ""
    return f"{words} {str(model.get('filter', ''))[:LONGEST_NAMED]}{upper}"


def _describe_values(model: Mapping[str, Any]) -> str:
    values, digests = list(model.get("values") or []), model.get("digests") or []
    named = ["empty"] * bool(model.get("empty")) + [value[:LONGEST_NAMED] or "empty text" for value in values]
    keeps, number = model.get("type") == "in", len(named) + len(digests)
    if digests or number > MOST_NAMED:
        return f"{'one' if keeps else 'none'} of {format_count(number, 'value')}"
    if not named:
        return "no value" if keeps else "any value"
    return f"{'is' if keeps else 'is not'} {' or '.join(named)}"


def describe_sort(sort: Sequence[Mapping[str, Any]]) -> str:
    """`size_gb, descending, then name`."""
    return ", then ".join(f"{one['column']}{', descending' if one.get('descending') else ''}" for one in sort)
