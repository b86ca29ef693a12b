"""What Save, Rename, Duplicate and Delete mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from inventory_runner.models import Query, Schedule
from services.db import DatabaseService
from services.db.queries import QueryInUse
from services.models.limits import LONGEST_NAME
from services.query_service.saved import SavedQueries, SaveQuestion
from services.users import NOBODY, Role, User, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


@pytest.fixture
def saved(db: DatabaseService) -> SavedQueries:
    return SavedQueries(db.queries)


@pytest.fixture
def mine(saved: SavedQueries) -> Query:
    return saved.save(Query(" Mine ", "SELECT 1", "why", "aws"))


def feed(db: DatabaseService, query: Query, table: str = "fed") -> None:
    assert query.id is not None
    db.save_schedule(Schedule(query.id, "0 6 * * *", table))


def test_a_new_query_is_asked_for_its_name_and_not_saved(saved: SavedQueries, db: DatabaseService) -> None:
    assert saved.save_or_ask(Query("Query 1", "SELECT 1")) == SaveQuestion("Query 1")
    assert db.get_queries() == []


def test_a_saved_query_is_saved_again_without_a_word(saved: SavedQueries, mine: Query) -> None:
    assert (mine.name, mine.description, mine.created_by) == ("Mine", "why", "system")
    again = saved.save_or_ask(
        Query("of the tab", "SELECT 2", provider="okta", id=mine.id, version=mine.version)
    )
    assert isinstance(again, Query)
    assert again == saved.get(mine.id or 0)
    assert (again.id, again.query_text, again.provider) == (mine.id, "SELECT 2", "okta")
    assert (again.name, again.description) == ("Mine", "why")


def test_save_as_proposes_another_name(saved: SavedQueries, mine: Query, db: DatabaseService) -> None:
    asked = saved.save_or_ask(Query("of the tab", "SELECT 2", id=mine.id), anew=True)
    assert asked == SaveQuestion("Mine (copy)", "why")
    assert db.get_queries() == [mine]


def test_a_new_text_for_tables_is_asked_for_and_the_same_text_is_not(
    saved: SavedQueries, mine: Query, db: DatabaseService
) -> None:
    feed(db, mine, "fed")
    feed(db, mine, "also_fed")
    changed = Query("", "SELECT 2", "why", "aws", id=mine.id, version=mine.version)
    feeds = ("stackql_inventory.also_fed", "stackql_inventory.fed")
    assert saved.save_or_ask(changed) == SaveQuestion("Mine", "why", feeds, mine.version)
    assert saved.get(mine.id or 0) == mine
    same = saved.save_or_ask(Query("", mine.query_text, provider="okta", id=mine.id, version=mine.version))
    assert isinstance(same, Query) and same.provider == "okta"
    # whoever was asked and agreed saves it
    assert saved.save(Query("Mine", "SELECT 2", id=mine.id, version=same.version)).query_text == "SELECT 2"


def test_a_query_that_somebody_deleted_is_saved_anew_by_whoever_saves_it(
    saved: SavedQueries, mine: Query
) -> None:
    saved.delete(mine.id or 0)
    assert saved.save_or_ask(Query("Mine", "SELECT 2", id=mine.id)) == SaveQuestion("Mine")
    with act_as(User("anna@example.com", Role.ENGINEER)):
        again = saved.save(mine)
    assert again.id != mine.id
    assert (again.name, again.query_text, again.created_by) == ("Mine", "SELECT 1", "anna@example.com")


def test_what_cannot_be_saved_names_its_field_and_changes_nothing(saved: SavedQueries, mine: Query) -> None:
    for query, field in ((Query(" ", "SELECT 1", id=mine.id), "name"), (Query("x", " "), "query_text")):
        with pytest.raises(InvalidInput) as caught:
            saved.save(query)
        assert caught.value.field == field
    with pytest.raises(InvalidInput):
        saved.rename(mine.id or 0, "x" * (LONGEST_NAME + 1), "", mine.version)
    assert saved.get(mine.id or 0) == mine


def test_renaming_leaves_the_text(saved: SavedQueries, mine: Query) -> None:
    renamed = saved.rename(mine.id or 0, " Ours ", "for all", mine.version)
    assert (renamed.name, renamed.description, renamed.query_text) == ("Ours", "for all", "SELECT 1")
    assert renamed == saved.get(mine.id or 0)


def test_a_folder_stays_until_somebody_moves_the_query(saved: SavedQueries, mine: Query) -> None:
    id = mine.id or 0
    moved = saved.rename(id, mine.name, "", mine.version, "Weekly")
    text = saved.save_or_ask(replace(moved, name="", folder="", query_text="SELECT 2"))
    assert isinstance(text, Query) and text.folder == "Weekly"
    assert saved.duplicate(id).folder == "Weekly"
    with pytest.raises(VersionConflict) as caught:
        saved.rename(id, mine.name, "", mine.version, "Mine")
    assert "Folder" in {one.field for one in caught.value.differences}
    assert saved.restore(id, mine.version or 0, text.version).folder == ""


def test_copies_have_names_of_their_own_however_long_the_name(saved: SavedQueries, mine: Query) -> None:
    names = [saved.duplicate(mine.id or 0).name for _ in range(3)]
    assert names == ["Mine (copy)", "Mine (copy 2)", "Mine (copy 3)"]
    long = saved.save(Query("x" * LONGEST_NAME, "SELECT 1"))
    copies = {saved.duplicate(long.id or 0).name for _ in range(12)}
    assert len(copies) == 12
    with act_as(User("anna@example.com", Role.ENGINEER)):
        copy = saved.duplicate(mine.id or 0)
    assert (copy.created_by, copy.query_text, copy.description) == ("anna@example.com", "SELECT 1", "why")


def test_a_query_goes_when_no_schedule_needs_it(
    saved: SavedQueries, mine: Query, db: DatabaseService
) -> None:
    feed(db, mine)
    asked = saved.ask_to_delete(mine.id or 0)
    assert (asked.query, asked.feeds, asked.possible) == (mine, ("stackql_inventory.fed",), False)
    with pytest.raises(QueryInUse):
        saved.delete(mine.id or 0)
    db.delete_schedule(db.get_schedules()[0].id or 0)
    assert saved.ask_to_delete(mine.id or 0).possible
    saved.delete(mine.id or 0)
    for gone in (saved.get, saved.duplicate, saved.ask_to_delete, lambda id: saved.rename(id, "x", "", 1)):
        with pytest.raises(NotFound, match="The query is gone"):
            gone(mine.id or 0)


def test_viewers_save_nothing(saved: SavedQueries, mine: Query) -> None:
    with act_as(NOBODY):
        for call in (
            lambda: saved.save_or_ask(Query("a", "b")),
            lambda: saved.save(mine),
            lambda: saved.duplicate(1),
            lambda: saved.rename(1, "a", "", 1),
            lambda: saved.delete(1),
            lambda: saved.turn_favourite(1),
            lambda: saved.ask_to_delete(1),
        ):
            with pytest.raises(NotAllowed):
                call()
