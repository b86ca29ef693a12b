"""The inbox's callbacks: what the list says when nothing is open, and what bad requests come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.components import links, words
from fakes.inventory import Parts, instances, load

from callbacks.inbox import actions, page
from callbacks.shell.frame import count_open
from layouts.inbox.view import InboxView, address, list_ignored, read_view
from layouts.inventory.overview.since_last import since_last
from services.models.inbox_list import Inbox, SinceLast
from services.models.inventory import TableChanges, TableRef
from services.users import Role, User, act_as

ANNA, VERA = User("anna@example.com", Role.ENGINEER), User("vera@example.com", Role.VIEWER)


def test_an_empty_list_says_how_sure_it_is(engine: sa.Engine) -> None:
    services = Parts(engine)
    with act_as(ANNA):
        assert "No table has been read" in words(page.show_list(services, {})["list"])
        load(engine, "aws_a", {"us-east-1": instances(2)}, datetime.now(UTC))
        assert "Nothing needs you" in words(page.show_list(services, {})["list"])
        assert count_open(services) is None
        # accepted by the schedule: it needs nobody, and is not read all the same
        load(engine, "aws_b", {"us-east-1": instances(2), "eu-west-1": "additive"}, datetime.now(UTC))
        said = words(page.show_list(services, {})["list"])
        assert "Nothing is open; 1 scope was not read" in said and "nobody knows" in said
        assert "No entry" not in said and count_open(services) is None


def test_a_viewer_sees_all_and_is_offered_nothing(engine: sa.Engine) -> None:
    load(engine, "aws_a", {"us-east-1": instances(2), "eu-west-1": "denied"}, datetime.now(UTC))
    services = Parts(engine)
    entry = {
        "key": "coverage:denied:stackql_inventory.aws_a",
        "since": datetime.now(UTC).isoformat(),
        "version": 0,
    }
    with act_as(VERA):
        shown = words(page.show_list(services, {})["list"])
        assert "eu-west-1: denied" in shown and "Acknowledge" not in shown
        refused = actions.act(services, {"action": "acknowledge", "entries": [entry]})
        assert "Your role is viewer" in words(refused["message"])
    with act_as(ANNA):
        assert "Acknowledge" in words(page.show_list(services, {})["list"])
        assert "acknowledged" in words(
            actions.act(services, {"action": "acknowledge", "entries": [entry]})["message"]
        )
        assert count_open(services) is None


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_mutes_nothing_is_refused_in_the_dialog(engine: sa.Engine, day: str) -> None:
    with act_as(ANNA):
        told = actions.mute_until(Parts(engine), [], day)
    assert words(told["mute_error"]) and told["mute"] is not False


def test_what_no_page_sends_is_nothing() -> None:
    whole = {"key": "run:a.b", "since": "2026-11-20T12:00:00+00:00", "version": 3}
    nonsense = [None, 3, {}, {**whole, "since": "never"}, {**whole, "version": "x"}, whole]
    assert [one.key for one in actions.read_seen(nonsense)] == ["run:a.b"]
    assert actions.read_seen("x") == actions.read_seen(None) == []


def test_an_address_says_what_is_shown_and_what_it_does_not_know_is_said() -> None:
    asked = {"state": "muted", "kind": "run", "find": "ec2 web"}
    assert read_view(asked) == InboxView(**asked) and list_ignored(asked) == []
    assert address(InboxView(**asked)) == "/inbox?state=muted&kind=run&find=ec2+web"
    assert address(InboxView()) == "/inbox" and read_view({}) == InboxView()
    # what is not known narrows nothing
    assert read_view({"state": "x", "kind": "y"}) == InboxView("all")
    assert list_ignored({"state": "x", "kind": "y", "team": "z"}) == ["kind=y", "state=x", "team=z"]


def test_the_card_leads_to_the_changes_of_the_same_days(engine: sa.Engine) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    reading = Inbox(now, (), Parts(engine).inventory.causes().reading, 0).reading
    moved = [TableChanges(TableRef("stackql_inventory", "aws_a"), 3, 0, 1)]
    since = now - timedelta(days=5)
    told = SinceLast(since, now, since.date(), 2, 1, False, [], [], moved, reading)
    found = links(since_last(told))
    assert "/inventory/aws_a?tab=changes&day=2026-11-15.." in found
    assert "/inbox?state=all&kind=run" in found
    assert "+3" in words(since_last(told)) and "2 of 1 table" in words(since_last(told))
