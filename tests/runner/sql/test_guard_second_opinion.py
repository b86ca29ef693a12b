"""Whatever the guard lets through, StackQL's own tokenizer must read as one statement that only reads."""

from __future__ import annotations

import sqlglot
from fakes import stackql_lexer
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InventoryError
from inventory_runner.sql import guard, lexer
from inventory_runner.sql.statement import Source, read

VERBS = (
    "EXEC a.b.c", "DELETE FROM a.b.c", "INSERT INTO a.b.c SELECT 1", "UPDATE a.b.c SET x = 1", "DROP TABLE a",
    "CREATE VIEW a AS SELECT 1", "REGISTRY PULL a", "PURGE", "NATIVEQUERY 'x'", "REFRESH MATERIALIZED VIEW a",
    "AUTH LOGIN a", "SET a = 1", "REPLACE INTO a SELECT 1", "BEGIN", "SLEEP 1", "exec a.b.c @x = '1'",
)  # fmt: skip
READS = (
    "SELECT a FROM b.c.d WHERE e = 'f'",
    "WITH q AS (SELECT 1) SELECT * FROM q",
    "SHOW METHODS IN a.b.c",
    "DESCRIBE EXTENDED a.b.c",
    "SELECT * FROM (SELECT 'x' AS y) z",
    "SELECT replace(a, 'b', 'c') FROM d.e.f",
)
# what tokenizers disagree about
ENEMIES = (
    ";", "'", '"', "''", '""', "\\", "\\'", '\\"', "`", "[", "]", "$$", "@", "#", "//", "--", "-- ", "/*", "*/", "/*!",
    "\n", "\r", "\t", "\f", "\v", "\0", "\x1a", "\u00a0", "\u2028", "\ufeff", "x'", "b'", "X'4", "N'", "q'", "E'", "1",
    "1e", "0x", ".", "::", ":a", "(", ")", ",", " ", "ſ", "K", "ｄ", "DESC ", "ANALYZE ", "FORMAT = TREE ", "UNION ",
    "AS ", "v1.",
)  # fmt: skip
READING_WORDS = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "REGISTRY"}
CHANGING_WORDS = {
    "EXEC",
    "DELETE",
    "INSERT",
    "UPDATE",
    "DROP",
    "CREATE",
    "PULL",
    "PURGE",
    "NATIVEQUERY",
    "REFRESH",
    "LOGIN",
    "SLEEP",
}

pieces = st.one_of(
    st.sampled_from(READS), st.sampled_from(VERBS), st.sampled_from(ENEMIES), st.sampled_from(ENEMIES)
)


OPENS = (
    "'",
    '"',
    "'\\'",
    "'a\\\\\\'",
    "x'zz",
    "b'2",
    "@a'",
    "N'",
    "`",
    "[",
    "$$",
    "/*",
    "/*!",
    "-- ",
    "--",
    "# ",
    "// ",
    "''",
    '""',
    "",
)
CLOSES = ("'", '"', "`", "]", "$$", "*/", "\n", "\r", "", "'--'", "-- '", " AS a", "' AS b", "\\'")
HOMES = (
    "SELECT * FROM ({})", "SELECT * FROM ({}) a JOIN b.c.d ON 1 = 1", "WITH a AS ({}) SELECT * FROM a", "({})",
    "SELECT ({}) FROM a.b.c", "DESCRIBE {}", "DESC EXTENDED {}", "DESCRIBE ANALYZE {}", "SHOW {}", "REGISTRY {}",
    "EXPLAIN {}", "SELECT 1 UNION {}", "SELECT * FROM (SELECT * FROM ({})) a", "SELECT * FROM a.b.c WHERE d IN ({})",
)  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A verb where only a query belongs, or a second statement behind what may or may not be a literal; then noise."""
    verb = draw(st.sampled_from((*VERBS, "exec a", "EXEC a.b")))
    if draw(st.booleans()):
        sql = draw(st.sampled_from(HOMES)).format(verb)
    else:
        opens, closes = draw(st.sampled_from(OPENS)), draw(st.sampled_from(CLOSES))
        again = draw(st.sampled_from(OPENS))
        sql = f"SELECT {draw(st.sampled_from(('', '1, ', '1 ')))}{opens}; {verb}; {again}{closes}"
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(sql)))
        sql = sql[:at] + draw(pieces) + sql[at + draw(st.integers(0, 3)) :]
    return sql


def passes(sql: str) -> bool:
    try:
        guard.check(read(sql), Source.LIVE)
    except InventoryError:
        return False
    return True


@settings(max_examples=500, deadline=None)
@given(mutations())
def test_what_passes_is_one_statement_that_reads(sql: str) -> None:
    if not passes(sql):
        return
    # also in the form in which it travels: without comments, on one line
    for text in (sql, read(sql).plain.text.replace("\n", " ")):
        (statement,) = stackql_lexer.statements(text)
        words = [text.upper() for kind, text in statement if kind == "word"]
        assert words[0] in READING_WORDS
        for before, (kind, word) in zip([("", ""), *statement], statement, strict=False):
            if kind == "word" and word.upper() == "EXEC":
                assert before[1] == "."
        opened = [
            word.upper()
            for before, (kind, word) in zip([("", "(")], statement, strict=False)
            if kind == "word" and before[1] == "("
        ]
        assert not CHANGING_WORDS & set(opened)
        if words[0] not in ("SELECT", "WITH"):
            assert not CHANGING_WORDS & set(words[1:2])


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=6).map(" ".join))
def test_both_readings_of_what_is_read_agree(sql: str) -> None:
    try:
        mine = [(str(t.kind), t.text) for t in lexer.read_tokens(sql) if t.kind is not lexer.Kind.COMMENT]
    except InventoryError:
        return
    try:
        theirs = [token for statement in stackql_lexer.statements(sql) for token in statement]
    except stackql_lexer.LexError:
        # it is not StackQL at all; the guard's parser decides, and StackQL would refuse it
        return
    for kind in ("string", "quoted", "word"):
        assert [text for k, text in mine if k == kind] == [text for k, text in theirs if k == kind]


def test_the_second_opinion_sees_what_a_parser_does_not() -> None:
    # this is why: a common parser reads one harmless literal where StackQL runs a second statement
    hidden = "SELECT 1 AS `a; DELETE FROM x; SELECT 2 AS b`"
    assert len(sqlglot.parse(hidden, dialect="mysql")) == 1
    with_literals = "SELECT x'zz; DELETE FROM a"
    assert not passes(hidden)
    assert not passes(with_literals)
