"""Reading how a grid stands in an address: what its columns do not know, or nobody can read, is said and left out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from inventory_runner.errors import InvalidInput
from services.db import row_filters
from services.models.grid_view import GridView
from services.models.inventory import ColumnInfo

LONGEST_NAMED = 60


def read_view(where: str, sort: str, columns: Sequence[ColumnInfo]) -> GridView:
    """The filters and the order that the texts name, as far as the columns have them; the rest is told in `notes`.

    For example `{"state":{"filterType":"text","type":"equals","filter":"running"}}` and
    `[{"column":"size_gb","descending":true}]`.
    """
    notes: list[str] = []
    filters = _read_filters(where, columns, notes)
    order = _read_order(sort, columns, notes)
    return GridView(filters, order, tuple(dict.fromkeys(notes)))


def _read_filters(text: str, columns: Sequence[ColumnInfo], notes: list[str]) -> dict[str, Mapping[str, Any]]:
    known = {column.name for column in columns}
    filters: dict[str, Mapping[str, Any]] = {}
    asked = _parse(text, dict)
    if asked is None:
        notes.append("The filters of columns cannot be read.")
    for name, model in (asked or {}).items():
        shown = name[:LONGEST_NAMED]
        if name not in known:
            notes.append(f"There is no column “{shown}” (any more): its filter is left out.")
        elif not _has_shape(model, _FILTER):
            notes.append(f"The filter of “{shown}” cannot be read.")
        else:
            try:
                row_filters.compose_condition(columns, {**filters, name: model}, "")
            except InvalidInput as error:
                notes.append(error.message)
            else:
                filters[name] = model
    return filters


def _read_order(text: str, columns: Sequence[ColumnInfo], notes: list[str]) -> list[dict[str, Any]]:
    known = {column.name for column in columns}
    order: list[dict[str, Any]] = []
    asked = _parse(text, list)
    if asked is None:
        notes.append("The order cannot be read.")
    for one in asked or []:
        if not _has_shape(one, _SORT) or "column" not in one:
            notes.append("A part of the order cannot be read.")
        elif one["column"] not in known:
            shown = one["column"][:LONGEST_NAMED]
            notes.append(f"There is no column “{shown}” (any more): the rows are not sorted by it.")
        else:
            try:
                row_filters.order(columns, [*order, one], None)
            except InvalidInput as error:
                notes.append(error.message)
            else:
                order.append(one)
    return order


def _parse(text: str, kind: type) -> Any:
    """What the text holds; None for what is damaged or of another kind."""
    if not text:
        return kind()
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, kind) else None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _is_text(value: Any) -> bool:
    """A text that a table could hold."""
    try:
        return isinstance(value, str) and "\0" not in value and bool(value.encode() or True)
    except UnicodeEncodeError:
        return False


def _is_compared(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return number or _is_text(value)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _has_shape(value: Any, shape: Mapping[str, Callable[[Any], bool]]) -> bool:
    """Whether it is an object of these names alone, each as its check has it: what a block's route takes."""
    return isinstance(value, dict) and all(name in shape and shape[name](one) for name, one in value.items())


def _is_condition(value: Any) -> bool:
    return _has_shape(value, _CONDITION)


_SORT = {"column": _is_text, "descending": _is_bool}
_CONDITION = {
    "filterType": lambda value: value in ("text", "number", "values"),
    "type": _is_text,
    "filter": _is_compared,
    "filterTo": _is_compared,
}
_FILTER = {
    **_CONDITION,
    "operator": _is_text,
    "conditions": _list_of(_is_condition),
    "condition1": _is_condition,
    "condition2": _is_condition,
    "values": _list_of(_is_text),
    "digests": _list_of(_is_text),
    "empty": _is_bool,
}
