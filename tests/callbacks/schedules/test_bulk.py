"""One thing done to many schedules: each is checked by itself, and one that fails is named and costs no other."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from fakes.components import words
from fakes.schedules import add_run

from callbacks.schedules.bulk import act
from inventory_runner.errors import NotAllowed
from layouts.schedules.bulk import losses, never_ran
from services import Services
from services.schedule_service import service
from services.users import NOBODY, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")


def test_each_is_done_or_says_why_not(services: Services, schedule_id: int) -> None:
    done = act(services, {"action": "pause", "id": schedule_id, "at": 1})
    assert done == {
        "action": "pause",
        "id": schedule_id,
        "at": 1,
        "name": "aws_ec2_instances",
        "busy": False,
    }
    assert not services.schedules.get(schedule_id).is_active
    assert act(services, {"action": "resume", "id": schedule_id})["busy"] is False
    assert services.schedules.get(schedule_id).is_active
    gone = act(services, {"action": "run", "id": 4711})
    assert (gone["name"], gone["error"]) == (
        "schedule 4711",
        "There is no schedule 4711. Someone may have deleted it.",
    )
    assert act(services, {"action": "drop", "id": schedule_id})["error"] == "There is no such action."
    add_run(services, schedule_id, "RUNNING")
    kept = act(services, {"action": "delete", "id": schedule_id})
    assert kept["name"] == "aws_ec2_instances" and "is being read at the moment" in kept["error"]


def test_a_defect_of_one_is_named_and_costs_no_other(services: Services, schedule_id: int) -> None:
    with patch.object(services.schedules, "pause", side_effect=RuntimeError("secret")):
        said = act(services, {"action": "pause", "id": schedule_id})
    assert "A defect of the app" in said["error"] and "secret" not in said["error"]


def test_no_run_begins_while_many_are_under_way(services: Services, schedule_id: int) -> None:
    add_run(services, schedule_id, "RUNNING")
    with patch.object(service, "MOST_RUNNING", 1), patch.object(services.jobs, "run_now") as started:
        assert act(services, {"action": "run", "id": schedule_id})["busy"] is True
        started.assert_not_called()
        with patch.object(service, "MOST_RUNNING", 2):
            assert act(services, {"action": "run", "id": schedule_id})["busy"] is False
        started.assert_called_once()


def test_a_viewer_does_nothing(services: Services, schedule_id: int) -> None:
    with act_as(NOBODY):
        for action in ("run", "pause", "resume", "notify", "delete"):
            assert "error" in act(services, {"action": action, "id": schedule_id})
        with pytest.raises(NotAllowed):
            services.schedules.run_unless_busy(schedule_id)


def test_what_never_ran_is_offered_until_it_ran(services: Services, schedule_id: int) -> None:
    button = never_ran(services.schedules.list_schedules())
    assert getattr(button, "data-ids") == str(schedule_id)
    add_run(services, schedule_id, "FAILED")
    assert never_ran(services.schedules.list_schedules()) is None


def test_what_is_deleted_is_named() -> None:
    said = words(losses([f"table_{number}" for number in range(12)]))
    assert "table_9" in said and "table_10" not in said and "and 2 more" in said and "their tables" in said
