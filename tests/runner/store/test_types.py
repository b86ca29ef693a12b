"""Types, names and schema drift: what is written reads back equal, or is refused with a reason."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.tables import SCHEMA, Tables, failed, ok, target
from hypothesis import HealthCheck, example, given, settings

from inventory_runner import json_text
from inventory_runner.engines.values import build_table
from inventory_runner.errors import InvalidInput
from inventory_runner.models import ScopeStatus
from inventory_runner.store import SchemaConflict, check_target
from inventory_runner.store.names import name_columns

numbers = itertools.count()
UTC = dt.UTC


def written(
    tables: Tables, column: pa.Array | pa.ChunkedArray, json_text: bool = False
) -> tuple[str, list[Any]]:
    """The Postgres type that a column is given, and its values in order."""
    name = f"types_{next(numbers)}"
    table = pa.table({"v": column, "n": pa.array(range(len(column)))})
    tables.merge(target(name), ok(table, json=["v"] if json_text else []))
    return tables.types(name)["v"], [value for _, value in sorted(tables.rows(name, "n", "v"))]


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (pa.array([1, None, 2**53 + 1], pa.int64()), "bigint", [1, None, 2**53 + 1]),
        (pa.array([1, 255], pa.uint8()), "bigint", [1, 255]),
        (pa.array([2**63 - 1], pa.uint64()), "bigint", [2**63 - 1]),
        (pa.array([2**64 - 1, None], pa.uint64()), "numeric", [Decimal(2**64 - 1), None]),
        (pa.array([Decimal("1.50"), None], pa.decimal128(38, 2)), "numeric", [Decimal("1.50"), None]),
        (pa.array([Decimal(10) ** 50], pa.decimal256(60, 0)), "numeric", [Decimal(10) ** 50]),
        (pa.array([0.1, None, 1e300, -0.0]), "double precision", [0.1, None, 1e300, -0.0]),
        (pa.array([0.1], pa.float32()), "double precision", [0.10000000149011612]),
        (pa.array([math.inf, -math.inf]), "double precision", [math.inf, -math.inf]),
        (pa.array([True, None, False]), "boolean", [True, None, False]),
        (pa.array(["", None, " "]), "text", ["", None, " "]),
        (pa.array(['a,"b"\nc', "\\.", "\\N", "NULL", "'; DROP TABLE x; --"]), "text", None),
        (pa.array(["x\n\\.\ny", "\r\n", "\t", "ä€😀"]), "text", None),
        (pa.array(["a"], pa.large_string()), "text", ["a"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), "text", ["a", "b", "a"]),
        (pa.array([b"\x00\xff", None]), "text", ["00ff", None]),
        (pa.nulls(2), "text", [None, None]),
        (pa.array([None, None], pa.int64()), "bigint", [None, None]),
        (pa.array([{"b": 1, "a": [None, "x"]}, None]), "jsonb", [{"a": [None, "x"], "b": 1}, None]),
        (pa.array([[1, 2], [], None]), "jsonb", [[1, 2], [], None]),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "jsonb", [[["k", 1]]]),
        (
            pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
            "date",
            [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
        ),
        (pa.array([dt.time(1, 2, 3, 4)]), "time without time zone", [dt.time(1, 2, 3, 4)]),
        (
            pa.array([dt.datetime(2026, 1, 1, 12, 0, 0, 1), None]),
            "timestamp without time zone",
            [dt.datetime(2026, 1, 1, 12, 0, 0, 1), None],
        ),
        (
            pa.array([dt.datetime(2026, 1, 1, 12)], pa.timestamp("s", "Asia/Tokyo")),
            "timestamp with time zone",
            [dt.datetime(2026, 1, 1, 12, tzinfo=UTC)],
        ),
        # nanoseconds that Postgres would round off
        (pa.array([1_000_000_001], pa.timestamp("ns")), "text", ["1970-01-01 00:00:01.000000001"]),
        (pa.array([2**61], pa.timestamp("us")), "text", ["2305843009213693952 us since 1970"]),
        (pa.array([3_000_000, None], pa.date32()), "text", None),
        (pa.array([dt.timedelta(hours=1, microseconds=5), None]), "text", ["PT3600.000005S", None]),
        (pa.array([-1], pa.duration("ns")), "text", ["-PT0.000000001S"]),
        (pa.array([(14, 3, 5)], pa.month_day_nano_interval()), "text", ["P14M3DT0.000000005S"]),
    ],
)
def test_each_type_and_its_values(
    tables: Tables, column: pa.Array, kind: str, values: list[Any] | None
) -> None:
    found, read = written(tables, column)
    assert found == kind
    if values is not None or pa.types.is_string(column.type):
        assert read == (column.to_pylist() if values is None else values)


def test_nan_is_no_null(tables: Tables) -> None:
    kind, (first, second) = written(tables, pa.array([math.nan, None]))
    assert (kind, math.isnan(first), second) == ("double precision", True, None)


def test_json_is_jsonb_and_equal_whatever_its_order(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "tags": '{"a":1,"b":2}'}], json=["tags"]))
    assert tables.types()["tags"] == "jsonb"
    assert not tables.merge(into, ok([{"id": 1, "tags": '{"b": 2, "a": 1}'}], json=["tags"])).any_change


def test_cells_of_an_engine_of_mixed_types_are_text(tables: Tables) -> None:
    table, json_columns = build_table(
        {"v": [1, "two", None, {"three": 3}], "j": [{"b": 1, "a": [2]}, None, [], {}]}
    )
    tables.merge(target(), ok(table, json=sorted(json_columns)))
    assert (tables.types()["v"], tables.types()["j"]) == ("text", "jsonb")
    assert {value for (value,) in tables.rows("things", "v")} == {"1", "two", None, '{"three":3}'}


@pytest.mark.parametrize("is_json", [False, True])
def test_characters_that_postgres_cannot_store_are_removed_and_told(tables: Tables, is_json: bool) -> None:
    texts = ["a\0b", "c"] if not is_json else ['{"k\\u0000":"a\\u0000b\\ud800"}', '{"plain":"\\\\u0000"}']
    table = pa.table({"v": texts})
    result = tables.merge(target(), ok(table, json=["v"] if is_json else []))
    assert result.warnings == ("Characters that Postgres cannot store were removed from v.",)
    values = [value for (value,) in tables.rows("things", "v")]
    expected: list[Any] = ["ab", "c"] if not is_json else [{"k": "ab"}, {"plain": "\\u0000"}]
    assert sorted(values, key=str) == sorted(expected, key=str)


def test_bytes_that_are_no_utf8_are_removed(tables: Tables) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 3, 4], pa.int32()).buffers()[1], pa.py_buffer(b"a\xffbc")]
    )
    assert written(tables, broken) == ("text", ["ab", "c"])


def test_json_that_is_none_is_refused_with_a_reason(tables: Tables) -> None:
    with pytest.raises(SchemaConflict) as refused:
        tables.merge(target(), ok(pa.table({"v": ["{broken"]}), json=["v"]))
    assert "invalid input syntax for type json" in refused.value.details
    assert tables.types() == {}


def test_scopes_that_disagree_on_a_type_meet_in_one_that_holds_all(tables: Tables) -> None:
    east = {"i": [1], "f": [2**53 + 1], "t": ["x"], "n": [None], "s": [dt.datetime(2026, 1, 1)]}
    west = {"i": [0.5], "f": [0.5], "t": [1], "n": [7], "s": [dt.datetime(2026, 1, 1, tzinfo=UTC)]}
    tables.merge(target(), ok(pa.table(east), region="east"), ok(pa.table(west), region="west"))
    assert list(tables.types().values())[:5] == [
        "double precision",
        "numeric",
        "text",
        "bigint",
        "timestamp with time zone",
    ]
    assert tables.rows("things", "i", "f", "t", "n") == [
        (0.5, Decimal("0.5"), "1", 7),
        (1.0, Decimal(2**53 + 1), "x", None),
    ]


CELLS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1).map(
        lambda v: pa.array(v, pa.int64())
    ),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1).map(
        lambda v: pa.array(v, pa.float64())
    ),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1).map(lambda v: pa.array(v, pa.bool_())),
    st.lists(st.one_of(st.none(), st.text()), min_size=1).map(
        lambda v: pa.array(
            [None if x is None else x.encode("utf-8", "ignore").decode() for x in v], pa.string()
        )
    ),
    st.lists(st.one_of(st.none(), st.datetimes()), min_size=1).map(lambda v: pa.array(v, pa.timestamp("us"))),
    st.lists(st.one_of(st.none(), st.dates()), min_size=1).map(lambda v: pa.array(v, pa.date32())),
    st.lists(
        st.one_of(
            st.none(),
            st.decimals(
                allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15
            ),
        ),
        min_size=1,
    ).map(lambda v: pa.array(v, pa.decimal128(30, 6))),
)
JSON_CELLS = st.lists(
    st.one_of(
        st.none(),
        st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.booleans()))),
    ),
    min_size=1,
)
NAMES = st.text(min_size=0, max_size=80)
READ_BACK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@READ_BACK
@given(name=NAMES, column=CELLS)
@example(name='a"b%s:c.d e', column=pa.array(["\\.", "", None]))
@example(name="", column=pa.array([1]))
@example(name="_scope", column=pa.array([1]))
def test_what_is_written_reads_back_equal(write_path: sa.Engine, name: str, column: pa.Array) -> None:
    tables, table = Tables(write_path), f"back_{next(numbers)}"
    name = name.encode("utf-8", "ignore").decode()
    data = pa.table([column, pa.array(range(len(column)))], names=[name, "position of the row"])
    result = tables.merge(target(table), ok(data))
    chosen = next(iter(tables.types(table)))
    read = [value for _, value in sorted(tables.rows(table, "position of the row", chosen))]
    expected = [value.replace("\0", "") if isinstance(value, str) else value for value in column.to_pylist()]
    assert read == expected
    plain = name.replace("\0", "")
    assert chosen == plain or any(repr(plain) in warning for warning in result.warnings)
    # the same again is no change
    assert not tables.merge(target(table), ok(data)).any_change


@READ_BACK
@given(cells=JSON_CELLS)
def test_json_reads_back_equal(write_path: sa.Engine, cells: list[dict[str, Any] | None]) -> None:
    tables, table = Tables(write_path), f"json_{next(numbers)}"
    texts = [None if cell is None else json.dumps(cell) for cell in cells]
    tables.merge(
        target(table), ok(pa.table({"v": pa.array(texts, pa.string()), "n": range(len(cells))}), json=["v"])
    )
    read = [value for _, value in sorted(tables.rows(table, "n", "v"), key=lambda row: row[0])]
    # as numbers again those that the driver gives as their digits
    read = [None if cell is None else json.loads(json_text.dumps(cell)) for cell in read]
    assert read == [None if cell is None else _without_surrogates(cell) for cell in cells]


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(char for char in value if char != "\0" and not "\ud800" <= char <= "\udfff")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


# ---- names


@pytest.mark.parametrize(
    ("given_names", "expected"),
    [
        (["id", "id"], ["id", "id_2"]),
        (["a", "A"], ["a", "A_2"]),
        (["a", "a", "a_2"], ["a", "a_2", "a_2_2"]),
        (["", ""], ["column_1", "column_2"]),
        (["_scope", "_Changed_At", "ctid"], ["_scope_2", "_Changed_At_2", "ctid_2"]),
        (["x" * 70, "x" * 71], ["x" * 63, "x" * 61 + "_2"]),
        (["é" * 40], ["é" * 31]),
        (["é" * 40, "é" * 41], ["é" * 31, "é" * 30 + "_2"]),
        (["a\0b"], ["ab"]),
        (["a.b", "Upper Case", "100%", ":x", 'q"q'], ["a.b", "Upper Case", "100%", ":x", 'q"q']),
    ],
)
def test_column_names(given_names: list[str], expected: list[str]) -> None:
    assert name_columns(given_names) == expected


def test_columns_of_any_name_go_through_every_path(tables: Tables) -> None:
    """Names that our own SQL uses, quotes, percent signs and colons: loaded, compared, changed, rebuilt."""
    names = [
        "id",
        "row",
        "l",
        "s",
        "kind",
        "key",
        "hash",
        "n",
        "live",
        "stage",
        "d",
        "x",
        "100%",
        ":b",
        'q"',
        "%s",
        "r",
        "k",
        "at",
        "scope",
        "a.b",
        "select",
        "Ä",
    ]
    rows = [{name: f"{name} {number}" for name in names} for number in range(3)]
    for table, keys in (("keyed", ["id"]), ("whole", [])):
        into = target(table, *keys)
        tables.merge(into, ok(rows))
        assert not tables.merge(into, ok(rows)).any_change
        changed = [{**rows[0], "100%": "new"}, rows[1], {name: f"{name} 9" for name in names}]
        result = tables.merge(into, ok(changed))
        assert result.added + result.changed == 2
        assert sorted(tables.rows(table, *names)) == sorted(tuple(row.values()) for row in changed)
        assert not tables.merge(into, ok(changed)).any_change
        wider = [{**row, "f": 1, "hash2": 2} for row in changed]
        tables.merge(into, ok(wider))
        assert sorted(tables.rows(table, *names, "f")) == sorted((*list(row.values()), 1) for row in changed)
    assert tables.changes("keyed")[0].changed_columns in (["100%"], None)


def test_renamed_columns_can_be_key_and_ignored(tables: Tables) -> None:
    table = pa.table([pa.array([1, 2]), pa.array(["a", "b"])], names=["ctid", "_scope"])
    result = tables.merge(target("things", "ctid", ignored_columns=("_scope",)), ok(table))
    assert len(result.warnings) == 2
    assert tables.recorded()["key_columns"] == ["ctid_2"]
    other = pa.table([pa.array([1, 2]), pa.array(["x", "y"])], names=["ctid", "_scope"])
    assert not tables.merge(target("things", "ctid", ignored_columns=("_scope",)), ok(other)).any_change


def test_no_columns_leave_the_table(tables: Tables) -> None:
    assert tables.merge(target(), ok([])).rows_total is None
    assert tables.types() == {}
    tables.merge(target(), ok([{"id": 1}]))
    kinds = tables.types()
    tables.merge(target(), ok([]))
    assert tables.types() == kinds


def test_no_rows_but_columns_make_and_keep_the_types(tables: Tables) -> None:
    empty = pa.table({"id": pa.array([], pa.int64()), "v": pa.array([], pa.string())})
    assert tables.merge(target(), ok(empty)).rows_total == 0
    tables.merge(target(), ok([{"id": 1, "v": "x"}]))
    tables.merge(target(allow_empty=True), ok(empty))
    assert list(tables.types().items())[:2] == [("id", "bigint"), ("v", "text")]


@pytest.mark.parametrize(
    ("schema", "table", "field"),
    [
        ("stackql_app", "x", "target_schema"),
        ("pg_catalog", "x", "target_schema"),
        ("pg_temp_1", "x", "target_schema"),
        ("information_schema", "x", "target_schema"),
        ("Upper", "x", "target_schema"),
        ("", "x", "target_schema"),
        (SCHEMA, "", "target_table"),
        (SCHEMA, "  ", "target_table"),
        (SCHEMA, "assets", "target_table"),
        (SCHEMA, "resource_changes", "target_table"),
        (SCHEMA, "a" * 64, "target_table"),
        (SCHEMA, "a b", "target_table"),
        (SCHEMA, "1a", "target_table"),
        (SCHEMA, "Upper", "target_table"),
        (SCHEMA, 'x"; DROP TABLE y; --', "target_table"),
        (SCHEMA, "x\n", "target_table"),
        (SCHEMA, "tàble", "target_table"),
    ],
)
def test_targets_that_are_refused(tables: Tables, schema: str, table: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_target(schema, table)
    assert refused.value.field == field
    with pytest.raises(InvalidInput):
        tables.merge(target(table) if schema == SCHEMA else store_target(schema), ok([{"id": 1}]))


def store_target(schema: str) -> Any:
    import dataclasses

    return dataclasses.replace(target("x"), schema=schema)


def test_other_schemas_need_the_operator(tables: Tables) -> None:
    check_target(SCHEMA, "a" * 63, schemas=[])
    check_target("reports", "x", schemas=["reports"])
    with pytest.raises(InvalidInput, match="among"):
        check_target("reports", "x", schemas=[])
    with pytest.raises(InvalidInput, match="no schema reports"):
        tables.merge(store_target("reports"), ok([{"id": 1}]))
    tables.execute("CREATE SCHEMA reports")
    assert tables.merge(store_target("reports"), ok([{"id": 1}])).rows_total == 1


@pytest.mark.parametrize("kind", ["VIEW things AS SELECT 1", "MATERIALIZED VIEW things AS SELECT 1"])
def test_a_view_is_no_target(tables: Tables, kind: str) -> None:
    tables.execute(f"CREATE {kind.replace('things', SCHEMA + '.things')}")
    with pytest.raises(InvalidInput, match="view"):
        tables.merge(target(), ok([{"id": 1}]))


# ---- schema drift


def test_a_new_column_is_added_and_no_row_counts_as_changed(tables: Tables) -> None:
    for table, keys in (("keyed", ["id"]), ("whole", [])):
        into = target(table, *keys)
        tables.merge(into, ok([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]))
        tables.execute(f"CREATE VIEW {SCHEMA}.{table}_seen AS SELECT * FROM {SCHEMA}.{table}")
        result = tables.merge(into, ok([{"id": 1, "v": "a", "extra": 7}, {"id": 2, "v": "b", "extra": None}]))
        assert (result.added, result.removed, result.changed) == (0, 0, 0)
        assert result.warnings == ("Column extra is new in the table.",)
        assert tables.rows(table, "id", "extra") == [(1, 7), (2, None)]
        assert tables.query(f"SELECT count(*) FROM {SCHEMA}.{table}_seen")[0][0] == 2
        assert tables.changes(table) == []
        assert tables.merge(
            into, ok([{"id": 1, "v": "a", "extra": 8}, {"id": 2, "v": "b", "extra": None}])
        ).any_change


def test_a_missing_column_stays_and_is_null(tables: Tables) -> None:
    for table, keys in (("keyed", ["id"]), ("whole", [])):
        into = target(table, *keys)
        tables.merge(into, ok([{"id": 1, "v": "a"}], region="east"), ok([{"id": 2, "v": "b"}], region="west"))
        result = tables.merge(into, ok([{"id": 1}], region="east"), failed(ScopeStatus.DENIED, region="west"))
        assert (result.added, result.removed, result.changed) == (0, 0, 0)
        assert any("no longer returns v" in warning for warning in result.warnings)
        # a scope that was not read is as it was
        assert tables.rows(table, "id", "v") == [(1, None), (2, "b")]
        tables.merge(into, ok([{"id": 1}], region="east"), ok([{"id": 2}], region="west"))
        assert tables.rows(table, "id", "v") == [(1, None), (2, None)]
        back = tables.merge(
            into, ok([{"id": 1, "v": "z"}], region="east"), ok([{"id": 2, "v": "z"}], region="west")
        )
        assert (back.changed, back.added) == (0, 0)
        assert tables.rows(table, "id", "v") == [(1, "z"), (2, "z")]


@pytest.mark.parametrize(
    ("first", "then", "kind", "value"),
    [
        ("text", 5, "text", "5"),
        ("text", True, "text", "true"),
        (1, 2.0, "bigint", 2),
        (1, "7", "bigint", 7),
        (0, True, "bigint", 1),
        (True, 0, "boolean", False),
        (0.5, 7, "double precision", 7.0),
        (0.5, "1.25", "double precision", 1.25),
        (Decimal("1.5"), 2**62, "numeric", Decimal(2**62)),
        (
            dt.datetime(2026, 1, 1, tzinfo=UTC),
            "2026-02-01T00:00:00Z",
            "timestamp with time zone",
            dt.datetime(2026, 2, 1, tzinfo=UTC),
        ),
        (
            dt.datetime(2026, 1, 1, tzinfo=UTC),
            dt.datetime(2026, 2, 1),
            "timestamp with time zone",
            dt.datetime(2026, 2, 1, tzinfo=UTC),
        ),
        (dt.date(2026, 1, 1), "2026-02-01", "date", dt.date(2026, 2, 1)),
    ],
)
def test_a_changed_type_is_cast_where_nothing_is_lost(
    tables: Tables, first: Any, then: Any, kind: str, value: Any
) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "v": first}]))
    tables.execute(f"CREATE VIEW {SCHEMA}.seen AS SELECT v FROM {SCHEMA}.things")
    result = tables.merge(into, ok([{"id": 1, "v": then}]))
    assert (tables.types()["v"], tables.rows("things", "v")) == (kind, [(value,)])
    assert result.changed == 1


@pytest.mark.parametrize(
    ("first", "then", "kind"),
    [
        (1, "seven", "bigint"),
        (1, "007", "bigint"),
        (0.5, "1,5", "double precision"),
        (0.5, "NaN", "double precision"),
        (True, 2, "boolean"),
        (True, "maybe", "boolean"),
        (dt.date(2026, 1, 1), "2026-01-01T10:00:00Z", "date"),
        (dt.datetime(2026, 1, 1, tzinfo=UTC), "yesterday", "timestamp with time zone"),
    ],
)
def test_what_cannot_be_read_as_its_columns_type_is_kept(
    tables: Tables, first: Any, then: Any, kind: str
) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "v": first}, {"id": 2, "v": first}]))
    before = tables.rows("things", "id", "v")
    odd = ok([{"id": 1, "v": str(then)}, {"id": 2, "v": str(first)}])
    result = tables.merge(into, odd)
    assert (tables.types()["v"], result.changed) == (kind, 1)
    assert tables.rows("things", "id", "v", "_unread") == [(1, None, {"v": str(then)}), (*before[1], None)]
    assert [warning for warning in result.warnings if "1 value of v is no" in warning or "neither" in warning]
    with tables.engine.connect() as connection:
        feed = "SELECT changed_columns, after->'_unread' FROM stackql_inventory.resource_changes"
        assert [tuple(row) for row in connection.execute(sa.text(feed))] == [
            (["v", "_unread"], {"v": str(then)})
        ]
    # the same again is no change; and what can be read again stands in its column
    assert not tables.merge(into, odd).any_change
    assert tables.merge(into, ok([{"id": 1, "v": first}, {"id": 2, "v": first}])).changed == 1
    assert tables.rows("things", "id", "v", "_unread") == [(*row, None) for row in before]


@pytest.mark.parametrize(
    ("first", "then", "value"),
    [
        (1, [0.5, 1.0], "0.5"),
        (1, ["9223372036854775808", "1"], "9223372036854775808"),
        (0.5, [2**53 + 1, None], "9007199254740993"),
        (0.5, ["0.1234567890123456789", "0.5"], "0.1234567890123456789"),
        (0.1, ["1e999", "0.1"], "1e999"),
    ],
)
def test_a_column_is_widened_for_numbers_that_it_is_too_narrow_for(
    tables: Tables, first: Any, then: list[Any], value: str
) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "v": first}, {"id": 2, "v": first}]))
    wide = ok([{"id": number, "v": one} for number, one in enumerate(then, 1)])
    result = tables.merge(into, wide)
    other = None if then[1] is None else Decimal(str(first))
    assert (tables.types()["v"], result.changed) == ("numeric", 1 if other is not None else 2)
    assert tables.rows("things", "id", "v") == [(1, Decimal(value)), (2, other)]
    assert "v is numeric from now on" in "".join(result.warnings)
    assert not tables.merge(into, wide).any_change


def test_text_in_a_json_column_is_kept_apart(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "v": '{"a":1}'}], json=["v"]))
    tables.merge(into, ok([{"id": 1, "v": '{"a":1}'}, {"id": 2, "v": "plain"}, {"id": 3, "v": "{broken"}]))
    assert tables.rows("things", "id", "v", "_unread") == [
        (1, {"a": 1}, None),
        (2, None, {"v": "plain"}),
        (3, None, {"v": "{broken"}),
    ]


def test_a_column_of_nulls_is_not_locked_in(tables: Tables) -> None:
    into = target("things", "id")
    tables.merge(into, ok([{"id": 1, "v": None, "w": None}]))
    tables.execute(f"CREATE VIEW {SCHEMA}.seen AS SELECT w FROM {SCHEMA}.things")
    result = tables.merge(into, ok([{"id": 1, "v": 5, "w": 6}]))
    # a view uses w: it stays what it was
    assert (tables.types()["v"], tables.types()["w"]) == ("bigint", "text")
    assert tables.rows("things", "v", "w") == [(5, "6")]
    assert (result.changed, tables.changes()[0].before) == (1, {"id": 1, "v": None, "w": None})
    tables.merge(into, ok([{"id": 1, "v": None, "w": None}]))
    assert tables.types()["v"] == "bigint"


def test_a_column_that_differs_only_in_case_is_the_same(tables: Tables) -> None:
    into = target("things", "ID")
    tables.merge(into, ok([{"ID": 1, "Name": "a"}]))
    result = tables.merge(target("things", "id"), ok([{"id": 1, "name": "b"}]))
    assert (result.changed, list(tables.types())[:2]) == (1, ["ID", "Name"])


def test_the_order_of_columns_does_not_matter(tables: Tables) -> None:
    for table, keys in (("keyed", ["id"]), ("whole", [])):
        tables.merge(target(table, *keys), ok([{"id": 1, "v": "a", "w": None}]))
        assert not tables.merge(target(table, *keys), ok([{"w": None, "v": "a", "id": 1}])).any_change
