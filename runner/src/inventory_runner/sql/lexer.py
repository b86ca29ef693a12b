"""StackQL's lexical rules, as far as they decide where literals, comments and statements end.

StackQL's tokenizer is vitess': a backslash escapes inside single quotes and not inside double quotes; `#`, `//` and
`--` start comments; there is no quoting by backticks, brackets or dollars. Where those rules and a common SQL parser
read a text differently, `read_tokens` refuses it, so that what is checked is what StackQL runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from inventory_runner.errors import StatementRefused


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    STRING = "string"
    QUOTED = "quoted"
    PARAMETER = "parameter"
    SIGN = "sign"
    COMMENT = "comment"


@dataclass(frozen=True)
class Token:
    """text is sql[start:end]; line is 1-based; depth counts the parentheses around it."""

    kind: Kind
    text: str
    start: int
    end: int
    line: int
    depth: int

    def is_word(self, *words: str) -> bool:
        # ASCII only by construction, so upper() cannot turn another letter into one of these
        return self.kind is Kind.WORD and self.text.upper() in words


_RULES = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>--[^\n]*|/\*(?!!).*?\*/)
  | (?P<string>'(?:[^'\\]++|''|\\.)*+')
  | (?P<quoted>"(?:[^"]++|"")++")
  | (?P<number>(?>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?>(?:[eE][+-]?[0-9]+)?)(?![A-Za-z_.$]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<parameter>(?<!:):[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>->>|->|\|\||<>|<=|>=|!=|==|::|[-+*/%=<>(),.;&|~!?:])
    """,
    re.VERBOSE | re.DOTALL,
)

_REFUSED = (
    ("/*!", "A comment that starts with /*! is executed.", "Write a plain comment."),
    ("/*", "A comment is not closed.", "Close it with */."),
    ("`", "Backticks do not quote in StackQL.", 'Quote a name with "…".'),
    ("[", "Square brackets are not StackQL.", "Take a JSON element with json_extract(col, '$[0]')."),
    ("]", "Square brackets are not StackQL.", "Take a JSON element with json_extract(col, '$[0]')."),
    ("$", "A dollar sign stands outside a literal.", "Put it into '…'."),
    ("@", "An @ stands outside a literal.", "Put it into '…'."),
    ("#", "StackQL reads # as a comment.", "Write comments with -- and a space."),
    ("'", "A literal is not closed.", "Close it with '."),
    ('""', "A quoted name is empty.", "Write a text as '…'."),
    ('"', "A quoted name is not closed.", 'Close it with ".'),
    ("\\", "A backslash stands outside a literal.", "Remove it."),
    ("{", "Braces are not StackQL.", "Remove them."),
    ("}", "Braces are not StackQL.", "Remove them."),
)


def read_tokens(sql: str) -> list[Token]:
    """The statement's tokens, comments included; raises StatementRefused for what two readers could read apart."""
    if "\0" in sql:
        raise _make_refusal(sql, sql.index("\0"), "There is a NUL character.", "Remove it.")
    for mark in ("{{", "<<<"):
        if mark in sql:
            raise _make_refusal(
                sql, sql.index(mark), f"{mark} would be expanded before the query runs.", "Remove it."
            )
    found: list[Token] = []
    position, line, depth = 0, 1, 0
    while position < len(sql):
        match = _RULES.match(sql, position)
        # a sign that begins a comment which none of our rules takes: /*! … */, //
        if match is None or (match.lastgroup == "sign" and sql.startswith(("//", "/*"), position)):
            raise _explain(sql, position)
        kind, text = str(match.lastgroup), match.group()
        if kind in ("string", "quoted"):
            _check_literal(sql, position, text)
        if kind == "string" and found and found[-1].end == position and found[-1].kind is Kind.WORD:
            # x'…' and b'…' end early for StackQL
            raise _make_refusal(
                sql, position, f"{found[-1].text}'…' is read in two ways.", "Put a space before the literal."
            )
        if text == ")":
            depth = max(0, depth - 1)
        if kind != "space":
            found.append(Token(Kind(kind), text, position, match.end(), line, depth))
        if text == "(":
            depth += 1
        line += text.count("\n")
        position = match.end()
    return found


def _check_literal(sql: str, position: int, text: str) -> None:
    # on its way to StackQL a line break becomes a space
    if "\n" in text:
        raise _make_refusal(
            sql,
            position,
            "A literal goes over the end of a line.",
            "Close it with ', or keep it on one line.",
        )
    # \' continues the literal for StackQL and ends it for others
    if text[0] == "'" and re.search(r"(?<!\\)(?:\\\\)*\\'", text[1:]):
        raise _make_refusal(
            sql, position, r"\' is read in two ways.", "Write a quote inside a literal as ''."
        )


def _explain(sql: str, position: int) -> StatementRefused:
    if sql.startswith("//", position):
        return _make_refusal(
            sql, position, "StackQL reads // as a comment.", "Write comments with -- and a space."
        )
    if sql[position].isascii() and sql[position].isdigit():
        return _make_refusal(sql, position, "A number runs into a name.", "Put a space between them.")
    for mark, message, hint in _REFUSED:
        if sql.startswith(mark, position):
            return _make_refusal(sql, position, message, hint)
    return _make_refusal(
        sql,
        position,
        f"The character {sql[position]!r} stands outside a literal.",
        "Use plain ASCII letters there.",
    )


def _make_refusal(sql: str, position: int, message: str, hint: str) -> StatementRefused:
    line = sql.count("\n", 0, position) + 1
    return StatementRefused(f"Line {line}: {message}", hint=hint, line=line)
