"""What a table holds, digit for digit, in everything that shows it. Oracle: Python's json with Decimal."""

from __future__ import annotations

import csv
import io
import itertools
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.inventory import load, service_at
from fakes.tables import Tables, ok, target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.answers import answer_with_json
from inventory_runner.contract import exact_number_field
from services.inventory_service import InventoryService
from services.models.inventory import TableRef
from services.models.values import format_json

NOW = datetime.now(UTC)
WIDE = '{"a":18446744073709551616,"b":123456789012345678901234567890,"c":0.1234567890123456789,"v":1.10}'
NUMBERS = st.one_of(
    st.integers(-(10**40), 10**40).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=19).map(
        lambda number: f"{number:f}"
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
# texts of JSON values, as a provider may print them
VALUES = st.recursive(
    st.one_of(NUMBERS, st.sampled_from(["true", "false", "null"]), TEXTS.map(json.dumps)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]"),
        st.dictionaries(TEXTS, inner, max_size=4).map(
            lambda items: "{" + ",".join(f"{json.dumps(name)}:{one}" for name, one in items.items()) + "}"
        ),
    ),
    max_leaves=20,
)
DOCS = st.dictionaries(TEXTS, VALUES, max_size=3).map(
    lambda items: "{" + ",".join(f"{json.dumps(name)}:{one}" for name, one in items.items()) + "}"
)
tables = itertools.count()


def exactly(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@pytest.fixture
def service(engine: sa.Engine, as_engineer: None) -> InventoryService:
    return service_at(engine, NOW)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DOCS, DOCS), min_size=1, max_size=4))
def test_what_the_table_holds_is_what_everything_shows(
    service: InventoryService, engine: sa.Engine, docs: list[tuple[str, str]]
) -> None:
    ref = TableRef("stackql_inventory", f"things_{next(tables)}")
    docs = [(WIDE, WIDE.replace("616", "617")), *docs]
    for at, which in ((NOW - timedelta(days=2), 0), (NOW - timedelta(days=1), 1)):
        rows = [{"id": f"r{number}", "doc": pair[which]} for number, pair in enumerate(docs)]
        load(engine, ref.name, {"us": rows}, at, json_columns=("doc",))
    with engine.connect() as connection:
        held = {
            id: exactly(text)
            for id, text in connection.exec_driver_sql(
                f"SELECT id, doc::text FROM stackql_inventory.{ref.name}"
            )
        }
    for number, (_, newest) in enumerate(docs):
        assert held[f"r{number}"] == exactly(newest)

    block = service.rows(ref, 0, 100)["rows"]
    assert {row["id"]: exactly(row["doc"]) for row in block} == held
    exported = exactly(b"".join(service.export(ref, "json")[2]).decode())
    assert {row["id"]: row["doc"] for row in exported} == held
    file = b"".join(service.export(ref, "csv-exact")[2]).decode()
    assert {row["id"]: exactly(row["doc"]) for row in csv.DictReader(io.StringIO(file, newline=""))} == held
    changed = service.changes(ref).entries
    for entry in changed:
        before, after = ((values or {})["doc"] for values in (entry.before, entry.after))
        old = exactly(docs[int(entry.key.removeprefix("r"))][0])
        assert exactly(format_json(before)) == old
        assert exactly(format_json(after, indent=True)) == held[entry.key]
    assert "r0" in {entry.key for entry in changed}
    for id, doc in held.items():
        values = service.resource(ref, id, '{"region":"us"}').values
        assert values is not None
        assert exactly(format_json(values, indent=True))["doc"] == doc


WIDEST = ["18446744073709551617", "18446744073709551616", "2", "-0.12345678901234567891", None]


@pytest.fixture
def numbers(service: InventoryService, engine: sa.Engine) -> TableRef:
    table = pa.table(
        [pa.array([f"r{n}" for n in range(len(WIDEST))]), pa.array(WIDEST, pa.string())],
        schema=pa.schema([pa.field("id", pa.string()), exact_number_field("n")]),
    )
    Tables(engine).merge(target("wide", "id"), ok(table), at=NOW)
    return TableRef("stackql_inventory", "wide")


def test_numbers_beyond_a_double_travel_as_text_and_sort_as_numbers(
    service: InventoryService, numbers: TableRef
) -> None:
    assert service.rows(numbers, 0, 10, [{"column": "id"}])["rows"][0]["n"] == WIDEST[0]
    ordered = [
        row["id"] for row in service.rows(numbers, 0, 10, [{"column": "n", "descending": True}])["rows"]
    ]
    assert ordered == ["r0", "r1", "r2", "r3", "r4"]
    for wanted, found in (
        (18446744073709552000, ["r0", "r1"]),
        (2, ["r2"]),
        (-0.12345678901234568, ["r3"]),
        (10**400, []),
    ):
        equal = {"n": {"filterType": "number", "type": "equals", "filter": wanted}}
        rows = service.rows(numbers, 0, 10, [{"column": "id"}], equal)["rows"]
        assert [row["id"] for row in rows] == found
    values = service.resource(numbers, "r0", "{}").values
    assert format_json(values) == '{"id": "r0", "n": 18446744073709551617}'


def test_numbers_beyond_a_double_are_exported_as_numbers(
    service: InventoryService, numbers: TableRef
) -> None:
    def save(format: str) -> str:
        return b"".join(service.export(numbers, format)[2]).decode()

    assert {row["id"]: row["n"] for row in exactly(save("json"))} == {
        f"r{n}": None if text is None else Decimal(text) for n, text in enumerate(WIDEST)
    }
    for format in ("csv", "csv-exact"):
        cells = [row[1] for row in csv.reader(io.StringIO(save(format)))][1:]
        assert cells == [text or "" for text in WIDEST]


def test_a_routes_answer_is_text_where_a_browser_would_round(
    service: InventoryService, numbers: TableRef, engine: sa.Engine
) -> None:
    import flask

    load(engine, "docs", {"": [{"id": "a", "doc": WIDE}]}, NOW, json_columns=("doc",))
    with flask.Flask("answers").test_request_context():
        wide = answer_with_json(service.rows(numbers, 0, 10, [{"column": "id"}])).get_json()
        docs = answer_with_json(service.rows(TableRef("stackql_inventory", "docs"), 0, 10)).get_json()
    assert wide["rows"][0]["n"] == WIDEST[0]
    assert exactly(docs["rows"][0]["doc"]) == exactly(WIDE)
