"""The guard: what reads passes, what could change anything does not, however it is dressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.errors import InventoryError, StatementRefused
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read


def check(sql: str) -> None:
    """The one place in which these tests hand a text to the guard."""
    guard.check(read(sql), Source.LIVE)


READS = [
    "SELECT 1",
    "select a from b.c.d where x = 'DELETE FROM y; EXEC z' ; ",
    "WITH a AS (SELECT * FROM aws.ec2.instances WHERE region = 'x') SELECT * FROM a",
    "SELECT replace(a, 'x', 'y') FROM b.c.d -- a comment; with DELETE\nWHERE r = :region",
    "/* first */ SELECT json_extract(a, '$.x[0]') FROM a.b.c",
    "SELECT a ->> 'x' FROM a.b.c",
    "SELECT a FROM a.b.c UNION ALL SELECT b FROM d.e.f",
    "SELECT '\\d+', 'it''s', 'ünïcode', \"quoted name\" FROM a.b.c",
    "SELECT count(*) OVER (PARTITION BY a ORDER BY b) FROM (SELECT * FROM a.b.c) t LEFT JOIN d.e.f x ON x.a = t.a",
    "SELECT a --comment\n, b FROM a.b.c --'",
    "SELECT a, max(b), .5, 1.5e3 FROM a.b.c WHERE d = :d AND e IN (:e)",
    'SELECT a."exec", a.exec FROM a.b.c a',
    "SHOW PROVIDERS",
    "SHOW METHODS FROM aws.ec2.\"a-b\" WHERE MethodName LIKE 'x%' AND SQLVerb = 'SELECT'",
    "SHOW RESOURCES IN github.list",
    "DESC github.repos.list",
    "REGISTRY LIST",
    "SHOW SERVICES IN aws LIKE '%ec2%'",
    "SHOW EXTENDED METHODS IN aws.ec2.instances",
    "DESCRIBE EXTENDED aws.ec2.instances",
    "REGISTRY LIST aws",
]
REFUSED = [
    "",
    "  -- nothing\n",
    "EXEC a.b.c.d",
    "SELECT * FROM (EXEC a.b.c @x = 1)",
    "SELECT * FROM (exec a.b.c)",
    "SELECT 1; DELETE FROM x",
    "SELECT 1;;SELECT 2",
    "DELETE FROM a.b.c",
    "WITH a AS (SELECT 1) DELETE FROM b",
    "WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a",
    "SELECT * FROM (INSERT INTO x VALUES (1) RETURNING *)",
    "INSERT INTO a SELECT 1",
    "REPLACE INTO x VALUES (1)",
    "SELECT a INTO b FROM c",
    "SELECT `a; DELETE FROM b`",
    "SELECT [a; DELETE FROM b]",
    "SELECT $$a; DELETE FROM b$$",
    "SELECT 'a\\'; DELETE FROM x; --'",
    "SELECT x'zz; DELETE FROM a'",
    "SELECT b'2; DELETE FROM a'",
    "SELECT @a'; DELETE FROM x; --'",
    "SELECT 1 # '\n; DELETE FROM x",
    "SELECT 1 // '\n; DELETE FROM x",
    "SELECT 1 /*! ; DELETE FROM x */",
    "ſELECT 1",
    "SELECT 1; ＤELETE FROM x",
    "SELECT {{ .env }}",
    "SELECT '<<<file>>>'",
    "SELECT 'a\0b'",
    "SELECT 'not closed",
    "SELECT 1 /* not closed",
    "PURGE x",
    "NATIVEQUERY 'select 1'",
    "SHOW AUTH",
    "SHOW METHODS IN a.b.c; DROP TABLE x",
    "REGISTRY PULL aws",
    "REGISTRY LIST (EXEC a.b.c)",
    "DESCRIBE DELETE FROM a.b.c WHERE x = 'y'",
    "DESC INSERT INTO a.b.c SELECT 1",
    "DESCRIBE ANALYZE DELETE FROM a.b.c",
    "DESCRIBE FORMAT = TREE UPDATE a.b.c SET x = 1",
    "EXPLAIN DELETE FROM a.b.c",
    "SHOW INSERT INTO a.b.c",
    "SHOW METHODS IN a.b.c WHERE x = (SELECT 1)",
    "(SHOW PROVIDERS)",
    "SELECT 1\f",
    "SELECT 1e FROM a",
    "SELECT 0x41",
    'SELECT "" FROM a',
    "SELECT 'a\nb'",
    "SELECT load_extension('x')",
    "SELECT \"Load_Extension\" ('x')",
    "SELECT '\ud800'",
    f"SELECT '{'x' * 200_000}'",
    "SET x = 1",
    "PRAGMA table_info(x)",
    "ATTACH 'x' AS y",
    "REFRESH MATERIALIZED VIEW x",
    "SLEEP 5",
    "BEGIN",
    "CREATE VIEW x AS SELECT 1",
    "SELEC 1",
]


@pytest.mark.parametrize("sql", READS)
def test_what_reads_passes(sql: str) -> None:
    check(sql)


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused(sql: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        check(sql)
    assert caught.value.message


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        check("SELECT a\nFROM\nWHERE b = 1")
    assert caught.value.line == 3


@given(
    st.sampled_from(
        ["DELETE FROM a.b.c", "EXEC a.b.c", "DROP TABLE x", "INSERT INTO a VALUES (1)", "REGISTRY PULL a"]
    ),
    st.text(alphabet=" \t\n;'\"`[]$@#/*!-xb()\\{}:", max_size=8),
    st.text(alphabet=" \t\n;'\"`[]$@#/*!-xb()\\{}:", max_size=8),
)
def test_no_dressing_gets_a_second_statement_through(verb: str, before: str, after: str) -> None:
    # the statement stands outside every literal and comment that both readers agree on, or is refused
    sql = f"SELECT 1 {before};{verb}{after}"
    try:
        check(sql)
    except InventoryError:
        return
    # what passes must hold the verb inside one literal, comment or quoted name
    inside = [piece for mark in ("'", '"') for piece in sql.split(mark)[1::2]]
    inside += [line.split("--", 1)[1] for line in sql.splitlines() if "--" in line]
    inside += [piece.split("*/")[0] for piece in sql.split("/*")[1:]]
    assert any(verb in piece for piece in inside), sql
