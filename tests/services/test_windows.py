"""A grid asks for bounded work, and its answer has bounded size, whatever is in the rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from services.models.limits import LONGEST_CELL, MOST_BLOCK_CHARACTERS, MOST_CONDITIONS
from services.models.windows import CUT_MARK, check_window, fit_rows

ONE = {"filterType": "text", "type": "contains", "filter": "a"}


def joined(count: int) -> dict[str, Any]:
    return {"filterType": "text", "operator": "OR", "conditions": [ONE] * count}


@pytest.mark.parametrize(
    ("sort", "filters", "search", "field"),
    [
        ([{"column": "a"}] * 6, {}, "", "sort"),
        ([], {}, "word " * 9, "search"),
        ([], {"a": joined(MOST_CONDITIONS + 1)}, "", "filters"),
        ([], {str(n): joined(MOST_CONDITIONS) for n in range(4)}, "", "filters"),
        ([], {str(n): ONE for n in range(61)}, "", "filters"),
        ([], {"a": {**ONE, "filter": "x" * 501}}, "", "filters"),
        ([], {"a": {"operator": "AND", "condition1": {**ONE, "filter": "x" * 501}}}, "", "filters"),
        ([], {"a": {"operator": "AND", "conditions": ["a"]}}, "", "filters"),
        ([], {"a": 1}, "", "filters"),
    ],
)
def test_more_work_than_a_request_may_ask_for_is_refused(
    sort: list[dict[str, Any]], filters: dict[str, Any], search: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_window(sort, filters, search)
    assert refused.value.field == field


def test_what_people_ask_for_is_let_through() -> None:
    check_window(
        [{"column": "a"}] * 5,
        {
            "a": joined(MOST_CONDITIONS),
            "b": ONE,
            "c": {"filterType": "number", "type": "equals", "filter": 5},
        },
        "eight words that all have to be there",
    )


lengths = st.sampled_from((0, 5, LONGEST_CELL - 1, LONGEST_CELL, LONGEST_CELL + 1, 150_000, 3_000_000))


@given(st.lists(st.lists(lengths, min_size=3, max_size=3), min_size=1, max_size=12))
def test_a_block_fits_and_says_which_cells_it_cut(sizes: list[list[int]]) -> None:
    rows = [{str(n): "x" * size for n, size in enumerate(row)} for row in sizes]
    taken, cut = fit_rows([dict(row) for row in rows], 3)
    assert 1 <= len(taken) <= len(rows)
    assert len(json.dumps(taken)) <= 1.1 * MOST_BLOCK_CHARACTERS
    for number, (row, whole) in enumerate(zip(taken, rows, strict=False)):
        for name, value in row.items():
            is_cut = {"row": number, "column": name} in cut
            assert is_cut == (len(whole[name]) > LONGEST_CELL)
            assert value == (whole[name][:LONGEST_CELL] + CUT_MARK if is_cut else whole[name])


def test_rows_of_many_columns_or_values_that_are_no_text_fit_as_well() -> None:
    wide = [{f"a column with a name {n}": "x" * 5_000 for n in range(3_000)} for _ in range(200)]
    taken, _ = fit_rows(wide, 3_000)
    assert 1 <= len(taken) < 200
    assert len(json.dumps(taken)) <= 2 * MOST_BLOCK_CHARACTERS
    lists = [{"tags": ["x" * 1_000_000]} for _ in range(200)]
    taken, _ = fit_rows(lists, 1)
    assert len(json.dumps(taken)) <= 1.5 * MOST_BLOCK_CHARACTERS


def test_the_opened_cell_and_keys_are_whole() -> None:
    row = {"doc": "x" * 50_000, "other": "x" * 50_000, "_key": "x" * 50_000}
    taken, cut = fit_rows([dict(row)], 3, "doc", ("_key",))
    assert cut == [{"row": 0, "column": "other"}]
    assert (taken[0]["doc"], taken[0]["_key"]) == (row["doc"], row["_key"])
