"""Which statements may run: exactly one that reads. The IDE, the assistant's tools and the runner all call `check`.

What has passed is a `CheckedStatement`, and an engine takes nothing else.

Two readings must agree: StackQL's own lexical rules (`lexer`) and a SQL parser's syntax tree. Deciding by the tree's
type and by tokens, never by searching the text, keeps `'DELETE FROM …'` in a literal and the function `REPLACE(…)`
legal, and `SELECT … FROM (EXEC …)` out. Then what StackQL's grammar has not is refused (`grammar`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import TokenType

from inventory_runner.contract import NotChecked, QuerySyntaxError
from inventory_runner.sql import grammar, postgres
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.refusals import Form, refuse
from inventory_runner.sql.statement import SQL_WORDS, Source, Statement

_NAME = r"N(?: \. N)*"
_TEST = r"N (?:=|!=|<>|LIKE) S"
_FILTER = rf"(?: LIKE S| WHERE {_TEST}(?: (?:AND|OR) {_TEST})*)?"
# the statements that are no SELECT, in `_find_shape`'s letters; StackQL's grammar has more: DESCRIBE ANALYZE DELETE …
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"SHOW (?:EXTENDED )?PROVIDERS{_FILTER}",
        rf"SHOW (?:EXTENDED )?(?:SERVICES|RESOURCES|METHODS)(?: (?:IN|FROM) {_NAME})?{_FILTER}",
        # it prints the text of an INSERT
        rf"SHOW (?:EXTENDED )?INSERT INTO {_NAME}",
        r"SHOW (?:EXTENDED )?VERSION",
        rf"DESC(?:RIBE)?(?: METHOD)?(?: EXTENDED)? {_NAME}",
        r"REGISTRY LIST(?: [NS])?",
    )
)
_SHAPE_WORDS = (
    "SHOW", "EXTENDED", "PROVIDERS", "SERVICES", "RESOURCES", "METHODS", "IN", "FROM", "LIKE", "WHERE", "AND", "OR",
    "DESC", "DESCRIBE", "METHOD", "REGISTRY", "LIST", "INTO", "VERSION",
)  # fmt: skip
_FORMS = {"SHOW": Form.SHOW, "DESCRIBE": Form.DESCRIBE, "DESC": Form.DESCRIBE, "REGISTRY": Form.REGISTRY}
LONGEST = 100_000
_NEVER = ("EXEC", "EXECUTE", "NATIVEQUERY", "PURGE", "SLEEP")
# StackQL takes these for names as well: columns may be called so
_CHANGING_NAMES = (
    "TRUNCATE", "MERGE", "REFRESH", "AUTH", "REGISTRY", "BEGIN", "COMMIT", "ROLLBACK", "CALL", "GRANT", "REVOKE",
    "PRAGMA", "ATTACH", "DETACH", "VACUUM",
)  # fmt: skip
_CHANGING = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "CREATE",
    "DROP",
    "ALTER",
    "SET",
    "USE",
    *_CHANGING_NAMES,
)
# what may follow a name, and no statement's first word
_AFTER_NAMES = ("IN", "IS", "LIKE", "NOT", "BETWEEN", "AND", "OR", "ORDER")
# functions of SQLite builds that reach outside the database
_OUTSIDE = ("LOAD_EXTENSION", "FTS3_TOKENIZER", "READFILE", "WRITEFILE", "EDIT", "EVAL")
_LITERALS = {
    TokenType.STRING,
    TokenType.IDENTIFIER,
    TokenType.HEX_STRING,
    TokenType.BIT_STRING,
    TokenType.BYTE_STRING,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
    TokenType.UNICODE_STRING,
    TokenType.HEREDOC_STRING,
}
_CHANGING_NODES = (
    exp.DML,
    exp.DDL,
    exp.Command,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Set,
    exp.Into,
    exp.Pragma,
    exp.Merge,
    exp.Attach,
    exp.Detach,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Use,
)


class _Passed:
    """Shown to make a `CheckedStatement`; there is one, and it stays in this module."""


_PASSED = _Passed()


@dataclass(frozen=True, init=False)
class CheckedStatement(Statement):
    """A statement that has passed `check`, which alone can make one. source: what it may be run against."""

    source: Source

    def __init__(self, statement: Statement, source: Source, passed: _Passed) -> None:
        if passed is not _PASSED:
            raise TypeError("The guard alone makes a CheckedStatement.")
        # with what was read of it already
        vars(self).update(vars(statement), source=source)


@dataclass(frozen=True, init=False)
class CheckedInventoryStatement(CheckedStatement):
    """A statement over the inventory, in Postgres's SQL, that has passed `check`; StackQL's readings mean nothing here.

    numbered: the text with `$1`, `$2` for its parameters. values: theirs, in that order; none before they are bound.
    """

    reading: postgres.Reading
    values: tuple[str, ...]

    def __init__(
        self, text: str, reading: postgres.Reading, values: tuple[str, ...], passed: _Passed
    ) -> None:
        super().__init__(Statement(text), Source.INVENTORY, passed)
        vars(self).update(
            reading=reading,
            values=values,
            parameters=reading.parameters,
            tokens=reading.tokens,
            resources=(),
            providers=(),
        )

    @property
    def numbered(self) -> str:
        return self.reading.numbered

    def with_values(self, values: Sequence[str]) -> CheckedInventoryStatement:
        """The same with a value for each of its parameters, in their order: they are no part of the text."""
        return CheckedInventoryStatement(self.text, self.reading, tuple(values), _PASSED)


# what passed in the block of `keep_checked` that is under way, if there is one
_kept: list[dict[tuple[str, Source], CheckedStatement]] = []


@contextmanager
def keep_checked() -> Iterator[None]:
    """Keep what passes within the block, and what is read of it later, for who checks the same text again.

    For a process that runs the same schedules over and over, as one that makes the sample's history does. Others check
    what people type: the trees of all that would take a hundred times its memory.
    """
    _kept.append({})
    try:
        yield
    finally:
        _kept.pop()


def check(statement: Statement, source: Source) -> CheckedStatement:
    """The statement as one that may be run against the source.

    Raises StatementRefused or QuerySyntaxError where it is not one statement that reads.
    """
    if not _kept:
        return _check(statement, source)
    kept, key = _kept[-1], (statement.text, source)
    if key not in kept:
        kept[key] = _check(statement, source)
    return kept[key]


def _check(statement: Statement, source: Source) -> CheckedStatement:
    if len(statement.text) > LONGEST:
        raise refuse(Form.TOO_LONG, longest=LONGEST)
    if any("\ud800" <= character <= "\udfff" for character in statement.text):
        raise refuse(Form.HALF_CHARACTER)
    if source is Source.INVENTORY:
        return CheckedInventoryStatement(statement.text, postgres.check(statement.text), (), _PASSED)
    first = statement.first
    if first is None:
        raise refuse(Form.EMPTY)
    for token in statement.words:
        if token.text == ";":
            raise refuse(Form.SEVERAL, token.line)
    if first.is_word(*_FORMS):
        _check_shape(statement.words, first)
    elif first.is_word("SELECT", "WITH"):
        _check_query(statement)
    else:
        raise refuse(Form.VERB, first.line, word=first.text[:40])
    return CheckedStatement(statement, source, _PASSED)


def require_checked(statement: object, source: Source) -> CheckedStatement:
    """What an engine was given, as what it may run. Raises NotChecked for all that has not passed for its source."""
    if not isinstance(statement, CheckedStatement) or statement.source is not source:
        raise NotChecked(f"It was not checked for {source.words}.")
    return statement


def _check_shape(found: Sequence[Token], first: Token) -> None:
    """SHOW, DESCRIBE and REGISTRY LIST have a few forms, and those only."""
    shape = _find_shape(found)
    if not any(pattern.fullmatch(shape) for pattern in _SHAPES):
        raise refuse(_FORMS[first.text.upper()], first.line)


def _find_shape(found: Sequence[Token]) -> str:
    """The statement with N for a name and S for a literal or a parameter: `SHOW METHODS IN N . N . N`."""
    letters = []
    for index, token in enumerate(found):
        inner = index > 0 and found[index - 1].text == "."
        dotted = inner or any(after.text == "." for after in found[index + 1 : index + 2])
        if token.kind in (Kind.STRING, Kind.PARAMETER):
            letters.append("S")
        # as in a query, what is never run begins no name either: `DESC EXTENDED EXEC .b.c`
        elif (token.is_word(*_SHAPE_WORDS, *_CHANGING) and not dotted) or (
            token.is_word(*_NEVER) and not inner
        ):
            letters.append(token.text.upper())
        else:
            letters.append("N" if token.kind in (Kind.WORD, Kind.QUOTED) else token.text)
    return " ".join(letters)


def _check_query(statement: Statement) -> None:
    found = statement.words
    _check_reading(statement)
    for place, token in enumerate(found):
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        name = before is not None and before.text == "."
        opens = (before is None or before.text == "(") and not _is_operand(found, place)
        calls = after is not None and after.text == "("
        if (token.is_word(*_NEVER) and not name) or (token.is_word(*_CHANGING) and opens and not calls):
            raise refuse(Form.WORD, token.line, word=token.text.upper(), name=token.text)
        # SQLite takes a function's name in quotes too
        if calls and token.kind in (Kind.WORD, Kind.QUOTED) and token.text.strip('"').upper() in _OUTSIDE:
            raise refuse(Form.FUNCTION, token.line, word=token.text)
    trees = _parse_trees(statement)
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise refuse(Form.NO_QUERY)
    for node in trees[0].walk():
        if isinstance(node, _CHANGING_NODES):
            raise refuse(Form.CHANGE, word=node.key.upper())
        if isinstance(node, exp.HexString) and isinstance(node.parent, exp.Predicate):
            raise refuse(Form.HEX_COMPARED, _find_line_of_hex(statement, node))
    grammar.check(statement)


def _is_operand(found: Sequence[Token], place: int) -> bool:
    """Whether a word behind a parenthesis can be nothing but a column: `max(refresh)`, `(auth = 'x' OR …`."""
    token, after = found[place], found[place + 1] if place + 1 < len(found) else None
    if after is None or place < 2 or not token.is_word(*_CHANGING_NAMES):
        return False
    if after.text in (")", ","):
        return found[place - 2].kind is Kind.WORD and not found[place - 2].is_word(*SQL_WORDS)
    return after.is_word(*_AFTER_NAMES) or (after.kind is Kind.SIGN and after.text not in "(;")


def _find_line_of_hex(statement: Statement, node: exp.HexString) -> int | None:
    digits = str(node.this).upper()
    return next(
        (one.line for one in statement.words if one.kind is Kind.HEX and one.text[2:-1].upper() == digits),
        None,
    )


def _check_reading(statement: Statement) -> None:
    """A second tokenizer must see the same literals and quoted names in the same places."""
    mine = [(t.start, t.end) for t in statement.words if t.kind in (Kind.STRING, Kind.HEX, Kind.QUOTED)]
    try:
        second = statement.parser_tokens
    except SqlglotError as error:
        raise QuerySyntaxError("A literal or a comment is not closed.", details=str(error)[:500]) from None
    theirs = [(t.start, t.end + 1) for t in second if t.token_type in _LITERALS]
    if mine != theirs:
        place = next((a for a, b in zip(mine, theirs, strict=False) if a != b), (mine + theirs)[-1])[0]
        raise refuse(Form.TWO_READINGS, statement.text.count("\n", 0, place) + 1)


def _parse_trees(statement: Statement) -> Sequence[exp.Expr]:
    try:
        return statement.trees
    except (ParseError, RecursionError) as error:
        # the parser tells where it stopped; too deep a nesting has no place
        where: dict[str, Any] = next(iter(getattr(error, "errors", ())), {})
        line, near = where.get("line"), str(where.get("highlight") or "").strip()
        raise QuerySyntaxError(
            f"Line {line}: it cannot be read near “{near[:60]}”." if line else "It cannot be read.",
            line=line,
            column=where.get("col"),
            details=str(where.get("description", error))[:500],
        ) from None
