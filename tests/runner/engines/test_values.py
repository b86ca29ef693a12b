"""Engines' values become Arrow columns by one rule."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inventory_runner.engines.values import table_of_rows

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
