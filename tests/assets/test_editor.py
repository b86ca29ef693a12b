"""ide/editor.js: where statements begin and end, which Run and the check while typing depend on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from fakes.statements import generate, seed_of_the_day
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from inventory_runner.errors import StatementRefused
from inventory_runner.sql import postgres_lexer
from inventory_runner.sql.lexer import Kind, Token, read_tokens

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


POSTGRES_PIECES = [
    "SELECT 1",
    "tags #> 'a'",
    "8 // 2",
    "'C:\\'",
    "/* a /* ; */ ; */",
    "/* ; */",
    "-- no; end\n",
    '"a;b"',
    "'it''s; one'",
    *(";", " ", "\n", "'", "#", "e"),
]


def statements(page: Page, text: str) -> list[dict[str, object]]:
    return page.evaluate("text => ide.editor.statements(text)", text)


def at(page: Page, text: str) -> str | None:
    """The statement that Run takes where the cursor stands at the bar."""
    return page.evaluate(
        "([text, offset]) => { const found = ide.editor.statementAt(text, offset); return found && found.text; }",
        [text.replace("|", ""), text.index("|")],
    )


def expected_statements(
    text: str, read: Callable[[str], list[Token]] = read_tokens
) -> list[tuple[str, int]] | None:
    """What the guard reads as statements, and where each one's part of the text ends; None where it cannot read."""
    try:
        tokens = read(text)
    except StatementRefused:
        return None
    ends = [token.start for token in tokens if token.text == ";"]
    found: list[tuple[str, int]] = []
    for start, end in pairwise([-1, *ends, len(text)]):
        said = any(start < token.start < end and token.kind is not Kind.COMMENT for token in tokens)
        if said:
            found.append((text[start + 1 : end].strip(), end))
        elif found:
            # comments behind a semicolon belong to what stands before it
            found[-1] = (found[-1][0], end)
    return found


def compare(page: Page, text: str) -> None:
    expected = expected_statements(text)
    assume(expected is not None)
    found = statements(page, text)
    assert [(one["text"], one["last"]) for one in found] == expected
    for one in found:
        assert text[one["start"] : one["end"]] == one["text"]


@given(PIECES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_statements_end_where_the_guard_reads_their_end(scripts: Page, text: str) -> None:
    compare(scripts, text)


@given(st.lists(st.sampled_from(POSTGRES_PIECES), max_size=10).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_statements_over_the_inventory_end_where_postgres_reads_their_end(scripts: Page, text: str) -> None:
    expected = expected_statements(text, postgres_lexer.read_tokens)
    assume(expected is not None)
    found = scripts.evaluate(
        "text => ide.editor.statements(text, true).map(one => [one.text, one.last])", text
    )
    assert [tuple(one) for one in found] == expected


def test_what_postgres_alone_takes_for_texts_is_one_statement(scripts: Page) -> None:
    """The guard refuses these, and says why, of the whole statement."""
    for text in ("SELECT $$a;b$$", "SELECT $x$a;$$;$x$", r"SELECT E'it\';s'", "SELECT a$$b"):
        assert scripts.evaluate("text => ide.editor.statements(text, true).map(one => one.text)", text) == [
            text
        ]


def test_the_fuzz_is_split_as_the_guard_reads_it(scripts: Page) -> None:
    """The guard's statements of the day, alone and one after another."""
    made = list(generate(seed_of_the_day(), 1500))
    texts = [one.text for one in made]
    texts += [
        f"{first};\n{second}" for first, second in pairwise(one.text for one in made if one.kind == "read")
    ]
    texts += [one.text for one in made if one.form == "second statement"]
    expected = {text: found for text in texts if (found := expected_statements(text)) is not None}
    assert len(expected) > 1000
    found = scripts.evaluate(
        "texts => texts.map(text => ide.editor.statements(text).map(one => [one.text, one.last]))",
        list(expected),
    )
    for (text, meant), split in zip(expected.items(), found, strict=True):
        # the browser counts in halves of UTF-16
        ends = [(part, len(text[:end].encode("utf-16-le", "surrogatepass")) // 2) for part, end in meant]
        assert [tuple(one) for one in split] == ends, (f"seed {seed_of_the_day()}", text)
        # one statement for the guard is one for the editor
        passes = {one.text: one.kind for one in made}.get(text) == "read"
        assert not passes or len(split) == 1


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
        ("SELECT 1 // a; b\n; SELECT 2", ["SELECT 1 // a; b", "SELECT 2"]),
        ("SELECT 1; -- end", ["SELECT 1"]),
        ("-- first\n; /* second; */ ; SELECT 1;; -- end;\n", ["SELECT 1"]),
        ("-- a comment", []),
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
        ("SELECT 1; -- the| end", "SELECT 1"),
        ("SELECT 1;\n/* the end */;|", "SELECT 1"),
        ("SELECT 1;\n-- the next|\nSELECT 2", "-- the next\nSELECT 2"),
        ("-- not yet|", None),
    ],
)
def test_run_takes_the_statement_under_the_cursor(scripts: Page, text: str, found: str | None) -> None:
    assert at(scripts, text) == found
