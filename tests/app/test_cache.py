"""What a server process keeps in memory: metadata, profiles and figures, and nothing that is a person's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from fakes.inventory import REF, three_runs
from fakes.waiting import wait_until

from app.cache import ObjectCache
from app.settings import read_settings
from app.start import build_services
from callbacks.inventory import overview
from callbacks.inventory.table import page
from services import Services
from services.models.inventory import InventoryFilter

RESULT = "SELECT instance_id, 'canary-of-a-result' AS said FROM aws.ec2.instances WHERE region = 'us-east-1'"


@pytest.fixture
def services(engine: sa.Engine, as_engineer: None) -> Iterator[Services]:
    three_runs(engine)
    built = build_services(read_settings(inventory_engine="sample"))
    # a figure is kept for a minute at most: this one does not end
    now = datetime.now(UTC)
    built.inventory.clock = lambda: now
    yield built
    built.close()


def find_cache(services: Services) -> ObjectCache:
    cache = services.metadata._cache
    assert isinstance(cache, ObjectCache)
    assert services.inventory._memo._cache is cache
    return cache


def test_metadata_profiles_and_figures_are_kept_and_no_result_is(services: Services) -> None:
    started = services.queries.runner.start(RESULT)
    wait_until(lambda: services.queries.runner.poll(started.id).status == "succeeded")
    rows = services.queries.results.block(started.id, 0, 1)["rows"]
    assert "canary-of-a-result" in str(rows)

    resource = services.metadata.resource("aws.ec2.instances")
    shown = overview.show_overview(services, InventoryFilter())
    assert page.show_content(services, {"schema": REF.schema, "table": REF.name}, {"tab": "columns"})
    cache = find_cache(services)
    assert services.metadata.resource("aws.ec2.instances") is resource
    assert overview.show_overview(services, InventoryFilter()) is shown
    assert {key.partition(" ")[0] for key in cache._cache} == {"inventory", "metadata"}
    assert any("profiles" in key for key in cache._cache)
    assert "canary" not in repr(cache._cache)
