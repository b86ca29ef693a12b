"""Removing what is older than a schedule keeps: rows of the change feed, and in append mode rows of the table.

By age, in batches of their own transactions, so that neither a merge nor a reader waits; outside the merge. The rows of
an append table's newest run stay however old they are: they are the current ones.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from inventory_runner.models import WriteMode
from inventory_runner.store.model import Target
from inventory_runner.store.names import RUN_AT, RUN_ID
from inventory_runner.store.sql import (
    SQL,
    Composed,
    Identifier,
    Literal,
    compose_timestamp,
    run,
    translate_write_errors,
)

log = logging.getLogger(__name__)

BATCH_ROWS = 5_000
# so many removed rows, by this run or several, are worth giving their space back at once, not whenever autovacuum comes
VACUUM_ROWS = 1_000


def apply_retention(database: sa.Engine, target: Target, *, now: datetime | None = None) -> int:
    """Remove what is older than `target.retention_days`; returns the number of rows. None keeps everything."""
    if target.retention_days is None:
        return 0
    before = (now or datetime.now(UTC)) - timedelta(days=target.retention_days)
    feed = Identifier("stackql_inventory", "resource_changes")
    removed = _remove(
        database,
        target,
        feed,
        SQL("target_schema = {} AND table_name = {} AND changed_at < {}").format(
            Literal(target.schema), Literal(target.table), compose_timestamp(before)
        ),
    )
    if removed:
        # an older time can no longer be rebuilt
        with translate_write_errors(target.schema, target.table), database.begin() as connection:
            run(
                connection,
                SQL(
                    "UPDATE stackql_app.inventory_tables SET history_from = greatest(history_from, {})"
                    " WHERE target_schema = {} AND target_table = {}"
                ).format(compose_timestamp(before), Literal(target.schema), Literal(target.table)),
            )
        _give_back(database, feed, removed)
    if target.write_mode is WriteMode.APPEND:
        live = Identifier(target.schema, target.table)
        old = SQL(
            "{age} < {before} AND {run} IS DISTINCT FROM (SELECT data_run_id FROM stackql_app.inventory_tables"
            " WHERE target_schema = {schema} AND target_table = {table})"
        ).format(
            age=Identifier(RUN_AT),
            before=compose_timestamp(before),
            run=Identifier(RUN_ID),
            schema=Literal(target.schema),
            table=Literal(target.table),
        )
        appended = _remove(database, target, live, old)
        _give_back(database, live, appended)
        removed += appended
    return removed


def _remove(database: sa.Engine, target: Target, table: Identifier, old: Composed) -> int:
    """Delete the rows that are `old` in batches, each in a transaction of its own; returns how many.

    For example:

        DELETE FROM "stackql_inventory"."resource_changes" WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM "stackql_inventory"."resource_changes"
          WHERE target_schema = 'inventory' AND table_name = 'aws_ec2_instances'
          AND changed_at < '2026-08-23T06:00:00+00:00'::timestamptz LIMIT 5000))
    """
    removed = 0
    statement = SQL(
        "DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {0} WHERE {1} LIMIT {2}))"
    ).format(table, old, Literal(BATCH_ROWS))
    with translate_write_errors(target.schema, target.table):
        while True:
            with database.begin() as connection:
                batch = run(connection, statement).rowcount
            removed += batch
            if batch < BATCH_ROWS:
                return removed


def _give_back(database: sa.Engine, table: Identifier, removed: int) -> None:
    """Make the space of removed rows, of this run and of those before, reusable; a failure waits for autovacuum."""
    if not removed:
        return
    schema, name = table.strings
    dead = SQL("SELECT n_dead_tup FROM pg_stat_all_tables WHERE schemaname = {} AND relname = {}").format(
        Literal(schema), Literal(name)
    )
    try:
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # a run's own rows are counted some seconds late
            if removed >= VACUUM_ROWS or run(connection, dead).scalar_one() >= VACUUM_ROWS:
                run(connection, SQL("VACUUM (SKIP_LOCKED, ANALYZE) {}").format(table))
    except sa.exc.DBAPIError as error:
        log.warning("vacuuming after retention failed", exc_info=error)
