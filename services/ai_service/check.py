"""Checks a SQL text before it is offered, by the guard and the pre-flight that Run has too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory_runner.contract import Engine, EngineError
from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, read
from services.inventory_sql import InventoryEngine

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(?:sql|stackql)[ \t]*\r?\n(.*?)(?:^[ \t]*```|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
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


def check_inventory_sql(sql: str, engine: InventoryEngine) -> Checked:
    """Whether a statement over the inventory may be offered, and why not. Postgres reads it, and runs nothing."""
    try:
        statement = guard.check(read(sql), Source.INVENTORY)
    except InventoryError as error:
        return Checked(False, f"{error.title.lower()}: {error.message}", (str(error),))
    found = engine.inspect(statement)
    if found is not None:
        problems = (str(found),) if isinstance(found, EngineError) else ()
        return Checked(False, found.message if problems else f"not checked: {found.message}", problems)
    return Checked(True, "Postgres can run it" + _say_what_it_asks(statement.parameters))


def check_sql(sql: str, engine: Engine) -> Checked:
    """Whether a statement may be offered, and why not. Makes no call to a cloud."""
    try:
        statement = guard.check(read(sql), Source.LIVE)
    except InventoryError as error:
        return Checked(False, f"{error.title.lower()}: {error.message}", (str(error),))
    try:
        found = preflight.examine(statement, engine)
    except InventoryError as error:
        return Checked(False, f"not checked: {error.message}")
    if found.problems:
        return Checked(False, found.describe(), tuple(problem.message for problem in found.problems))
    return Checked(True, found.describe() + _say_what_it_asks(statement.parameters))


def _say_what_it_asks(names: Sequence[str]) -> str:
    return f"; asks for {', '.join(':' + name for name in names)}" if names else ""
