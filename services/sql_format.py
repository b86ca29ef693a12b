"""Formatting SQL: only the space between tokens changes, never a token."""

from __future__ import annotations

import re

from inventory_runner.errors import InvalidInput

LONGEST = 200_000


def format_sql(sql: str) -> str:
    """The statement, indented; as it was where the formatter would change more than space.

    Raises InvalidInput where it is too long, or nested too deeply, to be formatted in time.
    """
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    if len(sql) > LONGEST:
        raise InvalidInput(f"Statements of more than {LONGEST:,} characters are not formatted.", field="sql")
    try:
        formatted = str(sqlparse.format(sql, reindent=True, indent_width=2, keyword_case=None)).strip()
        return formatted if _list_tokens(formatted) == _list_tokens(sql) else sql
    except SQLParseError:
        raise InvalidInput(
            "The statement is too long, or nested too deeply, to be formatted.", field="sql"
        ) from None


def _list_tokens(sql: str) -> list[str]:
    """The tokens without the space; a line comment ends at its line, so it keeps its newline."""
    import sqlparse

    found = []
    for statement in sqlparse.parse(sql):
        for token in statement.flatten():
            text = str(token.value)
            if not token.is_whitespace:
                found.append(
                    re.sub(r"\s+", " ", text.strip()) if "'" not in text and '"' not in text else text
                )
    return found
