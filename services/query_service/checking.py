"""What is known of a statement before it runs: may it run, what are its parameters, what is missing."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inventory_runner.contract import Engine, EngineError
from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, Statement, read

log = logging.getLogger(__name__)

# a comment that gives a parameter's choices: -- :region us-east-1, eu-west-1
CHOICES = re.compile(r"^[ \t]*(?:--|#)[ \t]*:([A-Za-z_]\w*)[ \t:=]+(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """message: a sentence. refused: it will not run. fixes: (what a button says, the corrected statement)."""

    message: str
    refused: bool = False
    fixes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Check:
    """parameters: the names in the order they appear. choices: closed lists that a comment gives."""

    parameters: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def check(sql: str, engine: Engine) -> Check:
    """Look at a statement without running it; makes no call to a cloud."""
    if not sql.strip():
        return Check()
    try:
        statement = guard.check(read(sql), Source.LIVE)
    except InventoryError as error:
        return Check(findings=(Finding(error.full_message, refused=True),))
    names = statement.parameters
    findings = tuple(_make_finding(statement, problem) for problem in find_problems(statement, engine))
    return Check(names, read_choices(sql, names), findings)


def find_problems(statement: Statement, engine: Engine) -> list[preflight.Problem]:
    """What pre-flight finds; nothing where it cannot look, which is the engine's to report when the query runs."""
    try:
        return preflight.check(statement, engine)
    except EngineError as error:
        log.info("pre-flight could not look: %s", error)
        return []


def read_choices(sql: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The closed lists that comments give the parameters."""
    found = {}
    for name, listed in CHOICES.findall(sql):
        values = tuple(value.strip().strip("'\"") for value in listed.split(",") if value.strip())
        if name in names and len(values) > 1:
            found[name] = values
    return found


def _make_finding(statement: Statement, problem: preflight.Problem) -> Finding:
    sql = statement.text
    if problem.kind == "missing_parameters":
        fixed = preflight.add_clause(statement, problem)
        return Finding(problem.message, fixes=((f"Add {problem.clause}", fixed),) if fixed != sql else ())
    fixes = []
    for near in list(problem.near)[:3]:
        fixed = re.sub(rf"(?<![\w.]){re.escape(problem.resource)}(?![\w.])", near, sql)
        if fixed != sql:
            fixes.append((near, fixed))
    return Finding(problem.message, fixes=tuple(fixes))
