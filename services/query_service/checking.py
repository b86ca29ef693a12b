"""What is known of a statement before it runs: may it run, what are its parameters, what is missing."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory_runner.contract import Engine, EngineError
from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.lexer import Kind
from inventory_runner.sql.statement import Source, Statement, read
from services.inventory_sql import InventoryEngine

log = logging.getLogger(__name__)

# a comment that gives a parameter's choices: -- :region us-east-1, eu-west-1
CHOICES = re.compile(r"--[ \t]*:([A-Za-z_]\w*)[ \t:=]+(.+)")


@dataclass(frozen=True)
class Finding:
    """message: a sentence. refused: it will not run. fixes: (what a button says, the corrected statement)."""

    message: str
    refused: bool = False
    fixes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Check:
    """parameters: the names in the order they appear. choices: closed lists that a comment gives.

    providers: of the resources that the statement reads; none of the inventory.
    """

    parameters: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    providers: tuple[str, ...] = ()


def check(sql: str, engine: Engine) -> Check:
    """Look at a statement without running it; makes no call to a cloud."""
    if not sql.strip():
        return Check()
    try:
        statement = guard.check(read(sql), Source.LIVE)
    except InventoryError as error:
        return Check(findings=(Finding(error.full_message, refused=True),))
    found = examine(statement, engine)
    # under a second alias a wrong name is the same mistake: it is said once, and again when the first is corrected
    different: dict[tuple[str, str, str], preflight.Problem] = {}
    for problem in found.problems:
        different.setdefault(_identify(statement, problem), problem)
    findings = [_make_finding(statement, problem) for problem in different.values()]
    return Check(
        statement.parameters,
        read_choices(statement),
        (*findings, *(Finding(doubt) for doubt in found.doubts)),
        tuple(dict.fromkeys(name.split(".")[0] for name in statement.resources)),
    )


def check_inventory(sql: str, engine: InventoryEngine | None) -> Check:
    """Look at a statement over the inventory: the guard's readings, then Postgres's, which runs nothing."""
    if not sql.strip():
        return Check()
    try:
        statement = guard.check(read(sql), Source.INVENTORY)
    except InventoryError as error:
        return Check(findings=(Finding(error.full_message, refused=True),))
    found = engine.inspect(statement) if engine is not None else None
    # a database that is away says nothing against the statement, and is told when it is run
    said = (Finding(found.full_message),) if isinstance(found, EngineError) else ()
    return Check(statement.parameters, read_choices(statement), said)


def examine(statement: Statement, engine: Engine) -> preflight.Findings:
    """What pre-flight finds; nothing where it cannot look, which is the engine's to report when the query runs."""
    try:
        return preflight.examine(statement, engine)
    except EngineError as error:
        log.info("pre-flight could not look: %s", error)
        return preflight.Findings()


def read_choices(statement: Statement) -> dict[str, tuple[str, ...]]:
    """The closed lists that comments give the parameters: a comment on a line of its own, or behind the code."""
    found = {}
    for token in statement.tokens:
        match = CHOICES.fullmatch(token.text) if token.kind is Kind.COMMENT else None
        if match is None:
            continue
        values = tuple(value.strip().strip("'\"") for value in match[2].split(",") if value.strip())
        if match[1] in statement.parameters and len(values) > 1:
            found[match[1]] = values
    return found


def _identify(statement: Statement, problem: preflight.Problem) -> tuple[str, str, str]:
    """What is wrong, without the alias of the name."""
    if problem.span is None:
        return problem.kind, problem.resource, problem.message
    return problem.kind, problem.resource, statement.text[slice(*problem.span)].rpartition(".")[2].lower()


def _make_finding(statement: Statement, problem: preflight.Problem) -> Finding:
    sql = statement.text
    if problem.kind == "missing_parameters":
        fixed = preflight.add_clause(statement, problem)
        return Finding(problem.message, fixes=((f"Add {problem.clause}", fixed),) if fixed != sql else ())
    fixes = []
    for near in problem.near[:3]:
        fixed = preflight.replace_near(statement, problem, near)
        if fixed != sql:
            fixes.append((near, fixed))
    return Finding(problem.message, fixes=tuple(fixes))
