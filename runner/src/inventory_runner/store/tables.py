"""Making inventory tables, and the comments that explain them in Unity Catalog."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from inventory_runner.contract import UNREAD
from inventory_runner.models import WriteMode
from inventory_runner.store.catalog import LiveTable
from inventory_runner.store.model import Target
from inventory_runner.store.names import CHANGED, FIRST_SEEN, RUN_AT, RUN_ID, SCOPE
from inventory_runner.store.sql import SQL, Composed, Identifier, Literal, compose_timestamp

NOT_MADE = "No row came back, so the table was not made yet."
_COMMENTS = {
    SCOPE: "The combination of the query's parameter values that the row was read with, as JSON",
    FIRST_SEEN: "When the resource was first seen",
    CHANGED: "When the row took the values it has",
    RUN_ID: "The run that read the row",
    RUN_AT: "When the row was read",
}


def create(target: Target, types: Mapping[str, str], at: datetime) -> Composed:
    """A new table with its comments. The times are defaults while the first load copies into it.

    For example:

        CREATE TABLE "inventory"."aws_ec2_instances" ("id" text, "state" text, "_scope" text NOT NULL,
          "_first_seen_at" timestamptz NOT NULL DEFAULT '2026-11-21T06:00:00+00:00'::timestamptz, …);
        COMMENT ON TABLE "inventory"."aws_ec2_instances" IS 'Rows of aws.ec2.instances'; …
        COMMENT ON COLUMN "inventory"."aws_ec2_instances"."id" IS 'id of aws.ec2.…'
    """
    table = Identifier(target.schema, target.table)
    parts = [SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in types.items()]
    parts.append(SQL("{} text NOT NULL").format(Identifier(SCOPE)))
    if target.write_mode is WriteMode.REPLACE:
        own = (SCOPE, FIRST_SEEN, CHANGED)
        parts += [
            SQL("{} timestamptz NOT NULL DEFAULT {}").format(Identifier(name), compose_timestamp(at))
            for name in own[1:]
        ]
    else:
        own = (SCOPE, RUN_ID, RUN_AT)
        parts.append(SQL("{} bigint NOT NULL").format(Identifier(RUN_ID)))
        parts.append(SQL("{} timestamptz NOT NULL").format(Identifier(RUN_AT)))
    statements = [SQL("CREATE TABLE {} ({})").format(table, SQL(", ").join(parts))]
    if target.write_mode is WriteMode.APPEND:
        statements.append(SQL("CREATE INDEX ON {} ({})").format(table, Identifier(RUN_ID)))
    statements.append(compose_comment(target))
    statements += [
        SQL("COMMENT ON COLUMN {}.{} IS {}").format(table, Identifier(name), Literal(_COMMENTS[name]))
        for name in own
    ]
    source = ".".join(part for part in (target.provider, target.service, target.resource) if part)
    if source:
        statements += [
            SQL("COMMENT ON COLUMN {}.{} IS {}").format(
                table, Identifier(name), Literal(f"{name} of {source}, as the query returns it")
            )
            for name in types
            if name != UNREAD
        ]
    if UNREAD in types:
        statements.append(compose_unread_comment(target))
    return SQL("; ").join(statements)


def compose_unread_comment(target: Target) -> Composed:
    """What analysts read about the column UNREAD."""
    return SQL("COMMENT ON COLUMN {}.{} IS {}").format(
        Identifier(target.schema, target.table),
        Identifier(UNREAD),
        Literal(
            "What the cloud said that is not of its column's type, as JSON: column to text. The column itself is"
            " NULL then. NULL where there is nothing of the kind."
        ),
    )


def compose_comment(target: Target) -> Composed:
    """The table's comment: what the query says it is."""
    return SQL("COMMENT ON TABLE {} IS {}").format(
        Identifier(target.schema, target.table),
        Literal(describe_target(target)),
    )


def describe_target(target: Target) -> str:
    source = ".".join(part for part in (target.provider, target.service, target.resource) if part)
    text = target.description or (f"Rows of {source}" if source else "An inventory table")
    return text.replace("\0", "")


def compose_after_load(target: Target) -> Composed:
    """From now on every row brings its own times."""
    return SQL("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT, ALTER COLUMN {} DROP DEFAULT").format(
        Identifier(target.schema, target.table), Identifier(FIRST_SEEN), Identifier(CHANGED)
    )


def compose_missing_own_columns(target: Target, live: LiveTable, at: datetime) -> Composed | None:
    """Give an adopted table our columns; a constant default rewrites no row.

    For example:

        ALTER TABLE "inventory"."aws_ec2_instances" ADD COLUMN "_scope" text NOT NULL DEFAULT '{}', …;
        ALTER TABLE "inventory"."aws_ec2_instances" ALTER COLUMN "_scope" DROP DEFAULT, …
    """
    additions = {
        SCOPE: SQL("text NOT NULL DEFAULT '{}'"),
        FIRST_SEEN: SQL("timestamptz NOT NULL DEFAULT {}").format(compose_timestamp(at)),
        CHANGED: SQL("timestamptz NOT NULL DEFAULT {}").format(compose_timestamp(at)),
    }
    missing = [name for name in additions if name not in live.own]
    if not missing:
        return None
    table = Identifier(target.schema, target.table)
    return SQL("ALTER TABLE {} {}; ALTER TABLE {} {}").format(
        table,
        SQL(", ").join(SQL("ADD COLUMN {} {}").format(Identifier(name), additions[name]) for name in missing),
        table,
        SQL(", ").join(SQL("ALTER COLUMN {} DROP DEFAULT").format(Identifier(name)) for name in missing),
    )
