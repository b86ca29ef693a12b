"""What columns hold: counted by Postgres as Python counts it, kept for one state of the table and no other."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.inventory import load, service_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from services.db import pinned_charts, profiles
from services.models.inventory import ChartChoice, ColumnProfile, TableRef
from services.users import NOBODY, Role, User, act_as

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REF = TableRef("stackql_inventory", "things")
_tables = itertools.count(1)
TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "running", "stopped", "ä\n'\"", "x" * 400]), st.text("ab", max_size=2)
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "word": TEXTS,
            "count": st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**62), 2**62)),
            "open": st.one_of(st.none(), st.booleans()),
            "day": st.dates(datetime(2026, 11, 1).date(), datetime(2026, 11, 9).date()).map(
                lambda day: f"{day}T10:00:00Z"
            ),
            "tags": st.sampled_from(
                [None, "{}", "[]", '{"owner": "web"}', '[{"Key": "a"}]', "[" * 50 + "]" * 50]
            ),
        }
    ),
    min_size=1,
    max_size=25,
)


def by_name(engine: sa.Engine, table: str = REF.name) -> dict[str, ColumnProfile]:
    found = service_at(engine, NOW).profiles(TableRef(REF.schema, table))
    return {one.column.name: one for one in found.columns}


def fill(engine: sa.Engine, rows: list[dict[str, Any]], at: datetime, table: str = "things") -> None:
    load(engine, table, {"": [{"id": f"i-{n}", **row} for n, row in enumerate(rows)]}, at)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_every_number_is_the_one_that_python_counts(engine: sa.Engine, rows: list[dict[str, Any]]) -> None:
    table = f"things_{next(_tables)}"
    # a first row in which everything has its type
    rows = [{"word": "w", "count": 1, "open": True, "day": "2026-11-01T10:00:00Z", "tags": "{}"}, *rows]
    fill(engine, rows, NOW, table)
    found = by_name(engine, table)
    for name in ("word", "count", "open"):
        one = found[name]
        values = [row[name] for row in rows]
        cut = [value[:300] if isinstance(value, str) else value for value in values]
        known = [value for value in cut if value is not None]
        assert (one.nulls, one.distinct) == (len(values) - len(known), len(set(known)))
        assert one.filled == sum(1 for value in known if value != "")
        counts = Counter(
            str(v).lower() if isinstance(v, bool) else None if v is None else str(v) for v in cut
        )
        assert [rows for _, rows in one.top] == sorted(counts.values(), reverse=True)[: profiles.TOP_VALUES]
        assert all(counts[value] == rows for value, rows in one.top)
    numbers = [row["count"] for row in rows if row["count"] is not None]
    assert (found["count"].least, found["count"].most) == (str(min(numbers)), str(max(numbers)))
    assert found["count"].quantiles[1] == pytest.approx(statistics.median(map(float, numbers)))
    assert found["day"].days == len({row["day"] for row in rows}) and found["word"].days == 0
    assert found["tags"].filled == sum(1 for row in rows if row["tags"] not in (None, "{}", "[]"))


def test_it_is_counted_once_for_each_state_of_the_table(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    count = profiles._count
    monkeypatch.setattr(profiles, "_count", lambda *given: counted.append(1) or count(*given))
    rows = [{"word": "a"}, {"word": "b"}]
    fill(engine, rows, NOW)
    assert by_name(engine)["word"].distinct == 2 and by_name(engine) == by_name(engine)
    assert len(counted) == 1
    # a run that changed nothing leaves it; one that did makes it anew
    fill(engine, rows, NOW + timedelta(minutes=1))
    by_name(engine)
    assert len(counted) == 1
    fill(engine, [*rows, {"word": "c"}], NOW + timedelta(minutes=2))
    assert by_name(engine)["word"].distinct == 3 and len(counted) == 2
    # so does whoever changes the table by hand
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE stackql_inventory.things DROP COLUMN word")
    assert "word" not in by_name(engine) and len(counted) == 3


def test_what_a_run_changes_meanwhile_is_not_kept(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine, [{"word": "a"}], NOW)
    count = profiles._count

    def slow(*given: Any) -> Any:
        found = count(*given)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE stackql_app.inventory_tables SET changed_at = now()")
        return found

    monkeypatch.setattr(profiles, "_count", slow)
    by_name(engine)
    with engine.connect() as connection:
        assert not connection.exec_driver_sql("SELECT FROM stackql_app.table_profiles").all()


def test_one_that_takes_too_long_says_so_and_is_not_tried_at_every_visit(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine, [{"word": "a"}], NOW)
    monkeypatch.setattr("services.db.inventory_rows.TIMEOUT_SECONDS", 1)
    monkeypatch.setattr(profiles, "TOP_VALUES", 5)
    asked = []

    def sleep(connection: sa.Connection, _relation: Any) -> Any:
        asked.append(1)
        connection.exec_driver_sql("SELECT pg_sleep(5)")

    monkeypatch.setattr(profiles, "_count", sleep)
    service = service_at(engine, NOW)
    for _ in range(2):
        found = service.profiles(REF)
        assert not found.columns and "too long" in found.problem and "1 second" in found.problem
    assert len(asked) == 1
    # a state that a run left later is counted
    monkeypatch.undo()
    fill(engine, [{"word": "b"}], NOW + timedelta(minutes=1))
    assert service.profiles(REF).problem == ""


def test_a_table_of_500_columns_and_one_of_nothing_but_nulls_have_profiles(engine: sa.Engine) -> None:
    wide = {f"c{n}": n * 10**15 for n in range(500)}
    fill(engine, [wide, wide], NOW)
    assert len(by_name(engine)) == 501
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stackql_inventory.things SET c1 = NULL")
        connection.exec_driver_sql("UPDATE stackql_app.inventory_tables SET changed_at = now()")
    one = by_name(engine)["c1"]
    assert (one.nulls, one.distinct, one.filled, one.quantiles) == (2, 0, 0, ())


def test_pins_are_everybodys_and_their_own_and_engineers_remove_them(engine: sa.Engine) -> None:
    anna, vera, eva = (
        User("anna@example.com", Role.ENGINEER),
        User("vera@example.com", Role.VIEWER),
        User("eva@example.com", Role.VIEWER),
    )
    fill(engine, [{"word": "a"}, {"word": "b"}], NOW)
    service = service_at(engine, NOW)
    with act_as(vera):
        service.pin_chart(REF, ChartChoice(by="word"))
        service.pin_chart(REF, ChartChoice(by="word"))
        for wrong in (
            ChartChoice(by="gone"),
            ChartChoice(by="word", kind="cake"),
            ChartChoice(by="word", filter="\0"),
        ):
            with pytest.raises(InvalidInput):
                service.pin_chart(REF, wrong)
        with pytest.raises(NotFound):
            service.pin_chart(TableRef("stackql_inventory", "none"), ChartChoice(by="word"))
    with act_as(NOBODY), pytest.raises(NotAllowed):
        service.pin_chart(REF, ChartChoice(by="id"))
    with act_as(eva):
        (pin,) = service.pinned_charts(REF)
        assert pin.choice == ChartChoice(by="word") and pin.pinned_by == vera.name and not pin.removable
        with pytest.raises(NotAllowed):
            service.unpin_chart(pin.id)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(InvalidInput, match="1 charts at most"):
            patch.setattr(pinned_charts, "MOST_PER_TABLE", 1)
            service.pin_chart(REF, ChartChoice(by="id"))
    with act_as(anna):
        service.unpin_chart(pin.id)
        with pytest.raises(NotFound):
            service.unpin_chart(pin.id)
