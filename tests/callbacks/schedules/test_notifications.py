"""Notifications as plain functions, where no Databricks would send them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.components import text

from callbacks.schedules import notifications
from callbacks.schedules.bulk import act
from inventory_runner.models import Notifications
from layouts.schedules import listing, notify
from layouts.schedules.page import read_view
from services import Services
from services.models.core import NotificationChoices
from services.schedule_service.form import ScheduleForm
from services.schedule_service.notifications import TypedNotifications

pytestmark = pytest.mark.usefixtures("as_engineer")
TYPED = {"emails": "anna@example.com", "destinations": [], "failure": True, "minutes": "30"}


def test_where_nothing_is_sent_the_form_says_what_would_be(services: Services, schedule_id: int) -> None:
    listed = notifications.list_destinations(services, {"0a": "#ops"})
    # what was set in the deployed app is not called gone, for nobody was asked
    assert listed["options"] == [{"label": "#ops", "value": "0a"}]
    assert "Nothing is sent from here" in text(listed["note"])
    form = ScheduleForm.from_schedule(services.schedules.get(schedule_id))
    asked = replace(form, notify=TypedNotifications("anna@example.com", minutes="30"))
    said = services.schedules.check(asked).notes["notifications"]
    assert said.startswith("On Databricks, the job would tell anna@example.com, of failed")
    assert "'240'" not in said and "240" in str(
        services.schedules.check(replace(asked, notify=replace(asked.notify, minutes="240"))).problems
    )
    # neither an odd store nor odd values of controls is a defect
    assert notifications.list_destinations(services, [1, 2])["options"] == []
    odd = notifications.read_values({"emails": 7, "destinations": "x", "failure": ["a"], "minutes": 0})
    assert odd == TypedNotifications("7", (), True, "")


def test_unknown_destinations_are_said_to_be_unknown() -> None:
    unknown = NotificationChoices(unknown="Only admins may.", timeout_minutes=None)
    assert notify.list_options({"0a": "#ops"}, unknown) == [{"label": "#ops", "value": "0a"}]
    said = text(notify.list_note(notify.FORM, unknown))
    assert "are not known" in said and "Only admins may." in said and "Look again" in said
    assert "a run is ended is not known" in said
    none = NotificationChoices(destinations={}, always=Notifications(("oncall@example.com",)))
    assert "gone" in notify.list_options({"0a": "#ops"}, none)[0]["label"]
    said = text(notify.list_note(notify.FORM, none))
    assert "The workspace has none." in said and "template tells oncall@example.com" in said


def test_several_schedules_begin_with_what_they_share_and_are_given_the_same(
    services: Services, schedule_id: int
) -> None:
    asked = {"ids": [str(schedule_id)], "at": 1}
    assert notifications.open_dialog(services, asked)["values"]["emails"] == ""
    wrong = notifications.check_dialog(services, {**TYPED, "emails": "anna"}, asked, 1)
    assert wrong["problems"]["emails"] and not isinstance(wrong["checked"], dict)
    ready: dict[str, Any] = notifications.check_dialog(services, TYPED, asked, 1)["checked"]
    assert ready == {"ids": [str(schedule_id)], "notify": TYPED, "at": 1}
    done = act(services, {"action": "notify", "id": schedule_id, "notify": ready["notify"]})
    assert done["busy"] is False and "error" not in done
    kept = services.schedules.get(schedule_id)
    assert kept.notifications == Notifications(("anna@example.com",), {}, True, 30) and kept.version == 2
    assert notifications.open_dialog(services, asked)["values"]["minutes"] == "30"
    # one that is wrong by itself is named, and nothing of it is written
    refused = act(services, {"action": "notify", "id": schedule_id, "notify": {**TYPED, "minutes": "0"}})
    assert "is not a number of minutes" in refused["error"]
    assert services.schedules.get(schedule_id).version == 2
    # who is told is found by the list's search, and said in it
    schedules = services.schedules.list_schedules()
    assert listing.is_match(schedules[0], listing.Wanted("anna@")) and read_view({"q": "anna@"})["q"]
    assert "tells 1" in text(notify.bell(schedules[0])) and "from here nothing is" in notify.fact(
        schedules[0]
    )
