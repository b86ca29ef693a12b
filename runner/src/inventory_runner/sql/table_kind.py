"""What a statement's rows are, where its text tells it: resources, or counts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inventory_runner.models import TableKind
from inventory_runner.sql.statement import Statement

if TYPE_CHECKING:
    from sqlglot import exp

# aggregates that the parser takes for functions of a row
_AGGREGATES = frozenset({"json_group_array", "json_group_object", "total"})


def find_table_kind(statement: Statement) -> TableKind:
    """COUNTS where each row sums up others, INVENTORY otherwise: what is a finding, only people know.

    A condition makes no finding: its resources count once, whichever other table holds them.
    """
    query = statement.query
    return TableKind.COUNTS if query is not None and _sums_up(query, {}) else TableKind.INVENTORY


def _sums_up(query: exp.Query, named: dict[str, exp.Query]) -> bool:
    """Whether a query's rows are sums; named: the queries that WITH gives names, by name in lower case."""
    from sqlglot import exp

    named = named | {cte.alias.lower(): cte.this for cte in query.ctes if isinstance(cte.this, exp.Query)}
    if isinstance(query, exp.SetOperation):
        return any(_sums_up(side, named) for side in (query.left, query.right) if isinstance(side, exp.Query))
    if isinstance(query, exp.Subquery):
        return isinstance(query.this, exp.Query) and _sums_up(query.this, named)
    if not isinstance(query, exp.Select):
        return False
    if any(_has_aggregate(shown) for shown in query.expressions):
        return True
    source = query.args.get("from_") or query.args.get("from")
    origin = source.this if source is not None else None
    if isinstance(origin, exp.Subquery):
        return _sums_up(origin, named)
    if isinstance(origin, exp.Table) and len(origin.parts) == 1 and origin.name.lower() in named:
        name = origin.name.lower()
        # a query that reads its own name goes on with the rows that it began with
        return _sums_up(named[name], {key: one for key, one in named.items() if key != name})
    return False


def _has_aggregate(shown: exp.Expr) -> bool:
    """Whether an expression sums up rows; not within a subquery of its own, nor beside each row (OVER)."""
    from sqlglot import exp

    def is_apart(node: exp.Expr) -> bool:
        return isinstance(node, exp.Query | exp.Window)

    for node in shown.walk(prune=is_apart):
        # max(a, b) takes the larger of two values of a row
        if (
            isinstance(node, exp.AggFunc)
            and not is_apart(node)
            and not (isinstance(node, exp.Max | exp.Min) and node.expressions)
        ):
            return True
        if isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES:
            return True
    return False
