"""What a grid may ask for, of a table and of a query's result alike, and how much of a cell it is answered with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from inventory_runner.errors import InvalidInput
from services.models.column_values import is_value_filter, read_value_filter
from services.models.limits import (
    LONGEST_CELL,
    LONGEST_COMPARED,
    LONGEST_OPENED_CELL,
    MOST_BLOCK_CHARACTERS,
    MOST_CONDITIONS,
    MOST_CONDITIONS_IN_ALL,
    MOST_SORTED_COLUMNS,
    MOST_WORDS,
)

# what a cell costs beside its text: quotes, a comma, a colon
CELL_CHARACTERS = 6
CUT_MARK = "…"


def check_window(sort: Sequence[Mapping[str, Any]], filters: Mapping[str, Any], search: str) -> None:
    """Raises InvalidInput for more work than one request may ask for; nothing of it is left out in silence."""
    if len(sort) > MOST_SORTED_COLUMNS:
        raise InvalidInput(f"Rows are sorted by {MOST_SORTED_COLUMNS} columns at most.", field="sort")
    if len(search.split()) > MOST_WORDS:
        raise InvalidInput(f"A search has {MOST_WORDS} words at most.", field="search")
    total = 0
    for name, model in filters.items():
        if not isinstance(model, Mapping):
            raise InvalidInput(f"The filter of {name!r} cannot be read.", field="filters")
        if is_value_filter(model):
            read_value_filter(name, model)
            total += 1
            continue
        compared = list_conditions(model) if model.get("operator") else [model]
        if len(compared) > MOST_CONDITIONS:
            raise InvalidInput(
                f"The filter of {name!r} has more than {MOST_CONDITIONS} conditions.", field="filters"
            )
        if any(len(str(one.get("filter") or "")) > LONGEST_COMPARED for one in compared):
            raise InvalidInput(
                f"The filter of {name!r} compares with more than {LONGEST_COMPARED} characters.",
                field="filters",
            )
        total += len(compared)
    if total > MOST_CONDITIONS_IN_ALL:
        raise InvalidInput(
            f"All filters together have {MOST_CONDITIONS_IN_ALL} conditions at most.", field="filters"
        )


def list_conditions(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The comparisons of AG Grid's model of a column with an operator; raises InvalidInput for what is none."""
    conditions = model.get("conditions") or [model.get("condition1"), model.get("condition2")]
    found = [one for one in conditions if one]
    if not all(isinstance(one, Mapping) for one in found):
        raise InvalidInput("A filter's condition cannot be read.", field="filters")
    return found


def fit_rows(
    rows: Iterable[dict[str, Any]], columns: int, whole: str = "", kept: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """As many of the rows as fit into a block, one at least, and which cells of them were cut.

    columns: of each row. whole: a column of which LONGEST_OPENED_CELL characters are given. kept: columns that are
    never cut, since they are no text for people. For example
    `([{"id": "a", "doc": "{…"}], [{"row": 0, "column": "doc"}])`.
    """
    longest = max(100, min(LONGEST_CELL, MOST_BLOCK_CHARACTERS // max(columns, 1)))
    taken: list[dict[str, Any]] = []
    cut: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        for name, value in row.items():
            size += len(name) + CELL_CHARACTERS
            if isinstance(value, str):
                most = LONGEST_OPENED_CELL if name == whole else longest
                if len(value) > most and name not in kept:
                    row[name] = value[:most] + CUT_MARK
                    cut.append({"row": len(taken), "column": name})
                size += len(row[name])
            else:
                size += 8 if value is None or isinstance(value, int | float) else len(str(value))
        if taken and size > MOST_BLOCK_CHARACTERS:
            return taken, [one for one in cut if one["row"] < len(taken)]
        taken.append(row)
    return taken, cut
