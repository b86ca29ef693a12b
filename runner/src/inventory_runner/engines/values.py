"""From an engine's rows to an Arrow table: one rule for every engine's values.

JSON values become canonical text, so that equal values are equal text; columns of mixed types become text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa

_INT64 = range(-(2**63), 2**63)


def table_of_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, frozenset[str]]:
    """Rows of names and values → the table and the names of its JSON columns; columns in order of first appearance."""
    names = list(rows[0]) if rows else []
    width = len(names)
    if width and list(chain.from_iterable(rows)) == names * len(rows):
        # every row has the same names in the same order, as StackQL's have: the quick way
        cells = list(chain.from_iterable(row.values() for row in rows))
        return table_of_columns({name: cells[place::width] for place, name in enumerate(names)})
    every = dict.fromkeys(name for row in rows for name in row)
    return table_of_columns({name: [row.get(name) for row in rows] for name in every})


def table_of_columns(columns: Mapping[str, Sequence[Any]]) -> tuple[pa.Table, frozenset[str]]:
    """Columns of Python values → the table and the names of its JSON columns."""
    arrays, json_columns = {}, set()
    for name, values in columns.items():
        arrays[name], is_json = _array(values)
        if is_json:
            json_columns.add(name)
    return pa.table(arrays), frozenset(json_columns)


def _array(values: Sequence[Any]) -> tuple[pa.Array, bool]:
    """The common cases by Arrow's own inference; what it cannot tell apart, or widens, by the values' types."""
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _mixed(values)
    if array.type in (pa.string(), pa.int64(), pa.bool_()):
        return array, False
    return (array.cast(pa.string()), False) if pa.types.is_null(array.type) else _mixed(values)


def _mixed(values: Sequence[Any]) -> tuple[pa.Array, bool]:
    values = [_unwrapped(value) if type(value) is dict else value for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if kinds and kinds <= {dict, list}:
        return pa.array([None if value is None else _json(value) for value in values], pa.string()), True
    if kinds == {float} or (kinds == {int, float} and _exact(values)):
        return pa.array([None if value is None else float(value) for value in values], pa.float64()), False
    if len(kinds) == 1 and kinds <= {bool, int} and all(value is None or value in _INT64 for value in values):
        return pa.array(values), False
    return pa.array([None if value is None else _text(value) for value in values], pa.string()), False


def _exact(values: Sequence[Any]) -> bool:
    """Whether every integer among the floats survives as a float."""
    return all(type(value) is not int or abs(value) <= 2**53 for value in values)


def _unwrapped(value: dict[str, Any]) -> Any:
    """{"String": "x", "Valid": true} is "x" and {"String": "", "Valid": false} is null; other objects stay."""
    if len(value) == 2 and "Valid" in value and isinstance(value["Valid"], bool):
        (inner,) = (item for name, item in value.items() if name != "Valid")
        return inner if value["Valid"] else None
    return value


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json(value) if isinstance(value, (dict, list)) else str(value)
