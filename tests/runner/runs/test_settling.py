"""What an answer that is not complete counts for, by the schedule and by the run's other answers."""

from __future__ import annotations

import pyarrow as pa
import pytest
from fakes.engine import result
from fakes.world import World, vpcs
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.contract import AccessDenied, QueryResult
from inventory_runner.models import RunStatus, Scope, ScopeStatus
from inventory_runner.runs.scopes import Outcome
from inventory_runner.runs.settling import settle
from inventory_runner.store import Target
from inventory_runner.store.run_sql import ScopeRecord

FIRST_PAGE = "Only the first page may have been read."
NO_LIST = "No row came back: a sign-in page looks the same."
OK, INCOMPLETE, ADDITIVE = ScopeStatus.OK, ScopeStatus.INCOMPLETE, ScopeStatus.ADDITIVE


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    if draw(st.booleans()):
        return Outcome(ScopeRecord(Scope({"n": "x"}), ScopeStatus.DENIED, message="no"))
    rows, complete = draw(st.integers(0, 2)), draw(st.booleans())
    limited = not complete and draw(st.booleans())
    doubtful = not complete and not rows and draw(st.booleans())
    table = pa.table({"a": list(range(rows))})
    read = QueryResult(table, complete, limited=limited, doubtful=doubtful)
    return Outcome(ScopeRecord(Scope({"n": "x"}), OK if complete else INCOMPLETE), read)


@given(st.lists(outcomes(), max_size=5), st.booleans(), st.booleans())
def test_nothing_becomes_more_than_is_known(read: list[Outcome], allow_empty: bool, adds_only: bool) -> None:
    target = Target("s", "t", allow_empty=allow_empty, adds_only=adds_only)
    answered = any(one.result is not None and one.result.table.num_rows for one in read)
    for before, after in zip(read, settle(read, target), strict=True):
        status, answer = after.record.status, before.result
        assert after.result is answer
        if answer is None or answer.complete:
            assert after == before
        elif status is OK:
            # an empty one, of which nothing is missing, where something says that it is a list
            assert answer.doubtful and not answer.limited and (answered or allow_empty)
        elif status is ADDITIVE:
            assert answer.limited and adds_only
        else:
            assert status is INCOMPLETE


def test_a_list_without_an_end_names_the_way_out_and_takes_it(world: World) -> None:
    world.run()
    world.engine.answer(
        "'eu-west-1'",
        result(vpcs("eu-west-1-1", "eu-west-1-9"), complete=False, warnings=(FIRST_PAGE,), limited=True),
    )
    for _ in range(2):
        ended = world.run()
        assert ended.status is RunStatus.PARTIAL
        assert world.scopes(ended)["eu-west-1"] is INCOMPLETE
        assert FIRST_PAGE in world.messages(ended)["eu-west-1"]
        assert "accept adds and changes only" in world.messages(ended)["eu-west-1"]
    world.sql("UPDATE stackql_app.schedules SET adds_only = true")
    ended = world.run()
    # a success that says what it does not know, and coverage that claims no more
    assert (ended.status, ended.scopes_ok, ended.scopes_total) == (RunStatus.SUCCESS, 2, 3)
    assert "Adds and changes only in 1 of 3 scopes" in ended.message
    assert world.scopes(ended)["eu-west-1"] is ADDITIVE
    # what the part lacks is not gone
    assert {"eu-west-1-1", "eu-west-1-2", "eu-west-1-9"} <= set(world.table())
    ((scopes_ok,),) = world.sql("SELECT scopes_ok FROM stackql_app.inventory_tables")
    assert scopes_ok == 2
    # of another cause nothing is accepted
    world.engine.answer("'eu-west-1'", result(vpcs("eu-west-1-1"), complete=False, warnings=("403",)))
    assert world.run().status is RunStatus.PARTIAL
    world.engine.answer("'eu-west-1'", AccessDenied("Refused."))
    assert world.run().status is RunStatus.PARTIAL


def test_no_list_on_a_first_run_is_no_plain_success(world: World) -> None:
    nothing = result([], complete=False, warnings=(NO_LIST,), doubtful=True)
    world.engine.answer("'", nothing)
    ended = world.run()
    assert ended.status is RunStatus.PARTIAL
    assert set(world.scopes(ended).values()) == {INCOMPLETE}
    assert NO_LIST in world.messages(ended)["eu-west-1"]
    assert "allow empty answers" in world.messages(ended)["eu-west-1"]
    # one of them answers with rows, so that the provider does send lists: the others are empty, with the words
    world.engine.answer("'us-east-1'", vpcs("us-east-1-1"))
    ended = world.run()
    assert ended.status is RunStatus.SUCCESS
    assert NO_LIST in world.messages(ended)["eu-west-1"]
    # over rows, and all at once, it is held
    world.engine.answer("'us-east-1'", nothing)
    for allowed in (False, True):
        world.sql("UPDATE stackql_app.schedules SET allow_empty = :allowed", allowed=allowed)
        ended = world.run()
        assert (ended.status, ended.removed) == (RunStatus.PARTIAL, 0)
        assert world.scopes(ended)["us-east-1"] is ScopeStatus.HELD
        assert NO_LIST in world.messages(ended)["us-east-1"]


@pytest.mark.parametrize("warning", ["The provider's answer has no “items”, which is how some say so."])
def test_what_an_empty_answer_was_like_is_said_on_its_scope(world: World, warning: str) -> None:
    world.engine.answer("'eu-west-1'", result([], warnings=(warning,)))
    ended = world.run()
    assert (ended.status, ended.message) == (RunStatus.SUCCESS, "")
    assert world.messages(ended)["eu-west-1"] == warning
