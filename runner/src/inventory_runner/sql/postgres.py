"""The guard's reading of a statement over the inventory: one in Postgres's SQL that reads the inventory alone.

Two readings of the text must agree here, as for the live cloud: Postgres's lexical rules (`postgres_lexer`) and a SQL
parser's syntax tree. Both decide by lists of what is allowed (`postgres_words`). A third one is Postgres's own, of the
same text, when it is prepared (`services.inventory_sql`), and what has come so far runs as a role that may read one
schema and change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.dialects import Postgres
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import TokenType

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.models import INVENTORY_SCHEMA
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.postgres_lexer import READING, read_tokens, refuse
from inventory_runner.sql.postgres_words import (
    BEFORE_PARENTHESIS,
    FUNCTIONS,
    PARSER_TYPES,
    TYPES,
    WITHOUT_PARENTHESES,
)

# the schemas whose tables may be read, of which the first is meant where a name has none
SCHEMAS = (INVENTORY_SCHEMA,)
_BEGINNINGS = ("SELECT", "WITH", "VALUES", "TABLE")
_LITERALS = {
    TokenType.STRING,
    TokenType.IDENTIFIER,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
    TokenType.UNICODE_STRING,
    TokenType.HEREDOC_STRING,
    TokenType.BYTE_STRING,
    TokenType.HEX_STRING,
    TokenType.BIT_STRING,
}
_CHANGING = (
    exp.DML,
    exp.DDL,
    exp.Command,
    exp.Drop,
    exp.Alter,
    exp.Set,
    exp.Into,
    exp.Merge,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Lock,
    exp.TableSample,
    exp.Returning,
)


@dataclass(frozen=True)
class Reading:
    """numbered: the statement with `$1`, `$2` for its parameters, each name a number.

    parameters: the names in the order of their numbers. tokens: comments included. tables: names that it reads rows
    of, as (schema, name), the schema empty where none is written; names of WITH are among them.
    """

    numbered: str
    parameters: tuple[str, ...]
    tokens: tuple[Token, ...]
    tables: tuple[tuple[str, str], ...] = ()


def check(text: str) -> Reading:
    """What is read of a statement that may run. Raises StatementRefused and QuerySyntaxError where it may not."""
    tokens = read_tokens(text)
    words = [token for token in tokens if token.kind is not Kind.COMMENT]
    while words and words[-1].text == ";":
        words.pop()
    first = next((word for word in words if word.text != "("), None)
    if first is None:
        raise refuse("There is no statement to run.")
    for word in words:
        if word.text == ";":
            raise refuse("More than one statement.", "Run one statement at a time.", word.line)
    if not first.is_word(*_BEGINNINGS):
        raise refuse(f"A statement that starts with {first.text[:40]} is not run.", READING, first.line)
    _check_words(words)
    numbered, names = _number_parameters(text, words)
    tree = _parse(_fill(text, words), words)
    _check_tree(tree)
    _check_calls(words, tree)
    return Reading(numbered, names, tuple(tokens), _list_tables(tree))


def _number_parameters(text: str, words: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
    """`a = :x` as `a = $1`; the rest stays as it is, but for what follows the last word."""
    names: list[str] = []
    parts, position = [], 0
    for word in words:
        if word.kind is not Kind.PARAMETER:
            continue
        name = word.text[1:]
        if name not in names:
            names.append(name)
        parts += [text[position : word.start], f"${names.index(name) + 1}"]
        position = word.end
    return "".join([*parts, text[position : words[-1].end]]), tuple(names)


def _check_words(words: Sequence[Token]) -> None:
    for place, word in enumerate(words):
        before = words[place - 1] if place else None
        after = words[place + 1] if place + 1 < len(words) else None
        named = before is not None and (before.text == "." or before.is_word("AS"))
        lowered = word.text.lower()
        if word.kind is Kind.WORD and lowered in WITHOUT_PARENTHESES and not named:
            raise refuse(f"{word.text} is not run: it tells of the app's login.", "Remove it.", word.line)
        if word.is_word("OPERATOR") and after is not None and after.text == "(":
            raise refuse("OPERATOR(…) is not run.", "Write the operator alone.", word.line)
        if word.is_word("INTO") and not named:
            raise refuse("SELECT … INTO is not run: it makes a table.", READING, word.line)
        if word.text == "." and (before is None or before.kind not in (Kind.WORD, Kind.QUOTED)):
            _check_field(after)


def _check_field(name: Token | None) -> None:
    """Behind an expression and a dot stands a field, or a function: `(10).pg_sleep` sleeps."""
    if (
        name is not None
        and name.kind in (Kind.WORD, Kind.QUOTED)
        and _find_name(name) not in ("key", "value")
    ):
        raise refuse(
            f"(…).{name.text[:40]} is not run: it may call a function.",
            "Name the columns of the function where it stands: FROM jsonb_each(t.a) AS e(key, value).",
            name.line,
        )


def _find_name(token: Token) -> str:
    """A name as Postgres takes it: `Upper` is upper, `"Upper"` is not."""
    if token.kind is Kind.QUOTED:
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()


def _fill(text: str, words: Sequence[Token]) -> str:
    """The statement with a number of the same length for each parameter, so that every place stays."""
    characters = list(text)
    for word in words:
        if word.kind is Kind.PARAMETER:
            characters[word.start : word.end] = "1".rjust(word.end - word.start)
    return "".join(characters)[: words[-1].end]


def _parse(text: str, words: Sequence[Token]) -> exp.Expr:
    dialect = Postgres()
    try:
        tokens = dialect.tokenize(text)
    except SqlglotError as error:
        raise QuerySyntaxError("A text or a comment is not closed.", details=str(error)[:500]) from None
    mine = [(t.start, t.end) for t in words if t.kind in (Kind.STRING, Kind.QUOTED)]
    theirs = [(t.start, t.end + 1) for t in tokens if t.token_type in _LITERALS]
    if mine != theirs:
        raise refuse("A text or a quoted name is read in two ways.", "Write it more plainly.")
    try:
        trees = [tree for tree in dialect.parser().parse(tokens, text) if tree is not None]
    except (ParseError, RecursionError) as error:
        where: dict[str, Any] = next(iter(getattr(error, "errors", ())), {})
        line, near = where.get("line"), str(where.get("highlight") or "").strip()
        raise QuerySyntaxError(
            f"Line {line}: it cannot be read near “{near[:60]}”." if line else "It cannot be read.",
            line=line,
            details=str(where.get("description", error))[:500],
        ) from None
    if len(trees) != 1 or not isinstance(trees[0], (exp.Query, exp.Values)):
        raise refuse("This is not one SELECT statement.")
    return trees[0]


def _check_tree(tree: exp.Expr) -> None:
    for node in tree.walk():
        if isinstance(node, _CHANGING):
            raise refuse(f"{node.key.upper()} is not run: it is more than reading.")
        if isinstance(node, exp.Cast) and not isinstance(node.to, exp.DataType):
            raise refuse(f"A cast to {node.to.sql()} is not run.", "Cast to text, a number or a time.")
        if isinstance(node, exp.DataType) and not _is_allowed_type(node):
            raise refuse(
                f"The type {node.sql('postgres')[:60]} may not be named here.",
                "Cast to text, a number, a date, a time, boolean, json, uuid or inet.",
            )
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            _check_table(node)


def _is_allowed_type(node: exp.DataType) -> bool:
    return isinstance(node.this, exp.DType) and node.this.value in PARSER_TYPES


def _check_table(table: exp.Table) -> None:
    schema, name = table.db, table.name
    if table.catalog or (schema and _fold(table.args["db"]) not in SCHEMAS):
        raise refuse(
            f"{'.'.join(part.name for part in table.parts)[:80]} is not of the inventory.",
            f"Read the tables of {' and '.join(SCHEMAS)}; the drawer lists them.",
        )
    # a name of WITH too: where it is not in scope, it is Postgres's
    if _fold(table.this).startswith("pg_"):
        raise refuse(f"{name[:80]} is a table of Postgres's own.", READING)


def _list_tables(tree: exp.Expr) -> tuple[tuple[str, str], ...]:
    named = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    return tuple(
        dict.fromkeys((_fold(table.args["db"]) if table.db else "", _fold(table.this)) for table in named)
    )


def _fold(identifier: exp.Identifier) -> str:
    return str(identifier.name if identifier.quoted else identifier.name.lower())


def _check_calls(words: Sequence[Token], tree: exp.Expr) -> None:
    """Every name before a parenthesis is a function, a type or a word that is allowed, or names a table's columns."""
    columns = Counter(
        _fold(alias.this)
        for alias in tree.find_all(exp.TableAlias)
        if alias.this and alias.args.get("columns")
    )
    others = list(_list_other_calls(words))
    called = Counter(name for name, _, _ in others)
    for name, dotted, token in others:
        # as often as the tree has such lists of columns: a call of the same name is one more
        if not dotted and columns[name] == called[name]:
            continue
        raise refuse(
            f"The function {name[:60]} is not run here.",
            "Functions of texts, numbers, dates, JSON and lists, aggregates and window functions are.",
            token.line,
        )


def _list_other_calls(words: Sequence[Token]) -> Iterator[tuple[str, bool, Token]]:
    """What stands before a parenthesis and is on no list: its name, whether a dot is before it, and the token."""
    for place, token in enumerate(words[:-1]):
        if words[place + 1].text != "(" or token.kind not in (Kind.WORD, Kind.QUOTED):
            continue
        name = _find_name(token)
        dotted = place > 0 and words[place - 1].text == "."
        if not dotted and (name in FUNCTIONS or name in TYPES):
            continue
        if not dotted and token.kind is Kind.WORD and name in BEFORE_PARENTHESIS:
            continue
        yield name, dotted, token
