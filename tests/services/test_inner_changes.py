"""What really changed between two JSON values, and how one is written."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner import json_text
from services.models.values import (
    InnerChange,
    Missing,
    Unread,
    format_json,
    list_inner_changes,
    name_unread,
)

ABSENT = Missing.ABSENT
TAGS = [{"Key": "team", "Value": "pay"}, {"Key": "env", "Value": "prod"}]
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
JSON = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["id", "Key", "Value", "a", "b"]), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "shape",
    [
        lambda tags: [{"Key": k, "Value": v} for k, v in tags.items()],
        lambda tags: [{"TagKey": k, "TagValue": v} for k, v in tags.items()],
        lambda tags: [{"value": v, "key": k} for k, v in reversed(tags.items())],
        dict,
    ],
)
def test_of_tags_in_any_shape_and_order_the_tag_alone_is_shown(shape: Any) -> None:
    before = shape({"team": "pay", "env": "prod", "old": "x"})
    after = shape({"new": "y", "env": "test", "team": "pay"})
    found = list_inner_changes(before, after) or []
    assert {(one.path, one.before, one.after) for one in found} == {
        (("env",), "prod", "test"),
        (("new",), ABSENT, "y"),
        (("old",), "x", ABSENT),
    }


def test_what_a_tag_has_beside_its_value_is_named() -> None:
    before = [{"Key": "env", "Value": "prod", "PropagateAtLaunch": True}]
    after = [{"Key": "env", "Value": "prod", "PropagateAtLaunch": False}]
    assert list_inner_changes(before, after) == [InnerChange(("env", "PropagateAtLaunch"), True, False)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["sg-1", "sg-2"], ["sg-3", "sg-1"], [InnerChange((), gone=("sg-2",), came=("sg-3",))]),
        ({"ports": [22, 22, 80]}, {"ports": [80, 22]}, [InnerChange(("ports",), gone=(22,))]),
        (
            [{"GroupId": "sg-1", "GroupName": "a"}, {"GroupId": "sg-2", "GroupName": "b"}],
            [{"GroupId": "sg-2", "GroupName": "c"}, {"GroupId": "sg-1", "GroupName": "a"}],
            [InnerChange(("sg-2", "GroupName"), "b", "c")],
        ),
        (
            {"Statement": [{"Sid": "Read", "Action": ["a", "b"]}], "Version": 1},
            {"Statement": [{"Sid": "Read", "Action": ["b", "a"]}], "Version": 1},
            [InnerChange(("Statement", "Read", "Action"), reordered=True)],
        ),
        (
            [{"from": 1}, {"from": 2}, {"from": 3}],
            [{"from": 2}, {"from": 4}],
            [InnerChange(("#1",), {"from": 1}, ABSENT), InnerChange(("#2", "from"), 3, 4)],
        ),
        (["a", "b"], ["b", "a"], [InnerChange((), reordered=True)]),
        ({"a": None}, {"a": 1}, [InnerChange(("a",), None, 1)]),
        ({"a": True}, {"a": 1}, [InnerChange(("a",), True, 1)]),
        ({"a": {"b": 1}}, {"a": [1]}, [InnerChange(("a",), {"b": 1}, [1])]),
    ],
)
def test_the_parts_that_differ_are_named(before: Any, after: Any, expected: list[InnerChange]) -> None:
    assert list_inner_changes(before, after) == expected


def test_numbers_are_compared_by_all_their_digits() -> None:
    old, new = (
        json_text.loads(f'{{"a":1844674407370955161{end},"b":{b}}}') for end, b in ((6, "1.10"), (7, "1.1"))
    )
    assert list_inner_changes(old, new) == [
        InnerChange(("a",), "18446744073709551616", "18446744073709551617")
    ]


@given(JSON, JSON)
def test_two_values_are_equal_exactly_where_nothing_differs(before: Any, after: Any) -> None:
    found = list_inner_changes(before, after)
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    if found is None:
        assert type(before) is not type(after) or not isinstance(before, dict | list)
    else:
        assert bool(found) != same


@given(st.dictionaries(st.text(max_size=3), PLAIN), st.dictionaries(st.text(max_size=3), PLAIN))
def test_objects_differ_where_their_members_do(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = list_inner_changes(before, after)
    assert found is not None
    patched = dict(before)
    for one in found:
        (name,) = one.path
        assert json.dumps(before.get(name, ABSENT), default=str) == json.dumps(one.before, default=str)
        if one.after is ABSENT:
            del patched[name]
        else:
            patched[name] = one.after
    assert patched == after


@given(
    st.recursive(
        st.one_of(NUMBERS, st.booleans(), st.none(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
        ),
    ),
    st.booleans(),
)
def test_a_value_is_written_with_every_digit(value: Any, indent: bool) -> None:
    text = _write(value)
    read = json.loads(
        format_json(json_text.loads(text), indent=indent), parse_float=Decimal, parse_int=Decimal
    )
    assert read == json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _write(value: Any) -> str:
    """Python's own JSON with numbers as a provider prints them."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return f"[{','.join(map(_write, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_write(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


def test_a_text_that_could_not_be_read_stands_in_its_own_column() -> None:
    row = {"id": "a", "size": None, "flag": 3, "_unread": {"size": "N/A", "flag": "old", "gone": "x"}}
    assert name_unread(row) == {"id": "a", "size": Unread("N/A"), "flag": 3, "gone": Unread("x")}
    assert name_unread({"id": "a", "_unread": None}) == {"id": "a"}
