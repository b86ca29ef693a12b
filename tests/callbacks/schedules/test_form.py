"""The schedule's form as plain functions: opening, choosing, telling, saving."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa

from app.settings import read_settings
from callbacks.schedules import form as page
from layouts.schedules import form
from services import Services, build
from services.models.core import Query, Schedule

pytestmark = pytest.mark.usefixtures("as_engineer")

INSTANCES = "SELECT instance_id, region FROM aws.ec2.instances WHERE region = :region"
NAMES = [*page.FIELDS]
IDS = [{"type": form.PARAMETER, "name": "region"}]


@pytest.fixture
def services(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setenv("INVENTORY_ENGINE", "sample")
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path))
    made = build(engine, read_settings(inventory_engine="sample"))
    yield made
    made.close()


@pytest.fixture
def query_id(services: Services) -> int:
    return services.db.save_query(Query("Instances", INSTANCES, provider="aws"))


def opened(services: Services, **view: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields and the state that a view opens the form with."""
    answer = page.open_form(services, {"new": "", "edit": None, **view}, None, reset=False)
    return dict(zip(NAMES, answer, strict=False)), answer[len(NAMES) + 3]


def typed(
    values: dict[str, Any], state: dict[str, Any], region: str = "us-east-1, eu-west-1", **changes: Any
) -> Any:
    return page.read(*[{**values, **changes}[name] for name in NAMES], [region], IDS, state, None)


def test_a_new_form_begins_with_usual_values_and_the_ides_query(services: Services, query_id: int) -> None:
    values, state = opened(services, new=str(query_id))
    assert values[form.QUERY] == str(query_id)
    assert (values[form.CRON], values[form.TIMEZONE], values[form.SCHEMA]) == (
        "0 6 * * *",
        "UTC",
        "stackql_inventory",
    )
    fields, note, known = page.choose_query(services, str(query_id), state, {})
    assert len(fields) == 1 and known["suggested"] == "aws_ec2_instances" and note == []
    other = services.db.save_query(Query("Buckets", "SELECT * FROM aws.s3.buckets WHERE region = :region"))
    fields, _, known = page.choose_query(services, str(other), known, {"region": "x"})
    assert known["suggested"] == "aws_s3_buckets" and known["parameters"] == {"region": "x"}


def test_what_was_typed_stays_until_saved_or_started_over(services: Services, query_id: int) -> None:
    _, state = opened(services, new="yes")
    view = {"new": "yes", "edit": None}
    assert page.open_form(services, view, state, reset=False)[0] is page.no_update
    assert page.open_form(services, view, state, reset=True)[0] == ""
    assert page.open_form(services, {"new": "", "edit": None}, state, reset=False)[0] is page.no_update


def test_without_a_query_the_form_says_what_to_do(services: Services) -> None:
    answer = page.open_form(services, {"new": "yes"}, None, reset=False)
    assert "no saved query" in str(answer[-1])


def test_an_edited_schedule_fills_every_field(services: Services, query_id: int) -> None:
    schedule = Schedule(
        query_id, "0 7 * * 1", "things", timezone="Asia/Tokyo", key_columns=("instance_id",), retention_days=30,
        ignored_columns=("region",), parameter_values={"region": ["a", "b, c"]}, allow_empty=True,
    )  # fmt: skip
    id = services.db.save_schedule(schedule)
    values, state = opened(services, edit=id)
    asked = typed(values, state, state["parameters"]["region"])
    checked = services.schedules.check(asked)
    assert checked.problems == {} and checked.schedule
    for name in (
        "cron_expression",
        "timezone",
        "key_columns",
        "ignored_columns",
        "retention_days",
        "allow_empty",
    ):
        assert getattr(checked.schedule, name) == getattr(schedule, name), name
    assert checked.schedule.parameter_values == {"region": ["a", "b, c"]}
    assert "There is no schedule" in str(page.open_form(services, {"edit": 4711}, None, reset=False)[-1])


def test_empty_fields_are_blamed_only_after_a_try_to_save(services: Services, query_id: int) -> None:
    values, state = opened(services, new=str(query_id))
    asked = typed(values, state, "", **{form.CRON: "0 25 * * *"})
    checked = services.schedules.check(asked)
    count = len(page.NAMES)
    before = dict(zip(page.NAMES, page.told(checked, asked, IDS, attempted=False)[:count], strict=True))
    assert before["cron_expression"] and not before["target_table"]
    answer = page.told(checked, asked, IDS, attempted=True)
    after = dict(zip(page.NAMES, answer[:count], strict=True))
    assert after["cron_expression"] and after["target_table"]
    assert answer[-1] == "3 fields to correct"


def test_saving_closes_the_form_or_keeps_it_with_what_was_typed(services: Services, query_id: int) -> None:
    values, state = opened(services, new=str(query_id))
    view = {"new": str(query_id), "edit": None, "q": "x"}
    wrong = page.save(services, view, typed(values, state), state, 1)
    assert wrong[0] is page.no_update and wrong[2]["attempted"] == 1 and wrong[3] is None
    closed, changed, _, message = page.save(
        services,
        view,
        typed(values, state, **{form.TABLE: "aws_ec2_instances", form.KEYS: "instance_id"}),
        state,
        2,
    )
    assert (closed["new"], closed["q"], message) == ("", "x", None) and changed
    (saved,) = services.schedules.listed()
    assert (saved.key_columns, saved.scope_count, saved.job_id) == (("instance_id",), 2, f"local-{saved.id}")
    # the second press of a double click makes no second one
    page.save(
        services,
        view,
        typed(values, state, **{form.TABLE: "aws_ec2_instances", form.KEYS: "instance_id"}),
        state,
        3,
    )
    assert len(services.schedules.listed()) == 1


def test_a_preview_fills_the_known_columns(services: Services, query_id: int) -> None:
    values, state = opened(services, new=str(query_id))
    preview = services.schedules.start_preview(typed(values, state))
    deadline = time.monotonic() + 20
    answer: tuple[Any, ...] = (None, False)
    while not answer[1] and time.monotonic() < deadline:
        answer = page.poll_preview(services, preview.id, str(query_id))
        time.sleep(0.02)
    result, over, disabled, hidden, columns = answer
    assert (over, disabled, hidden) == (True, False, True)
    assert columns == {"query": str(query_id), "names": ["instance_id", "region"]}
    assert "instance_id" in str(result)
    asked = page.read(*[values[name] for name in NAMES], ["us-east-1"], IDS, state, columns)
    assert asked.columns == ("instance_id", "region")
    assert (
        page.read(*[{**values, form.QUERY: "99"}[name] for name in NAMES], [""], IDS, state, columns).columns
        == ()
    )
    assert page.poll_preview(services, "A" * 22, "1")[1] is True
    assert page.poll_preview(services, None, "1")[1] is True
