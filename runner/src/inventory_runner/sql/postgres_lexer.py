"""Postgres's lexical rules, as far as a statement over the inventory may use them.

Texts are '…', with '' for a quote inside; names are plain or "…". What has more than one way to be read, or hides what
it says, is refused: dollar quotes, texts with a prefix (E'…', U&'…'), and unquoted letters beyond ASCII.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re

from inventory_runner.errors import StatementRefused
from inventory_runner.sql.lexer import Kind, Token

_RULES = re.compile(
    r"""
    (?P<space>[ \t\r\n\f\v]+)
  | (?P<comment>--[^\n\r]*)
  | (?P<string>'(?:[^']++|'')*+')
  | (?P<quoted>"(?:[^"]++|"")++")
  | (?P<number>(?>[0-9]+(?:\.[0-9]+|\.(?![.\w]))?|\.[0-9]+)(?>(?:[eE][+-]?[0-9]+)?)(?![A-Za-z_.$]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<cast>::)
  | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>[-+*/%=<>(),.;&|~!?@\#^\[\]:])
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"/\*|\*/")
READING = "Write one SELECT that reads tables of the inventory."
# what begins nothing that is read → why, and what to write
_UNREAD = {
    "'": ("A text is not closed.", "Close it with '."),
    '"': ("A quoted name is empty or not closed.", "Write a name as \"…\", a text as '…'."),
    "$": ("A dollar sign stands outside a text.", "Write texts as '…' and parameters as :name."),
    "\\": ("A backslash stands outside a text.", "Remove it."),
}


def read_tokens(sql: str) -> list[Token]:
    """The statement's tokens, comments included. Raises StatementRefused for what may be read in two ways."""
    found: list[Token] = []
    position = depth = 0
    line = 1
    while position < len(sql):
        if sql.startswith("/*", position):
            kind, end = "comment", _find_comment_end(sql, position)
        else:
            match = _RULES.match(sql, position)
            if match is None:
                raise _explain(sql, position)
            kind, end = str(match.lastgroup), match.end()
        text = sql[position:end]
        before = found[-1] if found and found[-1].end == position else None
        if kind in ("string", "quoted") and before and (before.kind is Kind.WORD or before.text == "&"):
            raise refuse(
                f"{before.text[-20:]}{text[0]}…{text[0]} may be read in two ways.",
                "Leave out what stands before the quote, or put a space between.",
                line,
            )
        if text == ")":
            depth = max(0, depth - 1)
        if kind != "space":
            found.append(Token(Kind("sign" if kind == "cast" else kind), text, position, end, line, depth))
        if text == "(":
            depth += 1
        line += text.count("\n")
        position = end
    return found


def refuse(reason: str, hint: str = READING, line: int | None = None) -> StatementRefused:
    """The error for what is not run: `Line 3: A text is not closed.`"""
    place = f"Line {line}: " if line is not None else ""
    return StatementRefused(place + reason, hint=hint, line=line)


def _find_comment_end(sql: str, start: int) -> int:
    """Where a comment ends, which may hold others."""
    depth = 0
    for match in _COMMENT_ENDS.finditer(sql, start):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    raise refuse("A comment is not closed.", "Close it with */.", sql.count("\n", 0, start) + 1)


def _explain(sql: str, position: int) -> StatementRefused:
    character = sql[position]
    reason, hint = _UNREAD.get(
        character,
        ("A number runs into a name.", "Put a space between them.")
        if character.isascii() and character.isdigit()
        else (f"The character {character!r} stands outside a text.", 'Put a name that holds it into "…".'),
    )
    return refuse(reason, hint, sql.count("\n", 0, position) + 1)
