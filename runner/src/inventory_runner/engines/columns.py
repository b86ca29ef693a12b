"""A query's columns, as its text and DESCRIBE tell of them: their order, and their types.

StackQL prints every value as text and a row's columns by name. Types are never guessed from the data, where an
account's number looks like a quantity: a column has the type that DESCRIBE gives it, an expression one that follows
from its parts, and everything else stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
from sqlglot import exp
from sqlglot.dialects import SQLite

from inventory_runner.contract import UNREAD
from inventory_runner.reading import BOOLEAN, INTEGER, JSON, NUMBER

Types = Mapping[str, str | None]
# a resource's name → its columns in lower case → what DESCRIBE calls their types; empty where it is not known
Describe = Callable[[str], Mapping[str, str]]

_DESCRIBED = {"integer": INTEGER, "number": NUMBER, "boolean": BOOLEAN, "object": JSON, "array": JSON}
_SAME = (exp.Min, exp.Max, exp.Abs, exp.Neg, exp.Paren)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Mod)
_CAST = {
    **dict.fromkeys(exp.DataType.INTEGER_TYPES, INTEGER),
    **dict.fromkeys(exp.DataType.REAL_TYPES, NUMBER),
}


def order_columns(table: pa.Table, query: exp.Query | None) -> pa.Table:
    """The table with its columns in the order in which the SELECT names them; as it is where it names none."""
    if query is None or table.num_columns < 2:
        return table
    names = {name.lower(): name for name in table.column_names}
    named = [names[word] for one in query.selects if (word := one.alias_or_name.lower()) in names]
    order = list(dict.fromkeys([*named, *table.column_names]))
    return table.select(order)


def warn_of_merged_columns(table: pa.Table, query: exp.Query | None) -> tuple[str, ...]:
    """A warning where columns are missing because StackQL, which keeps one of a name, saw two of one name."""
    if query is None or not table.num_rows or query.is_star:
        return ()
    missing = len(query.selects) - len([name for name in table.column_names if name != UNREAD])
    if missing <= 0:
        return ()
    return (
        f"{missing} of {len(query.selects)} columns {'is' if missing == 1 else 'are'} missing: StackQL keeps one of"
        " those that share a name, and gives an expression its column's name. Name each with AS.",
    )


def find_types(query: exp.Query | None, describe: Describe) -> dict[str, str]:
    """The query's columns, in lower case → integer, number, boolean or json; without those that stay text."""
    if query is None:
        return {}
    try:
        found = _find_column_types(query, {}, describe)
    except RecursionError:
        # a chain of thousands of operators
        return {}
    return {name: kind for name, kind in found.items() if kind is not None}


def _find_column_types(
    query: exp.Expr, outer: Mapping[str, Types], describe: Describe
) -> dict[str, str | None]:
    """A query's columns and their types. outer: the common table expressions that it may name."""
    if not isinstance(query, exp.Query):
        return {}
    named = dict(outer)
    for cte in query.ctes:
        named[cte.alias.lower()] = _find_column_types(cte.this, named, describe)
    if isinstance(query, exp.Subquery):
        return _find_column_types(query.this, named, describe)
    if isinstance(query, exp.SetOperation):
        left, right = (_find_column_types(side, named, describe) for side in (query.left, query.right))
        kinds = list(right.values())
        return {
            name: kind if place < len(kinds) and kinds[place] == kind else None
            for place, (name, kind) in enumerate(left.items())
        }
    sources = _find_source_types(query, named, describe)
    found: dict[str, str | None] = {}
    for one in query.selects:
        if isinstance(one, exp.Star):
            for columns in sources.values():
                found.update(columns)
        elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
            found.update(sources.get(one.table.lower(), {}))
        else:
            name = one.alias_or_name if isinstance(one, exp.Alias | exp.Column) else one.sql(SQLite)
            found[name.lower()] = _find_type(one.unalias(), sources)
    return found


def _find_source_types(query: exp.Query, named: Mapping[str, Types], describe: Describe) -> dict[str, Types]:
    first = query.args.get("from_")
    sources: dict[str, Types] = {}
    for source in [one.this for one in (first, *query.args.get("joins", ())) if one is not None]:
        columns: Types = {}
        if isinstance(source, exp.Table):
            parts = [part.name for part in source.parts]
            if len(parts) == 1:
                columns = named.get(parts[0].lower(), {})
            elif len(parts) == 3:
                described = describe(".".join(parts))
                columns = {name: _DESCRIBED.get(kind.lower()) for name, kind in described.items()}
        else:
            columns = _find_column_types(source, named, describe)
        sources[source.alias_or_name.lower()] = columns
    return sources


def _find_type(one: exp.Expr, sources: Mapping[str, Types]) -> str | None:
    """The type that every value of an expression has, None where that is text or not certain."""
    if isinstance(one, exp.Column):
        name, table = one.name.lower(), one.table.lower()
        kinds = {
            columns[name] for alias, columns in sources.items() if table in ("", alias) and name in columns
        }
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(one, exp.Literal):
        return None if one.is_string else INTEGER if one.is_int else NUMBER
    if isinstance(
        one, exp.Count | exp.Length | exp.Predicate | exp.Not | exp.And | exp.Or | exp.RowNumber | exp.Rank
    ):
        return INTEGER
    if isinstance(one, exp.Avg | exp.Div | exp.Round):
        return NUMBER
    if isinstance(one, exp.Cast):
        return _CAST.get(one.to.this)
    if isinstance(one, _SAME):
        return _find_type(one.this, sources)
    if isinstance(one, exp.Sum):
        return INTEGER if _find_type(one.this, sources) == INTEGER else NUMBER
    if isinstance(one, _ARITHMETIC):
        return (
            INTEGER
            if {_find_type(one.left, sources), _find_type(one.right, sources)} == {INTEGER}
            else NUMBER
        )
    if isinstance(one, exp.Window):
        return _find_type(one.this, sources)
    branches: list[exp.Expr] = []
    if isinstance(one, exp.Coalesce):
        branches = [one.this, *one.expressions]
    elif isinstance(one, exp.Case):
        branches = [branch.args["true"] for branch in one.args["ifs"]]
        branches += [one.args["default"]] if one.args.get("default") is not None else []
    kinds = {_find_type(branch, sources) for branch in branches if not isinstance(branch, exp.Null)}
    return kinds.pop() if len(kinds) == 1 else None
