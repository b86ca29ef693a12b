"""Schedules, and what hangs on them: `stackql_app.schedules`, and the tables that they keep.

Optimistic lock: a save names the version that it began from (`Schedule.version`), and is refused where another one was
saved since. Pausing, the job and runs write fields of their own, and are no version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg2.errors
import sqlalchemy as sa

from inventory_runner.errors import (
    InvalidInput,
    InventoryError,
    NotFound,
    VersionConflict,
    list_differences,
)
from inventory_runner.models import Notifications, RunStatus, Schedule, TableKind, WriteMode
from inventory_runner.platform.database import allow_long_statements
from inventory_runner.store import counting
from inventory_runner.store.names import OWN_COLUMNS
from inventory_runner.store.sql import SQL, Identifier, run
from services.db.base import Records, refuse_nul
from services.db.inbox import forget_states_of_table
from services.models.core import ListedSchedule, RunMark, RunProgress, TargetTable
from services.models.wording import describe_notifications, describe_table_kind, describe_write_mode
from services.users import current_user, limit_to_engineers

TREND_RUNS = 20
LOCK_TIMEOUT = "10s"
SELECT = (
    "SELECT s.*, q.name AS query_name, q.provider AS query_provider, t.row_count,"
    " t.scopes_ok, t.scopes_total, t.complete_at"
    " FROM stackql_app.schedules s JOIN stackql_app.queries q ON q.id = s.query_id"
    " LEFT JOIN stackql_app.inventory_tables t"
    " ON t.target_schema = s.target_schema AND t.target_table = s.target_table"
)
WRITTEN = (
    "query_id",
    "cron_expression",
    "timezone",
    "target_schema",
    "target_table",
    "write_mode",
    "key_columns",
    "ignored_columns",
    "unordered_columns",
    "ordered_columns",
    "parameter_values",
    "allow_empty",
    "adds_only",
    "retention_days",
    "table_kind",
    "owner",
    "description",
    "notifications",
)
# of JSON
JSON_COLUMNS = ("parameter_values", "notifications")
# what a table leaves behind in our own records; its runs stay
RECORDS_OF_TABLE = (
    ("stackql_app.table_scopes", "target_table"),
    ("stackql_app.table_history", "target_table"),
    ("stackql_app.table_views", "target_table"),
    ("stackql_inventory.resource_changes", "table_name"),
)
DEPENDENT_VIEWS = (
    "WITH RECURSIVE found AS (SELECT CAST(to_regclass(:name) AS oid) AS oid UNION"
    " SELECT r.ev_class FROM found f JOIN pg_depend d ON d.refobjid = f.oid AND d.refclassid = 'pg_class'::regclass"
    " JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass)"
    " SELECT DISTINCT n.nspname || '.' || c.relname FROM found f JOIN pg_class c ON c.oid = f.oid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid <> to_regclass(:name) ORDER BY 1"
)


class RunUnderWay(InventoryError):
    """The schedule has a run that is not over, so it cannot go now."""

    code = "run_under_way"
    title = "A run is under way"
    default_hint = "Cancel it, or wait until it has ended."


class TableBusy(InventoryError):
    """Someone reads or writes the table for so long that it could not be dropped; nothing was changed."""

    code = "table_in_use"
    title = "The table is in use"
    default_hint = "Try again when the other work has ended, or keep the table."


class ScheduleRecords(Records):
    """Reads and writes schedules; whether their values make sense is `services.schedule_service`'s to say."""

    @limit_to_engineers
    def get_schedules(self) -> list[ListedSchedule]:
        """Every schedule, by its query's name and table, with what its table holds and how its runs went."""
        return self._list_where("")

    @limit_to_engineers
    def get_schedule(self, id: int) -> ListedSchedule | None:
        """One schedule as `get_schedules` gives it, or None."""
        found = self._list_where(" WHERE s.id = :id", id=id)
        return found[0] if found else None

    @limit_to_engineers
    def save_schedule(self, schedule: Schedule) -> int:
        """Insert a schedule and return its id; raises InvalidInput where another one keeps its table.

        For example:

            INSERT INTO stackql_app.schedules (query_id, …) VALUES (:query_id, …) RETURNING id
        """
        with self.transaction() as connection, _translate_conflicts(connection, schedule, None):
            names = (*WRITTEN, "is_active", "created_by", "saved_by", "saved_at", "job_id")
            return int(
                connection.execute(
                    sa.text(
                        f"INSERT INTO stackql_app.schedules ({', '.join(names)})"  # noqa: S608 — fixed columns
                        f" VALUES ({', '.join(_bind_column(name) for name in names)}) RETURNING id"
                    ),
                    {
                        **_list_values(schedule),
                        "is_active": schedule.is_active,
                        "created_by": schedule.created_by or current_user().name,
                        "saved_by": current_user().name,
                        "saved_at": datetime.now(UTC),
                        "job_id": schedule.job_id,
                    },
                ).scalar_one()
            )

    @limit_to_engineers
    def update_schedule(self, id: int, schedule: Schedule) -> None:
        """Change everything but the pause, the job, the author and the last run.

        schedule.version: the one that the change began from. A save that changes nothing is done already, whatever it
        began from. A table that it no longer keeps stays and becomes unmanaged. Raises InvalidInput, NotFound,
        VersionConflict.

        For example:

            UPDATE stackql_app.schedules SET query_id = :query_id, cron_expression = :cron_expression, …
              parameter_values = CAST(:parameter_values AS jsonb), … version = version + 1, saved_by = :saved_by,
              saved_at = now(), updated_at = now() WHERE id = :id
        """
        with self.transaction() as connection, _translate_conflicts(connection, schedule, id):
            stored = connection.execute(
                sa.text(
                    "SELECT s.*, q.name AS query_name FROM stackql_app.schedules s"
                    " JOIN stackql_app.queries q ON q.id = s.query_id WHERE s.id = :id FOR NO KEY UPDATE OF s"
                ),
                {"id": id},
            ).one_or_none()
            if stored is None:
                raise make_schedule_not_found(id)
            if all(stored._mapping[name] == value for name, value in _list_plain(schedule).items()):
                return
            if schedule.version != stored.version:
                raise VersionConflict(
                    f"The schedule of {stored.target_table}",
                    [stored.version],
                    list_differences(
                        _describe(_list_plain(schedule), schedule.query_name),
                        _describe(dict(stored._mapping), stored.query_name),
                    ),
                    saved_by=stored.saved_by or "",
                    saved_at=stored.saved_at,
                )
            values = ", ".join(f"{name} = {_bind_column(name)}" for name in WRITTEN)
            connection.execute(
                sa.text(
                    f"UPDATE stackql_app.schedules SET {values}, version = version + 1,"  # noqa: S608
                    " saved_by = :saved_by, saved_at = now(), updated_at = now() WHERE id = :id"
                ),
                {**_list_values(schedule), "id": id, "saved_by": current_user().name},
            )
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.inventory_tables SET schedule_id = NULL WHERE schedule_id = :id"
                    " AND (target_schema, target_table) <> (:target_schema, :target_table)"
                ),
                {"id": id, "target_schema": schedule.target_schema, "target_table": schedule.target_table},
            )

    @limit_to_engineers
    def set_schedule_active(self, id: int, active: bool) -> None:
        """Pause or resume; raises NotFound."""
        with self.transaction() as connection:
            changed = connection.execute(
                sa.text(
                    "UPDATE stackql_app.schedules SET is_active = :active,"
                    " updated_at = CASE WHEN is_active = :active THEN updated_at ELSE now() END WHERE id = :id"
                ),
                {"id": id, "active": active},
            ).rowcount
        if not changed:
            raise make_schedule_not_found(id)

    @limit_to_engineers
    def set_schedule_job(self, id: int, job_id: str | None, error: str = "") -> None:
        """Note the schedule's job, or why there is none that matches it."""
        with self.transaction() as connection:
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.schedules SET job_id = :job_id, job_error = :error WHERE id = :id"
                ),
                {"id": id, "job_id": job_id, "error": error.replace("\0", "")},
            )

    @limit_to_engineers
    def delete_schedule(
        self, id: int, drop_table: bool = False, remove_job: Callable[[str], None] | None = None
    ) -> None:
        """Remove a schedule. Its table stays, unmanaged, unless told otherwise; its runs stay either way.

        drop_table removes the table, the views over it, and what was recorded of its rows. remove_job is called with
        the id of the job that it has, last and before the commit: where it fails, all stays. A run that is started
        meanwhile waits for the schedule's row, and is refused because it is gone. Raises NotFound, RunUnderWay,
        TableBusy.
        """
        with self.transaction() as connection:
            row = connection.execute(
                sa.text(
                    "SELECT target_schema, target_table, job_id FROM stackql_app.schedules"
                    " WHERE id = :id FOR UPDATE"
                ),
                {"id": id},
            ).one_or_none()
            if row is None:
                raise make_schedule_not_found(id)
            running = connection.execute(
                sa.text(
                    "SELECT EXISTS (SELECT FROM stackql_app.runs WHERE status = 'RUNNING'"
                    " AND target_schema = :target_schema AND target_table = :target_table)"
                ),
                dict(row._mapping),
            ).scalar_one()
            if running:
                raise RunUnderWay(
                    f"A run of {row.target_schema}.{row.target_table} has begun, so the schedule was not deleted."
                )
            if drop_table:
                # before the table's record, which a merge of another table could wait for while it holds this lock
                _lock_counting(connection, f"{row.target_schema}.{row.target_table} could not be dropped.")
            connection.execute(sa.text("DELETE FROM stackql_app.schedules WHERE id = :id"), {"id": id})
            if drop_table:
                _drop(connection, row.target_schema, row.target_table)
            if row.job_id and remove_job is not None:
                remove_job(row.job_id)

    @limit_to_engineers
    def set_table_kind(self, schema: str, table: str, kind: TableKind) -> None:
        """Let a table's rows be counted as this kind from now on; a table that was never loaded learns it then.

        Raises TableBusy while a merge counts.
        """
        with self.transaction() as connection:
            _lock_counting(connection, f"What {schema}.{table} holds could not be counted anew.")
            counting.set_kind(connection, schema, table, kind, datetime.now(UTC))

    @limit_to_engineers
    def get_target(self, schema: str, table: str) -> TargetTable:
        """What stands at that name now, and which schedule keeps it."""
        with self.transaction() as connection:
            row = connection.execute(
                sa.text(
                    "SELECT n.oid IS NOT NULL AS schema_exists, coalesce(c.relkind::text, '') AS kind,"
                    " s.id AS owner_id, coalesce(q.name, '') AS owner_name, t.target_table IS NOT NULL AS recorded,"
                    " coalesce(t.write_mode, 'replace') AS write_mode, coalesce(t.key_columns, '{}') AS key_columns,"
                    " coalesce(t.row_count, 0) AS rows,"
                    " (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}')"
                    " FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns"
                    " FROM (SELECT CAST(:schema AS text) AS schema, CAST(:table AS text) AS name) w"
                    " LEFT JOIN pg_namespace n ON n.nspname = w.schema"
                    " LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name"
                    " LEFT JOIN stackql_app.schedules s ON s.target_schema = w.schema AND s.target_table = w.name"
                    " LEFT JOIN stackql_app.queries q ON q.id = s.query_id"
                    " LEFT JOIN stackql_app.inventory_tables t"
                    " ON t.target_schema = w.schema AND t.target_table = w.name"
                ),
                {"schema": schema, "table": table},
            ).one()
        values = dict(row._mapping)
        values["write_mode"] = WriteMode(values["write_mode"])
        values["key_columns"] = tuple(values["key_columns"])
        values["columns"] = tuple(name for name in values["columns"] if name not in OWN_COLUMNS)
        return TargetTable(**values)

    @limit_to_engineers
    def get_table_scopes(self, schema: str, table: str) -> dict[str, int]:
        """Scope key → rows that the table holds of it."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT scope, rows FROM stackql_app.table_scopes"
                    " WHERE target_schema = :schema AND target_table = :table"
                ),
                {"schema": schema, "table": table},
            )
            return {row.scope: row.rows for row in rows}

    @limit_to_engineers
    def get_dependent_views(self, schema: str, table: str) -> list[str]:
        """The views and materialised views over a table, directly or through others, as `schema.name`."""
        with self.transaction() as connection:
            quoted = connection.dialect.identifier_preparer.quote
            name = f"{quoted(schema)}.{quoted(table)}"
            return [row[0] for row in connection.execute(sa.text(DEPENDENT_VIEWS), {"name": name})]

    @limit_to_engineers
    def count_changes(self, schema: str, table: str) -> int:
        """How many changes of a table's rows are recorded."""
        with self.transaction() as connection:
            return int(
                connection.execute(
                    sa.text(
                        "SELECT count(*) FROM stackql_inventory.resource_changes"
                        " WHERE target_schema = :schema AND table_name = :table"
                    ),
                    {"schema": schema, "table": table},
                ).scalar_one()
            )

    @limit_to_engineers
    def count_watches(self, schema: str, table: str) -> int:
        """How many watches people have on a table and its resources."""
        with self.transaction() as connection:
            return int(
                connection.execute(
                    sa.text(
                        "SELECT count(*) FROM stackql_app.watches WHERE kind IN ('table', 'resource')"
                        " AND target->>'schema' = :schema AND target->>'table' = :table"
                    ),
                    {"schema": schema, "table": table},
                ).scalar_one()
            )

    def _list_where(self, where: str, **values: object) -> list[ListedSchedule]:
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(f"{SELECT}{where} ORDER BY lower(q.name), s.target_table, s.id"), values
            ).all()
            ids = [row.id for row in rows]
            trends = _read_trends(connection, ids)
            running = _read_progress(connection, ids)
        return [_make_schedule(row, trends.get(row.id, ()), running.get(row.id)) for row in rows]


@contextmanager
def _translate_conflicts(connection: sa.Connection, schedule: Schedule, id: int | None) -> Iterator[None]:
    """Turns the database's refusal of a schedule into words that name the field. id: the schedule's own."""
    for name in ("cron_expression", "timezone", "target_schema", "target_table", "owner", "description"):
        refuse_nul(name, getattr(schedule, name))
    other = connection.execute(
        sa.text(
            "SELECT s.id, q.name FROM stackql_app.schedules s JOIN stackql_app.queries q ON q.id = s.query_id"
            " WHERE s.target_schema = :schema AND s.target_table = :table AND s.id IS DISTINCT FROM CAST(:id AS int)"
        ),
        {"schema": schedule.target_schema, "table": schedule.target_table, "id": id},
    ).one_or_none()
    if other is not None:
        raise make_table_taken(schedule.target_schema, schedule.target_table, other.id, other.name)
    try:
        yield
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, psycopg2.errors.UniqueViolation):
            # the other one was saved at this very moment
            raise InvalidInput(
                f"Another schedule keeps {schedule.target_schema}.{schedule.target_table} up to date.",
                field="target_table",
                hint="Choose another name.",
            ) from error
        if isinstance(error.orig, psycopg2.errors.ForeignKeyViolation):
            raise InvalidInput(
                f"There is no saved query {schedule.query_id}.", field="query_id", hint="Choose another one."
            ) from error
        raise


def make_table_taken(schema: str, table: str, id: int, query_name: str) -> InvalidInput:
    """Why a target cannot be had: one table belongs to one schedule."""
    return InvalidInput(
        f"{schema}.{table} is kept up to date by schedule {id} (“{query_name}”).",
        field="target_table",
        hint="Choose another name, or edit that schedule.",
    )


def make_schedule_not_found(id: int) -> NotFound:
    """Why a schedule cannot be had."""
    return NotFound(f"There is no schedule {id}.", hint="Someone may have deleted it.")


def _bind_column(name: str) -> str:
    return f"CAST(:{name} AS jsonb)" if name in JSON_COLUMNS else f":{name}"


def _list_plain(schedule: Schedule) -> dict[str, Any]:
    """Column → value, as the driver reads them."""
    values: dict[str, Any] = {name: getattr(schedule, name) for name in WRITTEN}
    values["write_mode"] = schedule.write_mode.value
    values["table_kind"] = schedule.table_kind.value if schedule.table_kind else ""
    values["key_columns"] = list(schedule.key_columns)
    values["ignored_columns"] = list(schedule.ignored_columns)
    values["parameter_values"] = {name: list(listed) for name, listed in schedule.parameter_values.items()}
    values["unordered_columns"] = list(schedule.unordered_columns)
    values["ordered_columns"] = list(schedule.ordered_columns)
    values["notifications"] = schedule.notifications.as_record()
    return values


def _list_values(schedule: Schedule) -> dict[str, object]:
    values = _list_plain(schedule)
    return {**values, **{name: json.dumps(values[name]) for name in JSON_COLUMNS}}


def _describe(values: Mapping[str, Any], query_name: str) -> dict[str, str]:
    """The fields that a conflict compares, in the page's words."""
    retention = values["retention_days"]
    return {
        "Query": query_name or f"query {values['query_id']}",
        **{f"Values of :{name}": ", ".join(listed) for name, listed in values["parameter_values"].items()},
        "Cron expression": values["cron_expression"],
        "Time zone": values["timezone"],
        "Table": f"{values['target_schema']}.{values['target_table']}",
        "How rows are written": describe_write_mode(WriteMode(values["write_mode"])),
        "What its rows are": describe_table_kind(values["table_kind"]),
        "Key": ", ".join(values["key_columns"]) or "the whole row",
        "Ignored columns": ", ".join(values["ignored_columns"]),
        "An empty answer": "removes rows" if values["allow_empty"] else "keeps rows",
        "A list that cannot be finished": "adds and changes only"
        if values["adds_only"]
        else "leaves the run partial",
        "Owner": values["owner"] or "who created it",
        "Description": values["description"],
        "Notifications": describe_notifications(Notifications.from_record(values["notifications"])),
        "Days to keep changes": "for ever" if retention is None else str(retention),
    }


def _lock_counting(connection: sa.Connection, otherwise: str) -> None:
    """Keep merges from counting; raises TableBusy, saying what could not be done."""
    # counts are made anew from all rows
    allow_long_statements(connection)
    try:
        counting.lock(connection, LOCK_TIMEOUT)
    except sa.exc.OperationalError as error:
        if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise TableBusy(f"{otherwise} Runs are being written.") from error
        raise


def _drop(connection: sa.Connection, schema: str, table: str) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        run(connection, SQL("DROP TABLE IF EXISTS {} CASCADE").format(Identifier(schema, table)))
    except sa.exc.OperationalError as error:
        if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise TableBusy(f"{schema}.{table} could not be dropped. The schedule is unchanged.") from error
        raise
    for records, column in RECORDS_OF_TABLE:
        connection.execute(
            sa.text(f"DELETE FROM {records} WHERE target_schema = :schema AND {column} = :table"),  # noqa: S608
            {"schema": schema, "table": table},
        )
    forget_states_of_table(connection, schema, table)
    counting.forget(connection, schema, table, datetime.now(UTC))


def _read_trends(connection: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[RunMark, ...]]:
    rows = connection.execute(
        sa.text(
            "SELECT r.* FROM unnest(CAST(:ids AS int[])) AS s (id) CROSS JOIN LATERAL (SELECT schedule_id, id, status,"
            " started_at, finished_at, rows_total, scopes_ok, scopes_total, message FROM stackql_app.runs"
            " WHERE schedule_id = s.id ORDER BY started_at DESC, id DESC LIMIT :limit) r ORDER BY r.started_at, r.id"
        ),
        {"ids": list(ids), "limit": TREND_RUNS},
    )
    found: dict[int, list[RunMark]] = {}
    for row in rows:
        values = dict(row._mapping)
        values["status"] = RunStatus(values["status"])
        found.setdefault(values.pop("schedule_id"), []).append(RunMark(**values))
    return {id: tuple(marks) for id, marks in found.items()}


def _read_progress(connection: sa.Connection, ids: Sequence[int]) -> dict[int, RunProgress]:
    rows = connection.execute(
        sa.text(
            "SELECT r.schedule_id, r.id AS run_id, r.started_at, r.cancel_requested,"
            " greatest(r.scopes_total, count(s.scope)) AS scopes_total, coalesce(sum(s.rows), 0)::bigint AS rows,"
            " count(s.scope) FILTER (WHERE s.status NOT IN ('pending', 'running')) AS scopes_done"
            " FROM stackql_app.runs r LEFT JOIN stackql_app.run_scopes s ON s.run_id = r.id"
            " WHERE r.status = 'RUNNING' AND r.schedule_id = ANY(:ids) GROUP BY r.id"
        ),
        {"ids": list(ids)},
    )
    found = {}
    for row in rows:
        values = dict(row._mapping)
        schedule_id = values.pop("schedule_id")
        found[schedule_id] = RunProgress(**values)
    return found


def _make_schedule(
    row: sa.Row[Any], trend: tuple[RunMark, ...] = (), running: RunProgress | None = None
) -> ListedSchedule:
    values = row._mapping
    plain = {
        name: values[name]
        for name in (
            "id",
            "query_id",
            "query_name",
            "cron_expression",
            "timezone",
            "target_schema",
            "target_table",
            "parameter_values",
            "allow_empty",
            "adds_only",
            "retention_days",
            "is_active",
            "job_id",
            "job_error",
            "last_run_at",
            "created_at",
            "updated_at",
            "complete_at",
            "version",
            "owner",
            "description",
        )
    }
    return ListedSchedule(
        **plain,
        write_mode=WriteMode(values["write_mode"]),
        table_kind=TableKind(values["table_kind"]) if values["table_kind"] else None,
        key_columns=tuple(values["key_columns"]),
        ignored_columns=tuple(values["ignored_columns"]),
        unordered_columns=tuple(values["unordered_columns"]),
        ordered_columns=tuple(values["ordered_columns"]),
        notifications=Notifications.from_record(values["notifications"]),
        created_by=values["created_by"] or "",
        provider=values["query_provider"] or "",
        last_run_status=RunStatus(values["last_run_status"]) if values["last_run_status"] else None,
        rows=values["row_count"],
        scopes_ok=values["scopes_ok"] or 0,
        scopes_total=values["scopes_total"] or 0,
        trend=trend,
        running=running,
    )
