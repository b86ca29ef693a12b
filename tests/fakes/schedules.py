"""Schedules and their runs in the database, for tests of what shows them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services import Services
from services.models.core import Query, Schedule

REGIONS = ["us-east-1", "eu-west-1"]


def add_schedule(services: Services) -> int:
    """A schedule of two scopes whose job is local; returns its id."""
    query = services.db.save_query(
        Query("<b>Instances</b>", "SELECT 1 WHERE region = :region", provider="aws")
    )
    id = services.db.save_schedule(
        Schedule(query, "0 6 * * *", "aws_ec2_instances", parameter_values={"region": REGIONS})
    )
    services.db.schedules.set_schedule_job(id, f"local-{id}")
    return id


def add_run(services: Services, schedule_id: int, status: str, **values: Any) -> int:
    """A run that ended with the status, or goes on; returns its id."""
    columns = {
        "schedule_id": schedule_id,
        "target_schema": "stackql_inventory",
        "target_table": "aws_ec2_instances",
        "status": status,
        "scopes_total": 2,
        "scopes_ok": 2,
        **values,
    }
    with services.db.engine.begin() as connection:
        id = connection.execute(
            sa.text(
                f"INSERT INTO stackql_app.runs ({', '.join(columns)}) VALUES ({', '.join(f':{n}' for n in columns)})"
                " RETURNING id"
            ),
            columns,
        ).scalar_one()
        if status != "RUNNING":
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.schedules SET last_run_status = :status, last_run_at = now() WHERE id = :id"
                ),
                {"status": status, "id": schedule_id},
            )
    return int(id)
