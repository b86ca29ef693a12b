"""Reads a SELECT for the sample cloud: which resources it reads with which parameters, and its text for SQLite.

The text is spliced by the positions of its own tokens and never regenerated: `aws.ec2.instances` becomes
`"aws.ec2.instances"`, the name of a table, and a `*` over a resource with hidden parameters becomes its columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from inventory_runner.contract import MissingParameter, QuerySyntaxError, UnknownResource
from inventory_runner.engines.sample_cloud import catalogue
from inventory_runner.engines.sample_cloud.catalogue import Resource
from inventory_runner.errors import StatementRefused

# sqlglot underlines with terminal codes
_ANSI = re.compile(r"\x1b\[\d*m")
_TABLE_FUNCTIONS = {"json_each", "json_tree"}


@dataclass
class Source:
    """A resource that a SELECT reads. given: parameter → its values, None where a join gives them."""

    resource: Resource
    alias: str
    given: dict[str, list[str] | None] = field(default_factory=dict)

    def parameter(self, name: str) -> str | None:
        """The required parameter of that name, in whatever case it is written."""
        return next((each for each in self.resource.parameters if each.lower() == name.lower()), None)

    def has_column(self, name: str) -> bool:
        known = (*self.resource.column_names, *self.resource.hidden)
        return any(each.lower() == name.lower() for each in known)


@dataclass(frozen=True)
class Reading:
    text: str
    sources: list[Source]

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.text.lower()))

    def list_columns(self, resource: Resource) -> frozenset[str]:
        """The resource's columns that the statement may read: a column is named, or a star or NATURAL means all."""
        if "*" in self.text or "natural" in self._words:
            return frozenset(resource.column_names)
        return frozenset(name for name in resource.column_names if name.lower() in self._words)


@lru_cache(maxsize=128)
def read(sql: str) -> Reading:
    """Raises QuerySyntaxError, StatementRefused, UnknownResource, MissingParameter.

    A schedule's statements come again with every run: nobody may change what was read of one.
    """
    statement = _parse(sql)
    _refuse_brackets(sql, statement)
    named = {cte.alias.lower() for cte in statement.find_all(exp.CTE)}
    splices: list[tuple[int, int, str]] = []
    sources: list[Source] = []
    for select in statement.find_all(exp.Select):
        found = [(table, _make_source(table, named)) for table in _list_tables(select)]
        mine = [source for _, source in found if source is not None]
        sources += mine
        _require(select, mine)
        splices += [
            (*_find_span(*table.parts), f'"{source.resource.name}"')
            for table, source in found
            if source is not None and isinstance(table, exp.Table)
        ]
        splices += _find_stars(select, found)
    for column in statement.find_all(exp.Column):
        if column.name.startswith("$") and not column.this.args.get("quoted"):
            # to SQLite it would be a parameter that nobody binds
            raise QuerySyntaxError(
                f"There is no column {column.name}.",
                line=column.this.meta.get("line"),
                hint="No resource of the sample cloud has such a parameter.",
            )
        # a star of that form was spliced as a whole
        if column.args.get("catalog") is not None and not isinstance(column.this, exp.Star):
            start, end = _find_span(*column.parts[:-1])
            splices.append(
                (start, end, f'"{catalogue.find(".".join(part.name for part in column.parts[:-1])).name}"')
            )
    return Reading(_splice(sql, splices), sources)


def _parse(sql: str) -> exp.Query:
    try:
        statements = [each for each in sqlglot.parse(sql, read="sqlite") if each is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "").strip()
        text = f'near "{near}": syntax error' if near else "The statement is not complete."
        raise QuerySyntaxError(
            text, line=first.get("line"), column=first.get("col"), details=_ANSI.sub("", str(error))
        ) from None
    except TokenError as error:
        raise QuerySyntaxError(
            "A string or a comment is not closed.",
            line=sql.count("\n") + 1,
            details=_ANSI.sub("", str(error)),
        ) from None
    if len(statements) != 1:
        raise StatementRefused("Exactly one statement can be run at a time.")
    statement = statements[0]
    if not isinstance(statement, exp.Query):
        raise StatementRefused("Only SELECT, SHOW, DESCRIBE and REGISTRY LIST are run.")
    for placeholder in statement.find_all(exp.Placeholder, exp.Parameter):
        raise QuerySyntaxError(
            f"The parameter :{placeholder.name or '?'} has no value.", hint="Give it a value."
        )
    return statement


def _refuse_brackets(sql: str, statement: exp.Query) -> None:
    """SQLite takes [0] for a quoted name, and `tags[0]` for a column with another name; StackQL has no such form."""
    for name in statement.find_all(exp.Identifier):
        start = name.meta.get("start")
        if start is not None and sql[start] in "[`":
            raise QuerySyntaxError(
                f"{sql[start]} is no quote and no index: StackQL has no brackets or backticks.",
                line=name.meta.get("line"),
                hint="Use json_extract(column, '$[0]') for an element, and double quotes for a name.",
            )


def _list_tables(select: exp.Select) -> Iterator[exp.Expr]:
    """What the FROM clause names, in order: tables, subqueries, table functions."""
    start = select.args.get("from_")
    joins = select.args.get("joins") or []
    for item in [start.this if start else None, *[join.this for join in joins]]:
        yield from _flatten_from(item)


def _flatten_from(item: exp.Expr | None) -> Iterator[exp.Expr]:
    if item is None:
        return
    if isinstance(item, exp.Paren) or (isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table)):
        yield from _flatten_from(item.this)
    else:
        yield item
    for join in item.args.get("joins") or []:
        yield from _flatten_from(join.this)


def _make_source(table: exp.Expr, named: set[str]) -> Source | None:
    """The resource that a table names; None for subqueries, CTEs and table functions."""
    if not isinstance(table, exp.Table):
        return None
    if not isinstance(table.this, exp.Identifier):
        function = _find_function_name(table)
        if function not in _TABLE_FUNCTIONS:
            raise UnknownResource(
                f"The sample cloud has no table function {function}.", near=sorted(_TABLE_FUNCTIONS)
            )
        return None
    name = ".".join(part.name for part in table.parts)
    if len(table.parts) == 1 and name.lower() in named:
        return None
    if len(table.parts) != 3:
        line = table.this.meta.get("line")
        where = f" (line {line})" if line else ""
        raise UnknownResource(
            f"{name} is no resource{where}: resources are named provider.service.resource.",
            near=[known for known in catalogue.read_resources() if known.endswith(f".{table.name}")][:3],
        )
    resource = catalogue.find(name)
    return Source(resource, table.alias or resource.name)


def _find_function_name(table: exp.Table) -> str:
    """The name of a table function."""
    call = table.this
    return str(call.name if isinstance(call, exp.Anonymous) else call.key if call else "").lower()


def _find_shown_name(table: exp.Expr) -> str:
    """What a table, subquery or table function is called in its SELECT; empty where it has no name."""
    if isinstance(table, exp.Table) and not isinstance(table.this, exp.Identifier):
        return table.alias or _find_function_name(table)
    return table.alias_or_name


def _require(select: exp.Select, sources: list[Source]) -> None:
    """Find each source's required parameters: values in WHERE, columns of other tables in ON, as StackQL takes them."""
    where = select.args.get("where")
    for condition in _list_conditions([where.this] if where else []):
        if isinstance(condition, exp.EQ):
            for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
                if isinstance(one, exp.Column) and isinstance(other, exp.Literal):
                    _give(sources, one, [other.name])
        elif isinstance(condition, exp.In) and isinstance(condition.this, exp.Column):
            values = condition.expressions
            if values and all(isinstance(value, exp.Literal) for value in values):
                _give(sources, condition.this, [value.name for value in values])
    joins = [*(select.args.get("joins") or [])]
    joins += [join for table in _list_tables(select) for join in table.args.get("joins") or []]
    for condition in _list_conditions([on for join in joins if (on := join.args.get("on"))]):
        if isinstance(condition, exp.EQ):
            _join(sources, condition.left, condition.right)
            _join(sources, condition.right, condition.left)
    for source in sources:
        missing = [name for name in source.resource.parameters if name not in source.given]
        if missing:
            raise MissingParameter(
                "cannot find matching operation, possible causes include missing required parameters or an "
                "unsupported method for the resource, to find required parameters for supported methods run "
                f"SHOW METHODS IN {source.resource.name}: missing required parameters: {', '.join(missing)}",
                resource=source.resource.name,
                parameters=missing,
            )


def _list_conditions(clauses: list[exp.Expr]) -> Iterator[exp.Expr]:
    """The parts of the clauses that AND connects."""
    while clauses:
        clause = clauses.pop(0).unnest()
        if isinstance(clause, exp.And):
            clauses = [clause.left, clause.right, *clauses]
        else:
            yield clause


def _find_owners(sources: list[Source], column: exp.Column) -> list[tuple[Source, str]]:
    """The sources that a column may mean a required parameter of, with the parameter's name."""
    prefix = ".".join(part.name for part in column.parts[:-1]).lower()
    mine = [source for source in sources if not prefix or source.alias.lower() == prefix]
    return [(source, name) for source in mine if (name := source.parameter(column.name))]


def _give(sources: list[Source], column: exp.Column, values: list[str]) -> None:
    for source, name in _find_owners(sources, column):
        known = source.given.get(name)
        # two conditions on one parameter: only what both allow is asked for
        source.given[name] = values if known is None else [value for value in known if value in values]


def _join(sources: list[Source], one: exp.Expr, other: exp.Expr) -> None:
    """Give the parameters that equal a column of another table's rows; another's parameter is no value of its rows."""
    if not isinstance(one, exp.Column) or not isinstance(other, exp.Column):
        return
    for source, name in _find_owners(sources, one):
        others = [each for each, _ in _find_owners(sources, other) if each is not source]
        if not others and not _is_only_here(source, other, sources):
            source.given.setdefault(name, None)


def _is_only_here(source: Source, column: exp.Column, sources: list[Source]) -> bool:
    """Whether a column can only be the source's own: then it gives nothing."""
    prefix = ".".join(part.name for part in column.parts[:-1]).lower()
    if prefix:
        return source.alias.lower() == prefix
    return source.has_column(column.name) and not any(
        each.has_column(column.name) for each in sources if each is not source
    )


def _find_stars(
    select: exp.Select, found: list[tuple[exp.Expr, Source | None]]
) -> Iterator[tuple[int, int, str]]:
    """Stars that would show hidden parameters, as the columns that they stand for.

    Beside a subquery without a name a star stays as it is: there is no way to write its columns.
    """
    for item in select.expressions:
        if isinstance(item, exp.Star):
            nameless = any(source is None and not _find_shown_name(table) for table, source in found)
            if not nameless and any(source is not None and source.resource.hidden for _, source in found):
                parts = [
                    _spell_columns(source) if source else f'"{_find_shown_name(table)}".*'
                    for table, source in found
                ]
                yield item.meta["start"], item.meta["end"], ", ".join(parts)
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            prefix = ".".join(part.name for part in item.parts[:-1]).lower()
            for _, source in found:
                if source is not None and source.alias.lower() == prefix:
                    start, _ = _find_span(item.parts[0])
                    yield start, item.this.meta["end"], _spell_columns(source)


def _spell_columns(source: Source) -> str:
    return ", ".join(f'"{source.alias}"."{name}"' for name in source.resource.column_names)


def _find_span(*parts: exp.Expr) -> tuple[int, int]:
    return parts[0].meta["start"], parts[-1].meta["end"]


def _splice(sql: str, splices: list[tuple[int, int, str]]) -> str:
    """Replace (first, last, text), from the end on, so that the positions before stay right."""
    for start, end, text in sorted(set(splices), reverse=True):
        sql = sql[:start] + text + sql[end + 1 :]
    return sql
