"""What is told before a schedule is deleted."""

from __future__ import annotations

import pytest
from fakes.components import text

from callbacks.schedules.deletion import describe_losses
from services import Services

pytestmark = pytest.mark.usefixtures("as_engineer")


def test_deleting_names_what_goes_and_what_stays(services: Services, schedule_id: int) -> None:
    nothing = text(describe_losses(services.schedules.find_losses(schedule_id), "keep"))
    assert "aws_ec2_instances" not in nothing
    with services.db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stackql_inventory.aws_ec2_instances (a int)")
        connection.exec_driver_sql(
            "CREATE VIEW stackql_inventory.of_it AS SELECT * FROM stackql_inventory.aws_ec2_instances"
        )
        connection.exec_driver_sql(
            "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, row_count)"
            " VALUES ('stackql_inventory', 'aws_ec2_instances', 1234)"
        )
    losses = services.schedules.find_losses(schedule_id)
    kept = text(describe_losses(losses, "keep"))
    assert kept.index("Stays") < kept.index("1,234 rows") and "of_it" not in kept
    dropped = text(describe_losses(losses, "drop"))
    assert dropped.index("1,234 rows") < dropped.index("Stays") and "stackql_inventory.of_it" in dropped
