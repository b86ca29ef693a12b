"""The guard's reading of a statement over the inventory: what reads passes, every attack is refused with words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.errors import InvalidInput, StatementRefused
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.guard import CheckedInventoryStatement
from inventory_runner.sql.postgres_words import BEFORE_PARENTHESIS, FUNCTIONS, TYPES
from inventory_runner.sql.statement import Source, read

READING = r'''
SELECT 1
TABLE assets
VALUES (1, 'x'), (2, 'it''s')
SELECT a::text, b ->> 'x' FROM stackql_inventory.t WHERE c = :x AND d[1:2] = '{}' AND e @> '{}'::jsonb -- :no
WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 5) SELECT * FROM a
WITH a AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM a UNION ALL (SELECT 2) ORDER BY 1 LIMIT 3;
SELECT * FROM t, jsonb_each(t.x) AS e(k, v)
SELECT * FROM t, jsonb_to_recordset(t.x) AS e(k text, v int) JOIN (VALUES (1)) AS w(n) ON w.n = e.v
SELECT * FROM jsonb_array_elements('[1]') WITH ORDINALITY AS g(a, b)
SELECT (jsonb_each(x)).key FROM t
SELECT count(*) FILTER (WHERE x), percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t
SELECT row_number() OVER (PARTITION BY a ORDER BY b), lag(a, 1) OVER w FROM t WINDOW w AS (ORDER BY b)
SELECT date '2026-01-01', interval '1 day', now() - interval '7 days', x ~* 'y', x #>> '{a,b}' FROM t
SELECT extract(epoch FROM x), x AT TIME ZONE 'utc', CAST(x AS double precision), x::int[] FROM t
SELECT a, b FROM t GROUP BY GROUPING SETS ((a), (b)), ROLLUP (a)
SELECT "A ""b""", 'a\', substring(a FROM 2 FOR 3), trim(BOTH ' ' FROM a) FROM t /* a /* b */ c */
SELECT x FROM t WHERE a ? 'b' AND y = ANY(:list::text[]) AND z NOT IN (SELECT 1) AND EXISTS (SELECT 1)
SELECT DISTINCT ON (a) a AS user FROM t LEFT JOIN LATERAL (SELECT 1) s ON (true) ORDER BY a
'''.strip().splitlines()

ATTACKS = r"""
SELECT set_config('role', 'postgres', false)
SELECT query_to_xml('SELECT 1', true, true, '')
SELECT pg_sleep(1)
SELECT "pg_sleep"(1)
SELECT PG_SLEEP (1)
SELECT pg_sleep/* */(1)
SELECT pg_catalog.pg_sleep(1)
SELECT pg_catalog . "pg_sleep" (1)
SELECT (10).pg_sleep
SELECT (ARRAY[10])[1].pg_sleep
SELECT :seconds.pg_sleep
WITH pg_sleep(a) AS (SELECT 1) SELECT pg_sleep(10) FROM pg_sleep
SELECT * FROM ROWS FROM (pg_ls_dir('.'))
SELECT pg_advisory_lock(1)
SELECT pg_try_advisory_xact_lock(1)
SELECT lo_import('/etc/passwd')
SELECT lo_get(1)
SELECT nextval('stackql_app.queries_id_seq')
SELECT * FROM dblink('', 'SELECT 1') AS d(a int)
SELECT pg_read_file('/etc/passwd')
SELECT pg_cancel_backend(1)
SELECT current_setting('data_directory')
SELECT repeat('x', 1000000000)
SELECT lpad('x', 1000000000)
SELECT format('%1000000000s', 'x')
SELECT current_user
SELECT session_user, 1
SELECT xmltable('x')
SELECT * FROM stackql_app.queries
SELECT * FROM "stackql_app"."queries"
SELECT * FROM STACKQL_APP.queries
SELECT * FROM "Stackql_inventory".assets
SELECT * FROM other.stackql_inventory.assets
SELECT * FROM pg_stat_activity
SELECT * FROM pg_settings
SELECT * FROM "pg_class"
SELECT * FROM Pg_Class
SELECT * FROM pg_catalog.pg_roles
SELECT * FROM information_schema.tables
SELECT (WITH pg_class AS (SELECT 1) SELECT 1), relname FROM pg_class
SELECT 1 WHERE EXISTS (SELECT 1 FROM t JOIN stackql_app.runs r ON true)
SELECT U&"d\0061t" FROM t
SELECT U&'\0061'
SELECT E'a\'b'
SELECT x'41'
SELECT $$a$$
SELECT $tag$a$tag$
SELECT $1
SELECT 'stackql_app.queries'::regclass
SELECT regclass 'x'
SELECT CAST('x' AS pg_catalog.regclass)
SELECT 1::oid, 2::xid
SELECT '<a/>'::xml
SELECT * FROM jsonb_to_record('{}') AS x(a regclass)
SELECT 1 OPERATOR(pg_catalog.+) 2
SELECT * INTO copied FROM assets
CREATE TABLE a AS SELECT 1
INSERT INTO assets SELECT 1
WITH d AS (DELETE FROM assets RETURNING *) SELECT * FROM d
WITH d AS (INSERT INTO assets VALUES (1) RETURNING *) SELECT * FROM d
SELECT * FROM assets FOR UPDATE
SELECT * FROM assets FOR KEY SHARE
SELECT * FROM assets TABLESAMPLE system(1)
COPY assets TO PROGRAM 'id'
DO 'BEGIN END'
CALL something()
EXPLAIN ANALYZE SELECT 1
SET ROLE postgres
RESET ALL
SHOW ALL
LISTEN x
LOCK TABLE assets
PREPARE a AS SELECT 1
SELECT 1; SELECT 2
SELECT 1; RESET ROLE
SELECT 1) AS a; DROP TABLE assets; SELECT (1
SELECT 'a' /* not closed
SELECT 'not closed
SELECT é FROM t
""".strip().splitlines()


@pytest.mark.parametrize("text", READING)
def test_what_reads_passes(text: str) -> None:
    assert isinstance(guard.check(read(text), Source.INVENTORY), CheckedInventoryStatement)


@pytest.mark.parametrize("text", ["", "-- nothing", ";", *ATTACKS])
def test_what_does_more_is_refused_with_words(text: str) -> None:
    with pytest.raises((StatementRefused, QuerySyntaxError)) as refused:
        guard.check(read(text), Source.INVENTORY)
    assert refused.value.message.endswith((".", "”."))


@given(
    st.text("aegilnoprstuw_", min_size=2, max_size=8),
    st.sampled_from(["{}(1)", '"{}" (1)', "a.{}(1)", "({}(1))"]),
)
def test_a_function_that_is_not_on_the_list_is_never_called(name: str, form: str) -> None:
    try:
        guard.check(read(f"SELECT {form.format(name)} FROM t a"), Source.INVENTORY)
    except (StatementRefused, QuerySyntaxError):
        return
    assert name in FUNCTIONS | TYPES | BEFORE_PARENTHESIS
    assert "." not in form


def test_parameters_are_numbered_and_never_part_of_the_text() -> None:
    checked = guard.check(read("SELECT ':a', :a::int -- :b\nWHERE :c = :a;"), Source.INVENTORY)
    assert isinstance(checked, CheckedInventoryStatement)
    assert (checked.numbered, checked.parameters) == ("SELECT ':a', $1::int -- :b\nWHERE $2 = $1", ("a", "c"))
    bound = parameters.bind(checked, {"a": "'; DROP", "c": "\\"})
    assert (bound.values, bound.text) == (("'; DROP", "\\"), checked.text)
    for value in ("", "x" * 1001, "a\0"):
        with pytest.raises(InvalidInput):
            parameters.bind(checked, {"a": value, "c": "1"})


def test_too_deep_a_nesting_is_refused_with_words() -> None:
    with pytest.raises(QuerySyntaxError):
        guard.check(read("SELECT " + "(" * 5_000 + "1" + ")" * 5_000), Source.INVENTORY)


def test_a_refusal_says_the_line() -> None:
    with pytest.raises(StatementRefused) as refused:
        guard.check(read("SELECT 1,\n  pg_sleep(3)"), Source.INVENTORY)
    assert refused.value.line == 2
