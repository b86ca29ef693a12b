"""A grid's sort, filters and search as SQL conditions. Columns are looked up, values are quoted literals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeGuard

from inventory_runner.errors import InvalidInput
from inventory_runner.store.sql import SQL, Composable, Identifier, Literal, escape_pattern
from services.models.column_values import ValueFilter, is_value_filter, read_value_filter
from services.models.inventory import ColumnInfo
from services.models.limits import LONGEST_VALUE
from services.models.windows import check_window, list_conditions

COMPARISONS = {
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
}
# beyond it a double has no neighbours that are numbers
LARGEST = 10**300


def compose_condition(
    columns: Sequence[ColumnInfo], filters: Mapping[str, Any], search: str
) -> Composable | None:
    """What rows must fulfil: AG Grid's filter models by column, and every word of the search in some column.

    None where nothing is asked. Raises InvalidInput for an unknown column or a model that cannot be read.

    For example:

        "size_gb" > 100 AND ("id"::text ILIKE 'vol-1%' OR ("id" IS NULL OR "id"::text = ''))
          AND lower(array_to_string(ARRAY["id"::text], ' ') COLLATE "C") LIKE '%prod%'
          AND lower(array_to_string(ARRAY["id"::text, "size_gb"::text], ' ') COLLATE "C") LIKE '%29%'
    """
    check_window((), filters, search)
    by_name = {column.name: column for column in columns}
    parts: list[Composable] = []
    for name, model in filters.items():
        if name not in by_name:
            raise InvalidInput(f"The table has no column {name!r}.", field="filters")
        parts.append(_compose_model(by_name[name], model))
    shown = [column for column in columns if not column.name.startswith("_")]
    parts += [_compose_word(shown, word) for word in search.split()]
    return SQL(" AND ").join(parts) if parts else None


def _compose_word(columns: Sequence[ColumnInfo], word: str) -> Composable:
    """Rows that hold the word in some column: one text of the whole row, since a comparison each would cost more."""
    kinds = {"text", "json", "boolean"}
    if any(letter.isdigit() for letter in word):
        kinds |= {"number", "time"} if "-" in word or ":" in word else {"number"}
    names = [Identifier(column.name) for column in columns if column.kind in kinds]
    if not names:
        return SQL("false")
    # an array, since a function takes no more than 100 arguments
    whole = SQL("array_to_string(ARRAY[{}], ' ')").format(
        SQL(", ").join(SQL("{}::text").format(name) for name in names)
    )
    if word.isascii():
        # three times as fast as ILIKE, and the same for a word of these letters
        return SQL('lower({} COLLATE "C") LIKE {}').format(
            whole, Literal(f"%{escape_pattern(word.lower())}%")
        )
    return SQL("{} ILIKE {}").format(whole, Literal(f"%{escape_pattern(word)}%"))


def order(
    columns: Sequence[ColumnInfo], sort: Sequence[Mapping[str, Any]], tie: Composable | None
) -> Composable:
    """`ORDER BY …`, empty without a sort; tie: what decides between equal rows, so that blocks fit together."""
    known = {column.name: column for column in columns}
    check_window(sort, {}, "")
    parts: list[Composable] = []
    for one in sort:
        name = str(one.get("column"))
        if name not in known:
            raise InvalidInput(f"The table has no column {name!r}.", field="sort")
        value = SQL("{}::text" if known[name].kind == "json" else "{}").format(Identifier(name))
        parts.append(
            SQL("{} DESC NULLS LAST" if one.get("descending") else "{} ASC NULLS LAST").format(value)
        )
    if not parts:
        return SQL("")
    return SQL(" ORDER BY ") + SQL(", ").join([*parts, *([tie] if tie else [])])


def _compose_model(column: ColumnInfo, model: Mapping[str, Any]) -> Composable:
    if is_value_filter(model):
        return _compose_values(column, read_value_filter(column.name, model))
    operator = model.get("operator")
    if not operator:
        return _compose_one(column, model)
    models = list_conditions(model)
    if not models or operator not in ("AND", "OR"):
        raise InvalidInput(f"The filter of {column.name!r} cannot be read.", field="filters")
    joined = SQL(f" {operator} ").join([_compose_one(column, one) for one in models])
    return SQL("({})").format(joined)


def compose_value_text(column: ColumnInfo) -> Composable:
    """A column's value as the text that names it among the column's values: 1.50 is 1.5, and a time is UTC's."""
    name = Identifier(column.name)
    if column.type == "numeric":
        return SQL("trim_scale({})::text").format(name)
    if column.type == "timestamp with time zone":
        return SQL("({} AT TIME ZONE 'UTC')::text").format(name)
    return SQL("{}::text").format(name)


def _compose_values(column: ColumnInfo, wanted: ValueFilter) -> Composable:
    """For example `NOT (coalesce("state"::text = ANY(ARRAY['off', '']::text[]), false) OR "state" IS NULL)`."""
    text = compose_value_text(column)
    any_of = SQL("coalesce({} = ANY({}::text[]), false)")
    parts: list[Composable] = [any_of.format(text, Literal(list(wanted.values)))]
    if wanted.digests:
        digest = SQL("CASE WHEN length({0}) > {1} THEN md5({0}) END").format(text, Literal(LONGEST_VALUE))
        parts.append(any_of.format(digest, Literal(list(wanted.digests))))
    if wanted.empty:
        parts.append(SQL("{} IS NULL").format(Identifier(column.name)))
    return SQL("({})" if wanted.keeps else "NOT ({})").format(SQL(" OR ").join(parts))


def _compose_one(column: ColumnInfo, model: Mapping[str, Any]) -> Composable:
    name, kind = Identifier(column.name), str(model.get("type", "contains"))
    text = SQL("{}::text").format(name)
    if kind == "blank":
        return SQL("({0} IS NULL OR {1} = '')").format(name, text)
    if kind == "notBlank":
        return SQL("({0} IS NOT NULL AND {1} <> '')").format(name, text)
    value, upper = model.get("filter"), model.get("filterTo")
    if model.get("filterType") == "number":
        if column.kind != "number" or not _is_number(value):
            raise InvalidInput(f"{column.name!r} cannot be compared with {value!r}.", field="filters")
        if kind == "inRange" and _is_number(upper):
            return SQL("{} BETWEEN {} AND {}").format(name, Literal(value), Literal(upper))
        if kind in ("equals", "notEqual"):
            equal = SQL("{} BETWEEN {} AND {}").format(name, *map(Literal, _find_neighbours(value)))
            return equal if kind == "equals" else SQL("NOT ({})").format(equal)
        if kind in COMPARISONS:
            return SQL("{} " + COMPARISONS[kind] + " {}").format(name, Literal(value))
    else:
        wanted = str(value or "")
        if kind == "equals":
            return SQL("lower({}) = lower({})").format(text, Literal(wanted))
        if kind == "notEqual":
            return SQL("lower({}) IS DISTINCT FROM lower({})").format(text, Literal(wanted))
        patterns = {
            "contains": f"%{escape_pattern(wanted)}%",
            "notContains": f"%{escape_pattern(wanted)}%",
            "startsWith": f"{escape_pattern(wanted)}%",
            "endsWith": f"%{escape_pattern(wanted)}",
        }
        if kind in patterns:
            found = SQL("{} ILIKE {}").format(text, Literal(patterns[kind]))
            return SQL("coalesce(NOT {}, true)").format(found) if kind == "notContains" else found
    raise InvalidInput(f"The filter of {column.name!r} cannot be read.", field="filters")


def _find_neighbours(value: float) -> tuple[Decimal, Decimal]:
    """Half the way to the next doubles: between them lies what a browser's filter may have meant.

    18446744073709551617 reaches us as 18446744073709552000.
    """
    if abs(value) > LARGEST:
        return Decimal(value), Decimal(value)
    near, number = float(value), Decimal(float(value))
    below, above = (Decimal(math.nextafter(near, end)) for end in (-math.inf, math.inf))
    return (number + below) / 2, (number + above) / 2


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
