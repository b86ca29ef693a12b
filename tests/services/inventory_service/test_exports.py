"""Files of what a grid shows: the rows that match, in the grid's order, against an oracle that filters in Python."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.inventory import DOWNLOADS, instances, load, schedule, service_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput, NotFound
from services.inventory_service.service import InventoryService
from services.inventory_service.table_exports import TableFile
from services.models.inventory import TableRef
from services.models.selection import ALL_ROWS, Selection
from services.selections import KEPT_SECONDS, MOST_KEPT
from services.users import NOBODY, Role, User, act_as

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
REF = TableRef("stackql_inventory", "aws_ec2_instances")
BUCKETS = TableRef("stackql_inventory", "aws_s3_buckets")
VERA = User("vera@example.com", Role.VIEWER)


@pytest.fixture
def service(engine: sa.Engine) -> Iterator[InventoryService]:
    id = schedule(engine, REF.name, status="PARTIAL")
    rows = {"us-east-1": instances(30), "eu-west-1": instances(12, first=500, region="eu-west-1")}
    load(engine, REF.name, rows, NOW, schedule_id=id)
    load(
        engine,
        BUCKETS.name,
        {"": [{"id": f"b-{n}"} for n in range(4)]},
        NOW,
        service="s3",
        resource="buckets",
    )
    yield service_at(engine, NOW)


def read(file: TableFile) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(b"".join(file.pieces))
    return rows


FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({}, lambda row: True),
    (
        {"state": {"filterType": "values", "type": "notIn", "values": ["running"]}},
        lambda row: row["state"] != "running",
    ),
    ({"size": {"filterType": "number", "type": "greaterThan", "filter": 40}}, lambda row: row["size"] > 40),
    ({"id": {"filterType": "text", "type": "contains", "filter": "I-00"}}, lambda row: "i-00" in row["id"]),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FILTERS),
    st.sampled_from(FILTERS),
    st.sampled_from(["", "eu-west-1", "web us-east"]),
    st.sampled_from(["", "size", "id"]),
    st.booleans(),
    st.sampled_from([None, {"state": "running"}]),
)
def test_a_file_of_what_is_shown_holds_the_rows_that_match_in_their_order(
    service: InventoryService, one: Any, other: Any, search: str, by: str, descending: bool, only: Any
) -> None:
    rows = read(service.export(REF, "json"))
    assert len(rows) == 42
    sort = [{"column": by, "descending": descending}] if by else []
    shown = Selection({**one[0], **other[0]}, sort, search)
    with act_as(NOBODY):
        prepared = service.prepare_export(REF, "json", shown, only=only)
        file = service.export(REF, "json", only=only, token=prepared.token)
    found = read(file)
    expected = [
        row
        for row in rows
        if one[1](row)
        and other[1](row)
        and all(word in f"{row['id']} {row['name']} {row['region']}" for word in search.split())
        and (only is None or row["state"] == "running")
    ]
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in expected)
    if by:
        values = [row[by] for row in found]
        assert values == sorted(values, reverse=descending)
    assert all(row in rows for row in found)
    assert file.filtered == prepared.filtered == bool(shown.filters or search or only)


def test_a_file_of_the_resources_holds_those_that_fit_the_search(service: InventoryService) -> None:
    everything = read(service.export_assets({}, "json"))
    assert len(everything) == 46 and all(row["_read_at"] for row in everything)
    shown = Selection(
        {"id": {"filterType": "text", "type": "notEqual", "filter": "i-0500"}},
        [{"column": "id", "descending": True}],
        "type:instances region:eu-*",
    )
    token = service.prepare_asset_export({"provider": "aws"}, "json", shown).token
    found = [row["id"] for row in read(service.export_assets({"provider": "aws"}, "json", token=token))]
    grid = service.assets({"provider": "aws"}, 0, 100, shown.sort, shown.filters, shown.search)["rows"]
    assert found == [row["id"] for row in grid] == [f"i-{n:04d}" for n in range(511, 500, -1)]


def test_what_cannot_be_made_is_refused_in_words(service: InventoryService) -> None:
    gone = Selection({"gone": {"filterType": "text", "type": "equals", "filter": "x"}})
    with pytest.raises(InvalidInput, match="no column 'gone'"):
        service.prepare_export(REF, "csv", gone)
    with pytest.raises(InvalidInput, match="not a format"):
        service.prepare_export(REF, "pdf", ALL_ROWS)
    # one table's selection is no other's
    token = service.prepare_export(REF, "csv", Selection(FILTERS[1][0])).token
    with pytest.raises(InvalidInput, match="no column 'state'"):
        service.export(BUCKETS, "csv", token=token)


def test_a_selection_is_its_persons_and_goes_after_a_while(service: InventoryService) -> None:
    kept = DOWNLOADS.selections
    shown = Selection(FILTERS[1][0], [])
    with act_as(VERA):
        token = kept.keep(shown)
        assert kept.find(token) == shown and kept.find("") == ALL_ROWS
    for wrong in (token, "../lock", "0" * 32):
        with act_as(NOBODY), pytest.raises(NotFound, match="no longer known"):
            kept.find(wrong)
    with act_as(VERA):
        (path,) = kept.folder.glob(f"*.{token}")
        os.utime(path, (0, path.stat().st_mtime - KEPT_SECONDS - 1))
        tokens = [kept.keep(shown) for _ in range(MOST_KEPT + 3)]
        with pytest.raises(NotFound):
            kept.find(token)
        assert kept.find(tokens[-1]) == shown
        assert sum(any(kept.folder.glob(f"*.{one}")) for one in tokens) == MOST_KEPT
