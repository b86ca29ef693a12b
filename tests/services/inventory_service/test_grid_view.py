"""A grid's filters and order in an address: what people choose comes back, and nothing else does any harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.schemas import Block
from services.db import row_filters
from services.inventory_service.grid_view import read_view
from services.models.column_values import digest_of
from services.models.grid_view import (
    NUMBER_CONDITIONS,
    TEXT_CONDITIONS,
    GridView,
    describe_filter,
    describe_sort,
)
from services.models.inventory import ColumnInfo

NAMES = ("state", "a.b", 'say "hi": 50% ü', "size_gb")
COLUMNS = tuple(ColumnInfo(name, "number" if name == "size_gb" else "text", "text") for name in NAMES)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def conditions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    words = NUMBER_CONDITIONS if kind == "number" else TEXT_CONDITIONS
    one: dict[str, Any] = {"filterType": kind, "type": draw(st.sampled_from(list(words)))}
    if one["type"] not in ("blank", "notBlank"):
        one["filter"] = draw(NUMBERS if kind == "number" else TEXTS)
    if one["type"] == "inRange":
        one["filterTo"] = draw(NUMBERS)
    return one


@st.composite
def models(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    shape = draw(st.sampled_from(["one", "several", "values"]))
    if shape == "one":
        return draw(conditions(kind))
    if shape == "several":
        several = draw(st.lists(conditions(kind), min_size=2, max_size=3))
        return {"filterType": kind, "operator": draw(st.sampled_from(["AND", "OR"])), "conditions": several}
    return {
        "filterType": "values",
        "type": draw(st.sampled_from(["in", "notIn"])),
        "values": draw(st.lists(TEXTS, max_size=4)),
        "digests": draw(st.lists(TEXTS.map(digest_of), max_size=2)),
        "empty": draw(st.booleans()),
    }


VIEWS = st.builds(
    GridView,
    st.fixed_dictionaries(
        {}, optional={one.name: models("number" if one.kind == "number" else "text") for one in COLUMNS}
    ),
    st.lists(
        st.fixed_dictionaries({"column": st.sampled_from(NAMES), "descending": st.booleans()}), max_size=3
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text() | st.sampled_from([*NAMES, "in", "AND", "text", "gone"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*NAMES, "gone", "type", "filter", "filterType", "conditions", "values", "column", "operator"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VIEWS)
def test_what_is_chosen_comes_back_from_the_address_and_is_said_in_words(view: GridView) -> None:
    assert read_view(view.format_where(), view.format_sort(), COLUMNS) == view
    for name, model in view.filters.items():
        assert describe_filter(model)
        left = json.loads(view.format_where(name) or "{}")
        assert left == {other: one for other, one in view.filters.items() if other != name}


@given(st.text() | JSON.map(json.dumps), st.text() | JSON.map(json.dumps))
def test_whatever_an_address_holds_no_more_is_taken_than_a_route_takes(where: str, sort: str) -> None:
    view = read_view(where, sort, COLUMNS)
    Block.model_validate({"start": 0, "end": 1, "filters": dict(view.filters), "sort": list(view.sort)})
    row_filters.compose_condition(COLUMNS, view.filters, "")
    row_filters.order(COLUMNS, view.sort, None)
    if where and not view.filters and where != "{}":
        assert view.notes


@pytest.mark.parametrize(
    ("where", "sort", "said"),
    [
        ('{"zone":{"filterType":"text","type":"blank"}}', "", "There is no column “zone” (any more)"),
        ('{"state":{"filterType":"text","type":"sounds","filter":"x"}}', "", "'state' cannot be read"),
        ('{"state":{"filterType":"text","type":["x"]}}', "", "“state” cannot be read"),
        ('{"state', "", "The filters of columns cannot be read"),
        ('{"size_gb":{"filterType":"number","type":"equals","filter":NaN}}', "", "cannot be read"),
        ("[" * 9_999, "", "The filters of columns cannot be read"),
        ("", '[{"column":"zone"}]', "There is no column “zone” (any more): the rows are not sorted by it"),
        ("", "state", "The order cannot be read"),
        ("", '["state"]', "A part of the order cannot be read"),
    ],
)
def test_what_has_gone_or_is_damaged_is_said_and_the_rest_applies(where: str, sort: str, said: str) -> None:
    kept = {"a.b": {"filterType": "text", "type": "blank"}}
    if where.startswith("{") and where.endswith("}"):
        where = json.dumps(kept)[:-1] + "," + where[1:]
    view = read_view(where, sort, COLUMNS)
    assert said in " ".join(view.notes) and len(view.notes) == 1
    assert view.filters in ({}, kept) and view.sort == []
    if where.endswith("}"):
        # NaN is no JSON: none of the text can be told from it
        assert view.filters == ({} if "NaN" in where else kept)


def test_a_filter_and_an_order_read_as_one_would_say_them() -> None:
    def several(*values: str, kind: str = "in") -> dict[str, Any]:
        return {"filterType": "values", "type": kind, "values": list(values)}

    def number(kind: str, value: float, **more: float) -> dict[str, Any]:
        return {"filterType": "number", "type": kind, "filter": value, **more}

    both = {
        "filterType": "number",
        "operator": "AND",
        "conditions": [number("greaterThan", 5), number("lessThan", 9)],
    }
    for model, words in (
        (several("running"), "is running"),
        (several("a", "", kind="notIn"), "is not a or empty text"),
        (several(*"abcdef"), "one of 6 values"),
        (several(*"abcdef", kind="notIn"), "none of 6 values"),
        (number("inRange", 5, filterTo=9), "between 5 and 9"),
        (both, "> 5 and < 9"),
        ({"filterType": "text", "type": "notBlank"}, "is not empty"),
    ):
        assert describe_filter(model) == words
    order = [{"column": "size_gb", "descending": True}, {"column": "id"}]
    assert describe_sort(order) == "size_gb, descending, then id"
