"""Counting the rows in which a column that is read as JSON holds none.

There a JSON function gives NULL (`json_calls.py`), which looks like a resource that has no such value. So a column
that counts is put beside the query's own, in the SELECT that calls the function and in those around it, and is taken
out again where the answer is read (`answers.JsonReads`):

    SELECT id, json_extract(state, '$.name') AS state
      , CASE WHEN json_valid(state) = 0 AND state <> '' THEN 1 ELSE 0 END AS _not_json_1
      FROM aws.ec2.instances WHERE region = 'us-east-1'

What a condition, a join or one side of a UNION reads as JSON cannot be counted so: its rows may not be in the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.dialects import SQLite

from inventory_runner.engines.answers import JsonReads
from inventory_runner.engines.json_calls import calls_json, is_json_function
from inventory_runner.sql.lexer import Token
from inventory_runner.sql.statement import Statement, read

NAME = "_not_json_"


def count_what_is_no_json(statement: Statement) -> tuple[Statement, JsonReads]:
    """The statement (without comments) with columns that count, and what they count; the lines stay."""
    if not calls_json(statement) or statement.query is None or NAME in statement.text:
        return statement, JsonReads()
    found = _Reader(statement.query)
    starts = [i for i, token in enumerate(statement.tokens) if token.is_word("SELECT")]
    if len(starts) != found.selects:
        # one stands where none was looked for
        return statement, found.count_nothing()
    text = statement.text
    for number, columns in sorted(found.added.items(), reverse=True):
        place = _find_from(statement.tokens, starts[number])
        if place is None:
            return statement, found.count_nothing()
        text = f"{text[:place]}, {', '.join(columns)} {text[place:]}"
    return read(text) if found.added else statement, JsonReads(found.counted, found.list_elsewhere())


class _Reader:
    """added: number of a SELECT, in the text's order → what its columns get beside them. counted: name → column."""

    def __init__(self, query: exp.Query) -> None:
        self.selects = 0
        self.added: dict[int, list[str]] = {}
        self.counted: dict[str, str] = {}
        self._query = query
        self._seen: set[int] = set()
        self._read(query, {}, counts=True)

    def list_elsewhere(self) -> tuple[str, ...]:
        """The columns that are read as JSON where nothing counts it."""
        found = (column for column in _list_columns(self._query) if id(column) not in self._seen)
        return tuple(dict.fromkeys(column.name for column in found))

    def count_nothing(self) -> JsonReads:
        """For a statement that stays as it is."""
        self._seen.clear()
        return JsonReads(elsewhere=self.list_elsewhere())

    def _read(self, query: exp.Expr, named: Mapping[str, list[str]], *, counts: bool) -> list[str]:
        """The names of the columns that count and that the query gives. counts: those around it can take them."""
        if not isinstance(query, exp.Query):
            return []
        here = dict(named)
        for cte in query.ctes:
            once = (
                sum(table.name.lower() == cte.alias.lower() for table in self._query.find_all(exp.Table)) == 1
            )
            plain = not (cte.args["alias"].args.get("columns") or query.args["with_"].args.get("recursive"))
            here[cte.alias.lower()] = self._read(cte.this, here, counts=counts and once and plain)
        if isinstance(query, exp.Subquery):
            return self._read(query.this, here, counts=counts)
        if isinstance(query, exp.SetOperation):
            self._read(query.left, here, counts=False)
            self._read(query.right, here, counts=False)
            return []
        return self._read_select(query, here, counts=counts) if isinstance(query, exp.Select) else []

    def _read_select(self, select: exp.Select, named: Mapping[str, list[str]], *, counts: bool) -> list[str]:
        number, self.selects = self.selects, self.selects + 1
        first, joins = select.args.get("from_"), select.args.get("joins") or []
        # a join gives a row of the inner SELECT several times or never
        inner = counts and not joins and not select.args.get("distinct")
        given: list[str] = []
        for table in [one.this for one in [first, *joins] if one is not None]:
            if isinstance(table, exp.Subquery):
                given += self._read(table, named, counts=inner and not table.alias_column_names)
            elif isinstance(table, exp.Table) and len(table.parts) == 1 and inner:
                given += named.get(table.name.lower(), [])
        if not counts or (select.args.get("distinct") and select.parent is not None):
            return []
        together = bool(select.args.get("group")) or any(
            not isinstance(one.parent, exp.Window)
            for item in select.expressions
            for one in item.find_all(exp.AggFunc)
        )
        added = [f"sum({name}) AS {name}" if together else name for name in given if not select.is_star]
        columns = [column for item in select.expressions for column in _list_columns(item)]
        self._seen.update(map(id, columns))
        # of one table, `state` and `t.state` are the same
        for label, written in {
            column.sql(SQLite) if joins else column.name: column.sql(SQLite) for column in columns
        }.items():
            name = f"{NAME}{len(self.counted) + 1}"
            self.counted[name] = label
            case = f"CASE WHEN json_valid({written}) = 0 AND {written} <> '' THEN 1 ELSE 0 END"
            added.append(f"sum({case}) AS {name}" if together else f"{case} AS {name}")
            given.append(name)
        if added:
            self.added[number] = added
        return given


def _list_columns(node: exp.Expr) -> Iterator[exp.Column]:
    """The columns below the node that a function reads as JSON, in the order of the tree."""
    for column in node.find_all(exp.Column):
        argument: exp.Expr = column
        while isinstance(argument.parent, exp.Paren):
            argument = argument.parent
        call = argument.parent
        if isinstance(call, exp.JSONExtract | exp.JSONExtractScalar):
            read_as_json = call.this is argument
        elif isinstance(call, exp.Anonymous):
            read_as_json = is_json_function(str(call.this)) and call.expressions[0] is argument
        else:
            read_as_json = (
                isinstance(call, exp.Func) and is_json_function(call.sql_name()) and call.this is argument
            )
        if read_as_json and not isinstance(column.this, exp.Star):
            yield column


def _find_from(tokens: Sequence[Token], select: int) -> int | None:
    """Where the FROM of the SELECT at that place begins in the text."""
    for token in tokens[select + 1 :]:
        if token.depth < tokens[select].depth:
            return None
        if token.depth == tokens[select].depth and token.is_word("FROM"):
            return token.start
    return None
