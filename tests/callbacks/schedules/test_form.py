"""The schedule's form as plain functions: opening, choosing, telling, saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from dash import no_update
from fakes.components import text
from fakes.inventory import instances, load
from fakes.waiting import wait_until

from callbacks.schedules import form, preview
from layouts.schedules import ids
from layouts.schedules.page import read_view
from services import Services
from services.models.core import Query, Schedule, TableKind, VersionConflict
from services.schedule_service.form import ScheduleForm, parse_values

pytestmark = pytest.mark.usefixtures("as_engineer")

INSTANCES = "SELECT instance_id, region FROM aws.ec2.instances WHERE region = :region"


@pytest.fixture
def query_id(services: Services) -> int:
    return services.db.save_query(Query("Instances", INSTANCES, provider="aws"))


def opened(services: Services, **view: Any) -> dict[str, Any]:
    """What a view opens the form with."""
    answer = form.open_form(services, {"new": "", "edit": None, **view}, None, reset=False)
    assert set(answer) == set(form.OPENED) and set(answer["values"]) == set(form.FIELDS)
    return dict(answer)


def typed(begun: dict[str, Any], region: str = "us-east-1, eu-west-1", **changes: Any) -> dict[str, Any]:
    """The form as the browser sends it. begun: what it was opened with; changes: field → what was typed."""
    return {
        "values": {**begun["values"], **changes},
        "listed": [region],
        "parameters": [ids.form_parameter("region")],
        "state": begun["state"],
        "columns": None,
    }


def test_a_new_form_begins_with_usual_values_and_the_ides_query(services: Services, query_id: int) -> None:
    begun = opened(services, new=str(query_id))
    values = begun["values"]
    assert values["query_id"] == str(query_id)
    assert (values["cron_expression"], values["timezone"]) == ("0 6 * * *", "UTC")
    assert values["target_schema"] == "stackql_inventory"
    chosen = form.choose_query(services, str(query_id), begun["state"], {})
    assert len(chosen["fields"]) == 1 and chosen["note"] == []
    assert chosen["state"]["suggested"] == "aws_ec2_instances"
    other = services.db.save_query(Query("Buckets", "SELECT * FROM aws.s3.buckets WHERE region = :region"))
    chosen = form.choose_query(services, str(other), chosen["state"], {"region": "x"})
    assert chosen["state"]["suggested"] == "aws_s3_buckets"
    assert chosen["state"]["parameters"] == {"region": "x"}
    # the same query once more changes nothing
    assert form.choose_query(services, str(other), chosen["state"], {}) is no_update


def test_the_form_says_what_is_kept_already_and_where(services: Services, query_id: int) -> None:
    begun = opened(services, new=str(query_id))
    load(services.db.engine, "kept_by_others", {"us-east-1": instances(3)}, datetime.now(UTC))
    said = text(form.choose_query(services, str(query_id), begun["state"], {})["note"])
    assert "aws.ec2.instances is already kept in stackql_inventory.kept_by_others." in said
    counts = "SELECT count(*) AS n FROM aws.ec2.instances WHERE region = :region"
    other = services.db.save_query(Query("Counts", counts, provider="aws"))
    said = text(form.choose_query(services, str(other), begun["state"], {})["note"])
    assert "they are counts" in said and "already kept" not in said


def test_what_was_typed_stays_until_saved_or_started_over(services: Services, query_id: int) -> None:
    state = opened(services, new="yes")["state"]
    view = {"new": "yes", "edit": None}
    assert form.open_form(services, view, state, reset=False) is no_update
    assert form.open_form(services, view, state, reset=True)["values"]["query_id"] == ""
    assert form.open_form(services, {"new": "", "edit": None}, state, reset=False) is no_update


def test_without_a_query_the_form_says_what_to_do(services: Services) -> None:
    assert "no saved query" in str(opened(services, new="yes")["message"])


def test_an_edited_schedule_fills_every_field(services: Services, query_id: int) -> None:
    schedule = Schedule(
        query_id,
        "0 7 * * 1",
        "things",
        timezone="Asia/Tokyo",
        key_columns=("instance_id",),
        retention_days=30,
        ignored_columns=("region",),
        unordered_columns=("region",),
        ordered_columns=("instance_id",),
        parameter_values={"region": ["a", "b, c"]},
        allow_empty=True,
        adds_only=True,
        table_kind=TableKind.FINDINGS,
    )
    id = services.db.save_schedule(schedule)
    begun = opened(services, edit=id)
    asked = form.read(typed(begun, begun["state"]["parameters"]["region"]))
    checked = services.schedules.check(asked)
    assert checked.problems == {} and checked.schedule
    for name in (
        "cron_expression",
        "timezone",
        "key_columns",
        "ignored_columns",
        "unordered_columns",
        "ordered_columns",
        "retention_days",
        "allow_empty",
        "adds_only",
        "table_kind",
    ):
        assert getattr(checked.schedule, name) == getattr(schedule, name), name
    assert checked.schedule.parameter_values == {"region": ["a", "b, c"]}
    assert "There is no schedule" in str(opened(services, edit=4711)["message"])


def test_empty_fields_are_blamed_only_after_a_try_to_save(services: Services, query_id: int) -> None:
    begun = opened(services, new=str(query_id))
    asked = form.read(typed(begun, "", cron_expression="0 25 * * *"))
    checked = services.schedules.check(asked)
    before = form.write_field_messages(checked, asked, ["region"], attempted=False)
    assert set(before) == set(form.CHECKED) and set(before["problems"]) == set(form.CHECKED["problems"])
    assert before["problems"]["cron_expression"] and not before["problems"]["target_table"]
    assert before["invalid"]["cron_expression"] and not before["invalid"]["target_table"]
    assert before["parameter_problems"] == [None] and before["to_correct"] == ""
    after = form.write_field_messages(checked, asked, ["region"], attempted=True)
    assert after["problems"]["cron_expression"] and after["problems"]["target_table"]
    assert after["parameter_invalid"] == [True]
    assert after["to_correct"] == "3 fields to correct"


def test_saving_closes_the_form_or_keeps_it_with_what_was_typed(services: Services, query_id: int) -> None:
    begun = opened(services, new=str(query_id))
    view = {"new": str(query_id), "edit": None, "q": "x"}
    wrong = form.save(services, view, form.read(typed(begun)), begun["state"], 1)
    assert wrong["view"] is no_update and wrong["state"]["attempted"] == 1 and wrong["message"] is None
    asked = form.read(typed(begun, target_table="aws_ec2_instances", key_columns="instance_id"))
    done = form.save(services, view, asked, begun["state"], 2)
    assert (done["view"]["new"], done["view"]["q"], done["message"]) == ("", "x", None) and done["changed"]
    (saved,) = services.schedules.list_schedules()
    assert (saved.key_columns, saved.scope_count, saved.job_id) == (("instance_id",), 2, f"local-{saved.id}")
    # the second press of a double click makes no second one
    form.save(services, view, asked, begun["state"], 3)
    assert len(services.schedules.list_schedules()) == 1


def test_a_preview_fills_the_known_columns(services: Services, query_id: int) -> None:
    everything = typed(opened(services, new=str(query_id)))
    started = services.schedules.start_preview(form.read(everything))

    def polled() -> dict[str, Any] | None:
        answer: dict[str, Any] = preview.follow_preview(services, started.id, str(query_id))
        if answer["idle"]:
            return answer
        assert answer["busy"] and not answer["no_cancel"] and answer["columns"] is no_update
        return None

    answer = wait_until(polled)
    assert (answer["idle"], answer["busy"], answer["no_cancel"]) == (True, False, True)
    assert answer["columns"] == {"query": str(query_id), "names": ["instance_id", "region"]}
    assert "instance_id" in str(answer["shown"])
    everything["columns"] = answer["columns"]
    assert form.read(everything).columns == ("instance_id", "region")
    # of another query they say nothing
    everything["values"]["query_id"] = "99"
    assert form.read(everything).columns == ()
    for id in ("A" * 22, None):
        assert preview.follow_preview(services, id, "1")["idle"] is True


def test_a_form_that_began_from_an_older_version_shows_both(services: Services, query_id: int) -> None:
    begun = opened(services, new=str(query_id))
    view = {"new": str(query_id), "edit": None}
    form.save(services, view, form.read(typed(begun, target_table="fleet")), begun["state"], 1)
    (made,) = services.schedules.list_schedules()
    mine, theirs = opened(services, edit=made.id), opened(services, edit=made.id)
    form.save(services, view, form.read(typed(theirs, cron_expression="0 7 * * *")), theirs["state"], 1)
    asked = form.read(typed(mine, "us-east-1", key_columns="instance_id"))
    refused = form.save(services, view, asked, mine["state"], 1)
    assert refused["view"] is no_update and refused["state"] is no_update
    shown = text(refused["message"])
    for words in ("0 6 * * *", "0 7 * * *", "instance_id", "the whole row", "us-east-1, eu-west-1"):
        assert words in shown
    assert "Time zone" not in shown and services.schedules.get(made.id or 0).key_columns == ()
    # knowingly over the newer one, and a second delivery of that
    for _ in range(2):
        kept = form.save(services, view, replace(asked, version=2), mine["state"], 1)
        assert kept["message"] is None
    saved = services.schedules.get(made.id or 0)
    assert (saved.cron_expression, saved.key_columns, saved.version) == ("0 6 * * *", ("instance_id",), 3)


def test_an_address_takes_a_scope_out_and_saves_nothing(services: Services, schedule_id: int) -> None:
    def begin(without: str) -> Any:
        view = read_view({"edit": str(schedule_id), "without": without})
        return form.open_form(services, view, None, reset=False)

    values = services.schedules.get(schedule_id).parameter_values["region"]
    begun = begin(f'{{"region":"{values[0]}"}}')
    assert parse_values(begun["state"]["parameters"]["region"]) == list(values[1:])
    assert "not saved yet" in text(begun["message"])
    assert services.schedules.get(schedule_id).parameter_values["region"] == values
    for nonsense in ("x", "[1]", '{"region":"mars-1"}', '{"a":"1","b":"2"}', "{}"):
        begun = begin(nonsense)
        assert parse_values(begun["state"]["parameters"]["region"]) == list(values), nonsense
        assert begun["message"] is not None
    # a form that was opened for another scope begins anew
    assert begin("").get("state")["key"] != begin("x")["state"]["key"]


def test_owner_and_description_are_kept_and_checked(services: Services, schedule_id: int) -> None:
    opened = ScheduleForm.from_schedule(services.schedules.get(schedule_id))
    assert services.schedules.get(schedule_id).answers == services.schedules.get(schedule_id).created_by
    saved = services.schedules.update(replace(opened, owner=" payments ", description="For the audit"))
    assert (saved.owner, saved.answers, saved.description) == ("payments", "payments", "For the audit")
    # another's save in between is told, field by field
    with pytest.raises(VersionConflict) as caught:
        services.schedules.update(replace(opened, owner="platform"))
    assert {"Owner", "Description"} <= {one.field for one in caught.value.differences}
    for wrong in (
        replace(opened, owner="x" * 101),
        replace(opened, description="a\nb"),
        replace(opened, owner="\0"),
    ):
        assert {"owner", "description"} & set(services.schedules.check(wrong).problems)
