"""The search over all tables."""

from __future__ import annotations

import sqlalchemy as sa
from fakes.components import text
from fakes.inventory import three_runs

from callbacks.shell import search


def test_the_search_groups_by_type(engine: sa.Engine) -> None:
    services = three_runs(engine)
    children = text(search.find_results(services, "web-000"))
    assert "aws.ec2.instances" in children and "key=i-0001" in children
    assert search.find_results(services, "i") is None
    assert "No resource has" in text(search.find_results(services, "zzzz"))
