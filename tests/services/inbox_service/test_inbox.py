"""The inbox over what is recorded: its entries last as long as their causes, and what people did as long as that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.databases import fresh_database
from fakes.inventory import instances, load, record_run, schedule, service_at
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from inventory_runner.platform import database
from inventory_runner.settings import read
from services.db import DatabaseService
from services.inbox_service import InboxService, SinceService
from services.models.inbox import EntryKind, EntryState, InboxEntry
from services.models.inbox_list import Inbox, Seen
from services.models.inventory import TableRef
from services.users import NOBODY, Role, RoleUnknown, User, act_as

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANNA, EVA, VERA = (
    User("anna@example.com", Role.ENGINEER),
    User("eva@example.com", Role.ENGINEER),
    User("vera@example.com", Role.VIEWER),
)
WATCHED = InboxEntry(
    "watch:1:1", EntryKind.WATCH, NOW - HOUR, "t", "1 added", "/inventory/t", person=VERA.name
)


def inbox_at(engine: sa.Engine, now: datetime, watched: tuple[InboxEntry, ...] = ()) -> InboxService:
    return InboxService(
        DatabaseService(engine).inbox, service_at(engine, now), lambda _now: watched, clock=lambda: now
    )


def seen(inbox: Inbox) -> list[Seen]:
    return [Seen(one.key, one.since, one.version) for one in inbox.entries]


def failed(engine: sa.Engine, table: str, at: datetime, id: int, message: str = "no way") -> None:
    run = record_run(engine, TableRef("stackql_inventory", table), at, {"us-east-1": "ok"}, 0, id)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE stackql_app.runs SET status = 'FAILED', message = :m WHERE id = :id"),
            {"id": run, "m": message},
        )
        connection.execute(
            sa.text(
                "UPDATE stackql_app.schedules SET last_run_status = 'FAILED', last_run_at = :at WHERE id = :id"
            ),
            {"id": id, "at": at},
        )


def test_what_is_recorded_becomes_entries_and_ends_with_its_cause(engine: sa.Engine) -> None:
    broken = schedule(engine, "aws_broken", cron="0 * * * *")
    failed(engine, "aws_broken", NOW - 3 * HOUR, broken)
    failed(engine, "aws_broken", NOW - HOUR, broken)
    late = schedule(engine, "aws_late", cron="0 * * * *")
    load(engine, "aws_late", {"us-east-1": instances(2)}, NOW - DAY, schedule_id=late)
    for name in ("aws_a", "aws_b"):
        load(engine, name, {"us-east-1": instances(2), "eu-west-1": "denied"}, NOW - HOUR)
    with act_as(ANNA):
        inbox = inbox_at(engine, NOW).list_inbox()
    # of the same scopes of two tables there is one entry, and a run that fails each hour is one since the first time
    assert {(one.key, one.kind, one.since) for one in inbox.entries} == {
        ("run:stackql_inventory.aws_broken", "run", NOW - 3 * HOUR),
        ("coverage:denied:stackql_inventory.aws_a", "coverage", NOW - HOUR),
        ("stale:stackql_inventory.aws_late", "stale", NOW - DAY),
    }
    assert {one.href for one in inbox.entries} == {
        f"/schedules?schedule={broken}",
        f"/schedules?schedule={late}",
        "/inventory/aws_a?tab=coverage",
    }
    assert inbox.reading.partial and inbox.tables == 4
    with act_as(VERA):
        # a viewer is led to no page of the engineers'
        assert not [one for one in inbox_at(engine, NOW).list_inbox().entries if "schedules" in one.href]
    for name in ("aws_a", "aws_b", "aws_late"):
        load(engine, name, {"us-east-1": instances(2), "eu-west-1": instances(1, first=9)}, NOW - HOUR / 2)
    record_run(engine, TableRef("stackql_inventory", "aws_broken"), NOW, {"us-east-1": "ok"}, 1, broken)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE stackql_app.schedules SET last_run_status = 'SUCCESS'"))
    with act_as(ANNA):
        assert inbox_at(engine, NOW).list_inbox().entries == ()
        # who still has the page open hears that it is over
        (first, *_) = inbox_at(engine, NOW).acknowledge(seen(inbox))
        assert isinstance(first.error, NotFound) and "over" in first.error.full_message


def test_what_people_did_holds_for_the_causes_that_they_saw(engine: sa.Engine) -> None:
    scopes = {"us-east-1": instances(2), "eu-west-1": "denied"}
    load(engine, "aws_a", scopes, NOW - 2 * HOUR)
    at = inbox_at(engine, NOW)
    with act_as(ANNA):
        (outcome,) = at.acknowledge(seen(at.list_inbox()))
        assert outcome.error is None
        at.set_owner(seen(at.list_inbox()), "  team   payments ")
        (entry,) = at.list_inbox().entries
        assert (entry.state, entry.acknowledged_by, entry.owner, entry.version) == (
            "acknowledged",
            ANNA.name,
            "team payments",
            2,
        )
        before = seen(at.list_inbox())
        assert at.count_open() == (0, False)
    # the same scope again is the same cause, another scope is a new one
    load(engine, "aws_a", scopes, NOW - HOUR)
    with act_as(EVA):
        assert inbox_at(engine, NOW).list_inbox().entries[0].state == "acknowledged"
    load(engine, "aws_a", {**scopes, "sa-east-1": "denied"}, NOW - HOUR / 2)
    with act_as(EVA):
        (entry,) = inbox_at(engine, NOW).list_inbox().entries
        assert (entry.state, entry.owner, entry.acknowledged_by) == ("open", "", "")
        (outcome,) = inbox_at(engine, NOW).acknowledge(before)
        assert isinstance(outcome.error, InvalidInput) and outcome.error.title == "It began anew"
        assert inbox_at(engine, NOW).count_open() == (1, False)


def test_two_people_at_once_and_what_may_not_be(engine: sa.Engine) -> None:
    load(engine, "aws_a", {"us-east-1": instances(2), "eu-west-1": "denied"}, NOW - HOUR)
    at = inbox_at(engine, NOW, (WATCHED, replace(WATCHED, key="watch:2:2", person=EVA.name)))
    with act_as(ANNA):
        both = [one for one in seen(at.list_inbox()) if one.key.startswith("coverage")]
        assert at.acknowledge(both)[0].note == ""
    with act_as(EVA):
        # the same wish is fulfilled, another one overwrites nothing
        assert at.acknowledge(both)[0].note == f"{ANNA.name} did so already."
        (refused,) = at.mute(both, NOW + DAY)
        assert isinstance(refused.error, VersionConflict) and ANNA.name in refused.error.full_message
        for until in (NOW - DAY, NOW, NOW + 400 * DAY):
            with pytest.raises(InvalidInput):
                at.mute(seen(at.list_inbox()), until)
        for owner in ("x" * 101, "a\0"):
            with pytest.raises(InvalidInput):
                at.set_owner(both, owner)
        (unknown,) = at.acknowledge([Seen("run:nothing.such", NOW, 0)])
        assert isinstance(unknown.error, NotFound)
        with pytest.raises(InvalidInput):
            at.acknowledge([Seen(f"run:{n}", NOW, 0) for n in range(201)])
    own = Seen(WATCHED.key, WATCHED.since, 0)
    with act_as(VERA):
        # once an engineer, now a viewer: what is everybody's is refused, what their own watch saw is theirs
        with pytest.raises(NotAllowed):
            at.acknowledge(both)
        assert at.acknowledge([own])[0].error is None
        assert isinstance(at.acknowledge([Seen("watch:2:2", NOW, 0)])[0].error, NotAllowed)
    for user, error in ((NOBODY, NotAllowed), (User("who@example.com", Role.UNKNOWN), RoleUnknown)):
        with act_as(user), pytest.raises(error):
            at.undo(both)


@pytest.fixture(scope="module")
def shared(postgres: str) -> Iterator[sa.Engine]:
    """A database with one entry, for all examples of the law."""
    with fresh_database(postgres) as url:
        made = database.create_engine(database.find_target(read(database_url=url)))
        load(made, "aws_a", {"us-east-1": instances(2), "eu-west-1": "denied"}, NOW)
        yield made
        made.dispose()


@settings(max_examples=15)
@given(steps=st.lists(st.sampled_from(["acknowledge", "mute", "undo", "owner", "day", "again"]), max_size=10))
def test_the_state_is_the_last_thing_that_was_done_about_the_newest_cause(
    shared: sa.Engine, steps: list[str]
) -> None:
    """A small model beside it: nothing comes back but by a new cause, the end of a mute, or an undo."""
    with shared.begin() as connection:
        connection.execute(sa.text("DELETE FROM stackql_app.inbox_states"))
        connection.execute(sa.text("UPDATE stackql_app.table_scopes SET since = :at"), {"at": NOW})
    now, expected, owner, until = NOW, EntryState.OPEN, "", NOW
    for step in steps:
        at = inbox_at(shared, now)
        with act_as(ANNA):
            shown = seen(at.list_inbox())
            if step == "acknowledge":
                at.acknowledge(shown)
                expected = EntryState.ACKNOWLEDGED
            elif step == "mute":
                until = now + DAY + HOUR
                at.mute(shown, until)
                expected = EntryState.MUTED
            elif step == "undo":
                at.undo(shown)
                expected = EntryState.OPEN
            elif step == "owner":
                owner = f"team {len(steps)}"
                at.set_owner(shown, owner)
            else:
                now += DAY
                if step == "again":
                    with shared.begin() as connection:
                        connection.execute(
                            sa.text("UPDATE stackql_app.table_scopes SET since = :at WHERE status <> 'ok'"),
                            {"at": now},
                        )
                    expected, owner = EntryState.OPEN, ""
            if expected is EntryState.MUTED and until <= now:
                expected = EntryState.OPEN
            (entry,) = inbox_at(shared, now).list_inbox().entries
            assert (entry.state, entry.owner) == (expected, owner)


def test_since_a_person_was_last_here(engine: sa.Engine) -> None:
    db = DatabaseService(engine)
    id = schedule(engine, "aws_broken")

    def since_at(now: datetime, watched: tuple[InboxEntry, ...] = ()) -> SinceService:
        return SinceService(db.visits, db.changes, inbox_at(engine, now, watched), clock=lambda: now)

    load(engine, "aws_a", {"us-east-1": instances(2)}, NOW - 7 * DAY)
    with act_as(ANNA):
        # a first visit has nothing to compare with, and a pause is not an absence
        assert since_at(NOW - 5 * DAY).find_since_last() is None
        assert since_at(NOW - 5 * DAY + HOUR / 2).find_since_last() is None
    failed(engine, "aws_broken", NOW - 2 * DAY, id)
    failed(engine, "aws_broken", NOW - DAY, id)
    load(engine, "aws_a", {"us-east-1": instances(5), "eu-west-1": "denied"}, NOW - DAY)
    with act_as(ANNA):
        since_at(NOW).note_visit()
        told = since_at(NOW + timedelta(minutes=1), (WATCHED,)).find_since_last()
        assert told is not None and told.since == NOW - 5 * DAY + HOUR / 2
        assert (told.failed_runs, told.failed_tables) == (2, 1)
        assert [one.key for one in told.lost] == ["coverage:denied:stackql_inventory.aws_a"]
        assert list(told.watches) == [WATCHED]
        assert [(one.table.name, one.added) for one in told.moved] == [("aws_a", 3)]
        since_at(NOW).dismiss()
        assert since_at(NOW + HOUR / 4).find_since_last() is None
        # the next visit tells anew, and only what is new
        told = since_at(NOW + 2 * DAY).find_since_last()
        assert told is not None and told.since == NOW + HOUR / 4 and told.failed_runs == 0
    with act_as(EVA):
        # everybody has visits of their own
        assert since_at(NOW).find_since_last() is None
    with act_as(NOBODY):
        assert since_at(NOW).find_since_last() is None


def test_a_dropped_table_takes_what_was_done_about_its_entries(engine: sa.Engine) -> None:
    id = schedule(engine, "aws_a")
    for name in ("aws_a", "aws_ab"):
        scopes = {"us-east-1": instances(2), f"{name}-region": "denied"}
        load(engine, name, scopes, NOW - HOUR, schedule_id=id if name == "aws_a" else None)
    at = inbox_at(engine, NOW)
    with act_as(ANNA):
        at.acknowledge(seen(at.list_inbox()))
        DatabaseService(engine).schedules.delete_schedule(id, drop_table=True)
        assert [one.key for one in inbox_at(engine, NOW).list_inbox().entries] == [
            "coverage:denied:stackql_inventory.aws_ab"
        ]
    with engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT key FROM stackql_app.inbox_states")).scalars().all()
    assert kept == ["coverage:denied:stackql_inventory.aws_ab"]
