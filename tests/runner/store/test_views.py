"""Materialised views: made with what lets them refresh while read, found by what they depend on, refreshed."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from fakes.tables import SCHEMA, Tables, ok, target
from fakes.waiting import join

from inventory_runner import store
from inventory_runner.errors import InvalidInput, NotFound
from inventory_runner.models import WriteMode
from inventory_runner.store import views

THINGS = target("things", "id")
A, B = {"id": "a", "region": "east", "v": 1}, {"id": "b", "region": "west", "v": 2}


def rows_of(tables: Tables, name: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in tables.query(f'SELECT * FROM {SCHEMA}."{name}"'))


@pytest.mark.parametrize("keys", [("id",), ()])
def test_a_view_of_everything_refreshes_while_it_is_read(tables: Tables, keys: tuple[str, ...]) -> None:
    into = target("things", *keys)
    tables.merge(into, ok([A, B, *([B] if not keys else [])]))
    assert store.create_view(tables.engine, SCHEMA, "things") == ("things_mv", "things_view")
    tables.merge(into, ok([{**A, "v": 10}]))
    with tables.engine.connect() as reader:
        reader.execute(sa.text(f"SELECT * FROM {SCHEMA}.things_mv")).all()  # holds its lock until the end
        assert store.refresh_views(tables.engine, SCHEMA, "things") == []
    assert [row[:3] for row in rows_of(tables, "things_view")] == [("a", "east", 10)]


def test_a_view_of_counts(tables: Tables) -> None:
    tables.merge(THINGS, ok([A, B, {"id": "c", "region": None, "v": 1}]))
    store.create_view(tables.engine, SCHEMA, "things", group_by=["region"])
    assert sorted(tables.query(f"SELECT region, rows FROM {SCHEMA}.things_view"), key=str) == [
        ("east", 1),
        ("west", 1),
        (None, 1),
    ]
    tables.merge(THINGS, ok([A, {**B, "region": "east"}]))
    assert store.refresh_views(tables.engine, SCHEMA, "things") == []
    assert rows_of(tables, "things_mv") == [("east", 2)]
    # made anew, by other columns
    store.create_view(tables.engine, SCHEMA, "things", group_by=["region", "v"])
    assert rows_of(tables, "things_view") == [("east", 1, 1), ("east", 2, 1)]
    store.drop_view(tables.engine, SCHEMA, "things")
    with tables.engine.connect() as connection:
        assert views.find_views_over(connection, SCHEMA, "things") == []


def test_counts_of_an_append_table_are_its_newest_run_s(tables: Tables) -> None:
    log = target("log", write_mode=WriteMode.APPEND)
    tables.merge(log, ok([A, B]))
    tables.merge(log, ok([A]))
    store.create_view(tables.engine, SCHEMA, "log", group_by=["region"])
    assert rows_of(tables, "log_view") == [("east", 1)]


def test_every_materialised_view_over_a_table_is_refreshed(tables: Tables) -> None:
    """Whatever its name, through plain views, and those that build on others after them."""
    tables.merge(THINGS, ok([A]))
    tables.execute(f"CREATE VIEW {SCHEMA}.between AS SELECT * FROM {SCHEMA}.things")
    tables.execute(f"CREATE MATERIALIZED VIEW {SCHEMA}.aaa_last AS SELECT 1 AS x")
    tables.execute(
        f"CREATE MATERIALIZED VIEW {SCHEMA}.zz_first AS SELECT count(*) AS n FROM {SCHEMA}.between"
    )
    tables.execute(f"DROP MATERIALIZED VIEW {SCHEMA}.aaa_last")
    tables.execute(
        f"CREATE MATERIALIZED VIEW {SCHEMA}.aaa_last AS SELECT n + 100 AS n FROM {SCHEMA}.zz_first"
    )
    tables.execute(f"CREATE MATERIALIZED VIEW {SCHEMA}.unrelated AS SELECT 1 AS n")
    tables.merge(THINGS, ok([A, B]))
    with tables.engine.connect() as connection:
        found = [
            (view.name, view.concurrently) for view in views.find_views_over(connection, SCHEMA, "things")
        ]
    assert found == [("zz_first", False), ("aaa_last", False)]
    assert store.refresh_views(tables.engine, SCHEMA, "things") == []
    assert (rows_of(tables, "zz_first"), rows_of(tables, "aaa_last")) == ([(2,)], [(102,)])


def test_a_view_that_fails_is_a_sentence(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    tables.execute(
        f"CREATE MATERIALIZED VIEW {SCHEMA}.broken AS SELECT 1 / (v - 2) AS x FROM {SCHEMA}.things"
    )
    tables.execute(f"CREATE MATERIALIZED VIEW {SCHEMA}.fine AS SELECT count(*) AS n FROM {SCHEMA}.things")
    tables.merge(THINGS, ok([A, B]))
    (warning,) = store.refresh_views(tables.engine, SCHEMA, "things")
    assert "broken" in warning
    assert "division by zero" in warning
    assert rows_of(tables, "fine") == [(2,)]


def test_a_view_that_is_read_for_long_is_not_waited_for(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LOCK_TIMEOUT", "100ms")
    tables.merge(THINGS, ok([A]))
    tables.execute(f"CREATE MATERIALIZED VIEW {SCHEMA}.plain AS SELECT count(*) AS n FROM {SCHEMA}.things")
    with tables.engine.connect() as reader:
        reader.execute(sa.text(f"SELECT * FROM {SCHEMA}.plain")).all()
        (warning,) = store.refresh_views(tables.engine, SCHEMA, "things")
    assert "lock timeout" in warning


def test_names_and_columns_are_checked(tables: Tables) -> None:
    with pytest.raises(NotFound):
        store.create_view(tables.engine, SCHEMA, "things")
    tables.merge(THINGS, ok([A]))
    with pytest.raises(InvalidInput) as refused:
        store.create_view(tables.engine, SCHEMA, "things", group_by=["nothing"])
    assert refused.value.field == "group_by"
    with pytest.raises(InvalidInput):
        store.create_view(tables.engine, SCHEMA, "things", group_by=[])
    tables.merge(target("x" * 60), ok([A]))
    with pytest.raises(InvalidInput, match="63"):
        store.create_view(tables.engine, SCHEMA, "x" * 60)


def test_a_view_that_others_use_is_not_taken_from_them(tables: Tables) -> None:
    tables.merge(THINGS, ok([A]))
    store.create_view(tables.engine, SCHEMA, "things")
    tables.execute(f"CREATE VIEW {SCHEMA}.mine AS SELECT * FROM {SCHEMA}.things_view")
    with pytest.raises(store.WriteFailed) as refused:
        store.create_view(tables.engine, SCHEMA, "things", group_by=["region"])
    assert "mine" in refused.value.details
    assert len(rows_of(tables, "mine")) == 1


def test_a_view_is_made_beside_a_merge(tables: Tables) -> None:
    """It waits for the merge under way, and then has its rows."""
    tables.merge(THINGS, ok([A]))
    made: list[tuple[str, str]] = []
    thread = threading.Thread(target=lambda: made.append(store.create_view(tables.engine, SCHEMA, "things")))

    def begin(_connection: sa.Connection, _result: store.MergeResult) -> None:
        thread.start()

    from datetime import timedelta

    store.merge(
        tables.engine,
        THINGS,
        [ok([A, B])],
        run_id=2,
        at=tables.at + timedelta(1),
        claim=lambda _: None,
        record=begin,
    )
    join(thread)
    assert made
    assert len(rows_of(tables, "things_mv")) == 2
