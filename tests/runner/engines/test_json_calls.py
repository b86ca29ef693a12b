"""JSON calls that give NULL for a text that is no JSON, executed by SQLite, which StackQL executes with."""

from __future__ import annotations

import sqlite3

import pytest

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

ROWS = [("a", '{"x": {"y": 1}}'), ("b", "no json"), ("c", ""), ("d", None), ("e", '{"x": "{\\"y\\": 5}"}')]


def answer(sql: str) -> list[tuple[object, ...]]:
    statement = guard.check(read(sql), Source.LIVE)
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (id text, tags text)")
        database.executemany("INSERT INTO t VALUES (?, ?)", ROWS)
        return database.execute(guard_json_calls(statement).text).fetchall()


@pytest.mark.parametrize(
    ("call", "values"),
    [
        ("json_extract(tags, '$.x.y')", [1, None, None, None, None]),
        ("JSON_EXTRACT ( t.tags , '$.x.y' )", [1, None, None, None, None]),
        ("\"json_extract\"(tags, '$.x.y')", [1, None, None, None, None]),
        ("json_extract(json_extract(tags, '$.x'), '$.y')", [1, None, None, None, 5]),
        ("coalesce(json_extract(lower(tags), '$.x.y'), 'none')", [1, "none", "none", "none", "none"]),
        ("json_array_length(tags)", [0, None, None, None, 0]),
        ("tags ->> '$.x.y'", [1, None, None, None, None]),
        ("t.tags -> 'x' = '{\"y\":1}'", [1, None, None, None, 0]),
        (
            "json_type(json_set(tags, '$.z', json_extract(tags, '$.x')), '$.z')",
            ["object", None, None, None, "text"],
        ),
        ("replace(tags, 'json_extract(', '->')", [row[1] for row in ROWS]),
    ],
)
def test_no_row_is_lost_to_a_text_that_is_no_json(call: str, values: list[object]) -> None:
    assert [row[1] for row in answer(f"SELECT id, {call} AS v FROM t")] == values


def test_conditions_groups_and_order_read_every_row() -> None:
    assert answer("SELECT id FROM t WHERE json_extract(tags, '$.x.y') IS NULL ORDER BY tags ->> 'x', id") == [
        ("b",),
        ("c",),
        ("d",),
        ("e",),
    ]
    counted = answer("SELECT json_extract(tags, '$.x.y') AS y, count(*) FROM t\nGROUP BY y")
    assert counted == [(None, 4), (1, 1)]
    assert answer(
        "SELECT id, key FROM (SELECT t.id, e.key FROM t, json_each(tags) AS e) x WHERE key = 'x'"
    ) == [
        ("a", "x"),
        ("e", "x"),
    ]


def test_lines_and_what_calls_no_json_stay() -> None:
    sql = "SELECT id,\n  json_extract(tags,\n    '$.a') AS v\nFROM t;"
    assert guard_json_calls(read(sql)).text.count("\n") == sql.count("\n")
    for plain in ("SELECT id FROM a.b.json_extract", "SHOW PROVIDERS", "SELECT a.json, count(*) FROM a.b.c"):
        assert guard_json_calls(read(plain)).text == plain


def test_a_path_that_can_never_work_is_refused_with_its_line() -> None:
    with pytest.raises(QuerySyntaxError, match=r"Line 2: 'Name' is no path") as refused:
        guard_json_calls(read("SELECT id,\n json_extract(tags, '$.a', 'Name') AS v FROM a.b.c"))
    assert refused.value.line == 2


def test_calls_too_deep_in_one_another_are_refused() -> None:
    call = "tags"
    for _ in range(6):
        call = f"json_extract({call}, '$.a')"
    with pytest.raises(QuerySyntaxError, match="5 deep"):
        guard_json_calls(read(f"SELECT {call} AS v FROM a.b.c"))
