"""What follows a commit: each follower has its turn, and none of them costs the run anything."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from fakes.world import World, vpcs

from inventory_runner.errors import InvalidInput
from inventory_runner.models import RunStatus
from inventory_runner.runs.after import DEFAULT_FOLLOWERS, Follower
from inventory_runner.store import MergeResult, Target, run_reads, views
from services.db.inventory import InventoryRecords
from services.models.inventory import TableRef, ViewInfo

OLD = "UPDATE stackql_inventory.resource_changes SET changed_at = now() - interval '9 days' WHERE resource_key = 'old'"


def begun(world: World) -> None:
    """A table with a view over it, changes to forget, and something new to find, to show and to index."""
    world.sql("UPDATE stackql_app.schedules SET retention_days = 3")
    world.run()
    world.sql(
        "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS SELECT vpc_id FROM stackql_inventory.vpcs"
    )
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "old"))
    world.run()
    world.sql(OLD)
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "new"))


def done(world: World) -> dict[str, bool]:
    """Which of the three things that follow a merge have happened."""
    found = "SELECT count(*) FROM stackql_app.asset_search WHERE document LIKE '%new%'"
    left = (
        "SELECT count(*) FROM stackql_inventory.resource_changes WHERE changed_at < now() - interval '5 days'"
    )
    searchable = world.sql("SELECT to_regclass('stackql_app.asset_search') IS NOT NULL")[0][0]
    return {
        "view": "new" in world.table("vpcs_mv"),
        "search": searchable and world.sql(found)[0][0] == 1,
        "retention": world.sql(left)[0][0] == 0,
    }


def test_views_search_and_retention_follow_a_merge(world: World) -> None:
    begun(world)
    assert not any(done(world).values())
    ended = world.run()
    assert (ended.status, ended.warnings) == (RunStatus.SUCCESS, ())
    assert all(done(world).values())


def test_a_view_that_fails_and_a_search_that_is_gone_keep_nothing_else_back(world: World) -> None:
    begun(world)
    world.sql("DROP TABLE stackql_app.asset_search CASCADE")
    world.sql(
        "CREATE MATERIALIZED VIEW stackql_inventory.a_first AS"
        " SELECT 1 / (CASE WHEN vpc_id = 'new' THEN 0 ELSE 1 END) AS one FROM stackql_inventory.vpcs"
    )
    ended = world.run()
    assert ended.status is RunStatus.SUCCESS
    assert done(world) == {"view": True, "search": False, "retention": True}
    view, search = ended.warnings
    assert "a_first" in view
    assert search.startswith("The table was written. Updating the search failed:")
    assert run_reads.get(world.database, ended.id).warnings == ended.warnings


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (InvalidInput("Not like this."), "Not like this."),
        (KeyError("s3cret"), "a defect of the runner (KeyError)"),
        (
            sa.exc.ProgrammingError("SELECT", {}, Exception("no such thing")),
            "Postgres refused: no such thing",
        ),
        (sa.exc.InvalidRequestError("closed"), "a defect of the runner (InvalidRequestError)"),
    ],
)
def test_whatever_a_follower_raises_is_a_warning_and_the_next_has_its_turn(
    world: World, error: Exception, says: str
) -> None:
    seen: list[tuple[str, int | None]] = []

    def fails(database: sa.Engine, target: Target, result: MergeResult) -> list[str]:
        seen.append((target.table, result.rows_total))
        raise error

    def warns(database: sa.Engine, target: Target, result: MergeResult) -> list[str]:
        with database.connect() as other:  # the rows are committed by now
            count = other.execute(sa.text("SELECT count(*) FROM stackql_inventory.vpcs")).scalar_one()
        seen.append((target.table, count))
        return ["Look at this."]

    ended = world.run(followers=[Follower("Failing", fails), Follower("Warning", warns), *DEFAULT_FOLLOWERS])
    assert ended.status is RunStatus.SUCCESS
    assert seen == [("vpcs", 6), ("vpcs", 6)]
    first, second = ended.warnings
    assert first.startswith("The table was written. Failing failed: ")
    assert says in first
    assert "s3cret" not in first
    assert second == "Look at this."


def test_nothing_follows_a_run_that_wrote_nothing(world: World) -> None:
    called: list[Target] = []

    def notes(database: sa.Engine, target: Target, result: MergeResult) -> list[str]:
        called.append(target)
        return []

    world.sql("UPDATE stackql_app.queries SET query_text = 'DELETE FROM aws.ec2.vpcs'")
    assert world.run(followers=[Follower("Noting", notes)]).status is RunStatus.FAILED
    assert not called


def test_a_view_whose_refresh_failed_is_refreshed_by_the_next_run_changed_or_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LOCK_TIMEOUT", "50ms")
    world.run()
    world.sql(
        "CREATE MATERIALIZED VIEW stackql_inventory.vpcs_mv AS SELECT count(*) AS n FROM stackql_inventory.vpcs"
    )
    shown = InventoryRecords(world.database)

    def view() -> ViewInfo:
        (found,) = shown.list_table_views(TableRef("stackql_inventory", "vpcs"))
        return found

    assert view().behind and view().refreshed_at is None  # nobody knows what somebody else's view holds
    assert world.run().warnings == ()
    assert not view().behind and view().refreshed_at
    before = world.sql("SELECT n FROM stackql_inventory.vpcs_mv")
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "new-1", "new-2", "new-3"))
    with world.database.connect() as reader:
        reader.execute(sa.text("SELECT * FROM stackql_inventory.vpcs_mv")).all()
        for changed in (True, False):
            ended = world.run()
            assert (ended.status, ended.added > 0) == (RunStatus.SUCCESS, changed)
            assert "older than the table until the next run" in " ".join(ended.warnings)
            assert view().behind
    assert world.sql("SELECT n FROM stackql_inventory.vpcs_mv") == before
    ended = world.run()
    assert (ended.added, ended.warnings) == (0, ())
    assert not view().behind
    assert world.sql("SELECT n FROM stackql_inventory.vpcs_mv") == [(len(world.table()),)]


def test_a_search_that_could_not_be_brought_up_to_date_is_by_the_next_run(world: World) -> None:
    begun(world)
    world.sql("ALTER TABLE stackql_app.asset_search RENAME TO away")
    assert "Updating the search failed" in " ".join(world.run().warnings)
    world.sql("ALTER TABLE stackql_app.away RENAME TO asset_search")
    assert not done(world)["search"]
    ended = world.run()
    assert (ended.added, ended.warnings) == (0, ())
    assert done(world)["search"]
