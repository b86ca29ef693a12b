"""What StackQL is given means what was written, to SQLite over random rows, and holds no form that StackQL lacks."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from inventory_runner.engines.handing import hand_over
from inventory_runner.errors import NotInStackQL
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

NUMBERS = (None, -7, 0, 1, 2.5)
TEXTS = (None, "", "ab", "Ba", "it's", "7x")
ROWS = [(a, b, c) for a in NUMBERS for b in NUMBERS for c in TEXTS]


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(":memory:") as made:
        made.execute('CREATE TABLE "p.s.r" (a, b NUMERIC, c TEXT, "schema" TEXT)')
        made.executemany('INSERT INTO "p.s.r" VALUES (?, ?, ?, ?3)', ROWS)
        yield made


def spell(sql: str) -> str:
    return hand_over(guard.check(read(sql), Source.LIVE))[0].text


def execute(database: sqlite3.Connection, sql: str) -> list[str]:
    """The rows, in no order; what the clock says to the minute."""
    found = database.execute(re.sub(r"\bp\.s\.r\b", '"p.s.r"', sql)).fetchall()
    return sorted(re.sub(r"\d\d:\d\d:\d\d", "", repr(row)) for row in found)


def list_terms(sql: str) -> list[exp.Expr]:
    """What AND joins in every WHERE."""
    query = read(sql).query
    assert query is not None
    waiting, found = [where.this for where in query.find_all(exp.Where)], []
    while waiting:
        term = waiting.pop().unnest()
        if isinstance(term, exp.And):
            waiting += [term.left, term.right]
        else:
            found.append(term)
    return found


def is_taken(term: exp.Expr) -> bool:
    """Whether StackQL's filter takes it: a column or a call on the left, and no text joined with another."""
    term = (
        term.this if isinstance(term, exp.Not) and isinstance(term.this, exp.In | exp.Like | exp.Is) else term
    )
    kinds = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Like, exp.Is)
    return (
        isinstance(term, kinds)
        and isinstance(term.this, exp.Column | exp.Func)
        and not isinstance(term.this, exp.Cast | exp.Case | exp.JSONExtract | exp.JSONExtractScalar)
        and not isinstance(term.args.get("expression"), exp.DPipe)
    )


numbers = st.recursive(
    st.sampled_from(
        ["a", "b", "1", "-2", "2.5", "length(c)", "CAST(a AS INTEGER)", "CAST(c AS REAL)", "CAST(c AS INT)"]
    ),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "||", "<<", "&"]), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
        st.builds("-({})".format, inner),
        st.builds("~({})".format, inner),
        st.builds("CASE WHEN {} > 0 THEN {} ELSE {} END".format, inner, inner, inner),
    ),
    max_leaves=5,
)
SMALL_CONDITIONS = [
    "a",
    "c ISNULL",
    "c NOTNULL",
    "c NOT NULL",
    "a IS NULL",
    "NOT a IS NOT NULL",
    "a IN (0, 1)",
    "1 = a",
    "'ab' = c",
    "c LIKE '%b%'",
    "c NOT LIKE 'A%'",
    "c LIKE 'a%b'",
    "c LIKE '%''s%'",
    "c LIKE '%a'",
    "c LIKE 'AB'",
    "c = 'it''s'",
    "c || 'x' = 'abx'",
    "CASE WHEN a > 0 THEN 'x' END = 'x'",
    "schema = 'ab'",
    "(a = b) = 1",
    "lower(c) = 'ba'",
]
conditions = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, numbers, st.sampled_from(["=", "==", "<>", "<", ">="]), numbers),
        st.builds(
            "{} {} {} AND {}".format, numbers, st.sampled_from(["BETWEEN", "NOT BETWEEN"]), numbers, numbers
        ),
        st.sampled_from(SMALL_CONDITIONS),
    ),
    lambda inner: st.one_of(
        st.builds("NOT ({})".format, inner),
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("CASE WHEN {} THEN {} ELSE 0 END".format, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(conditions, min_size=1, max_size=3),
    st.sampled_from(["p.s.r", "(SELECT * FROM p.s.r) t", "(SELECT * FROM p.s.r)"]),
)
# a number that CAST made is compared with a text by the text's number
@example(["CAST(a AS INTEGER) = (a || a)"], "p.s.r")
@example(["CAST(b AS INT) = (b || '')"], "(SELECT * FROM p.s.r) t")
@example(["(a || '0') > CAST(a AS INTEGER)"], "p.s.r")
def test_conditions_are_as_true_as_they_were_written(
    database: sqlite3.Connection, terms: list[str], table: str
) -> None:
    sql = f"SELECT a, b, c FROM {table} WHERE {' AND '.join(terms)}"
    spelt = spell(sql)
    assert execute(database, spelt) == execute(database, sql)
    assert all(map(is_taken, list_terms(spelt))), spelt
    assert not re.search(r"==|ISNULL|NOTNULL|AS INT", spelt)
    if table != "p.s.r":
        assert "%" not in spelt


@settings(max_examples=60, deadline=None)
@given(
    numbers, st.sampled_from(["p.s.r", "(SELECT * FROM p.s.r) t", "(SELECT a AS a, b AS b, c FROM p.s.r)"])
)
def test_columns_have_the_values_that_were_written(
    database: sqlite3.Connection, number: str, table: str
) -> None:
    sql = f"SELECT {number} AS n, NOT {number} > 1, c FROM {table}"
    spelt = spell(sql)
    assert execute(database, spelt) == execute(database, sql)


arithmetic = st.recursive(
    st.sampled_from(["a", "b", "3", "2.5"]),
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "%", "||", "<<", "=", "<"]),
            inner,
        ),
        st.builds("-({})".format, inner),
        st.builds("~({})".format, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(arithmetic)
def test_no_value_hangs_on_parentheses_that_stackql_leaves_out(
    database: sqlite3.Connection, number: str
) -> None:
    spelt = spell(f"SELECT {number} AS n, a, b FROM p.s.r")
    # all but those behind a plus sign: StackQL leaves out fewer
    kept, opened = [], []
    for i, letter in enumerate(spelt):
        opened += [spelt[i - 1] == "+" and letter == "("] if letter == "(" else []
        stays = opened.pop() if letter == ")" else opened[-1] if letter == "(" else True
        kept.append(letter if stays else " ")
    assert execute(database, "".join(kept)) == execute(database, f"SELECT {number} AS n, a, b FROM p.s.r")


@pytest.mark.parametrize(
    ("sql", "spelt"),
    [
        ("SELECT 10 - (a - b) AS d FROM p.s.r", "SELECT 10 - +(a - b) AS d FROM p.s.r"),
        ("SELECT (a + b) AS d, (a * b) + c FROM p.s.r", "SELECT (a + b) AS d, (a * b) + c FROM p.s.r"),
        ("SELECT CAST(a AS INTEGER) AS d FROM p.s.r", "SELECT CAST(((a ) << 0) AS DECIMAL) AS d FROM p.s.r"),
        ("SELECT CAST(a AS varchar(5)) AS d FROM p.s.r", "SELECT CAST(a AS CHAR) AS d FROM p.s.r"),
        ("SELECT a FROM p.s.r WHERE NOT a = 1", "SELECT a FROM p.s.r WHERE abs(NOT NOT (NOT a = 1)) = 1"),
        (
            "SELECT a FROM p.s.r WHERE region = 'x' AND b BETWEEN 1 AND 5 AND c = 1",
            "SELECT a FROM p.s.r WHERE region = 'x' AND abs(NOT NOT (b BETWEEN 1 AND 5)) = 1 AND c = 1",
        ),
        ("SELECT a FROM p.s.r WHERE 'x' = region", "SELECT a FROM p.s.r WHERE region = 'x'"),
        (
            "SELECT x.c FROM (SELECT c FROM p.s.r) x WHERE x.c LIKE '%B%'",
            "SELECT x.c FROM (SELECT c FROM p.s.r) x"
            " WHERE abs(NOT NOT (x.c LIKE replace('~B~', '~', char(37)))) = 1",
        ),
        (
            "SELECT a + 1 AS d, a, count(*) FROM (SELECT a FROM p.s.r) x",
            "SELECT first_value(a + 1) OVER (ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS d, a, count(*)"
            " FROM (SELECT a FROM p.s.r) x",
        ),
        (
            "SELECT x.c FROM (SELECT c FROM p.s.r) x GROUP BY x.c HAVING max(x.c) LIKE 'B%' AND count(*) > 0",
            "SELECT x.c FROM (SELECT c FROM p.s.r) x GROUP BY x.c"
            " HAVING abs(NOT NOT (max(x.c) LIKE replace('B~', '~', char(37)))) = 1 AND (count(*) + 0) > 0",
        ),
        ("SELECT c FROM (SELECT c FROM p.s.r)", "SELECT c FROM (SELECT c FROM p.s.r) AS derived_1"),
        ("SELECT t.* FROM p.s.r t", "SELECT * FROM p.s.r t"),
        (
            "SELECT x.a FROM p.s.r x, p.s.r y CROSS JOIN p.s.r z, json_each(z.c) j",
            "SELECT x.a FROM p.s.r x INNER JOIN p.s.r y ON 1 = 1 INNER JOIN p.s.r z ON 1 = 1,"
            " json_each(CASE WHEN json_valid(z.c) THEN z.c END) j",
        ),
        (
            "SELECT a, count(*) AS n FROM p.s.r GROUP BY a HAVING n > 1 ORDER BY n",
            "SELECT a, count(*) AS n FROM p.s.r GROUP BY a HAVING (count(*) + 0) > 1 ORDER BY count(*)",
        ),
        (
            "SELECT schema, t.interval AS end FROM p.s.r t",
            'SELECT "schema", t."interval" AS "end" FROM p.s.r t',
        ),
        ("SELECT current_date, format('%d', a) FROM p.s.r", "SELECT date('now'), printf('%d', a) FROM p.s.r"),
        (
            "SELECT a FROM p.s.r WHERE c LIKE '%' || 'b'",
            "SELECT a FROM p.s.r WHERE abs(NOT NOT (c LIKE '%' || 'b')) = 1",
        ),
        ("SELECT 'it''s' AS c FROM p.s.r", "SELECT replace('it~s', '~', char(39)) AS c FROM p.s.r"),
    ],
)
def test_each_form_has_its_spelling(sql: str, spelt: str) -> None:
    assert spell(sql) == spelt


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM p.s.r WHERE region = 'x' AND a IN (1, 2) AND c NOT LIKE 'a%' AND lower(c) = 'b' AND a > b + 1",
        "SELECT a, count(*) AS n FROM p.s.r WHERE r = 1 GROUP BY a HAVING NOT max(b) > 1 ORDER BY a BETWEEN 1 AND 2",
        "SELECT x.a, y.b FROM p.s.r x LEFT JOIN p.s.r y ON x.a = y.a AND NOT x.b > 1 WHERE x.r = 1 AND y.r IN ('a')",
        "SELECT sum(a) OVER (PARTITION BY b ORDER BY c) AS s FROM (SELECT a, b, c FROM p.s.r) x",
        "SHOW METHODS IN p.s.r",
    ],
)
def test_what_stackql_takes_stays(sql: str) -> None:
    assert spell(sql) == sql


def test_lines_stay() -> None:
    sql = "SELECT CAST(a\nAS\nINTEGER) AS d\nFROM p.s.r x,\np.s.r y\nWHERE NOT a\nAND b BETWEEN 1\nAND 2\n"
    assert spell(sql).rstrip().count("\n") == sql.rstrip().count("\n")


def test_a_refusal_has_its_line_and_what_to_write() -> None:
    with pytest.raises(NotInStackQL) as refused:
        spell("SELECT a\nFROM p.s.r\nORDER BY a NULLS LAST")
    assert refused.value.line == 3
    assert refused.value.full_message.startswith("Line 3:")
    assert "ORDER BY a IS NULL, a" in refused.value.full_message
