"""Reading a run's record."""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.errors import NotFound
from inventory_runner.models import Run, RunScope, RunStatus, Scope, ScopeStatus


def get(database: sa.Engine, run_id: int) -> Run:
    """The run; raises NotFound."""
    with database.begin() as connection:
        row = connection.execute(
            sa.text("SELECT * FROM stackql_app.runs WHERE id = :id"), {"id": run_id}
        ).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return make_run(row)


def find_latest_run(database: sa.Engine, schedule_id: int) -> Run | None:
    """A schedule's newest run."""
    with database.begin() as connection:
        row = connection.execute(
            sa.text(
                "SELECT * FROM stackql_app.runs WHERE schedule_id = :id ORDER BY started_at DESC, id DESC LIMIT 1"
            ),
            {"id": schedule_id},
        ).one_or_none()
    return None if row is None else make_run(row)


def list_open_runs(database: sa.Engine) -> list[int]:
    """The ids of the runs that are under way."""
    with database.begin() as connection:
        return list(
            connection.execute(sa.text("SELECT id FROM stackql_app.runs WHERE status = 'RUNNING'")).scalars()
        )


def list_scopes(database: sa.Engine, run_id: int) -> list[RunScope]:
    """A run's scopes, in the order of the schedule's values."""
    with database.begin() as connection:
        rows = connection.execute(
            sa.text("SELECT * FROM stackql_app.run_scopes WHERE run_id = :id ORDER BY ordinal"),
            {"id": run_id},
        )
        return [
            RunScope(
                run_id,
                Scope.from_key(row.scope),
                ScopeStatus(row.status),
                row.rows,
                row.duration_ms / 1000,
                row.attempts,
                row.message,
                row.details,
            )
            for row in rows
        ]


def make_run(row: sa.Row[tuple[object, ...]]) -> Run:
    """A row of `stackql_app.runs` with all its columns."""
    values = dict(row._mapping)
    values["status"] = RunStatus(values["status"])
    values["warnings"] = tuple(values["warnings"])
    return Run(**{name: values[name] for name in Run.__dataclass_fields__})
