"""StackQL's tokenizer, character by character: a second opinion on what the guard lets through.

Written from the behaviour of stackql-parser's tokenizer, in another way than the product's: no regular expression,
no look ahead. Where the two disagree about a text, the guard must refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_SINGLE = frozenset("=,()+*%^~?&|.<>!-/")


class LexError(Exception):
    """StackQL cannot read on here."""


@dataclass
class Scanner:
    """Yields (kind, text) with `scan`; kind is word, string, quoted, other, `;` or end. Comments are skipped."""

    text: str
    at: int = 0

    @property
    def here(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def scan(self) -> tuple[str, str]:
        while True:
            while self.here and self.here in " \n\r\t":
                self.at += 1
            start = self.at
            if not self.here:
                return "end", ""
            if self._comment():
                continue
            first = self.here
            self.at += 1
            kind = self._token(first)
            return kind, self.text[start : self.at]

    def _comment(self) -> bool:
        two = self.text[self.at : self.at + 2]
        if two in ("//", "--") or self.here == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
            return True
        if two != "/*":
            return False
        if self.text[self.at + 2 : self.at + 3] == "!":
            raise LexError("a comment that is executed")
        end = self.text.find("*/", self.at + 2)
        if end < 0:
            raise LexError("an open comment")
        self.at = end + 2
        return True

    def _token(self, first: str) -> str:
        if first in _LETTERS:
            if first in "xXbB" and self.here == "'":
                return self._bits(_HEX if first in "xX" else frozenset("01"))
            while self.here and (self.here in _LETTERS or self.here in _DIGITS or self.here == "@"):
                self.at += 1
            return "word"
        if first in _DIGITS or (first == "." and self.here and self.here in _DIGITS):
            return self._number(first)
        if first == "'":
            return self._string()
        if first == '"':
            return self._quoted()
        if first == ";":
            return ";"
        if first == ":":
            return self._variable()
        if first in _SINGLE:
            return "other"
        raise LexError(f"the character {first!r}")

    def _variable(self) -> str:
        if self.here == ":":
            self.at += 1
        if not self.here or self.here not in _LETTERS:
            raise LexError("a colon")
        while self.here and (self.here in _LETTERS or self.here in _DIGITS or self.here == "."):
            self.at += 1
        return "other"

    def _bits(self, digits: frozenset[str]) -> str:
        self.at += 1
        while self.here and self.here in digits:
            self.at += 1
        if self.here != "'":
            raise LexError("a bit literal that ends early")
        self.at += 1
        return "other"

    def _number(self, first: str) -> str:
        while self.here and self.here in _DIGITS:
            self.at += 1
        if first != "." and self.here == ".":
            self.at += 1
            while self.here and self.here in _DIGITS:
                self.at += 1
        if self.here and self.here in "eE":
            self.at += 1
            if self.here and self.here in "+-":
                self.at += 1
            while self.here and self.here in _DIGITS:
                self.at += 1
        if self.here and self.here in _LETTERS:
            raise LexError("a number that runs into a letter")
        return "other"

    def _string(self) -> str:
        while self.here:
            if self.here == "\\":
                self.at += 2
            elif self.here != "'":
                self.at += 1
            elif self.text[self.at + 1 : self.at + 2] == "'":
                self.at += 2
            else:
                self.at += 1
                return "string"
        raise LexError("an open literal")

    def _quoted(self) -> str:
        start = self.at
        while self.here:
            if self.here != '"':
                self.at += 1
            elif self.text[self.at + 1 : self.at + 2] == '"':
                self.at += 2
            elif self.at == start:
                raise LexError("an empty name")
            else:
                self.at += 1
                return "quoted"
        raise LexError("an open name")


def statements(text: str) -> list[list[tuple[str, str]]]:
    """The tokens of each statement that StackQL would run; empty statements left out. Raises LexError."""
    scanner = Scanner(text)
    found: list[list[tuple[str, str]]] = [[]]
    while True:
        kind, token = scanner.scan()
        if kind == "end":
            return [statement for statement in found if statement]
        if kind == ";":
            found.append([])
        else:
            found[-1].append((kind, token))
