"""ide/editor.js: where statements begin and end, which Run and the check while typing depend on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from inventory_runner.errors import StatementRefused
from inventory_runner.sql.lexer import Kind, read_tokens

PIECES = st.lists(
    st.sampled_from(
        [
            "SELECT 1",
            "a.b",
            "'it''s; one'",
            '"a;b"',
            "-- no; end\n",
            "/* ; */",
            ";",
            ";;",
            " ",
            "\n",
            "\\",
            "'",
            "(",
            "x'y",
        ]
    ),
    max_size=12,
).map("".join)


def statements(page: Page, text: str) -> list[dict[str, object]]:
    return page.evaluate("text => ide.editor.statements(text)", text)


def at(page: Page, text: str) -> str | None:
    """The statement that Run takes where the cursor stands at the bar."""
    return page.evaluate(
        "([text, offset]) => { const found = ide.editor.statementAt(text, offset); return found && found.text; }",
        [text.replace("|", ""), text.index("|")],
    )


@given(PIECES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_statements_end_where_the_guard_reads_their_end(scripts: Page, text: str) -> None:
    try:
        signs = [token for token in read_tokens(text) if token.kind is Kind.SIGN and token.text == ";"]
    except StatementRefused:
        assume(False)
    ends = [-1, *(token.start for token in signs), len(text)]
    expected = [part for start, end in pairwise(ends) if (part := text[start + 1 : end].strip())]
    found = statements(scripts, text)
    assert [one["text"] for one in found] == expected
    for one in found:
        assert text[one["start"] : one["end"]] == one["text"] and one["last"] in ends


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ;; ", []),
        # what is not closed yet, while one types, goes on to the end
        ("SELECT 'a; b", ["SELECT 'a; b"]),
        ("SELECT 1; SELECT /* ; ", ["SELECT 1", "SELECT /* ;"]),
        ("SELECT '\\'; ' ; SELECT 2", ["SELECT '\\'; '", "SELECT 2"]),
        ("SELECT 1 # a; b\n; SELECT 2", ["SELECT 1 # a; b", "SELECT 2"]),
    ],
)
def test_statements_of_a_text_that_is_being_typed(scripts: Page, text: str, found: list[str]) -> None:
    assert [one["text"] for one in statements(scripts, text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("|", None),
        ("SELECT 1|; SELECT 2", "SELECT 1"),
        ("SELECT 1;|", "SELECT 1"),
        ("SELECT 1; | SELECT 2", "SELECT 1"),
        ("SELECT 1;\n| SELECT 2", "SELECT 2"),
        ("SELECT 1; SEL|ECT 2; SELECT 3", "SELECT 2"),
        ("  |  SELECT 1", "SELECT 1"),
        ("SELECT 1;\n\n|", "SELECT 1"),
    ],
)
def test_run_takes_the_statement_under_the_cursor(scripts: Page, text: str, found: str | None) -> None:
    assert at(scripts, text) == found
