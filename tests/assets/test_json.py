"""The dialog of a JSON cell: its text with a line for each value, and every token as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(value=st.one_of(st.lists(VALUES), st.dictionaries(st.text(max_size=4), VALUES)))
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_text_is_broken_into_lines_as_python_does_it(
    scripts: Page, separators: tuple[str, str], value: Any
) -> None:
    text = json.dumps(value, separators=separators)
    assert scripts.evaluate("text => grid.indentJson(text)", text) == json.dumps(value, indent=2)


def test_numbers_keep_the_digits_that_a_browser_would_round(scripts: Page) -> None:
    text = '{"a":18446744073709551616,"b":[0.1234567890123456789,1.10,-1E+400]}'
    shown = scripts.evaluate("text => grid.indentJson(text)", text)
    assert "".join(shown.split()) == text
