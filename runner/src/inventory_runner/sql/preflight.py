"""What can be said about a statement before a call is made: its resources, the parameters they need, its columns.

The assistant, the command line, the line under the editor and Run all ask `examine`. The statement is read by its
syntax tree; a clause is added by offset, so that the rest of the text stays as it was typed. Metadata that cannot be
had is never a problem of the statement: it is a doubt, which is said instead of "found".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from inventory_runner.contract import (
    Engine,
    EngineError,
    MissingParameter,
    UnknownColumn,
    UnknownResource,
)
from inventory_runner.sql.column_names import MORE, Unknown, find_unknown_columns
from inventory_runner.sql.lexer import Token
from inventory_runner.sql.statement import Statement, find_resource, is_name

# what may stand behind a SELECT's FROM and WHERE
_FOLLOWING = ("GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WINDOW")


@dataclass(frozen=True)
class Problem:
    """message: one line for people. clause: what WHERE lacks, with parameters. near: similar resources or columns.

    resource: of an unknown column, where it was looked for. line: 1-based line of the resource or column, where it is
    known. occurrence: which of the resource's appearances, from 0. span: where an unknown column begins and ends.
    """

    kind: Literal["unknown_resource", "missing_parameters", "unknown_column"]
    resource: str
    message: str
    parameters: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    clause: str = ""
    line: int | None = None
    occurrence: int = 0
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Findings:
    """problems: why it would fail. doubts: sentences about what could not be told. looked: a resource was looked up."""

    problems: tuple[Problem, ...] = ()
    doubts: tuple[str, ...] = ()
    looked: bool = False

    def describe(self) -> str:
        """What was found, in one line: never that columns were, where that could not be told."""
        if self.problems:
            return "; ".join(problem.message for problem in self.problems)
        if not self.looked:
            return "; ".join(["it only reads", *self.doubts])
        found = "resource and parameters found" if self.doubts else "resource, columns and parameters found"
        return "; ".join([found, *self.doubts])


@dataclass(frozen=True)
class _Use:
    """One appearance of a resource.

    select: the SELECT that reads it. given: the names, in lower case, that its WHERE gives for it by = or IN.
    joined: (name in lower case, resource, its column) for `mine.repo = r.name` in an ON.
    """

    resource: str
    table: exp.Table
    select: exp.Select
    given: frozenset[str]
    joined: frozenset[tuple[str, str, str]]
    occurrence: int

    @property
    def span(self) -> tuple[int, int] | None:
        """Where its name begins and ends in the text."""
        first, last = self.table.parts[0].meta, self.table.parts[-1].meta
        # the parser gives both or none
        return (first["start"], last["end"] + 1) if "start" in first else None


def check(statement: Statement, engine: Engine) -> list[Problem]:
    """The problems alone; [] where nothing is wrong or nothing can be known."""
    return list(examine(statement, engine).problems)


def examine(statement: Statement, engine: Engine) -> Findings:
    """Unknown resources, missing required parameters and unknown columns, and what could not be looked up."""
    if statement.query is None:
        return Findings()
    uses = list(_list_uses(statement))
    found = ((use, _find_problem(use, engine)) for use in uses)
    problems = [
        replace(
            problem,
            line=_count_line(statement, use.span),
            occurrence=use.occurrence,
        )
        for use, problem in found
        if problem is not None
    ]
    unknown = {one.resource for one in problems if one.kind == "unknown_resource"}
    others = {use.resource for use in uses if use.resource not in unknown and _calls_another(use, engine)}

    @functools.cache
    def describe(resource: str) -> list[str]:
        return [*_list_names(resource, engine, unknown), *([MORE] if resource in others else [])]

    doubts: dict[str, list[Unknown]] = {}
    for column in find_unknown_columns(statement.query, describe):
        if not column.doubt:
            problems.append(_make_column_problem(statement, column))
        elif not unknown & set(column.tables):
            doubts.setdefault(column.doubt, []).append(column)
    return Findings(
        tuple(problems),
        tuple(_describe_doubt(reason, columns) for reason, columns in doubts.items()),
        bool(statement.resources),
    )


def _make_column_problem(statement: Statement, column: Unknown) -> Problem:
    tables = " or ".join(column.tables)
    missing = (
        f"There is no column {column.name} in {tables}."
        if tables
        else f"Nothing is called {column.name.rsplit('.', 1)[0]} in this SELECT."
    )
    return Problem(
        "unknown_column",
        tables,
        missing + _ask_near(column.near),
        near=column.near,
        line=_count_line(statement, column.span),
        span=column.span,
    )


def _describe_doubt(reason: str, columns: Sequence[Unknown]) -> str:
    names = " and ".join(column.name for column in columns)
    there, near = ("is a column", _ask_near(columns[0].near)) if len(columns) == 1 else ("are columns", "")
    return f"Whether there {there} {names} could not be told: {reason}.{near}"


def _ask_near(near: Sequence[str]) -> str:
    return f" Did you mean {', '.join(near)}?" if near else ""


def _count_line(statement: Statement, span: tuple[int, int] | None) -> int | None:
    return statement.text.count("\n", 0, span[0]) + 1 if span else None


def _list_names(resource: str, engine: Engine, unknown: Collection[str]) -> list[str]:
    """The resource's columns and required parameters, and MORE where the columns cannot be had."""
    if resource in unknown:
        return [MORE]
    names: list[str] = []
    try:
        names += [
            name
            for method in engine.methods(resource)
            if method.verb.upper() == "SELECT"
            for name in method.required_parameters
        ]
        described = [column.name for column in engine.describe(resource)]
    except EngineError:
        described = []
    return [*dict.fromkeys([*(described or [MORE]), *names])]


def _calls_another(use: _Use, engine: Engine) -> bool:
    """Whether a method is called that may have other columns: DESCRIBE tells those of the first that selects."""
    try:
        needed = [
            one.required_parameters for one in engine.methods(use.resource) if one.verb.upper() == "SELECT"
        ]
    except EngineError:
        return False
    fits = [all(name.lower() in use.given for name in names) for names in needed]
    return any(fits) and not fits[0]


def replace_near(statement: Statement, problem: Problem, near: str) -> str:
    """The text with a similar name in the place of the unknown resource, wherever it is read, or of the column."""
    text = statement.text
    spans: list[tuple[int, int] | None] = [problem.span]
    if problem.kind == "unknown_resource":
        spans = [use.span for use in _list_uses(statement) if use.resource == problem.resource]
    for span in sorted((span for span in spans if span), reverse=True):
        text = text[: span[0]] + near + text[span[1] :]
    return text


def add_clause(statement: Statement, problem: Problem) -> str:
    """The text with the problem's clause in the WHERE of the SELECT that reads the resource.

    Unchanged where nothing is missing any more, or where it is unclear where the clause belongs.
    """
    words, text = statement.words, statement.text
    asked = (problem.resource, problem.occurrence)
    use = next((one for one in _list_uses(statement) if (one.resource, one.occurrence) == asked), None)
    if use is None or use.span is None:
        return text
    names = [name for name in problem.parameters if name.lower() not in use.given]
    if not names:
        return text
    resource = next(i for i, word in enumerate(words) if word.end == use.span[1])
    alias = _find_alias(statement, use)
    clause = " AND ".join(f"{alias}{write_test(name)}" for name in names)
    depth = _find_depth(words, resource)
    where: Token | None = None
    has_or = False
    last = words[resource]
    for place in range(resource + 1, len(words)):
        word = words[place]
        if word.text == ")" and word.depth < depth:
            break
        if word.depth == depth and not is_name(words, place):
            if word.is_word(*_FOLLOWING):
                break
            where = word if word.is_word("WHERE") else where
            has_or = has_or or (where is not None and word.is_word("OR"))
        last = word
    if where is None:
        # a line of its own in a query of several
        gap = "\n" if "\n" in text and not depth else " "
        return f"{text[: last.end]}{gap}WHERE {clause}{text[last.end :]}"
    rest = text[where.end : last.end].strip()
    rest = f"({rest})" if has_or else rest
    return f"{text[: where.end]} {clause} AND {rest}{text[last.end :]}"


def _find_alias(statement: Statement, use: _Use) -> str:
    """The resource's alias as it was typed, and a full stop, where its SELECT reads several tables; else nothing."""
    joined = False
    node: exp.Expr = use.table
    while not joined and node is not use.select and node.parent is not None:
        joined, node = bool(node.args.get("joins") or node.parent.args.get("joins")), node.parent
    alias = use.table.args.get("alias")
    place = alias.this.meta if alias is not None and alias.this is not None else {}
    return f"{statement.text[place['start'] : place['end'] + 1]}." if joined and "start" in place else ""


def _find_depth(words: Sequence[Token], resource: int) -> int:
    """The parentheses around the SELECT that reads the resource, which may stand in parentheses of FROM's own."""
    depth = words[resource].depth
    for word in reversed(words[:resource]):
        depth = min(depth, word.depth)
        if word.depth == depth and word.is_word("FROM"):
            break
    return depth


def make_error(problem: Problem) -> UnknownResource | MissingParameter | UnknownColumn:
    """The problem as the error that ends a run."""
    if problem.kind == "unknown_resource":
        # the error names the near ones by itself
        return UnknownResource(f"There is no resource {problem.resource}.", near=problem.near)
    if problem.kind == "missing_parameters":
        return MissingParameter(
            f"{problem.message}.", resource=problem.resource, parameters=problem.parameters
        )
    return UnknownColumn(problem.message, near=problem.near)


def _find_problem(use: _Use, engine: Engine) -> Problem | None:
    try:
        methods = engine.methods(use.resource)
    except UnknownResource as error:
        message = f"There is no resource {use.resource}.{_ask_near(error.near)}"
        return Problem("unknown_resource", use.resource, message, near=error.near)
    except EngineError:
        return None
    selects = [frozenset(method.required_parameters) for method in methods if method.verb.upper() == "SELECT"]
    if not selects:
        return None
    given = use.given | _list_joined_names(use, engine)
    missing = min(
        (frozenset(name for name in needed if name.lower() not in given) for needed in selects), key=len
    )
    if not missing:
        return None
    order = next(
        method.required_parameters for method in methods if missing <= set(method.required_parameters)
    )
    lacking = tuple(name for name in order if name in missing)
    clause = " AND ".join(map(write_test, lacking))
    return Problem(
        "missing_parameters",
        use.resource,
        f"{use.resource} needs {' and '.join(lacking)}",
        lacking,
        (),
        clause,
    )


def write_name(name: str) -> str:
    """A column's name as a statement holds it: in quotes where it is no plain word."""
    return name if re.fullmatch(r"\$?[A-Za-z_][A-Za-z0-9_$]*", name) else f'"{name}"'


def write_test(name: str) -> str:
    """`region = :region`; `$filter = :filter`, `"api-version" = :api_version`, which need another parameter's name."""
    parameter = re.sub(r"\W+", "_", name).strip("_") or "value"
    return f"{write_name(name)} = :{parameter if not parameter[0].isdigit() else f'_{parameter}'}"


def _list_uses(statement: Statement) -> Iterator[_Use]:
    if statement.query is None:
        return
    seen: dict[str, int] = {}
    # in the order of the text: in the tree a WITH comes behind the query that it stands before
    for table in sorted(statement.query.find_all(exp.Table), key=_find_place):
        name, select = find_resource(table), table.find_ancestor(exp.Select)
        if name:
            occurrence = seen[name] = seen.get(name, -1) + 1
            if select is not None:
                given, joined = _list_given_names(select, table), _list_joined_columns(select, table)
                yield _Use(name, table, select, frozenset(given), frozenset(joined), occurrence)


def _find_place(table: exp.Table) -> int:
    return int(table.parts[0].meta.get("start", 0))


def _list_given_names(select: exp.Select, table: exp.Table) -> Iterator[str]:
    """Names that stand alone on one side of = or IN, joined by AND, in the SELECT's WHERE.

    What an ON gives does not count: StackQL makes the call with it, then compares it with the answer, which has no such
    value, and finds nothing. In a WHERE a column of another table would be sent as its name.
    """
    where = select.args.get("where")
    for node in _list_conditions([where.this] if where else []):
        if isinstance(node, exp.EQ):
            sides = [(node.left, node.right), (node.right, node.left)]
        elif isinstance(node, exp.In) and not node.args.get("query"):
            sides = [(node.this, exp.Tuple(expressions=[one.copy() for one in node.expressions]))]
        else:
            continue
        for side, value in sides:
            if _is_column_of(side, table) and value.find(exp.Column) is None:
                yield side.name.lower()


def _list_joined_columns(select: exp.Select, table: exp.Table) -> Iterator[tuple[str, str, str]]:
    """(name, resource, column) for `mine.repo = r.name` in the SELECT's ONs: a call is made for each of r's rows."""
    tables = {one.alias_or_name.lower(): find_resource(one) for one in select.find_all(exp.Table)}
    for node in _list_conditions([on for join in select.find_all(exp.Join) if (on := join.args.get("on"))]):
        if isinstance(node, exp.EQ):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if (
                    _is_column_of(side, table)
                    and isinstance(other, exp.Column)
                    and not _is_column_of(other, table)
                ):
                    yield side.name.lower(), tables.get(other.table.lower(), ""), other.name.lower()


def _list_joined_names(use: _Use, engine: Engine) -> set[str]:
    """What a join gives: no parameter of the other resource, which is no value of its rows."""
    found = set()
    for name, resource, column in use.joined:
        try:
            methods = engine.methods(resource) if resource else []
        except EngineError:
            methods = []
        if all(column != asked.lower() for method in methods for asked in method.required_parameters):
            found.add(name)
    return found


def _list_conditions(conditions: list[exp.Expr]) -> Iterator[exp.Expr]:
    """What AND joins in the conditions, parentheses or not."""
    while conditions:
        node = conditions.pop().unnest()
        if isinstance(node, exp.And):
            conditions += [node.left, node.right]
        else:
            yield node


def _is_column_of(node: exp.Expr, table: exp.Table) -> bool:
    """Whether it is a column that may be the table's; one without a table before it may be any's."""
    mine = {table.alias_or_name.lower(), table.name.lower()}
    return isinstance(node, exp.Column) and (not node.table or node.table.lower() in mine)
