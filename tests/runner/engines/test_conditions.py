"""Conditions, DISTINCT and LIMIT as StackQL gets them, against SQLite's own reading of what was written."""

from __future__ import annotations

import sqlite3

import pyarrow as pa
import pytest
from sqlglot import exp

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.engines import conditions
from inventory_runner.engines.conditions import correct_conditions
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.engines.outermost import Outermost, take_out_outermost
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read
from services.starter import load_library

VALUES = (None, 0, 1)
ROWS = [(a, b, c) for a in VALUES for b in VALUES for c in VALUES]


def executed(sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (a, b, c)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
        return database.execute(sql).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, b, c FROM t WHERE a = 1 OR b = 0",
        "SELECT a, b, c FROM t WHERE c = 1 AND (a = 1 OR b = 0 AND NOT c = 0 OR (a IS NULL OR b > c))",
        "SELECT a, b, c FROM t WHERE NOT (a OR b)",
        "SELECT a OR b AS x, coalesce(a OR c, b = 1 OR c = 1) AS y FROM t",
        "SELECT CASE WHEN a = 1 OR b = 1 THEN 'x' WHEN c THEN 'y' ELSE a OR c END AS x FROM t ORDER BY b OR c, a, b, c",
        "SELECT a, b FROM t WHERE b = CASE WHEN a OR c THEN 1 END OR c BETWEEN 1 AND 2 OR a IN (0, 1)",
        "SELECT a FROM (SELECT a, b FROM t WHERE a = 1 or b = 1) u WHERE u.a = 0 OR u.a = 1",
        "WITH u AS (SELECT a, b FROM t WHERE a OR b) SELECT u.a, v.b FROM u INNER JOIN t v ON (u.a = v.b OR u.b = v.c)",
        "SELECT a, count(*) AS n FROM t GROUP BY a, b HAVING count(*) * 2 > 2 OR max(c) = 1 ORDER BY count(*)",
        "SELECT 'a OR b' AS x FROM t WHERE a = 1 -- OR b",
    ],
)
def test_conditions_are_as_true_as_they_were_written(sql: str) -> None:
    statement = guard.check(read(sql), Source.LIVE)
    given = correct_conditions(statement.plain)
    assert given.query is not None and not given.query.find(exp.Or)
    assert executed(given.text) == executed(sql)


def test_an_or_of_one_column_is_a_list_so_that_each_value_is_asked_for() -> None:
    given = correct_conditions(read("SELECT a FROM t WHERE x.a = 'p' OR x.a = 'q' OR x.a = 'r'"))
    assert given.text.endswith("x.a IN ('p', 'q', 'r')")


def test_count_in_having_is_counted_and_elsewhere_left() -> None:
    sql = "SELECT count(*) AS n FROM t GROUP BY a HAVING (count(*)) > 1 ORDER BY count(*)"
    assert correct_conditions(read(sql)).text == sql.replace("((count(*)", "(((count(*) + 0)").replace(
        "HAVING (count(*))", "HAVING ((count(*) + 0))"
    )


@pytest.mark.parametrize(
    "sql", ["SELECT a FROM t WHERE a = 1", "SHOW METHODS IN a.b.c WHERE x = '1' OR y = '2'"]
)
def test_what_is_right_stays(sql: str) -> None:
    assert correct_conditions(read(sql)).text == sql


def test_an_or_that_cannot_be_spliced_is_refused() -> None:
    with pytest.raises(QuerySyntaxError, match="Line 2: StackQL would compute this OR wrongly"):
        correct_conditions(read("SELECT a\nOR b c FROM t"))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("org = 'x' AND a = 1 OR org = 'x' AND a = 2", "org is a parameter"),
        ("org = 'x' OR a = 1", "org is a parameter"),
        ("org = 'x' OR org = 'y'", ""),
        ("org = 'x' AND (a = 1 OR a = 2 OR b IS NULL)", ""),
        ("archived = true", "Write archived = 1."),
        ("org = 'x' AND archived <> FALSE", "Write archived = 0."),
        ("deep = true", ""),
    ],
)
def test_what_no_splice_mends_is_refused(condition: str, words: str) -> None:
    query = read(f"SELECT a FROM p.s.r WHERE {condition}").query
    described, asked = {"a": "integer", "b": "string", "archived": "boolean"}, {"org", "deep"}
    assert query is not None
    if not words:
        conditions.check(query, described, asked)
        return
    with pytest.raises(QuerySyntaxError) as refused:
        conditions.check(query, described, asked)
    assert words in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    ("sql", "given", "left"),
    [
        ("SELECT a FROM t ORDER BY a LIMIT 2", "SELECT a FROM t ORDER BY a", Outermost(False, 0, 2)),
        ("SELECT a FROM t ORDER BY a LIMIT 2 OFFSET 3", "SELECT a FROM t ORDER BY a", Outermost(False, 3, 2)),
        ("SELECT a FROM t ORDER BY a LIMIT 3, 2", "SELECT a FROM t ORDER BY a", Outermost(False, 3, 2)),
        ("SELECT a FROM t ORDER BY a LIMIT '2'", "SELECT a FROM t ORDER BY a", Outermost(False, 0, 2)),
        ("SELECT DISTINCT a FROM t LIMIT 1", "SELECT DISTINCT a FROM t", Outermost(True, 0, 1)),
        ("SELECT a FROM t LIMIT 2", "SELECT a FROM t LIMIT 2", Outermost()),
        ("SELECT count(DISTINCT a) AS n FROM t", "SELECT count(DISTINCT a) AS n FROM t", Outermost()),
        (
            "SELECT a FROM (SELECT a FROM t LIMIT 1) u",
            "SELECT a FROM (SELECT a FROM t LIMIT 1) u",
            Outermost(),
        ),
    ],
)
def test_what_stackql_leaves_out_is_left_to_us(sql: str, given: str, left: Outermost) -> None:
    found, what = take_out_outermost(read(sql))
    assert (found.text.rstrip(), what) == (given, left)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM (SELECT DISTINCT a FROM t) u",
        "SELECT DISTINCT a FROM t UNION ALL SELECT a FROM t",
        "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 1) u",
        "SELECT a FROM t ORDER BY a LIMIT 1 + 1",
    ],
)
def test_what_cannot_be_made_up_for_is_refused(sql: str) -> None:
    with pytest.raises(QuerySyntaxError, match="Line 1"):
        take_out_outermost(read(sql))


def test_rows_are_made_distinct_and_cut_in_their_order() -> None:
    table = pa.table({"a": ["x", None, "x", "y", None], "b": [1, 2, 1, 1, 2], "n": pa.nulls(5)})
    assert Outermost(distinct=True).apply_to(table).column("a").to_pylist() == ["x", None, "y"]
    assert Outermost(True, 1, 1).apply_to(table).column("a").to_pylist() == [None]
    assert Outermost(False, 3, 5).apply_to(table).column("a").to_pylist() == ["y", None]
    assert (Outermost(False, 3, 5).most_read(4), Outermost(False, 3, 5).cuts(4)) == (7, False)
    assert (Outermost(False, 3, 5).most_read(None), Outermost(False, 3, 5).cuts(None)) == (8, True)


@pytest.mark.parametrize("query", load_library().queries, ids=lambda query: query.name)
def test_the_starter_queries_can_be_handed_over(query: object) -> None:
    statement, _ = take_out_outermost(read(query.query_text).plain)  # type: ignore[attr-defined]
    guard.check(guard_json_calls(correct_conditions(statement)), Source.LIVE)
