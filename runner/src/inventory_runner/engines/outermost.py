"""DISTINCT, and ORDER BY beside LIMIT, which StackQL leaves out.

It prints every row for SELECT DISTINCT, and any ten for ORDER BY … LIMIT 10. The outermost SELECT's are applied to
the rows that it prints; inside of a statement nothing can make up for them, so they are refused there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.engines.values import cut
from inventory_runner.sql.lexer import Token
from inventory_runner.sql.statement import Statement, read

# a parameter's value comes as a text
_LIMIT = re.compile(r"LIMIT '?(\d+)'?(?: (OFFSET|,) '?(\d+)'?)?", re.IGNORECASE)
_SETS = ("UNION", "INTERSECT", "EXCEPT")


@dataclass(frozen=True)
class Outermost:
    """What is left to do with the rows. count: None where no LIMIT was taken out."""

    distinct: bool = False
    offset: int = 0
    count: int | None = None

    def most_read(self, row_limit: int | None) -> int | None:
        """How many of the program's rows are needed."""
        if self.distinct:
            return None if row_limit is None else row_limit + self.offset
        wanted = [one + self.offset for one in (row_limit, self.count) if one is not None]
        return min(wanted, default=None)

    def cuts(self, row_limit: int | None) -> bool:
        """Whether rows beyond `most_read` are ones that nobody asked for."""
        return not self.distinct and self.count is not None and (row_limit is None or self.count <= row_limit)

    def apply_to(self, table: pa.Table) -> pa.Table:
        """The rows that were asked for."""
        if self.distinct and table.num_columns:
            table = (
                table.group_by(table.column_names, use_threads=False).aggregate([]).select(table.column_names)
            )
        return cut(table, self.offset, self.count) if self.offset or self.count is not None else table


def take_out_outermost(statement: Statement) -> tuple[Statement, Outermost]:
    """The statement (without comments) as StackQL gets it, and what is left to do. Raises QuerySyntaxError."""
    sql, tokens = statement.text, statement.tokens
    distinct = [
        i for i in range(1, len(tokens)) if tokens[i].is_word("DISTINCT") and tokens[i - 1].is_word("SELECT")
    ]
    top = [token for token in tokens if not token.depth]
    alone = not any(token.is_word(*_SETS) for token in top)
    for i in distinct:
        if tokens[i].depth or not alone:
            raise _make_refusal(
                tokens[i], "StackQL leaves this DISTINCT out.", "GROUP BY the columns instead."
            )
    for i, token in enumerate(tokens):
        if token.depth and token.is_word("LIMIT") and _has_order_before(tokens, i):
            raise _make_refusal(
                token,
                "StackQL takes any rows for ORDER BY with this LIMIT.",
                "Order and limit the outermost SELECT.",
            )
    last = next(
        (i for i in range(len(tokens) - 1, 0, -1) if not tokens[i].depth and tokens[i].is_word("LIMIT")), 0
    )
    if not last or not (distinct or _has_order_before(tokens, last)):
        return statement, Outermost(bool(distinct))
    found = _LIMIT.fullmatch(" ".join(token.text for token in tokens[last:]))
    if found is None:
        raise _make_refusal(
            tokens[last], "This LIMIT cannot be read.", "Write LIMIT 10, or LIMIT 10 OFFSET 20."
        )
    first, comma, second = int(found[1]), found[2] == ",", int(found[3] or 0)
    offset, count = (first, second) if comma else (second, first)
    start, end = tokens[last].start, tokens[-1].end
    text = sql[:start] + " " * (end - start) + sql[end:]
    return read(text), Outermost(bool(distinct), offset, count)


def _has_order_before(tokens: Sequence[Token], limit: int) -> bool:
    """Whether ORDER BY stands before the LIMIT, in its own parentheses."""
    depth = tokens[limit].depth
    for i in range(limit - 1, -1, -1):
        if tokens[i].depth < depth:
            return False
        if tokens[i].depth == depth and tokens[i].is_word("ORDER") and tokens[i + 1].is_word("BY"):
            return True
        if tokens[i].depth == depth and tokens[i].is_word("SELECT"):
            return False
    return False


def _make_refusal(token: Token, message: str, hint: str) -> QuerySyntaxError:
    return QuerySyntaxError(f"Line {token.line}: {message}", line=token.line, hint=hint)
