"""StackQL's lexical rules, as far as they decide where literals, comments and statements end.

StackQL's tokenizer is vitess': a backslash escapes inside single quotes and not inside double quotes; `#`, `//` and
`--` start comments; `$` is a letter; there is no quoting by backticks, brackets or dollars. Where those rules and a
common SQL parser read a text differently, `read_tokens` refuses it, so that what is checked is what StackQL runs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from inventory_runner.errors import StatementRefused
from inventory_runner.sql.refusals import Form, refuse


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    STRING = "string"
    HEX = "hex"
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
  | (?P<hex>[xX]'(?:[0-9A-Fa-f]{2})*+')
  | (?P<string>'(?:[^'\\]++|''|\\.)*+')
  | (?P<quoted>"(?:[^"]++|"")++")
  | (?P<number>(?>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?>(?:[eE][+-]?[0-9]+)?)(?![A-Za-z_.$]))
  | (?P<word>\$?[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<parameter>(?<!:):[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>->>|->|\|\||<<|>>|<>|<=|>=|!=|==|[-+*/%=<>(),.;&|~!?])
    """,
    re.VERBOSE | re.DOTALL,
)

_REFUSED = (
    ("/*!", Form.EXECUTED_COMMENT),
    ("/*", Form.OPEN_COMMENT),
    ("//", Form.SLASHES),
    ("`", Form.BACKTICK),
    ("[", Form.BRACKET),
    ("]", Form.BRACKET),
    ("$", Form.DOLLAR),
    ("@", Form.AT),
    (":", Form.COLON),
    ("#", Form.HASH),
    ("'", Form.OPEN_LITERAL),
    ('""', Form.EMPTY_NAME),
    ('"', Form.OPEN_NAME),
    ("\\", Form.BACKSLASH),
    ("{", Form.BRACE),
    ("}", Form.BRACE),
)


def read_tokens(sql: str) -> list[Token]:
    """The statement's tokens, comments included; raises StatementRefused for what two readers could read apart."""
    if "\0" in sql:
        raise _refuse_at(sql, sql.index("\0"), Form.NUL)
    for mark in ("{{", "<<<"):
        if mark in sql:
            raise _refuse_at(sql, sql.index(mark), Form.TEMPLATE, mark=mark)
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
        if found and found[-1].end == position:
            _check_border(sql, found[-1], kind, text)
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
    # on its way to StackQL a line break becomes a space, which is the same to a JSON text and to no other
    if "\n" in text and not (text[0] == "'" and _is_json_document(text[1:-1].replace("''", "'"))):
        raise _refuse_at(sql, position, Form.LINES)
    # \' continues the literal for StackQL and ends it for others
    if text[0] == "'" and re.search(r"(?<!\\)(?:\\\\)*\\'", text[1:]):
        raise _refuse_at(sql, position, Form.ESCAPED_QUOTE)


def _is_json_document(text: str) -> bool:
    """Whether it is a JSON array or object; line breaks inside its strings are no JSON."""
    if "\\" in text or not text.strip().startswith(("[", "{")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check_border(sql: str, before: Token, kind: str, text: str) -> None:
    """Refuse what runs into the token before it, and would be read as a part of it."""
    place = before.end
    if kind in ("string", "hex") and before.kind is Kind.WORD:
        # where x'…' holds something else than digits, StackQL ends it early
        form = Form.HEX if before.text in ("x", "X") else Form.PREFIX
        raise _refuse_at(sql, place, form, word=before.text)
    if kind in ("string", "hex") and before.kind is Kind.HEX:
        raise _refuse_at(sql, place, Form.PREFIX, word=before.text.split("'")[0])
    if kind == "parameter" and before.kind is Kind.WORD:
        raise _refuse_at(sql, place, Form.GLUED_PARAMETER, name=text)
    if kind == "word" and before.kind is Kind.PARAMETER:
        raise _refuse_at(sql, place, Form.DOLLAR)


def _explain(sql: str, position: int) -> StatementRefused:
    if sql[position].isascii() and sql[position].isdigit():
        return _refuse_at(sql, position, Form.NUMBER)
    for mark, form in _REFUSED:
        if sql.startswith(mark, position):
            return _refuse_at(sql, position, form)
    return _refuse_at(sql, position, Form.CHARACTER, character=repr(sql[position]))


def _refuse_at(sql: str, position: int, form: Form, **words: object) -> StatementRefused:
    return refuse(form, sql.count("\n", 0, position) + 1, **words)
