"""Lists whose order means nothing: another order is no change, and the newest answer is what is stored."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from fakes.tables import Tables, ok, target
from hypothesis import given, settings
from hypothesis import strategies as st

TAGS = [{"Key": "team", "Value": "pay"}, {"Key": "env", "Value": "prod"}, {"Key": "app", "Value": "x"}]


def merge(tables: Tables, values: list[Any], column: str = "v", **more: Any) -> Any:
    rows = [{"id": f"r{number}", column: json.dumps(value)} for number, value in enumerate(values)]
    return tables.merge(target("things", "id", **more), ok(rows, json=[column]))


def stored(tables: Tables, column: str = "v") -> list[Any]:
    return [value for _, value in tables.rows("things", "id", column)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tags", TAGS),
        ("v", TAGS),
        ("v", [{"TagKey": "team", "TagValue": "pay"}, {"TagKey": "env"}]),
        ("v", [{"key": "team", "value": "pay", "propagate": True}, {"key": "env", "value": ""}]),
        ("Tags", ["web", "prod"]),
        ("labels", {"items": ["http-server", "https-server"], "fingerprint": "x"}),
        ("v", ["sg-1", "sg-2"]),
        ("v", ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]),
        ("v", ["/subscriptions/s/resourceGroups/g/x", "/subscriptions/s/resourceGroups/g/y"]),
        ("v", [{"GroupId": "sg-1", "GroupName": "b"}, {"GroupId": "sg-2", "GroupName": "a"}]),
        ("subnet_ids", ["one", "two"]),
        ("v", {"deep": [{"properties": {"tags": ["b", "a"]}}], "SecurityGroupIds": ["y", "x"]}),
    ],
)
def test_another_order_is_no_change_and_the_newest_is_stored(tables: Tables, column: str, value: Any) -> None:
    merge(tables, [value, value], column)
    turned = _reverse(value)
    result = merge(tables, [turned, value], column)
    assert (result.changed, result.any_change, tables.changes()) == (0, False, [])
    assert stored(tables, column) == [turned, value]


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        ["a", "b"],
        {"Statement": [{"Action": ["a", "b"]}]},
        [{"name": "a"}, {"name": "b"}],
        ["10.0.0.1", "10.0.0.2"],
        ["sg-1", "any"],
    ],
)
def test_other_lists_have_an_order_until_an_engineer_says_otherwise(tables: Tables, value: Any) -> None:
    merge(tables, [value])
    assert merge(tables, [_reverse(value)]).changed == 1
    assert merge(tables, [value], unordered_columns=("v",)).changed == 0
    assert stored(tables) == [value]


def test_an_engineer_can_say_that_an_order_counts(tables: Tables) -> None:
    merge(tables, [["sg-1", "sg-2"]])
    assert merge(tables, [["sg-2", "sg-1"]], ordered_columns=("v",)).changed == 1


def test_what_really_changes_beside_another_order_is_a_change(tables: Tables) -> None:
    merge(tables, [TAGS, TAGS])
    other = [{"Key": "env", "Value": "test"}, TAGS[2], TAGS[0]]
    assert merge(tables, [other, TAGS[::-1]]).changed == 1
    (change,) = tables.changes()
    assert (change.changed_columns, change.after["v"]) == (["v"], other)


def test_without_a_key_too(tables: Tables) -> None:
    def keyless(values: list[Any]) -> Any:
        rows = [{"name": f"r{number}", "tags": json.dumps(value)} for number, value in enumerate(values)]
        return tables.merge(target("things"), ok(rows, json=["tags"]))

    keyless([TAGS, TAGS, TAGS[:1]])
    before = {row.asset_id: row for row in tables.assets()}
    result = keyless([TAGS[::-1], TAGS, []])
    assert (result.added, result.removed, result.rows_total) == (1, 1, 3)
    assert sorted(row.resource_key for row in tables.assets()) != sorted(
        r.resource_key for r in before.values()
    )
    assert len(tables.assets()) == 3
    assert not keyless([TAGS, TAGS[1:] + TAGS[:1], []]).any_change
    again = keyless([TAGS, TAGS, []])
    assert not again.any_change
    assert stored_tags(tables) == [TAGS, TAGS, []]


def stored_tags(tables: Tables) -> list[Any]:
    return [value for _, value in tables.rows("things", "name", "tags")]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "sg-1", "sg-2", "x y"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["tags", "Key", "Value", "n"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=40)
@given(
    JSON.filter(lambda value: isinstance(value, list | dict)),
    JSON.filter(lambda value: isinstance(value, list | dict)),
    st.integers(),
)
def test_in_a_column_without_order_two_are_equal_where_they_are_so_sorted(
    write_path: Any, left: Any, right: Any, seed: int
) -> None:
    """The law, against an oracle of our own: sorting every list; and no shuffle of a value is a change."""
    tables = Tables(write_path)
    shuffled = _shuffle(left, random.Random(seed))
    query = (
        "SELECT stackql_app.without_order(cast(:l AS jsonb), 'v', true)"
        " = stackql_app.without_order(cast(:r AS jsonb), 'v', true)"
    )
    ((same,),) = tables.query(query, l=json.dumps(left), r=json.dumps(right))
    assert same == (_sort(left) == _sort(right))
    ((same,),) = tables.query(query, l=json.dumps(left), r=json.dumps(shuffled))
    assert same


def _reverse(value: Any) -> Any:
    if isinstance(value, list):
        return [_reverse(item) for item in reversed(value)]
    return {name: _reverse(item) for name, item in value.items()} if isinstance(value, dict) else value


def _shuffle(value: Any, dice: random.Random) -> Any:
    if isinstance(value, list):
        return dice.sample([_shuffle(item, dice) for item in value], len(value))
    return {name: _shuffle(item, dice) for name, item in value.items()} if isinstance(value, dict) else value


def _sort(value: Any) -> str:
    """Two values are equal with their lists sorted exactly where these texts are."""
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(_sort, value))) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_sort(value[name])}" for name in sorted(value)) + "}"
    return json.dumps(value)
