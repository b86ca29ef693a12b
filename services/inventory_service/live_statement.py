"""A table's own statement narrowed to one of its resources, as an engineer would write it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard
from inventory_runner.sql.clauses import Select, list_selects
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.parameters import bind, format_literal
from inventory_runner.sql.statement import Source, read

_NUMBER = re.compile(r"-?[0-9]{1,18}")


def narrow_to_resource(
    text: str, scope: Mapping[str, str], keys: Sequence[str], values: Mapping[str, Any]
) -> str:
    """The statement with its scope's parameters filled in and its key as conditions.

    text: the schedule's. keys: the table's key columns; values: the row's. Empty where it cannot be said which of the
    statement's own expressions the key is: it has several SELECTs, sums up, or selects the key with `*`.

    `SELECT instance_id, region FROM aws.ec2.instances WHERE region = :region` becomes

        SELECT instance_id, region FROM aws.ec2.instances WHERE region = 'us-east-1' AND instance_id = 'i-0a1b'
    """
    try:
        bound = bind(guard.check(read(text), Source.LIVE), scope).plain.text.strip()
        narrowed = _add_conditions(bound, keys, values)
        return guard.check(read(narrowed), Source.LIVE).text if narrowed else ""
    except InventoryError:
        # no longer a statement that may run, or a value that StackQL would not take literally
        return ""


def _add_conditions(text: str, keys: Sequence[str], values: Mapping[str, Any]) -> str:
    words = read(text).words
    selects = list_selects(words)
    if len(selects) != 1 or not keys or words[0].is_word("WITH"):
        return ""
    (select,) = selects
    if {"GROUP", "HAVING", "WINDOW"} & set(select.clauses) or "FROM" not in select.clauses:
        return ""
    conditions = []
    for key in keys:
        expression, value = _find_expression(text, words, select, key), values.get(key)
        if not expression or value is None or isinstance(value, dict | list):
            return ""
        conditions.append(f"{expression} = {_write_value(key, value)}")
    where = select.clauses.get("WHERE")
    added = " AND ".join(conditions)
    if where is None:
        end = words[select.clauses["FROM"].stop - 1].end
        return f"{text[:end]}\nWHERE {added}{text[end:]}"
    begin, end = words[where.start].start, words[where.stop - 1].end
    asked = text[begin:end]
    if any(words[i].is_word("OR") for i in where):
        asked = f"({asked})"
    return f"{text[:begin]}{asked}\n  AND {added}{text[end:]}"


def _write_value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int) or (not isinstance(value, str) and _NUMBER.fullmatch(str(value))):
        return str(value)
    return format_literal(key, str(value))


def _find_expression(text: str, words: Sequence[Token], select: Select, column: str) -> str:
    """What the SELECT calls by the column's name; empty where none or several are called so."""
    found = []
    for item in select.find_items(words):
        parts = words[item.start : item.stop]
        if not parts or parts[-1].kind not in (Kind.WORD, Kind.QUOTED):
            continue
        if parts[-1].text.strip('"`').lower() != column.lower():
            continue
        if len(parts) > 2 and parts[-2].is_word("AS"):
            found.append(text[parts[0].start : parts[-3].end])
        elif len(parts) == 1 or parts[-2].text == ".":
            found.append(text[parts[0].start : parts[-1].end])
    return found[0] if len(found) == 1 else ""
