"""Parameters are found outside literals and bound as literals."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.statement import Source, read


def bind(sql: str, values: dict[str, str]) -> str:
    return parameters.bind(guard.check(read(sql), Source.LIVE), values).text


SQL = "SELECT ':no', a AS text, \"b:no\" -- :no\nFROM c.d.e WHERE f = :region AND g IN (:account, :region) /* :no */"


def test_names_are_found_in_order_and_once() -> None:
    assert read(SQL).parameters == ("region", "account")


def test_binding_changes_nothing_else() -> None:
    bound = bind(SQL, {"region": "eu-west-1", "account": "o'neil"})
    assert bound == SQL.replace(":region", "'eu-west-1'").replace(":account", "'o''neil'")


@pytest.mark.parametrize("value", ["", "a\\", "{{x}}", "<<<x", "a\nb", "x" * 1001])
def test_values_that_cannot_be_bound_name_the_parameter(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind("SELECT :region", {"region": value})
    assert caught.value.field == "region"


@given(
    st.text(
        alphabet=st.characters(min_codepoint=32, exclude_characters="\\{<", exclude_categories=["Cs"]),
        min_size=1,
    )
)
def test_a_bound_value_is_read_back_as_it_was(value: str) -> None:
    bound = bind("SELECT :v", {"v": value})
    assert sqlite3.connect(":memory:").execute(bound).fetchone() == (value,)
