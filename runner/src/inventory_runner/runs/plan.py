"""What a run is to do: the query as it is now, bound for every scope, and the table that it fills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import psycopg2.errors
import sqlalchemy as sa

from inventory_runner import store
from inventory_runner.errors import ConfigurationError, InvalidInput, InventoryError
from inventory_runner.models import Query, Run, Schedule, Scope
from inventory_runner.runs.limits import MOST_SCOPES
from inventory_runner.runs.outage import details
from inventory_runner.sql import guard, parameters, preflight
from inventory_runner.store import Target, definitions


@dataclass(frozen=True)
class Plan:
    """What is to be done. statements: each scope with its bound SQL. providers: whose credentials they need.

    problem: why nothing can be read, to be recorded as the run's failure.
    """

    run: Run
    target: Target
    statements: Sequence[tuple[Scope, str]]
    providers: Sequence[str] = ()
    problem: InventoryError | None = None


def make_plan(connection: sa.Connection, given: Run) -> Plan:
    """The query as it is now, bound for every scope. Raises where there is nothing that could be recorded as a run."""
    try:
        if given.schedule_id is not None:
            schedule, query = definitions.schedule(connection, given.schedule_id)
        else:
            schedule, query = _ad_hoc(connection, given)
    except sa.exc.ProgrammingError as error:
        if not isinstance(error.orig, psycopg2.errors.UndefinedTable | psycopg2.errors.UndefinedColumn):
            raise
        raise ConfigurationError(
            "The database has not got this version's schema.",
            hint="Run inventory-runner init-db.",
            details=details(error),
        ) from error
    sql = query.query_text
    run = replace(
        given, query_id=query.id, query_name=query.name, query_text=sql, target_schema=schedule.target_schema,
        target_table=schedule.target_table,
    )  # fmt: skip
    statements: list[tuple[Scope, str]] = []
    names: list[str] = []
    problem: InventoryError | None = None
    try:
        _check(sql)
        names = _resources(sql)
        statements = _bind(sql, schedule)
    except InventoryError as error:
        if given.schedule_id is None:
            raise
        problem, statements = error, [(Scope(), sql)]
    provider, service, resource = (*(names[0].split(".") if names else []), "", "", "")[:3]
    target = Target(
        schema=run.target_schema, table=run.target_table, write_mode=schedule.write_mode,
        key_columns=schedule.key_columns, ignored_columns=schedule.ignored_columns, allow_empty=schedule.allow_empty,
        retention_days=schedule.retention_days, description=query.description or query.name,
        schedule_id=given.schedule_id, query_id=query.id, provider=provider or query.provider, service=service,
        resource=resource,
    )  # fmt: skip
    return Plan(run, target, statements, _providers(sql), problem)


def _ad_hoc(connection: sa.Connection, given: Run) -> tuple[Schedule, Query]:
    """A run without a schedule: replace, the whole row as key, a table that no schedule owns."""
    assert given.query_id is not None  # noqa: S101 - checked at the door
    query = definitions.query(connection, given.query_id)
    owner = definitions.owner(connection, given.target_schema, given.target_table)
    if owner is not None:
        raise InvalidInput(
            f"{given.target_schema}.{given.target_table} belongs to schedule {owner.id} ({owner.query_name}).",
            field="target_table",
            hint=f"Run the schedule (--schedule-id {owner.id}), or choose another table.",
        )
    store.check_target(given.target_schema, given.target_table)
    if asked := parameters.names(query.query_text):
        raise InvalidInput(
            f"The query asks for {', '.join(f':{name}' for name in asked)}; only a schedule gives values.",
            field="query_id",
            hint="Schedule the query with values for its parameters, and run the schedule.",
        )
    schedule = Schedule(query.id or 0, "", given.target_table, given.target_schema)
    return schedule, query


def _bind(sql: str, schedule: Schedule) -> list[tuple[Scope, str]]:
    """Each scope with its statement. Values for parameters that the query no longer has are left out."""
    names = parameters.names(sql)
    values = {name: list(dict.fromkeys(schedule.parameter_values.get(name, ()))) for name in names}
    if missing := [f":{name}" for name, listed in values.items() if not listed]:
        raise InvalidInput(
            f"The query asks for {', '.join(missing)}, and the schedule gives no value.",
            field="parameter_values",
            hint="Edit the schedule and give one or more values.",
        )
    if (count := math.prod(len(listed) for listed in values.values())) > MOST_SCOPES:
        raise InvalidInput(
            f"The schedule's values make {count:,} combinations, and a run reads at most {MOST_SCOPES:,}.",
            field="parameter_values",
            hint="Split it into several schedules.",
        )
    statements = [(scope, parameters.bind(sql, scope.values)) for scope in Scope.combinations(values)]
    for _, statement in statements:
        _check(statement)
    return statements


# the same statements come again with every run of a process, and reading one takes milliseconds
_check = lru_cache(maxsize=4096)(guard.check)
_resources = lru_cache(maxsize=512)(preflight.resources)
_providers = lru_cache(maxsize=512)(preflight.providers)
