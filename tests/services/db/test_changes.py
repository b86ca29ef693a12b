from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, schedule

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Change
from services.db import DatabaseService
from services.models.inventory import Flapping, TableRef
from services.models.url_values import Days

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
REF = TableRef("stackql_inventory", "aws_ec2_instances")


@pytest.fixture
def db(engine) -> DatabaseService:
    load(engine, "aws_ec2_instances", {"us-east-1": instances(4)}, NOW - timedelta(days=2))
    # i-0003 leaves, i-0004 and i-0005 come, i-0000 stops
    changed = [*instances(3), *instances(2, first=4)]
    changed[0] = {**changed[0], "state": "stopped"}
    load(engine, "aws_ec2_instances", {"us-east-1": changed}, NOW)
    load(
        engine,
        "gcp_disks",
        {"p": instances(1)},
        NOW - timedelta(days=2),
        provider="google",
        parameter="project",
    )
    load(
        engine,
        "gcp_disks",
        {"p": instances(2)},
        NOW + timedelta(hours=1),
        provider="google",
        parameter="project",
    )
    return DatabaseService(engine)


def test_the_feed_lists_what_happened_newest_first(db):
    page = db.changes.get_changes(REF)
    assert {(one.kind, one.key) for one in page.entries} == {
        (Change.REMOVED, "i-0003"),
        (Change.ADDED, "i-0004"),
        (Change.ADDED, "i-0005"),
        (Change.CHANGED, "i-0000"),
    }
    changed = next(one for one in page.entries if one.kind is Change.CHANGED)
    assert changed.columns == ("state",)
    assert (changed.before["state"], changed.after["state"]) == ("running", "stopped")
    assert changed.scope.values == {"region": "us-east-1"} and page.older == ""
    everything = db.changes.get_changes().entries
    assert everything[0].table.name == "gcp_disks" and len(everything) == 5


def test_the_feed_is_narrowed_by_kind_day_provider_and_name(db):
    assert [one.kind for one in db.changes.get_changes(REF, kinds=[Change.REMOVED]).entries] == [
        Change.REMOVED
    ]
    assert len(db.changes.get_changes(day=NOW.date()).entries) == 5
    assert db.changes.get_changes(day=(NOW - timedelta(days=1)).date()).entries == ()
    assert [one.table.name for one in db.changes.get_changes(provider="google").entries] == ["gcp_disks"]
    assert [one.key for one in db.changes.get_changes(REF, search="0004").entries] == ["i-0004"]
    assert db.changes.get_changes(REF, search="%").entries == ()


def test_pages_follow_one_another_without_gap_or_repeat(db):
    seen, cursor = [], ""
    while True:
        page = db.changes.get_changes(cursor=cursor, limit=2)
        seen += [one.id for one in page.entries]
        cursor = page.older
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
    for wrong in ("x", "2026-01-01~", "~4", "2026-13-01T00:00:00~4"):
        with pytest.raises(InvalidInput):
            db.changes.get_changes(cursor=wrong)


def test_a_resource_has_its_own_timeline(db):
    scope = '{"region":"us-east-1"}'
    assert [one.kind for one in db.changes.read_resource_timeline(REF, "i-0003", scope)] == [Change.REMOVED]
    assert db.changes.read_resource_timeline(REF, "i-0003", '{"region":"elsewhere"}') == []


def test_a_timeline_holds_what_a_run_did_that_changed_most_of_a_table(db, engine):
    many = instances(1_200)
    for days, state in ((9, "running"), (8, "stopped"), (7, "running")):
        rows = [{**one, "state": state} for one in many]
        load(engine, "mass", {"us-east-1": rows}, NOW - timedelta(days=days))
    rows[7] = {**rows[7], "state": "gone"}
    load(engine, "mass", {"us-east-1": rows}, NOW)
    found = db.changes.read_resource_timeline(
        TableRef("stackql_inventory", "mass"), "i-0007", '{"region":"us-east-1"}'
    )
    assert [(one.at, one.after["state"]) for one in found] == [
        (NOW, "gone"),
        (NOW - timedelta(days=7), "running"),
        (NOW - timedelta(days=8), "stopped"),
    ]


def test_changes_are_narrowed_by_owner_account_column_and_days_and_without_columns_that_flap(engine):
    id = schedule(engine, "aws_ec2_instances")
    for hour, size in enumerate((1, 2, 3, 4, 5)):
        at = NOW - timedelta(hours=5 - hour)
        rows = instances(4, size=size, seen=hour, plain="y" if hour > 3 else "x")
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.runs (schedule_id, target_schema, target_table, status, started_at)"
                    " VALUES (:id, 'stackql_inventory', 'aws_ec2_instances', 'SUCCESS', :at)"
                ),
                {"id": id, "at": at},
            )
        load(engine, "aws_ec2_instances", {"us-east-1": rows}, at)
    db = DatabaseService(engine)

    def find(**narrowing):
        found = db.changes.get_changes(**narrowing).entries
        counted = db.changes.count_changes(**narrowing)
        assert sum(counted.values()) == len(found)
        return found

    assert len(find()) == 16
    assert {one.key for one in find(owner="payments")} == {"i-0000", "i-0002"}
    assert find(owner="") == () and find(owner="nobody") == () and find(account="4411") == ()
    assert len(find(account="")) == 16
    assert len(find(column="plain")) == 4 and find(column="id") == ()
    assert len(find(day=Days(NOW.date() - timedelta(days=1), date.max))) == 16
    assert find(day=Days(date.min, NOW.date() - timedelta(days=1))) == ()
    flapping = [Flapping(REF, name, 4, 5, id) for name in ("seen", "size")]
    assert db.changes.list_flapping(NOW - timedelta(days=7)) == flapping
    assert db.changes.list_flapping(NOW - timedelta(days=7), REF) == flapping
    assert db.changes.list_flapping(NOW - timedelta(days=7), provider="google") == []
    # of fewer runs nobody can tell
    assert db.changes.list_flapping(NOW - timedelta(hours=2, minutes=30)) == []
    # what changed in another column too stays, and so does what flaps in another table
    assert len(find(hidden=flapping)) == 4
    elsewhere = [replace(one, table=TableRef("stackql_inventory", "other")) for one in flapping]
    assert len(find(hidden=elsewhere)) == 16
