"""What the buttons of a schedule do."""

from __future__ import annotations

import pytest
from fakes.components import text
from fakes.schedules import add_run

from callbacks.schedules.actions import act
from callbacks.schedules.page import show_list
from inventory_runner.errors import InventoryError
from layouts.schedules.page import read_view
from services import Services

pytestmark = pytest.mark.usefixtures("as_engineer")


def test_buttons_do_what_they_say(services: Services, schedule_id: int) -> None:
    assert act(services, "pause", str(schedule_id)) is None
    assert not services.schedules.get(schedule_id).is_active
    assert act(services, "resume", str(schedule_id)) is None
    assert services.schedules.get(schedule_id).is_active
    assert "There is no schedule" in text(act(services, "pause", "4711"))
    assert "There is no schedule" in text(act(services, "run", "1 OR 1=1"))
    assert act(services, "drop", "1") is None
    run = add_run(services, schedule_id, "SUCCESS")
    told = text(act(services, "cancel", str(run)))
    assert "Nothing to cancel" in told
    assert "already ended" in told


def test_a_retry_that_fails_again_says_why(
    services: Services, schedule_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.db.schedules.set_schedule_job(schedule_id, None, "refused")

    def refuse(*_given: object) -> str:
        raise InventoryError("Still refused.")

    with monkeypatch.context() as patch:
        patch.setattr(services.jobs, "create_inventory_job", refuse)
        assert "Still refused." in text(act(services, "retry", str(schedule_id)))
        assert "No job" in text(show_list(services, read_view({}), None)["list"])
    assert act(services, "retry", str(schedule_id)) is None
    assert services.schedules.get(schedule_id).job_error == ""
