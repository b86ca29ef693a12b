"""Columns that are read as JSON and are none: counted, with SQLite in StackQL's place."""

from __future__ import annotations

import sqlite3

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner.engines.answers import JsonReads
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.engines.json_counts import count_what_is_no_json
from inventory_runner.json_text import NotJson, loads
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

TEXTS = ("16running", '{"name": "running"}', "[1]", "", None, "{", "7", "null", "x'y")
MANY = [(str(place), TEXTS[place % len(TEXTS)]) for place in range(20)]
NO_JSON = ("16running", "{", "x'y")


def answer(
    sql: str, rows: list[tuple[str, str | None]]
) -> tuple[list[dict[str, object]], list[str], JsonReads]:
    """The rows without what counts, the sentences, and what was to be counted."""
    handed, reads = count_what_is_no_json(guard.check(read(sql), Source.LIVE))
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (id text, state text)")
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)
        found = database.execute(guard_json_calls(handed).text)
        names = [one[0] for one in found.description]
        # the program prints texts
        printed = [[None if cell is None else str(cell) for cell in row] for row in found]
    table = pa.table(
        {name: pa.array([row[i] for row in printed], pa.string()) for i, name in enumerate(names)}
    )
    table, said = reads.take_counts(table)
    return table.to_pylist(), said, reads


def plain(sql: str, rows: list[tuple[str, str | None]]) -> list[dict[str, object]]:
    """The same rows without any counting."""
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (id text, state text)")
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)
        found = database.execute(guard_json_calls(read(sql)).text)
        names = [one[0] for one in found.description]
        return [
            {name: None if cell is None else str(cell) for name, cell in zip(names, row, strict=True)}
            for row in found
        ]


COUNTED = [
    "SELECT id, json_extract(state, '$.name') AS name FROM t",
    "SELECT id, json_extract((state), '$.name') AS name, t.state ->> 'name' AS again FROM t",
    "SELECT *, \"json_extract\"(state, '$.name') AS name FROM t ORDER BY json_extract(state, '$.name'), id",
    "SELECT max(json_extract(state, '$.name')) AS name FROM t",
    "SELECT json_extract(state, '$.name') AS name, count(*) AS n\nFROM t\nGROUP BY json_extract(state, '$.name')",
    "SELECT x.name FROM (SELECT id, json_extract(state, '$.name') AS name FROM t) x WHERE coalesce(x.name, '') <> 'z'",
    "SELECT count(*) AS n FROM (SELECT json_extract(state, '$.name') AS name FROM t) x",
    "SELECT name, n FROM (SELECT json_extract(state, '$.name') AS name, count(*) AS n FROM t GROUP BY 1) x",
    "WITH s AS (SELECT id, json_extract(state, '$.name') AS name FROM t) SELECT name FROM s",
    "WITH s AS (SELECT id, json_extract(state, '$.name') AS name FROM t) SELECT * FROM s",
]


@pytest.mark.parametrize("sql", COUNTED)
@settings(max_examples=10)
@given(rows=st.lists(st.sampled_from(TEXTS), max_size=8))
def test_every_text_that_is_no_json_is_counted_and_no_row_changes(sql: str, rows: list[str | None]) -> None:
    given_rows = [(str(place), text) for place, text in enumerate(rows)]
    found, said, reads = answer(sql, given_rows)
    assert found == plain(sql, given_rows)
    count = sum(text in NO_JSON for text in rows)
    rows_word = "row" if count == 1 else "rows"
    assert said == (
        [f"state is no JSON in {count} {rows_word}: what is taken from it is NULL there."] if count else []
    )
    assert set(reads.counted.values()) == {"state"}


def test_the_texts_that_are_counted_are_what_a_parser_refuses() -> None:
    for text in TEXTS:
        try:
            loads(text or "null")
        except NotJson:
            assert text in NO_JSON
        else:
            assert text not in NO_JSON


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM t WHERE json_extract(state, '$.name') = 'stopped'",
        "SELECT d.id FROM (SELECT t.id, e.key AS k FROM t, json_each(t.state) AS e) d WHERE d.k = 'nothing'",
        "SELECT json_extract(state, '$.no') AS a FROM t UNION ALL SELECT json_extract(state, '$.no') FROM t",
        "SELECT a.id FROM t a JOIN t b ON json_extract(a.state, '$.no') = b.id",
        "WITH s AS (SELECT json_extract(state, '$.no') AS a FROM t) SELECT s.a FROM s JOIN s r ON s.a = r.a",
        # counted where it is selected, and the condition left no row of it
        "SELECT json_extract(state, '$.name') AS name FROM t WHERE json_extract(state, '$.name') = 'stopped'",
    ],
)
def test_what_cannot_be_counted_is_said_where_nothing_came_of_it(sql: str) -> None:
    found, said, reads = answer(sql, MANY)
    assert found == plain(sql, MANY)
    assert (said, reads.elsewhere) == ([], ("state",))
    table = pa.table({"a": pa.array([row.get("a") for row in found], pa.string())})
    (sentence,) = reads.warn_of_nothing(table)
    assert "state is read as JSON" in sentence
    assert reads.warn_of_nothing(pa.table({"a": ["x"]})) == []


def test_a_statement_without_json_stays_as_it_is() -> None:
    for sql in ("SELECT id FROM a.b.c", "SHOW PROVIDERS", "SELECT json_extract('{}', '$.a') AS x FROM a.b.c"):
        handed, reads = count_what_is_no_json(read(sql))
        assert (handed.text, reads) == (sql, JsonReads())
    lined = "SELECT id,\n  json_extract(state, '$.a') AS v\nFROM t"
    assert count_what_is_no_json(read(lined))[0].text.count("\n") == lined.count("\n")
