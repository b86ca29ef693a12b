"""Append mode: every run's rows stay, the newest run's are the current ones."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from fakes.tables import SCHEMA, START, Tables, failed, incomplete, ok, target
from fakes.waiting import wait_until

from inventory_runner import store
from inventory_runner.errors import InvalidInput
from inventory_runner.models import WriteMode
from inventory_runner.store import retention

OTHERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LOG = target("log", "id", write_mode=WriteMode.APPEND, provider="aws", service="ec2", resource="instances")


def test_every_run_adds_its_rows(tables: Tables) -> None:
    first = tables.merge(LOG, ok([{"id": "a", "v": 1}, {"id": "b", "v": 1}]))
    second = tables.merge(LOG, ok([{"id": "a", "v": 1}]))
    assert (first.baseline, first.rows_total, second.baseline, second.added, second.rows_total) == (
        True,
        2,
        False,
        1,
        1,
    )
    assert tables.rows("log", "_run_id", "id", "_run_at") == [
        (1, "a", tables.at - timedelta(hours=1)),
        (1, "b", tables.at - timedelta(hours=1)),
        (2, "a", tables.at),
    ]
    assert tables.changes("log") == []
    recorded = tables.recorded("log")
    assert (recorded["row_count"], recorded["data_run_id"], recorded["write_mode"]) == (1, 2, "append")
    assert [asset.id for asset in tables.assets("log")] == ["a"]


def test_a_failed_run_leaves_the_newest_rows_current(tables: Tables) -> None:
    tables.merge(LOG, ok([{"id": "a"}]))
    result = tables.merge(LOG, failed())
    assert (result.rows_total, result.any_change) == (1, False)
    recorded = tables.recorded("log")
    assert (recorded["data_run_id"], recorded["last_run_id"], recorded["scopes_ok"]) == (1, 2, 0)
    assert len(tables.assets("log")) == 1


def test_all_empty_at_once_leaves_the_newest_rows_current(tables: Tables) -> None:
    """Pages show the newest run's rows: a sign-in page must not make them none."""
    tables.merge(LOG, ok([{"id": "a"}], region="east"), ok([{"id": "b"}], region="west"))
    for allow_empty in (False, True):
        into = dataclasses.replace(LOG, allow_empty=allow_empty)
        held = tables.merge(into, ok([], region="east"), ok([], region="west"))
        assert [str(data.status) for data in held.scopes] == ["held", "held"]
        assert (held.rows_total, tables.recorded("log")["row_count"], len(tables.assets("log"))) == (2, 2, 2)
    into = dataclasses.replace(LOG, allow_empty=True)
    empty = tables.merge(into, ok([], region="east"), ok([], region="west"), at=tables.at + timedelta(days=1))
    assert (empty.rows_total, len(tables.assets("log")), len(tables.rows("log"))) == (0, 0, 2)
    # one that is empty while another is not, is
    tables.merge(LOG, ok([{"id": "a"}], region="east"), ok([{"id": "b"}], region="west"))
    one = tables.merge(LOG, ok([], region="east"), ok([{"id": "b"}], region="west"))
    assert ([str(data.status) for data in one.scopes], one.rows_total) == (["ok", "ok"], 1)


def test_scopes_and_cut_answers(tables: Tables) -> None:
    tables.merge(LOG, ok([{"id": "a"}], region="east"), incomplete([{"id": "b"}], region="west"))
    assert tables.scopes("log") == {'{"region":"east"}': ("ok", 1), '{"region":"west"}': ("incomplete", 1)}
    result = tables.merge(LOG, ok([], region="east"), ok([{"id": "b"}], region="west"))
    assert (result.rows_total, len(tables.rows("log"))) == (1, 3)


def test_columns_may_come_go_and_change(tables: Tables) -> None:
    tables.merge(LOG, ok([{"id": "a", "v": 1, "old": "x"}]))
    tables.merge(LOG, ok([{"id": "a", "v": "2", "new": True}]))
    assert tables.types("log")["v"] == "bigint"
    assert tables.rows("log", "_run_id", "v", "old", "new") == [(1, 1, "x", None), (2, 2, None, True)]
    tables.merge(LOG, ok([{"id": "a", "v": "two", "new": True}]))
    assert tables.rows("log", "_run_id", "v", "_unread")[2] == (3, None, {"v": "two"})


def test_nothing_read_makes_nothing(tables: Tables) -> None:
    assert tables.merge(LOG, failed()).rows_total is None
    assert tables.merge(LOG, ok([])).rows_total is None
    assert tables.types("log") == {}


def test_retention_keeps_the_newest_run_however_old(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 3)
    for day in range(4):
        tables.merge(LOG, ok([{"id": name} for name in "abcde"]), at=START + timedelta(days=day))
    kept = target("log", "id", write_mode=WriteMode.APPEND, retention_days=1)
    assert store.apply_retention(tables.engine, kept, now=START + timedelta(days=30)) == 15
    assert {row[0] for row in tables.rows("log", "_run_id")} == {4}
    assert store.apply_retention(tables.engine, kept, now=START + timedelta(days=30)) == 0


def test_retention_of_the_feed_is_by_age_and_by_table(tables: Tables) -> None:
    one, two = target("one", "id", retention_days=2), target("two", "id")
    for into in (one, two):
        for day in range(6):
            tables.merge(into, ok([{"id": "a", "v": day}]), at=START + timedelta(days=day))
    assert store.apply_retention(tables.engine, two, now=START + timedelta(days=5)) == 0
    assert store.apply_retention(tables.engine, one, now=START + timedelta(days=5)) == 2
    assert [row.after["v"] for row in tables.changes("one")] == [3, 4, 5]
    assert len(tables.changes("two")) == 5
    with tables.engine.connect() as connection:
        assert store.read_rows_at(connection, SCHEMA, "one", START + timedelta(days=3))[0]["v"] == 3
        with pytest.raises(InvalidInput, match="since"):
            store.read_rows_at(connection, SCHEMA, "one", START + timedelta(days=2))


def test_a_thousand_changes_leave_the_feed_as_large_as_its_contents(tables: Tables) -> None:
    """Retention gives space back: the feed does not grow with the number of runs."""
    into = target("things", "id", retention_days=1)
    sizes = []
    for day in range(12):
        rows = [{"id": str(number), "v": day, "text": "x" * 100} for number in range(1_200)]
        tables.merge(into, ok(rows), at=START + timedelta(days=day))
        store.apply_retention(tables.engine, into, now=START + timedelta(days=day))
        sizes.append(tables.query("SELECT pg_relation_size('stackql_inventory.resource_changes')")[0][0])
    assert len(tables.changes()) == 1_200 * 2
    assert max(sizes[6:]) <= max(sizes[:6])


def test_many_small_removals_give_their_space_back_too(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "VACUUM_ROWS", 100)
    into = target("small", "id", retention_days=3)
    sizes = []
    for day in range(60):
        tables.merge(
            into,
            ok([{"id": str(number), "v": day, "text": "x" * 400} for number in range(30)]),
            at=START + timedelta(days=day),
        )
        # the statistics by which removals are counted are written when a connection ends
        tables.engine.dispose()
        wait_until(lambda: tables.query(OTHERS)[0][0] == 0, "the merge's connection has ended")
        store.apply_retention(tables.engine, into, now=START + timedelta(days=day))
        sizes.append(tables.query("SELECT pg_relation_size('stackql_inventory.resource_changes')")[0][0])
    assert len(tables.changes("small")) == 30 * 4
    assert sizes[-1] <= sizes[20]
