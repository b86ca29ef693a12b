"""The runs of the sample's history: which of a day were made, and what an interruption left of them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from inventory_runner.models import RunStatus

# a run that ended by itself; an interrupted one wrote no row of its table
ENDED = [str(status) for status in (RunStatus.SUCCESS, RunStatus.PARTIAL, RunStatus.FAILED)]


def list_schedules(database: sa.Engine) -> list[int]:
    """The sample's schedules in the order of their making; without those that were deleted since."""
    with database.connect() as connection:
        return list(
            connection.execute(
                sa.text("SELECT id FROM stackql_app.schedules WHERE created_by = 'starter' ORDER BY id")
            ).scalars()
        )


def list_made(database: sa.Engine, at: datetime) -> set[int]:
    """The schedules that have their run of a day. at: the day's time."""
    with database.connect() as connection:
        return set(
            connection.execute(
                sa.text(
                    "SELECT schedule_id FROM stackql_app.runs"
                    " WHERE trigger = 'seed' AND as_of = :at AND status = ANY(:ended)"
                ),
                {"at": at, "ended": ENDED},
            ).scalars()
        )


def forget_interrupted(database: sa.Engine) -> None:
    """Remove the records of runs that were interrupted: they are made again."""
    with database.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM stackql_app.runs WHERE trigger = 'seed' AND status <> ALL(:ended)"),
            {"ended": ENDED},
        )
