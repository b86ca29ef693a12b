"""Formatting SQL: only the space between tokens changes, never a token, as the guard reads them."""

from __future__ import annotations

from inventory_runner.errors import InvalidInput, StatementRefused
from inventory_runner.sql.statement import read

LONGEST = 200_000


def format_sql(sql: str) -> str:
    """The statement, indented; as it was where the formatter would change more than space, or the guard cannot read it.

    Raises InvalidInput where it is too long, or nested too deeply, to be formatted in time.
    """
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    if len(sql) > LONGEST:
        raise InvalidInput(f"Statements of more than {LONGEST:,} characters are not formatted.", field="sql")
    try:
        formatted = str(sqlparse.format(sql, reindent=True, indent_width=2, keyword_case=None)).strip()
        return formatted if _list_tokens(formatted) == _list_tokens(sql) else sql
    except StatementRefused:
        return sql
    except SQLParseError:
        raise InvalidInput(
            "The statement is too long, or nested too deeply, to be formatted.", field="sql"
        ) from None


def _list_tokens(sql: str) -> list[str]:
    """The tokens, comments among them, without the space between them and at a comment's end."""
    return [token.text.rstrip() for token in read(sql).tokens]
