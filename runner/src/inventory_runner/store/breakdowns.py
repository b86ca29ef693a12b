"""How a table's resources divide by region, account, owner and state, and by their tags' keys: counted once a merge,
read by the overview and the facets of the list of all resources.

A page could not count millions of assets, and yesterday's division would be lost. So the merge records what changed
in the division: a row of `stackql_app.table_breakdowns` per value and day on which its count became another.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.store.sql import SQL, Composed, Literal

# values of a dimension that are told apart; the smallest of the rest are summed up as "other"
MOST_VALUES = 200
# combinations of values of a table that are kept, the most frequent; the rest is missing from the sum, which one sees
MOST_CELLS = 2_000


def compose_record(schema: str, table: str, at: datetime, *, past: bool = False) -> Composed:
    """Count the resources that count in a table again, and record the values whose counts changed.

    past: no cloud changed, only what counts where; every day's counts move with it. To be run when the table's assets
    are settled (`counting.py`).

    For example:

        DELETE FROM stackql_app.asset_cells WHERE target_schema = 'inventory' AND target_table = 'aws_ec2_instances';
        WITH cells AS MATERIALIZED (SELECT provider, …, count(*) AS rows FROM (SELECT provider, …, owner
                FROM stackql_app.assets WHERE target_schema = 'inventory' AND table_name = 'aws_ec2_instances'
                AND counted_by IS NULL) a GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
          kept AS (INSERT INTO stackql_app.asset_cells (…) SELECT …), counted AS (
            SELECT CASE grouping(region, account, owner, state) WHEN 7 THEN 'region' … AS dimension, …
              FROM cells GROUP BY GROUPING SETS ((region), (account), (owner), (state))
            UNION ALL SELECT 'tag', … FROM (SELECT jsonb_object_keys(…) AS key FROM stackql_app.assets …) k …), …
        INSERT INTO stackql_app.table_breakdowns (…) SELECT 'inventory', 'aws_ec2_instances', dimension, …
    """
    return SQL(_CELLS + _DIFFERING + (_MOVE_ALL if past else _RECORD) + _AFTER).format(
        schema=Literal(schema),
        table=Literal(table),
        day=Literal(at.astimezone(UTC).date().isoformat()),
        most=Literal(MOST_VALUES),
        most_cells=Literal(MOST_CELLS),
    )


# what is alike in all that is told apart is grouped once; the dimensions and the facets' cells are sums of these few.
# Of rows that have just come the planner knows nothing and would sort them all, by eight texts, to group them
_CELLS = """
SET LOCAL enable_sort = off;
DELETE FROM stackql_app.asset_cells WHERE target_schema = {schema} AND target_table = {table};
WITH cells AS MATERIALIZED (
    SELECT provider, service, type, region, account, owner, state, is_public, count(*) AS rows
      FROM (SELECT provider, service, type, region, account, state, is_public, owner FROM stackql_app.assets
             WHERE target_schema = {schema} AND table_name = {table} AND counted_by IS NULL) a
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), kept AS (
    INSERT INTO stackql_app.asset_cells
           (target_schema, target_table, provider, service, type, region, account, owner, is_public, row_count)
    SELECT {schema}, {table}, provider, service, type, region, account, owner, is_public, rows FROM (
        SELECT *, row_number() OVER (ORDER BY rows DESC) AS place FROM (
            SELECT provider, service, type, region, account, owner, is_public, sum(rows) AS rows FROM cells
             GROUP BY 1, 2, 3, 4, 5, 6, 7) g) p WHERE place <= {most_cells}
), """
_DIFFERING = """counted AS (
    SELECT CASE grouping(region, account, owner, state) WHEN 7 THEN 'region' WHEN 11 THEN 'account' WHEN 13 THEN 'owner'
                ELSE 'state' END AS dimension,
           left(coalesce(region, account, owner, state, ''), 200) AS value, sum(rows)::bigint AS rows
      FROM cells GROUP BY GROUPING SETS ((region), (account), (owner), (state))
     UNION ALL
    SELECT 'tag', left(key, 200), count(*) FROM (
        SELECT jsonb_object_keys(CASE jsonb_typeof(tags) WHEN 'object' THEN tags END) AS key FROM stackql_app.assets
         WHERE target_schema = {schema} AND table_name = {table} AND counted_by IS NULL) k
     GROUP BY 2
), ranked AS (
    SELECT dimension, value, rows, row_number() OVER (PARTITION BY dimension ORDER BY rows DESC, value) AS place
      FROM counted
), now AS (
    SELECT dimension, CASE WHEN place <= {most} THEN value ELSE 'other' END AS value, sum(rows)::bigint AS rows
      FROM ranked WHERE dimension <> 'tag' OR place <= {most} GROUP BY 1, 2
), before AS (
    SELECT dimension, value, row_count FROM stackql_app.table_breakdowns
     WHERE target_schema = {schema} AND target_table = {table} AND is_current
), differing AS (
    SELECT coalesce(n.dimension, b.dimension) AS dimension, coalesce(n.value, b.value) AS value,
           coalesce(n.rows, 0) AS rows, coalesce(n.rows, 0) - coalesce(b.row_count, 0) AS step
      FROM now n FULL JOIN before b ON b.dimension = n.dimension AND b.value = n.value
     WHERE coalesce(n.rows, 0) IS DISTINCT FROM b.row_count
)"""
_RECORD = """, closed AS (
    UPDATE stackql_app.table_breakdowns t SET is_current = false FROM differing d
     WHERE t.target_schema = {schema} AND t.target_table = {table} AND t.is_current
       AND t.dimension = d.dimension AND t.value = d.value AND t.day <> {day}::date
)
INSERT INTO stackql_app.table_breakdowns (target_schema, target_table, dimension, value, day, row_count)
SELECT {schema}, {table}, dimension, value, {day}::date, rows FROM differing
    ON CONFLICT (target_schema, target_table, dimension, value, day)
    DO UPDATE SET row_count = excluded.row_count, is_current = true
"""
_MOVE_ALL = """, moved AS (
    UPDATE stackql_app.table_breakdowns t SET row_count = greatest(0, t.row_count + d.step) FROM differing d
     WHERE t.target_schema = {schema} AND t.target_table = {table}
       AND t.dimension = d.dimension AND t.value = d.value
    RETURNING t.dimension, t.value
)
INSERT INTO stackql_app.table_breakdowns (target_schema, target_table, dimension, value, day, row_count)
SELECT {schema}, {table}, d.dimension, d.value,
       coalesce((SELECT min(day) FROM stackql_app.table_history h
                  WHERE h.target_schema = {schema} AND h.target_table = {table}), {day}::date), d.rows
  FROM differing d WHERE NOT EXISTS (SELECT FROM moved m WHERE m.dimension = d.dimension AND m.value = d.value)
"""
_AFTER = "; SET LOCAL enable_sort = on"


def forget(connection: sa.Connection, schema: str, table: str) -> None:
    """Remove what was recorded of a table that is dropped."""
    connection.execute(
        sa.text(
            "DELETE FROM stackql_app.asset_cells WHERE target_schema = :schema AND target_table = :table"
        ),
        {"schema": schema, "table": table},
    )
    connection.execute(
        sa.text(
            "DELETE FROM stackql_app.table_breakdowns WHERE target_schema = :schema AND target_table = :table"
        ),
        {"schema": schema, "table": table},
    )
