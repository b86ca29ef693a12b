"""What a run is to do: the query as it is now, the scopes to read it for, and the table that it fills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from inventory_runner import store
from inventory_runner.errors import InvalidInput, InventoryError
from inventory_runner.models import Query, Run, Schedule, Scope, TableKind
from inventory_runner.runs.limits import MOST_SCOPES
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.statement import Source, read
from inventory_runner.sql.table_kind import find_table_kind
from inventory_runner.store import Target, definitions


@dataclass(frozen=True)
class Plan:
    """What is to be done. statement: the query, to which each scope's values are bound when its turn comes, since a run
    may have thousands; or why nothing can be read, to be recorded as the run's failure.
    """

    run: Run
    target: Target
    scopes: Sequence[Scope]
    statement: CheckedStatement | InventoryError


def make_plan(connection: sa.Connection, given: Run) -> Plan:
    """The query as it is now, and every scope. Raises where there is nothing that could be recorded as a run."""
    if given.schedule_id is not None:
        schedule, query = definitions.read_schedule(connection, given.schedule_id)
    else:
        schedule, query = _plan_ad_hoc(connection, given)
    sql = query.query_text
    run = replace(
        given,
        query_id=query.id,
        query_name=query.name,
        query_text=sql,
        target_schema=schedule.target_schema,
        target_table=schedule.target_table,
    )
    scopes = [Scope()]
    names: Sequence[str] = ()
    kind = schedule.table_kind or TableKind.INVENTORY
    statement: CheckedStatement | InventoryError
    try:
        statement = guard.check(read(sql), Source.LIVE)
        names = statement.resources
        kind = schedule.table_kind or find_table_kind(statement)
        if given.schedule_id is None:
            _refuse_parameters(statement)
        scopes = _list_scopes(statement, schedule)
    except InventoryError as error:
        if given.schedule_id is None:
            raise
        statement = error
    provider, service, resource = (*(names[0].split(".") if names else []), "", "", "")[:3]
    target = Target(
        schema=run.target_schema,
        table=run.target_table,
        write_mode=schedule.write_mode,
        key_columns=schedule.key_columns,
        ignored_columns=schedule.ignored_columns,
        unordered_columns=schedule.unordered_columns,
        ordered_columns=schedule.ordered_columns,
        allow_empty=schedule.allow_empty,
        adds_only=schedule.adds_only,
        retention_days=schedule.retention_days,
        description=query.description or query.name,
        schedule_id=given.schedule_id,
        query_id=query.id,
        provider=provider or query.provider,
        service=service,
        resource=resource,
        kind=kind,
    )
    return Plan(run, target, scopes, statement)


def _plan_ad_hoc(connection: sa.Connection, given: Run) -> tuple[Schedule, Query]:
    """A run without a schedule: replace, the whole row as key, a table that no schedule owns."""
    assert given.query_id is not None  # noqa: S101 - checked at the door
    query = definitions.read_query(connection, given.query_id)
    owner = definitions.find_owner(connection, given.target_schema, given.target_table)
    if owner is not None:
        raise InvalidInput(
            f"{given.target_schema}.{given.target_table} belongs to schedule {owner.id} ({owner.query_name}).",
            field="target_table",
            hint=f"Run the schedule (--schedule-id {owner.id}), or choose another table.",
        )
    store.check_target(given.target_schema, given.target_table)
    schedule = Schedule(query.id or 0, "", given.target_table, given.target_schema)
    return schedule, query


def _refuse_parameters(statement: CheckedStatement) -> None:
    if asked := statement.parameters:
        raise InvalidInput(
            f"The query asks for {', '.join(f':{name}' for name in asked)}; only a schedule gives values.",
            field="query_id",
            hint="Schedule the query with values for its parameters, and run the schedule.",
        )


def _list_scopes(statement: CheckedStatement, schedule: Schedule) -> list[Scope]:
    """The combinations of the schedule's values. Those for parameters that the query no longer has are left out."""
    values = {
        name: list(dict.fromkeys(schedule.parameter_values.get(name, ()))) for name in statement.parameters
    }
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
    # what a value makes wrong is known before the run begins: each is read, and the longest statement is checked
    longest = {
        name: max((len(parameters.format_literal(name, value)), value) for value in listed)[1]
        for name, listed in values.items()
    }
    parameters.bind(statement, longest)
    return Scope.combinations(values)
