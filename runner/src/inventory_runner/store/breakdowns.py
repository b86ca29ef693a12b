"""How a table's resources divide by region, account, owner and state: counted once a merge, read by the overview.

A page could not count millions of assets, and yesterday's division would be lost. So the merge records what changed
in the division: a row of `stackql_app.table_breakdowns` per value and day on which its count became another.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.store.assets import compose_tag_value
from inventory_runner.store.sql import NOTHING, SQL, Composable, Composed, Identifier, Literal, run

# the newest names first: where a table has several, the first one counts
STATE_COLUMNS = ("state", "status", "instance_state", "provisioning_state", "power_state", "lifecycle_state")
OWNER_TAGS = ("owner", "team")
# values of a dimension that are told apart; the smallest of the rest are summed up as "other"
MOST_VALUES = 200


def record(
    connection: sa.Connection,
    schema: str,
    table: str,
    at: datetime,
    types: dict[str, str],
    newest: Composable = NOTHING,
) -> None:
    """Count the table's assets again and record the values whose counts changed.

    types: the live table's columns → Postgres types. newest: which of its rows `r` are current, a WHERE clause. To be
    called in the merge, after the assets are up to date.

    For example:

        WITH ranked AS (SELECT … FROM (
            SELECT CASE grouping(region, account, owner) WHEN 3 THEN 'region' … AS dimension, …
              FROM (SELECT region, account, … AS owner FROM stackql_inventory.assets
                WHERE target_schema = 'inventory' AND table_name = 'aws_ec2_instances') a
              GROUP BY GROUPING SETS ((region), (account), (owner))
            UNION ALL SELECT 'state', left(coalesce(lower("state"), ''), 200), count(*)
              FROM "inventory"."aws_ec2_instances" r GROUP BY 2) c), …
        INSERT INTO stackql_app.table_breakdowns (…) SELECT 'inventory', 'aws_ec2_instances', dimension, …
    """
    where = {
        "schema": Literal(schema),
        "table": Literal(table),
        "day": Literal(at.astimezone(UTC).date().isoformat()),
    }
    counted = SQL(
        "SELECT CASE grouping(region, account, owner) WHEN 3 THEN 'region' WHEN 5 THEN 'account' ELSE 'owner' END"
        "       AS dimension,"
        " coalesce(left(coalesce(region, account, owner), 200), '') AS value, count(*) AS rows"
        " FROM (SELECT region, account, {owner} AS owner FROM stackql_inventory.assets"
        "        WHERE target_schema = {schema} AND table_name = {table}) a"
        " GROUP BY GROUPING SETS ((region), (account), (owner))"
    ).format(owner=compose_owner(), **where)
    if (state := _compose_state(types)) is not None:
        counted += SQL(
            " UNION ALL SELECT 'state', left(coalesce({state}, ''), 200), count(*) FROM {live} r {newest} GROUP BY 2"
        ).format(state=state, live=Identifier(schema, table), newest=newest)
    run(
        connection,
        SQL(
            "WITH ranked AS (SELECT dimension, value, rows,"
            "                       row_number() OVER (PARTITION BY dimension ORDER BY rows DESC) AS place"
            "                  FROM ({counted}) c),"
            " now AS (SELECT dimension, CASE WHEN place <= {most} THEN value ELSE 'other' END AS value,"
            "                sum(rows)::bigint AS rows"
            "           FROM ranked GROUP BY 1, 2),"
            " before AS (SELECT dimension, value, row_count FROM stackql_app.table_breakdowns"
            "             WHERE target_schema = {schema} AND target_table = {table} AND is_current),"
            " differing AS (SELECT coalesce(n.dimension, b.dimension) AS dimension,"
            "                      coalesce(n.value, b.value) AS value,"
            "                      coalesce(n.rows, 0) AS rows"
            "                 FROM now n FULL JOIN before b ON b.dimension = n.dimension AND b.value = n.value"
            "                WHERE coalesce(n.rows, 0) IS DISTINCT FROM b.row_count),"
            " closed AS (UPDATE stackql_app.table_breakdowns t SET is_current = false FROM differing d"
            "             WHERE t.target_schema = {schema} AND t.target_table = {table} AND t.is_current"
            "               AND t.dimension = d.dimension AND t.value = d.value AND t.day <> {day}::date)"
            " INSERT INTO stackql_app.table_breakdowns (target_schema, target_table, dimension, value, day, row_count)"
            " SELECT {schema}, {table}, dimension, value, {day}::date, rows FROM differing"
            " ON CONFLICT (target_schema, target_table, dimension, value, day)"
            " DO UPDATE SET row_count = excluded.row_count, is_current = true"
        ).format(counted=counted, most=Literal(MOST_VALUES), **where),
    )


def forget(connection: sa.Connection, schema: str, table: str) -> None:
    """Remove what was recorded of a table that is dropped."""
    connection.execute(
        sa.text(
            "DELETE FROM stackql_app.table_breakdowns WHERE target_schema = :schema AND target_table = :table"
        ),
        {"schema": schema, "table": table},
    )


def compose_owner() -> Composed:
    """Whose an asset is, by its tags; NULL where nothing says it."""
    return compose_tag_value(SQL("tags"), OWNER_TAGS)


def _compose_state(types: dict[str, str]) -> Composable | None:
    """The expression of a row's state, None where no column says it."""
    for name in STATE_COLUMNS:
        column = Identifier(name)
        if types.get(name) == "text":
            return SQL("lower({})").format(column)
        if types.get(name) == "jsonb":
            return SQL("lower(coalesce({0}->>'Name', {0}->>'name', {0}->>'state'))").format(column)
    return None
