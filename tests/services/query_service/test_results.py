"""What is read of a result: blocks, filters, searches, exports that no spreadsheet can run, and quick charts."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory_runner.contract import exact_number_field
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


@given(data=st.data(), sizes=st.lists(st.integers(0, 5), max_size=5))
def test_rows_are_taken_in_their_order_from_whatever_batches(data: st.DataObject, sizes: list[int]) -> None:
    total = sum(sizes)
    table = pa.table({"n": pa.array(range(total), pa.int64()), "text": [f"row {n}" for n in range(total)]})
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    parts = [table.slice(start, size) for start, size in zip(starts, sizes, strict=True)]
    chunked = pa.concat_tables(parts) if parts else table
    wanted = data.draw(st.lists(st.integers(0, total - 1), max_size=12)) if total else []
    taken = results.take_rows(chunked, pa.array(wanted, pa.uint32()))
    assert taken.to_pylist() == [{"n": n, "text": f"row {n}"} for n in wanted]
    assert taken.schema == table.schema


def test_a_chart_of_no_words_is_of_all_rows() -> None:
    kinds = {"name": "text", "size": "text", "count": "number", "doc": "json"}
    assert charts.draw(TABLE, kinds, charts.Choice("bar", "name", filter="  ")).series


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


CELLS = st.one_of(
    st.none(),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ["", "@", "-all", "+49 30 1", "-- no comment", "-1", "\t=1", "a,b", 'a"b', "a\r", "\n", " x "]
    ),
)


@example(["@", "-all", "+49 30 1", "-- no comment", "-1", "\tx", "", None])
@given(st.lists(CELLS, min_size=1, max_size=6))
def test_the_csv_for_programs_is_equal_cell_by_cell(values: list[str | None]) -> None:
    table = pa.table({"=cmd": pa.array(values, pa.string()), "@n": list(range(len(values)))})
    text = written("csv-exact", table).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["=cmd", "@n"], *([value or "", str(n)] for n, value in enumerate(values))]


def test_an_empty_cell_is_null_and_an_empty_text_is_not() -> None:
    table = pa.table({"t": pa.array([None, "", "x"]), "n": [1, 2, 3]})
    assert written("csv-exact", table) == b't,n\n,1\n"",2\nx,3\n'


def test_a_negative_number_is_itself_in_both() -> None:
    table = pa.table({"n": ["-1", "-1.5e3"]})
    assert written("csv", table) == written("csv-exact", table) == b"n\n-1\n-1.5e3\n"


@pytest.mark.parametrize("table", [TABLE.slice(0, 0), pa.table({})])
def test_an_empty_answer_is_a_file_in_every_format(table: pa.Table) -> None:
    for format in ("csv", "csv-exact"):
        rows = list(csv.reader(io.StringIO(written(format, table).decode())))
        assert rows == ([table.column_names] if table.column_names else [])
    assert json.loads(written("json", table)) == []
    book = zipfile.ZipFile(io.BytesIO(written("xlsx", table)))
    assert book.testzip() is None
    assert ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).tag.endswith("worksheet")


def read_sheet(file: bytes, number: int) -> list[list[str]]:
    """The cells of a sheet as texts, by the format itself."""
    namespace = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(file)).read(f"xl/worksheets/sheet{number}.xml"))
    return [
        ["".join(cell.itertext()) for cell in row.iter(f"{namespace}c")]
        for row in root.iter(f"{namespace}row")
    ]


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_excel_says_which_cells_it_cut(letter: str) -> None:
    long, wide = letter * 40_000, "h" * 40_000
    table = pa.table({"id": ["a", "b"], "words": ["short", long], wide: ["1", "2"]})
    file = written("xlsx", table)
    sheet, listed = read_sheet(file, 1), read_sheet(file, 2)
    for cell in (sheet[2][1], sheet[0][2]):
        assert len(cell.encode("utf-16-le")) // 2 <= export.XLSX_CELL
        assert cell.endswith("[cut: 40,000 characters; Excel holds 32,767 in a cell]")
    assert long.startswith(sheet[2][1].partition("…")[0]) and sheet[1][1] == "short"
    assert listed[0] == ["2 cells do not fit: Excel holds 32,767 characters in a cell."]
    assert "CSV and JSON hold every value whole." in listed[1][0]
    assert [row for row in listed if row[0] == "words"] == [["words", "3", "40000"]]
    assert 'activeTab="1"' in zipfile.ZipFile(io.BytesIO(file)).read("xl/workbook.xml").decode()
    words = export.describe_cut(table)
    assert "2 cells of words (1), hhh" in words and "CSV and JSON" in words
    assert json.loads(written("json", table))[1]["words"] == long


def test_cells_that_fit_are_not_cut() -> None:
    table = pa.table({"words": ["x" * export.XLSX_CELL, "\U0001f600" * (export.XLSX_CELL // 2), None]})
    file = written("xlsx", table)
    assert [row[0] for row in read_sheet(file, 1)[1:]] == table["words"].to_pylist()[:2]
    assert export.describe_cut(table) == ""
    assert len([name for name in zipfile.ZipFile(io.BytesIO(file)).namelist() if "sheets/sheet" in name]) == 1


WIDE = ["18446744073709551617", "18446744073709551616", "-3", "0.12345678901234567891", None, "5"]
EXACT = pa.table(
    [pa.array(WIDE, pa.string()), pa.array(range(6))],
    schema=pa.schema([exact_number_field("n"), pa.field("row", pa.int64())]),
)


def test_numbers_beyond_a_double_are_numbers(tmp_path: Path) -> None:
    results.write(EXACT, tmp_path / "result.arrow")
    table = results.read(tmp_path / "result.arrow")
    assert results.list_kinds(table, frozenset())[0] == {"name": "n", "kind": "number"}

    def find(model: dict[str, object], descending: bool = False) -> list[str | None]:
        sort = [{"column": "n", "descending": descending}]
        order = results.find_matching_rows(
            table, sort, {"n": {"filterType": "number", **model}} if model else {}, ""
        )
        return [row["n"] for row in results.list_rows(table, order, 0, 9)]

    assert find({}, descending=True) == [*WIDE[:2], "5", WIDE[3], "-3", None]
    # a browser's number is a double
    assert find({"type": "equals", "filter": 18446744073709552000}) == [WIDE[1], WIDE[0]]
    assert find({"type": "equals", "filter": 0.12345678901234568}) == [WIDE[3]]
    assert find({"type": "greaterThan", "filter": 4}) == ["5", WIDE[1], WIDE[0]]
    assert find({"type": "inRange", "filter": -3, "filterTo": 1}) == ["-3", WIDE[3]]
    assert find({"type": "notBlank"}) == ["-3", WIDE[3], "5", WIDE[1], WIDE[0]]
    rows = json.loads(written("json", table), parse_int=Decimal, parse_float=Decimal)
    assert [row["n"] for row in rows] == [None if text is None else Decimal(text) for text in WIDE]
    assert written("csv-exact", table).decode().split("\n")[1] == f"{WIDE[0]},0"
    sheet = [row[0] for row in read_sheet(written("xlsx", table), 1)]
    assert sheet == ["n", *WIDE[:4], "4", "5"]


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


def test_a_chart_of_long_or_many_values_is_small_and_keeps_them_apart() -> None:
    texts = [f"{'x' * 5_000}{n}" for n in range(50)]
    kinds = {"name": "text", "n": "number"}
    table = pa.table({"name": texts, "n": list(range(50))})
    for kind in ("bar", "histogram"):
        chart = charts.draw(table, kinds, charts.Choice(kind, "name"))
        ((labels, counts),) = chart.series.values()
        assert len(set(labels)) == len(labels) == charts.MOST_BARS
        assert set(counts) == {1}
        assert max(map(len, labels)) < charts.LONGEST_LABEL + 10
    many = pa.table({"name": list(range(20_000)), "n": list(range(20_000))})
    chart = charts.draw(many, {"name": "number", "n": "number"}, charts.Choice("line", "name", "n", "sum"))
    ((steps, values),) = chart.series.values()
    assert steps == values == list(range(charts.MOST_POINTS))
    assert "of 20,000 values" in chart.note
