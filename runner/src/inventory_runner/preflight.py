"""What can be said about a statement before a call is made: its resources, and the parameters they need.

The statement is read by its syntax tree; a clause is added by token offset, so that the rest of the text stays as
it was typed. Metadata that cannot be had is never a problem of the statement: `check` then says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from inventory_runner import lexer
from inventory_runner.engines.base import Engine, EngineError, UnknownResource
from inventory_runner.errors import InventoryError
from inventory_runner.lexer import Kind, Token

# a SELECT or WITH, behind comments and parentheses
_QUERY = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*+(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """message: one line for people. clause: what WHERE lacks, with parameters. near: similar resources.

    line: 1-based line of the resource, where it is known. occurrence: which of its appearances, from 0.
    """

    kind: Literal["unknown_resource", "missing_parameters"]
    resource: str
    message: str
    parameters: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    clause: str = ""
    line: int | None = None
    occurrence: int = 0


@dataclass(frozen=True)
class _Use:
    """One appearance of a resource, and the names, in lower case, that WHERE or ON give for it by = or IN."""

    resource: str
    given: frozenset[str]
    occurrence: int


def resources(sql: str) -> list[str]:
    """The `provider.service.resource` names that a statement reads, each once; [] where it cannot be read."""
    tree = _parse(sql)
    return [] if tree is None else resources_of(tree)


def resources_of(query: exp.Query) -> list[str]:
    """The same of a query that was read already."""
    return list(dict.fromkeys(name for table in query.find_all(exp.Table) if (name := _name(table))))


def providers(sql: str) -> list[str]:
    """The providers whose credentials a statement needs, each once, in lower case."""
    return list(dict.fromkeys(name.split(".", 1)[0].lower() for name in resources(sql)))


def check(sql: str, engine: Engine) -> list[Problem]:
    """Unknown resources and missing required parameters; [] where nothing is wrong or nothing can be known."""
    tree = _parse(sql)
    if tree is None:
        return []
    problems = []
    for use in _uses(tree):
        problem = _problem(use, engine)
        if problem is not None:
            places = _places(sql, use.resource)
            line = places[min(use.occurrence, len(places) - 1)][0].line if places else None
            problems.append(
                Problem(
                    problem.kind, use.resource, problem.message, problem.parameters, problem.near, problem.clause,
                    line, use.occurrence,
                )
            )  # fmt: skip
    return problems


def with_clause(sql: str, problem: Problem) -> str:
    """The text with the problem's clause in the WHERE of the SELECT that reads the resource; unchanged if unclear."""
    places = _places(sql, problem.resource)
    if not problem.clause or not places:
        return sql
    found = [token for token in lexer.tokens(sql) if token.kind is not Kind.COMMENT]
    resource = places[min(problem.occurrence, len(places) - 1)][-1]
    clause = _qualified(problem, found, resource)
    where: Token | None = None
    has_or = False
    last = resource
    for token in found[found.index(resource) + 1 :]:
        closes = token.text == ")" and token.depth < resource.depth
        follows = token.depth == resource.depth and token.is_word(
            "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WINDOW"
        )
        if closes or follows or token.text == ";":
            end = last.end
            break
        last = token
        if token.depth == resource.depth and token.is_word("WHERE"):
            where = token
        elif where is not None and token.depth == resource.depth and token.is_word("OR"):
            has_or = True
    else:
        end = last.end
    if where is None:
        return f"{sql[:end]}{_gap(sql, resource)}WHERE {clause}{sql[end:]}"
    rest = sql[where.end : end].strip()
    rest = f"({rest})" if has_or else rest
    return f"{sql[: where.end]} {clause} AND {rest}{sql[end:]}"


def _gap(sql: str, resource: Token) -> str:
    """A new line in a query of several lines, else a space."""
    return "\n" if "\n" in sql and resource.depth == 0 else " "


def _qualified(problem: Problem, found: Sequence[Token], resource: Token) -> str:
    """The clause with the resource's alias, where several tables are read together."""
    position = found.index(resource) + 1
    if position < len(found) and found[position].is_word("AS"):
        position += 1
    alias = found[position] if position < len(found) else None
    joined = any(token.depth == resource.depth and token.is_word("JOIN") for token in found)
    if (
        not joined
        or alias is None
        or alias.kind is not Kind.WORD
        or alias.is_word("JOIN", "LEFT", "INNER", "ON", "WHERE")
    ):
        return problem.clause
    return " AND ".join(f"{alias.text}.{name} = :{name}" for name in problem.parameters)


def _problem(use: _Use, engine: Engine) -> Problem | None:
    try:
        methods = engine.methods(use.resource)
    except UnknownResource as error:
        near = f" Did you mean {', '.join(error.near)}?" if error.near else ""
        return Problem(
            "unknown_resource", use.resource, f"There is no resource {use.resource}.{near}", near=error.near
        )
    except EngineError:
        return None
    selects = [frozenset(method.required_parameters) for method in methods if method.verb.upper() == "SELECT"]
    if not selects:
        return None
    missing = min(
        (frozenset(name for name in needed if name.lower() not in use.given) for needed in selects), key=len
    )
    if not missing:
        return None
    order = next(
        method.required_parameters for method in methods if missing <= set(method.required_parameters)
    )
    lacking = tuple(name for name in order if name in missing)
    clause = " AND ".join(f"{name} = :{name}" for name in lacking)
    return Problem(
        "missing_parameters",
        use.resource,
        f"{use.resource} needs {' and '.join(lacking)}",
        lacking,
        (),
        clause,
    )


def _parse(sql: str) -> exp.Query | None:
    # SHOW and DESCRIBE are no trees to sqlglot, and it warns of them
    if not _QUERY.match(sql):
        return None
    try:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Query) else None


def _name(table: exp.Table) -> str:
    parts = [part.name for part in table.parts]
    return ".".join(parts) if len(parts) == 3 else ""


def _uses(tree: exp.Query) -> Iterator[_Use]:
    seen: dict[str, int] = {}
    named = [(table, name) for table in tree.find_all(exp.Table) if (name := _name(table))]
    # appearances are counted in the order of the text; in the tree a WITH comes behind what it stands before
    for table, name in sorted(named, key=lambda use: int(use[0].parts[0].meta["start"])):
        select = table.find_ancestor(exp.Select)
        occurrence = seen[name] = seen.get(name, -1) + 1
        if select is not None:
            yield _Use(name, frozenset(_given(select, table)), occurrence)


def _given(select: exp.Select, table: exp.Table) -> Iterator[str]:
    """Names that stand alone on one side of = or IN, joined by AND, in the SELECT's WHERE and ON."""
    conditions = [where.this] if (where := select.args.get("where")) else []
    conditions += [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]
    mine = {table.alias_or_name.lower(), table.name.lower()}
    while conditions:
        node = conditions.pop().unnest()
        if isinstance(node, exp.And):
            conditions += [node.left, node.right]
            continue
        sides = (
            [node.left, node.right]
            if isinstance(node, exp.EQ)
            else [node.this]
            if isinstance(node, exp.In)
            else []
        )
        for side in sides:
            if isinstance(side, exp.Column) and (not side.table or side.table.lower() in mine):
                yield side.name.lower()
    for join in select.args.get("joins") or []:
        yield from (column.name.lower() for column in join.args.get("using") or [])


def _places(sql: str, resource: str) -> list[tuple[Token, Token]]:
    """First and last token of each appearance of the resource as a table, in order of appearance."""
    try:
        found = [token for token in lexer.tokens(sql) if token.kind is not Kind.COMMENT]
    except InventoryError:
        return []
    wanted = resource.split(".")
    places = []
    for index, token in enumerate(found[:-4]):
        window = found[index : index + 5]
        names = [window[0], window[2], window[4]]
        if (
            [t.text.strip('"').lower() for t in names] == [name.lower() for name in wanted]
            and window[1].text == window[3].text == "."
            and index > 0
            and (found[index - 1].is_word("FROM", "JOIN") or found[index - 1].text == ",")
        ):
            places.append((token, window[4]))
    return places
