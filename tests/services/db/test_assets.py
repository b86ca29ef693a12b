from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.inventory import instances, load

from services.db import DatabaseService
from services.models.inventory import TableRef
from services.models.resource_filter import ResourceFilter, fix
from services.users import NOBODY, act_as

NONE = ResourceFilter()
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def db(engine) -> DatabaseService:
    load(engine, "aws_ec2_instances", {"us-east-1": instances(4)}, NOW)
    load(
        engine,
        "gcp_disks",
        {"prod": instances(3, first=50, region="europe-west1")},
        NOW,
        provider="google",
        resource="disks",
        parameter="project",
    )
    return DatabaseService(engine)


def test_search_finds_by_id_name_and_tag_over_all_tables(db):
    with act_as(NOBODY):
        assert [one.id for one in db.assets.search_assets("i-0002")] == ["i-0002"]
        assert {one.table.name for one in db.assets.search_assets("web-00")} == {
            "aws_ec2_instances",
            "gcp_disks",
        }
        found = db.assets.search_assets("payments 0052")
    assert [(one.id, one.region, one.matched) for one in found] == [
        ("i-0052", "europe-west1", "owner: payments")
    ]
    assert db.assets.search_assets("   ") == [] and db.assets.search_assets("%") == []


def test_a_block_of_assets_goes_by_exact_values(db):
    block = db.assets.read_asset_block(
        fix(NONE, {"region": "us-east-1"}), None, 0, 10, [{"column": "id", "descending": True}]
    )
    assert [row["id"] for row in block["rows"]] == ["i-0003", "i-0002", "i-0001", "i-0000"]
    assert db.assets.read_asset_block(fix(NONE, {"owner": "data"}), None, 0, 10)["total"] == 3
    assert (
        db.assets.read_asset_block(fix(NONE, {"provider": "google", "owner": "data"}), None, 0, 10)["total"]
        == 1
    )
    assert db.assets.read_asset_block(fix(NONE, {"region": ""}), None, 0, 10)["rows"] == []
    # a name that is none of ours is not a condition
    assert db.assets.read_asset_block(fix(NONE, {"1=1; --": "x"}), 7, 0, 2)["total"] == 7


def test_an_asset_is_found_by_its_resource(db):
    row = db.assets.find_asset(TableRef("stackql_inventory", "gcp_disks"), "i-0051", '{"project":"prod"}')
    assert (row.id, row.account, row.tags) == ("i-0051", "prod", {"owner": "data"})
    assert db.assets.find_asset(TableRef("stackql_inventory", "gcp_disks"), "i-0051", "{}") is None
