"""Postgres's plan in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inventory_runner.wording import format_count

# deeper plans are cut, which is said
MOST_STEPS = 60
_WORDS = {
    "Aggregate": "Counts and adds up",
    "WindowAgg": "Computes over windows of rows",
    "Sort": "Sorts",
    "Incremental Sort": "Sorts what is partly sorted",
    "Limit": "Stops after the first rows",
    "Unique": "Leaves out repeated rows",
    "Hash": "Builds a hash table",
    "Hash Join": "Joins by a hash table",
    "Merge Join": "Joins two sorted lists",
    "Nested Loop": "Joins row by row",
    "Append": "Puts results one behind the other",
    "Merge Append": "Merges sorted results",
    "Materialize": "Keeps the rows in memory",
    "Memoize": "Remembers what was looked up",
    "SetOp": "Compares two sets of rows",
    "Recursive Union": "Repeats until no row is new",
    "Result": "Computes values",
    "ProjectSet": "Makes rows of lists",
    "Group": "Groups",
    "Values Scan": "Reads the values that stand in the statement",
    "Bitmap Index Scan": "Marks the rows that it wants, by the index {index}",
    "Bitmap Heap Scan": "Reads the marked rows of {table}",
    "Seq Scan": "Reads all of {table}",
    "Index Scan": "Looks up {table} by the index {index}",
    "Index Only Scan": "Reads the index {index} of {table}",
    "Subquery Scan": "Takes the rows of an inner query",
    "CTE Scan": "Takes the rows of {cte}",
    "WorkTable Scan": "Takes the rows of the step before",
    "Function Scan": "Calls {function}",
}


@dataclass(frozen=True)
class PlanStep:
    """depth: 0 for the last step, whose rows are the result. rows, cost: Postgres's estimates; cost is of the step with
    all that it needs."""

    depth: int
    words: str
    rows: int
    cost: float


@dataclass(frozen=True)
class Plan:
    """steps: the last one first. cut: whether there are more than can be shown."""

    steps: tuple[PlanStep, ...]
    cut: bool = False

    @property
    def summary(self) -> str:
        """`About 120 rows. Cost 45.3, in Postgres's own unit: the reading of one page.`"""
        last = self.steps[0]
        return (
            f"Postgres expects {format_count(last.rows, 'row')} at a cost of {last.cost:,.1f}, in its own unit:"
            " 1 is about the reading of one page of 8 kB. Nothing was run."
        )


def read_plan(answer: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan that EXPLAIN (FORMAT JSON) gave."""
    steps: list[PlanStep] = []
    waiting = [(0, one["Plan"]) for one in answer[:1]]
    while waiting and len(steps) < MOST_STEPS:
        depth, node = waiting.pop()
        steps.append(_describe(depth, node))
        waiting += [(depth + 1, child) for child in reversed(node.get("Plans", ()))]
    return Plan(tuple(steps), bool(waiting))


def _describe(depth: int, node: Mapping[str, Any]) -> PlanStep:
    kind = str(node.get("Node Type", ""))
    names = {
        "table": node.get("Relation Name", "a table"),
        "index": node.get("Index Name", "an index"),
        "cte": node.get("CTE Name", "a WITH"),
        "function": node.get("Function Name", "a function"),
    }
    words = _WORDS.get(kind, kind).format(**names)
    keys = node.get("Sort Key") or node.get("Group Key")
    if keys:
        words += f" by {', '.join(map(str, keys))}"
    for label, name in (
        ("Filter", "keeps"),
        ("Index Cond", "where"),
        ("Hash Cond", "on"),
        ("Join Filter", "on"),
    ):
        if condition := node.get(label):
            words += f", {name} {condition}"
    return PlanStep(depth, words[:400], int(node.get("Plan Rows", 0)), float(node.get("Total Cost", 0.0)))
