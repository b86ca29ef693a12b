"""The search over all tables."""

from __future__ import annotations

import sqlalchemy as sa
from fakes.components import links, text, walk, words
from fakes.inventory import REF, three_runs

from callbacks.shell import search
from services.models.core import Query
from services.users import Role, User, act_as


def test_the_search_groups_by_type(engine: sa.Engine) -> None:
    services = three_runs(engine)
    children = text(search.find_results(services, "web-000"))
    assert "aws.ec2.instances" in children and "key=i-0001" in children
    assert search.find_results(services, "i") is None
    said = words(search.find_results(services, "zzzz"))
    assert said == (
        "No page, table, saved query or schedule is called, and no resource has zzzz in its id, name, ARN or tags."
    )


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
