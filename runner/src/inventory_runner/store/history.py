"""A table as it was at a time, rebuilt exactly from its live rows and the change feed.

Every version of a row is somewhere: the newest in the table, from `_changed_at` on, and each earlier one as `before` of
the feed's row that ended it, from `valid_from` until `changed_at`. Where most of a table changed at once, `before` has
the changed columns alone (`partial`); the rest of such a version is in the versions that followed it.

Columns that came later, or that the query has stopped returning, were not what they are now: they are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotFound
from inventory_runner.models import WriteMode
from inventory_runner.store import catalog
from inventory_runner.store.names import CHANGED, FIRST_SEEN, OWN_COLUMNS, RUN_AT, RUN_ID, SCOPE
from inventory_runner.store.pairing import compose_key_text
from inventory_runner.store.sql import (
    SQL,
    Composed,
    Identifier,
    Literal,
    compose_columns,
    compose_timestamp,
    run,
)
from inventory_runner.wording import format_exact_time


@dataclass(frozen=True)
class AsOf:
    """A table at a time. statement: a SELECT of its rows with `types`' columns, to be used as a subquery.

    types: column → Postgres type, our own columns last. left_out: columns of the table whose values then are not known.
    """

    types: Mapping[str, str]
    statement: Composed
    left_out: tuple[str, ...]


def compose_table_at(connection: sa.Connection, schema: str, table: str, at: datetime) -> AsOf:
    """How to read a table as it was at a time; of an append table, the rows of the newest run until then.

    Raises NotFound, and InvalidInput (field `as_of`) for a time before what is known.
    """
    state = catalog.read_state(connection, schema, table)
    if state.live is None or state.recorded is None:
        raise NotFound(f"There is no inventory table {schema}.{table}.")
    since = state.recorded.get("history_from")
    if since and at < (known := datetime.fromisoformat(since)):
        raise InvalidInput(
            f"{table} can be shown as it was since {format_exact_time(known.astimezone(UTC))}.",
            field="as_of",
            hint="Choose a later time.",
        )
    live = Identifier(schema, table)
    if state.recorded["write_mode"] == WriteMode.APPEND:
        types = {**state.live.types, SCOPE: "text", RUN_ID: "bigint", RUN_AT: "timestamp with time zone"}
        newest = SQL("SELECT {0} FROM {1} WHERE {2} <= {3} ORDER BY {2} DESC LIMIT 1").format(
            Identifier(RUN_ID), live, Identifier(RUN_AT), compose_timestamp(at)
        )
        statement = SQL("SELECT {} FROM {} WHERE {} = ({})").format(
            compose_columns(types), live, Identifier(RUN_ID), newest
        )
        return AsOf(types, statement, ())
    then = [
        name
        for name in state.live.types
        if name in state.columns and datetime.fromisoformat(state.columns[name]) <= at
    ]
    left_out = tuple(name for name in state.live.types if name not in then)
    own = {SCOPE: "text", FIRST_SEEN: "timestamp with time zone", CHANGED: "timestamp with time zone"}
    types = {**{name: state.live.types[name] for name in then}, **own}
    keys = state.recorded["key_columns"]
    return AsOf(types, _compose_rows(schema, table, then, keys, at), left_out)


def _compose_rows(schema: str, table: str, names: list[str], keys: list[str], at: datetime) -> Composed:
    """The table's rows at a time: those that have not changed since, and what the feed says of the others.

    For example:

        SELECT l."id", l."state", l."_scope", l."_first_seen_at", l."_changed_at"
          FROM "inventory"."aws_ec2_instances" l
          WHERE l."_changed_at" <= '2026-11-21T06:00:00+00:00'::timestamptz
        UNION ALL SELECT p."id", p."state", f.scope, f.first_seen_at, f.valid_from
          FROM stackql_inventory.resource_changes f,
          LATERAL jsonb_populate_record(NULL::"inventory"."aws_ec2_instances", f.before) p
          WHERE f.target_schema = 'inventory' AND f.table_name = 'aws_ec2_instances'
          AND f.changed_at > '2026-11-21T06:00:00+00:00'::timestamptz AND f.valid_from <= … AND NOT f.partial
        UNION ALL SELECT p."id", p."state", v.scope, v.first_seen_at, v.valid_from FROM (…) v, …
    """
    live = Identifier(schema, table)
    of_table = SQL("f.target_schema = {} AND f.table_name = {}").format(Literal(schema), Literal(table))
    values = compose_columns(names, "p") + SQL(",") if names else SQL("")
    parts = [
        SQL("SELECT {} FROM {} l WHERE l.{} <= {}").format(
            compose_columns([*names, SCOPE, FIRST_SEEN, CHANGED], "l"),
            live,
            Identifier(CHANGED),
            compose_timestamp(at),
        ),
        SQL(
            "SELECT {values} f.scope, f.first_seen_at, f.valid_from FROM stackql_inventory.resource_changes f,"
            " LATERAL jsonb_populate_record(NULL::{live}, f.before) p"
            " WHERE {of_table} AND f.changed_at > {at} AND f.valid_from <= {at} AND NOT f.partial"
        ).format(values=values, live=live, of_table=of_table, at=compose_timestamp(at)),
    ]
    if keys:
        # an incomplete version takes what it lacks from the ones after it: of each column, the oldest value counts
        parts.append(
            SQL(
                "SELECT {values} v.scope, v.first_seen_at, v.valid_from FROM ("
                " SELECT a.scope, a.first_seen_at, a.valid_from,"
                "        jsonb_object_agg(e.key, e.value ORDER BY o.until DESC) AS row"
                " FROM (SELECT f.scope, f.resource_key, f.first_seen_at, f.valid_from, f.changed_at"
                "         FROM stackql_inventory.resource_changes f"
                "        WHERE {of_table} AND f.changed_at > {at} AND f.valid_from <= {at} AND f.partial) a"
                " JOIN (SELECT f.scope, f.resource_key, f.before AS row, f.changed_at AS until"
                "         FROM stackql_inventory.resource_changes f"
                "        WHERE {of_table} AND f.changed_at > {at} AND f.before IS NOT NULL"
                "       UNION ALL"
                "       SELECT l.{scope}, {key}, to_jsonb(l.*) - {own}::text[], 'infinity' FROM {live} l) o"
                "   ON o.scope = a.scope AND o.resource_key = a.resource_key AND o.until >= a.changed_at,"
                " LATERAL jsonb_each(o.row) e"
                " GROUP BY a.scope, a.resource_key, a.first_seen_at, a.valid_from) v,"
                " LATERAL jsonb_populate_record(NULL::{live}, v.row) p"
            ).format(
                values=values,
                of_table=of_table,
                at=compose_timestamp(at),
                scope=Identifier(SCOPE),
                key=compose_key_text(keys, "l"),
                own=Literal(list(OWN_COLUMNS)),
                live=live,
            )
        )
    return SQL(" UNION ALL ").join(parts)


def read_rows_at(connection: sa.Connection, schema: str, table: str, at: datetime) -> list[dict[str, object]]:
    """The rows of `compose_table_at` as dicts, for small tables and tests."""
    as_of = compose_table_at(connection, schema, table, at)
    return [dict(zip(as_of.types, row, strict=True)) for row in run(connection, as_of.statement)]
