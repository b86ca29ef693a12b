"""Removing what is older than is kept, as a schedule says of the change feed and, in append mode, of its table's rows,
and as an operator says of the records of runs and of what was run in the IDE.

By age, in batches of their own transactions, so that neither a merge nor a reader waits; outside the merge. The rows of
an append table's newest run stay however old they are: they are the current ones. So do the runs that tell how a table
came to be as it is.
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
# a table's newest runs stay however old they are: its page and its trend are made of them
NEWEST_RUNS = 50
_RUNS, _HISTORY = Identifier("stackql_app", "runs"), Identifier("stackql_app", "query_history")


def apply_retention(database: sa.Engine, target: Target, *, now: datetime | None = None) -> int:
    """Remove what is older than `target.retention_days`; returns the number of rows. None keeps everything."""
    if target.retention_days is None:
        return 0
    before = (now or datetime.now(UTC)) - timedelta(days=target.retention_days)
    feed = Identifier("stackql_inventory", "resource_changes")
    removed = _remove(
        database,
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
        appended = _remove(database, live, old)
        _give_back(database, live, appended)
        removed += appended
    return removed


def remove_old_runs(database: sa.Engine, target: Target, days: int, *, now: datetime | None = None) -> int:
    """Remove the table's runs, with their scopes, that began longer ago and that nothing needs; returns how many.

    Needed are one that goes on; the newest NEWEST_RUNS; the runs that the table's data and each scope's last whole
    reading are of; and those that changed rows, as long as the schedule keeps changes. For example:

        … FROM "stackql_app"."runs" WHERE target_schema = 'stackql_inventory' AND target_table = 'aws_ec2_instances'
          AND started_at < '2025-11-27T06:00:00+00:00'::timestamptz AND status <> 'RUNNING' AND added + removed + …
    """
    moment = now or datetime.now(UTC)
    before = moment - timedelta(days=days)
    # a change, or an appended row, that is kept names its run
    changes = (
        SQL("false")
        if target.retention_days is None
        else SQL("started_at < {}").format(compose_timestamp(moment - timedelta(days=target.retention_days)))
    )
    old = SQL(
        "target_schema = {schema} AND target_table = {table} AND started_at < {before} AND status <> 'RUNNING'"
        " AND (added + removed + changed = 0 OR {changes})"
        " AND id NOT IN (SELECT id FROM {runs} WHERE target_schema = {schema} AND target_table = {table}"
        " ORDER BY started_at DESC, id DESC LIMIT {newest})"
        " AND NOT EXISTS (SELECT FROM stackql_app.inventory_tables t WHERE t.target_schema = {schema}"
        " AND t.target_table = {table} AND runs.id IN (t.last_run_id, t.data_run_id))"
        " AND NOT EXISTS (SELECT FROM stackql_app.run_scopes s WHERE s.run_id = runs.id AND s.status = 'ok'"
        " AND NOT EXISTS (SELECT FROM {runs} r JOIN stackql_app.run_scopes k ON k.run_id = r.id"
        " WHERE r.target_schema = {schema} AND r.target_table = {table} AND r.started_at > runs.started_at"
        " AND k.scope = s.scope AND k.status = 'ok'))"
    ).format(
        schema=Literal(target.schema),
        table=Literal(target.table),
        before=compose_timestamp(before),
        changes=changes,
        runs=_RUNS,
        newest=Literal(NEWEST_RUNS),
    )
    return _remove(database, _RUNS, old)


def remove_old_history(database: sa.Engine, days: int, *, now: datetime | None = None) -> int:
    """Remove what was run in the IDE longer ago; returns how many entries."""
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    return _remove(database, _HISTORY, SQL("started_at < {}").format(compose_timestamp(before)))


def _remove(database: sa.Engine, table: Identifier, old: Composed) -> int:
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
    with translate_write_errors(*table.strings):
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
