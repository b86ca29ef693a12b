"""From an engine's rows to an Arrow table: one rule for every engine's values.

JSON values become canonical text, so that equal values are equal text; columns of mixed types become text. Rows come in
parts, of which only one exists as Python values at a time; a column's type is that of all its parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner import json_text
from inventory_runner.contract import exact_number_field
from inventory_runner.json_text import Digits, NotJson

# as many as the processor's cache holds
PART_ROWS = 5_000
_INT64 = range(-(2**63), 2**63)
# integers up to here survive as floats
_EXACT = 2**53
_PLAIN = {pa.null(): "null", pa.string(): "text", pa.int64(): "integer", pa.bool_(): "boolean"}
_TYPES = {"integer": pa.int64(), "boolean": pa.bool_(), "float": pa.float64()}


class _Part(NamedTuple):
    """Some rows' values of a column. kind: null, text, json, integer, boolean, float, number or exact.

    A number is an exact integer or a float, kept as text: `1` and `1.0` differ where the column turns out to be text.
    Exact are numbers of which some are neither an integer of 64 bits nor a float.
    """

    kind: str
    array: pa.Array


class TableBuilder:
    """Takes rows of names and values; the table has their columns in the order of their first appearance."""

    def __init__(self) -> None:
        self.rows = 0
        self._columns: dict[str, list[_Part]] = {}

    def add(self, rows: Sequence[Mapping[str, Any]], *, digits: bool = False) -> None:
        """digits: some values are `json_text.Digits`, for which the quick way is not right."""
        for start in range(0, len(rows), PART_ROWS):
            self.add_columns(_gather_columns(rows[start : start + PART_ROWS]), digits=digits)

    def add_columns(self, columns: Mapping[str, Sequence[Any]], *, digits: bool = False) -> None:
        """The same from a part's columns, all of one length."""
        make = _make_mixed_part if digits else _make_part
        count = len(next(iter(columns.values()), ()))
        for name in columns:
            if name not in self._columns:
                self._columns[name] = [_make_nulls(self.rows)]
        for name, parts in self._columns.items():
            parts.append(make(columns[name]) if name in columns else _make_nulls(count))
        self.rows += count

    def table(self) -> tuple[pa.Table, frozenset[str]]:
        """The table and the names of its JSON columns."""
        kinds = {name: _find_common_kind(parts) for name, parts in self._columns.items()}
        arrays = {name: _cast(parts, kinds[name]) for name, parts in self._columns.items()}
        fields = [
            exact_number_field(name) if kinds[name] == "exact" else pa.field(name, array.type)
            for name, array in arrays.items()
        ]
        table = pa.table(list(arrays.values()), schema=pa.schema(fields))
        return table, frozenset(name for name, kind in kinds.items() if kind == "json")


def build_table(columns: Mapping[str, Sequence[Any]]) -> tuple[pa.Table, frozenset[str]]:
    """Columns of Python values → the table and the names of its JSON columns."""
    builder = TableBuilder()
    builder.add_columns(columns)
    return builder.table()


def cut(table: pa.Table, start: int, count: int | None = None) -> pa.Table:
    """Rows `start` to `start + count` of the table (all that follow where count is None), never more than it has.

    Arrow's own slice believes the count where a table has no columns: `pa.table({}).slice(0, 18)` has 18 rows, so an
    empty answer with LIMIT 18 would be 18 rows over nothing. Every cut of a result's table goes through here.
    """
    return table.slice(start, count) if table.num_columns else table


def number_repeated_names(names: Sequence[str]) -> list[str]:
    """Each name once, for columns that are told apart by it: a second `id` is `id_2`."""
    taken: set[str] = set()
    made = []
    for name in names:
        one, number = name, 2
        while one in taken:
            one, number = f"{name}_{number}", number + 1
        taken.add(one)
        made.append(one)
    return made


def _gather_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    names = list(rows[0])
    if list(chain.from_iterable(rows)) == names * len(rows):
        return dict(zip(names, zip(*(row.values() for row in rows), strict=True), strict=True))
    every = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in every}


def _make_nulls(count: int) -> _Part:
    return _Part("null", pa.nulls(count))


def _make_part(values: Sequence[Any]) -> _Part:
    """The common cases by Arrow's own inference; what it cannot tell apart, or widens, by the values' types."""
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _make_mixed_part(values)
    return _Part(_PLAIN[array.type], array) if array.type in _PLAIN else _make_mixed_part(values)


def _make_mixed_part(values: Sequence[Any]) -> _Part:
    values = [_unwrap_nullable(value) if type(value) is dict else value for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if kinds and kinds <= {dict, list}:
        try:
            return _Part("json", _make_texts(values, json_text.dumps))
        except NotJson:
            # one is nested too deep to be looked into
            return _Part("text", _make_texts(values, _format_text))
    if kinds == {str}:
        return _Part("text", pa.array(values, pa.string()))
    if kinds == {float}:
        return _Part("float", pa.array(values, pa.float64()))
    if kinds == {int, float} and all(type(value) is not int or abs(value) <= _EXACT for value in values):
        return _Part("number", _make_texts(values, str))
    if len(kinds) == 1 and kinds <= {bool, int} and all(value is None or value in _INT64 for value in values):
        return _Part("boolean" if bool in kinds else "integer", pa.array(values))
    if kinds and kinds <= {int, float, Digits}:
        return _Part("exact", _make_texts(values, str))
    return _Part("text", _make_texts(values, _format_text)) if kinds else _make_nulls(len(values))


def _find_common_kind(parts: Sequence[_Part]) -> str:
    """text, json, integer, boolean, float or exact."""
    kinds = {part.kind for part in parts} - {"null"}
    if len(kinds) == 1 and "number" not in kinds:
        return kinds.pop()
    if kinds and kinds <= {"integer", "float", "number", "exact"}:
        return "float" if "exact" not in kinds and all(map(_is_exact, parts)) else "exact"
    return "text"


def _is_exact(part: _Part) -> bool:
    """Whether every integer in it survives as a float."""
    if part.kind != "integer":
        return True
    ends = pc.min_max(part.array).as_py()
    return ends["min"] is None or (ends["min"] >= -_EXACT and ends["max"] <= _EXACT)


def _cast(parts: Sequence[_Part], kind: str) -> pa.ChunkedArray:
    wanted = _TYPES.get(kind, pa.string())
    # Arrow writes floats in its own way
    arrays = [
        _make_texts(part.array.to_pylist(), str)
        if kind in ("text", "exact") and part.kind == "float"
        else part.array.cast(wanted)
        for part in parts
    ]
    return pa.chunked_array(arrays, wanted)


def _unwrap_nullable(value: dict[str, Any]) -> Any:
    """{"String": "x", "Valid": true} is "x" and {"String": "", "Valid": false} is null; other objects stay."""
    if len(value) == 2 and "Valid" in value and isinstance(value["Valid"], bool):
        (inner,) = (item for name, item in value.items() if name != "Valid")
        return inner if value["Valid"] else None
    return value


def _make_texts(values: Sequence[Any], text: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else text(value) for value in values], pa.string())


def _format_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (dict, list)):
        return str(value)
    try:
        return json_text.dumps(value)
    except NotJson:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
