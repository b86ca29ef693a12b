"""What is said of a number's coverage and age: of its own selection, and of its own moment."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.inventory import REF, instances, load, record_run, schedule, service_at

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Change
from services.inventory_service import InventoryService
from services.models.coverage import NEVER, UNKNOWN, Covered, Moments, NotApplicable, Reading
from services.models.inventory import READ_AT, InventoryFilter, TableRef
from services.models.url_values import ONLY_OPENED, ONLY_REGION, ONLY_STALE

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
BUCKETS = TableRef("stackql_inventory", "aws_s3_buckets")


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def service(engine: sa.Engine) -> InventoryService:
    """Instances of two regions, of which one went dark two days ago; buckets, listed once for all regions."""
    id = schedule(engine, REF.name, status="PARTIAL")
    us, eu = instances(10), instances(5, first=500, region="eu-west-1")
    for days, (rows, status) in {4: (eu, "ok"), 2: ("denied", "denied"), 0.1: ("denied", "denied")}.items():
        at = days_ago(days)
        load(engine, REF.name, {"us-east-1": us, "eu-west-1": rows}, at, schedule_id=id)
        record_run(engine, REF, at, {"us-east-1": "ok", "eu-west-1": status}, 15)
    buckets = [
        {"name": f"b{n}", "region": "eu-west-1" if n else "us-east-1", "is_public": n > 2} for n in range(5)
    ]
    more = {"keys": ("name",), "service": "s3", "resource": "buckets"}
    load(engine, BUCKETS.name, {"": buckets}, days_ago(3), **more)
    opened = [{**one, "is_public": one["name"] in ("b1", "b3", "b4")} for one in buckets]
    load(engine, BUCKETS.name, {"": opened}, days_ago(1), **more)
    return service_at(engine, NOW)


def test_a_table_with_a_scope_that_was_not_read_is_as_old_as_that(service: InventoryService) -> None:
    summary = service.table(REF).summary
    assert summary.reading == Reading(Covered(1, 2), Moments(days_ago(4), days_ago(0.1)), ("eu-west-1",))
    assert (summary.stale_rows, summary.oldest_at) == (5, days_ago(4))
    shown = service.overview(InventoryFilter())
    assert shown.reading.coverage == Covered(2, 3) and shown.reading.unread == ("eu-west-1",)
    assert shown.reading.as_of == Moments(days_ago(4), days_ago(0.1))


def test_a_region_has_its_own_coverage_and_age_in_every_place(service: InventoryService) -> None:
    dark = service.overview(InventoryFilter(region="eu-west-1"))
    by_name = {table.ref.name: table for table in dark.tables}
    # the scope that names it; where none does, what was read for all regions
    assert by_name[REF.name].reading == Reading(
        Covered(0, 1), Moments(days_ago(4), days_ago(4)), ("eu-west-1",)
    )
    assert by_name[BUCKETS.name].reading == Reading(Covered(1, 1), Moments(days_ago(1), days_ago(1)))
    assert (dark.scopes_ok, dark.scopes_total) == (1, 2)
    assert [one.tables[0] for one in dark.attention] == [REF]
    light = service.overview(InventoryFilter(region="us-east-1"))
    assert {table.reading.coverage for table in light.tables} == {Covered(1, 1)}
    assert light.reading.coverage == Covered(2, 2) and not light.attention
    # the figure, the list and the resources say the same
    for shown, region in ((dark, "eu-west-1"), (light, "us-east-1")):
        listed = service.tables(InventoryFilter(region=region))
        assert {t.ref: t.reading for t in listed.tables} == {t.ref: t.reading for t in shown.tables}
        assert service.read_resources_reading({"region": region}).coverage == shown.reading.coverage
        assert service.read_changes_reading(region=region).coverage == shown.reading.coverage


def test_a_region_that_nobody_could_read_is_not_empty(engine: sa.Engine, service: InventoryService) -> None:
    load(engine, REF.name, {"us-east-1": instances(10), "sa-east-1": "denied"}, NOW)
    shown = service.overview(InventoryFilter(region="sa-east-1"))
    assert [(table.ref, table.rows) for table in shown.tables] == [(REF, None)]
    assert shown.reading == Reading(Covered(0, 1), NEVER, ("sa-east-1",))


def test_a_past_moment_has_its_own_coverage_and_facts(service: InventoryService) -> None:
    was = service.table(REF, days_ago(3)).moment
    assert was is not None and was.rows == 15
    assert was.reading == Reading(Covered(2, 2), Moments(days_ago(4), days_ago(4)))
    later = service.table(REF, days_ago(1)).moment
    assert later is not None
    assert later.reading == Reading(Covered(1, 2), Moments(days_ago(4), days_ago(2)), ("eu-west-1",))
    (dark, _) = later.scopes
    # denied since then, and its rows are from the last time
    assert (dark.scope.label, dark.status) == ("eu-west-1", "denied")
    assert (dark.ok_at, dark.since) == (days_ago(4), days_ago(2))
    assert dark.rows == 10
    # before the first run nothing is known
    before = service.table(REF, days_ago(9)).moment
    assert before is not None and before.reading == Reading(UNKNOWN, UNKNOWN) and before.rows is None


def test_the_rows_of_a_scope_that_was_not_read_say_how_old_they_are(service: InventoryService) -> None:
    for at in (None, days_ago(1)):
        rows = service.rows(REF, 0, 100, as_of=at)["rows"]
        stale = {row["id"] for row in rows if READ_AT in row}
        assert stale == {row["id"] for row in rows if "eu-west-1" in row["_scope"]} and len(stale) == 5
        assert {row[READ_AT] for row in rows if READ_AT in row} == {f"{days_ago(4):%Y-%m-%d %H:%M:%S}"}
        # one click away are just these
        only = service.rows(REF, 0, 100, as_of=at, only={ONLY_STALE: "yes"})
        assert {row["id"] for row in only["rows"]} == stale
        assert service.reading(REF, {ONLY_STALE: "yes"}, at).coverage == Covered(0, 1)
    assert not [row for row in service.rows(REF, 0, 100, as_of=days_ago(3))["rows"] if READ_AT in row]
    # in the list over all tables as well
    listed = service.assets({}, 0, 100)["rows"]
    assert {row["id"] for row in listed if READ_AT in row} == stale


def test_a_file_says_of_each_row_when_it_was_read_and_in_its_name_what_is_missing(
    service: InventoryService,
) -> None:
    file = service.export(REF, "json")
    read = {row["id"]: row[READ_AT] for row in json.load(io.BytesIO(b"".join(file.pieces)))}
    assert len(set(read.values())) == 2 and len(read) == 15
    assert all(datetime.fromisoformat(at) in (days_ago(4), days_ago(0.1)) for at in read.values())
    assert file.reading.coverage == Covered(1, 2)
    assert service.export(REF, "csv", days_ago(3)).reading.coverage == Covered(2, 2)


def test_rows_are_narrowed_to_a_region_whatever_names_it(service: InventoryService) -> None:
    for ref, region, count in ((REF, "eu-west-1", 5), (BUCKETS, "eu-west-1", 4), (BUCKETS, "us-east-1", 1)):
        for at in (None, days_ago(1)):
            assert service.rows(ref, 0, 100, as_of=at, only={ONLY_REGION: region})["total"] == count
    shown = service.overview(InventoryFilter(region="eu-west-1"))
    # as many as the number that leads there
    for table in shown.tables:
        assert service.rows(table.ref, 0, 100, only={ONLY_REGION: "eu-west-1"})["total"] == table.rows


def test_what_became_public_is_exactly_those(service: InventoryService) -> None:
    (one,) = [one for one in service.overview(InventoryFilter()).attention if "public" in one.text]
    assert "1 resource became public" in one.text
    rows = service.rows(BUCKETS, 0, 100, only=one.only)["rows"]
    assert [row["name"] for row in rows] == ["b1"]
    assert service.rows(BUCKETS, 0, 100, only={**one.only, "region": "us-east-1"})["total"] == 0
    for nonsense in ("", "x", "0", "1000"):
        with pytest.raises(InvalidInput):
            service.rows(BUCKETS, 0, 1, only={ONLY_OPENED: nonsense})


def test_changes_are_narrowed_to_a_region(engine: sa.Engine, service: InventoryService) -> None:
    us = [*instances(8), *instances(3, first=100)]
    load(engine, REF.name, {"us-east-1": us, "eu-west-1": "denied"}, NOW)
    everything = service.changes()
    of_region = {
        region: [(one.table, one.key) for one in service.changes(region=region).entries]
        for region in ("us-east-1", "eu-west-1", "sa-east-1")
    }
    # removed ones too, which no list of resources has any more
    assert len(of_region["us-east-1"]) == 5 and of_region["eu-west-1"] == [(BUCKETS, "b1")]
    assert of_region["sa-east-1"] == []
    assert sum(map(len, of_region.values())) == len(everything.entries)
    for region, listed in of_region.items():
        counted = service.count_changes(region=region)
        assert counted is not None and sum(counted.values()) == len(listed)
    removed = service.changes(region="us-east-1", kinds=[Change.REMOVED]).entries
    assert sorted(one.key for one in removed) == ["i-0008", "i-0009"]


def test_of_a_day_on_which_nothing_was_read_nothing_is_known(service: InventoryService) -> None:
    read = service.read_changes_reading(day=days_ago(2).date())
    assert read.coverage == Covered(1, 2)
    unread = service.read_changes_reading(day=days_ago(20).date())
    assert unread.coverage is UNKNOWN and isinstance(unread.as_of, NotApplicable)
    assert "nothing was read" in unread.as_of.reason


def test_an_empty_database_knows_nothing(engine: sa.Engine) -> None:
    service = service_at(engine, NOW)
    nothing = Reading(UNKNOWN, NEVER)
    assert service.read_resources_reading({}) == service.read_changes_reading() == nothing
    assert service.overview(InventoryFilter()).reading == nothing


def test_one_that_is_gone_keeps_its_provider_its_type_and_its_first_day(
    engine: sa.Engine, service: InventoryService
) -> None:
    load(engine, REF.name, {"us-east-1": [*instances(10), *instances(1, first=77)]}, days_ago(0.05))
    load(engine, REF.name, {"us-east-1": instances(9)}, NOW)
    came, always = (service.resource(REF, key, '{"region":"us-east-1"}') for key in ("i-0077", "i-0009"))
    assert came.values is None and came.first_seen_at == days_ago(0.05)
    assert came.of is not None and (came.of.provider, came.of.resource) == ("aws", "instances")
    # it was there when the history began
    assert always.values is None and always.first_seen_at == days_ago(4)
    assert always.first_day == days_ago(4).date()
