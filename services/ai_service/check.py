"""Checks a SQL text before it is offered: the guard, the resources, their parameters, and columns where known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify

from inventory_runner.contract import Engine
from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, Statement, read

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(?:sql|stackql)[ \t]*\r?\n(.*?)(?:^[ \t]*```|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_MISSING_COLUMN = re.compile(
    r"(?:Column|Unknown column:?) '?\"?([\w.\"]+?)\"?'? (?:could not be resolved|)", re.IGNORECASE
)


@dataclass(frozen=True)
class Checked:
    """ok: it may be offered. text: one line for people. problems: what the model is told."""

    ok: bool
    text: str
    problems: tuple[str, ...] = ()


def list_sql_blocks(answer: str) -> list[str]:
    """The texts of the answer's fenced SQL blocks, markers stripped."""
    return [match.group(1).strip() for match in _FENCE.finditer(answer) if match.group(1).strip()]


def check_sql(sql: str, engine: Engine) -> Checked:
    """Whether a statement may be offered, and why not. Makes no call to a cloud."""
    try:
        statement = guard.check(read(sql), Source.LIVE)
    except InventoryError as error:
        return Checked(False, f"{error.title.lower()}: {error.message}", (str(error),))
    try:
        problems = [problem.message for problem in preflight.check(statement, engine)]
    except InventoryError as error:
        return Checked(False, f"not checked: {error.message}")
    if not problems:
        problems = find_unknown_columns(statement, engine)
    if problems:
        return Checked(False, "; ".join(problems), tuple(problems))
    asked = statement.parameters
    words = "resource, columns and parameters found" if statement.resources else "it only reads"
    return Checked(True, words + (f"; asks for {', '.join(':' + name for name in asked)}" if asked else ""))


def find_unknown_columns(statement: Statement, engine: Engine) -> list[str]:
    """Sentences about columns that no resource of the statement has; empty where nothing can be said."""
    schema: dict[str, Any] = {}
    for resource in statement.resources:
        provider, service, name = resource.split(".", 2)
        try:
            columns = {column.name: "text" for column in engine.describe(resource)}
            # required parameters may stand in WHERE without being columns
            for method in engine.methods(resource):
                columns.update(dict.fromkeys(method.required_parameters, "text"))
        except InventoryError:
            return []
        schema.setdefault(provider, {}).setdefault(service, {})[name] = columns
    if not schema or statement.query is None:
        return []
    try:
        # a copy, since it changes the tree
        qualify(
            statement.query.copy(), schema=schema, dialect="sqlite", identify=False, quote_identifiers=False
        )
    except OptimizeError as error:
        found = _MISSING_COLUMN.search(str(error))
        return [f"no resource of this statement has a column {found.group(1)}" if found else str(error)]
    except (SqlglotError, ValueError, KeyError):
        return []
    return []
