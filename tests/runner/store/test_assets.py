"""Assets: derived by rules over column names, kept in step with their table, found by any piece of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.tables import Tables, failed, ok, target

from inventory_runner import store
from inventory_runner.store import rules

INSTANCES = target("instances", "instance_id", provider="aws", service="ec2", resource="instances")


def instance(number: int, **values: Any) -> dict[str, Any]:
    return {
        "instance_id": f"i-{number:04x}",
        "instance_arn": f"arn:aws:ec2:eu-west-1:123456789012:instance/i-{number:04x}",
        "availability_zone": "eu-west-1b",
        "tags": json.dumps({"Name": f"web-{number}", "owner": "payments"}),
        "launch_time": "2026-01-02T03:04:05Z",
        **values,
    }


def merge(tables: Tables, *rows: dict[str, Any]) -> store.MergeResult:
    return tables.merge(INSTANCES, ok(list(rows), json=["tags"]))


def test_common_names(tables: Tables) -> None:
    merge(tables, instance(1))
    (asset,) = tables.assets("instances")
    assert (
        asset._mapping.items()
        >= {
            "provider": "aws",
            "service": "ec2",
            "type": "instances",
            "id": "i-0001",
            "name": "web-1",
            "arn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-0001",
            "region": "eu-west-1",
            "account": "123456789012",
            "scope": "{}",
            "resource_key": "i-0001",
            "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "first_seen_at": tables.at,
            "changed_at": tables.at,
        }.items()
    )
    assert asset.tags == {"Name": "web-1", "owner": "payments"}


def test_assets_follow_the_difference(tables: Tables) -> None:
    merge(tables, instance(1), instance(2), instance(3))
    first = {asset.id: asset for asset in tables.assets("instances")}
    merge(tables, instance(1), instance(2, tags='{"Name":"db"}'), instance(4))
    now = {asset.id: asset for asset in tables.assets("instances")}
    assert sorted(now) == ["i-0001", "i-0002", "i-0004"]
    assert now["i-0001"] == first["i-0001"]
    assert (now["i-0002"].name, now["i-0002"].first_seen_at) == ("db", first["i-0002"].first_seen_at)
    assert now["i-0002"].changed_at == now["i-0004"].first_seen_at == tables.at


def test_assets_are_always_what_making_them_anew_would_give(tables: Tables) -> None:
    """By key and by whole row, over changes, duplicates, other keys, new and lost columns, other rules."""
    histories = [
        [instance(1), instance(2), instance(2)],
        [instance(1), instance(2)],
        [instance(1, state="on"), instance(2, state="off"), instance(3, state="on")],
        [instance(1, state="on"), instance(3, state="gone"), instance(3, state="gone")],
        [{"instance_id": "i-0009"}],
    ]
    for table, keys in (("keyed", ["instance_id"]), ("whole", [])):
        into = target(table, *keys, provider="aws", service="ec2", resource="instances")
        for rows in histories:
            tables.merge(into, ok(rows, json=["tags"]))
            if keys:  # a key that was not unique in the table is in force again
                tables.merge(into, ok(rows, json=["tags"]))
            ours = _common(tables, table)
            tables.execute(
                "UPDATE stackql_app.inventory_tables SET identity = '{}' WHERE target_table = :table",
                table=table,
            )
            tables.merge(into, ok(rows, json=["tags"]))  # nothing changed, but made anew
            assert _common(tables, table) == ours
            assert len(ours) == len(rows)


def _common(tables: Tables, table: str) -> list[tuple[Any, ...]]:
    return sorted(
        (
            str(row.asset_id),
            row.resource_key,
            row.id,
            row.name or "",
            str(row.tags),
            row.first_seen_at,
            row.changed_at,
        )
        for row in tables.assets(table)
    )


def test_rules_can_be_corrected(tables: Tables) -> None:
    merge(tables, instance(1, nickname="Bob"))
    tables.execute(
        """UPDATE stackql_app.inventory_tables SET asset_rules = '{"name": "nickname", "region": ""}'"""
    )
    merge(tables, instance(1, nickname="Bob"))
    (asset,) = tables.assets("instances")
    assert (asset.name, asset.region) == ("Bob", "eu-west-1")  # the ARN still knows the region


def test_rows_that_are_no_resources_are_no_assets(tables: Tables) -> None:
    tables.merge(target("counts"), ok([{"region": "east", "instances": 5}]))
    assert tables.assets("counts") == []


def test_region_and_account_by_scope(tables: Tables) -> None:
    into = target("buckets", "name", provider="google", service="storage", resource="buckets")
    row = {"name": "logs", "size": 1}
    tables.merge(into, ok([row], project="prod", region="europe-west1"), failed(project="dev", region="x"))
    (asset,) = tables.assets("buckets")
    assert (asset.account, asset.region, asset.id) == ("prod", "europe-west1", "logs")


@pytest.mark.parametrize(
    ("value", "region"),
    [
        ("us-east-1a", "us-east-1"),
        ("us-east-1", "us-east-1"),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a", "us-central1"),
        ("westeurope", "westeurope"),
        ("EU", "EU"),
        ("", None),
    ],
)
def test_a_zone_s_region(tables: Tables, value: str, region: str | None) -> None:
    tables.merge(target("machines"), ok([{"id": "1", "zone": value}]))
    assert tables.assets("machines")[0].region == region


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ('{"a":"b"}', {"a": "b"}),
        ('[{"Key":"a","Value":"b"},{"Key":"c","Value":""}]', {"a": "b", "c": ""}),
        ('[{"key":"a","value":"b"}]', {"a": "b"}),
        ('["web","db"]', {"web": "", "db": ""}),
        ('[{"name":"bug","color":"red"}]', {"bug": ""}),
        ('[{"TagKey":"a","TagValue":"b"},{"tag_key":"c","tag_value":"d"}]', {"a": "b", "c": "d"}),
        ('[{"KEY":"a","vAlUe":"b","PropagateAtLaunch":true}]', {"a": "b"}),
        ('[{"name":"a","value":"b"},{"Name":"c","Value":null}]', {"a": "b", "c": ""}),
        ('[{"team":"pay"},{"env":"prod"}]', {"team": "pay", "env": "prod"}),
        (
            '["team=pay","env:prod","alone","url=http://x"]',
            {"team": "pay", "env": "prod", "alone": "", "url": "http://x"},
        ),
        ('{"items":["http-server","ssh"],"fingerprint":"x"}', {"http-server": "", "ssh": ""}),
        ('{"TagSet":[{"Key":"a","Value":"b"}]}', {"a": "b"}),
        ('{"Tags":{"a":"b"}}', {"Tags": {"a": "b"}}),
        # an empty value never wins over a filled one
        ('[{"Key":"a","Value":""},{"Key":"a","Value":"b"},{"Key":"a","Value":"c"},{"Key":"a"}]', {"a": "b"}),
        ("[]", {}),
        ("{}", {}),
        ("[null, 1, [2]]", {"1": "", "[2]": ""}),
    ],
)
def test_tags_are_one_map(tables: Tables, tags: str, expected: dict[str, str]) -> None:
    tables.merge(target("tagged"), ok([{"id": "1", "tags": tags}], json=["tags"]))
    assert tables.assets("tagged")[0].tags == expected


@pytest.mark.parametrize(
    ("row", "tags"),
    [
        ({"tags": "{}", "labels": '{"a":"b"}'}, {"a": "b"}),
        ({"tags": '{"a":"b"}', "labels": '{"c":"d"}'}, {"a": "b"}),
        ({"tags": None, "tag_set": '[{"Key":"a","Value":"b"}]'}, {"a": "b"}),
        ({"tags": "[]", "labels": None}, {}),
    ],
)
def test_no_tags_never_win_over_some(
    tables: Tables, row: dict[str, str | None], tags: dict[str, str]
) -> None:
    tables.merge(target("tagged"), ok([{"id": "1", **row}, {"id": "2", **row}], json=list(row)))
    assert tables.assets("tagged")[0].tags == tags


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"OWNER": "ann", "team": "pay"}, "ann"),
        ({"owner": "", "Owner": "ann"}, "ann"),
        ({"owner": "", "TEAM": "pay"}, "pay"),
        ({"team": ""}, ""),
    ],
)
def test_an_owner_is_found_whatever_the_case_and_never_an_empty_one(
    tables: Tables, tags: dict[str, str], owner: str
) -> None:
    tables.merge(target("owned"), ok([{"id": "1", "tags": json.dumps(tags)}], json=["tags"]))
    found = tables.query(
        "SELECT value FROM stackql_app.table_breakdowns WHERE dimension = 'owner' AND is_current"
    )
    assert [row.value for row in found] == [owner]


def test_an_empty_name_is_none(tables: Tables) -> None:
    rows = [
        {"volume_id": "v-1", "name": "", "tags": '{"NAME":"web"}'},
        {"volume_id": "v-2", "name": "", "tags": "{}"},
    ]
    tables.merge(target("volumes", resource="volumes"), ok(rows, json=["tags"]))
    assert sorted((row.id, row.name) for row in tables.assets("volumes")) == [("v-1", "web"), ("v-2", None)]


@pytest.mark.parametrize(
    ("value", "created"),
    [
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-99-99", None),
        ("yesterday", None),
        (1767323045, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1767323045000, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045000000000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045.5", datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
        ("/Date(1767323045000)/", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05 +0000 UTC", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102T030405Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026/01/02", datetime(2026, 1, 2, tzinfo=UTC)),
        # two days, what Postgres knows as moments, and what stands for never
        ("01/02/2026", None),
        ("now", None),
        ("epoch", None),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        (0, None),
        ("0", None),
        ("12345678", None),
        (-5, None),
    ],
)
def test_when_it_was_created(tables: Tables, value: object, created: datetime | None) -> None:
    tables.merge(target("made"), ok([{"id": "1", "created_at": value}]))
    assert tables.assets("made")[0].created_at == created


@pytest.mark.parametrize(
    ("resource", "columns", "expected"),
    [
        (
            "functions",
            ["function_name", "function_arn", "last_modified"],
            {"id": "function_arn", "arn": "function_arn", "name": "function_name"},
        ),
        (
            "virtual_machines",
            ["id", "name", "location", "time_created"],
            {"id": "id", "name": "name", "region": "location", "created_at": "time_created"},
        ),
        (
            "projects",
            ["projectId", "displayName", "createTime"],
            {"id": "projectId", "name": "displayName", "account": "projectId", "created_at": "createTime"},
        ),
        (
            "db_instances",
            ["db_instance_identifier", "db_instance_arn", "availability_zone", "instance_create_time"],
            {
                "id": "db_instance_identifier",
                "arn": "db_instance_arn",
                "name": "db_instance_identifier",
                "region": "availability_zone",
            },
        ),
        (
            "policies",
            ["policy_name", "policy_id", "arn"],
            {"id": "policy_id", "arn": "arn", "name": "policy_name"},
        ),
        ("", ["count", "total"], {}),
    ],
)
def test_rules_over_column_names(resource: str, columns: list[str], expected: dict[str, str]) -> None:
    assert rules.derive(dict.fromkeys(columns, "text"), resource) == expected


# ---- search


def find(tables: Tables, text: str, limit: int = 40) -> list[str]:
    with tables.engine.connect() as connection:
        return [row.id for row in store.find_assets(connection, text, limit)]


@pytest.fixture
def indexed(tables: Tables) -> Tables:
    merge(tables, *(instance(number) for number in range(1, 60)))
    assert store.index_assets(tables.engine, "stackql_inventory", "instances") == 59
    return tables


@pytest.mark.parametrize(
    "text",
    [
        "i-0007",
        "I-0007",
        "web-7",
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-0007",
        "instance/i-0007",
        "eb-7",
        "0007",
        "payments i-0007",
        "123456789012 web-7",
    ],
)
def test_a_piece_of_it_finds_a_resource(indexed: Tables, text: str) -> None:
    assert find(indexed, text)[0] == "i-0007"


def test_the_whole_comes_before_a_beginning(indexed: Tables) -> None:
    assert find(indexed, "web-5")[:2] == ["i-0005", "i-0032"]


@pytest.mark.parametrize(
    "text", ["", "  ", "nothing-like-it", "%", "_", "web_7", "'", "\\", "\0", "&", "web-7 & x", "💥", ":*"]
)
def test_texts_that_find_nothing(indexed: Tables, text: str) -> None:
    assert find(indexed, text) == []


def test_tags_and_limits(indexed: Tables) -> None:
    assert len(find(indexed, "owner payments", 5)) == 5
    assert len(find(indexed, "paym")) == 40


def test_the_search_follows_the_assets(indexed: Tables) -> None:
    rows = [instance(number) for number in range(2, 60)]
    rows[3] = instance(5, tags='{"Name":"renamed"}')
    merge(indexed, *rows)
    assert find(indexed, "i-0001") == []  # gone at once, whether or not the search was told
    assert store.index_assets(indexed.engine, "stackql_inventory", "instances") == 1
    assert find(indexed, "renamed") == ["i-0005"]
    assert find(indexed, "web-5") != ["i-0005"]
    assert indexed.query("SELECT count(*) FROM stackql_app.asset_search")[0][0] == 58
    assert store.index_assets(indexed.engine, "stackql_inventory", "instances") == 0


def test_a_word_of_any_length_can_be_indexed(tables: Tables) -> None:
    tables.merge(
        target("long"),
        ok([{"id": "x" * 9000, "name": "é" * 9000, "tags": json.dumps({"k": "t" * 9000})}], json=["tags"]),
    )
    assert store.index_assets(tables.engine, "stackql_inventory", "long") == 1


def test_the_index_serves_a_search_by_the_beginning_of_a_word(indexed: Tables) -> None:
    indexed.execute("ANALYZE stackql_app.asset_search")
    with indexed.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(
            sa.text(
                "EXPLAIN SELECT asset_id FROM stackql_app.asset_search WHERE terms @@ '''0007'':*'::tsquery"
            )
        )
        assert "asset_search_terms" in "".join(row[0] for row in plan)


def test_a_dropped_table_leaves_no_assets(indexed: Tables) -> None:
    from inventory_runner.store import counting

    with indexed.engine.begin() as connection:
        counting.forget(connection, "stackql_inventory", "instances", indexed.at)
    assert indexed.assets("instances") == []
    assert indexed.query("SELECT count(*) FROM stackql_app.asset_search")[0][0] == 0


# ---- key suggestions


def suggested(**columns: list[Any]) -> list[tuple[str, ...]]:
    return [one.columns for one in store.suggest_keys(pa.table(columns))]


def test_keys_are_suggested_by_name_and_by_data() -> None:
    assert suggested(name=["a", "b"], instance_id=["1", "2"], zone=["x", "x"])[0] == ("instance_id",)
    assert suggested(size=[1, 2], name=["a", "b"]) == [("name",)]
    assert suggested(id=["1", "1"], name=["a", "b"]) == [("name",)]
    assert suggested(id=["1", None], name=["a", "b"]) == [("name",)]
    assert suggested(id=["1", "1", "2"], region=["a", "b", "a"]) == [("id", "region")]
    assert suggested(tags=['{"a":1}', '{"a":2}'], volume_id=["v1", "v2"], size=[8, 9])[0] == ("volume_id",)
    assert suggested(size=[1, 2]) == [("size",)]
    assert suggested(a=["x", "x"], b=["y", "y"]) == []
    assert suggested(id=[]) == []
    assert suggested(id=[None, None]) == []
