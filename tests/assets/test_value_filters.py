"""A filter by values keeps exactly what was chosen, however it is written; nearly all is not all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

VALUES = (None, "", "a", "A", "it's", "%", "a,b", "null", "0")
ENTRIES = [{"value": value, "rows": 1, "digest": None} for value in VALUES] + [
    {"value": "x" * 200, "rows": 1, "digest": digest * 32} for digest in "ab"
]


@given(kept=st.sets(st.sampled_from(range(len(ENTRIES)))))
def test_a_filter_keeps_what_was_chosen_and_names_the_shorter_list(scripts: Page, kept: set[int]) -> None:
    model, found = scripts.evaluate(
        """([entries, kept]) => {
            const model = valueFilters.choose(entries, one => kept.includes(entries.indexOf(one)));
            return [model, entries.map(one => valueFilters.keeps(model, one))];
        }""",
        [ENTRIES, sorted(kept)],
    )
    assert found == [n in kept for n in range(len(ENTRIES))]
    assert (model is None) == (len(kept) == len(ENTRIES))
    if model:
        named = len(model["values"]) + len(model["digests"]) + model["empty"]
        assert named == min(len(kept), len(ENTRIES) - len(kept))


@given(
    kept=st.sets(st.sampled_from(range(len(VALUES))), min_size=1), gone=st.sampled_from(range(2, len(VALUES)))
)
def test_a_cells_menu_leaves_one_more_value_out(scripts: Page, kept: set[int], gone: int) -> None:
    entries = ENTRIES[: len(VALUES)]
    added: dict[str, Any] = {"filterType": "text", "type": "notEqual", "filter": VALUES[gone]}
    found = scripts.evaluate(
        """([entries, kept, added]) => {
            const model = valueFilters.choose(entries, one => kept.includes(entries.indexOf(one)));
            return model && entries.map(one => valueFilters.keeps(cells.addCondition(model, added), one));
        }""",
        [entries, sorted(kept), added],
    )
    if found is not None:
        assert found == [n in kept - {gone} for n in range(len(VALUES))]


def test_a_share_that_is_nearly_all_is_not_all(scripts: Page) -> None:
    said = scripts.evaluate(
        "[[5, 5], [0, 5], [99999, 100000], [1, 100000], [1, 3]].map(one => valueFilters.shareWords(...one))"
    )
    assert said == [
        "always filled",
        "never filled",
        "more than 99 % filled",
        "less than 1 % filled",
        "33 % filled",
    ]


def test_a_result_stands_under_its_own_text_alone(scripts: Page) -> None:
    stands = "([text, run]) => ide.statement.stands(text, run)"
    assert scripts.evaluate(stands, ["SELECT 1; SELECT 2", {"text": "SELECT 2"}])
    # the beginning of another statement is not it, unless it had been marked
    assert not scripts.evaluate(stands, ["SELECT 20", {"text": "SELECT 2"}])
    assert scripts.evaluate(stands, ["SELECT 20", {"text": "SELECT 2", "selected": True}])
    said = scripts.evaluate("ide.statement.inOneLine('-- machines\\nSELECT\\n  id\\nFROM a')")
    assert said == "SELECT id FROM a"
