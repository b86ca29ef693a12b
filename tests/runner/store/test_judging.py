"""Judges see exactly what a merge changes, in its transaction, and cannot cost it anything."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from fakes.judges import CREATE, Fails, Notes, failing
from fakes.tables import Tables, failed, incomplete, ok, target
from hypothesis import HealthCheck, given, settings

from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.models import ScopeStatus, TableKind, WriteMode
from inventory_runner.store import Changes, MergeResult, WriteFailed, judging
from inventory_runner.store.sql import SQL

THINGS = target("things", "id")
A, B, C = ({"id": name, "size": size} for name, size in (("a", 1), ("b", 2), ("c", 3)))
EAST, WEST = '{"region":"east"}', '{"region":"west"}'
KINDS = {"added": "a", "removed": "r", "changed": "c"}


@pytest.fixture(autouse=True)
def judged(write_path: sa.Engine) -> Iterator[None]:
    """The table that the judges write to, empty."""
    with write_path.begin() as connection:
        connection.exec_driver_sql(f"{CREATE}; TRUNCATE judged")
    yield
    with write_path.begin() as connection:
        connection.exec_driver_sql("DROP TABLE judged")


def noted(tables: Tables, table: str = "things", judge: str = "Notes") -> list[tuple[Any, ...]]:
    """What a judge wrote about a table: run, kind, scope, key and both versions."""
    return [
        tuple(row)
        for row in tables.query(
            "SELECT run_id, kind, scope, key, before, after FROM judged"
            " WHERE target_table = :table AND judge = :judge ORDER BY run_id, scope, key",
            table=table,
            judge=judge,
        )
    ]


def test_a_judge_sees_both_versions_of_every_row_that_differs(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B], region="east"), ok([C], region="west"), failed(region="north"))
    notes = Notes()
    result = tables.merge(
        THINGS,
        ok([{"id": "a", "size": 9}, {"id": "d", "size": 4}], region="east"),
        incomplete([{"id": "e", "size": 5}], region="west"),
        failed(region="north"),
        judges=[notes],
    )
    assert noted(tables) == [
        (2, "c", EAST, "a", A, {"id": "a", "size": 9}),
        (2, "r", EAST, "b", B, None),
        (2, "a", EAST, "d", None, {"id": "d", "size": 4}),
        (2, "a", WEST, "e", None, {"id": "e", "size": 5}),
    ]
    assert result.warnings == ("Notes noted 4.",)
    (changes,) = notes.seen
    assert (changes.target, changes.run_id, changes.at, changes.baseline) == (THINGS, 2, tables.at, False)
    assert (changes.added, changes.removed, changes.changed, changes.filled) == (2, 1, 1, 0)
    assert [data.status for data in changes.scopes] == [
        ScopeStatus.OK,
        ScopeStatus.INCOMPLETE,
        ScopeStatus.DENIED,
    ]


def test_a_judge_is_told_of_a_scope_that_is_held_and_of_one_that_the_schedule_lost(tables: Tables) -> None:
    tables.merge(THINGS, ok([A], region="east"), ok([B], region="west"))
    notes = Notes()
    tables.merge(THINGS, ok([], region="east"), ok([B], region="west"), judges=[notes])
    assert [data.status for data in notes.seen[0].scopes] == [ScopeStatus.HELD, ScopeStatus.OK]
    assert noted(tables) == []
    tables.merge(THINGS, ok([A], region="east"), judges=[notes])
    assert noted(tables) == [(3, "r", WEST, "b", B, None)]


def test_a_schema_drift_sets_the_versions_columns_apart(tables: Tables) -> None:
    tables.merge(THINGS, ok([{"id": "a", "old": 1, "none": None}]))
    notes = Notes()
    tables.merge(THINGS, ok([{"id": "a", "new": 2.5, "none": 7}]), judges=[notes])
    (changes,) = notes.seen
    assert changes.old_types == {"id": "text", "old": "bigint", "none": "text"}
    assert changes.new_types == {"id": "text", "new": "double precision", "none": "bigint"}
    ((_, kind, _, _, before, after),) = noted(tables)
    assert (kind, changes.filled) == ("c", 0)
    assert before == {"id": "a", "old": 1, "none": None}
    assert after == {"id": "a", "new": 2.5, "none": 7}
    tables.merge(THINGS, ok([{"id": "a", "none": 7, "more": "x"}]), judges=[notes])
    assert (notes.seen[1].filled, noted(tables)[1][1]) == (1, "f")


@pytest.mark.parametrize("keys", [("id",), ()])
def test_a_first_load_shows_every_row(tables: Tables, keys: tuple[str, ...]) -> None:
    notes = Notes()
    into = target("things", *keys)
    result = tables.merge(into, ok([A, B, B] if not keys else [A, B], region="east"), judges=[notes])
    assert [row[1:3] + row[4:] for row in noted(tables)].count(("a", EAST, None, B)) == (1 if keys else 2)
    assert (notes.seen[0].baseline, notes.seen[0].added) == (True, result.rows_total)
    # by the keys that they will be known by
    for days in (0, 1):
        at = tables.at + timedelta(days=days, hours=1)
        tables.merge(dataclasses.replace(into, allow_empty=True), ok([], region="east"), at=at)
    assert sorted(row[3] for row in noted(tables)) == sorted(row.resource_key for row in tables.changes())


@pytest.mark.parametrize("keys", [("id",), ()])
def test_appending_shows_the_rows_of_this_run(tables: Tables, keys: tuple[str, ...]) -> None:
    log = target("log", *keys, write_mode=WriteMode.APPEND)
    notes = Notes()
    tables.merge(log, ok([A, B]), judges=[notes])
    tables.merge(log, ok([A, C]), judges=[notes])
    tables.merge(log, ok([{**A, "more": 1}]), judges=[notes])
    assert [row[0] for row in noted(tables, "log")] == [1, 1, 2, 2, 3]
    assert {row[1] for row in noted(tables, "log")} == {"a"}
    assert sorted(row[5]["id"] for row in noted(tables, "log")) == ["a", "a", "a", "b", "c"]
    assert [(one.baseline, one.added) for one in notes.seen] == [(True, 2), (False, 2), (False, 1)]
    assert {row.resource_key for row in tables.assets("log")} <= {row[3] for row in noted(tables, "log")}


def test_nobody_is_asked_to_judge_what_was_not_read(tables: Tables) -> None:
    notes = Notes()
    log = target("log", write_mode=WriteMode.APPEND)
    for into in (THINGS, log):
        tables.merge(into, failed(), judges=[notes])
        tables.merge(into, ok([]), judges=[notes])
        tables.merge(into, ok([A]))
        tables.merge(into, failed(), judges=[notes])
    assert notes.seen == []
    # but that nothing differs is something to know
    tables.merge(THINGS, ok([A]), judges=[notes])
    assert len(notes.seen) == 1


def test_the_example_in_the_docstring_is_what_is_composed(tables: Tables) -> None:
    notes = Notes()
    into = target("volumes", "id")
    tables.merge(into, ok([A]))
    tables.merge(into, ok([{"id": "a", "size": 5}]), judges=[notes])
    (changes,) = notes.seen
    composed = SQL(
        "SELECT d.kind, d.key, o.size, n.size FROM {rows} d LEFT JOIN {old} o ON o.ctid = d.old"
        " LEFT JOIN {new} n ON n.ctid = d.new WHERE d.kind <> 'f'"
    ).format(rows=changes.rows, old=changes.old, new=changes.new)
    with tables.engine.connect() as connection:
        text = composed.as_string(connection.connection.driver_connection)
    assert text in " ".join((Changes.__doc__ or "").split())


# ---- what fails


@pytest.mark.parametrize("bad", failing(), ids=lambda bad: bad.name)
def test_a_judge_that_fails_is_a_warning_and_nothing_else(tables: Tables, bad: Fails) -> None:
    tables.merge(THINGS, ok([A, B]))
    result = tables.merge(THINGS, ok([A, C]), judges=[Notes("First"), bad, Notes("Last")])
    assert (result.added, result.removed, result.rows_total) == (1, 1, 2)
    assert tables.rows("things", "id") == [("a",), ("c",)]
    assert len(tables.changes()) == 2
    first, failure, last = result.warnings
    assert (first, last) == ("First noted 2.", "Last noted 2.")
    assert failure.startswith(f"The table was written. {bad.name} could not judge it: ")
    assert "s3cret" not in failure
    assert len(noted(tables, judge="First")) == len(noted(tables, judge="Last")) == 2
    assert noted(tables, judge=bad.name) == []


def test_a_slow_judge_is_stopped(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.merge(THINGS, ok([A]))
    monkeypatch.setattr(judging, "STATEMENT_SECONDS", 0.2)
    slow = Fails("Slow", lambda connection: connection.exec_driver_sql("SELECT pg_sleep(600)"))
    result = tables.merge(THINGS, ok([B]), judges=[slow])
    assert "Slow could not judge it: Postgres refused: canceling statement" in result.warnings[0]
    assert tables.rows("things", "id") == [("b",)]
    assert noted(tables, judge="Slow") == []


def test_a_judges_time_limit_is_not_the_merges(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    show, seen = sa.text("SELECT current_setting('statement_timeout')"), []

    def look(connection: sa.Connection, *_: object) -> list[str]:
        seen.append(connection.execute(show).scalar_one())
        return []

    tables.merge(
        THINGS,
        ok([B]),
        judges=[Fails("Looking", look), *failing(), Fails("Looking again", look)],
        claim=lambda connection: connection.exec_driver_sql("SET LOCAL statement_timeout = '77s'"),
        record=look,
    )
    assert seen == ["1min", "1min", "77s"]


def test_what_a_judge_wrote_goes_with_a_merge_that_fails(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    before = tables.rows()
    notes, inside = Notes(), []

    def broken(connection: sa.Connection, _result: MergeResult) -> None:
        inside.append(connection.exec_driver_sql("SELECT count(*) FROM judged").scalar_one())
        raise RuntimeError("the run's record cannot be written")

    with pytest.raises(RuntimeError):
        tables.merge(THINGS, ok([B]), judges=[notes], record=broken)
    assert inside == [2]
    assert noted(tables) == []
    assert tables.rows() == before


def _terminate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


def _terminate_and_wrap(connection: sa.Connection) -> None:
    try:
        _terminate(connection)
    except sa.exc.DBAPIError as error:
        raise RuntimeError("something went wrong") from error


def _terminate_and_hide(connection: sa.Connection) -> list[str]:
    try:
        _terminate(connection)
    except sa.exc.DBAPIError:
        return ["All is well."]
    raise AssertionError("it lives")


def _terminate_driver(connection: sa.Connection) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("way", [_terminate, _terminate_and_wrap, _terminate_and_hide, _terminate_driver])
def test_a_lost_connection_is_not_taken_for_a_judges_failure(
    tables: Tables, way: Callable[[sa.Connection], Any]
) -> None:
    tables.merge(THINGS, ok([A]))
    with pytest.raises(DatabaseUnavailable):
        tables.merge(THINGS, ok([B]), judges=[Fails("Cutting", way), Notes()])
    assert tables.rows("things", "id") == [("a",)]
    assert noted(tables) == []


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK", "ROLLBACK; BEGIN"])
def test_no_merge_goes_on_in_a_transaction_that_a_judge_has_ended(tables: Tables, end: str) -> None:
    tables.merge(THINGS, ok([A]))
    before = tables.rows()
    ending = Fails("Ending", lambda connection: connection.exec_driver_sql(end))
    with pytest.raises(WriteFailed):
        tables.merge(THINGS, ok([B]), judges=[ending])
    assert tables.rows() == before
    with pytest.raises(sa.exc.InvalidRequestError):
        tables.merge(THINGS, ok([B]), judges=[Fails("Committing", lambda connection: connection.commit())])
    assert tables.rows() == before


# ---- what it costs


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The texts that SQLAlchemy sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        sent.append(text)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


class Idle:
    """A judge that looks at nothing."""

    name = "Idle"

    def judge(self, connection: sa.Connection, changes: Changes) -> list[str]:
        return []


@pytest.mark.parametrize("mode", list(WriteMode))
def test_without_judges_nothing_is_sent_for_them(tables: Tables, mode: WriteMode) -> None:
    # how many it takes without: a first load, then a merge that changes something, then one that does not
    expected = {WriteMode.REPLACE: [10, 15, 6], WriteMode.APPEND: [9, 8, 8]}[mode]
    for judges, more in (((), 0), ((Idle(),), 3), ((Idle(), Idle()), 5)):
        into = target(f"things_{len(judges)}", "id", write_mode=mode)
        sent: list[int] = []
        for rows in ([A, B], [A, C], [A, C]):
            with statements(tables.engine) as texts:
                tables.merge(into, ok(rows), judges=judges)
            sent.append(len(texts))
            assert any("SAVEPOINT" in text for text in texts) == bool(judges)
        assert sent == [count + more for count in expected]


# ---- laws

VALUES = st.one_of(st.none(), st.integers(-2, 2))
ROW = st.fixed_dictionaries({"id": st.sampled_from("abcde"), "x": VALUES}, optional={"y": VALUES})
ANSWER = st.tuples(st.sampled_from(["ok", "ok", "ok", "incomplete", "failed"]), st.lists(ROW, max_size=4))
RUN = st.tuples(
    st.fixed_dictionaries({"east": ANSWER}, optional={"west": ANSWER}),
    st.lists(st.integers(0, len(failing())), max_size=3, unique=True),
)
numbers = itertools.count()


def merges(
    run: dict[str, tuple[str, list[dict[str, Any]]]],
) -> list[Any]:
    makes = {"ok": ok, "incomplete": incomplete, "failed": lambda _rows, **scope: failed(**scope)}
    return [makes[status](rows, region=region) for region, (status, rows) in run.items()]


def everything(tables: Tables, name: str) -> dict[str, Any]:
    """All that a merge leaves of a table, without the table's own name and numbers."""
    apart = {"id", "asset_id", "table_name", "target_table"}

    def plain(rows: list[sa.Row[Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in row._mapping.items() if key not in apart} for row in rows]

    if not tables.types(name):
        return {}
    by_name = "SELECT * FROM stackql_app.{} WHERE target_table = :name ORDER BY {}"
    return {
        "rows": tables.rows(name),
        "types": tables.types(name),
        "feed": Counter(map(repr, plain(tables.changes(name)))),
        "assets": Counter(map(repr, plain(tables.assets(name)))),
        "recorded": plain(tables.query(by_name.format("inventory_tables", "1"), name=name)),
        "scopes": plain(tables.query(by_name.format("table_scopes", "scope"), name=name)),
        "history": plain(tables.query(by_name.format("table_history", "day"), name=name)),
    }


@pytest.mark.parametrize("kind", ["keyed", "rows", "append"])
@given(history=st.lists(RUN, min_size=1, max_size=5))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_merge_with_judges_is_the_merge_without_them(
    write_path: sa.Engine, kind: str, history: list[tuple[dict[str, Any], list[int]]]
) -> None:
    """Whatever its judges do, and whichever of them fail. What they see is what the feed says."""
    number = next(numbers)
    alone, watched = Tables(write_path), Tables(write_path)
    into = [
        target(
            f"{name}_{number}",
            *(["id"] if kind == "keyed" else []),
            write_mode=WriteMode.APPEND if kind == "append" else WriteMode.REPLACE,
            resource="things",
            # as inventories, what one holds would not count in the other
            kind=TableKind.FINDINGS,
        )
        for name in ("alone", "watched")
    ]
    for run_id, (answers, chosen) in enumerate(history, 1):
        judges = [Notes(), *failing()]
        picked = [judges[place] for place in chosen]
        expected = alone.merge(into[0], *merges(answers))
        result = watched.merge(into[1], *merges(answers), judges=picked)
        own = [one for one in result.warnings if "could not judge it" in one or one.startswith("Notes noted")]
        # each was asked once, or none where there was nothing to judge
        assert [len(one.seen) for one in picked] in ([0] * len(picked), [1] * len(picked))
        assert len(own) == sum(len(one.seen) for one in picked)
        assert tuple(one for one in result.warnings if one not in own) == expected.warnings
        assert counts(result) == counts(expected)
        if kind != "append" and not result.baseline and judges[0].seen:
            check_notes(watched, into[1].table, run_id)
    assert everything(alone, into[0].table) == everything(watched, into[1].table)


def check_notes(tables: Tables, table: str, run_id: int) -> None:
    """A judge saw what the feed says, each of it once, but for rows that are only filled."""
    feed = [row for row in tables.changes(table) if row.run_id == run_id]
    assert Counter(
        repr(row[1:]) for row in noted(tables, table) if row[0] == run_id and row[1] != "f"
    ) == Counter(
        repr((KINDS[row.change], row.scope, row.resource_key, row.before, row.after)) for row in feed
    )


def counts(result: MergeResult) -> dict[str, Any]:
    plain = dataclasses.replace(result, scopes=(), warnings=())
    return {
        **dataclasses.asdict(plain),
        "scopes": [(one.scope, one.status, one.message) for one in result.scopes],
    }
