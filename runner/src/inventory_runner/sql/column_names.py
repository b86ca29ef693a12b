"""Which of the columns that a SELECT names none of its tables has, and of which that cannot be told.

Each SELECT is looked at with its own tables: resources (DESCRIBE and required parameters), common table expressions,
derived tables, `json_each`. What is not known of a table is never held against a name: it is a doubt, with its reason.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from inventory_runner.sql.statement import find_resource

# stands among a table's columns where it may have others, which are not known
MORE = ""
# a resource → its columns and required parameters as they are spelt, and MORE
Describe = Callable[[str], Sequence[str]]
# lower case → as it is spelt
_Columns = Mapping[str, str]
_UNTOLD: _Columns = {MORE: MORE}

_JSON_COLUMNS = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root")
_TABLE_FUNCTIONS = {"json_each": _JSON_COLUMNS, "json_tree": _JSON_COLUMNS}
# SQLite has them in every table
_HIDDEN = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True)
class Unknown:
    """A column that no table has, or of which that cannot be told.

    name: as it is written, with its table. tables: where it was looked for. near: similar columns. span: where the
    column's own name begins and ends in the text, where that is known. doubt: why it cannot be told; empty where it
    can.
    """

    name: str
    tables: tuple[str, ...]
    near: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    doubt: str = ""


@dataclass
class _Scope:
    """One SELECT. tables: what it reads, by the name that columns are written with. aliases: names of its results."""

    tables: dict[str, _Columns]
    labels: dict[str, str] = field(default_factory=dict)
    # a second name of a table: `instances` of `aws.ec2.instances i`
    others: dict[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    outer: _Scope | None = None

    def find_table(self, name: str) -> str | None:
        return name if name in self.tables else self.others.get(name)


def find_unknown_columns(query: exp.Query, describe: Describe) -> list[Unknown]:
    """What the query names and no table of it has, each name once, in the order of the text."""
    reader = _Reader(describe)
    try:
        reader.read(query, {}, None)
    except RecursionError:
        # a chain of thousands of operators
        return []
    found: dict[tuple[str, bool], Unknown] = {}
    for one in sorted(reader.found, key=lambda one: one.span or (0, 0)):
        found.setdefault((one.name.lower(), bool(one.doubt)), one)
    return list(found.values())


class _Reader:
    """Walks a query's SELECTs; `found` is what it has met."""

    def __init__(self, describe: Describe) -> None:
        self.found: list[Unknown] = []
        self._describe = describe

    def read(self, query: exp.Expr, named: Mapping[str, _Columns], outer: _Scope | None) -> _Columns:
        """The columns that the query gives. named: the common table expressions that it may name."""
        if not isinstance(query, exp.Query):
            return _UNTOLD
        here = dict(named)
        for cte in query.ctes:
            name = cte.alias.lower()
            if query.args["with_"].args.get("recursive"):
                # it may name itself
                here[name] = _rename(_UNTOLD, cte.args.get("alias"))
            here[name] = _rename(self.read(cte.this, here, outer), cte.args.get("alias"))
        if isinstance(query, exp.Subquery):
            return self.read(query.this, here, outer)
        if isinstance(query, exp.SetOperation):
            columns = self.read(query.left, here, outer)
            self.read(query.right, here, outer)
            scope = _Scope({"": columns}, {"": "the first SELECT"}, outer=outer)
            self._check(scope, query.args.get("order"), here)
            return columns
        if isinstance(query, exp.Select):
            return self._read_select(query, here, outer)
        return _UNTOLD

    def _read_select(
        self, select: exp.Select, named: Mapping[str, _Columns], outer: _Scope | None
    ) -> _Columns:
        scope = _Scope({}, outer=outer)
        for table, alias in _list_tables(select):
            self._add_table(scope, table, alias, named)
        scope.aliases = frozenset(
            one.alias.lower() for one in select.expressions if isinstance(one, exp.Alias) and one.alias
        )
        for name, part in select.args.items():
            if name not in ("from_", "with_"):
                for one in part if isinstance(part, list) else [part]:
                    self._check(scope, one, named)
        self._check(scope, select.args.get("from_"), named)
        return _list_results(select, scope)

    def _add_table(
        self, scope: _Scope, table: exp.Expr, alias: exp.Expr | None, named: Mapping[str, _Columns]
    ) -> None:
        columns: _Columns = _UNTOLD
        label = name = table.alias_or_name
        if isinstance(table, exp.Table) and not isinstance(table.this, exp.Identifier):
            call = table.this
            function = str(call.name if isinstance(call, exp.Anonymous) else call.key if call else "").lower()
            label, name = function, table.alias or function
            known = _TABLE_FUNCTIONS.get(function)
            columns = {one: one for one in known} if known else _UNTOLD
        elif isinstance(table, exp.Table):
            resource = find_resource(table)
            label = resource or table.name
            if resource:
                columns = {one.lower(): one for one in self._describe(resource)}
                scope.others.setdefault(table.name.lower(), name.lower())
            elif len(table.parts) == 1:
                columns = named.get(table.name.lower(), _UNTOLD)
        elif isinstance(table, exp.Subquery):
            # it may name the tables before it only as a whole's outer ones, which SQLite does not allow
            columns, label = self.read(table, named, scope.outer), name or "the inner SELECT"
        if alias is not None and alias.name:
            name = alias.name
        renamed = _rename(columns, alias or table.args.get("alias"))
        # a call's parameters keep their names
        columns = {**columns, **renamed} if isinstance(table, exp.Table) and find_resource(table) else renamed
        # two without a name do not hide each other
        key = name.lower() or f" {len(scope.tables)}"
        scope.tables[key], scope.labels[key] = columns, label

    def _check(self, scope: _Scope, node: object, named: Mapping[str, _Columns]) -> None:
        """Look at every column below the node, and at the queries in it with this SELECT around them."""
        if not isinstance(node, exp.Expr):
            return
        if isinstance(node, exp.Subquery) and isinstance(node.parent, exp.From | exp.Join):
            # a table, which has been read; only what stands beside it is left
            for join in node.args.get("joins") or []:
                self._check(scope, join, named)
            if isinstance(node.this, exp.Table):
                self._check(scope, node.this, named)
            return
        if isinstance(node, exp.Query) and not isinstance(node, exp.Table):
            self.read(node, named, scope)
            return
        if isinstance(node, exp.Column):
            self._check_column(scope, node)
            return
        for child in node.iter_expressions():
            self._check(scope, child, named)

    def _check_column(self, scope: _Scope, column: exp.Column) -> None:
        prefix = column.table.lower()
        if isinstance(column.this, exp.Star) and not prefix:
            return
        if prefix:
            place: _Scope | None = scope
            while place is not None and place.find_table(prefix) is None:
                place = place.outer
            if place is None:
                self._note(
                    column, (), sorted(label for label in scope.tables if label.strip()), "", table=True
                )
            elif not isinstance(column.this, exp.Star):
                key = place.find_table(prefix) or prefix
                self._check_in(column, {key: place.tables[key]}, place)
            return
        tables: dict[str, _Columns] = {}
        place = scope
        while place is not None:
            if column.name.lower() in place.aliases:
                return
            tables.update(place.tables)
            if _has(place.tables, column.name):
                return
            place = place.outer
        if tables:
            self._check_in(column, tables, scope)

    def _check_in(self, column: exp.Column, tables: Mapping[str, _Columns], scope: _Scope) -> None:
        if _has(tables, column.name):
            return
        labels: dict[str, str] = {}
        place: _Scope | None = scope
        while place is not None:
            labels = {**place.labels, **labels}
            place = place.outer
        shown = tuple(dict.fromkeys(labels[key] for key in tables if labels.get(key)))
        untold = [labels.get(key) or "a table" for key, columns in tables.items() if MORE in columns]
        spelt = [name for columns in tables.values() for name in columns.values() if name]
        doubt = ""
        if untold:
            doubt = f"the columns of {' and '.join(dict.fromkeys(untold))} are not known"
        elif column.this.args.get("quoted") and not column.table:
            doubt = "what stands in double quotes is read as a text where there is no such column"
        elif _may_be_parameter(column):
            doubt = "it may be an optional parameter of the provider's call"
        self._note(column, shown, spelt, doubt)

    def _note(
        self,
        column: exp.Column,
        tables: tuple[str, ...],
        known: Sequence[str],
        doubt: str,
        *,
        table: bool = False,
    ) -> None:
        written = column.args["table"] if table else column.this
        meta = written.meta
        span = (meta["start"], meta["end"] + 1) if "start" in meta and "end" in meta else None
        folded = {one.lower(): one for one in known}
        near = tuple(folded[one] for one in difflib.get_close_matches(written.name.lower(), list(folded), 3))
        name = f"{column.table}.{column.name}" if column.table else column.name
        self.found.append(Unknown(name, tables, near, span, doubt))


def _has(tables: Mapping[str, _Columns], name: str) -> bool:
    folded = name.lower()
    return any(folded in columns or folded in _HIDDEN for columns in tables.values())


def _may_be_parameter(column: exp.Column) -> bool:
    """Whether it is compared with a value among the conditions that must all hold, as a parameter is given."""
    condition = column.parent
    if isinstance(condition, exp.EQ):
        other = condition.right if condition.left is column else condition.left
        if not isinstance(other, exp.Literal | exp.Placeholder):
            return False
    elif not (isinstance(condition, exp.In) and condition.this is column):
        return False
    above = condition.parent
    while isinstance(above, exp.And | exp.Paren):
        above = above.parent
    return isinstance(above, exp.Where)


def _list_results(select: exp.Select, scope: _Scope) -> _Columns:
    """The names of a SELECT's results."""
    found: dict[str, str] = {}
    for one in select.expressions:
        if isinstance(one, exp.Star):
            for columns in scope.tables.values():
                found |= columns
        elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
            key = scope.find_table(one.table.lower())
            found |= scope.tables[key] if key is not None else _UNTOLD
        elif isinstance(one, exp.Alias | exp.Column):
            found[one.alias_or_name.lower()] = one.alias_or_name
        else:
            # an expression is called as it is written
            found |= _UNTOLD
    return found


def _rename(columns: _Columns, alias: exp.Expr | None) -> _Columns:
    """The columns under the names that an alias gives them: `t (a, b)`."""
    names = [one.name for one in alias.args.get("columns") or []] if alias is not None else []
    return {name.lower(): name for name in names} if names else columns


def _list_tables(select: exp.Select) -> Iterator[tuple[exp.Expr, exp.Expr | None]]:
    """What FROM names, and an alias that parentheses around it have."""
    first = select.args.get("from_")
    for item in [first.this if first else None, *[join.this for join in select.args.get("joins") or []]]:
        yield from _flatten(item, None)


def _flatten(item: exp.Expr | None, alias: exp.Expr | None) -> Iterator[tuple[exp.Expr, exp.Expr | None]]:
    if item is None:
        return
    if isinstance(item, exp.Paren) or (isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table)):
        yield from _flatten(item.this, item.args.get("alias"))
    else:
        yield item, alias
    for join in item.args.get("joins") or []:
        yield from _flatten(join.this, None)
