"""What a merge keeps beside the rows: times, columns, counts, how resources divide, and by what assets are known."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from fakes.tables import SCHEMA, START, Tables, failed, incomplete, ok, target

from inventory_runner import store
from inventory_runner.errors import InvalidInput
from inventory_runner.models import WriteMode
from inventory_runner.store import feed

THINGS = target("things", "id")
A, B, C = ({"id": name, "size": size} for name, size in (("a", 1), ("b", 2), ("c", 3)))


def columns(tables: Tables) -> dict[str, str]:
    return dict(tables.recorded()["columns"])


def divided(tables: Tables, dimension: str = "region") -> dict[str, int]:
    found = tables.query(
        "SELECT value, row_count FROM stackql_app.table_breakdowns"
        " WHERE is_current AND row_count > 0 AND dimension = :dimension",
        dimension=dimension,
    )
    return {row.value: row.row_count for row in found}


# ---- times and counts


def test_a_first_load_records_where_the_table_begins(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    recorded = tables.recorded()
    assert recorded["changed_at"] == recorded["history_from"] == recorded["complete_at"] == tables.at
    assert recorded["identity"]["keys"] == ["id"]
    (day,) = tables.query("SELECT row_count, added, removed, changed FROM stackql_app.table_history")
    assert tuple(day) == (2, 0, 0, 0)
    # the times with which the rows were loaded are no later row's defaults
    assert (
        tables.query("SELECT FROM pg_attrdef WHERE adrelid = to_regclass('stackql_inventory.things')") == []
    )


def test_two_merges_at_one_time_have_two_times(tables: Tables) -> None:
    for _ in range(3):
        tables.merge(THINGS, ok([A]), at=START)
    assert tables.recorded()["updated_at"] == START + timedelta(microseconds=2)


def test_a_table_dropped_by_hand_begins_anew(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    tables.execute(f"DROP TABLE {SCHEMA}.things")
    tables.merge(THINGS, ok([A]))
    assert tables.recorded()["history_from"] == tables.at
    assert columns(tables) == dict.fromkeys(("id", "size"), tables.at.isoformat())


def test_columns_are_recorded_with_the_time_since_when(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    first = tables.at.isoformat()
    tables.merge(THINGS, ok([{**A, "new": 1}]))
    second = tables.at.isoformat()
    assert columns(tables) == {"id": first, "size": first, "new": second}
    assert tables.recorded()["changed_at"] == tables.at
    tables.merge(THINGS, ok([{"id": "a", "new": 1}]))
    assert columns(tables) == {"id": first, "new": second}
    # an answer without columns says nothing about them
    tables.merge(THINGS, incomplete([]))
    assert columns(tables) == {"id": first, "new": second}


@pytest.mark.parametrize(
    ("rows", "changed", "partial"), [(1, 1, False), (4, 2, False), (5, 3, True), (3, 2, True)]
)
def test_the_feed_keeps_changed_columns_alone_where_most_of_many_rows_changed(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, rows: int, changed: int, partial: bool
) -> None:
    monkeypatch.setattr(feed, "PARTIAL_ROWS", 1)
    before = [{"id": f"{number}", "size": 0} for number in range(rows)]
    tables.merge(THINGS, ok(before))
    tables.merge(THINGS, ok([{**row, "size": number < changed} for number, row in enumerate(before)]))
    assert [row.partial for row in tables.changes()] == [partial] * changed


def test_the_division_by_region_follows_the_rows(tables: Tables) -> None:
    east, west = {"id": "a", "region": "east"}, {"id": "b", "region": "west"}
    tables.merge(THINGS, ok([east, west]))
    assert divided(tables) == {"east": 1, "west": 1}
    tables.merge(THINGS, ok([east, west, {"id": "c", "region": "west"}]))
    assert divided(tables) == {"east": 1, "west": 2}
    tables.merge(THINGS, ok([{"id": "a", "region": "west"}, west]))
    assert divided(tables) == {"west": 2}


def test_a_column_that_comes_divides_rows_that_did_not_change(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B]))
    assert tables.merge(THINGS, ok([{**A, "region": "east"}, {**B, "region": "east"}])).any_change
    assert divided(tables) == {"east": 2}


# ---- the key


@pytest.mark.parametrize("values", [(1.5, None), ({"x": 1}, None), ("a", None), ({"x": 1}, {"x": 1.0})])
def test_a_key_that_is_null_or_equal_for_the_server_only_falls_back(
    tables: Tables, values: tuple[Any, Any]
) -> None:
    into = target("things", "k")
    rows = [{"k": value, "v": 1} for value in values]
    why = "null in some rows" if None in values else "not unique in the result"
    first = tables.merge(into, ok(rows))
    assert (first.rows_total, tables.recorded()["key_columns"]) == (2, [])
    assert len(first.warnings) == 1
    assert why in first.warnings[0]
    again = tables.merge(into, ok(rows))
    assert (again.any_change, again.warnings) == (False, first.warnings)


def test_a_key_that_the_result_lacks_falls_back_every_time(tables: Tables) -> None:
    for _ in range(2):
        result = tables.merge(target("things", "nothing"), ok([A, B]))
        assert (result.rows_total, len(result.warnings)) == (2, 1)
        assert "no column nothing" in result.warnings[0]


def test_copies_are_counted_whichever_way_they_are_found(tables: Tables) -> None:
    tables.merge(THINGS, ok([A], region="east"), ok([B], region="west"), ok([C], region="north"))
    # a is held by a scope that cannot be read, b is returned twice, c three times
    result = tables.merge(
        THINGS,
        failed(region="east"),
        ok([A, B, C], region="south"),
        ok([B, C], region="west"),
        ok([C], region="north"),
    )
    assert result.warnings == (
        "4 rows have a key that another scope returned or holds too: each is counted once.",
    )
    assert (result.any_change, result.rows_total) == (False, 3)


def test_a_resource_that_an_unread_scope_holds_stays_there(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B], region="east"), ok([], region="west"))
    for away in (failed(region="east"), ok([], region="east"), incomplete([B], region="east")):
        result = tables.merge(THINGS, away, ok([{"id": "a", "size": 9}], region="west"))
        assert (result.any_change, result.rows_total) == (False, 2)
        assert result.warnings[0].startswith("1 rows")
        assert tables.scopes()['{"region":"west"}'] == ("ok", 0)
    assert tables.rows("things", "id", "_scope") == [("a", '{"region":"east"}'), ("b", '{"region":"east"}')]


# ---- how assets are known


@pytest.mark.parametrize("of", [{"provider": "aws"}, {"service": "ec2"}, {"resource": "things"}])
def test_assets_say_where_they_are_from_now(tables: Tables, of: dict[str, str]) -> None:
    tables.merge(THINGS, ok([A]))
    into = dataclasses.replace(THINGS, **of)
    assert not tables.merge(into, ok([A])).any_change
    (asset,) = tables.assets()
    assert (asset.provider, asset.service, asset.type) == (
        of.get("provider", ""),
        of.get("service", ""),
        "things",
    )


def test_another_key_gives_assets_another_key(tables: Tables) -> None:
    rows = [{"id": "a", "name": "x"}, {"id": "b", "name": "y"}]
    tables.merge(target("things", "id"), ok(rows))
    assert [asset.resource_key for asset in tables.assets()] == ["a", "b"]
    tables.merge(target("things", "name"), ok(rows))
    assert [asset.resource_key for asset in tables.assets()] == ["x", "y"]


def test_without_a_key_an_asset_is_known_by_what_is_compared(tables: Tables) -> None:
    whole, part = target("things"), target("things", ignored_columns=("size",))
    tables.merge(part, ok([A, B]))
    assert tables.merge(part, ok([{**A, "size": 7}])).removed == 1
    assert [asset.id for asset in tables.assets()] == ["a"]
    # compared by more columns now
    tables.merge(whole, ok([A]))
    assert tables.merge(whole, ok([B])).removed == 1
    assert [asset.id for asset in tables.assets()] == ["b"]


def test_a_key_column_that_is_ignored_too_is_still_the_key(tables: Tables) -> None:
    into = target("things", "id", ignored_columns=("id", "size"))
    tables.merge(into, ok([A, B]))
    assert not tables.merge(into, ok([{**A, "size": 7}, B])).any_change
    assert tables.merge(into, ok([B])).removed == 1
    assert [asset.id for asset in tables.assets()] == ["b"]


def test_a_column_that_is_lost_names_no_asset(tables: Tables) -> None:
    into = target("things", "id", allow_empty=True)
    row = {"id": "a", "name": "old", "display_name": "new"}
    tables.merge(into, ok([row], region="east"), ok([{**row, "id": "b"}], region="west"))
    del row["name"]
    tables.merge(into, ok([row], region="east"), ok([{**row, "id": "b"}], region="west"))
    assert [asset.name for asset in tables.assets()] == ["new", "new"]
    # an answer without columns does not bring it back
    for days in (0, 1):
        at = tables.at + timedelta(days=days, hours=1)
        tables.merge(into, incomplete([], region="east"), ok([], region="west"), at=at)
    assert [asset.name for asset in tables.assets()] == ["new"]


def test_a_column_dropped_by_hand_comes_back_with_its_values(tables: Tables) -> None:
    tables.merge(THINGS, ok([{"id": "a", "name": "before"}]))
    tables.execute(f"ALTER TABLE {SCHEMA}.things DROP COLUMN name")
    assert not tables.merge(THINGS, incomplete([])).any_change
    result = tables.merge(THINGS, ok([{"id": "a", "name": "after"}]))
    assert (result.changed, result.any_change) == (0, True)
    assert tables.rows("things", "id", "name") == [("a", "after")]
    assert [asset.name for asset in tables.assets()] == ["after"]


# ---- tables that no run made


def adopted(tables: Tables, *rows: str) -> None:
    tables.execute(f"CREATE TABLE {SCHEMA}.things (id text, size bigint, note text)")
    for row in rows:
        tables.execute(f"INSERT INTO {SCHEMA}.things VALUES {row}")


# that a form has asked is all that a merge needs to know of a schedule
SCHEDULED = dataclasses.replace(THINGS, schedule_id=1)


def test_an_empty_table_that_no_run_made_is_anyone_s(tables: Tables) -> None:
    adopted(tables)
    assert tables.merge(THINGS, ok([A])).added == 1


def test_a_table_with_rows_that_no_run_made_is_refused_with_what_to_do(tables: Tables) -> None:
    adopted(tables, "('a', 1)")
    with pytest.raises(InvalidInput, match="no run wrote") as refused:
        tables.merge(THINGS, ok([A]))
    assert "Choose another name" in refused.value.hint
    # no scope could be read: nobody took it over
    assert tables.merge(THINGS, failed()).rows_total is None
    assert tables.query("SELECT * FROM stackql_app.inventory_tables") == []


@pytest.mark.parametrize("keys", [("id",), ()])
def test_a_table_is_taken_over_by_key_or_by_row(tables: Tables, keys: tuple[str, ...]) -> None:
    adopted(tables, "('a', 1, 'mine')", "('b', 9, 'mine')")
    into = dataclasses.replace(SCHEDULED, key_columns=keys)
    result = tables.merge(into, ok([A, B]))
    assert (result.changed, result.added, result.removed) == ((1, 0, 0) if keys else (0, 1, 1))


def test_a_table_is_taken_over_by_an_answer_without_columns(tables: Tables) -> None:
    adopted(tables, "('a', 1, 'mine')")
    result = tables.merge(SCHEDULED, ok([]))
    assert ([str(data.status) for data in result.scopes], result.rows_total) == (["held"], 1)
    assert set(columns(tables)) == {"id", "size", "note"}


def test_another_write_mode_is_refused_with_what_to_do(tables: Tables) -> None:
    tables.merge(target("log", write_mode=WriteMode.APPEND), ok([A]))
    with pytest.raises(store.SchemaConflict, match="append mode") as refused:
        tables.merge(target("log"), ok([A]))
    assert refused.value.hint == "Write to a new table."
