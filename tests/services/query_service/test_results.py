"""What is read of a result: blocks, filters, searches, exports that no spreadsheet can run, and quick charts."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from services.query_service import charts, export, results

TABLE = pa.table(
    {
        "name": ["beta", "Alpha", None, "gamma", "=1+1"],
        "size": ["10", "9", "100", None, "-3"],
        "count": [5, 4, 3, 2, 1],
        "doc": ['{"a":1}', None, "[1,2]", '{"b":"x"}', "{}"],
    }
)
JSON = frozenset({"doc"})


def names(indices: pa.Array | None) -> list[str | None]:
    return [row["name"] for row in results.list_rows(TABLE, indices, 0, 10)]


def test_a_result_survives_the_file(tmp_path: Path) -> None:
    doubled = pa.table([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", "a_2"])
    results.write(doubled, tmp_path / "result.arrow")
    assert results.read(tmp_path / "result.arrow").column_names == ["a", "a_2", "a_2_2"]
    results.write(TABLE.slice(0, 0), tmp_path / "empty.arrow")
    assert results.read(tmp_path / "empty.arrow").num_rows == 0


def test_numbers_that_arrived_as_text_sort_as_numbers() -> None:
    order = results.find_matching_rows(TABLE, [{"column": "size", "descending": True}], {}, "")
    assert [row["size"] for row in results.list_rows(TABLE, order, 0, 10)] == ["100", "10", "9", "-3", None]
    order = results.find_matching_rows(TABLE, [{"column": "name"}], {}, "")
    assert names(order)[-1] is None


@pytest.mark.parametrize(
    ("column", "model", "found"),
    [
        ("name", {"filterType": "text", "type": "contains", "filter": "A"}, ["beta", "Alpha", "gamma"]),
        ("name", {"filterType": "text", "type": "equals", "filter": "alpha"}, ["Alpha"]),
        ("name", {"filterType": "text", "type": "notContains", "filter": "a"}, [None, "=1+1"]),
        ("name", {"filterType": "text", "type": "startsWith", "filter": "g"}, ["gamma"]),
        ("name", {"filterType": "text", "type": "endsWith", "filter": "TA"}, ["beta"]),
        ("name", {"filterType": "text", "type": "blank"}, [None]),
        (
            "name",
            {"filterType": "text", "type": "notEqual", "filter": "beta"},
            ["Alpha", None, "gamma", "=1+1"],
        ),
        ("count", {"filterType": "number", "type": "greaterThan", "filter": 3}, ["beta", "Alpha"]),
        ("count", {"filterType": "number", "type": "inRange", "filter": 2, "filterTo": 3}, [None, "gamma"]),
        ("size", {"filterType": "number", "type": "lessThan", "filter": 10}, ["Alpha", "=1+1"]),
        (
            "name",
            {
                "filterType": "text",
                "operator": "OR",
                "conditions": [{"type": "equals", "filter": "beta"}, {"type": "equals", "filter": "gamma"}],
            },
            ["beta", "gamma"],
        ),
    ],
)
def test_filters(column: str, model: dict[str, object], found: list[str | None]) -> None:
    assert names(results.find_matching_rows(TABLE, [], {column: model}, "")) == found


def test_search_looks_at_every_column_and_for_every_word() -> None:
    assert names(results.find_matching_rows(TABLE, [], {}, "ALPHA 9")) == ["Alpha"]
    assert names(results.find_matching_rows(TABLE, [], {}, "100%")) == []
    assert names(results.find_matching_rows(TABLE, [{"column": "count"}], {}, "a")) == [
        "gamma",
        "Alpha",
        "beta",
    ]


@pytest.mark.parametrize(
    ("sort", "filters"),
    [
        ([{"column": "nope"}], {}),
        ([], {"nope": {"type": "contains", "filter": "x"}}),
        ([], {"name": {"filterType": "number", "type": "equals", "filter": 1}}),
        ([], {"name": {"filterType": "text", "type": "drop table"}}),
        ([], {"name": "text"}),
    ],
)
def test_what_cannot_be_read_is_refused(sort: list[dict[str, str]], filters: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        results.find_matching_rows(TABLE, sort, filters, "")


def test_rows_for_the_assistant_are_one_markdown_table() -> None:
    table = pa.table({"a|b": ["x|y", "two\nlines", "long" * 100], "n": [1, None, 3]})
    lines = results.format_markdown(table, 2).splitlines()
    assert lines == ["| a\\|b | n |", "| --- | --- |", "| x\\|y | 1 |", "| two lines |  |"]


def written(format: str, table: pa.Table) -> bytes:
    return b"".join(export.join_pieces(export.check(table, format).write(table, JSON, lambda _done: None)))


def test_csv_holds_the_whole_result_and_nothing_that_runs() -> None:
    rows = list(csv.reader(io.StringIO(written("csv", TABLE).decode())))
    assert rows[0] == ["name", "size", "count", "doc"]
    assert rows[5] == ["'=1+1", "-3", "1", "{}"]
    assert len(rows) == 6


@example(["=1", "+1", "-1+1", "@x", "\t=1", "\r=1", "-1.5e3"])
@given(
    st.lists(
        st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=["Cs"]))),
        min_size=1,
        max_size=5,
    )
)
def test_no_text_can_run_in_a_spreadsheet(values: list[str | None]) -> None:
    table = pa.table({"=cmd": pa.array(values, pa.string()), "n": list(range(len(values)))})
    rows = list(csv.reader(io.StringIO(written("csv", table).decode(), newline="")))
    assert rows[0][0] == "'=cmd"
    for value, row in zip(values, rows[1:], strict=True):
        assert not re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?([eE][+-]?\d+)?$)", row[0])
        assert row[0].removeprefix("'") == (value or "").removeprefix("'")


def test_xlsx_holds_text_as_text() -> None:
    book = zipfile.ZipFile(io.BytesIO(written("xlsx", TABLE)))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet
    assert "=1+1" in sheet
    assert sheet.count("<row ") == 6


def test_json_cells_are_objects_again() -> None:
    rows = json.loads(written("json", TABLE))
    assert rows[0] == {"name": "beta", "size": "10", "count": 5, "doc": {"a": 1}}
    assert rows[1]["doc"] is None
    assert json.loads(written("json", TABLE.slice(0, 0))) == []


def test_a_format_that_is_unknown_or_too_small_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a format"):
        export.check(TABLE, "pdf")
    wide = pa.table({f"c{n}": [1] for n in range(export.XLSX_COLUMNS + 1)})
    with pytest.raises(InvalidInput, match="A sheet holds"):
        export.check(wide, "xlsx")


KINDS = {"name": "text", "day": "time", "n": "number", "doc": "json", "kind": "text"}


@pytest.mark.parametrize(
    ("columns", "kind", "x", "y"),
    [
        ({"day": ["2026-01-01", "2026-01-02"], "n": [3, 5]}, "line", "day", "n"),
        ({"name": ["a", "b", "c"], "n": [3, 5, 7]}, "bar", "name", "n"),
        ({"name": ["a", "a", "b"]}, "bar", "name", ""),
        ({"n": [3, 5, 7]}, "histogram", "n", ""),
    ],
)
def test_a_chart_is_suggested_by_the_columns(
    columns: dict[str, list[object]], kind: str, x: str, y: str
) -> None:
    choice = charts.draw(pa.table(columns), KINDS).choice
    assert choice is not None
    assert (choice.kind, choice.x, choice.y) == (kind, x, y)


def test_a_list_of_resources_is_counted_by_its_type_not_by_a_flag() -> None:
    table = pa.table(
        {
            "name": [f"i-{n}" for n in range(100)],
            "encrypted": [n % 2 for n in range(100)],
            "instance_type": [f"t{n % 3}" for n in range(100)],
            "account_id": [n * 7 for n in range(100)],
            "a": ["x"] * 100,
            "b": ["y"] * 100,
        }
    )
    kinds = {name: "number" if name in ("encrypted", "account_id") else "text" for name in table.column_names}
    chart = charts.draw(table, kinds)
    assert chart.choice == charts.Choice("bar", "instance_type")
    assert chart.series["rows"] == (["t0", "t1", "t2"], [34, 33, 33])


def test_bars_and_groups_that_are_too_many_are_cut_with_a_note() -> None:
    table = pa.table(
        {
            "name": [f"n{n:03d}" for n in range(200)],
            "n": list(range(200)),
            "kind": [f"k{n % 30}" for n in range(200)],
        }
    )
    chart = charts.draw(table, KINDS, charts.Choice("bar", "name", "n", "sum"))
    assert chart.series["n"][0][0] == "n199"
    assert chart.note == "The largest 40 of 200."
    grouped = charts.draw(table, KINDS, charts.Choice("bar", "kind", "n", "mean", group="kind"))
    assert len(grouped.series) == charts.MOST_SERIES


def test_a_filter_leaves_the_rows_that_have_the_words() -> None:
    table = pa.table({"name": ["web", "web", "db"], "n": [1, 2, 4]})
    found = charts.draw(table, KINDS, charts.Choice("bar", "name", "n", "sum", filter="WEB"))
    assert found.series == {"n": (["web"], [3.0])}
    none = charts.draw(table, KINDS, charts.Choice("bar", "name", filter="nope"))
    assert not none.series and none.note == "No row has these words."


@pytest.mark.parametrize(
    ("values", "kind", "bins"),
    [
        ([1, 2, 2, 40], "number", 21),
        ([5, 5, 5], "number", 1),
        ([-1.5, 0.5, float("nan"), None], "number", 21),
        (["2026-01-01T10:00:00", "2026-01-01T11:00:00", "2026-01-03"], "time", 2),
        (["b", "a", "b"], "text", 2),
    ],
)
def test_a_histogram_counts_every_value_once(values: list[object], kind: str, bins: int) -> None:
    found = charts.draw(pa.table({"n": values}), {"n": kind}, charts.Choice("histogram", "n"))
    names, counts = found.series["rows"]
    known = [value for value in values if value is not None and str(value) != "nan"]
    assert sum(counts) == len(known) and len(names) == len(counts) == bins
    # times go from left to right
    assert kind != "time" or names == sorted(names)


def test_nothing_to_draw_and_wrong_choices_say_so() -> None:
    assert charts.draw(pa.table({"doc": ["{}"]}), KINDS).choice is None
    assert charts.draw(pa.table({"n": pa.array([], pa.int64())}), KINDS).choice is None
    table = pa.table({"name": ["a"], "n": [1]})
    for choice in (
        charts.Choice("pie", "name"),
        charts.Choice("bar", "gone"),
        charts.Choice("bar", "name", "name", "sum"),
    ):
        with pytest.raises(InvalidInput):
            charts.draw(table, KINDS, choice)
