"""Which statements may run: exactly one that reads. The IDE, the assistant's tools and the runner all call `check`.

Two readings must agree: StackQL's own lexical rules (`lexer`) and a SQL parser's syntax tree. Deciding by the tree's
type and by tokens, never by searching the text, keeps `'DELETE FROM …'` in a literal and the function `REPLACE(…)`
legal, and `SELECT … FROM (EXEC …)` out.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from inventory_runner import lexer
from inventory_runner.engines.base import QuerySyntaxError
from inventory_runner.errors import StatementRefused
from inventory_runner.lexer import Kind, Token

_HINT = "Write one SELECT, SHOW, DESCRIBE or REGISTRY LIST statement."
_SHOWN = ("PROVIDERS", "SERVICES", "RESOURCES", "METHODS", "EXTENDED", "VIEWS")
_NEVER = ("EXEC", "EXECUTE", "NATIVEQUERY", "PURGE", "SLEEP")
_CHANGING = (
    "INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE", "MERGE", "REFRESH", "SET", "AUTH",
    "REGISTRY", "BEGIN", "COMMIT", "ROLLBACK", "USE", "CALL", "GRANT", "REVOKE", "PRAGMA", "ATTACH", "DETACH", "VACUUM",
)  # fmt: skip
_CHANGING_NODES = (
    exp.DML, exp.DDL, exp.Command, exp.Drop, exp.Alter, exp.TruncateTable, exp.Set, exp.Into, exp.Pragma, exp.Merge,
    exp.Attach, exp.Detach, exp.Transaction, exp.Commit, exp.Rollback, exp.Use,
)  # fmt: skip


def check(sql: str) -> None:
    """Return where the text is one statement that reads; raise StatementRefused or QuerySyntaxError otherwise."""
    found = [token for token in lexer.tokens(sql) if token.kind is not Kind.COMMENT]
    while found and found[-1].text == ";":
        found.pop()
    if not found:
        raise StatementRefused("There is no statement to run.", hint=_HINT)
    for token in found:
        if token.text == ";":
            raise StatementRefused(
                f"Line {token.line}: more than one statement.",
                hint="Run one statement at a time.",
                line=token.line,
            )
    first = next((token for token in found if token.text != "("), found[0])
    if first.is_word("SHOW"):
        _check_words(found, _SHOWN, "SHOW")
    elif first.is_word("REGISTRY"):
        _check_words(found, ("LIST",), "REGISTRY")
    elif first.is_word("DESCRIBE", "DESC"):
        _check_words(found, (), "DESCRIBE")
    elif first.is_word("SELECT", "WITH"):
        _check_query(sql, found)
    else:
        raise StatementRefused(
            f"Line {first.line}: a statement that starts with {first.text[:40]} is not run.",
            hint=_HINT,
            line=first.line,
        )


def _check_words(found: Sequence[Token], second: tuple[str, ...], verb: str) -> None:
    """SHOW, DESCRIBE and REGISTRY LIST hold names, dots and a LIKE pattern, nothing else."""
    if second and (len(found) < 2 or not found[1].is_word(*second)):
        raise StatementRefused(
            f"{verb} needs one of {', '.join(second)} after it.", hint=_HINT, line=found[0].line
        )
    for token in found[1:]:
        if token.is_word(*_NEVER) or not (
            token.kind in (Kind.WORD, Kind.NUMBER, Kind.STRING, Kind.QUOTED)
            or token.text in (".", "-", "*", "%", "=")
        ):
            raise StatementRefused(
                f"Line {token.line}: {token.text[:40]} does not belong into {verb}.",
                hint=_HINT,
                line=token.line,
            )


def _check_query(sql: str, found: Sequence[Token]) -> None:
    for before, token in zip((None, *found), found, strict=False):
        name = before is not None and before.text == "."
        opens = before is None or before.text == "("
        if (token.is_word(*_NEVER) and not name) or (token.is_word(*_CHANGING) and opens):
            raise StatementRefused(
                f"Line {token.line}: {token.text.upper()} is not run: it may change something.",
                hint=_HINT,
                line=token.line,
            )
    trees = _parse(sql)
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise StatementRefused("This is not one SELECT statement.", hint=_HINT)
    for node in trees[0].walk():
        if isinstance(node, _CHANGING_NODES):
            raise StatementRefused(f"{node.key.upper()} is not run: it may change something.", hint=_HINT)


def _parse(sql: str) -> list[exp.Expression]:
    try:
        return [tree for tree in sqlglot.parse(sql, dialect="sqlite") if tree is not None]
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        line, column = where.get("line"), where.get("col")
        near = str(where.get("highlight") or "").strip()
        message = f"Line {line}: it cannot be read near “{near[:60]}”." if line else "It cannot be read."
        raise QuerySyntaxError(
            message, line=line, column=column, details=str(where.get("description") or "")
        ) from None
    except (SqlglotError, RecursionError) as error:
        raise QuerySyntaxError("It cannot be read.", details=str(error)[:500]) from None
