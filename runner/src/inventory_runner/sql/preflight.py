"""What can be said about a statement before a call is made: its resources, and the parameters they need.

The statement is read by its syntax tree; a clause is added by offset, so that the rest of the text stays as it was
typed. Metadata that cannot be had is never a problem of the statement: `check` then says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from inventory_runner.contract import Engine, EngineError, UnknownResource
from inventory_runner.sql.lexer import Token
from inventory_runner.sql.statement import Statement, find_resource, is_name

# what may stand behind a SELECT's FROM and WHERE
_FOLLOWING = ("GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WINDOW")


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
    """One appearance of a resource.

    select: the SELECT that reads it. given: the names, in lower case, that its WHERE or ON give for it by = or IN.
    """

    resource: str
    table: exp.Table
    select: exp.Select
    given: frozenset[str]
    occurrence: int

    @property
    def span(self) -> tuple[int, int] | None:
        """Where its name begins and ends in the text."""
        first, last = self.table.parts[0].meta, self.table.parts[-1].meta
        return (first["start"], last["end"] + 1) if "start" in first and "end" in last else None


def check(statement: Statement, engine: Engine) -> list[Problem]:
    """Unknown resources and missing required parameters; [] where nothing is wrong or nothing can be known."""
    found = ((use, _find_problem(use, engine)) for use in _list_uses(statement))
    return [
        replace(
            problem,
            line=statement.text.count("\n", 0, use.span[0]) + 1 if use.span else None,
            occurrence=use.occurrence,
        )
        for use, problem in found
        if problem is not None
    ]


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
    clause = " AND ".join(f"{alias}{name} = :{name}" for name in names)
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


def _find_problem(use: _Use, engine: Engine) -> Problem | None:
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
                yield _Use(name, table, select, frozenset(_list_given_names(select, table)), occurrence)


def _find_place(table: exp.Table) -> int:
    return int(table.parts[0].meta.get("start", 0))


def _list_given_names(select: exp.Select, table: exp.Table) -> Iterator[str]:
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
