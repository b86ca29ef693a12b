"""The search over all tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from fakes.components import links, text, walk, words
from fakes.inventory import REF, Parts, load, three_runs

from callbacks.shell import search
from layouts.components.keys import GO
from layouts.pages import PAGES
from services.models.core import Query
from services.users import Role, User, act_as


def test_the_search_groups_by_type(engine: sa.Engine) -> None:
    services = three_runs(engine)
    children = text(search.find_results(services, "web-000"))
    assert "aws.ec2.instances" in children and "key=i-0001" in children
    said = words(search.find_results(services, "zzzz"))
    assert said == (
        "No page, table, saved query, schedule or action is called,"
        " and no resource has zzzz in its id, name, ARN or tags."
    )


def test_an_id_that_ends_with_the_name_leaves_it_the_room(engine: sa.Engine) -> None:
    arn = "arn:aws:s3:::alderfinch-logs"
    rows = [{"id": arn, "name": "alderfinch-logs"}, {"id": "b-1", "name": "alderfinch-site"}]
    load(engine, "aws_s3_buckets", {"us-east-1": rows}, datetime.now(UTC), service="s3", resource="buckets")
    found = search.find_results(Parts(engine), "alderfinch")
    ids = [words(one) for one in walk(found) if getattr(one, "className", None) == "search-id"]
    # one of another form is shown, since one may know the resource by it
    assert sorted(ids) == ["", "b-1"] and arn not in words(found)


def test_a_table_is_found_by_its_name_before_its_resources(engine: sa.Engine) -> None:
    services = three_runs(engine)
    found = search.find_results(services, REF.name)
    assert links(found)[0] == f"/inventory/{REF.name}"
    # Enter opens what is called exactly so, and nothing is denied that was found elsewhere
    exact = [one for one in walk(found) if getattr(one, "data-exact", None)]
    assert len(exact) == 1 and links(exact) == [f"/inventory/{REF.name}"]
    assert "No page" not in words(found)


def test_engineers_find_pages_queries_and_schedules_and_viewers_what_they_may_open(engine: sa.Engine) -> None:
    services = three_runs(engine)
    with act_as(User("anna@example.com", Role.ENGINEER)):
        services.db.save_query(Query("ledger balances", "SELECT 1", provider="okta"))
        found = search.find_results(services, "ledger")
        assert links(found)[0].startswith("/ide?query=") and "Saved queries" in words(found)
        assert links(search.find_results(services, "sched"))[0] == "/schedules"
        scheduled = links(search.find_results(services, REF.name))
        assert any(one.startswith("/schedules?schedule=") for one in scheduled)
    with act_as(User("vera@example.com", Role.VIEWER)):
        assert not any(one.startswith("/ide") for one in links(search.find_results(services, "ledger")))
        assert not any("/schedules" in one for one in links(search.find_results(services, REF.name)))
        assert links(search.find_results(services, "inventory"))[0] == "/inventory"


def test_before_anything_is_typed_the_box_offers_pages_and_actions_that_the_person_may_use(
    engine: sa.Engine,
) -> None:
    services = three_runs(engine)
    with act_as(User("anna@example.com", Role.ENGINEER)):
        offered = search.find_results(services, "")
        assert {place.href for place in GO.values()} < set(links(offered))
        assert "/ide?new=query" in links(offered) and "g e" in words(offered)
        # one letter narrows what is offered, and denies nothing that was not looked for
        one = search.find_results(services, "q")
        assert links(one) == ["/ide?new=query"] and "No page" not in words(one)
    with act_as(User("vera@example.com", Role.VIEWER)):
        offered = search.find_results(services, "")
        assert all(one.startswith(("/inventory", "/inbox", "/watches")) for one in links(offered))
        assert "New query" not in words(offered) and "Switch between light and dark" in words(offered)
        assert links(search.find_results(services, "new query")) == []


def test_what_is_called_exactly_so_comes_first_whatever_it_is(engine: sa.Engine) -> None:
    services = three_runs(engine)
    with act_as(User("anna@example.com", Role.ENGINEER)):
        services.db.save_query(Query("instances", "SELECT 1", provider="aws"))
        # tables come before saved queries, unless one of these is called so
        assert links(search.find_results(services, "instances"))[0].startswith("/ide?query=")
        assert links(search.find_results(services, "instance"))[0] == f"/inventory/{REF.name}"
        first = links(search.find_results(services, "i-0001"))[0]
        assert "key=i-0001" in first


@pytest.mark.parametrize("text", ["web-0001 " * 1200, "x" * 10_000, "web-0001\0", "\"'; DROP TABLE %_\\"])
def test_a_text_that_nobody_would_type_gets_words(engine: sa.Engine, text: str) -> None:
    services = three_runs(engine)
    said = words(search.find_results(services, text))
    assert ("the first 200 were looked for" in said) == (len(text) > 200)
    assert f"{len(text.strip()):,} characters" in said or len(text) < 200


def test_every_page_of_the_navigation_has_a_key() -> None:
    assert {page.path for page in PAGES if page.group} <= {place.href for place in GO.values()}
