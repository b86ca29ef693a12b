"""The merge's rules: which rows may come and leave, what is recorded, and that it is all or nothing."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes.tables import SCHEMA, START, Tables, failed, incomplete, ok, target
from fakes.waiting import PATIENCE_SECONDS, join, wait_until

from inventory_runner import store
from inventory_runner.errors import InvalidInput
from inventory_runner.models import ScopeStatus, WriteMode
from inventory_runner.store import feed, sql
from inventory_runner.store.model import TableBusy

THINGS = target("things", "id")
A, B, C = ({"id": name, "size": size} for name, size in (("a", 1), ("b", 2), ("c", 3)))


def statuses(result: store.MergeResult) -> list[str]:
    return [str(data.status) for data in result.scopes]


def test_the_first_load_is_a_baseline(tables: Tables) -> None:
    result = tables.merge(THINGS, ok([A, B]))
    assert (result.baseline, result.rows_total, result.rows_read, result.added, result.any_change) == (
        True,
        2,
        2,
        0,
        True,
    )
    assert tables.rows("things", "id", "size", "_scope") == [("a", 1, "{}"), ("b", 2, "{}")]
    assert {row for (row,) in tables.rows("things", "_first_seen_at")} == {tables.at}
    assert tables.changes() == []
    (history,) = tables.query("SELECT * FROM stackql_app.table_history")
    assert (history.row_count, history.added, history.scopes_ok) == (2, 0, 1)


def test_the_difference_by_key(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B, C]))
    first = tables.at
    result = tables.merge(THINGS, ok([A, {"id": "b", "size": 20}, {"id": "d", "size": 4}]))
    assert (result.added, result.removed, result.changed, result.rows_total) == (1, 1, 1, 3)
    assert tables.rows("things", "id", "size", "_first_seen_at", "_changed_at") == [
        ("a", 1, first, first),
        ("b", 20, first, tables.at),
        ("d", 4, tables.at, tables.at),
    ]
    feed = {row.resource_key: row for row in tables.changes()}
    assert {key: row.change for key, row in feed.items()} == {"b": "changed", "c": "removed", "d": "added"}
    assert feed["b"].before == {"id": "b", "size": 2}
    assert feed["b"].after == {"id": "b", "size": 20}
    assert feed["b"].changed_columns == ["size"]
    assert (feed["c"].before, feed["c"].after) == ({"id": "c", "size": 3}, None)
    assert (feed["d"].before, feed["d"].after) == (None, {"id": "d", "size": 4})
    assert {row.changed_at for row in feed.values()} == {tables.at}
    assert {row.run_id for row in feed.values()} == {2}


def test_nothing_new_changes_nothing_but_the_age(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    before = tables.rows()
    result = tables.merge(THINGS, ok([B, A]))
    assert (result.any_change, result.added, result.removed, result.changed) == (False, 0, 0, 0)
    assert tables.rows() == before
    assert tables.changes() == []
    recorded = tables.recorded()
    assert recorded["complete_at"] == recorded["updated_at"] == tables.at
    assert recorded["changed_at"] == tables.at - timedelta(hours=1)


def test_null_is_a_value_that_differs(tables: Tables) -> None:
    tables.merge(THINGS, ok([{"id": "a", "size": None}, B]))
    result = tables.merge(THINGS, ok([{"id": "a", "size": 0}, {"id": "b", "size": None}]))
    assert result.changed == 2


def test_without_a_key_rows_are_a_multiset(tables: Tables) -> None:
    plain = target("things")
    tables.merge(plain, ok([A, A, A, B]))
    result = tables.merge(plain, ok([A, {"id": "b", "size": 9}, A]))
    assert (result.added, result.removed, result.changed, result.rows_total) == (1, 2, 0, 3)
    assert tables.rows("things", "id", "size") == [("a", 1), ("a", 1), ("b", 9)]
    keys = [row.resource_key for row in tables.changes() if row.change == "removed"]
    assert len(set(keys)) == 2
    assert sum("#3" in key for key in keys) == 1


def test_ignored_columns_are_not_compared(tables: Tables) -> None:
    into = target("things", "id", ignored_columns=("size",))
    tables.merge(into, ok([A, B]))
    assert not tables.merge(into, ok([{"id": "a", "size": 99}, B])).any_change
    whole = target("others", ignored_columns=("size",))
    tables.merge(whole, ok([A, B]))
    assert not tables.merge(whole, ok([{"id": "a", "size": 99}, B])).any_change


@pytest.mark.parametrize("keys", [("id",), ()])
@pytest.mark.parametrize(
    "status",
    [
        ScopeStatus.DENIED,
        ScopeStatus.THROTTLED,
        ScopeStatus.TIMEOUT,
        ScopeStatus.ERROR,
        ScopeStatus.CANCELLED,
    ],
)
def test_a_scope_that_failed_touches_nothing(
    tables: Tables, status: ScopeStatus, keys: tuple[str, ...]
) -> None:
    into = target("things", *keys)
    tables.merge(into, ok([A, B], region="east"), ok([C], region="west"))
    result = tables.merge(into, failed(status, region="east"), ok([{"id": "d", "size": 4}], region="west"))
    assert statuses(result) == [str(status), "ok"]
    assert (result.added, result.removed, result.rows_total) == (1, 1, 3)
    assert tables.rows("things", "id") == [("a",), ("b",), ("d",)]
    assert tables.scopes() == {'{"region":"east"}': (str(status), 2), '{"region":"west"}': ("ok", 1)}
    recorded = tables.recorded()
    assert (recorded["scopes_ok"], recorded["scopes_total"]) == (1, 2)
    # the oldest part of the table was confirmed an hour ago
    assert recorded["complete_at"] == tables.at - timedelta(hours=1)


def test_no_scope_read_leaves_everything_but_the_coverage(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    before, written = tables.rows(), tables.at
    result = tables.merge(THINGS, failed())
    assert (result.rows_total, result.any_change, statuses(result)) == (2, False, ["denied"])
    assert tables.rows() == before
    recorded = tables.recorded()
    assert (recorded["scopes_ok"], recorded["row_count"], recorded["updated_at"]) == (0, 2, written)
    (scope,) = tables.query("SELECT * FROM stackql_app.table_scopes")
    assert (scope.status, scope.message, scope.since, scope.ok_at) == (
        "denied",
        "it went wrong",
        tables.at,
        written,
    )


def test_no_scope_read_makes_no_table(tables: Tables) -> None:
    result = tables.merge(THINGS, failed())
    assert result.rows_total is None
    assert tables.types() == {}
    assert tables.query("SELECT * FROM stackql_app.inventory_tables") == []


def test_an_incomplete_scope_adds_and_changes_but_removes_nothing(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B], region="east"))
    result = tables.merge(THINGS, incomplete([{"id": "b", "size": 20}, C], region="east"))
    assert (result.added, result.removed, result.changed, result.rows_total) == (1, 0, 1, 3)
    assert tables.rows("things", "id", "size") == [("a", 1), ("b", 20), ("c", 3)]
    plain = target("others")
    tables.merge(plain, ok([A, B], region="east"))
    assert tables.merge(plain, incomplete([C, B], region="east")).rows_total == 3


def test_an_empty_answer_over_rows_is_held(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B], region="east"), ok([C], region="west"))
    result = tables.merge(THINGS, ok([], region="east"), ok([C], region="west"))
    assert statuses(result) == ["held", "ok"]
    assert "2 rows" in result.scopes[0].message
    assert tables.rows("things", "id") == [("a",), ("b",), ("c",)]
    assert tables.scopes()['{"region":"east"}'] == ("held", 2)
    # an empty answer that has columns says no more
    assert statuses(tables.merge(THINGS, ok([A], region="west"), ok(_columns_only(), region="east"))) == [
        "ok",
        "held",
    ]


def _columns_only() -> object:
    import pyarrow as pa

    return pa.table({"id": pa.array([], pa.string()), "size": pa.array([], pa.int64())})


def test_an_empty_answer_empties_where_that_is_allowed(tables: Tables) -> None:
    into = dataclasses.replace(THINGS, allow_empty=True)
    tables.merge(into, ok([A, B], region="east"), ok([C], region="west"))
    result = tables.merge(into, ok([], region="east"), ok([C], region="west"))
    assert (statuses(result), result.removed, result.rows_total) == (["ok", "ok"], 2, 1)
    assert sorted((row.before for row in tables.changes()), key=str) == [A, B]
    assert tables.types()["size"] == "bigint"
    assert tables.merge(into, ok([A], region="east"), ok([C], region="west")).added == 1


@pytest.mark.parametrize("regions", [("east",), ("east", "west", "north")])
def test_all_empty_at_once_is_believed_after_a_day(tables: Tables, regions: tuple[str, ...]) -> None:
    into = dataclasses.replace(THINGS, allow_empty=True)

    def nothing(at: datetime) -> store.MergeResult:
        return tables.merge(into, *(ok([], region=region) for region in regions), at=at)

    rows = [{"id": region, "size": 1} for region in regions]
    tables.merge(into, *(ok([row], region=region) for row, region in zip(rows, regions, strict=True)))
    began = tables.at + timedelta(hours=1)
    for hours in (0, 1, 22):
        held = nothing(began + timedelta(hours=hours))
        assert (set(statuses(held)), held.removed, held.rows_total) == ({"held"}, 0, len(rows))
        assert "Every answer of this run was empty" in held.scopes[0].message
        assert "for a day" in held.scopes[0].message
    # a run that fails says nothing of it, and one that finds rows ends the wait
    tables.merge(into, *(ok([row], region=region) for row, region in zip(rows, regions, strict=True)))
    again = began + timedelta(hours=24)
    assert set(statuses(nothing(again))) == {"held"}
    found = nothing(again + timedelta(hours=24))
    assert (set(statuses(found)), found.removed, found.rows_total) == ({"ok"}, len(rows), 0)


def test_an_empty_scope_is_held_where_the_others_could_not_be_read(tables: Tables) -> None:
    into = dataclasses.replace(THINGS, allow_empty=True)
    tables.merge(into, ok([A], region="east"), ok([B], region="west"))
    result = tables.merge(into, ok([], region="east"), failed(region="west"))
    assert (statuses(result), result.removed) == (["held", "denied"], 0)


def test_an_additive_scope_adds_and_changes_and_is_no_whole(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B], region="east"), ok([C], region="west"))
    other = dataclasses.replace(
        incomplete([{**A, "size": 9}, {"id": "d", "size": 4}], region="east"), status=ScopeStatus.ADDITIVE
    )
    result = tables.merge(THINGS, other)
    # a scope that the schedule lost goes as after any run without a failure
    assert (result.added, result.changed, result.removed, result.retired) == (1, 1, 1, 1)
    assert tables.scopes() == {'{"region":"east"}': ("additive", 3)}
    recorded = tables.recorded()
    assert (recorded["scopes_ok"], recorded["scopes_total"]) == (0, 1)
    # the last time that it was whole
    assert recorded["complete_at"] < recorded["updated_at"]
    empty = dataclasses.replace(incomplete([], region="east"), status=ScopeStatus.ADDITIVE)
    for allowed in (False, True):
        kept = tables.merge(dataclasses.replace(THINGS, allow_empty=allowed), empty)
        assert (statuses(kept), kept.removed) == (["held"], 0)


def test_an_empty_scope_without_rows_is_ok(tables: Tables) -> None:
    tables.merge(THINGS, ok([A], region="east"), ok([], region="west"))
    assert statuses(tables.merge(THINGS, ok([A], region="east"), ok([], region="west"))) == ["ok", "ok"]


def test_scopes_that_the_schedule_lost_are_retired_by_a_whole_success(tables: Tables) -> None:
    tables.merge(THINGS, ok([A], region="east"), ok([B, C], region="west"))
    kept = tables.merge(THINGS, failed(region="east"))
    assert (kept.retired, kept.rows_total) == (0, 3)
    kept = tables.merge(THINGS, ok([], region="east"))
    assert (statuses(kept), kept.retired, kept.rows_total) == (["held"], 0, 3)
    assert len(tables.scopes()) == 2
    gone = tables.merge(THINGS, ok([A], region="east"))
    assert (gone.retired, gone.removed, gone.rows_total) == (2, 2, 1)
    assert list(tables.scopes()) == ['{"region":"east"}']
    assert {row.change for row in tables.changes()} == {"removed"}


def test_a_key_of_several_scopes_is_counted_once(tables: Tables) -> None:
    """A global service that is asked per region answers the same everywhere."""
    result = tables.merge(
        THINGS, ok([A, B], region="east"), ok([A, B], region="west"), ok([A, C], region="north")
    )
    assert result.rows_total == 3
    assert any("counted once" in warning for warning in result.warnings)
    assert tables.rows("things", "id", "_scope") == [
        ("a", '{"region":"east"}'),
        ("b", '{"region":"east"}'),
        ("c", '{"region":"north"}'),
    ]
    again = tables.merge(
        THINGS, ok([A, B], region="west"), ok([A, B], region="east"), ok([A, C], region="north")
    )
    assert (again.any_change, again.rows_total) == (False, 3)
    # the scope that holds it cannot be read: it still holds it
    dark = tables.merge(THINGS, failed(region="east"), ok([A, B], region="west"), ok([C], region="north"))
    assert (dark.any_change, dark.rows_total) == (False, 3)
    # the scope that held it has lost it, and another has it
    moved = tables.merge(THINGS, ok([B], region="east"), ok([A, B], region="west"), ok([C], region="north"))
    assert (moved.added, moved.removed, moved.rows_total) == (1, 1, 3)
    assert ("a", '{"region":"west"}') in tables.rows("things", "id", "_scope")


def test_a_key_that_is_not_unique_falls_back_to_whole_rows(tables: Tables) -> None:
    result = tables.merge(THINGS, ok([A, {"id": "a", "size": 2}]))
    assert "not unique" in result.warnings[0]
    assert tables.recorded()["key_columns"] == []
    result = tables.merge(THINGS, ok([A, {"id": "a", "size": 3}]))
    assert (result.added, result.removed, result.changed) == (1, 1, 0)
    # unique in the result, not in the table
    result = tables.merge(THINGS, ok([A]))
    assert "not unique in the table" in result.warnings[0]
    assert (result.removed, result.rows_total) == (1, 1)
    result = tables.merge(THINGS, ok([{"id": "a", "size": 7}]))
    assert (result.changed, result.warnings) == (1, ())
    assert tables.recorded()["key_columns"] == ["id"]


@pytest.mark.parametrize(
    "scopes",
    [
        [ok([], region="east"), ok([B], region="west")],
        [failed(region="east"), ok([B], region="west")],
        [incomplete([C], region="east"), ok([B], region="west")],
    ],
    ids=["held", "failed", "incomplete"],
)
def test_a_key_that_is_not_unique_in_rows_that_were_not_read_falls_back(
    tables: Tables, scopes: list[store.ScopeData]
) -> None:
    into = target("things", "id", resource="things")
    tables.merge(into, ok([A, A], region="east"), ok([B], region="west"))
    result = tables.merge(into, *scopes)
    assert "not unique in the table" in result.warnings[0]
    assert tables.rows("things", "id")[:3] == [("a",), ("a",), ("b",)]
    assert tables.recorded()["key_columns"] == []
    assert len(tables.assets()) == len(tables.rows())
    assert tables.merge(into, ok([A], region="east"), ok([B], region="west")).removed
    result = tables.merge(into, ok([{"id": "a", "size": 7}], region="east"), ok([B], region="west"))
    assert (result.changed, result.warnings, tables.recorded()["key_columns"]) == (1, (), ["id"])


def test_a_first_load_whose_key_is_not_unique_keeps_every_row(tables: Tables) -> None:
    scopes = ok([A, B], region="east"), ok([A, {"id": "a", "size": 2}, C], region="west")
    result = tables.merge(THINGS, *scopes)
    assert (result.rows_total, len(result.warnings)) == (5, 1)
    assert "not unique in the result" in result.warnings[0]
    assert not tables.merge(THINGS, *scopes).any_change


@pytest.mark.parametrize("value", [1.5, {"x": 1}])
def test_nor_does_it_lose_a_row_where_the_server_compares_the_key(tables: Tables, value: object) -> None:
    into = target("things", "k")
    result = tables.merge(
        into,
        ok([{"k": value, "v": 1}], region="east"),
        ok([{"k": value, "v": n} for n in (1, 2)], region="west"),
    )
    assert (result.rows_total, len(result.warnings)) == (3, 1)


def test_a_resource_that_the_table_has_twice_is_not_lost_when_several_scopes_return_it(
    tables: Tables,
) -> None:
    tables.merge(THINGS, ok([A, {"id": "a", "size": 2}], region="east"))
    result = tables.merge(THINGS, ok([A], region="east"), ok([A], region="west"))
    assert (result.rows_total, result.removed) == (1, 1)
    assert "1 rows" in result.warnings[0]
    assert "not unique in the table" in result.warnings[1]
    assert tables.rows("things", "id", "size") == [("a", 1)]


@pytest.mark.parametrize(
    "away", [failed(region="east"), incomplete([], region="east"), ok([], region="east")]
)
def test_a_key_is_not_in_force_while_rows_that_stay_have_it_twice(
    tables: Tables, away: store.ScopeData
) -> None:
    tables.merge(THINGS, ok([A, {"id": "a", "size": 2}], region="east"), ok([B], region="west"))
    result = tables.merge(THINGS, away, ok([B, C], region="west"))
    assert (result.added, result.rows_total) == (1, 4)
    assert "not unique in the table" in result.warnings[0]
    assert tables.recorded()["key_columns"] == []
    result = tables.merge(THINGS, ok([A], region="east"), ok([{"id": "b", "size": 7}, C], region="west"))
    assert "not unique in the table" in result.warnings[0]
    result = tables.merge(THINGS, ok([A], region="east"), ok([{"id": "b", "size": 8}, C], region="west"))
    assert (result.changed, result.warnings, result.rows_total) == (1, (), 3)


def test_a_key_with_nulls_falls_back(tables: Tables) -> None:
    result = tables.merge(THINGS, ok([A, {"id": None, "size": 2}]))
    assert "null in some rows" in result.warnings[0]
    result = tables.merge(THINGS, ok([A, {"id": None, "size": 2}]))
    assert not result.any_change
    result = tables.merge(THINGS, ok([A, B]))
    assert (result.added, result.removed, result.rows_total) == (1, 1, 2)


def test_a_key_that_the_result_lacks_falls_back(tables: Tables) -> None:
    result = tables.merge(target("things", "nothing"), ok([A, B]))
    assert "no column nothing" in result.warnings[0]
    assert result.rows_total == 2


@pytest.mark.parametrize("values", [[1.0, 1.5], [{"x": 1}, {"x": 2}]])
def test_keys_of_types_that_only_the_server_compares(tables: Tables, values: list[object]) -> None:
    into = target("things", "k")
    assert tables.merge(into, ok([{"k": value, "v": 1} for value in values])).warnings == ()
    result = tables.merge(into, ok([{"k": values[0], "v": 2}, {"k": values[1], "v": 1}]))
    assert (result.changed, result.warnings) == (1, ())
    assert "not unique" in tables.merge(into, ok([{"k": values[0], "v": 1}] * 2)).warnings[0]


def test_several_key_columns(tables: Tables) -> None:
    into = target("things", "id", "zone")
    tables.merge(into, ok([{"id": 1, "zone": "a", "v": 1}, {"id": 1, "zone": "b", "v": 1}]))
    result = tables.merge(into, ok([{"id": 1, "zone": "a", "v": 1}, {"id": 1, "zone": "b", "v": 2}]))
    assert result.changed == 1
    assert tables.changes()[0].resource_key == '[1, "b"]'


def test_only_changed_columns_are_kept_when_most_of_a_table_changed(tables: Tables) -> None:
    rows = [{"id": f"{n}", "size": n, "name": "same"} for n in range(1500)]
    tables.merge(THINGS, ok(rows))
    result = tables.merge(THINGS, ok([{**row, "size": 5} for row in rows]))
    assert result.changed == 1499
    row = tables.changes()[0]
    assert (row.partial, row.changed_columns, list(row.before), row.after) == (
        True,
        ["size"],
        ["size"],
        {"size": 5},
    )


@pytest.mark.parametrize("keys", [("id",), ()])
def test_more_columns_than_a_function_takes_come_change_and_go(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setattr(feed, "PARTIAL_ROWS", 0)
    things = target("things", *keys)
    many = {f"column_{n}": n for n in range(250)}
    tables.merge(things, ok([A]))
    assert not tables.merge(things, ok([{**A, **many}])).changed
    assert tables.rows("things", "column_249") == [(249,)]
    tables.merge(things, ok([{**A, **dict.fromkeys(many, -1)}]))
    assert {row.change for row in tables.changes()} == ({"changed"} if keys else {"added", "removed"})
    tables.merge(things, ok([A]))
    assert tables.rows("things", "id", "column_0") == [("a", None)]


def test_a_failing_record_rolls_everything_back(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    before = tables.rows(), tables.recorded(), tables.assets()

    def broken(_connection: sa.Connection, _result: store.MergeResult) -> None:
        raise RuntimeError("the run's record cannot be written")

    with pytest.raises(RuntimeError):
        store.merge(
            tables.engine,
            THINGS,
            [ok([B])],
            run_id=9,
            at=datetime.now(UTC),
            claim=lambda _: None,
            record=broken,
        )
    assert (tables.rows(), tables.recorded(), tables.assets()) == before
    assert tables.changes() == []


def test_a_claim_that_refuses_writes_nothing(tables: Tables) -> None:
    def gone(_connection: sa.Connection) -> None:
        raise InvalidInput("this run was declared lost")

    with pytest.raises(InvalidInput):
        store.merge(tables.engine, THINGS, [ok([A])], run_id=9, at=START, claim=gone, record=lambda *_: None)
    assert tables.types() == {}


def test_the_record_is_in_the_same_transaction(tables: Tables) -> None:
    seen = []

    def record(connection: sa.Connection, result: store.MergeResult) -> None:
        inside = connection.execute(sa.text(f"SELECT count(*) FROM {SCHEMA}.things")).scalar_one()
        seen.append((inside, tables.types(), result.rows_total))

    store.merge(tables.engine, THINGS, [ok([A, B])], run_id=1, at=START, claim=lambda _: None, record=record)
    assert seen == [(2, {}, 2)]


def test_a_clock_that_went_back_writes_no_past(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]), at=START)
    tables.merge(THINGS, ok([B]), at=START - timedelta(days=3))
    assert all(row.changed_at > START for row in tables.changes())
    assert tables.recorded()["updated_at"] == START + timedelta(microseconds=1)


def test_a_day_has_one_row_of_history(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]), at=START)
    tables.merge(THINGS, ok([A, C]), at=START + timedelta(hours=5))
    tables.merge(THINGS, ok([C]), at=START + timedelta(hours=23, minutes=59))
    tables.merge(THINGS, ok([C, A]), at=START + timedelta(hours=24))
    history = tables.query(
        "SELECT day, row_count, added, removed, changed FROM stackql_app.table_history ORDER BY day"
    )
    assert [tuple(row) for row in history] == [(date(2026, 3, 1), 1, 1, 2, 0), (date(2026, 3, 2), 2, 1, 0, 0)]


def test_comments_explain_table_and_columns(tables: Tables) -> None:
    tables.merge(
        target(
            "things",
            "id",
            description='Every thing that we have; 100 % of it\'s "ours"',
            provider="aws",
            service="ec2",
            resource="things",
        ),
        ok([A]),
    )
    comments = tables.query(
        "SELECT coalesce(a.attname, ''), d.description FROM pg_description d"
        " LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND a.attnum > 0"
        " WHERE d.objoid = to_regclass('stackql_inventory.things')"
    )
    by_name = dict(comments)
    assert by_name[""] == 'Every thing that we have; 100 % of it\'s "ours"'
    assert "aws.ec2.things" in by_name["size"]
    assert {"_scope", "_first_seen_at", "_changed_at"} <= set(by_name)
    tables.merge(target("things", "id", description="Another text"), ok([A]))
    (row,) = tables.query("SELECT obj_description(to_regclass('stackql_inventory.things')) AS text")
    assert row.text == "Another text"


def test_two_merges_of_one_table_take_turns(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    inside, release = threading.Event(), threading.Event()
    results: list[store.MergeResult] = []

    def hold(_connection: sa.Connection, _result: store.MergeResult) -> None:
        inside.set()
        assert release.wait(PATIENCE_SECONDS)

    def first() -> None:
        results.append(
            store.merge(
                tables.engine,
                THINGS,
                [ok([A, B])],
                run_id=2,
                at=START + timedelta(days=1),
                claim=lambda _: None,
                record=hold,
            )
        )

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(PATIENCE_SECONDS)
    second = threading.Thread(
        target=lambda: results.append(tables.merge(THINGS, ok([A, B, C]), at=START + timedelta(days=2)))
    )
    second.start()
    wait_until(
        lambda: tables.query(
            "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
        ),
        "the second merge waits for the lock",
    )
    assert tables.rows("things", "id") == [("a",)]
    release.set()
    join(thread, second)
    assert [result.added for result in results] == [1, 1]
    assert tables.rows("things", "id") == [("a",), ("b",), ("c",)]


def test_a_table_that_stays_locked_is_a_clear_error(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory_runner.store.catalog.LOCK_TIMEOUT", "200ms")
    tables.merge(THINGS, ok([A]))
    with tables.engine.begin() as other:
        other.execute(sa.text(f"LOCK TABLE {SCHEMA}.things IN SHARE MODE"))
        with pytest.raises(TableBusy, match="things"):
            tables.merge(THINGS, ok([B]))
    assert tables.rows("things", "id") == [("a",)]
    tables.merge(THINGS, ok([B]))


def test_a_reader_with_an_old_snapshot_sees_all_or_nothing(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    with tables.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        count = sa.text(f"SELECT count(*), sum(size) FROM {SCHEMA}.things")
        assert tuple(reader.execute(count).one()) == (2, 3)
        tables.merge(THINGS, ok([{"id": "a", "size": 10}, C]))
        assert tuple(reader.execute(count).one()) == (2, 3)
        reader.rollback()
        assert tuple(reader.execute(count).one()) == (2, 13)


def test_a_reader_is_never_blocked_by_a_merge_under_way(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    counts = []

    def read(_connection: sa.Connection, _result: store.MergeResult) -> None:
        with tables.engine.connect() as reader:
            reader.execute(sa.text("SET statement_timeout = '60s'"))
            counts.append(reader.execute(sa.text(f"SELECT count(*) FROM {SCHEMA}.things")).scalar_one())
            reader.rollback()

    store.merge(
        tables.engine,
        THINGS,
        [ok([A, B, C])],
        run_id=5,
        at=tables.at + timedelta(1),
        claim=lambda _: None,
        record=read,
    )
    assert counts == [1]


def test_a_table_dropped_by_hand_is_made_again(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    tables.execute(f"DROP TABLE {SCHEMA}.things")
    result = tables.merge(THINGS, ok([A]))
    assert (result.baseline, result.rows_total) == (True, 1)
    assert len(tables.assets()) == 1


def test_a_lost_connection_is_said_in_words(tables: Tables) -> None:
    from inventory_runner.errors import DatabaseUnavailable

    tables.merge(THINGS, ok([A]))

    def cut(connection: sa.Connection, _result: store.MergeResult) -> None:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        tables.execute("SELECT pg_terminate_backend(:pid)", pid=pid)
        connection.execute(sa.text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        store.merge(
            tables.engine, THINGS, [ok([B])], run_id=9, at=datetime.now(UTC), claim=lambda _: None, record=cut
        )
    assert tables.rows("things", "id") == [("a",)]


def test_a_user_without_the_right_to_write_is_told_so(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    with (
        pytest.raises(store.NotPermitted, match="things"),
        sql.translate_write_errors(SCHEMA, "things"),
        tables.engine.begin() as connection,
    ):
        role = f"reader_{connection.execute(sa.text('SELECT pg_backend_pid()')).scalar_one()}"
        connection.execute(sa.text(f"CREATE ROLE {role}"))
        connection.execute(sa.text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}"))
        connection.execute(sa.text(f"SET LOCAL ROLE {role}"))
        connection.execute(sa.text(f"DELETE FROM {SCHEMA}.things"))


def test_a_table_that_no_run_made_is_taken_over_by_a_schedule_only(tables: Tables) -> None:
    tables.execute(f"CREATE TABLE {SCHEMA}.things (id text NOT NULL, size bigint, note text)")
    tables.execute(f"INSERT INTO {SCHEMA}.things VALUES ('a', 1, 'mine'), ('b', 9, 'mine')")
    with pytest.raises(InvalidInput, match="no run wrote") as refused:
        tables.merge(THINGS, ok([A]))
    assert refused.value.field == "target_table"
    assert len(tables.rows()) == 2
    adopting = dataclasses.replace(THINGS, schedule_id=_schedule(tables))
    result = tables.merge(adopting, ok([A, {"id": "b", "size": 2}]))
    assert (result.changed, result.added, result.removed) == (1, 0, 0)
    # a column that the query does not know is not ours to empty
    assert tables.rows("things", "id", "size", "note") == [("a", 1, "mine"), ("b", 2, None)]
    with tables.engine.connect() as connection, pytest.raises(InvalidInput):
        store.compose_table_at(connection, SCHEMA, "things", tables.at - timedelta(minutes=1))


def _schedule(tables: Tables) -> int:
    with tables.engine.begin() as connection:
        return connection.execute(
            sa.text(
                "WITH q AS (INSERT INTO stackql_app.queries (name, query_text) VALUES ('q', 'SELECT 1') RETURNING id)"
                " INSERT INTO stackql_app.schedules (query_id, cron_expression, target_table)"
                " SELECT id, '0 6 * * *', 'things' FROM q RETURNING id"
            )
        ).scalar_one()


def test_the_write_mode_of_a_table_cannot_change(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    with pytest.raises(store.SchemaConflict, match="append"):
        tables.merge(dataclasses.replace(THINGS, write_mode=WriteMode.APPEND), ok([A]))
    tables.merge(target("log", write_mode=WriteMode.APPEND), ok([A]))
    with pytest.raises(store.SchemaConflict, match="append mode"):
        tables.merge(target("log"), ok([A]))
