"""The statements of a schema drift: a table, and what was staged for it, get the types that `drift.fit` decided on."""

from __future__ import annotations

import dataclasses

import pyarrow as pa
import sqlalchemy as sa

from inventory_runner import reading
from inventory_runner.contract import UNREAD
from inventory_runner.store import catalog, tables
from inventory_runner.store.catalog import LiveTable
from inventory_runner.store.cells import JSONB, TIMESTAMP, TIMESTAMPTZ, Cleaned, convert_to_text
from inventory_runner.store.copying import STAGE, copy_tables
from inventory_runner.store.drift import Fit
from inventory_runner.store.model import Target
from inventory_runner.store.sql import SQL, Composed, Identifier, Literal, compose_temporary_name, run
from inventory_runner.store.staging import KINDS, READ_AS

# text that a type reads without losing anything, where the type spells the value differently afterwards
_SPELLINGS = {
    TIMESTAMPTZ: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$",
    TIMESTAMP: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?$",
}


def adapt(connection: sa.Connection, target: Target, plan: Fit, live: LiveTable) -> LiveTable:
    """Give the live table, before it is compared, the types and the column that the comparison needs.

    Widening rewrites the table, and keeps readers out until the merge is committed; it happens once to a column.
    """
    table = Identifier(target.schema, target.table)
    types = dict(live.types)
    parts = [
        # by way of its text: the cast from a double keeps fifteen digits of seventeen
        SQL("ALTER COLUMN {0} TYPE {1} USING {0}::text::{1}").format(Identifier(name), SQL(kind))
        for name, kind in plan.widened.items()
    ]
    needs_unread = UNREAD in plan.staged or plan.learned
    if needs_unread and UNREAD not in types:
        parts.append(SQL("ADD COLUMN {} jsonb").format(Identifier(UNREAD)))
    if parts:
        run(connection, SQL("ALTER TABLE {} {}").format(table, SQL(", ").join(parts)))
        types |= plan.widened
    if needs_unread and UNREAD not in types:
        run(connection, tables.compose_unread_comment(target))
        types[UNREAD] = JSONB
    for name, kind in plan.learned.items():
        _learn(connection, target, name, kind)
        types[name] = kind
    return dataclasses.replace(live, types=types)


def _learn(connection: sa.Connection, target: Target, name: str, kind: str) -> None:
    """Read a text column of the live table as the type that it was declared as all along.

    By the rule that the engine reads cells by, value by value that occurs; of a column `size` it ends with

        UPDATE "stackql_inventory"."volumes" t SET "size" = v.value, "_unread" = CASE WHEN v.unread THEN
               coalesce(t."_unread", '{}') || jsonb_build_object('size', v.text) ELSE t."_unread" END
          FROM pg_temp."inventory_learned" v WHERE t."size" = v.text;
        ALTER TABLE "stackql_inventory"."volumes" ALTER COLUMN "size" TYPE bigint USING "size"::bigint
    """
    table, column = Identifier(target.schema, target.table), Identifier(name)
    texts = catalog.read_distinct_texts(connection, target.schema, target.table, name)
    cells = reading.read_cells(pa.chunked_array([pa.array(texts, pa.string())]), READ_AS[kind])
    # what a double is told apart by is its shortest text
    values = convert_to_text(Cleaned(KINDS[cells.kind], cells.values)).to_pylist()
    rows = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "value": pa.array(values, pa.string()),
            "unread": pa.array([place in cells.unread for place in range(len(texts))], pa.bool_()),
        }
    )
    learned = compose_temporary_name("inventory_learned")
    run(
        connection,
        SQL(
            "DROP TABLE IF EXISTS {}; CREATE TEMP TABLE inventory_learned"
            " (_scope text, text text, value text, unread boolean) ON COMMIT DROP"
        ).format(learned),
    )
    copy_tables(connection, learned, rows.column_names, {"": rows})
    run(
        connection,
        SQL(
            "UPDATE {table} t SET {column} = v.value, {kept} = CASE WHEN v.unread THEN"
            " coalesce(t.{kept}, '{{}}') || jsonb_build_object({name}, v.text) ELSE t.{kept} END"
            " FROM {learned} v WHERE t.{column} = v.text;"
            " ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}"
        ).format(
            table=table,
            column=column,
            kept=Identifier(UNREAD),
            name=Literal(name),
            learned=learned,
            kind=SQL(kind),
        ),
    )


def read_staged(connection: sa.Connection, plan: Fit) -> list[str]:
    """Read what was staged as text as the table's types; returns a warning for each column with values that are none.

    Of a column `opened` of a date it executes

        UPDATE pg_temp."inventory_stage" SET "_unread" = CASE WHEN "opened" ~ '^\\s*$' THEN "_unread"
               ELSE coalesce("_unread", '{}') || jsonb_build_object('opened', "opened") END, "opened" = NULL
         WHERE NOT CASE WHEN pg_input_is_valid("opened", 'date') THEN "opened"::date::text = "opened" ELSE false END
    """
    warnings = []
    stage = compose_temporary_name(STAGE)
    for name, wanted in plan.checked.items():
        column, kind = Identifier(name), SQL(wanted)
        alike = SQL("{0}::{1}::text = {0}").format(column, kind)
        if wanted in _SPELLINGS:
            alike = SQL("({} OR {} ~ {})").format(alike, column, Literal(_SPELLINGS[wanted]))
        parts = {"stage": stage, "column": column, "kind": kind, "unread": Identifier(UNREAD)}
        wrong = run(
            connection,
            SQL(
                "WITH read AS (UPDATE {stage} SET {unread} = CASE WHEN {column} ~ '^\\s*$' THEN {unread}"
                " ELSE coalesce({unread}, '{{}}') || jsonb_build_object({name}, {column}) END, {column} = NULL"
                " WHERE {column} IS NOT NULL AND NOT"
                " CASE WHEN pg_input_is_valid({column}, {type}) THEN {alike} ELSE false END RETURNING {unread})"
                " SELECT {unread} ->> {name} FROM read WHERE {unread} ->> {name} IS NOT NULL"
            ).format(**parts, name=Literal(name), type=Literal(wanted), alike=alike),
        ).scalars()
        if texts := list(wrong):
            warnings.append(reading.describe_unread(name, wanted, texts))
        run(
            connection,
            SQL("ALTER TABLE {stage} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}").format(
                **parts
            ),
        )
    return warnings


def compose_alterations(target: Target, plan: Fit, *, empty: bool = False) -> list[Composed]:
    """The statements that give the live table its new columns and types.

    None of them rewrites a row, so that ctids stay; only in an empty table a retyped column keeps its place.

    For example:

        ALTER TABLE "inventory"."aws_ec2_instances" DROP COLUMN "size", ADD COLUMN "size" double precision,
          ADD COLUMN "zone" text
    """
    if empty:
        parts = [
            SQL("ALTER COLUMN {0} TYPE {1} USING {0}::text::{1}").format(Identifier(name), SQL(kind))
            for name, kind in plan.retyped.items()
        ]
        new = dict(plan.added)
    else:
        parts = [SQL("DROP COLUMN {}").format(Identifier(name)) for name in plan.retyped]
        new = {**plan.retyped, **plan.added}
    parts += [SQL("ADD COLUMN {} {}").format(Identifier(name), SQL(kind)) for name, kind in new.items()]
    table = Identifier(target.schema, target.table)
    return [SQL("ALTER TABLE {} {}").format(table, SQL(", ").join(parts))] if parts else []
