"""Materialised views over inventory tables: made for people, refreshed after every merge that changed something.

A refresh may fail, or be left out by a crash, so each notes which state of the table the view then holds
(`stackql_app.view_refreshes`); a view that is behind its table is refreshed by the next run, changed or not.

`create_view` makes `{table}_mv`, with the unique index that lets it refresh while it is read, and the plain view
`{table}_view` over it, since Unity Catalog lists views but not materialised ones. `refresh_views` finds every
materialised view that depends on a table, through other views too, whoever made it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2
import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotFound, VersionConflict, list_differences
from inventory_runner.models import WriteMode
from inventory_runner.platform.database import allow_long_statements
from inventory_runner.store import catalog
from inventory_runner.store.names import CHANGED, FIRST_SEEN, LONGEST_NAME, RUN_AT, RUN_ID, SCOPE
from inventory_runner.store.sql import (
    SQL,
    Composable,
    Identifier,
    Literal,
    compose_columns,
    run,
    translate_write_errors,
)

log = logging.getLogger(__name__)

MATERIALISED, PLAIN = "_mv", "_view"
# how long a refresh may wait for readers of a view that has no unique index
LOCK_TIMEOUT = "3s"

_DEPENDANTS = """
WITH RECURSIVE over (oid, depth) AS (
    SELECT c.oid, 0 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = {schema} AND c.relname IN ({table}, {view})
    UNION
    SELECT r.ev_class, o.depth + 1 FROM over o
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.oid
                      AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid
     WHERE r.ev_class <> o.oid AND o.depth < 20
)
SELECT n.nspname AS schema, c.relname AS name,
       c.relispopulated AND EXISTS (
           SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
              AND i.indexprs IS NULL) AS concurrently,
       NOT c.relispopulated OR NOT EXISTS (
           SELECT FROM stackql_app.view_refreshes f
             JOIN stackql_app.inventory_tables t USING (target_schema, target_table)
            WHERE f.view_schema = n.nspname AND f.view_name = c.relname AND f.target_schema = {schema}
              AND f.target_table = {table} AND f.holds IS NOT DISTINCT FROM t.changed_at) AS behind
  FROM over o JOIN pg_class c ON c.oid = o.oid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm'
 GROUP BY c.oid, n.nspname, c.relname, c.relispopulated ORDER BY max(o.depth), 1, 2
"""

# noted before the view is read anew, so that a merge that commits meanwhile leaves it behind; of the view's other
# tables as well, since a refresh reads them all
_NOTE_REFRESH = """
INSERT INTO stackql_app.view_refreshes AS f (view_schema, view_name, target_schema, target_table, holds)
SELECT {view_schema}, {view}, t.target_schema, t.target_table, t.changed_at FROM stackql_app.inventory_tables t
 WHERE (t.target_schema = {schema} AND t.target_table = {table})
    OR (t.target_schema, t.target_table) IN (
       SELECT o.target_schema, o.target_table FROM stackql_app.view_refreshes o
        WHERE o.view_schema = {view_schema} AND o.view_name = {view})
 ORDER BY t.target_schema, t.target_table
ON CONFLICT (view_schema, view_name, target_schema, target_table) DO UPDATE SET
       holds = excluded.holds, refreshed_at = excluded.refreshed_at
"""


@dataclass(frozen=True)
class View:
    """A materialised view over a table.

    concurrently: it can be refreshed while it is read. behind: it does not hold the table's newest state, as far as
    is known.
    """

    schema: str
    name: str
    concurrently: bool
    behind: bool


def find_views_over(connection: sa.Connection, schema: str, table: str) -> list[View]:
    """Every materialised view that shows a table's rows, those that others build on first."""
    found = run(
        connection,
        SQL(_DEPENDANTS).format(
            schema=Literal(schema), table=Literal(table), view=Literal(table + MATERIALISED)
        ),
    )
    return [View(row.schema, row.name, row.concurrently, row.behind) for row in found]


def refresh_views(database: sa.Engine, schema: str, table: str, *, changed: bool = True) -> list[str]:
    """Refresh the materialised views over a table, each in its own transaction; returns what failed, in sentences.

    changed: the table just changed; False refreshes those alone that are behind it.
    """
    with translate_write_errors(schema, table), database.connect() as connection:
        found = find_views_over(connection, schema, table)
    warnings = []
    for view in found:
        if not (changed or view.behind):
            continue
        try:
            refresh_view(database, view, schema, table)
        except (sa.exc.DBAPIError, psycopg2.Error) as error:
            log.warning("refreshing %s.%s failed", view.schema, view.name, exc_info=error)
            reason = " ".join(str(getattr(error, "orig", error)).split())
            warnings.append(
                f"The view {view.schema}.{view.name} is older than the table until the next run: it could not be"
                f" refreshed: {reason[:300]}"
            )
    return warnings


def refresh_view(database: sa.Engine, view: View, schema: str, table: str, wait: str = "") -> None:
    """Refresh one view over a table: while it is read where it has a unique index, else as its readers allow.

    wait: how long that may take, as Postgres writes it; LOCK_TIMEOUT unless told otherwise.
    """
    with database.begin() as connection:
        allow_long_statements(connection)
        run(connection, SQL("SET LOCAL lock_timeout = {}").format(Literal(wait or LOCK_TIMEOUT)))
        _note_refresh(connection, view.schema, view.name, schema, table)
        run(
            connection,
            SQL("REFRESH MATERIALIZED VIEW {} {}").format(
                SQL("CONCURRENTLY" if view.concurrently else ""), Identifier(view.schema, view.name)
            ),
        )


def _note_refresh(connection: sa.Connection, view_schema: str, view: str, schema: str, table: str) -> None:
    run(
        connection,
        SQL(_NOTE_REFRESH).format(
            view_schema=Literal(view_schema), view=Literal(view), schema=Literal(schema), table=Literal(table)
        ),
    )


def create_view(
    database: sa.Engine,
    schema: str,
    table: str,
    *,
    group_by: Sequence[str] | None = None,
    version: int | None = None,
    saved_by: str = "",
) -> tuple[str, str]:
    """Make (or make anew) a table's materialised view and the plain view over it; returns both names.

    version: of the views that the person has seen, 0 for none: where others were made since, VersionConflict is raised
    (optimistic lock), unless they are the same; None takes what stands. saved_by: who makes them.

    group_by: columns to count rows by; None takes all columns and rows. An append table's counts are those of its
    newest run. Raises InvalidInput, NotFound, and WriteFailed where other views use the one that is replaced.
    """
    materialised, plain = table + MATERIALISED, table + PLAIN
    if len(plain.encode()) > LONGEST_NAME:
        raise InvalidInput(
            f"{plain} would be longer than Postgres's limit of {LONGEST_NAME} bytes.",
            field="target_table",
            hint="Views need a table with a shorter name.",
        )
    with translate_write_errors(schema, plain), database.begin() as connection:
        allow_long_statements(connection)
        state = catalog.lock(connection, schema, table)
        if state.live is None:
            raise NotFound(f"There is no table {schema}.{table}.")
        if not _note_view(connection, schema, table, group_by, version, saved_by):
            return materialised, plain
        names = [
            *state.live.types,
            *(name for name in (SCOPE, FIRST_SEEN, CHANGED, RUN_ID, RUN_AT) if name in state.live.own),
        ]
        keys = (state.recorded or {}).get("key_columns") or []
        appended = (state.recorded or {}).get("write_mode") == WriteMode.APPEND
        if group_by is None:
            query, unique = _compose_everything(schema, table, names, [] if appended else keys)
            text = f"All rows of {schema}.{table}"
        else:
            query, unique = _compose_counted(schema, table, names, group_by, appended)
            text = f"Rows of {schema}.{table} counted by {', '.join(group_by)}"
        run(
            connection,
            SQL(
                "DROP VIEW IF EXISTS {plain}; DROP MATERIALIZED VIEW IF EXISTS {materialised};"
                " CREATE MATERIALIZED VIEW {materialised} AS {query};"
                " CREATE UNIQUE INDEX ON {materialised} ({unique});"
                " CREATE VIEW {plain} AS SELECT * FROM {materialised};"
                " COMMENT ON MATERIALIZED VIEW {materialised} IS {text}; COMMENT ON VIEW {plain} IS {text}"
            ).format(
                plain=Identifier(schema, plain),
                materialised=Identifier(schema, materialised),
                query=query,
                unique=compose_columns(unique),
                text=Literal(text + ", as of the newest run that changed them"),
            ),
        )
        _note_refresh(connection, schema, materialised, schema, table)
    return materialised, plain


def drop_view(database: sa.Engine, schema: str, table: str) -> None:
    """Remove what `create_view` made; raises WriteFailed where other views use it."""
    with translate_write_errors(schema, table + PLAIN), database.begin() as connection:
        run(
            connection,
            SQL("DROP VIEW IF EXISTS {}; DROP MATERIALIZED VIEW IF EXISTS {}").format(
                Identifier(schema, table + PLAIN), Identifier(schema, table + MATERIALISED)
            ),
        )
        connection.execute(
            sa.text(
                "DELETE FROM stackql_app.table_views WHERE target_schema = :schema AND target_table = :table"
            ),
            {"schema": schema, "table": table},
        )


def _note_view(
    connection: sa.Connection,
    schema: str,
    table: str,
    group_by: Sequence[str] | None,
    version: int | None,
    saved_by: str,
) -> bool:
    """Record what a table's views are made of; False where a save made the same views since `version`.

    The table's lock is held, so that nobody else makes them meanwhile. Raises VersionConflict.
    """
    where = {"schema": schema, "table": table}
    stored = connection.execute(
        sa.text(
            "SELECT v.*, to_regclass(quote_ident(v.target_schema) || '.' || quote_ident(v.target_table || :suffix))"
            " IS NOT NULL AS there"
            " FROM stackql_app.table_views v WHERE v.target_schema = :schema AND v.target_table = :table"
        ),
        {**where, "suffix": MATERIALISED},
    ).one_or_none()
    wanted = None if group_by is None else list(group_by)
    if stored is not None and stored.there and version is not None and version != stored.version:
        if stored.group_by == wanted:
            return False
        raise VersionConflict(
            f"The view of {schema}.{table}",
            [stored.version],
            list_differences(
                {"Counted by": _describe_group(wanted)}, {"Counted by": _describe_group(stored.group_by)}
            ),
            saved_by=stored.saved_by,
            saved_at=stored.saved_at,
        )
    connection.execute(
        sa.text(
            "INSERT INTO stackql_app.table_views AS v (target_schema, target_table, group_by, saved_by)"
            " VALUES (:schema, :table, CAST(:group_by AS text[]), :saved_by)"
            " ON CONFLICT (target_schema, target_table) DO UPDATE SET group_by = excluded.group_by,"
            " version = v.version + 1, saved_by = excluded.saved_by, saved_at = now()"
        ),
        {**where, "group_by": wanted, "saved_by": saved_by},
    )
    return True


def _describe_group(group_by: Sequence[str] | None) -> str:
    return "nothing: all columns and rows" if group_by is None else ", ".join(group_by)


def _compose_everything(
    schema: str, table: str, names: Sequence[str], keys: Sequence[str]
) -> tuple[Composable, list[str]]:
    """A SELECT of all rows, and the columns that tell one from another.

    For example:

        SELECT t."id", t."state",
          md5((t.*)::text) || '#' || row_number() OVER (PARTITION BY md5((t.*)::text)) AS "_row"
          FROM "inventory"."aws_ec2_instances" t
    """
    live = Identifier(schema, table)
    if keys:
        return SQL("SELECT {} FROM {}").format(compose_columns(names), live), [SCOPE, *keys]
    # rows without a key are told apart by their content, numbered where they are alike
    number = next(name for name in ("_row", "_row_key", "_row_number") if name not in names)
    return SQL(
        "SELECT {names}, md5((t.*)::text) || '#' || row_number() OVER (PARTITION BY md5((t.*)::text)) AS {number}"
        " FROM {live} t"
    ).format(names=compose_columns(names, "t"), number=Identifier(number), live=live), [number]


def _compose_counted(
    schema: str, table: str, names: Sequence[str], group_by: Sequence[str], appended: bool
) -> tuple[Composable, list[str]]:
    """A SELECT that counts rows by the chosen columns, and those columns.

    For example:

        SELECT "region", count(*) AS "rows" FROM "inventory"."aws_ec2_instances"
          WHERE "_run_id" = (SELECT max("_run_id") FROM "inventory"."aws_ec2_instances") GROUP BY "region"
    """
    chosen = list(dict.fromkeys(group_by))
    if not chosen:
        raise InvalidInput("No column was chosen to count by.", field="group_by")
    if unknown := [name for name in chosen if name not in names]:
        raise InvalidInput(f"{schema}.{table} has no column {', '.join(unknown)}.", field="group_by")
    live = Identifier(schema, table)
    count = next(name for name in ("rows", "row_count", "_rows") if name not in chosen)
    newest = (
        SQL("WHERE {0} = (SELECT max({0}) FROM {1})").format(Identifier(RUN_ID), live)
        if appended
        else SQL("")
    )
    return SQL("SELECT {0}, count(*) AS {1} FROM {2} {3} GROUP BY {0}").format(
        compose_columns(chosen), Identifier(count), live, newest
    ), chosen
