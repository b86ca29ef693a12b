"""Formatting SQL: only the space between tokens changes, never a token, as the guard reads them."""

from __future__ import annotations

from collections.abc import Sequence

from inventory_runner.errors import InvalidInput, StatementRefused
from inventory_runner.sql import postgres_lexer
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.statement import Source, read

LONGEST = 200_000


def format_sql(sql: str, source: Source = Source.LIVE) -> str:
    """The statement, indented; as it was where the formatter would change more than space, or the guard cannot read it.

    Raises InvalidInput where it is too long, or nested too deeply, to be formatted in time.
    """
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    if len(sql) > LONGEST:
        raise InvalidInput(f"Statements of more than {LONGEST:,} characters are not formatted.", field="sql")
    try:
        formatted = str(sqlparse.format(sql, reindent=True, indent_width=2, keyword_case=None)).strip()
        return formatted if _list_tokens(formatted, source) == _list_tokens(sql, source) else sql
    except StatementRefused:
        return sql
    except SQLParseError:
        raise InvalidInput(
            "The statement is too long, or nested too deeply, to be formatted.", field="sql"
        ) from None


def _list_tokens(sql: str, source: Source) -> list[str]:
    """The tokens, comments among them, without the space between them and at a comment's end."""
    if source is Source.LIVE:
        return [token.text.rstrip() for token in read(sql).tokens]
    return _join_signs(postgres_lexer.read_tokens(sql))


def _join_signs(tokens: Sequence[Token]) -> list[str]:
    """The tokens with the signs of each operator together: `- >` is no `->`."""
    found: list[str] = []
    end = -1
    for token in tokens:
        operator = token.kind is Kind.SIGN and token.text not in "(),;[]."
        if operator and end == token.start:
            found[-1] += token.text
        else:
            found.append(token.text.rstrip())
        end = token.end if operator else -1
    return found
