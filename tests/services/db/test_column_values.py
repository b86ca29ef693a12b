"""A column's values with their counts: by Postgres and of a result alike, compared with counting the rows in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.store.sql import SQL, Literal
from services.db import DatabaseService, column_values
from services.db.relations import Relation
from services.models.column_values import CountedValue, count_value
from services.models.inventory import ColumnInfo
from services.models.limits import LONGEST_VALUE, MOST_VALUES
from services.query_service import column_values as of_results
from services.query_service import results

# what people meet and what breaks a statement: quotes, signs of patterns, halves of lists, nothing, and long texts
AWKWARD = (
    None,
    "",
    " ",
    "a'b",
    '"',
    "%",
    "a,b",
    "{a}",
    "\\",
    "NULL",
    "é",
    "É",
    "x" * 10_000,
    "x" * 9_999 + "y",
)
TEXTS = st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=40)


@pytest.fixture
def db(engine: sa.Engine) -> DatabaseService:
    return DatabaseService(engine)


def relate(values: Sequence[Any], kind: str = "text", type: str = "text") -> Relation:
    """A relation of the one column v with these values, and n, which numbers them."""
    rows = SQL(", ").join(
        [SQL("({}, {}::{}, '{{}}')").format(Literal(n), Literal(v), SQL(type)) for n, v in enumerate(values)]
    )
    source = SQL("(SELECT * FROM (VALUES {}) AS given (n, v, _scope))").format(rows)
    columns = (ColumnInfo("n", "number", "bigint"), ColumnInfo("v", kind, type))
    return Relation(source, columns, ("n",), physical=False)


def list_expected(values: Sequence[str | None]) -> set[CountedValue]:
    return {count_value(text, rows) for text, rows in Counter(values).items()}


def filter_of(entries: Sequence[CountedValue], keeps: bool) -> Mapping[str, Any]:
    """As the grid writes it."""
    return {
        "filterType": "values",
        "type": "in" if keeps else "notIn",
        "values": [one.value for one in entries if one.value is not None and not one.digest],
        "digests": [one.digest for one in entries if one.digest],
        "empty": any(one.value is None for one in entries),
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=TEXTS, chosen=st.sets(st.sampled_from(AWKWARD), max_size=6), keeps=st.booleans())
def test_values_are_counted_and_filtered_alike_in_tables_and_results(
    db: DatabaseService, values: list[str | None], chosen: set[str | None], keeps: bool
) -> None:
    relation, table = relate(values), pa.table({"n": range(len(values)), "v": pa.array(values, pa.string())})
    filled = sorted(text for text in values if text)
    found = column_values.count_values(db.rows, relation, "v", {}, "")
    of_result = of_results.count_values(table, "v", None, ordered=True)
    for one in (found, of_result):
        assert set(one.values) == list_expected(values)
        assert [entry.rows for entry in one.values] == sorted((e.rows for e in one.values), reverse=True)
        assert (one.rows, one.filled, one.distinct) == (len(values), len(filled), len(set(filled)))
        ends = (filled[0][:LONGEST_VALUE], filled[-1][:LONGEST_VALUE]) if filled else (None, None)
        assert (one.least, one.most) == ends
    # exactly the chosen values' rows: É is not é, and nothing is not the empty text
    model = {"v": filter_of([count_value(text, 0) for text in chosen], keeps)}
    expected = [n for n, text in enumerate(values) if (text in chosen) == keeps]
    block = db.rows.read_row_block(relation, 0, 100, [{"column": "n"}], model)
    assert [row["n"] for row in block["rows"]] == expected
    indices = results.find_matching_rows(table, [], model, "")
    assert indices.to_pylist() == expected
    # and what is counted under a filter are its rows
    again = column_values.count_values(db.rows, relation, "v", model, "")
    kept = [values[n] for n in expected]
    assert set(again.values) == list_expected(kept) and again.rows == len(kept)
    assert set(of_results.count_values(table, "v", indices, ordered=True).values) == list_expected(kept)


@pytest.mark.parametrize(
    ("kind", "type", "given_values", "texts", "ends"),
    [
        (
            "number",
            "numeric",
            ["1.50", "1.5", "10", "9", None],
            ["1.5", "1.5", "10", "9", None],
            ("1.5", "10"),
        ),
        ("number", "bigint", ["10", "9", "10"], ["10", "9", "10"], ("9", "10")),
        ("number", "double precision", ["0.1", "1e300"], ["0.1", "1e+300"], ("0.1", "1e+300")),
        ("boolean", "boolean", ["yes", "no", None], ["true", "false", None], (None, None)),
        (
            "time",
            "timestamp with time zone",
            ["2026-11-27T10:00:00+02:00", "2026-11-27T08:00:00Z"],
            ["2026-11-27 08:00:00", "2026-11-27 08:00:00"],
            ("2026-11-27 08:00:00", "2026-11-27 08:00:00"),
        ),
        (
            "json",
            "jsonb",
            ['{"b": 1, "a": "x\'"}', '{"a":"x\'","b":1}'],
            ['{"a": "x\'", "b": 1}'] * 2,
            (None, None),
        ),
    ],
)
def test_values_of_every_type_are_counted_and_can_be_chosen(
    db: DatabaseService,
    kind: str,
    type: str,
    given_values: list[str],
    texts: list[str],
    ends: tuple[str | None, str | None],
) -> None:
    relation = relate(given_values, kind, type)
    found = column_values.count_values(db.rows, relation, "v", {}, "")
    assert set(found.values) == list_expected(texts) and (found.least, found.most) == ends
    for entry in found.values:
        block = db.rows.read_row_block(relation, 0, 10, (), {"v": filter_of([entry], True)})
        assert block["total"] == entry.rows


@pytest.mark.parametrize(
    ("values", "texts", "ends"),
    [
        (pa.array([2**60, 2, None]), [str(2**60), "2", None], ("2", str(2**60))),
        (pa.array([0.5, 2.0]), ["0.5", "2"], ("0.5", "2")),
        (pa.array(["10", "9", None]), ["10", "9", None], ("9", "10")),
        (pa.array([True, None, True]), ["true", None, "true"], None),
        (pa.array([], pa.string()), [], (None, None)),
    ],
)
def test_values_of_a_result_of_every_type(
    values: pa.Array, texts: list[str | None], ends: tuple[str | None, str | None] | None
) -> None:
    table = pa.table({"v": values})
    found = of_results.count_values(table, "v", None, ordered=ends is not None)
    assert set(found.values) == list_expected(texts) and (found.least, found.most) == (ends or (None, None))
    for entry in found.values:
        model = {"v": filter_of([entry], True)}
        assert len(results.find_matching_rows(table, [], model, "")) == entry.rows


def test_a_column_of_very_many_values_is_told_by_its_first_rows(
    db: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand ids are never grouped: the first rows tell that they are too many."""
    statements: list[str] = []
    source = SQL(
        "(SELECT 'i-' || n AS v, n % {} AS few, '' AS _scope FROM generate_series(1, 100000) AS n)"
    ).format(Literal(MOST_VALUES))
    columns = (ColumnInfo("v", "text", "text"), ColumnInfo("few", "number", "integer"))
    relation = Relation(source, columns, physical=False)
    sa.event.listen(db.rows.engine, "before_cursor_execute", lambda *given_: statements.append(given_[2]))
    found = column_values.count_values(db.rows, relation, "v", {}, "")
    assert (found.rows, found.filled, found.values, found.distinct) == (100_000, 100_000, None, None)
    assert (found.least, found.most) == ("i-1", "i-99999")
    assert not any("GROUP BY" in statement for statement in statements)
    few = column_values.count_values(db.rows, relation, "few", {}, "")
    assert any("GROUP BY" in statement for statement in statements)
    assert few.distinct == MOST_VALUES and {one.rows for one in few.values} == {100}
    # what the first rows do not tell, the grouping does
    monkeypatch.setattr(column_values, "FIRST_ROWS", 10)
    assert column_values.count_values(db.rows, relation, "v", {}, "").values is None
    table = pa.table({"v": [f"i-{n}" for n in range(100_000)]})
    assert of_results.count_values(table, "v", None, ordered=True).values is None


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"type": "in", "values": ["x" * 10_000]}, "more than 200 characters"),
        ({"type": "in", "values": [f"v{n}" for n in range(MOST_VALUES + 1)]}, "more than 1,000 values"),
        ({"type": "about", "values": ["a"]}, "cannot be read"),
        ({"type": "in", "values": "abc"}, "cannot be read"),
        ({"type": "in", "values": [1]}, "cannot be read"),
        ({"type": "in", "digests": ["abc"]}, "a digest that is none"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_words(
    db: DatabaseService, model: dict[str, Any], said: str
) -> None:
    filters = {"v": {"filterType": "values", **model}}
    with pytest.raises(InvalidInput, match=said):
        db.rows.read_row_block(relate(["a"]), 0, 10, (), filters)
    with pytest.raises(InvalidInput, match=said):
        results.find_matching_rows(pa.table({"v": ["a"]}), [], filters, "")


def test_a_column_that_has_gone_is_said(db: DatabaseService) -> None:
    with pytest.raises(InvalidInput, match="no column 'gone'"):
        column_values.count_values(db.rows, relate(["a"]), "gone", {}, "")
    with pytest.raises(InvalidInput, match="no column 'gone'"):
        of_results.count_values(pa.table({"v": ["a"]}), "gone", None, ordered=True)
