"""Saved queries, drafts and history in a real Postgres."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db import DatabaseService
from services.db.queries import QueryInUse
from services.models.core import Draft, Query
from services.users import NOBODY, Role, User, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


def test_a_query_is_saved_found_changed_and_deleted(db: DatabaseService) -> None:
    id = db.save_query(
        Query(name=" Buckets 100% ", query_text="SELECT 1", description="odd 'names'; --", provider="aws")
    )
    kept = db.get_query(id)
    assert kept and (kept.name, kept.created_by, kept.provider) == ("Buckets 100%", "system", "aws")
    assert [query.id for query in db.get_queries("100% ODD")] == [id]
    assert db.get_queries("1_0") == []
    db.update_query(id, Query(name="Buckets", query_text="SELECT 2", version=kept.version))
    assert db.get_query(id).query_text == "SELECT 2"  # type: ignore[union-attr]
    db.delete_query(id)
    assert db.get_query(id) is None
    with pytest.raises(NotFound):
        db.delete_query(id)
    with pytest.raises(NotFound):
        db.update_query(id, kept)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (Query(name="  ", query_text="SELECT 1"), "name"),
        (Query(name="x" * 201, query_text="SELECT 1"), "name"),
        (Query(name="x\0", query_text="SELECT 1"), "name"),
        (Query(name="x", query_text=" \n"), "query_text"),
        (Query(name="x", query_text="SELECT 1", folder="x" * 61), "folder"),
        (Query(name="x", query_text="SELECT 1", folder="x\0"), "folder"),
    ],
)
def test_what_cannot_be_saved_names_its_field(db: DatabaseService, query: Query, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        db.save_query(query)
    assert caught.value.field == field


def test_a_query_with_schedules_stays_and_says_which(db: DatabaseService, engine: sa.Engine) -> None:
    id = db.save_query(Query(name="Users", query_text="SELECT 1"))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table, parameter_values)"
                """ VALUES (:id, '0 6 * * *', 'okta_users', '{"region": ["us-east-1", "eu-west-1"]}')"""
            ),
            {"id": id},
        )
    with pytest.raises(QueryInUse, match=r"stackql_inventory\.okta_users"):
        db.delete_query(id)
    assert db.queries.list_tables_by_query() == {id: ["stackql_inventory.okta_users"]}
    assert db.history.list_remembered_values(["region"]) == {"region": ["eu-west-1", "us-east-1"]}


def test_stars_are_the_persons_own_and_go_with_the_query(db: DatabaseService) -> None:
    queries, other = db.queries, User("other@example.com", Role.ENGINEER)
    id = db.save_query(Query("Mine", "SELECT 1", folder="  Weekly   review "))
    assert (queries.list_folders(), db.get_query(id).folder) == (["Weekly review"], "Weekly review")  # type: ignore[union-attr]
    for favourite in (True, True, False, True):
        queries.set_favourite(id, favourite)
        assert (id in queries.list_favourites()) is favourite
    with act_as(other):
        assert queries.list_favourites() == set()
    db.delete_query(id)
    assert queries.list_favourites() == set()
    with pytest.raises(NotFound):
        queries.set_favourite(id, True)


def test_a_parameters_values_are_the_last_used_then_the_most_common_and_never_the_denied(
    db: DatabaseService, engine: sa.Engine
) -> None:
    scopes = [
        ("aws", "ap-southeast-2", "denied", 0),
        ("aws", "eu-west-1", "ok", 5),
        ("aws", "us-east-1", "ok", 900),
        ("aws", "sa-east-1", "denied", 0),
        ("aws", "sa-east-1", "ok", 1),
        ("azure", "westeurope", "ok", 5000),
    ]
    with engine.begin() as connection:
        for number, (provider, region, status, rows) in enumerate(scopes):
            values = {
                "t": f"t{number}",
                "p": provider,
                "s": f'{{"region":"{region}"}}',
                "status": status,
                "n": rows,
            }
            for statement in (
                "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, provider) VALUES ('i', :t, :p)",
                "INSERT INTO stackql_app.table_scopes (target_schema, target_table, scope, status, rows)"
                " VALUES ('i', :t, :s, :status, :n)",
            ):
                connection.execute(sa.text(statement), values)
        connection.execute(
            sa.text(
                "INSERT INTO stackql_app.asset_cells (target_schema, target_table, provider, service, type, region,"
                " account, row_count) VALUES ('i', 't1', 'aws', 'ec2', 'instances', 'us-west-2', '111', 40)"
            )
        )
    for day, region in ((1, "eu-west-1"), (2, "mars-1"), (3, "ap-southeast-2")):
        db.history.add_history(
            query_text="SELECT 1",
            status="failed",
            started_at=datetime(2026, 1, day, tzinfo=UTC),
            parameters={"region": region},
        )
    known = db.history.list_remembered_values(["region", "account_id", "none"], ["aws"])
    assert known == {
        "region": ["mars-1", "eu-west-1", "us-east-1", "us-west-2", "sa-east-1"],
        "account_id": ["111"],
    }
    with act_as(User("other@example.com", Role.ENGINEER)):
        assert db.history.list_remembered_values(["region"])["region"][:2] == ["westeurope", "us-east-1"]


def test_viewers_get_nothing(db: DatabaseService) -> None:
    with act_as(NOBODY):
        for call in (
            db.get_queries,
            db.queries.list_folders,
            db.queries.list_favourites,
            lambda: db.queries.set_favourite(1, True),
            db.drafts.get_drafts,
            db.history.get_history,
            lambda: db.save_query(Query("a", "b")),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_drafts_are_their_users_and_keep_the_newest_text(db: DatabaseService) -> None:
    saved, first = db.drafts.save_draft(Draft("t1", "SELECT 1", version=1, parameters={"region": "x"}), [0])
    assert saved and first.parameters == {"region": "x"}
    assert db.drafts.save_draft(Draft("t1", "SELECT 12", version=2), [1])[0]
    # the same delivery again, as a page that is closed sends it, does no harm
    assert db.drafts.save_draft(Draft("t1", "SELECT 12", version=2), [1])[0]
    with act_as(User("other@example.com", Role.ENGINEER)):
        assert db.drafts.get_drafts() == []
        db.drafts.delete_draft("t1")
    assert [draft.content for draft in db.drafts.get_drafts()] == ["SELECT 12"]


def test_a_draft_that_another_window_changed_is_not_overwritten(db: DatabaseService) -> None:
    db.drafts.save_draft(Draft("t1", "start", version=1), [0])
    db.drafts.save_draft(Draft("t1", "window A", version=2), [1])
    saved, stored = db.drafts.save_draft(Draft("t1", "window B", version=9), [1])
    assert not saved and (stored.content, stored.version) == ("window A", 2)
    # and a late delivery of an older text does not win either
    saved, stored = db.drafts.save_draft(Draft("t1", "star", version=1), [0])
    assert not saved and stored.content == "window A"


def test_tabs_have_a_limit(db: DatabaseService) -> None:
    for number in range(50):
        db.drafts.save_draft(Draft(f"t{number}", position=number, version=1), [0])
    with pytest.raises(InvalidInput, match="50 tabs"):
        db.drafts.save_draft(Draft("one-more", version=1), [0])
    assert db.drafts.save_draft(Draft("t7", "still saved", version=2), [1])[0]


def test_history_is_searched_and_is_ones_own(db: DatabaseService) -> None:
    for n, status in enumerate(["succeeded", "failed"]):
        db.history.add_history(
            query_text=f"SELECT {n} FROM aws.ec2.instances",
            status=status,
            started_at=datetime(2026, 1, 1 + n, tzinfo=UTC),
            parameters={"region": f"r{n}"},
            rows=n,
        )
    assert [entry.status for entry in db.history.get_history()] == ["failed", "succeeded"]
    assert [entry.rows for entry in db.history.get_history("INSTANCES failed")] == [1]
    assert db.history.list_remembered_values(["region", "none"]) == {"region": ["r1", "r0"]}
    entry = db.history.get_history()[0]
    assert db.history.get_history_entry(entry.id) == entry
    with act_as(User("other@example.com", Role.ENGINEER)):
        assert db.history.get_history() == []
        assert db.history.get_history_entry(entry.id) is None
