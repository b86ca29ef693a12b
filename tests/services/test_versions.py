"""Optimistic locking: what began from an older version is refused with both; the same save twice is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from inventory_runner import store
from inventory_runner.errors import InvalidInput, InventoryError, NotFound, VersionConflict
from inventory_runner.runs import launch
from inventory_runner.store import runs
from services.db import DatabaseService
from services.db.queries import MOST_REVISIONS
from services.db.schedules import RunUnderWay
from services.models.core import Draft, ProviderConfig, Query, Schedule
from services.models.inventory import TableRef, ViewChoice
from services.query_service.saved import SavedQueries
from services.users import Role, User, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")

ANNA, BEN = User("anna@example.com", Role.ENGINEER), User("ben@example.com", Role.ENGINEER)
REF = TableRef("stackql_inventory", "things")


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def saved(db: DatabaseService) -> SavedQueries:
    return SavedQueries(db.queries)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all of them at the same moment, as Anna, Ben and so on in turn; an error of ours is its result."""
    gate = threading.Barrier(len(works))

    def do(number: int, work: Callable[[], object]) -> object:
        with act_as((ANNA, BEN)[number % 2]):
            gate.wait()
            try:
                return work()
            except InventoryError as error:
                return error

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result() for done in [threads.submit(do, *one) for one in enumerate(works)]]


def fields(error: object) -> dict[str, tuple[str, str]]:
    assert isinstance(error, VersionConflict)
    return {one.field: (one.mine, one.theirs) for one in error.differences}


# saved queries


def test_of_two_who_save_a_query_at_once_one_is_told_what_the_other_saved(db: DatabaseService) -> None:
    for _ in range(5):
        id = db.save_query(Query("Mine", "SELECT 1"))
        both = [Query("Mine", f"SELECT '{who}'", version=1) for who in ("anna", "ben")]
        ends = at_once(*(lambda id=id, one=one: db.update_query(id, one) for one in both))  # type: ignore[misc]
        (lost,) = [number for number, end in enumerate(ends) if end is not None]
        won = both[1 - lost]
        kept = db.get_query(id)
        assert kept and (kept.query_text, kept.version) == (won.query_text, 2)
        assert fields(ends[lost]) == {"Text": (both[lost].query_text, won.query_text)}
        error = ends[lost]
        assert isinstance(error, VersionConflict) and error.versions == (2,) and error.saved_at
        assert error.saved_by == (ANNA, BEN)[1 - lost].name and error.saved_by in error.message
        # knowingly over the newer one; that is kept as a version
        db.update_query(id, replace(both[lost], version=error.versions[0]))
        assert [one.query_text for one in db.queries.list_revisions(id)] == [won.query_text, "SELECT 1"]


def test_a_save_that_is_delivered_twice_is_one(db: DatabaseService) -> None:
    id = db.save_query(Query("Mine", "SELECT 1"))
    changed = Query("Mine", "SELECT 2", version=1)
    assert at_once(*[lambda: db.update_query(id, changed)] * 6) == [None] * 6
    kept = db.get_query(id)
    assert kept and kept.version == 2 and len(db.queries.list_revisions(id)) == 1


def test_a_new_query_that_is_saved_six_times_at_once_is_one(db: DatabaseService) -> None:
    def save(text: str, request: str = "tab-1") -> int:
        with act_as(ANNA):
            return db.save_query(Query("Mine", text), request)

    (id,) = set(at_once(*[lambda: save("SELECT 1")] * 6))
    assert [query.id for query in db.get_queries()] == [id]
    # other content, another dialog, another person, and nothing to go by: each is a query of its own
    with act_as(BEN):
        others = {db.save_query(Query("Mine", "SELECT 1"), "tab-1")}
    others |= {save("SELECT 2"), save("SELECT 1", "tab-2"), save("SELECT 1", ""), save("SELECT 1", "")}
    assert len(others) == 5 and id not in others
    # what the first one has become meanwhile is not what is saved now
    db.update_query(int(str(id)), Query("Mine", "SELECT 3", version=1))
    again = save("SELECT 1")
    assert again not in {id, *others} and save("SELECT 1") == again


def test_a_query_that_one_saves_while_another_deletes_it_is_saved_or_said_to_be_gone(
    db: DatabaseService,
) -> None:
    for _ in range(5):
        id = db.save_query(Query("Mine", "SELECT 1"))
        save, delete = at_once(
            lambda id=id: db.update_query(id, Query("Mine", "SELECT 2", version=1)),  # type: ignore[misc]
            lambda id=id: db.delete_query(id),  # type: ignore[misc]
        )
        assert (save is None or isinstance(save, NotFound)) and not isinstance(delete, Exception)
        assert db.get_query(id) is None


def test_of_ten_windows_on_one_draft_one_stores_it_and_the_others_see_what_it_has(
    db: DatabaseService,
) -> None:
    def save(text: str, version: int, base: int) -> tuple[bool, str]:
        with act_as(ANNA):
            stored, draft = db.drafts.save_draft(Draft("tab", text, version=version), [base])
        return stored, draft.content

    # one that nobody has stored yet, and one that all have open
    for base, version in ((0, 1), (1, 2)):
        texts = [f"SELECT {base}{number}" for number in range(10)]
        ends = at_once(*(partial(save, text, version, base) for text in texts))
        won = [end for end in ends if isinstance(end, tuple) and end[0]]
        assert len(won) == 1
        kept = won[0][1]
        assert sorted(ends) == [(False, kept)] * 9 + [(True, kept)]  # type: ignore[type-var]
        with act_as(ANNA):
            assert [draft.content for draft in db.drafts.get_drafts()] == [kept]


def test_every_save_of_a_query_keeps_what_it_was(saved: SavedQueries, db: DatabaseService) -> None:
    with act_as(ANNA):
        first = saved.save(Query("Mine", "SELECT 1", "why", "aws"))
    id = first.id or 0
    with act_as(BEN):
        second = saved.save(Query("Ours", "SELECT 2", "for all", id=id, version=first.version))
        saved.save(replace(second, version=None))  # nothing changed
    versions = saved.list_versions(id)
    (former,) = versions.former
    assert (former.name, former.description, former.query_text, former.provider, former.saved_by) == (
        "Mine",
        "why",
        "SELECT 1",
        "aws",
        ANNA.name,
    )
    assert former.saved_at == first.updated_at and versions.query.saved_by == BEN.name
    restored = saved.restore(id, 1, second.version)
    assert (restored.name, restored.query_text, restored.version) == ("Mine", "SELECT 1", 3)
    with pytest.raises(VersionConflict):
        saved.restore(id, 2, second.version)
    with pytest.raises(NotFound):
        saved.restore(id, 99, restored.version)
    for number in range(MOST_REVISIONS + 5):
        newest = saved.get(id)
        saved.save(replace(newest, query_text=f"SELECT {number + 10}"))
    kept = saved.list_versions(id).former
    assert len(kept) == MOST_REVISIONS
    newest = saved.get(id)
    assert kept[0].version == (newest.version or 0) - 1
    saved.delete(id)
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM stackql_app.query_revisions")).scalar() == 0


def test_a_new_name_and_a_new_text_do_not_undo_each_other(saved: SavedQueries) -> None:
    mine = saved.save(Query("Mine", "SELECT 1"))
    id = mine.id or 0
    saved.rename(id, "Ours", "", mine.version)
    text = saved.save_or_ask(Query("", "SELECT 2", id=id, version=mine.version))
    assert isinstance(text, Query) and (text.name, text.query_text) == ("Ours", "SELECT 2")
    # a text over another text, and a name over another name
    with pytest.raises(VersionConflict):
        saved.save_or_ask(Query("", "SELECT 3", id=id, version=mine.version))
    with pytest.raises(VersionConflict):
        saved.rename(id, "Theirs", "", mine.version)
    with pytest.raises(VersionConflict):  # a tab that does not know what it began from
        saved.save_or_ask(Query("", "SELECT 3", id=id))


# schedules


def schedule(db: DatabaseService, **values: object) -> Schedule:
    query = db.save_query(Query("Q", "SELECT 1"))
    made = replace(Schedule(query, "0 6 * * *", "things", query_name="Q"), **values)  # type: ignore[arg-type]
    return replace(made, id=db.save_schedule(made), version=1)


def test_of_two_who_save_a_schedule_at_once_one_is_told_what_the_other_saved(db: DatabaseService) -> None:
    made = schedule(db)
    id = made.id or 0
    anna, ben = replace(made, cron_expression="0 7 * * *"), replace(made, key_columns=("id",))
    ends = at_once(lambda: db.update_schedule(id, anna), lambda: db.update_schedule(id, ben))
    (lost,) = [number for number, end in enumerate(ends) if end is not None]
    cron, key = ("0 7 * * *", "0 6 * * *"), ("the whole row", "id")
    wanted = (
        {"Cron expression": cron, "Key": key}
        if lost == 0
        else {"Cron expression": cron[::-1], "Key": key[::-1]}
    )
    assert fields(ends[lost]) == wanted
    kept = db.schedules.get_schedule(id)
    won = (anna, ben)[1 - lost]
    assert kept and (kept.cron_expression, kept.key_columns) == (won.cron_expression, won.key_columns)
    db.update_schedule(id, won)  # delivered twice
    assert kept.version == 2
    db.update_schedule(id, replace((anna, ben)[lost], version=2))


def test_a_run_a_pause_and_the_job_are_no_persons_version(db: DatabaseService, engine: sa.Engine) -> None:
    made = schedule(db)
    id = made.id or 0
    db.schedules.set_schedule_active(id, False)
    db.schedules.set_schedule_job(id, "7", "why")
    with engine.begin() as connection:
        launch.enqueue(connection, id, trigger="manual", requested_by="anna")
    db.update_schedule(id, replace(made, cron_expression="0 8 * * *"))
    kept = db.schedules.get_schedule(id)
    # and what was paused meanwhile stays so
    assert kept and (kept.cron_expression, kept.is_active, kept.version) == ("0 8 * * *", False, 2)


def test_deleting_a_schedule_against_its_run_says_who_was_first(
    db: DatabaseService, engine: sa.Engine
) -> None:
    seen = set()
    for number in range(12):
        made = schedule(db, target_table=f"things_{number}")
        id = made.id or 0

        def run(id: int = id) -> None:
            with engine.begin() as connection:
                launch.enqueue(connection, id, trigger="manual", requested_by="anna")

        deleted, started = at_once(lambda id=id: db.delete_schedule(id), run)  # type: ignore[misc]
        assert (deleted is None) != (started is None)
        seen.add(type(deleted or started))
    assert seen <= {NotFound, RunUnderWay}


def test_a_run_that_waits_for_a_deletion_is_told_of_it(db: DatabaseService, engine: sa.Engine) -> None:
    id = schedule(db, job_id="7").id or 0
    begun, asked = threading.Event(), threading.Event()

    def remove(job: str) -> None:
        assert job == "7"
        begun.set()
        asked.wait(10)

    def run() -> None:
        begun.wait(10)
        with engine.begin() as connection:
            # it reads the schedule, which is there still, and waits for its row
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            threading.Thread(target=let_go, args=(pid,)).start()
            launch.enqueue(connection, id, trigger="manual", requested_by="anna")

    def let_go(pid: int) -> None:
        with engine.connect() as connection:
            while not connection.exec_driver_sql(f"SELECT cardinality(pg_blocking_pids({pid}))").scalar():
                connection.rollback()
        asked.set()

    deleted, started = at_once(lambda: db.delete_schedule(id, remove_job=remove), run)
    assert deleted is None
    assert isinstance(started, NotFound) and "someone has deleted it" in started.message


def test_a_run_does_not_wait_for_ever_for_a_deletion(
    db: DatabaseService, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOCK_TIMEOUT", "100ms")
    id = schedule(db, job_id="7").id or 0

    def remove(_job: str) -> None:
        with pytest.raises(runs.ScheduleLocked), engine.begin() as connection:
            launch.enqueue(connection, id, trigger="manual", requested_by="anna")

    db.delete_schedule(id, remove_job=remove)
    assert db.get_schedules() == []


def test_a_job_that_cannot_be_removed_leaves_the_schedule_and_its_table(db: DatabaseService) -> None:
    id = schedule(db, job_id="7").id or 0

    def refuse(_job: str) -> None:
        raise InventoryError("No answer.")

    with pytest.raises(InventoryError, match="No answer"):
        db.delete_schedule(id, drop_table=True, remove_job=refuse)
    kept = db.schedules.get_schedule(id)
    assert kept and kept.job_id == "7"


def test_scheduling_a_query_against_its_deletion_says_who_was_first(db: DatabaseService) -> None:
    for number in range(12):
        query = db.save_query(Query("Q", "SELECT 1"))
        new = Schedule(query, "0 6 * * *", f"things_{number}")
        deleted, made = at_once(
            lambda query=query: db.delete_query(query),  # type: ignore[misc]
            lambda new=new: db.save_schedule(new),  # type: ignore[misc]
        )
        if isinstance(made, InvalidInput):
            assert made.field == "query_id" and deleted is None
        else:
            assert getattr(deleted, "code", "") == "query_in_use"


# credentials, rules, views


def test_of_two_who_give_a_variable_a_secret_at_once_one_is_told_of_the_others(db: DatabaseService) -> None:
    both = [ProviderConfig("aws", "AWS_ACCESS_KEY_ID", "scope", key) for key in ("first-key", "second-key")]
    ends = at_once(*(lambda one=one: db.save_provider_config(one) for one in both))  # type: ignore[misc]
    (lost,) = [number for number, end in enumerate(ends) if end is not None]
    theirs = both[1 - lost].secret_key
    told = (f"the key {both[lost].secret_key} in scope", "another secret, in scope")
    assert fields(ends[lost]) == {"AWS_ACCESS_KEY_ID": told} and theirs not in str(ends[lost])
    assert [config.secret_key for config in db.get_provider_config()] == [theirs]
    # two who both take its place knowingly: the second is told of the first
    (seen,) = db.get_provider_config()
    new = [replace(seen, secret_key=key) for key in ("one", "two")]
    ends = at_once(*(lambda one=one: db.save_provider_config(one, replaces=[seen.id or 0]) for one in new))  # type: ignore[misc]
    assert sorted(isinstance(end, VersionConflict) for end in ends) == [False, True]
    assert at_once(*[lambda: db.save_provider_config(db.get_provider_config()[0])] * 6) == [None] * 6


@pytest.fixture
def table(engine: sa.Engine) -> TableRef:
    """A table of the inventory, as a run recorded it."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stackql_inventory.things (id text, state text, owner text)")
        connection.exec_driver_sql(
            "INSERT INTO stackql_app.inventory_tables (target_schema, target_table)"
            " VALUES ('stackql_inventory', 'things')"
        )
    return REF


def test_of_two_who_correct_rules_at_once_one_is_told_what_the_other_said(
    db: DatabaseService, table: TableRef, engine: sa.Engine
) -> None:
    rules = ({"name": "id"}, {"name": "owner", "id": ""})
    ends = at_once(*(lambda one=one: db.inventory.save_asset_rules(table, one, 0) for one in rules))  # type: ignore[misc]
    (lost,) = [number for number, end in enumerate(ends) if end != 1]
    told = {"Id": ("by its name", "none"), "Name": ("id", "owner")}
    assert fields(ends[lost]) == (told if lost == 0 else {name: both[::-1] for name, both in told.items()})
    # a run that records its results is nobody's version
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE stackql_app.inventory_tables SET row_count = 7, identity = '{}', last_run_id = 1"
        )
    assert db.inventory.save_asset_rules(table, rules[lost], 1) == 2
    with pytest.raises(NotFound):
        db.inventory.save_asset_rules(TableRef("stackql_inventory", "none"), {}, 0)


def test_of_two_who_make_a_view_at_once_one_is_told_what_the_other_made(
    db: DatabaseService, table: TableRef, engine: sa.Engine
) -> None:
    def make(columns: list[str] | None, version: int, who: str = "anna") -> tuple[str, str]:
        return store.create_view(
            engine, table.schema, table.name, group_by=columns, version=version, saved_by=who
        )

    # a double submit makes it once
    names = ("things_mv", "things_view")
    assert at_once(*[lambda: make(["state"], 0)] * 4) == [names] * 4
    assert db.inventory.read_view_choice(table) == ViewChoice(("state",), 1)
    ends = at_once(lambda: make(["owner"], 1), lambda: make(None, 1))
    (lost,) = [number for number, end in enumerate(ends) if end != names]
    told = ("owner", "nothing: all columns and rows")
    assert fields(ends[lost]) == {"Counted by": told if lost == 0 else told[::-1]}
    assert make((["owner"], None)[lost], 2) == names and db.inventory.read_view_choice(table).version == 3
    # what somebody removed in SQL is in nobody's way
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP MATERIALIZED VIEW stackql_inventory.things_mv CASCADE")
    assert make(["state"], 0) == names
