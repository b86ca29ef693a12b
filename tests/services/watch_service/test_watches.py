"""Watches over real merges: what the feed says is told once, and what was not read or is a baseline never."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.inventory import instances, load, schedule
from hypothesis import HealthCheck, given, settings

from inventory_runner import store
from inventory_runner.contract import QueryResult
from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from inventory_runner.models import Scope, ScopeStatus
from inventory_runner.platform import database
from inventory_runner.settings import read as read_settings
from inventory_runner.store import ScopeData, Target
from services.db import DatabaseService, watch_feed
from services.inventory_sql import InventoryEngine, InventoryReader
from services.models.core import Change
from services.models.inbox import EntryKind
from services.models.inventory import TableRef
from services.models.watches import MOST_SHOWN, MOST_WATCHES, Watch, WatchKind, WatchTarget
from services.users import NOBODY, SYSTEM, Role, RoleUnknown, User, act_as
from services.watch_service import WatchService
from services.watch_service.looking import BEGUN_ANEW

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
VERA = User("vera@example.com", Role.VIEWER)
EVA = User("eva@example.com", Role.ENGINEER)
REF = TableRef("stackql_inventory", "aws_ec2_instances")
OF_TABLE = WatchTarget(WatchKind.TABLE, REF)
numbers = itertools.count(1)


def make_service(engine: sa.Engine, inventory: InventoryEngine | None = None) -> WatchService:
    db = DatabaseService(engine)
    return WatchService(db.watches, db.saved_views, inventory)


@pytest.fixture
def inventory(engine: sa.Engine, database_url: str) -> InventoryEngine:
    target = database.find_target(read_settings(database_url=database_url))
    return InventoryEngine(InventoryReader(lambda: target))


def only(watches: Sequence[Watch]) -> Watch:
    (watch,) = watches
    return watch


# ---- the laws

REGIONS = ("east", "west")
OWNERS = ("payments", "data")
Answer = Mapping[str, Sequence[tuple[str, int, str]] | str]
ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 2), st.sampled_from(OWNERS)),
    min_size=1,
    max_size=3,
    unique_by=lambda row: row[0],
)
MERGES = st.dictionaries(st.sampled_from(REGIONS), st.one_of(ROWS, ROWS, st.just("denied")), min_size=1)
STEPS = st.tuples(
    # mostly watched from the first load on
    st.lists(st.one_of(ROWS.map(lambda rows: {"east": rows}), st.just("watch")), min_size=2, max_size=3),
    st.lists(st.sampled_from(["watch"]), min_size=1, max_size=1),
    st.lists(st.one_of(MERGES, MERGES, MERGES, st.just("look"), st.just("drop")), min_size=3, max_size=8),
).map(lambda parts: [step for part in parts for step in part])


@dataclass
class History:
    """A table of its own, its watches, and what its feed has that they have to tell."""

    engine: sa.Engine
    table: str
    user: User
    expected: dict[WatchKind, set[int]] = field(default_factory=dict)
    pending: dict[WatchKind, set[int]] = field(default_factory=dict)
    denied_at: dict[datetime, set[str]] = field(default_factory=dict)
    baselines: set[datetime] = field(default_factory=set)
    schedule: int = 0
    minutes: int = 0
    last: int = 0

    def merge(self, answer: Answer) -> None:
        self.minutes += 1
        if not self.schedule:
            self.schedule = schedule(self.engine, self.table)
        at = NOW + timedelta(minutes=self.minutes)
        scopes: dict[str, Any] = {
            region: rows
            if isinstance(rows, str)
            else [
                {"id": f"{region}-{id}", "size": size, "region": region, "tags": f'{{"owner": "{owner}"}}'}
                for id, size, owner in rows
            ]
            for region, rows in answer.items()
        }
        result = load(self.engine, self.table, scopes, at, schedule_id=self.schedule)
        self.denied_at[at] = {region for region, rows in answer.items() if rows == "denied"}
        if result.baseline:
            self.baselines.add(at)
        with self.engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT * FROM stackql_inventory.resource_changes WHERE table_name = :name AND id > :last"
                ),
                {"name": self.table, "last": self.last},
            ).all()
        for row in found:
            self.last = max(self.last, row.id)
            owners = {side["tags"]["owner"] for side in (row.before, row.after) if side}
            told = {
                WatchKind.TABLE: True,
                WatchKind.RESOURCE: row.resource_key == "east-a" and row.scope == '{"region":"east"}',
                WatchKind.VIEW: "payments" in owners,
            }
            for kind, of in self.pending.items():
                if told[kind]:
                    of.add(row.id)

    def look(self, service: WatchService) -> None:
        service.count_entries()
        for kind, ids in self.pending.items():
            self.expected[kind] |= ids
            ids.clear()

    def drop(self) -> None:
        # with the table its feed goes: what was not told yet is told by nobody
        if self.schedule:
            with act_as(SYSTEM):
                DatabaseService(self.engine).schedules.delete_schedule(self.schedule, drop_table=True)
        self.schedule = 0
        for ids in self.pending.values():
            ids.clear()

    def watch(self, service: WatchService) -> None:
        if self.pending or not self.schedule:
            return
        ref = TableRef("stackql_inventory", self.table)
        with self.engine.connect() as connection:
            known = connection.execute(
                sa.text("SELECT FROM stackql_app.inventory_tables WHERE target_table = :name"),
                {"name": self.table},
            ).one_or_none()
        if known is None:
            return
        view = DatabaseService(self.engine).saved_views.save_view(
            f"view {self.table}", f"owner:payments table:{self.table}"
        )
        for target in (
            WatchTarget(WatchKind.TABLE, ref),
            WatchTarget(WatchKind.RESOURCE, ref, "east-a", '{"region":"east"}'),
            WatchTarget(WatchKind.VIEW, view=view),
        ):
            service.watch(target)
            self.pending[target.kind], self.expected[target.kind] = set(), set()


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
def test_every_change_of_the_feed_is_told_exactly_once(engine: sa.Engine, steps: list[Any]) -> None:
    number = next(numbers)
    history = History(engine, f"watched_{number}", User(f"person-{number}@example.com", Role.VIEWER))
    service = make_service(engine)
    with act_as(history.user):
        for step in steps:
            if step == "look":
                history.look(service)
            elif step == "watch":
                history.watch(service)
            elif step == "drop":
                history.drop()
            else:
                history.merge(step)
        history.look(service)
        # and nothing again
        told = service.list_watches()
    assert {watch.target.kind for watch in told} == set(history.expected)
    for watch in told:
        changes = [change for event in watch.events for change in event.changes]
        assert Counter(change.id for change in changes) == Counter(history.expected[watch.target.kind])
        assert sum(event.total for event in watch.events) == len(changes)
        for change in changes:
            assert change.at not in history.baselines
            assert change.scope.values["region"] not in history.denied_at[change.at]


# ---- overlapping


def merge_held(engine: sa.Engine, at: datetime, rows: int, until: Callable[[], None]) -> None:
    """A merge that has written everything and commits when `until` returns."""
    table = pa.table({"id": [f"i-{n}" for n in range(rows)], "size": list(range(rows))})
    store.merge(
        engine,
        Target(
            REF.schema, REF.name, key_columns=("id",), provider="aws", service="ec2", resource="instances"
        ),
        [ScopeData(Scope({"region": "east"}), ScopeStatus.OK, QueryResult(table))],
        run_id=next(numbers),
        at=at,
        claim=lambda _connection: None,
        record=lambda _connection, _result: until(),
    )


def test_a_merge_that_commits_after_the_watch_began_is_told_though_it_began_before(engine: sa.Engine) -> None:
    merge_held(engine, NOW - timedelta(hours=2), 2, lambda: None)
    service = make_service(engine)
    written, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        written.set()
        assert go_on.wait(60)

    # its time is before the watch's
    merge = threading.Thread(target=merge_held, args=(engine, NOW - timedelta(hours=1), 5, hold))
    merge.start()
    assert written.wait(60)
    with act_as(VERA):
        service.watch(OF_TABLE)
        # what is not committed is not there
        assert service.list_entries(NOW) == []
        go_on.set()
        merge.join()
        (entry,) = service.list_entries(NOW)
        assert (len(entry.changes), entry.left_out, entry.person) == (3, 0, VERA.name)
        assert service.list_entries(NOW) == [entry] and service.count_entries() == 1


def test_two_requests_at_once_tell_one_event(engine: sa.Engine) -> None:
    load(engine, REF.name, {"us-east-1": instances(3)}, NOW)
    with act_as(VERA):
        make_service(engine).watch(OF_TABLE)
    load(engine, REF.name, {"us-east-1": instances(6)}, NOW + timedelta(hours=1))
    begin = threading.Barrier(2)
    found: list[list[str]] = []

    def ask() -> None:
        # of another process: nothing in common but the database
        service = make_service(engine)
        begin.wait()
        with act_as(VERA):
            found.append([entry.key for entry in service.list_entries(NOW)])

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # who comes second waits for the first, and sees the same
    assert len(found) == 2 and found[0] == found[1] and len(found[0]) == 1


# ---- size


def test_many_changes_at_once_are_one_event_with_a_count_and_the_newest(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_feed, "MOST_MATCHED", 500)
    load(engine, REF.name, {"us-east-1": instances(1500)}, NOW)
    service = make_service(engine)
    with act_as(VERA):
        service.watch(OF_TABLE)
        views = DatabaseService(engine).saved_views
        service.watch(WatchTarget(WatchKind.VIEW, view=views.save_view("Stopped", "state:stopped")))
        service.watch(WatchTarget(WatchKind.RESOURCE, REF, "i-0007", '{"region":"us-east-1"}'))
        # of most of a table the feed keeps changed values alone
        load(engine, REF.name, {"us-east-1": instances(1500, image="ami-2")}, NOW + timedelta(hours=1))
        changed = [{**row, "size": -1} for row in instances(1500, image="ami-2")]
        load(engine, REF.name, {"us-east-1": changed}, NOW + timedelta(hours=2))
        resource, view, table = service.list_watches()
    event = table.events[0]
    assert (event.counts[Change.CHANGED], event.whole) == (1500, True)
    assert len(event.changes) == MOST_SHOWN and event.left_out == 1500 - MOST_SHOWN
    # half are stopped now; more than were looked through are told to be more
    assert (view.events[0].counts[Change.CHANGED], view.events[0].whole) == (250, False)
    only_one = resource.events[0].changes
    assert [(one.key, one.before, one.after) for one in only_one] == [("i-0007", {"size": 70}, {"size": -1})]


# ---- what cannot be seen


def test_a_scope_that_was_not_read_is_said_and_fires_nothing(engine: sa.Engine) -> None:
    load(engine, REF.name, {"us-east-1": instances(3), "eu-west-1": instances(2, first=9)}, NOW)
    service = make_service(engine)
    with act_as(VERA):
        service.watch(OF_TABLE)
        views = DatabaseService(engine).saved_views
        service.watch(WatchTarget(WatchKind.VIEW, view=views.save_view("All", "")))
        service.watch(WatchTarget(WatchKind.RESOURCE, REF, "i-0001", '{"region":"us-east-1"}'))
        denied = NOW + timedelta(hours=1)
        load(engine, REF.name, {"us-east-1": instances(3), "eu-west-1": "denied"}, denied)
        resource, view, table = service.list_watches()
        assert [watch.events for watch in (resource, view, table)] == [(), (), ()]
        for watch in (view, table):
            (scope,) = watch.unread
            assert (scope.scope, scope.status, scope.since, scope.ok_at) == (
                '{"region":"eu-west-1"}',
                "denied",
                denied,
                NOW,
            )
        assert resource.unread == ()
        load(engine, REF.name, {"us-east-1": instances(4), "eu-west-1": "denied"}, NOW + timedelta(hours=2))
        entry = next(one for one in service.list_entries(NOW) if one.title.startswith(REF.name))
    assert entry.kind is EntryKind.WATCH and "eu-west-1 (denied since 10 Mar)" in entry.text
    assert [(one.kind, one.before, one.name) for one in entry.changes] == [("added", None, "web-0003")]
    assert entry.changes[0].href.startswith("/inventory/aws_ec2_instances?key=i-0003")


def test_a_watch_on_a_deleted_table_says_so_and_can_be_ended(engine: sa.Engine) -> None:
    id = schedule(engine, REF.name)
    load(engine, REF.name, {"us-east-1": instances(3)}, NOW, schedule_id=id)
    service = make_service(engine)
    with act_as(VERA):
        watch = service.watch(OF_TABLE)
        assert service.watch(OF_TABLE) == watch == service.find(OF_TABLE)
    with act_as(SYSTEM):
        assert DatabaseService(engine).schedules.count_watches(REF.schema, REF.name) == 1
        DatabaseService(engine).schedules.delete_schedule(id, drop_table=True)
    with act_as(VERA):
        assert "was deleted" in only(service.list_watches()).problem
        # made anew: its first load is a baseline
        load(engine, REF.name, {"us-east-1": instances(5)}, NOW + timedelta(hours=1))
        again = only(service.list_watches())
        assert (again.problem, again.events) == ("", ())
        load(engine, REF.name, {"us-east-1": instances(6)}, NOW + timedelta(hours=2))
        assert only(service.list_watches()).events[0].total == 1
        service.remove(watch)
        assert service.list_watches() == [] == service.list_entries(NOW)
        with pytest.raises(NotFound):
            service.remove(watch)


def test_a_table_that_a_schedule_takes_over_begins_with_what_its_first_run_wrote(engine: sa.Engine) -> None:
    load(engine, "other", {"us-east-1": instances(1)}, NOW)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE stackql_inventory.adopted"
            " (id text, name text, state text, size bigint, region text, tags jsonb);"
            " INSERT INTO stackql_inventory.adopted (id) VALUES ('old')"
        )
    service = make_service(engine)
    with act_as(VERA):
        views = DatabaseService(engine).saved_views
        service.watch(WatchTarget(WatchKind.VIEW, view=views.save_view("All", "table:adopted")))
        id = schedule(engine, "adopted")
        load(engine, "adopted", {"us-east-1": instances(3)}, NOW + timedelta(hours=1), schedule_id=id)
        # the second run is in the feed before anybody looks
        load(engine, "adopted", {"us-east-1": instances(4)}, NOW + timedelta(hours=2), schedule_id=id)
        event = only(service.list_watches()).events[0]
    assert [(one.kind, one.key) for one in event.changes] == [(Change.ADDED, "i-0003")]


def test_a_column_of_another_type_is_judged_as_it_is_now_and_said(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, REF.name, {"us-east-1": instances(2)}, NOW)
    service = make_service(engine)
    with act_as(VERA):
        views = DatabaseService(engine).saved_views
        service.watch(WatchTarget(WatchKind.VIEW, view=views.save_view("Running", "state:running")))
        load(engine, REF.name, {"us-east-1": instances(2, image="a")}, NOW + timedelta(hours=1))
        changed = [{**row, "image": "b"} for row in instances(2, image="a")]
        load(engine, REF.name, {"us-east-1": changed}, NOW + timedelta(hours=2))
        with engine.begin() as connection:
            # as where a text became a number and what is none was put aside
            connection.exec_driver_sql(
                "ALTER TABLE stackql_inventory.aws_ec2_instances DROP COLUMN image, ADD COLUMN image bigint"
            )
        watch = only(service.list_watches())
    assert "as they are now" in watch.note and [one.key for one in watch.events[0].changes] == ["i-0000"]


# ---- statements


def test_a_statement_tells_rows_that_came_went_and_changed(
    engine: sa.Engine, inventory: InventoryEngine
) -> None:
    load(engine, REF.name, {"us-east-1": instances(4)}, NOW)
    service = make_service(engine, inventory)
    counted = WatchTarget(
        WatchKind.QUERY, text="SELECT state, count(*) AS n FROM aws_ec2_instances GROUP BY 1"
    )
    listed = WatchTarget(WatchKind.QUERY, text="SELECT state FROM aws_ec2_instances ORDER BY id")
    with act_as(EVA):
        assert service.watch(counted) == service.watch(counted)
        service.watch(listed)
        load(engine, REF.name, {"us-east-1": instances(5)}, NOW + timedelta(hours=1))
        load(engine, "unrelated", {"us-east-1": instances(1)}, NOW + timedelta(hours=1))
        by_state, by_row = reversed(service.list_watches())
        (event,) = by_state.events
        assert [(one.kind, one.key, one.before, one.after) for one in event.changes] == [
            (Change.CHANGED, "running", {"n": "2"}, {"n": "3"})
        ]
        (event,) = by_row.events
        # the first column does not tell rows apart: whole rows are counted
        assert [(one.kind, one.after) for one in event.changes] == [(Change.ADDED, {"state": "running"})]
        assert service.count_entries() == 2
        # nothing that it reads changed: it is not run
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE stackql_inventory.aws_ec2_instances CASCADE")
        assert not any(watch.problem for watch in service.list_watches())
        load(engine, REF.name, {"us-east-1": instances(1)}, NOW + timedelta(hours=2))
        assert service.count_entries() == 4
    with act_as(User(EVA.name, Role.VIEWER)):
        assert all("only engineers" in watch.problem.lower() for watch in service.list_watches())
        load(engine, REF.name, {"us-east-1": instances(9)}, NOW + timedelta(hours=3))
        assert service.count_entries() == 4
        service.watch(OF_TABLE)
        with pytest.raises(NotAllowed):
            service.watch(WatchTarget(WatchKind.QUERY, text="SELECT 1 AS one"))


def test_a_first_load_of_a_table_that_a_statement_reads_begins_anew(
    engine: sa.Engine, inventory: InventoryEngine
) -> None:
    load(engine, REF.name, {"us-east-1": instances(2)}, NOW)
    service = make_service(engine, inventory)
    with act_as(EVA):
        service.watch(WatchTarget(WatchKind.QUERY, text="SELECT count(*) AS n FROM assets"))
        load(engine, "other", {"us-east-1": instances(3, first=50)}, NOW)
        watch = only(service.list_watches())
        assert (watch.events, watch.note) == ((), BEGUN_ANEW)
        load(engine, "other", {"us-east-1": instances(4, first=50)}, NOW + timedelta(hours=1))
        (event,) = only(service.list_watches()).events
    assert (event.changes[0].before, event.changes[0].after) == ({"n": "5"}, {"n": "6"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT g FROM generate_series(1, 1001) g", "more than 1,000 rows"),
        ("SELECT * FROM assets WHERE id = :id", "no parameters"),
        ("DELETE FROM assets", "not run"),
        ("SELECT * FROM nowhere", "nowhere"),
    ],
)
def test_a_statement_that_cannot_be_compared_is_refused(
    engine: sa.Engine, inventory: InventoryEngine, text: str, words: str
) -> None:
    with act_as(EVA), pytest.raises(Exception, match=words):
        make_service(engine, inventory).watch(WatchTarget(WatchKind.QUERY, text=text))
    with act_as(EVA):
        assert make_service(engine).list_watches() == []


# ---- whose


def test_watches_are_ones_own_and_bounded(engine: sa.Engine) -> None:
    load(engine, REF.name, {"us-east-1": instances(1)}, NOW)
    service = make_service(engine)
    for nobody in (NOBODY, User("", Role.ENGINEER)):
        with act_as(nobody), pytest.raises(NotAllowed):
            service.watch(OF_TABLE)
    with act_as(NOBODY):
        assert (service.list_watches(), service.list_entries(NOW), service.count_entries()) == ([], [], 0)
    with act_as(User("who@example.com", Role.UNKNOWN)), pytest.raises(RoleUnknown):
        service.watch(OF_TABLE)
    with act_as(VERA):
        own = service.watch(OF_TABLE)
        for number in range(MOST_WATCHES - 1):
            service.watch(WatchTarget(WatchKind.RESOURCE, REF, f"i-{number}", "{}"))
        with pytest.raises(InvalidInput, match="100 things at most"):
            service.watch(WatchTarget(WatchKind.RESOURCE, REF, "one more", "{}"))
        assert not service.toggle(OF_TABLE) and service.toggle(OF_TABLE)
        for wrong in (
            WatchTarget(WatchKind.TABLE, TableRef("stackql_inventory", "nowhere")),
            WatchTarget(WatchKind.VIEW, view=99),
        ):
            with pytest.raises(NotFound):
                service.watch(wrong)
        with pytest.raises(InvalidInput):
            service.watch(WatchTarget(WatchKind.RESOURCE, REF, "nul\0", "{}"))
    with act_as(EVA):
        assert service.find(OF_TABLE) is None and service.list_watches() == []
        with pytest.raises(NotFound):
            service.remove(own)
