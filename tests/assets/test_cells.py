"""What a cell offers: filters by its value, and rows as SQL and Markdown."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

# a JavaScript number is a double, and a text holds no half of a pair
NUMBERS = st.integers(-(2**53), 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(values=st.lists(st.one_of(st.none(), NUMBERS, TEXTS), min_size=1, max_size=8))
def test_a_list_of_sql_holds_exactly_the_values(scripts: Page, values: list[Any]) -> None:
    text = scripts.evaluate("values => cells.makeSqlList(values)", values)
    connection = sqlite3.connect(":memory:")
    for value in values:
        if value is None or text == "IN ()":
            assert None in values
        else:
            assert connection.execute(f"SELECT ? {text}", [value]).fetchone() == (1,), text
    assert text == "IN ()" or connection.execute(f"SELECT ? {text}", ["none of these values"]).fetchone() == (
        0,
    )


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
def test_a_table_of_markdown_has_a_cell_for_each_value(scripts: Page, rows: list[list[str]]) -> None:
    lines = scripts.evaluate(
        "rows => cells.makeMarkdown(['a', 'b|c'], rows).replace(/\\\\\\\\|\\\\\\|/g, '').split('\\n')", rows
    )
    assert len(lines) == len(rows) + 2
    assert {line.count("|") for line in lines} == {3}


@pytest.mark.parametrize(
    ("kind", "value", "keeps", "leaves"),
    [
        ("text", "a", ("text", "equals", "a"), ("text", "notEqual", "a")),
        ("text", None, ("text", "blank", None), ("text", "notBlank", None)),
        ("boolean", True, ("text", "equals", "true"), ("text", "notEqual", "true")),
        ("number", 5, ("number", "equals", 5), ("number", "notEqual", 5)),
        # of more digits than a double has
        ("number", "18446744073709551616", None, None),
        ("json", "{}", None, None),
        ("time", "2026-11-27T00:00:00+00:00", None, None),
        ("text", "x" * 501, None, None),
    ],
)
def test_a_value_makes_the_filter_that_keeps_or_leaves_it(
    scripts: Page, kind: str, value: Any, keeps: tuple[Any, ...] | None, leaves: tuple[Any, ...] | None
) -> None:
    for keep, wanted in ((True, keeps), (False, leaves)):
        made = scripts.evaluate(
            "([kind, value, keep]) => cells.makeFilter(kind, value, keep)", [kind, value, keep]
        )
        assert (made and (made["filterType"], made["type"], made.get("filter"))) == wanted


def test_what_is_left_out_adds_up_and_what_is_kept_stands_alone(scripts: Page) -> None:
    added = """added => added.reduce(
        (before, [value, keep]) => cells.addCondition(before, cells.makeFilter("text", value, keep)), null)"""
    assert scripts.evaluate(added, [["a", False]])["filter"] == "a"
    both = scripts.evaluate(added, [["a", False], ["b", False], ["b", False]])
    assert both["operator"] == "AND" and [one["filter"] for one in both["conditions"]] == ["a", "b"]
    assert scripts.evaluate(added, [["a", False], ["b", False], ["c", True]])["filter"] == "c"
    # what was kept holds no other value: leaving one out says more than keeping it did
    assert scripts.evaluate(added, [["a", True], ["b", False]])["type"] == "notEqual"
