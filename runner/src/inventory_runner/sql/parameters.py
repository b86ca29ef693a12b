"""`:name` parameters of a query: finding them, and binding values as quoted literals by token offset."""

from __future__ import annotations

from collections.abc import Mapping

from inventory_runner.errors import InvalidInput
from inventory_runner.sql import lexer
from inventory_runner.sql.lexer import Kind

LONGEST_VALUE = 1000


def names(sql: str) -> list[str]:
    """The parameters' names in order of appearance, each once; those in literals and comments do not count."""
    found = (token.text[1:] for token in lexer.tokens(sql) if token.kind is Kind.PARAMETER)
    return list(dict.fromkeys(found))


def bind(sql: str, values: Mapping[str, str]) -> str:
    """The text with each `:name` replaced by its value as a literal. Raises InvalidInput, which names the parameter."""
    parts, position = [], 0
    for token in lexer.tokens(sql):
        if token.kind is not Kind.PARAMETER:
            continue
        name = token.text[1:]
        if name not in values or values[name] == "":
            raise InvalidInput(
                f"The parameter :{name} has no value.", field=name, hint="Give it one, and run again."
            )
        parts += [sql[position : token.start], literal(name, str(values[name]))]
        position = token.end
    return "".join([*parts, sql[position:]])


def literal(name: str, value: str) -> str:
    """A value as StackQL and other readers read it alike. Raises InvalidInput for what they would read apart."""
    if len(value) > LONGEST_VALUE:
        raise InvalidInput(f"The value of :{name} is longer than {LONGEST_VALUE} characters.", field=name)
    if "\\" in value or "{{" in value or "<<<" in value or any(ord(character) < 32 for character in value):
        raise InvalidInput(
            f"The value of :{name} holds a backslash, a control character, {{{{ or <<<.",
            field=name,
            hint="Leave them out: StackQL would not take them literally.",
        )
    return "'" + value.replace("'", "''") + "'"
