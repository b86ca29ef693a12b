"""What the schedules' runs did, as the pages show it: `stackql_app.runs` and `.run_scopes`.

The runner writes these (`inventory_runner.store.runs`); here they are only read.
"""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.models import Change, Run, Scope, ScopeStatus
from inventory_runner.store.run_reads import make_run
from services.db.base import Records
from services.models.core import RunChange, TimedScope
from services.users import limit_to_engineers

MOST_RUNS = 500
MOST_CHANGES = 200


class RunRecords(Records):
    """Reads runs, the newest first."""

    @limit_to_engineers
    def get_runs(self, schedule_id: int, limit: int = 50, offset: int = 0) -> list[Run]:
        """A schedule's newest runs; at most 500. offset: how many newer ones are left out."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT * FROM stackql_app.runs WHERE schedule_id = :id"
                    " ORDER BY started_at DESC, id DESC LIMIT :limit OFFSET :offset"
                ),
                {"id": schedule_id, "limit": max(1, min(limit, MOST_RUNS)), "offset": max(0, offset)},
            )
            return [make_run(row) for row in rows]

    @limit_to_engineers
    def count_runs(self, schedule_id: int) -> int:
        """How many runs of a schedule are recorded."""
        with self.transaction() as connection:
            return int(
                connection.execute(
                    sa.text("SELECT count(*) FROM stackql_app.runs WHERE schedule_id = :id"),
                    {"id": schedule_id},
                ).scalar_one()
            )

    @limit_to_engineers
    def get_run(self, id: int) -> Run | None:
        """One run, or None."""
        with self.transaction() as connection:
            row = connection.execute(
                sa.text("SELECT * FROM stackql_app.runs WHERE id = :id"), {"id": id}
            ).one_or_none()
        return make_run(row) if row else None

    @limit_to_engineers
    def get_run_scopes(self, run_id: int) -> list[TimedScope]:
        """A run's scopes in the order of the schedule's values."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text("SELECT * FROM stackql_app.run_scopes WHERE run_id = :id ORDER BY ordinal, scope"),
                {"id": run_id},
            )
            return [
                TimedScope(
                    run_id=row.run_id,
                    scope=Scope.from_key(row.scope),
                    status=ScopeStatus(row.status),
                    rows=row.rows,
                    duration=row.duration_ms / 1000,
                    attempts=row.attempts,
                    message=row.message,
                    details=row.details,
                    started_at=row.started_at,
                )
                for row in rows
            ]

    @limit_to_engineers
    def get_run_changes(self, run: Run, limit: int = MOST_CHANGES) -> list[RunChange]:
        """What a run added, removed and changed; at most 200."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT change, resource_key, scope, changed_columns FROM stackql_inventory.resource_changes"
                    " WHERE target_schema = :schema AND table_name = :table AND run_id = :id ORDER BY id LIMIT :limit"
                ),
                {
                    "schema": run.target_schema,
                    "table": run.target_table,
                    "id": run.id,
                    "limit": max(1, min(limit, MOST_CHANGES)),
                },
            )
            return [
                RunChange(
                    Change(row.change),
                    row.resource_key,
                    Scope.from_key(row.scope),
                    tuple(row.changed_columns or ()),
                )
                for row in rows
            ]

    @limit_to_engineers
    def get_running(self) -> list[Run]:
        """Every run under way, also those without a schedule; the oldest first."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text("SELECT * FROM stackql_app.runs WHERE status = 'RUNNING' ORDER BY started_at, id")
            )
            return [make_run(row) for row in rows]
