"""The SELECTs of a statement by its tokens: where each one's clauses, tables and conditions begin and end.

A syntax tree has no places to splice at; tokens have. All places are indexes into the tokens that were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inventory_runner.sql.lexer import Kind, Token
from inventory_runner.sql.statement import SQL_WORDS, is_name

_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT")
_SETS = ("UNION", "EXCEPT", "INTERSECT")
_JOINS = ("JOIN", "STRAIGHT_JOIN")
_KINDS_OF_JOIN = ("NATURAL", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "OUTER")
_NAMES = (Kind.WORD, Kind.QUOTED)


@dataclass(frozen=True)
class Table:
    """One table of a FROM: tokens[first:end], with its alias.

    joiner: where its comma or its words before JOIN begin. joined: those words, `,` or empty. condition: behind its ON.
    """

    first: int
    end: int
    joiner: int
    joined: tuple[str, ...]
    condition: range | None
    using: bool
    function: bool
    parenthesised: bool
    name: tuple[str, ...]
    alias: str


@dataclass(frozen=True)
class Select:
    """tokens[first:end], from SELECT to before what ends it. clauses: a clause's first word → what stands behind it."""

    first: int
    end: int
    depth: int
    clauses: Mapping[str, range]
    tables: tuple[Table, ...]

    def find_items(self, tokens: Sequence[Token]) -> list[range]:
        """What it selects, each with its alias."""
        columns = self.clauses["SELECT"]
        first = columns.start + (
            columns.start < columns.stop and tokens[columns.start].is_word("DISTINCT", "ALL")
        )
        return list(_split(tokens, range(first, columns.stop), self.depth))


def list_selects(tokens: Sequence[Token]) -> list[Select]:
    """Every SELECT at any depth, in the order in which they begin."""
    found: list[Select] = []
    # depth → the SELECT that is open there: its place, and where its clauses begin (the word, and what is behind it)
    opened: dict[int, tuple[int, list[tuple[str, int, int]]]] = {}

    def close(depth: int, end: int) -> None:
        first, begun = opened.pop(depth)
        ends = [word for _, word, _ in begun[1:]] + [end]
        clauses = {name: range(behind, stop) for (name, _, behind), stop in zip(begun, ends, strict=True)}
        tables = tuple(_read_tables(tokens, clauses["FROM"], depth)) if "FROM" in clauses else ()
        found.append(Select(first, end, depth, clauses, tables))

    for i, token in enumerate(tokens):
        for depth in [depth for depth in opened if depth > token.depth]:
            close(depth, i)
        if i and tokens[i - 1].text == ".":
            continue
        if token.is_word("SELECT"):
            if token.depth in opened:
                close(token.depth, i)
            opened[token.depth] = (i, [("SELECT", i, i + 1)])
        elif token.depth in opened and token.is_word(*_SETS):
            close(token.depth, i)
        elif token.depth in opened and token.is_word(*_CLAUSES) and not is_name(tokens, i):
            behind = i + 2 if i + 1 < len(tokens) and tokens[i + 1].is_word("BY") else i + 1
            opened[token.depth][1].append((token.text.upper(), i, behind))
    for depth in list(opened):
        close(depth, len(tokens))
    return sorted(found, key=lambda select: select.first)


def find_select(selects: Sequence[Select], place: int) -> Select | None:
    """The innermost SELECT that a token is in."""
    return next((one for one in reversed(selects) if one.first <= place < one.end), None)


def list_with(tokens: Sequence[Token]) -> Iterator[tuple[int, range]]:
    """The place of each name that a WITH gives, and the tokens of its query, without the parentheses."""
    for i, token in enumerate(tokens):
        # WITH a AS (…), b AS MATERIALIZED (…)
        if token.text == "(" and i > 1 and tokens[i - 1].is_word("AS", "MATERIALIZED"):
            place = i - 1
            while place > 0 and tokens[place].is_word("AS", "NOT", "MATERIALIZED"):
                place -= 1
            if tokens[place].text == ")":
                place = find_opening(tokens, place) - 1
            yield place, range(i + 1, find_closing(tokens, i))


def find_closing(tokens: Sequence[Token], opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`; behind the last token where none does."""
    depth = tokens[opening].depth
    return next(
        (i for i in range(opening + 1, len(tokens)) if tokens[i].text == ")" and tokens[i].depth == depth),
        len(tokens),
    )


def find_opening(tokens: Sequence[Token], closing: int) -> int:
    """The place of the parenthesis that the one at `closing` closes."""
    depth = tokens[closing].depth
    return next(
        (i for i in range(closing - 1, -1, -1) if tokens[i].text == "(" and tokens[i].depth == depth), 0
    )


def list_conditions(tokens: Sequence[Token], where: range) -> Iterator[range]:
    """What AND joins in a WHERE or ON, parentheses around several or not; the AND of a BETWEEN joins nothing."""
    depth = min((tokens[i].depth for i in where), default=0)
    first, between, cases, either = where.start, 0, 0, False
    parts: list[range] = []
    for i in where:
        token = tokens[i]
        if token.depth != depth or (i and tokens[i - 1].text == "."):
            continue
        cases += token.is_word("CASE") - token.is_word("END")
        between += token.is_word("BETWEEN") and not cases
        either = either or (token.is_word("OR") and not cases)
        if token.is_word("AND") and not cases:
            if between:
                between -= 1
            else:
                parts.append(range(first, i))
                first = i + 1
    parts.append(range(first, where.stop))
    if either:
        yield where
        return
    for part in parts:
        if (
            len(part) > 1
            and tokens[part.start].text == "("
            and find_closing(tokens, part.start) == part.stop - 1
        ):
            inside = range(part.start + 1, part.stop - 1)
            if inside and not tokens[inside.start].is_word("SELECT", "WITH", "VALUES"):
                yield from list_conditions(tokens, inside)
                continue
        if part:
            yield part


def is_call(tokens: Sequence[Token], i: int) -> bool:
    """Whether a function's name stands at i."""
    return (
        i + 1 < len(tokens)
        and tokens[i + 1].text == "("
        and tokens[i].kind in _NAMES
        and (tokens[i].kind is Kind.QUOTED or not tokens[i].is_word(*SQL_WORDS))
    )


def find_operand(tokens: Sequence[Token], first: int, end: int) -> int:
    """The place behind the column or call that begins at `first`; `first` where neither does."""
    if first >= end or tokens[first].kind not in _NAMES or tokens[first].is_word(*SQL_WORDS):
        return first
    if is_call(tokens, first):
        behind = find_closing(tokens, first + 1) + 1
        return behind if behind <= end else first
    place = first + 1
    while place + 1 < end and tokens[place].text == "." and tokens[place + 1].kind in _NAMES:
        place += 2
    return place


def _split(tokens: Sequence[Token], whole: range, depth: int) -> Iterator[range]:
    first = whole.start
    for i in whole:
        if tokens[i].text == "," and tokens[i].depth == depth:
            yield range(first, i)
            first = i + 1
    yield range(first, whole.stop)


def _read_tables(tokens: Sequence[Token], clause: range, depth: int) -> Iterator[Table]:
    first, joiner, joined = clause.start, clause.start, tuple[str, ...]()
    end, condition, using = clause.stop, None, False
    behind = clause.start

    def make() -> Table:
        stop = min(end, place)
        on = range(condition, place) if condition is not None else None
        function = is_call(tokens, first)
        name = find_operand(tokens, first, stop) if not function else first + 1
        parenthesised = first < stop and tokens[first].text == "("
        words = tuple(tokens[i].text.strip('"').lower() for i in range(first, name) if tokens[i].text != ".")
        last = tokens[stop - 1] if stop > name else None
        alias = (
            last.text.strip('"').lower() if last is not None and last.kind in _NAMES else (words or ("",))[-1]
        )
        return Table(first, stop, joiner, joined, on, using, function, parenthesised, words, alias)

    place = clause.start
    while place < clause.stop:
        token = tokens[place]
        named = place > 0 and tokens[place - 1].text == "."
        if token.depth == depth and not named and place >= behind:
            if (
                token.text == ","
                or token.is_word(*_JOINS)
                or (token.is_word(*_KINDS_OF_JOIN) and not is_call(tokens, place))
            ):
                if place > first:
                    yield make()
                joiner, words = place, [token.text.upper()]
                while token.text != "," and not tokens[place].is_word(*_JOINS) and place + 1 < clause.stop:
                    place += 1
                    words.append(tokens[place].text.upper())
                first, joined = place + 1, tuple(words)
                end, condition, using, behind = clause.stop, None, False, place + 1
            elif token.is_word("ON") and condition is None:
                end, condition = min(end, place), place + 1
            elif token.is_word("USING"):
                end, using = min(end, place), True
        place += 1
    if place > first:
        yield make()
