"""Whether the order of a column's lists counts: from the form as it is typed to what a run records."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from fakes.engine import ScriptedEngine
from fakes.world import QUICK

from inventory_runner.runs.run import run
from services.db import DatabaseService
from services.models.core import Query, RunStatus
from services.schedule_service.form import ScheduleForm, check

pytestmark = pytest.mark.usefixtures("as_engineer")

RESULT = ({"Action": ["a", "b"]}, ["sg-1", "sg-2"])


@pytest.mark.parametrize(
    ("unordered", "ordered", "changed"),
    [
        ("", "", [["policy"]]),
        ("policy", "", []),
        ("", "groups", [["policy", "groups"]]),
        ("policy", "groups", [["groups"]]),
    ],
)
def test_what_is_typed_into_the_form_decides_what_a_run_calls_a_change(
    engine: sa.Engine, unordered: str, ordered: str, changed: list[list[str]]
) -> None:
    db = DatabaseService(engine)
    query = db.save_query(Query("Groups", "SELECT id, policy, groups FROM aws.ec2.security_groups"))
    form = ScheduleForm(
        query_id=query,
        cron_expression="0 6 * * *",
        target_table="groups",
        key_columns="id",
        unordered_columns=unordered,
        ordered_columns=ordered,
    )
    checked = check(form, db.queries, db.schedules)
    assert checked.schedule is not None, checked.problems
    id = db.save_schedule(checked.schedule)
    kept = db.schedules.get_schedule(id)
    assert kept is not None and ScheduleForm.from_schedule(kept).unordered_columns == unordered

    def answer(policy: dict[str, Any], groups: list[str]) -> None:
        cloud.answer("", [{"id": "a", "policy": policy, "groups": groups}])
        assert run(engine, cloud, schedule_id=id, limits=QUICK).status is RunStatus.SUCCESS

    cloud = ScriptedEngine()
    policy, groups = RESULT
    answer(policy, groups)
    answer({"Action": policy["Action"][::-1]}, groups[::-1])
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT changed_columns FROM stackql_inventory.resource_changes ORDER BY id"
        )
        assert [row[0] for row in found] == changed
