"""A SELECT in StackQL's words: what its grammar lacks or prints wrongly, written otherwise with the same meaning.

    SELECT CAST(x.age AS INTEGER) AS days FROM (SELECT …) x WHERE NOT x.a BETWEEN 1 AND 10 - (x.b - x.c)

    SELECT first_value(CAST(((x.age ) << 0) AS DECIMAL)) OVER (ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS days
    FROM (SELECT …) x
    WHERE abs(NOT NOT (NOT x.a BETWEEN 1 AND 10 - +(x.b - x.c))) = 1

Each rule is spliced by the places of tokens, on its own, over what the rule before it made; lines stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from inventory_runner.sql.clauses import (
    find_closing,
    find_operand,
    is_call,
    list_conditions,
    list_selects,
)
from inventory_runner.sql.grammar import (
    find_cast_type,
    is_formatted,
    is_indirect,
    spell_type,
)
from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.statement import SQL_WORDS, Statement, is_name, read

# (first, end, text): what text stands for, in offsets of the statement
Splice = tuple[int, int, str]

_MOMENTS = {
    "CURRENT_TIMESTAMP": "datetime('now')",
    "CURRENT_DATE": "date('now')",
    "CURRENT_TIME": "time('now')",
}
_FUNCTIONS = {"FORMAT": "printf"}
# words that StackQL keeps for itself and SQLite does not: names in double quotes
_KEPT = (
    "ANALYZE",
    "BINARY",
    "COLUMN",
    "CONVERT",
    "DATABASE",
    "DATABASES",
    "DESCRIBE",
    "DIV",
    "DO",
    "EXPLAIN",
    "FORMAT",
    "FULL",
    "IF",
    "IGNORE",
    "INTERVAL",
    "LIST",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "LOCK",
    "MOD",
    "NEXT",
    "OFF",
    "OVER",
    "PULL",
    "RECURSIVE",
    "RELEASE",
    "REPLACE",
    "SAVEPOINT",
    "SCHEMA",
    "SEPARATOR",
    "SHOW",
    "STREAM",
    "SUBSTR",
    "SUBSTRING",
    "TRADITIONAL",
    "TREE",
    "USE",
    "WORK",
    "XOR",
)
# behind AS, where nothing but a name can stand
_KEPT_AS = (
    *_KEPT,
    "ASC",
    "BY",
    "CROSS",
    "DESC",
    "END",
    "FOR",
    "INNER",
    "LEFT",
    "LIKE",
    "NATURAL",
    "OUTER",
    "RIGHT",
)
# SQLite's operators, the loosest first
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR",),
    ("AND",),
    ("NOT",),
    ("=", "==", "!=", "<>", "IS", "IN", "LIKE", "BETWEEN"),
    ("<", "<=", ">", ">="),
    ("&", "|", "<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
    ("||", "->", "->>"),
    ("COLLATE",),
)
_COMPARISONS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")
_PLAIN = (("IN",), ("LIKE",), ("IS",), ("IS", "NOT"), ("NOT", "IN"), ("NOT", "LIKE"))
_UNARY = len(_LEVELS)
_NOT, _COMPARED = 2, 3


def spell_for_stackql(statement: Statement) -> Statement:
    """The statement (without comments, and without OR, which `conditions` takes out) as StackQL reads it rightly."""
    if statement.first is None or not statement.first.is_word("SELECT", "WITH"):
        return statement
    for rule in _RULES:
        statement = _apply(statement, rule)
    return statement


def _apply(statement: Statement, rule: Callable[[str, Sequence[Token]], Iterator[Splice]]) -> Statement:
    text = statement.text
    for first, end, new in sorted(rule(text, statement.tokens), key=lambda one: one[:2], reverse=True):
        text = text[:first] + new + text[end:]
    return statement if text == statement.text else read(text)


def _spell_words(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        member = before is not None and before.text == "."
        named = before is not None and before.is_word("AS") and not _is_type(tokens, i)
        if token.text == "==":
            yield token.start, token.end, "="
        elif (named and token.is_word(*_KEPT_AS)) or (
            token.is_word(*_KEPT) and not is_call(tokens, i) and (member or is_name(tokens, i))
        ):
            yield token.start, token.end, f'"{token.text}"'
        elif token.is_word(*_MOMENTS) and not member:
            yield token.start, token.end, _MOMENTS[token.text.upper()]
        elif token.is_word(*_FUNCTIONS) and is_call(tokens, i):
            yield token.start, token.end, _FUNCTIONS[token.text.upper()]
        elif token.is_word("ALL") and before is not None and (before.is_word("SELECT") or before.text == "("):
            yield token.start, token.end, ""


def _spell_null_tests(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """`a IS NULL` for `a ISNULL`; `a IS NOT NULL` for `a NOTNULL` and `a NOT NULL`."""
    for i, token in enumerate(tokens):
        if i and not is_name(tokens, i) and not tokens[i - 1].is_word("IS"):
            if token.is_word("ISNULL"):
                yield token.start, token.end, "IS NULL"
            elif token.is_word("NOTNULL"):
                yield token.start, token.end, "IS NOT NULL"
            elif token.is_word("NOT") and i + 1 < len(tokens) and tokens[i + 1].is_word("NULL"):
                yield token.start, token.end, "IS NOT"


def _spell_literals(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """Quotes, and percent signs where StackQL formats the statement, by their numbers.

    It prints `'it''s'` with a backslash, which SQLite does not read, and takes `'a%'` for a place to put a value in.
    """
    selects = list_selects(tokens)
    for i, token in enumerate(tokens):
        if token.kind is not Kind.STRING or (i and tokens[i - 1].is_word("AS")):
            continue
        text = token.text[1:-1]
        signs = [("''", 39)] * ("''" in text) + [("%", 37)] * (
            "%" in text and is_formatted(tokens, selects, i)
        )
        marks = (mark for mark in map(chr, chain((126,), range(0x2460, 0xFFFF))) if mark not in token.text)
        call = ""
        for (sign, number), mark in zip(signs, marks, strict=False):
            text = text.replace(sign, mark)
            call += f", '{mark}', char({number}))"
        if signs:
            yield token.start, token.end, "replace(" * len(signs) + f"'{text}'{call}"


def _spell_casts(text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    for i, token in enumerate(tokens):
        kind = find_cast_type(tokens, i)
        if not kind:
            continue
        name = text[tokens[kind.start].start : tokens[kind.stop - 1].end].partition("(")[0].strip().upper()
        spelt = spell_type(name)
        if spelt:
            yield tokens[kind.start].start, tokens[kind.stop - 1].end, spelt
        elif spelt is not None:
            # there is no type of whole numbers; a shift makes one of its left side, as CAST does, and a CAST around it
            # is compared with a text as the one that was written: by the text's number
            yield token.start, tokens[i + 1].end, "CAST((("
            yield tokens[kind.start - 1].start, tokens[kind.start - 1].end, ")"
            yield tokens[kind.start].start, tokens[kind.stop - 1].end, f"<< 0) AS {spell_type('NUMERIC')}"


def _is_type(tokens: Sequence[Token], i: int) -> bool:
    return any(i in find_cast_type(tokens, k) for k in range(i))


def _join_tables(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """`a, b` and `a JOIN b` without ON, which StackQL has not, as `a INNER JOIN b ON 1 = 1`."""
    for select in list_selects(tokens):
        for table in select.tables:
            if table.function or not table.joined or table.condition is not None or table.using:
                continue
            if "NATURAL" in table.joined:
                continue
            start, end = tokens[table.joiner], tokens[table.end - 1]
            if table.joined == (",",):
                yield start.start, start.end, " INNER JOIN"
            elif "CROSS" in table.joined:
                yield start.start, start.end, "INNER"
            yield end.end, end.end, " ON 1 = 1"


def _name_tables(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """A name for a derived table that has none, and `*` for `x.*` of the only table."""
    number = 0
    for select in list_selects(tokens):
        for table in select.tables:
            inside = table.first + 1
            if (
                table.parenthesised
                and tokens[table.end - 1].text == ")"
                and tokens[inside].is_word("SELECT", "WITH")
            ):
                number += 1
                yield tokens[table.end - 1].end, tokens[table.end - 1].end, f" AS derived_{number}"
        for item in select.find_items(tokens) if len(select.tables) == 1 else ():
            if len(item) > 1 and tokens[item.stop - 1].text == "*" and tokens[item.stop - 2].text == ".":
                yield tokens[item.start].start, tokens[item.stop - 1].end, "*"


def _keep_parentheses(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """`a - +(b - c)`: StackQL leaves out parentheses that it holds for needless, and not behind a plus."""
    for i, token in enumerate(tokens):
        if token.text != "(" or (i and not _opens_group(tokens, i)):
            continue
        end = find_closing(tokens, i)
        inside = range(i + 1, end)
        if not inside or tokens[inside.start].is_word("SELECT", "WITH", "VALUES"):
            continue
        levels = list(_list_levels(tokens, inside))
        if not levels or any(tokens[k].text == "," and tokens[k].depth == token.depth + 1 for k in inside):
            continue
        left = _find_level(tokens, i - 1) if i else None
        right = _find_level(tokens, end + 1) if end + 1 < len(tokens) else None
        tilde = i > 0 and tokens[i - 1].text == "~"
        if tilde or (
            min(levels) > _NOT
            and ((left is not None and min(levels) <= left) or (right is not None and min(levels) < right))
        ):
            yield token.start, token.start, "+"


def _opens_group(tokens: Sequence[Token], i: int) -> bool:
    before = tokens[i - 1]
    if before.kind is Kind.SIGN:
        return before.text not in (")", ".")
    return before.is_word(*SQL_WORDS, "END") and not before.is_word(
        "IN", "OVER", "AS", "USING", "EXISTS", "FILTER", "FROM", "JOIN", "VALUES", "MATERIALIZED"
    )


def _list_levels(tokens: Sequence[Token], inside: range) -> Iterator[int]:
    while (
        tokens[inside.start].text == "("
        and find_closing(tokens, inside.start) == inside.stop - 1
        and len(inside) > 2
    ):
        inside = range(inside.start + 1, inside.stop - 1)
    depth, cases = tokens[inside.start].depth, 0
    for k in inside:
        if tokens[k].depth != depth:
            continue
        cases += tokens[k].is_word("CASE") - tokens[k].is_word("END")
        level = _find_level(tokens, k)
        if not cases and level is not None and level != _UNARY:
            yield level


def _find_level(tokens: Sequence[Token], k: int) -> int | None:
    """How tightly the operator at k binds; None for what is none."""
    token = tokens[k]
    before = tokens[k - 1] if k else None
    if token.kind is Kind.WORD and (before is not None and before.text == "."):
        return None
    binary = before is not None and (
        before.text == ")" or (before.kind is not Kind.SIGN and not before.is_word(*SQL_WORDS))
    )
    if token.text in ("~", "+", "-") and not binary:
        return _UNARY
    word = token.text.upper() if token.kind is Kind.WORD else token.text
    return next((level for level, words in enumerate(_LEVELS) if word in words), None)


def _wrap_conditions(text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """A WHERE holds comparisons of a column or a call with something, and those only: the rest goes into a call.

    So does what HAVING compares with a sign that is spelt by its number, for which StackQL finds nothing otherwise.
    """
    for select in list_selects(tokens):
        for clause in ("WHERE", "HAVING"):
            for part in list_conditions(tokens, select.clauses[clause]) if clause in select.clauses else ():
                start, end = tokens[part.start].start, tokens[part.stop - 1].end
                flipped = _flip(text, tokens, part) if clause == "WHERE" else ""
                plain = _is_plain(tokens, part) if clause == "WHERE" else not _has_numbered_sign(tokens, part)
                if flipped:
                    yield start, end, flipped
                elif not plain:
                    yield start, start, "abs(NOT NOT ("
                    yield end, end, ")) = 1"


def _has_numbered_sign(tokens: Sequence[Token], part: range) -> bool:
    return any(
        tokens[k].is_word("CHAR") and tokens[k + 2].text in ("37", "39") for k in part if k + 2 < part.stop
    )


def _flip(text: str, tokens: Sequence[Token], part: range) -> str:
    """`region = 'x'` for `'x' = region`, which gives a parameter as well; empty for anything else."""
    first = part.start
    if (
        len(part) < 3
        or tokens[first].kind not in (Kind.STRING, Kind.NUMBER, Kind.PARAMETER)
        or tokens[first + 1].text != "="
    ):
        return ""
    column = find_operand(tokens, first + 2, part.stop)
    if column != part.stop or is_call(tokens, first + 2):
        return ""
    return f"{text[tokens[first + 2].start : tokens[part.stop - 1].end]} = {tokens[first].text}"


def _is_plain(tokens: Sequence[Token], part: range) -> bool:
    """Whether StackQL takes it as it is."""
    behind = find_operand(tokens, part.start, part.stop)
    if behind == part.start or behind >= part.stop or tokens[part.start].is_word("CAST", "GROUP_CONCAT"):
        return False
    depth = tokens[part.start].depth
    operators = [
        k for k in range(behind, part.stop) if tokens[k].depth == depth and _find_level(tokens, k) is not None
    ]
    if not operators or operators[0] - behind > 1:
        return False
    # such a call is computed before the statement is written, and what came of it breaks that
    if _has_numbered_sign(tokens, part):
        return False
    words = tuple(tokens[k].text.upper() for k in operators)
    if words[0] in _COMPARISONS:
        levels = [_find_level(tokens, k) or 0 for k in operators[1:]]
        return all(level > _COMPARED + 1 for level in levels) and "||" not in words
    return words in _PLAIN


def _spell_columns(_text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """What is computed over one derived table, as a window of its own row.

    StackQL does not find such a column, or prints it as the first column's type: avg(x.size) is 0, a CASE of texts over
    a number is 0. A window's value it prints as it is.
    """
    for select in list_selects(tokens):
        if len(select.tables) != 1 or not is_indirect(select):
            continue
        for item in select.find_items(tokens):
            end = _find_item_end(tokens, item)
            alone = find_operand(tokens, item.start, end) == end and not is_call(tokens, item.start)
            alone = alone and not tokens[item.start].is_word("NULL", "TRUE", "FALSE")
            literal = end - item.start == 1 and tokens[item.start].kind in (
                Kind.STRING,
                Kind.NUMBER,
                Kind.PARAMETER,
            )
            inside = tokens[item.start : end]
            if alone or literal or inside[-1].text == "*" or any(token.is_word("OVER") for token in inside):
                continue
            if [token.text.upper() for token in inside] != ["COUNT", "(", "*", ")"]:
                yield inside[0].start, inside[0].start, "first_value("
                yield inside[-1].end, inside[-1].end, ") OVER (ROWS BETWEEN CURRENT ROW AND CURRENT ROW)"


def _find_item_end(tokens: Sequence[Token], item: range) -> int:
    """The place behind what is computed, before its alias."""
    depth = tokens[item.start].depth if item else 0
    for k in reversed(item):
        if tokens[k].is_word("AS") and tokens[k].depth == depth:
            return k
    last, before = tokens[item.stop - 1], tokens[item.stop - 2] if len(item) > 1 else None
    alias = last.kind in (Kind.WORD, Kind.QUOTED) and not last.is_word("END", "NULL") and before is not None
    if (
        alias
        and before is not None
        and (before.kind is not Kind.SIGN or before.text == ")")
        and not before.is_word(*SQL_WORDS)
    ):
        return item.stop - 1
    return item.stop


def _spell_counts(text: str, tokens: Sequence[Token]) -> Iterator[Splice]:
    """count(*) itself for its alias in HAVING and ORDER BY, where StackQL does not know it."""
    for select in list_selects(tokens):
        aliases = {}
        for item in select.find_items(tokens):
            end = _find_item_end(tokens, item)
            if (
                text[tokens[item.start].start : tokens[end - 1].end].lower().replace(" ", "") == "count(*)"
                and end < item.stop
            ):
                aliases[tokens[item.stop - 1].text.strip('"').lower()] = text[
                    tokens[item.start].start : tokens[end - 1].end
                ]
        for clause in ("HAVING", "ORDER"):
            for k in select.clauses.get(clause, ()):
                alone = (
                    not is_call(tokens, k)
                    and tokens[k - 1].text != "."
                    and (k + 1 >= len(tokens) or tokens[k + 1].text != ".")
                )
                if tokens[k].kind in (Kind.WORD, Kind.QUOTED) and alone:
                    count = aliases.get(tokens[k].text.strip('"').lower())
                    if count:
                        # in HAVING StackQL takes count(*) alone for 1
                        spelt = f"({count} + 0)" if clause == "HAVING" else count
                        yield tokens[k].start, tokens[k].end, spelt


_RULES = (
    _spell_words,
    _spell_null_tests,
    _spell_casts,
    _name_tables,
    _join_tables,
    _spell_literals,
    _spell_counts,
    _keep_parentheses,
    _wrap_conditions,
    _spell_columns,
)
