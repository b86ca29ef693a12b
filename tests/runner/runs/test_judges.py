"""Judges of a run: their failures are its warnings, their writes are its merge's."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from fakes.judges import CREATE, Fails, Notes, failing
from fakes.world import World, vpcs

from inventory_runner.models import RunStatus
from inventory_runner.store import run_reads


@pytest.fixture(autouse=True)
def judged(world: World) -> None:
    """A table that holds what was read, the judges' own, and something new to judge."""
    world.sql(CREATE)
    world.run()
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1", "new"))


def noted(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in world.sql("SELECT judge, run_id, kind, key FROM judged ORDER BY 1, 2, 4")]


def test_what_judges_say_and_how_they_fail_are_warnings_on_the_run(world: World) -> None:
    bad = failing()
    ended = world.run(judges=[*bad, Notes()])
    assert (ended.status, ended.message, ended.added, ended.removed) == (RunStatus.SUCCESS, "", 1, 1)
    *failures, said = ended.warnings
    assert said == "Notes noted 2."
    assert len(failures) == len(bad)
    for judge, warning in zip(bad, failures, strict=True):
        assert warning.startswith(f"The table was written. {judge.name} could not judge it: ")
    assert run_reads.get(world.database, ended.id).warnings == ended.warnings
    assert noted(world) == [("Notes", ended.id, "a", "new"), ("Notes", ended.id, "r", "us-east-1-2")]
    assert "new" in world.table()
    # and what follows a merge followed
    found = "SELECT count(*) FROM stackql_app.asset_search WHERE document LIKE '%new%'"
    assert world.sql(found) == [(1,)]


def test_a_connection_that_is_lost_while_it_is_judged_is_mended(world: World) -> None:
    cut: list[int] = []

    def once(connection: sa.Connection) -> list[str]:
        if not cut:
            cut.append(1)
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return []

    notes = Notes()
    ended = world.run(judges=[notes, Fails("Cutting", once)])
    assert (ended.status, ended.warnings) == (RunStatus.SUCCESS, ("Notes noted 2.",))
    assert (len(cut), len(notes.seen)) == (1, 2)
    assert noted(world) == [
        ("Cutting", ended.id, "a", "new"),
        ("Cutting", ended.id, "r", "us-east-1-2"),
        ("Notes", ended.id, "a", "new"),
        ("Notes", ended.id, "r", "us-east-1-2"),
    ]


def test_what_a_judge_wrote_goes_with_a_run_that_fails(world: World) -> None:
    world.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no more space' USING ERRCODE = '53100'; END $$"
    )
    world.sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON stackql_inventory.resource_changes"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
    )
    notes = Notes()
    ended = world.run(judges=[notes])
    assert ended.status is RunStatus.FAILED
    assert len(notes.seen) == 1
    assert noted(world) == []
    assert "new" not in world.table()


def test_a_cancel_by_the_operator_is_not_a_judges_failure(world: World) -> None:
    def stopped(_connection: sa.Connection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.run(judges=[Notes(), Fails("Stopped", stopped)])
    assert noted(world) == []
    assert "new" not in world.table()
    assert world.sql("SELECT status FROM stackql_app.runs ORDER BY id DESC LIMIT 1") == [("CANCELLED",)]
