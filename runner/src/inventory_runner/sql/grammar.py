"""What StackQL's grammar lacks: the one list of it.

`check` refuses what has no other spelling; the guard asks it of every SELECT, so the editor, the command line,
schedules, the assistant and both engines refuse the same. `spelling` writes the rest in StackQL's words.
`list_lacks` is what the assistant is told. Each form was tried on StackQL 0.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inventory_runner.errors import StatementRefused
from inventory_runner.sql.clauses import (
    Select,
    Table,
    find_closing,
    find_operand,
    find_select,
    is_call,
    list_conditions,
    list_selects,
    list_with,
)
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.refusals import LACKING, Form, describe_form, refuse
from inventory_runner.sql.statement import Statement, is_name

# what StackQL casts to, and what SQLite makes of it
CASTS = ("CHAR", "NCHAR", "REAL", "DECIMAL", "SIGNED", "UNSIGNED", "DATE", "DATETIME", "TIME", "JSON")
TABLE_FUNCTION = "JSON_EACH"
# columns of json_each that no parameter is called
_EACH_COLUMNS = ("value", "atom", "fullkey")
_NUMBERS = ("NUMERIC", "BOOLEAN", "BOOL")


def list_lacks() -> str:
    """A line for each form that is refused: `- StackQL has no GLOB: write LIKE '…', or regexp_like(a, '…') = 1.`"""
    return "\n".join(f"- {reason} {hint}" for reason, hint in map(describe_form, LACKING))


def check(statement: Statement) -> None:
    """Raise StatementRefused for the first form of a SELECT that StackQL has not and that cannot be spelt otherwise."""
    tokens = statement.words
    selects = list_selects(tokens)
    names = {tokens[place].text.strip('"').lower() for place, _ in list_with(tokens)}
    for refusal in (
        *_check_words(tokens),
        *_check_casts(tokens),
        *_check_with(tokens, selects, names),
        *(one for select in selects for one in _check_select(tokens, select)),
        *_check_remainders(tokens, selects),
    ):
        raise refusal


def is_indirect(select: Select) -> bool:
    """Whether it reads a derived table or a name of WITH, and so has no columns that StackQL knows by itself."""
    return any(
        (table.parenthesised or len(table.name) == 1) and not table.function for table in select.tables
    )


def find_cast_type(tokens: Sequence[Token], i: int) -> range:
    """The tokens of the type of a CAST that begins at i; empty where none does."""
    if not tokens[i].is_word("CAST") or not is_call(tokens, i):
        return range(0)
    end = find_closing(tokens, i + 1)
    depth = tokens[i].depth + 1
    place = next(
        (k for k in range(end - 1, i, -1) if tokens[k].depth == depth and tokens[k].is_word("AS")), end
    )
    return range(place + 1, end)


def spell_type(name: str) -> str | None:
    """StackQL's word for a type, empty for a whole number's, which has none; None where nothing is like it."""
    # SQLite's own rules, which go by parts of the name
    if "INT" in name:
        return ""
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return "CHAR"
    if any(part in name for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "DECIMAL" if name in _NUMBERS else name if name in CASTS else None


def _check_words(tokens: Sequence[Token]) -> Iterator[StatementRefused]:
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if before is None or token.kind is not Kind.WORD or before.text == ".":
            continue
        operand = (
            before.text == ")"
            or before.is_word("NOT")
            or (before.kind is not Kind.SIGN and not is_name(tokens, i))
        )
        if (
            token.is_word("GLOB", "MATCH", "REGEXP", "RLIKE")
            and operand
            and after is not None
            and after.text != "("
        ):
            if not before.is_word("AS"):
                yield refuse(Form.MATCHING, token.line)
        elif token.is_word("IS") and after is not None:
            behind = tokens[i + 2] if after.is_word("NOT") and i + 2 < len(tokens) else after
            if not behind.is_word("NULL", "TRUE", "FALSE") and not is_name(tokens, i):
                yield refuse(Form.IS_VALUE, token.line)
        elif token.is_word("NULLS") and after is not None and after.is_word("FIRST", "LAST"):
            yield refuse(Form.NULLS, token.line)
        elif token.is_word("FILTER") and before.text == ")" and after is not None and after.text == "(":
            yield refuse(Form.FILTER, token.line)
        elif (token.is_word("OVER") and before.text == ")" and after is not None and after.text != "(") or (
            token.is_word("GROUPS", "EXCLUDE")
            and after is not None
            and after.is_word("BETWEEN", "UNBOUNDED", "CURRENT", "NO", "TIES", "GROUP")
        ):
            yield refuse(Form.WINDOW, token.line)
        elif token.is_word("EXCEPT", "INTERSECT"):
            yield refuse(Form.SETS, token.line)
        elif (
            token.is_word("VALUES")
            and after is not None
            and after.text == "("
            and before.is_word("FROM", "JOIN", "AS")
        ) or (token.is_word("VALUES") and before.text == "(" and after is not None and after.text == "("):
            yield refuse(Form.VALUES, token.line)


def _check_casts(tokens: Sequence[Token]) -> Iterator[StatementRefused]:
    for i, token in enumerate(tokens):
        kind = find_cast_type(tokens, i)
        words = [
            tokens[k].text.upper()
            for k in kind
            if tokens[k].depth == token.depth + 1 and tokens[k].text != ")"
        ]
        if kind and spell_type(" ".join(word for word in words if word != "(")) is None:
            yield refuse(Form.CAST_TYPE, token.line)


def _check_with(
    tokens: Sequence[Token], selects: Sequence[Select], names: set[str]
) -> Iterator[StatementRefused]:
    for place, query in list_with(tokens):
        inside = [one for one in selects if one.first in query]
        chained = any(
            len(t.name) == 1 and t.name[0] in names for one in inside for t in one.tables if not t.function
        )
        if chained or tokens[place + 1].text == "(" or not tokens[query.start - 2].is_word("AS"):
            yield refuse(Form.CTE, tokens[place].line)


def _check_select(tokens: Sequence[Token], select: Select) -> Iterator[StatementRefused]:
    if "FROM" not in select.clauses and _is_in_expression(tokens, select):
        yield refuse(Form.BARE_SELECT, tokens[select.first].line)
    functions = [table for table in select.tables if table.function]
    for i, table in enumerate(select.tables):
        if table.using or "NATURAL" in table.joined:
            yield refuse(Form.USING, tokens[table.joiner].line)
        if "FULL" in table.joined:
            yield refuse(Form.FULL_JOIN, tokens[table.joiner].line)
        late = i > 0 and any(one.function for one in select.tables[:i]) and not table.function
        if late or (table.function and (table.joined != (",",) or not _is_each(table))):
            yield refuse(Form.TABLE_FUNCTION, tokens[table.joiner].line)
    if functions and "WHERE" in select.clauses:
        for part in list_conditions(tokens, select.clauses["WHERE"]):
            if not _may_be_parameter(tokens, part, {table.alias for table in functions}):
                yield refuse(Form.FUNCTION_WHERE, tokens[part.start].line)
    for item in select.find_items(tokens):
        star = len(item) > 2 and tokens[item.stop - 1].text == "*" and tokens[item.stop - 2].text == "."
        if star and len(select.tables) != 1:
            yield refuse(Form.STAR, tokens[item.start].line)
    for i in range(select.first, select.end):
        if find_select([select], i) and tokens[i].text == "." and _is_long_column(tokens, select, i):
            yield refuse(Form.LONG_COLUMN, tokens[i].line)


def _is_in_expression(tokens: Sequence[Token], select: Select) -> bool:
    before = tokens[select.first - 2] if select.first > 1 and tokens[select.first - 1].text == "(" else None
    return before is not None and before.text not in (",", "(") and not before.is_word("FROM", "JOIN", "AS")


def _is_each(table: Table) -> bool:
    return table.name[:1] == (TABLE_FUNCTION.lower(),)


def _may_be_parameter(tokens: Sequence[Token], part: range, functions: set[str]) -> bool:
    """Whether a condition may give a parameter of the provider's call: a name of no table function, = or IN."""
    behind = find_operand(tokens, part.start, part.stop)
    qualifier = tokens[part.start].text.strip('"').lower() if behind - part.start > 1 else ""
    if behind == part.start or behind >= part.stop or is_call(tokens, part.start) or qualifier in functions:
        return False
    if tokens[part.start].text.strip('"').lower() in _EACH_COLUMNS:
        return False
    return tokens[behind].text in ("=", "==") or tokens[behind].is_word("IN")


def _is_long_column(tokens: Sequence[Token], select: Select, dot: int) -> bool:
    """Whether the first full stop of `a.b.c.d` is at `dot`, outside of FROM."""
    if dot + 4 >= len(tokens) or (dot > 1 and tokens[dot - 2].text == "."):
        return False
    places = select.clauses.get("FROM", range(0))
    table = any(t.first <= dot < t.end for t in select.tables) if dot in places else False
    return not table and tokens[dot + 2].text == "." and tokens[dot + 4].text == "."


def is_formatted(tokens: Sequence[Token], selects: Sequence[Select], i: int) -> bool:
    """Whether StackQL takes a percent sign at i for a place to put a value in, as `%d` of Go is.

    It does over derived tables and names of WITH, and in an outer join's ON.
    """
    select = find_select(selects, i)
    if select is None or tokens[i].kind not in (Kind.STRING, Kind.SIGN):
        return False
    outer = [table for table in select.tables if {"LEFT", "RIGHT"} & {*table.joined}]
    return is_indirect(select) or any(table.condition and i in table.condition for table in outer)


def _check_remainders(tokens: Sequence[Token], selects: Sequence[Select]) -> Iterator[StatementRefused]:
    for i, token in enumerate(tokens):
        if token.text == "%" and is_formatted(tokens, selects, i):
            yield refuse(Form.REMAINDER, token.line)
