"""Writing the change feed, `stackql_inventory.resource_changes`: a row per added, removed and changed row of a merge.

See `history` for how it is read.
"""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.store.copying import STAGE
from inventory_runner.store.difference import DIFF
from inventory_runner.store.names import OWN_COLUMNS
from inventory_runner.store.pairing import Plan, compose_difference
from inventory_runner.store.sql import (
    SQL,
    Composable,
    Composed,
    Identifier,
    Literal,
    compose_temporary_name,
    compose_timestamp,
    run,
)

# where more rows than these changed, and most of the table, the feed keeps changed columns alone
PARTIAL_ROWS = 1_000


def write(connection: sa.Connection, plan: Plan, run_id: int, at: datetime, *, partial: bool) -> None:
    """Write what `inventory_diff` says. partial: changed rows with their changed columns alone.

    For example:

        INSERT INTO stackql_inventory.resource_changes (target_schema, table_name, …)
        SELECT 'inventory', 'aws_ec2_instances', 17, '2026-11-21T06:00:00+00:00'::timestamptz,
          CASE d.kind … END, d.key, d.scope, to_jsonb(l.*) - ARRAY['_scope',…]::text[], to_jsonb(s.*) - …,
          CASE d.kind WHEN 'c' THEN array_remove(ARRAY[…]::text[], NULL) END, coalesce(d.first_seen, …), …
          FROM pg_temp."inventory_diff" d LEFT JOIN "inventory"."aws_ec2_instances" l ON l.ctid = d.live
          LEFT JOIN pg_temp."inventory_stage" s ON s.ctid = d.stage WHERE d.kind IN ('a', 'r', 'c')
    """
    own = SQL("{}::text[]").format(Literal(list(OWN_COLUMNS)))
    values = {alias: SQL("to_jsonb({}.*) - {}").format(SQL(alias), own) for alias in ("l", "s")}
    if partial:
        values = {
            alias: SQL("CASE d.kind WHEN 'c' THEN {} ELSE {} END").format(
                _compose_changed_values(plan, alias), whole
            )
            for alias, whole in values.items()
        }
    run(
        connection,
        SQL(
            "INSERT INTO stackql_inventory.resource_changes (target_schema, table_name, run_id, changed_at, change,"
            " resource_key, scope, before, after, changed_columns, first_seen_at, valid_from,"
            " partial)"
            " SELECT {schema}, {table}, {run_id}, {at},"
            " CASE d.kind WHEN 'a' THEN 'added' WHEN 'r' THEN 'removed' ELSE 'changed' END, d.key, d.scope,"
            " {before}, {after}, CASE d.kind WHEN 'c' THEN {names} END, coalesce(d.first_seen, {at}), d.since,"
            " {partial} AND d.kind = 'c'"
            " FROM {diff} d LEFT JOIN {live} l ON l.ctid = d.live LEFT JOIN {stage} s ON s.ctid = d.stage"
            " WHERE d.kind IN ('a', 'r', 'c')"
        ).format(
            schema=Literal(plan.target.schema),
            table=Literal(plan.target.table),
            run_id=Literal(run_id),
            at=compose_timestamp(at),
            before=values["l"],
            after=values["s"],
            names=_compose_changed_names(plan),
            diff=compose_temporary_name(DIFF),
            live=plan.live,
            stage=compose_temporary_name(STAGE),
            partial=Literal(partial),
        ),
    )


def _compose_changed_names(plan: Plan) -> Composable:
    """The names of the columns whose value changed.

    For example:

        array_remove(ARRAY[CASE WHEN l."state" IS DISTINCT FROM s."state" THEN 'state' END]::text[], NULL)
    """
    if not plan.keys or not plan.compared:
        return SQL("NULL::text[]")
    return _compose_if_changed(
        plan, {name: Literal(name) for name in plan.compared}, "array_remove(ARRAY[{}]::text[], NULL)"
    )


def _compose_changed_values(plan: Plan, alias: str) -> Composable:
    """The changed columns as jsonb, by way of their text: taking them out of the whole row takes ten times as long.

    For example:

        ('{' || array_to_string(ARRAY[CASE WHEN l."state" IS DISTINCT FROM s."state"
          THEN '"state":' || coalesce(to_json(l."state")::text, 'null') END]::text[], ',') || '}')::jsonb
    """
    return _compose_if_changed(
        plan,
        {
            name: SQL("{} || coalesce(to_json({}.{})::text, 'null')").format(
                Literal(json.dumps(name) + ":"), SQL(alias), Identifier(name)
            )
            for name in plan.compared
        },
        "('{{' || array_to_string(ARRAY[{}]::text[], ',') || '}}')::jsonb",
    )


def _compose_if_changed(plan: Plan, expressions: dict[str, Composable], wrapper: str) -> Composed:
    """The expressions of the columns whose value changed; NULL for the others."""
    return SQL(wrapper).format(
        SQL(", ").join(
            SQL("CASE WHEN {} THEN {} END").format(compose_difference(plan, name), expression)
            for name, expression in expressions.items()
        )
    )
