"""What a table remembers: what its query's columns are called in it, and which of them nobody knew the type of.

Values never move into another column, and how they are stored never hangs on whether the types were known that time.
"""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.tables import Tables, failed, ok, target
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner import reading
from inventory_runner.engines.answers import convert_columns
from inventory_runner.models import ScopeStatus
from inventory_runner.store.names import name_columns, remember_columns

numbers = itertools.count(1)
LONG = "properties_network_profile_load_balancer_frontend_ip_configuration_"
PUBLIC, PRIVATE = LONG + "public_ip", LONG + "private_ip"


def column_names(tables: Tables) -> dict[str, list[str]]:
    return dict(tables.recorded()["column_names"])


def values_of(tables: Tables, original: str) -> list[Any]:
    (own,) = column_names(tables)[original]
    return [value for _, value in tables.rows("things", "id", own)]


@pytest.mark.parametrize(
    "then",
    [
        {PRIVATE: "priv"},
        {PRIVATE: "priv", PUBLIC: "pub"},
        {PUBLIC: "pub"},
        {PRIVATE: "priv", "other": "x", PUBLIC: "pub"},
    ],
)
def test_values_stay_in_their_column(tables: Tables, then: dict[str, str]) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, PUBLIC: "pub", PRIVATE: "priv"}]))
    tables.merge(into, ok([{"id": 1, **then}]))
    for name in (PUBLIC, PRIVATE):
        assert values_of(tables, name) == [then.get(name)]


def test_names_that_differ_in_case_are_not_mixed_up(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "Name": "tag", "name": "real"}]))
    tables.merge(into, ok([{"id": 1, "name": "real"}]))
    assert (values_of(tables, "Name"), values_of(tables, "name")) == ([None], ["real"])
    tables.merge(into, ok([{"id": 1, "name": "real", "Name": "tag"}]))
    assert (values_of(tables, "Name"), values_of(tables, "name")) == (["tag"], ["real"])
    assert not [change for change in tables.changes() if change.changed_columns]


def test_scopes_that_are_denied_take_no_name_with_them(tables: Tables) -> None:
    into = target("things", "id")
    east = ok([{"id": 1, PUBLIC: "pub"}], region="east")
    west = ok([{"id": 2, PRIVATE: "priv"}], region="west")
    tables.merge(into, east, west)
    tables.merge(into, failed(ScopeStatus.DENIED, region="east"), west)
    tables.merge(into, east, failed(ScopeStatus.DENIED, region="west"))
    assert values_of(tables, PUBLIC) == ["pub", None]
    assert values_of(tables, PRIVATE) == [None, "priv"]
    assert tables.changes() == []


def test_the_key_is_found_by_the_querys_name(tables: Tables) -> None:
    into = target("things", PRIVATE)
    tables.merge(into, ok([{PUBLIC: "pub", PRIVATE: "a"}]))
    assert tables.merge(into, ok([{PRIVATE: "a", PUBLIC: "other"}])).changed == 1


def test_an_older_table_is_taken_up_as_it_is(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, PUBLIC: "pub", PRIVATE: "priv"}]))
    with tables.engine.begin() as connection:
        connection.execute(sa.text("UPDATE stackql_app.inventory_tables SET column_names = NULL"))
    result = tables.merge(into, ok([{"id": 1, PUBLIC: "pub", PRIVATE: "priv"}]))
    assert not result.any_change
    tables.merge(into, ok([{"id": 1, PRIVATE: "priv"}]))
    assert values_of(tables, PRIVATE) == ["priv"]


NAMES = st.sampled_from(["a", "A", "id", "ID", "_scope", "", "x" * 70 + "1", "x" * 70 + "2", "ü" * 40])
RUNS = st.lists(st.lists(NAMES, min_size=1, max_size=5, unique=True), min_size=1, max_size=6)


@given(RUNS)
def test_a_name_is_decided_once(runs: list[list[str]]) -> None:
    """Law: no two columns ever share a name of the table, and none changes its own."""
    remembered: dict[str, list[str]] = {}
    for run in runs:
        own = remember_columns([(name, 1) for name in run], remembered, ())
        assert len({name.casefold() for name in own}) == len(run)
        for name, one in zip(run, own, strict=True):
            assert remembered.get(name, [one]) == [one]
            others = {kept[0] for original, kept in remembered.items() if original not in (name, *run)}
            if name not in remembered and one in others:
                # the one liberty: a name that differs only in case, while nothing else is called so
                (original,) = [original for original, kept in remembered.items() if kept == [one]]
                assert original.casefold() == name.casefold()
                continue
            remembered[name] = [one]
    assert name_columns(runs[0]) == remember_columns([(name, 1) for name in runs[0]], {}, ())


# --- types


TYPES = {"size": reading.NUMBER, "count": reading.INTEGER, "on": reading.BOOLEAN, "doc": reading.JSON}
PRINTED = {
    "size": ["0.50", "1.10", "N/A", "", "0.1234567890123456789", "7"],
    "count": ["1", "", "9223372036854775808", "x", "-3", "2.5"],
    "on": ["true", "false", "", "maybe"],
    "doc": ['{"b":1,"a":1.10}', "[]", "none", "", '{"a":18446744073709551616}'],
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in PRINTED.items()}),
    min_size=1,
    max_size=6,
)


def printed(rows: list[dict[str, str]], *, known: bool, **scope: str) -> Any:
    """What the engine makes of printed rows, where DESCRIBE answers and where it does not."""
    import pyarrow as pa

    columns = {"id": [str(place) for place in range(len(rows))]}
    columns |= {name: [row[name] for row in rows] for name in PRINTED}
    table, json_columns, *_ = convert_columns(pa.table(columns), TYPES if known else {})
    return ok(table, json=sorted(json_columns), types_known=known, **scope)


def stored(tables: Tables, table: str) -> list[tuple[Any, ...]]:
    types = tables.types(table)
    unread = ["_unread"] if "_unread" in types else []
    rows = tables.rows(table, "id", *PRINTED, *unread)
    return [tuple(map(_plain, row)) if unread else (*map(_plain, row), None) for row in rows]


def _plain(value: Any) -> Any:
    """Numbers by what they are, whatever type holds them."""
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str)
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


@settings(max_examples=25, deadline=None)
@given(ROWS, st.lists(st.booleans(), min_size=1, max_size=3))
def test_whether_the_types_were_known_makes_no_difference(
    write_path: sa.Engine, rows: list[dict[str, str]], known: list[bool]
) -> None:
    """Law: a table that has met its types once holds what one holds that knew them all along; and nothing changed."""
    tables = Tables(write_path)
    names = f"always_{next(numbers)}", f"sometimes_{next(numbers)}"
    tables.merge(target(names[0], "id"), printed(rows, known=True))
    for one in (*known, True):
        tables.merge(target(names[1], "id"), printed(rows, known=one))
    assert stored(tables, names[1]) == stored(tables, names[0])
    assert not tables.changes(names[1])
    assert not tables.merge(target(names[1], "id"), printed(rows, known=False)).any_change
    assert stored(tables, names[1]) == stored(tables, names[0])
    assert tables.recorded(names[1])["untyped_columns"] == []


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        # old digits that no double holds, new ones that a double holds to the last
        ("0.1234567890123456789", "0.14285714285714285", "numeric"),
        ("12345678901234567890", "0.3", "numeric"),
        ("0.5", "0.14285714285714285", "double precision"),
    ],
)
def test_what_is_learned_late_keeps_old_digits_and_new(
    tables: Tables, before: str, now: str, kind: str
) -> None:
    row = {"count": "1", "on": "true", "doc": "{}"}
    east = printed([{**row, "size": before}], known=False, region="east")
    tables.merge(target("things"), east, printed([{**row, "size": before}], known=False, region="west"))
    # the old digits stand in a scope that cannot be read when the types are known
    west = printed([{**row, "size": now}], known=True, region="west")
    tables.merge(target("things"), failed(ScopeStatus.DENIED, region="east"), west)
    assert tables.types()["size"] == kind
    held = {Decimal(str(value)) for _, value in tables.rows("things", "_scope", "size")}
    assert held == {Decimal(now), Decimal(before)}


def test_a_scope_without_types_is_read_as_the_others_are(tables: Tables) -> None:
    rows = [{"size": "0.50", "count": "1", "on": "true", "doc": '{"a": 1}'}]
    odd = [{"size": "N/A", "count": "7", "on": "false", "doc": "{}"}, *rows]
    shift = target("things")
    tables.merge(shift, printed(rows, known=True, region="east"), printed(odd, known=False, region="west"))
    assert tables.types()["size"] == "double precision"
    assert [row for row in tables.rows("things", "size", "_unread") if row[1]] == [(None, {"size": "N/A"})]


def test_a_column_that_a_view_uses_stays_text(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, printed([{"size": "0.50", "count": "1", "on": "true", "doc": "{}"}], known=False))
    with tables.engine.begin() as connection:
        connection.execute(
            sa.text("CREATE VIEW stackql_inventory.big AS SELECT size FROM stackql_inventory.things")
        )
    tables.merge(into, printed([{"size": "0.50", "count": "1", "on": "true", "doc": "{}"}], known=True))
    assert (tables.types()["size"], tables.types()["count"]) == ("text", "bigint")
