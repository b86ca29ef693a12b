"""Engines' values become Arrow columns by one rule."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest
from fakes.engine import table_of_rows
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.engines.values import PART_ROWS, TableBuilder, number_repeated_names

BIG = 2**63


@pytest.mark.parametrize(
    ("values", "kind", "read", "is_json"),
    [
        (["a", None, ""], pa.string(), ["a", None, ""], False),
        ([1, None, 2**62 + 1], pa.int64(), [1, None, 2**62 + 1], False),
        ([BIG, 1], pa.string(), [str(BIG), "1"], False),
        ([True, None], pa.bool_(), [True, None], False),
        ([1, True], pa.string(), ["1", "true"], False),
        ([1.5, None], pa.float64(), [1.5, None], False),
        ([1, 1.5], pa.float64(), [1.0, 1.5], False),
        ([2**53 + 1, 1.5], pa.string(), [str(2**53 + 1), "1.5"], False),
        ([1, "x", None], pa.string(), ["1", "x", None], False),
        ([None, None], pa.string(), [None, None], False),
        ([{"b": [1], "a": None}, None], pa.string(), ['{"a":null,"b":[1]}', None], True),
        ([[1, "x"], []], pa.string(), ['[1,"x"]', "[]"], True),
        ([{"a": 1}, "x"], pa.string(), ['{"a":1}', "x"], False),
        ([{"String": "", "Valid": False}, {"String": "x", "Valid": True}], pa.string(), [None, "x"], False),
        ([{"Int64": 3, "Valid": True}, None], pa.int64(), [3, None], False),
    ],
)
def test_a_columns_type(values: list[object], kind: pa.DataType, read: list[object], is_json: bool) -> None:
    for rows in ([{"v": value} for value in values], [{"v": value, "other": 1} for value in values]):
        table, json_columns = table_of_rows(rows)
        assert table.schema.field("v").type == kind
        assert table["v"].to_pylist() == read
        assert ("v" in json_columns) is is_json


def test_rows_of_other_shapes_keep_every_column() -> None:
    table, _ = table_of_rows([{"a": 1, "b": 2}, {"b": 3, "c": 4}, {"c": 5, "a": 6}])
    assert table.to_pylist() == [
        {"a": 1, "b": 2, "c": None},
        {"a": None, "b": 3, "c": 4},
        {"a": 6, "b": None, "c": 5},
    ]


def test_no_rows_have_no_columns() -> None:
    assert table_of_rows([])[0].num_rows == 0


@pytest.mark.parametrize(
    ("first", "last", "kind", "read"),
    [
        (None, "x", pa.string(), "x"),
        (None, None, pa.string(), None),
        (1, None, pa.int64(), None),
        (1, "x", pa.string(), "x"),
        (1, 1.5, pa.float64(), 1.5),
        (True, 2, pa.string(), "2"),
        (1, BIG, pa.string(), str(BIG)),
        ("x", {"b": 1, "a": 2}, pa.string(), '{"a":2,"b":1}'),
        ({"a": 1}, {"String": "", "Valid": False}, pa.string(), None),
    ],
)
def test_a_long_columns_type_is_that_of_all_its_rows(
    first: object, last: object, kind: pa.DataType, read: object
) -> None:
    rows = [{"v": first, "other": index} for index in range(2 * PART_ROWS)]
    table, _ = table_of_rows([*rows, {"v": last, "other": 0}])
    assert table.schema.field("v").type == kind
    assert (table["v"].to_pylist()[-1], table.num_rows) == (read, 2 * PART_ROWS + 1)


def test_rows_of_other_names_later_on_are_kept() -> None:
    rows = [{"a": 1, "b": 2}] * PART_ROWS
    table, _ = table_of_rows([*rows, {"b": 4, "a": 3}, {"b": 5, "c": 6}])
    assert table.column_names == ["a", "b", "c"]
    assert table.slice(PART_ROWS).to_pylist() == [{"a": 3, "b": 4, "c": None}, {"a": None, "b": 5, "c": 6}]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0, 1, 1.0, 1.5, "", "x", 2**53 + 1, BIG, [], {"b": 1, "a": 2}, {"String": "x", "Valid": True}]
    ),
)


@given(values=st.lists(VALUES, max_size=8), ends=st.sets(st.integers(1, 7)))
def test_the_parts_that_rows_come_in_make_no_difference(values: list[object], ends: set[int]) -> None:
    whole, json_columns = table_of_rows([{"v": value} for value in values])
    builder = TableBuilder()
    for start, end in pairwise([0, *sorted(ends), len(values)]):
        builder.add([{"v": value} for value in values[start:end]])
    table, json_of_parts = builder.table()
    assert (table, json_of_parts) == (whole, json_columns)


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "a_2_2", "b", ""])))
def test_columns_are_told_apart_by_their_names(names: list[str]) -> None:
    made = number_repeated_names(names)
    assert len(set(made)) == len(made) == len(names)
    for place, (name, one) in enumerate(zip(names, made, strict=True)):
        assert one.startswith(name)
        # renamed only where another column has the name already
        assert one == name or name in made[:place]
