"""Postgres's errors about a person's statement, as the errors that every engine raises."""

from __future__ import annotations

import psycopg

from inventory_runner.contract import (
    AnswerTooLarge,
    CancelToken,
    EngineError,
    QueryCancelled,
    QuerySyntaxError,
    QueryTimeout,
    UnknownColumn,
    UnknownResource,
)
from inventory_runner.errors import DatabaseUnavailable, InventoryError

# stands in the one error that the wrapped statement itself makes: see `engine.wrap`
ROW_TOO_LARGE = "inventory-row-of-"
_CODES = {
    "42703": UnknownColumn,
    "42P01": UnknownResource,
    "42601": QuerySyntaxError,
}


def translate(error: psycopg.Error, statement: str, cancel: CancelToken, seconds: float) -> InventoryError:
    """The error for people. statement: the text whose places Postgres counts, with numbered parameters."""
    said = error.diag.message_primary or " ".join(str(error).split())
    if error.sqlstate == "57014" or (cancel.cancelled and isinstance(error, psycopg.OperationalError)):
        if cancel.cancelled:
            return QueryCancelled("It was cancelled.")
        return QueryTimeout(
            f"It was stopped after {seconds:.0f} seconds.",
            hint="Narrow it down: fewer tables, a WHERE, a LIMIT.",
        )
    if error.sqlstate is None:
        return DatabaseUnavailable("Postgres did not answer.", details=said)
    if error.sqlstate == "22P02" and ROW_TOO_LARGE in said:
        return AnswerTooLarge(
            "A row is larger than half a megabyte.", hint="Select fewer columns, or a part of the long ones."
        )
    if error.sqlstate == "53400":
        return EngineError(
            "It needs more room for temporary files than a query may have.",
            hint="Sort, join or group fewer rows: a WHERE before the ORDER BY, a condition for each JOIN.",
            details=said,
        )
    if error.sqlstate in ("53200", "54000", "54001", "54023"):
        return EngineError(
            "It needs more memory than a query may have.", hint="Narrow it down.", details=said
        )
    if error.sqlstate == "42501":
        return EngineError(
            f"{_make_sentence(said)} Only the inventory's tables may be read.",
            hint="The drawer lists them.",
        )
    line = _find_line(error, statement)
    sentence = (f"Line {line}: " if line else "") + _make_sentence(said)
    made = _CODES.get(error.sqlstate, EngineError)(sentence)
    made.hint = " ".join(filter(None, [made.hint, error.diag.message_hint]))
    made.details = error.diag.message_detail or ""
    made.line = line  # type: ignore[attr-defined]
    return made


def _make_sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def _find_line(error: psycopg.Error, statement: str) -> int | None:
    """The line (from 1) of the statement that the error is about, where Postgres says it."""
    try:
        place = int(error.diag.statement_position or "")
    except ValueError:
        return None
    return statement.count("\n", 0, place - 1) + 1 if 0 < place <= len(statement) + 1 else None
