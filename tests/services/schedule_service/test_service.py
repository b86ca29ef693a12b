"""What may be scheduled, what is said about it as it is typed, and a job that is kept in step with its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from fakes.inventory import load
from fakes.waiting import wait_until

from inventory_runner import engines
from inventory_runner.errors import InvalidInput, InventoryError, NotAllowed, NotFound, VersionConflict
from inventory_runner.settings import read
from services.db import DatabaseService
from services.db.inventory import InventoryRecords
from services.db.schedules import RunUnderWay
from services.inventory_service.downloads import Downloads
from services.models.core import NotificationChoices, Query, Run, Schedule, Scope
from services.query_service import QueryService
from services.schedule_service import ScheduleService
from services.schedule_service.form import ScheduleForm, check, format_values, parse_values
from services.schedule_service.service import Preview
from services.users import NOBODY, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")

INSTANCES = "SELECT instance_id, instance_type, region FROM aws.ec2.instances WHERE region = :region"
NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


class Jobs:
    """A platform that keeps what it is told, and can be told to refuse."""

    def __init__(self) -> None:
        self.jobs: dict[str, bool] = {}
        self.refusal: InventoryError | None = None
        self.started: list[int | None] = []
        self.cancelled: list[int] = []

    def _answer(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def create_inventory_job(self, query: Query, schedule: Schedule) -> str:
        self._answer()
        self.jobs[f"job-{schedule.id}"] = schedule.is_active
        return f"job-{schedule.id}"

    def update_inventory_job(self, job_id: str, schedule: Schedule) -> None:
        self._answer()
        if job_id not in self.jobs:
            raise NotFound("No such job.")

    def read_notification_choices(self, *, fresh: bool = False) -> NotificationChoices:
        return NotificationChoices(sent=False)

    def delete_inventory_job(self, job_id: str) -> None:
        self._answer()
        self.jobs.pop(job_id, None)

    def pause_inventory_job(self, job_id: str) -> None:
        self._answer()
        self.jobs[job_id] = False

    def resume_inventory_job(self, job_id: str) -> None:
        self._answer()
        self.jobs[job_id] = True

    def get_job_run_status(self, job_id: str) -> None:
        return None

    def run_now(self, schedule: Schedule) -> None:
        self._answer()
        self.started.append(schedule.id)

    def cancel_run(self, run: Run) -> None:
        self.cancelled.append(run.id)

    def settle_runs(self) -> None:
        """Nothing runs elsewhere."""


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture(scope="module")
def cloud() -> Iterator[engines.Engine]:
    made = engines.create(read(inventory_engine="sample"))
    yield made
    made.close()


@pytest.fixture
def service(db: DatabaseService, jobs: Jobs, cloud: engines.Engine, tmp_path: Path) -> ScheduleService:
    downloads = Downloads(tmp_path / "downloads")
    queries = QueryService(
        db.queries, db.history, lambda: cloud, folder=tmp_path / "queries", downloads=downloads
    )
    return ScheduleService(db.schedules, db.queries, db.runs, db.history, jobs, queries, lambda: cloud)


@pytest.fixture
def query_id(db: DatabaseService) -> int:
    return db.save_query(Query("Instances", INSTANCES, provider="aws"))


@pytest.fixture
def form(query_id: int) -> ScheduleForm:
    return ScheduleForm(
        query_id=query_id,
        parameters={"region": "us-east-1, eu-west-1"},
        cron_expression="0 6 * * 1-5",
        timezone="Europe/Berlin",
        target_table="aws_ec2_instances",
        key_columns="instance_id",
    )


def test_values_are_separated_by_commas_and_lines_and_read_back() -> None:
    assert parse_values(' us-east-1, eu-west-1\nus-east-1,\n\n"a, b" ') == ["us-east-1", "eu-west-1", "a, b"]
    for listed in (["a", "b"], ["a, b", 'c"d'], [], ["one"]):
        assert parse_values(format_values(listed)) == listed


def test_a_form_that_is_right_says_what_it_will_do(db: DatabaseService, form: ScheduleForm) -> None:
    checked = check(form, db.queries, db.schedules, now=NOW)
    assert checked.problems == {}
    assert checked.words == "At 06:00, Monday through Friday"
    assert checked.scopes == 2
    berlin = ZoneInfo("Europe/Berlin")
    # over the weekend, and over the change of clocks
    assert [time.astimezone(berlin).isoformat() for time in checked.next_times][:2] == [
        "2026-03-30T06:00:00+02:00",
        "2026-03-31T06:00:00+02:00",
    ]
    assert len(checked.next_times) == 5
    assert not checked.notes["cron_expression"]
    at_night = check(replace(form, cron_expression="30 2 * * *"), db.queries, db.schedules, now=NOW)
    assert at_night.notes["cron_expression"].startswith("02:30 is skipped on 29 March")
    assert len(at_night.next_times) == 5
    schedule = checked.schedule
    assert schedule and schedule.parameter_values == {"region": ["us-east-1", "eu-west-1"]}
    assert [scope.label for scope in schedule.scopes] == ["us-east-1", "eu-west-1"]
    assert ScheduleForm.from_schedule(schedule) == form


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"query_id": None}, "query_id", "Choose the query"),
        ({"query_id": "77777"}, "query_id", "no saved query"),
        ({"query_id": "1; DROP TABLE x"}, "query_id", "no saved query"),
        ({"query_id": 10**30}, "query_id", "no saved query"),
        ({"parameters": {}}, "parameter:region", "one or more values"),
        ({"parameters": {"region": "a\\b"}}, "parameter:region", "backslash"),
        (
            {"parameters": {"region": ",".join(f"r{n}" for n in range(1001))}},
            "parameter:region",
            "1,001 combinations",
        ),
        ({"cron_expression": ""}, "cron_expression", "Say when"),
        ({"cron_expression": "0 6 * *"}, "cron_expression", "five fields"),
        ({"cron_expression": "0 25 * * *"}, "cron_expression", "range"),
        ({"cron_expression": "0 6 31 2 *"}, "cron_expression", "never comes"),
        ({"cron_expression": "0 6 1 * 1"}, "cron_expression", "days of the month"),
        ({"timezone": "Mars/Olympus"}, "timezone", "not a time zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "not a time zone"),
        ({"timezone": ""}, "timezone", "time zone"),
        ({"target_schema": "stackql_app"}, "target_schema", "not for inventory"),
        ({"target_schema": "elsewhere"}, "target_schema", "not among"),
        ({"target_table": ""}, "target_table", "no name"),
        ({"target_table": 'x"; DROP TABLE y; --'}, "target_table", "not a plain"),
        ({"target_table": "resource_changes"}, "target_table", "taken"),
        ({"write_mode": "upsert"}, "write_mode", "replace or append"),
        ({"key_columns": "nope", "columns": ("instance_id", "region")}, "key_columns", "no column 'nope'"),
        ({"ignored_columns": "instance_id"}, "ignored_columns", "key column"),
        ({"unordered_columns": "a", "ordered_columns": "b, a"}, "ordered_columns", "cannot both"),
        (
            {"unordered_columns": "nope", "columns": ("instance_id", "region")},
            "unordered_columns",
            "no column 'nope'",
        ),
        ({"retention_days": "-3"}, "retention_days", "not a number of days"),
        ({"retention_days": "0"}, "retention_days", "not a number of days"),
        ({"retention_days": "ten"}, "retention_days", "not a number of days"),
        ({"schedule_id": 4711}, "query_id", "deleted while"),
    ],
)
def test_a_problem_stands_at_its_field_with_what_to_do(
    db: DatabaseService, form: ScheduleForm, change: dict, field: str, words: str
) -> None:
    checked = check(replace(form, **change), db.queries, db.schedules, now=NOW)
    assert checked.schedule is None
    assert list(checked.problems) == [field]
    assert words in checked.problems[field].message
    assert checked.problems[field].field == field or field.startswith(("parameter:", "query_id"))


def test_every_problem_is_told_at_once(db: DatabaseService) -> None:
    wrong = ScheduleForm(cron_expression="x", timezone="y", target_table="Z", retention_days="w")
    checked = check(wrong, db.queries, db.schedules)
    assert set(checked.problems) == {
        "query_id",
        "cron_expression",
        "timezone",
        "target_table",
        "retention_days",
    }


def test_a_query_that_writes_cannot_be_scheduled(db: DatabaseService, form: ScheduleForm) -> None:
    id = db.save_query(Query("Draft", "DELETE FROM aws.ec2.instances WHERE region = 'x'"))
    assert set(check(replace(form, query_id=id), db.queries, db.schedules).problems) == {"query_id"}


def make_table(engine: sa.Engine, schedule_id: int | None, table: str = "aws_ec2_instances") -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE stackql_inventory.{table} (instance_id text, instance_type text, _scope text)"
        )
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, schedule_id, row_count)"
                " VALUES ('stackql_inventory', :table, :id, 12)"
            ),
            {"table": table, "id": schedule_id},
        )
        for region, rows in (("us-east-1", 7), ("eu-west-1", 5)):
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.table_scopes (target_schema, target_table, scope, status, rows)"
                    " VALUES ('stackql_inventory', :table, :scope, 'ok', :rows)"
                ),
                {"table": table, "scope": Scope({"region": region}).key, "rows": rows},
            )


def test_targets_are_new_ones_own_or_agreed_to(
    service: ScheduleService, engine: sa.Engine, form: ScheduleForm
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stackql_inventory.theirs (a int)")
    assert (
        "no schedule made it"
        in service.check(replace(form, target_table="theirs")).problems["target_table"].message
    )
    made = service.create(form)
    other = service.check(form)
    assert f"schedule {made.id}" in other.problems["target_table"].message
    make_table(engine, made.id)
    assert service.check(replace(form, schedule_id=made.id)).problems == {}
    service.delete(made.id or 0)
    left = service.check(form)
    assert set(left.problems) == {"adopt"} and left.adoptable
    assert "12 rows" in left.problems["adopt"].message
    assert service.check(replace(form, adopt=True)).problems == {}
    assert set(service.check(replace(form, adopt=True, write_mode="append")).problems) == {"write_mode"}
    assert set(service.check(replace(form, adopt=True, key_columns="vpc")).problems) == {"key_columns"}


def test_editing_says_which_rows_will_go(
    service: ScheduleService, engine: sa.Engine, form: ScheduleForm
) -> None:
    made = service.create(form)
    make_table(engine, made.id)
    edited = replace(form, schedule_id=made.id, parameters={"region": "us-east-1"})
    note = service.check(edited).notes["parameters"]
    assert "eu-west-1" in note and "5 rows" in note and "us-east-1" not in note
    moved = service.check(replace(edited, target_table="another"))
    assert "aws_ec2_instances stays" in moved.notes["target_table"]


def test_saving_makes_the_row_then_its_job(service: ScheduleService, jobs: Jobs, form: ScheduleForm) -> None:
    made = service.create(form)
    assert (made.job_id, made.job_error) == (f"job-{made.id}", "")
    assert made.words == "At 06:00, Monday through Friday" and made.next_at
    changed = service.update(
        replace(form, schedule_id=made.id, version=made.version, cron_expression="0 7 * * *")
    )
    assert (changed.cron_expression, changed.created_by) == ("0 7 * * *", "system")
    with pytest.raises(InvalidInput) as caught:
        service.update(replace(form, schedule_id=made.id, cron_expression="no"))
    assert caught.value.field == "cron_expression"


def test_what_rows_are_can_be_corrected_and_counts_at_once(
    service: ScheduleService, form: ScheduleForm, engine: sa.Engine
) -> None:
    saved = service.create(form)
    rows = [
        {"instance_id": f"i-{number}", "instance_type": "t3", "region": "us-east-1"} for number in range(3)
    ]
    load(engine, saved.target_table, {"us-east-1": rows}, NOW, keys=("instance_id",), schedule_id=saved.id)

    def count() -> tuple[int, str]:
        with engine.connect() as connection:
            row = connection.execute(
                sa.text("SELECT counted_rows, kind FROM stackql_app.inventory_tables")
            ).one()
            return row.counted_rows, row.kind

    assert count() == (3, "inventory")
    opened = ScheduleForm.from_schedule(service.get(saved.id or 0))
    before = InventoryRecords(engine).read_inventory_version()
    service.update(replace(opened, table_kind="findings"))
    assert count() == (0, "findings")
    assert InventoryRecords(engine).read_inventory_version() != before
    # another one, who began from what was before, is told
    with pytest.raises(VersionConflict) as refused:
        service.update(replace(opened, table_kind="counts"))
    assert {one.field for one in refused.value.differences} == {"What its rows are"}
    again = ScheduleForm.from_schedule(service.get(saved.id or 0))
    service.update(replace(again, table_kind=""))
    assert count() == (3, "inventory")
    assert "table_kind" in service.check(replace(again, table_kind="nonsense")).problems


def test_saving_twice_at_once_makes_one(service: ScheduleService, form: ScheduleForm) -> None:
    first = service.create(form)
    assert service.create(form).id == first.id
    assert len(service.list_schedules()) == 1
    with pytest.raises(InvalidInput, match=f"schedule {first.id}"):
        service.create(replace(form, cron_expression="0 9 * * *"))


def test_a_job_that_cannot_be_made_leaves_the_schedule_with_the_reason(
    service: ScheduleService, jobs: Jobs, form: ScheduleForm
) -> None:
    jobs.refusal = InventoryError("The workspace refused it.", hint="Ask for jobs.")
    made = service.create(form)
    assert (made.job_id, made.job_error) == (None, "The workspace refused it. Ask for jobs.")
    assert service.list_schedules()[0].needs_attention
    jobs.refusal = None
    assert service.retry_job(made.id or 0).job_error == ""
    jobs.jobs.clear()  # someone removed it on the platform
    again = service.retry_job(made.id or 0)
    assert again.job_id in jobs.jobs


def test_pausing_says_what_the_job_does(service: ScheduleService, jobs: Jobs, form: ScheduleForm) -> None:
    id = service.create(form).id or 0
    jobs.refusal = InventoryError("No.")
    with pytest.raises(InventoryError, match="No"):
        service.pause(id)
    assert service.get(id).is_active
    jobs.refusal = None
    service.pause(id)
    paused = service.get(id)
    assert (paused.is_active, paused.next_at, jobs.jobs[paused.job_id or ""]) == (False, None, False)
    service.resume(id)
    assert service.get(id).is_active
    service.run_now(id)
    assert jobs.started == [id]


def test_deleting_takes_the_job_and_not_under_a_run(
    service: ScheduleService, jobs: Jobs, engine: sa.Engine, form: ScheduleForm
) -> None:
    id = service.create(form).id or 0
    make_table(engine, id)
    losses = service.find_losses(id)
    assert (losses.exists, losses.rows, losses.changes, losses.views) == (True, 12, 0, ())
    with engine.begin() as connection:
        run_id = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status)"
                " VALUES (:id, 'stackql_inventory', 'aws_ec2_instances', 'RUNNING') RETURNING id"
            ),
            {"id": id},
        ).scalar_one()
    with pytest.raises(RunUnderWay):
        service.delete(id)
    assert jobs.jobs
    service.cancel(run_id)
    assert jobs.cancelled == [run_id]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stackql_app.runs SET status = 'CANCELLED'")
    with pytest.raises(InvalidInput, match="ended as cancelled"):
        service.cancel(run_id)
    jobs.refusal = InventoryError("No answer.")
    with pytest.raises(InventoryError):
        service.delete(id)
    assert service.get(id).job_id
    jobs.refusal = None
    service.delete(id, drop_table=True)
    assert jobs.jobs == {} and service.list_schedules() == []
    with pytest.raises(NotFound):
        service.get(id)


def test_the_form_learns_of_the_query(
    service: ScheduleService, db: DatabaseService, query_id: int, form: ScheduleForm
) -> None:
    facts = service.find_query_facts(query_id)
    assert facts.table == "aws_ec2_instances"
    assert "us-east-1" in facts.parameters["region"]["All enabled by default"]
    assert (facts.feeds, facts.warnings) == ((), ())
    service.create(form)
    facts = service.find_query_facts(query_id)
    assert facts.table == "aws_ec2_instances_2"
    assert facts.feeds == ("stackql_inventory.aws_ec2_instances",)
    assert facts.remembered["region"] == ["eu-west-1", "us-east-1"]
    needs = db.save_query(Query("All", "SELECT vpc_id FROM aws.ec2.vpcs"))
    assert "region" in service.find_query_facts(needs).warnings[0]
    with pytest.raises(NotFound):
        service.find_query_facts(99_999)


def wait_for(service: ScheduleService, preview: Preview) -> Preview:
    def over() -> Preview | None:
        found = service.preview(preview.id)
        return None if found.running else found

    return wait_until(over)


def test_a_preview_suggests_keys_from_the_first_scope(service: ScheduleService, form: ScheduleForm) -> None:
    found = wait_for(service, service.start_preview(form))
    assert found.error is None and found.scope == "us-east-1"
    assert found.rows > 100
    assert found.keys[0] == ("instance_id",)
    column = {one.name: one for one in found.columns}
    assert column["instance_id"].distinct == found.rows and column["region"].distinct == 1
    with pytest.raises(InvalidInput) as caught:
        service.start_preview(replace(form, parameters={}))
    assert ":region" in caught.value.message


def test_a_preview_that_fails_says_why(
    service: ScheduleService, db: DatabaseService, form: ScheduleForm
) -> None:
    id = db.save_query(Query("Bad", "SELECT nope FROM aws.ec2.vpcs WHERE region = :region"))
    found = wait_for(service, service.start_preview(replace(form, query_id=id)))
    assert found.error is not None and "nope" in f"{found.error.message} {found.error.details}"


def test_viewers_may_do_nothing(service: ScheduleService, form: ScheduleForm) -> None:
    with act_as(NOBODY):
        for call in (
            service.list_schedules,
            lambda: service.get(1),
            lambda: service.find_query_facts(1),
            lambda: service.check(form),
            lambda: service.create(form),
            lambda: service.update(form),
            lambda: service.pause(1),
            lambda: service.resume(1),
            lambda: service.run_now(1),
            lambda: service.cancel(1),
            lambda: service.find_losses(1),
            lambda: service.delete(1),
            lambda: service.start_preview(form),
            lambda: service.preview("x"),
            lambda: service.retry_job(1),
        ):
            with pytest.raises(NotAllowed):
                call()
