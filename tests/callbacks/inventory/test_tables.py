"""The list of tables: finding, sorting, paging."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fakes.components import text
from fakes.components import words as words_of
from fakes.inventory import Parts, instances, load

from callbacks.inventory.tables import list_tables
from services.models.inventory import InventoryFilter

NOW = datetime.now(UTC)


def test_the_list_of_tables(services: Parts) -> None:
    listed = list_tables(services, InventoryFilter(), "", {"sort": "rows", "page": 1})
    words = text(listed["list"])
    assert words_of(listed["count"]) == "1 table" and "1 of 2" in words and "data:image/svg+xml" in words
    assert ">+" not in words.split("Today")[0]
    assert "No table of that name" in text(list_tables(services, InventoryFilter(), "zzz", {})["list"])


def test_the_list_of_a_region_says_nothing_of_whole_tables(services: Parts) -> None:
    listed = text(list_tables(services, InventoryFilter(region="us-east-1"), "", {})["list"])
    assert "Today (UTC)" not in listed and "data:image/svg+xml" not in listed


def test_what_was_not_read_today_is_not_called_unchanged(empty: Parts) -> None:
    load(empty.db.engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW - timedelta(days=1))
    listed = text(list_tables(empty, InventoryFilter(), "", {})["list"])
    assert "Not read yet today" in listed and "no change" not in listed
    load(empty.db.engine, "aws_ec2_instances", {"us-east-1": instances(2)}, NOW)
    assert "no change" in text(list_tables(empty, InventoryFilter(), "", {})["list"])
