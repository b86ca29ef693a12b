"""A statement: its text, and what is read in it, each thing when it is first asked for, and once.

Guard, pre-flight, parameters and engines all take a `Statement`, so that none of them reads the text again. Nothing
here imports the SQL parser before a tree is asked for: a worker process that needs none starts sooner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from inventory_runner.sql import lexer
from inventory_runner.sql.lexer import Kind, Token

if TYPE_CHECKING:
    import sqlglot
    from sqlglot import exp


# what a column stands behind, or a parenthesis that is no call's
SQL_WORDS = (
    "SELECT", "DISTINCT", "ALL", "FROM", "JOIN", "WHERE", "ON", "USING", "GROUP", "ORDER", "BY", "HAVING", "LIMIT",
    "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WITH", "AS", "CASE", "WHEN", "THEN", "ELSE", "AND", "OR", "NOT", "IN",
    "EXISTS", "LIKE", "BETWEEN", "IS", "OVER", "VALUES", "FILTER", "LATERAL", "MATERIALIZED", "RETURNING", "ANY",
    "SOME",
)  # fmt: skip
_BEFORE_NAMES = (
    "SELECT",
    "DISTINCT",
    "WHERE",
    "ON",
    "BY",
    "HAVING",
    "AS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "AND",
    "OR",
    "NOT",
    "LIKE",
    "BETWEEN",
)


class Source(StrEnum):
    """What a statement is to be run against; the values are what is stored and sent."""

    LIVE = "live"
    INVENTORY = "inventory"

    @property
    def words(self) -> str:
        """For people."""
        return "the live cloud" if self is Source.LIVE else "the inventory"


def read(text: str) -> Statement:
    """The statement of a text: any text, checked for nothing."""
    return Statement(text)


@dataclass(frozen=True)
class Statement:
    """What is read of a text is shared by all who hold the statement: nobody may change its tokens or its tree.

    Everything but `text` raises StatementRefused where StackQL and another reader could find different tokens.
    """

    text: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """StackQL's tokens, comments included."""
        return tuple(lexer.read_tokens(self.text))

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """The tokens that say something: without comments and without the semicolons at the end."""
        found = [token for token in self.tokens if token.kind is not Kind.COMMENT]
        while found and found[-1].text == ";":
            found.pop()
        return tuple(found)

    @cached_property
    def first(self) -> Token | None:
        """The word that says what kind of statement it is, behind comments and parentheses; None for an empty one."""
        return next((word for word in self.words if word.text != "("), next(iter(self.words), None))

    @cached_property
    def plain(self) -> Statement:
        """The same with spaces for comments and for the semicolons at the end: every offset and line stays.

        A SHOW INSERT keeps its directives (`/*+ REQUIRED */`): they say what it prints.
        """
        end = self.words[-1].end if self.words else 0
        characters = list(self.text)
        begins = " ".join(word.text.upper() for word in self.words[:3])
        directed = re.match(r"SHOW (?:EXTENDED )?INSERT\b", begins) is not None
        for token in self.tokens:
            if directed and token.text.startswith("/*+") and token.start < end:
                continue
            if token.kind is Kind.COMMENT or token.start >= end:
                characters[token.start : token.end] = re.sub(r"[^\n]", " ", token.text)
        text = "".join(characters)
        return self if text == self.text else Statement(text)

    @cached_property
    def parser_tokens(self) -> list[sqlglot.Token]:
        """The tokens that a SQL parser finds in the same text. Raises SqlglotError."""
        from sqlglot.dialects import SQLite
        from sqlglot.tokenizer_core import TokenType

        found = SQLite().tokenize(self.text)
        # columns that the parser takes for clauses: GROUP BY offset
        named = {
            word.start
            for i, word in enumerate(self.words)
            if word.is_word("OFFSET", "WINDOW") and is_name(self.words, i)
        }
        for token in found if named else ():
            if token.start in named:
                token.token_type = TokenType.VAR
        return found

    @cached_property
    def trees(self) -> tuple[exp.Expr, ...]:
        """A syntax tree for each statement that a SQL parser finds. Raises SqlglotError and RecursionError."""
        from sqlglot import exp
        from sqlglot.dialects import SQLite

        found = SQLite().parser().parse(self.parser_tokens, self.text)
        # a comment behind the last semicolon makes a tree of its own
        return tuple(tree for tree in found if tree is not None and not isinstance(tree, exp.Semicolon))

    @cached_property
    def query(self) -> exp.Query | None:
        """The syntax tree of a SELECT; None for another statement, and for one that cannot be parsed."""
        # SHOW and DESCRIBE are no trees to sqlglot, and it warns of them
        if self.first is None or not self.first.is_word("SELECT", "WITH"):
            return None
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        try:
            trees = self.trees
        except (SqlglotError, RecursionError):
            return None
        return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The `provider.service.resource` names that a SELECT reads, each once, in order; none where it has no tree."""
        if self.query is None:
            return ()
        from sqlglot import exp

        return tuple(
            dict.fromkeys(name for table in self.query.find_all(exp.Table) if (name := find_resource(table)))
        )

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """The providers whose credentials a SELECT needs, each once, in lower case."""
        return tuple(dict.fromkeys(name.split(".", 1)[0].lower() for name in self.resources))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The `:name` parameters in order of appearance, each once; those in literals and comments do not count."""
        return tuple(dict.fromkeys(token.text[1:] for token in self.tokens if token.kind is Kind.PARAMETER))


def is_name(words: Sequence[Token], place: int) -> bool:
    """Whether a word stands where a clause cannot begin, and so is a name, whatever it is called."""
    before = words[place - 1] if place else None
    if before is None or (place + 1 < len(words) and words[place + 1].text == "("):
        return False
    return before.is_word(*_BEFORE_NAMES) or (before.kind is Kind.SIGN and before.text not in (")", "*"))


def find_resource(table: exp.Table) -> str:
    """The `provider.service.resource` that a table of a tree names; empty for one with another number of parts."""
    parts = [part.name for part in table.parts]
    return ".".join(parts) if len(parts) == 3 else ""
