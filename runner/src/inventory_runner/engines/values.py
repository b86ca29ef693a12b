"""From an engine's rows to an Arrow table: one rule for every engine's values.

JSON values become canonical text, so that equal values are equal text; columns of mixed types become text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa

PART_ROWS = 5_000
_PLAIN = {pa.string(), pa.int64(), pa.bool_()}
_INT64 = range(-(2**63), 2**63)


def table_of_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, frozenset[str]]:
    """Rows of names and values → the table and the names of its JSON columns; columns in order of first appearance."""
    parts = _plain_parts(rows)
    if parts is None:
        every = dict.fromkeys(name for row in rows for name in row)
        return table_of_columns({name: [row.get(name) for row in rows] for name in every})
    columns, json_columns = {}, set()
    for name, arrays in parts.items():
        kinds = {array.type for array in arrays if array is not None} - {pa.null()}
        if None in arrays or len(kinds) > 1 or not kinds <= _PLAIN:
            columns[name], is_json = _array([row[name] for row in rows])
            if is_json:
                json_columns.add(name)
        else:
            kind = next(iter(kinds), pa.string())
            columns[name] = pa.chunked_array(
                [array.cast(kind) for array in arrays if array is not None], kind
            )
    return pa.table(columns), frozenset(json_columns)


def _plain_parts(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[pa.Array | None]] | None:
    """Each column's Arrow arrays by Arrow's own inference; None in the place of one that it refuses.

    Some rows at a time, which the processor's cache holds. None where the rows differ in their names or their order.
    """
    names = list(rows[0]) if rows else []
    parts: dict[str, list[pa.Array | None]] = {name: [] for name in names}
    for start in range(0, len(rows), PART_ROWS):
        some = rows[start : start + PART_ROWS]
        if not names or list(chain.from_iterable(some)) != names * len(some):
            return None
        cells = zip(*(row.values() for row in some), strict=True)
        for arrays, values in zip(parts.values(), cells, strict=True):
            try:
                arrays.append(pa.array(values))
            except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
                arrays.append(None)
    return parts


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
    if array.type in _PLAIN:
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
