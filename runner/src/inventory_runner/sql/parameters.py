"""Binding values to the `:name` parameters of a statement.

For StackQL, which has no parameters, as quoted literals by token offset; for the inventory as Postgres's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

from inventory_runner.errors import InvalidInput
from inventory_runner.sql import guard
from inventory_runner.sql.guard import CheckedInventoryStatement, CheckedStatement
from inventory_runner.sql.lexer import Kind
from inventory_runner.sql.statement import read

LONGEST_VALUE = 1000


def bind(statement: CheckedStatement, values: Mapping[str, str]) -> CheckedStatement:
    """The statement with each `:name` replaced by its value as a literal, checked as it then stands.

    Raises InvalidInput, which names the parameter, and what `guard.check` raises.
    """
    if not statement.parameters:
        return statement
    if isinstance(statement, CheckedInventoryStatement):
        return statement.with_values([_check_value(name, values) for name in statement.parameters])
    parts, position = [], 0
    for token in statement.tokens:
        if token.kind is not Kind.PARAMETER:
            continue
        name = token.text[1:]
        parts += [statement.text[position : token.start], format_literal(name, str(values.get(name, "")))]
        position = token.end
    return guard.check(read("".join([*parts, statement.text[position:]])), statement.source)


def _check_value(name: str, values: Mapping[str, str]) -> str:
    """The parameter's value. Raises InvalidInput where there is none, or no server takes it."""
    value = str(values.get(name, ""))
    if not value:
        raise InvalidInput(
            f"The parameter :{name} has no value.", field=name, hint="Give it one, and run again."
        )
    if len(value) > LONGEST_VALUE:
        raise InvalidInput(f"The value of :{name} is longer than {LONGEST_VALUE} characters.", field=name)
    if "\0" in value:
        raise InvalidInput(f"The value of :{name} holds a NUL character.", field=name, hint="Remove it.")
    return value


def format_literal(name: str, value: str) -> str:
    """A value as StackQL and other readers read it alike. Raises InvalidInput where there is none, or they disagree."""
    value = _check_value(name, {name: value})
    if "\\" in value or "{{" in value or "<<<" in value or any(ord(character) < 32 for character in value):
        raise InvalidInput(
            f"The value of :{name} holds a backslash, a control character, {{{{ or <<<.",
            field=name,
            hint="Leave them out: StackQL would not take them literally.",
        )
    return "'" + value.replace("'", "''") + "'"
