"""What a run is made from: the schedule, the query, and who owns a table; and the scheduler's marks."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from inventory_runner.errors import NotFound
from inventory_runner.models import LOCAL_JOB, Notifications, Query, RunStatus, Schedule, TableKind, WriteMode

# for so long at most no schedule fires because its last time lies ahead, as after a clock that was wrong was set right
LONGEST_STANDSTILL = timedelta(days=1)

_QUERY = (
    "q.id, q.name, q.query_text, q.description, q.provider, q.created_by, q.created_at, q.updated_at, q.version,"
    " q.saved_by"
)


def read_query(connection: sa.Connection, query_id: int) -> Query:
    """The saved query as it is now; raises NotFound."""
    row = connection.execute(
        sa.text(f"SELECT {_QUERY} FROM stackql_app.queries q WHERE q.id = :id"),  # noqa: S608 — fixed columns
        {"id": query_id},
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no saved query {query_id}.",
            hint="The IDE page lists the saved queries with their ids.",
        )
    return _make_query(row)


def read_schedule(connection: sa.Connection, schedule_id: int) -> tuple[Schedule, Query]:
    """The schedule and its query as they are now; raises NotFound."""
    row = connection.execute(
        sa.text(
            f"SELECT s.*, q.name AS query_name, {_alias_columns(_QUERY)} FROM stackql_app.schedules s"  # noqa: S608 — fixed columns
            " JOIN stackql_app.queries q ON q.id = s.query_id WHERE s.id = :id"
        ),
        {"id": schedule_id},
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no schedule {schedule_id}.", hint="The Schedules page lists the schedules that exist."
        )
    return _make_schedule(row), _make_query(row, "saved_")


def list_active_schedules(connection: sa.Connection) -> list[tuple[Schedule, datetime | None]]:
    """Every local schedule that is not paused, each with the newest cron time that was acted on.

    A schedule whose job is the platform's is fired by that job, and one without a job by nobody.
    """
    rows = connection.execute(
        sa.text(
            "SELECT s.*, q.name AS query_name FROM stackql_app.schedules s"
            " JOIN stackql_app.queries q ON q.id = s.query_id"
            " WHERE s.is_active AND starts_with(s.job_id, :local) ORDER BY s.id"
        ),
        {"local": LOCAL_JOB},
    )
    return [(_make_schedule(row), row.last_fired_at) for row in rows]


def mark_fired(connection: sa.Connection, schedule: Schedule, due: datetime) -> bool:
    """Take a cron time for ourselves: False where it was acted on before, or the schedule was changed meanwhile.

    A later time that was acted on stops an earlier one, so that no minute fires twice after a clock was set back; not
    where it lies more than LONGEST_STANDSTILL ahead: the clock was wrong then, and the schedule would stand still.
    """
    return (
        connection.execute(
            sa.text(
                "UPDATE stackql_app.schedules SET last_fired_at = :due"
                " WHERE id = :id AND is_active AND starts_with(job_id, :local)"
                " AND cron_expression = :cron AND timezone = :timezone"
                " AND updated_at = :updated_at AND (last_fired_at IS NULL OR last_fired_at < :due"
                " OR last_fired_at > :impossible)"
            ),
            {
                "id": schedule.id,
                "due": due,
                "local": LOCAL_JOB,
                "cron": schedule.cron_expression,
                "timezone": schedule.timezone,
                "updated_at": schedule.updated_at,
                "impossible": due + LONGEST_STANDSTILL,
            },
        ).rowcount
        == 1
    )


def set_active(database: sa.Engine, schedule_id: int, active: bool) -> None:
    """Pause or resume a schedule; raises NotFound. A resumed one goes on with its next time."""
    with database.begin() as connection:
        row = connection.execute(
            sa.text(
                "UPDATE stackql_app.schedules SET is_active = :active,"
                " updated_at = CASE WHEN is_active = :active THEN updated_at ELSE now() END"
                " WHERE id = :id RETURNING id"
            ),
            {"id": schedule_id, "active": active},
        ).one_or_none()
    if row is None:
        raise NotFound(f"There is no schedule {schedule_id}.")


def find_owner(connection: sa.Connection, schema: str, table: str) -> Schedule | None:
    """The schedule that keeps a table up to date."""
    row = connection.execute(
        sa.text(
            "SELECT s.*, q.name AS query_name FROM stackql_app.schedules s"
            " JOIN stackql_app.queries q ON q.id = s.query_id"
            " WHERE s.target_schema = :schema AND s.target_table = :table"
        ),
        {"schema": schema, "table": table},
    ).one_or_none()
    return None if row is None else _make_schedule(row)


def _alias_columns(columns: str) -> str:
    return ", ".join(f"{name} AS saved_{name.removeprefix('q.')}" for name in columns.split(", "))


def _make_query(row: sa.Row[tuple[object, ...]], prefix: str = "") -> Query:
    values = row._mapping
    return Query(
        id=values[f"{prefix}id"],
        name=values[f"{prefix}name"],
        query_text=values[f"{prefix}query_text"],
        description=values[f"{prefix}description"] or "",
        provider=values[f"{prefix}provider"] or "",
        created_by=values[f"{prefix}created_by"] or "",
        created_at=values[f"{prefix}created_at"],
        updated_at=values[f"{prefix}updated_at"],
        version=values[f"{prefix}version"],
        saved_by=values[f"{prefix}saved_by"] or "",
    )


def _make_schedule(row: sa.Row[tuple[object, ...]]) -> Schedule:
    values = row._mapping
    return Schedule(
        id=values["id"],
        query_id=values["query_id"],
        query_name=values["query_name"],
        cron_expression=values["cron_expression"],
        timezone=values["timezone"],
        target_schema=values["target_schema"],
        target_table=values["target_table"],
        write_mode=WriteMode(values["write_mode"]),
        key_columns=tuple(values["key_columns"]),
        ignored_columns=tuple(values["ignored_columns"]),
        unordered_columns=tuple(values["unordered_columns"]),
        ordered_columns=tuple(values["ordered_columns"]),
        parameter_values=values["parameter_values"],
        allow_empty=values["allow_empty"],
        adds_only=values["adds_only"],
        retention_days=values["retention_days"],
        is_active=values["is_active"],
        job_id=values["job_id"],
        created_by=values["created_by"] or "",
        last_run_at=values["last_run_at"],
        last_run_status=RunStatus(values["last_run_status"]) if values["last_run_status"] else None,
        created_at=values["created_at"],
        updated_at=values["updated_at"],
        version=values["version"],
        table_kind=TableKind(values["table_kind"]) if values["table_kind"] else None,
        owner=values["owner"],
        description=values["description"],
        notifications=Notifications.from_record(values["notifications"]),
    )
