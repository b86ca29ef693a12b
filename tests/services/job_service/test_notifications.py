"""Whom a job tells: what is written into it by the real SDK, what the workspace refuses, what is seen to differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from databricks.sdk.service.jobs import JobSettings
from fakes.workspace import TEMPLATE_JOB, FakeWorkspace, fake_workspace
from hypothesis import given
from hypothesis import strategies as st

from app.settings import read_settings
from inventory_runner.errors import InvalidInput
from inventory_runner.models import Notifications, Query
from services import Services, build
from services.job_service.databricks import DatabricksJobs
from services.job_service.notifications import (
    MOST_DESTINATIONS,
    read_notifications,
    summarise,
    write_notifications,
)
from services.models.core import ListedSchedule
from services.schedule_service.form import ScheduleForm
from services.schedule_service.notifications import TypedNotifications
from services.users import NOBODY, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")
LIST = "GET /api/2.0/notification-destinations"
OPS, PAGER, OLD, MAIL = "0a-ops", "1b-pager", "2c-old", "3d-mail"


@pytest.fixture
def workspace(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        made.jobs[7] = {"job_id": 7, "settings": {**TEMPLATE_JOB, "timeout_seconds": 7200}}
        made.destinations = {
            OPS: ("#ops", "SLACK"),
            PAGER: ("pager", "PAGERDUTY"),
            OLD: ("#old", "MICROSOFT_TEAMS"),
            MAIL: ("the board", "EMAIL"),
        }
        url = engine.url.render_as_string(hide_password=False)
        for name, value in made.app_environment(url).items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def services(workspace: FakeWorkspace, engine: sa.Engine) -> Iterator[Services]:
    made = build(engine, read_settings(inventory_engine="sample"))
    yield made
    made.close()


@pytest.fixture
def form(services: Services) -> ScheduleForm:
    query = services.db.save_query(
        Query("VPCs", "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'")
    )
    return ScheduleForm(query_id=query, cron_expression="0 6 * * *", target_table="vpcs")


def settings_of(workspace: FakeWorkspace, schedule: ListedSchedule) -> dict[str, Any]:
    found: dict[str, Any] = workspace.jobs[int(schedule.job_id or 0)]["settings"]
    return found


def opened(services: Services, schedule: ListedSchedule) -> ScheduleForm:
    return ScheduleForm.from_schedule(services.schedules.get(schedule.id or 0))


def look_again(services: Services) -> None:
    services.schedules.read_notification_choices(fresh=True)


def test_a_schedules_job_tells_whom_it_names_from_its_making_on(
    services: Services, workspace: FakeWorkspace, form: ScheduleForm
) -> None:
    everything = TypedNotifications("anna@example.com, Bob@example.com", (OPS, PAGER), True, "30")
    made = services.schedules.create(replace(form, notify=everything))
    assert made.job_error == ""
    job, people = settings_of(workspace, made), ["anna@example.com", "Bob@example.com"]
    assert job["email_notifications"] == {
        "on_failure": people,
        "on_duration_warning_threshold_exceeded": people,
    }
    hooks = [{"id": OPS}, {"id": PAGER}]
    assert job["webhook_notifications"] == {
        "on_failure": hooks,
        "on_duration_warning_threshold_exceeded": hooks,
    }
    assert job["health"]["rules"] == [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 1800}]
    assert job["notification_settings"] == {
        "no_alert_for_canceled_runs": True,
        "no_alert_for_skipped_runs": True,
    }
    # by an edit, and then nobody any more; each save is a version
    only = TypedNotifications("anna@example.com", (), False, "45")
    edited = services.schedules.update(replace(opened(services, made), notify=only))
    job = settings_of(workspace, edited)
    assert job["email_notifications"] == {"on_duration_warning_threshold_exceeded": ["anna@example.com"]}
    assert job["health"]["rules"][0]["value"] == 2700 and not job.get("webhook_notifications")
    nobody = services.schedules.set_notifications(made.id or 0, TypedNotifications())
    assert not {"email_notifications", "webhook_notifications", "health"} & set(
        settings_of(workspace, nobody)
    )
    assert (made.version, edited.version, nobody.version) == (1, 2, 3)
    assert nobody.notifications == Notifications()
    # what changes nothing is no version
    assert services.schedules.set_notifications(made.id or 0, TypedNotifications()).version == 3


def test_what_the_template_tells_stays_and_counts(
    services: Services, workspace: FakeWorkspace, form: ScheduleForm
) -> None:
    template = workspace.jobs[7]["settings"]
    template["email_notifications"] = {
        "on_failure": ["oncall@example.com"],
        "no_alert_for_skipped_runs": True,
    }
    template["webhook_notifications"] = {"on_failure": [{"id": OLD}]}
    template["health"] = {"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 60}]}
    told = TypedNotifications("ONCALL@example.com, anna@example.com", (OPS, PAGER), True, "")
    made = services.schedules.create(replace(form, notify=told))
    job = settings_of(workspace, made)
    assert job["email_notifications"] == {
        "on_failure": ["oncall@example.com", "anna@example.com"],
        "no_alert_for_skipped_runs": True,
    }
    assert [hook["id"] for hook in job["webhook_notifications"]["on_failure"]] == [OLD, OPS, PAGER]
    assert job["health"]["rules"][0]["value"] == 60
    choices = services.schedules.read_notification_choices()
    assert choices.always.emails == ("oncall@example.com",) and choices.timeout_minutes == 120
    # a fourth is said in the form, and where the form could not know, beside the schedule
    workspace.destinations["4e"] = ("fourth", "WEBHOOK")
    look_again(services)
    more = replace(opened(services, made), notify=replace(told, destinations=(OPS, PAGER, "4e")))
    problem = services.schedules.check(more).problems["notify_destinations"]
    assert "3 destinations were chosen" in problem.message and "1 other already" in problem.message
    with pytest.raises(InvalidInput):
        services.schedules.update(more)


# what is typed, the field that it is said at, and what is said
REFUSED = [
    (TypedNotifications("anna"), "emails", "'anna' is no e-mail address"),
    (TypedNotifications("a b@example.com"), "emails", "is no e-mail address"),
    (TypedNotifications("a@example.com, x@y"), "emails", "'x@y' is no e-mail address"),
    (TypedNotifications("a@example.com\0"), "emails", "is no e-mail address"),
    (TypedNotifications(", ".join(f"a{n}@example.com" for n in range(21))), "emails", "21 addresses are too"),
    (TypedNotifications("a@example.com", minutes="0"), "minutes", "'0' is not a number of minutes"),
    (TypedNotifications("a@example.com", minutes="-5"), "minutes", "is not a number of minutes"),
    (TypedNotifications("a@example.com", minutes="1.5"), "minutes", "is not a number of minutes"),
    (TypedNotifications("a@example.com", minutes="9" * 40), "minutes", "is not a number of minutes"),
    (TypedNotifications("a@example.com", minutes="120"), "minutes", "ended after 120 minutes"),
    (TypedNotifications(minutes="30"), "minutes", "Nobody would be told"),
    (TypedNotifications("a@example.com", on_failure=False), "failure", "told of nothing"),
    (
        TypedNotifications(destinations=("nowhere",)),
        "destinations",
        "There is no such destination: 'nowhere'",
    ),
    (TypedNotifications(destinations=(MAIL,)), "destinations", "There is no such destination"),
]


def test_what_cannot_be_told_is_said_where_it_is(services: Services, form: ScheduleForm) -> None:
    for typed, field, words in REFUSED:
        checked = services.schedules.check(replace(form, notify=typed))
        assert set(checked.problems) == {f"notify_{field}"} and checked.schedule is None, typed
        assert words in checked.problems[f"notify_{field}"].message


def test_the_form_says_what_is_sent(services: Services, form: ScheduleForm) -> None:
    told = TypedNotifications("a@example.com", (OPS,), True, "30")
    said = services.schedules.check(replace(form, notify=told)).notes["notifications"]
    assert said == (
        "Databricks tells a@example.com and #ops, of failed and partial runs, and of runs longer than 30 minutes."
    )
    assert services.schedules.check(form).notes["notifications"] == "Nobody is told."
    wrong = services.schedules.check(replace(form, notify=replace(told, emails="a")))
    assert wrong.notes["notifications"] == "Nothing is sent before this is corrected."


def test_a_destination_that_is_gone_is_named_and_keeps_the_schedule(
    services: Services, workspace: FakeWorkspace, form: ScheduleForm
) -> None:
    made = services.schedules.create(replace(form, notify=TypedNotifications(destinations=(OLD, OPS))))
    del workspace.destinations[OLD]
    look_again(services)
    begun = opened(services, made)
    checked = services.schedules.check(begun)
    assert checked.problems == {} and "#old is not among the workspace's" in checked.notes["notify_gone"]
    assert checked.notes["notifications"] == "Databricks tells #ops, of failed and partial runs."
    # the row is saved, with the name; the job is as it was, and why stands beside the schedule
    kept = services.schedules.update(replace(begun, cron_expression="0 7 * * *"))
    assert (kept.cron_expression, dict(kept.notifications.destinations)) == (
        "0 7 * * *",
        {OLD: "#old", OPS: "#ops"},
    )
    assert "no notification destination #old any more" in kept.job_error and "take it out" in kept.job_error
    assert "0 0 6" in settings_of(workspace, kept)["schedule"]["quartz_cron_expression"]
    out = services.schedules.update(
        replace(opened(services, made), notify=TypedNotifications(destinations=(OPS,)))
    )
    assert (
        out.job_error == "" and "0 0 7" in settings_of(workspace, out)["schedule"]["quartz_cron_expression"]
    )
    # another refusal stays in Databricks' words
    workspace.fail("POST /api/2.2/jobs/reset", "INVALID_PARAMETER_VALUE", "no such policy")
    assert "no such policy" in services.schedules.retry_job(made.id or 0).job_error


def test_what_cannot_be_listed_is_unknown_and_what_is_set_stays(
    services: Services, workspace: FakeWorkspace, form: ScheduleForm
) -> None:
    told = TypedNotifications(destinations=(OPS,), minutes="30")
    made = services.schedules.create(replace(form, notify=told))
    workspace.fail(LIST, "PERMISSION_DENIED", "Only admins", times=9)
    choices = services.schedules.read_notification_choices(fresh=True)
    assert choices.destinations is None and "Only admins" in choices.unknown
    kept = services.schedules.update(replace(opened(services, made), cron_expression="0 7 * * *"))
    assert dict(kept.notifications.destinations) == {OPS: "#ops"} and kept.job_error == ""
    assert settings_of(workspace, kept)["webhook_notifications"]["on_failure"] == [{"id": OPS}]
    # one that nobody knows is not taken
    new = replace(opened(services, made), notify=replace(told, destinations=(OPS, PAGER)))
    assert "not known" in services.schedules.check(new).problems["notify_destinations"].message
    # without the template no timeout is known: the job's maker says it, and the row stays
    workspace.fail_no_more()
    workspace.fail("GET /api/2.2/jobs/get", "PERMISSION_DENIED", "not yours")
    assert services.schedules.read_notification_choices(fresh=True).timeout_minutes is None
    long = services.schedules.update(replace(opened(services, made), notify=replace(told, minutes="600")))
    assert long.notifications.after_minutes == 600 and "ended after 120 minutes" in long.job_error


def test_the_check_of_the_jobs_sees_whom_they_tell(
    services: Services, workspace: FakeWorkspace, form: ScheduleForm
) -> None:
    jobs = services.jobs
    assert isinstance(jobs, DatabricksJobs)
    told = TypedNotifications("a@example.com, b@example.com", (OPS,), True, "30")
    made = services.schedules.create(replace(form, notify=told))
    job = settings_of(workspace, made)
    before = json.loads(json.dumps(job))
    assert jobs.list_stale() == []
    job["email_notifications"]["on_failure"].reverse()
    assert jobs.list_stale() == [], "the order means nothing"
    # changed by hand in the workspace, each by itself
    for name, value in (
        ("email_notifications", {}),
        ("webhook_notifications", {"on_failure": [{"id": PAGER}]}),
        ("health", {"rules": []}),
    ):
        job.update(json.loads(json.dumps(before)) | {name: value})
        assert [one.id for one in jobs.list_stale()] == [made.id], name
    assert services.schedules.retry_job(made.id or 0).job_error == ""
    assert jobs.list_stale() == [] and settings_of(workspace, made)["health"] == before["health"]
    # a template that ends runs earlier than they would be told of makes it stale, not the check fail
    workspace.jobs[7]["settings"] = {**TEMPLATE_JOB, "timeout_seconds": 600}
    assert [one.id for one in jobs.list_stale()] == [made.id]


def test_a_viewer_learns_and_sets_nothing(services: Services, form: ScheduleForm) -> None:
    made = services.schedules.create(form)
    with act_as(NOBODY):
        for call in (
            services.schedules.read_notification_choices,
            services.jobs.read_notification_choices,
            lambda: services.schedules.check_notifications(TypedNotifications(), []),
            lambda: services.schedules.set_notifications(made.id or 0, TypedNotifications()),
        ):
            with pytest.raises(Exception, match="viewer"):
                call()


ADDRESSES = st.lists(st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "c@x.org"]), max_size=3).map(tuple)
TOLD = st.builds(
    Notifications,
    ADDRESSES,
    st.dictionaries(st.sampled_from("pqr"), st.just("name"), max_size=3),
    st.booleans(),
    st.none() | st.integers(1, 200),
)


@given(TOLD)
def test_a_record_is_read_as_it_was_written(told: Notifications) -> None:
    assert Notifications.from_record(json.loads(json.dumps(told.as_record()))) == told


@given(TOLD, TOLD)
def test_all_are_told_that_either_names_within_what_databricks_takes(
    template: Notifications, told: Notifications
) -> None:
    def write(*several: Notifications) -> JobSettings | None:
        settings = JobSettings(timeout_seconds=4 * 3600)
        try:
            for one in several:
                write_notifications(settings, one)
        except InvalidInput:
            return None
        return settings

    both = write(template, told)
    events = [one for one in (template, told) if one.tell_somebody and one.on_failure]
    failing = {id for one in events for id in one.destinations}
    if both is None:
        assert len({*template.destinations, *told.destinations}) > MOST_DESTINATIONS
        return
    found = summarise(both)
    assert set(found["destinations"]["on_failure"]) == failing
    assert {a.lower() for a in found["people"]["on_failure"]} == {
        address.lower() for one in events for address in one.emails
    }
    longest = [one.after_minutes for one in (template, told) if one.tell_somebody and one.after_minutes]
    assert found["seconds"] == (60 * longest[-1] if longest else None)
    # what a job tells is read back as it was written
    alone = write(told)
    if alone is not None and told.tell_somebody:
        again = read_notifications(alone)
        assert (set(again.destinations), again.on_failure, again.after_minutes) == (
            set(told.destinations),
            told.on_failure,
            told.after_minutes,
        )
