"""JSON functions over texts that are no JSON.

SQLite stops at such a text with an error, and StackQL drops it: it prints the rows before it, or none, and exits with 0
as if that was all. So each call is made to give NULL there, by splicing, and a path that can never work is refused.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.statement import Statement, read

# their first argument is read as JSON
_FUNCTIONS = (
    "JSON",
    "JSON_EXTRACT",
    "JSON_ARRAY_LENGTH",
    "JSON_TYPE",
    "JSON_REMOVE",
    "JSON_SET",
    "JSON_INSERT",
    "JSON_REPLACE",
    "JSON_PATCH",
    "JSON_EACH",
    "JSON_TREE",
)
_ARROWS = ("->", "->>")
# each level doubles the text below it
DEEPEST = 5


def guard_json_calls(statement: Statement) -> Statement:
    """The statement (without comments) with its JSON calls so; the lines stay. Raises QuerySyntaxError."""
    if not calls_json(statement):
        return statement
    sql, tokens = statement.text, statement.tokens
    spliced = _splice_calls(sql, tokens, 0, len(tokens), DEEPEST)
    return read(sql[: tokens[0].start] + spliced + sql[tokens[-1].end :])


def calls_json(statement: Statement) -> bool:
    """Whether anything in it is read as JSON."""
    tokens = statement.tokens
    return any(_is_json_call(tokens, i) or token.text in _ARROWS for i, token in enumerate(tokens))


def is_json_function(name: str) -> bool:
    """Whether it reads its first argument as JSON."""
    return name.upper() in _FUNCTIONS


def _splice_calls(sql: str, tokens: Sequence[Token], first: int, end: int, deepest: int) -> str:
    """The text of tokens[first:end], with what is between them."""
    parts, position, i = [], tokens[first].start, first
    while i < end:
        if _is_json_call(tokens, i):
            done = _find_argument_end(tokens, i + 1)
            _check_paths(tokens, i, done)
            if done > i + 2:
                if not deepest:
                    raise QuerySyntaxError(
                        f"Line {tokens[i].line}: JSON functions stand more than {DEEPEST} deep in one another.",
                        line=tokens[i].line,
                        hint="Take the value with one path: '$.a.b[0].c'.",
                    )
                argument = _splice_calls(sql, tokens, i + 2, done, deepest - 1)
                parts += [
                    sql[position : tokens[i + 2].start],
                    f"CASE WHEN json_valid({argument}) THEN {argument} END",
                ]
                position = tokens[done - 1].end
            i = max(done, i + 2)
        elif done := _find_arrow_end(tokens, i):
            name = sql[tokens[i].start : tokens[done - 3].end]
            parts += [
                sql[position : tokens[i].start],
                f"CASE WHEN json_valid({name}) THEN {sql[tokens[i].start : tokens[done - 1].end]} END",
            ]
            position, i = tokens[done - 1].end, done
        else:
            i += 1
    return "".join([*parts, sql[position : tokens[end - 1].end]])


def _is_json_call(tokens: Sequence[Token], i: int) -> bool:
    """Whether a JSON function is called at i; its name may be quoted."""
    return (
        tokens[i].kind in (Kind.WORD, Kind.QUOTED)
        and is_json_function(tokens[i].text.strip('"'))
        and i + 1 < len(tokens)
        and tokens[i + 1].text == "("
    )


def _find_argument_end(tokens: Sequence[Token], opens: int) -> int:
    """The place after the first argument of the call whose parenthesis is at `opens`."""
    outside = tokens[opens].depth
    for i in range(opens + 1, len(tokens)):
        if (tokens[i].text == ")" and tokens[i].depth == outside) or (
            tokens[i].text == "," and tokens[i].depth == outside + 1
        ):
            return i
    return len(tokens)


def _check_paths(tokens: Sequence[Token], call: int, i: int) -> None:
    """Raise for a literal path of json_extract that SQLite does not take. i: where its first argument ends."""
    while tokens[call].text.strip('"').upper() == "JSON_EXTRACT" and i + 2 < len(tokens):
        literal = tokens[i + 1]
        if tokens[i].text != "," or literal.kind is not Kind.STRING or tokens[i + 2].text not in (",", ")"):
            return
        path = literal.text[1:-1].replace("''", "'")
        try:
            with contextlib.closing(sqlite3.connect(":memory:")) as database:
                database.execute("SELECT json_extract('{}', ?)", (path,)).fetchone()
        except sqlite3.Error:
            raise QuerySyntaxError(
                f"Line {literal.line}: {literal.text[:60]} is no path into JSON.",
                line=literal.line,
                hint="A path begins with $: '$.name', '$[0]', '$.\"two words\"'.",
            ) from None
        i += 2


def _find_arrow_end(tokens: Sequence[Token], i: int) -> int:
    """The place after `name -> 'path'`, where one begins at i; else 0."""
    if tokens[i].kind not in (Kind.WORD, Kind.QUOTED) or (i and tokens[i - 1].text == "."):
        return 0
    while (
        i + 2 < len(tokens) and tokens[i + 1].text == "." and tokens[i + 2].kind in (Kind.WORD, Kind.QUOTED)
    ):
        i += 2
    arrow = i + 2 < len(tokens) and tokens[i + 1].text in _ARROWS
    return i + 3 if arrow and tokens[i + 2].kind in (Kind.STRING, Kind.NUMBER) else 0
