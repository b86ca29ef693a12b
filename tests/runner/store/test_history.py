"""The change feed against an independent difference, and a table as it was, over random histories."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from fakes.tables import SCHEMA, START, Tables, failed, incomplete, ok, target
from hypothesis import HealthCheck, given, settings

from inventory_runner import store
from inventory_runner.errors import InvalidInput, NotFound
from inventory_runner.store import feed

REGIONS = ("east", "west")
VALUES = st.one_of(st.none(), st.integers(-2, 2))
ROW = st.fixed_dictionaries(
    {"id": st.sampled_from("abcdef"), "x": VALUES, "y": st.sampled_from(["", "p", "q"])}
)
# what a scope of a run does: an answer that is whole, one that is cut, or none
ANSWER = st.tuples(st.sampled_from(["ok", "ok", "ok", "incomplete", "failed"]), st.lists(ROW, max_size=5))
RUN = st.fixed_dictionaries(dict.fromkeys(REGIONS, ANSWER))
HISTORY = st.lists(RUN, min_size=2, max_size=6)
numbers = itertools.count()

Row = tuple[str, Any, str]


class Model:
    """The rules again, in Python: rows by scope, each with the time since when it is so."""

    def __init__(self, keyed: bool) -> None:
        self.keyed = keyed
        self.scopes: dict[str, list[Row]] = {region: [] for region in REGIONS}
        self.loaded = False
        self.expected: Counter[tuple[str, str, Row | None, Row | None]] = Counter()

    def run(self, answers: Mapping[str, tuple[str, list[dict[str, Any]]]]) -> None:
        new_feed: Counter[tuple[str, str, Row | None, Row | None]] = Counter()
        for region, (status, rows) in answers.items():
            before = self.scopes[region]
            now = [(row["id"], row["x"], row["y"]) for row in rows]
            if status == "failed" or (status == "ok" and not now):
                continue  # an empty answer is held where there were rows, and says nothing where there were none
            after = list(now) if status == "ok" else self._kept(before, now)
            self._note(new_feed, region, before, after)
            self.scopes[region] = after
        if self.loaded:
            self.expected += new_feed
        self.loaded = self.loaded or any(status != "failed" and rows for status, rows in answers.values())

    def _kept(self, before: list[Row], now: list[Row]) -> list[Row]:
        if self.keyed:
            return [row for row in before if row[0] not in {new[0] for new in now}] + now
        return list((Counter(before) | Counter(now)).elements())

    def _note(self, feed: Counter[Any], region: str, before: list[Row], after: list[Row]) -> None:
        if self.keyed:
            old, new = {row[0]: row for row in before}, {row[0]: row for row in after}
            for key in old.keys() | new.keys():
                if old.get(key) != new.get(key):
                    feed[
                        (
                            region,
                            "changed" if key in old and key in new else "added" if key in new else "removed",
                            old.get(key),
                            new.get(key),
                        )
                    ] += 1
            return
        for row, count in (Counter(after) - Counter(before)).items():
            feed[(region, "added", None, row)] += count
        for row, count in (Counter(before) - Counter(after)).items():
            feed[(region, "removed", row, None)] += count


def distinct(
    answers: Mapping[str, tuple[str, list[dict[str, Any]]]],
) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Keys that are unique in their scope and belong to one region only, so that the key is never refused."""
    return {
        region: (
            status,
            [{**row, "id": f"{region}-{row['id']}"} for row in {row["id"]: row for row in rows}.values()],
        )
        for region, (status, rows) in answers.items()
    }


def scope_data(region: str, status: str, rows: list[dict[str, Any]]) -> store.ScopeData:
    make = {"ok": ok, "incomplete": incomplete}.get(status)
    return failed(region=region) if make is None else make(rows, region=region)


def as_row(value: Mapping[str, Any] | None) -> Row | None:
    return None if value is None else (value["id"], value["x"], value["y"])


@pytest.mark.parametrize("keyed", [True, False])
@given(history=HISTORY)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_feed_and_past_are_exact(write_path: sa.Engine, keyed: bool, history: list[dict[str, Any]]) -> None:
    tables, name = Tables(write_path), f"history_{next(numbers)}"
    into = target(name, *(["id"] if keyed else []))
    model = Model(keyed)
    snapshots: list[tuple[datetime, Counter[tuple[Any, ...]]]] = []
    for answers in map(distinct, history) if keyed else history:
        model.run(answers)
        tables.merge(into, *(scope_data(region, *answer) for region, answer in answers.items()))
        if not tables.types(name):
            continue
        present = Counter(tables.rows(name, "id", "x", "y", "_scope", "_first_seen_at", "_changed_at"))
        assert Counter(row[:3] for row in present.elements()) == Counter(
            row for rows in model.scopes.values() for row in rows
        )
        assert tables.recorded(name)["row_count"] == sum(present.values())
        snapshots.append((tables.at, present))
    assert Counter(
        (row.scope.split('"')[3], row.change, as_row(row.before), as_row(row.after))
        for row in tables.changes(name)
    ) == Counter(model.expected)
    check_past(tables, name, snapshots)


def check_past(tables: Tables, name: str, snapshots: list[tuple[datetime, Counter[tuple[Any, ...]]]]) -> None:
    columns = ("id", "x", "y", "_scope", "_first_seen_at", "_changed_at")
    with tables.engine.connect() as connection:
        for at, present in snapshots:
            for moment in (at, at + timedelta(minutes=30)):
                past = store.read_rows_at(connection, SCHEMA, name, moment)
                assert Counter(tuple(row[column] for column in columns) for row in past) == present


def test_the_past_from_changed_columns_alone(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions of which the feed has only what changed are completed by those that followed."""
    monkeypatch.setattr(feed, "PARTIAL_ROWS", 0)
    into = target("things", "id")
    versions = [
        [("a", 1, "p"), ("b", 1, "p"), ("c", 1, "p")],
        [("a", 2, "p"), ("b", 2, "p"), ("c", 2, "p")],
        [("a", 2, "q"), ("b", 2, "q")],
        [("a", 2, "q"), ("b", 3, None), ("c", 9, "z")],
        [("a", 4, "r"), ("b", 4, "r"), ("c", 9, "z")],
        [("b", 5, "s"), ("c", 5, "s")],
    ]
    snapshots = []
    for rows in versions:
        tables.merge(into, ok([dict(zip(("id", "x", "y"), row, strict=True)) for row in rows]))
        snapshots.append(
            (
                tables.at,
                Counter(tables.rows("things", "id", "x", "y", "_scope", "_first_seen_at", "_changed_at")),
            )
        )
    assert sum(row.partial for row in tables.changes()) >= 8
    check_past(tables, "things", snapshots)


@pytest.mark.parametrize("partial", [False, True])
def test_the_past_keeps_every_type(tables: Tables, monkeypatch: pytest.MonkeyPatch, partial: bool) -> None:
    from decimal import Decimal

    if partial:
        monkeypatch.setattr(feed, "PARTIAL_ROWS", 0)
    into = target("things", "id")
    first = {
        "id": "a",
        "n": 2**62,
        "f": 0.1,
        "nan": float("nan"),
        "b": True,
        "j": '{"k":[1,null,"ä"]}',
        "e": "",
        "t": START,
        "d": START.date(),
        "z": Decimal("12345678901234567890.123456789"),
        "none": None,
        'quo"ted\\ {} %s': '"\\\n\u2028ä',
    }
    tables.merge(into, ok([first], json=["j"]))
    before = tables.rows()
    then = tables.at
    tables.merge(into, ok([{**dict.fromkeys(first), "id": "a"}]))
    (change,) = tables.changes()
    assert (change.partial, change.changed_columns) == (
        partial,
        [name for name in first if name not in ("id", "none")],
    )
    with tables.engine.connect() as connection:
        (past,) = store.read_rows_at(connection, SCHEMA, "things", then)
    assert repr(tuple(past.values())) == repr(before[0])


def test_a_time_before_the_table_is_refused(tables: Tables) -> None:
    with tables.engine.connect() as connection, pytest.raises(NotFound):
        store.compose_table_at(connection, SCHEMA, "things", START)
    tables.merge(target("things", "id"), ok([{"id": "a"}]))
    with (
        tables.engine.connect() as connection,
        pytest.raises(InvalidInput, match="since 2026-03-01 01:00") as refused,
    ):
        store.compose_table_at(connection, SCHEMA, "things", START)
    assert refused.value.field == "as_of"


def test_columns_that_came_or_went_are_left_out_of_the_past(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": "a", "old": 1, "both": 1}]))
    then = tables.at
    tables.merge(into, ok([{"id": "a", "new": 1, "both": 1}]))
    with tables.engine.connect() as connection:
        as_of = store.compose_table_at(connection, SCHEMA, "things", then)
        (past,) = store.read_rows_at(connection, SCHEMA, "things", then)
        (now,) = store.read_rows_at(connection, SCHEMA, "things", tables.at)
    assert as_of.left_out == ("old", "new")
    assert (past["both"], list(past)) == (1, ["id", "both", "_scope", "_first_seen_at", "_changed_at"])
    assert now["new"] == 1


def test_another_key_ends_a_past_that_only_the_old_key_completes(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": "a", "name": "n", "x": 1}]
    tables.merge(target("things", "id"), ok(rows))
    first = tables.at
    monkeypatch.setattr(feed, "PARTIAL_ROWS", 0)
    tables.merge(target("things", "id"), ok([{**rows[0], "x": 2}]))
    tables.merge(target("things", "name"), ok([{**rows[0], "x": 3}]))
    with tables.engine.connect() as connection, pytest.raises(InvalidInput):
        store.compose_table_at(connection, SCHEMA, "things", first)


def test_an_append_table_as_it_was(tables: Tables) -> None:
    from inventory_runner.models import WriteMode

    into = target("things", write_mode=WriteMode.APPEND)
    tables.merge(into, ok([{"id": "a"}]))
    then = tables.at
    tables.merge(into, ok([{"id": "b"}, {"id": "c"}]))
    with tables.engine.connect() as connection:
        assert [row["id"] for row in store.read_rows_at(connection, SCHEMA, "things", then)] == ["a"]
        assert len(store.read_rows_at(connection, SCHEMA, "things", tables.at)) == 2
        assert store.read_rows_at(connection, SCHEMA, "things", START) == []
