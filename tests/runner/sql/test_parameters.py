"""Parameters are found outside literals and bound as literals."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.sql import parameters

SQL = "SELECT ':no', a::text, \"b:no\" -- :no\nFROM c.d.e WHERE f = :region AND g IN (:account, :region) /* :no */"


def test_names_are_found_in_order_and_once() -> None:
    assert parameters.names(SQL) == ["region", "account"]


def test_binding_changes_nothing_else() -> None:
    bound = parameters.bind(SQL, {"region": "eu-west-1", "account": "o'neil"})
    assert bound == SQL.replace(":region", "'eu-west-1'").replace(":account", "'o''neil'")


@pytest.mark.parametrize("value", ["", "a\\", "{{x}}", "<<<x", "a\nb", "x" * 1001])
def test_values_that_cannot_be_bound_name_the_parameter(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parameters.bind("SELECT :region", {"region": value})
    assert caught.value.field == "region"


@given(
    st.text(
        alphabet=st.characters(min_codepoint=32, exclude_characters="\\{<", exclude_categories=["Cs"]),
        min_size=1,
    )
)
def test_a_bound_value_is_read_back_as_it_was(value: str) -> None:
    bound = parameters.bind("SELECT :v", {"v": value})
    assert sqlite3.connect(":memory:").execute(bound).fetchone() == (value,)
