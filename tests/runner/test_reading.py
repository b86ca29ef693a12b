"""A printed cell is read as what its column is declared to be: by itself, exactly, and kept where it is none."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner import json_text, reading
from inventory_runner.json_text import NotJson

NUMBERS = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["0.50", "1.10", "1e400", "1e-400", "-0", "9223372036854775807", "9223372036854775808", "1.0"]
    ),
)
ODD = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "N/A",
            "none",
            "007",
            "1_000",
            "1,5",
            "+1",
            ".5",
            "5.",
            "nan",
            "Infinity",
            "0x1",
            "٣",
            "\x1f",
            "\u3000",
            "\xa0",
            "\x1f5",
            "5\u3000",
            "\x1ftrue",
            "\x1f{}",
            "\u2028[]",
        ]
    ),
    st.text(max_size=6),
)
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
BLANKS = " \t\n\r\f"
CELLS = st.lists(st.one_of(st.none(), NUMBERS, ODD), max_size=12)


def column(texts: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


def read(texts: list[str | None], kind: str) -> tuple[list[Any], dict[int, str]]:
    cells = reading.read_cells(column(texts), kind)
    return cells.values.to_pylist(), dict(cells.unread)


@pytest.mark.parametrize("kind", [reading.INTEGER, reading.NUMBER, reading.EXACT])
@given(texts=CELLS)
def test_every_number_is_the_number_printed_and_the_rest_is_kept(kind: str, texts: list[str | None]) -> None:
    values, unread = read(texts, kind)
    for row, text in enumerate(texts):
        if text is None or not text.strip(BLANKS):
            assert values[row] is None and row not in unread
        elif (
            JSON_NUMBER.fullmatch(text.strip(BLANKS)) and abs(Decimal(text.strip(BLANKS)).adjusted()) < 16_000
        ):
            assert Decimal(str(values[row])) == Decimal(text.strip(BLANKS)), text
        else:
            assert values[row] is None and unread[row] == text


@pytest.mark.parametrize("kind", [reading.INTEGER, reading.NUMBER, reading.BOOLEAN, reading.JSON])
@given(texts=CELLS, other=CELLS)
def test_what_stands_beside_a_cell_makes_no_difference(
    kind: str, texts: list[str | None], other: list[str | None]
) -> None:
    """Of a cell's number, its nullness and its being kept; the column's width follows the widest."""
    alone = [read([text], kind) for text in texts]
    values, unread = read([*other, *texts], kind)
    for place, (single, kept) in enumerate(alone, len(other)):
        assert unread.get(place) == kept.get(0)
        beside, by_itself = values[place], single[0]
        if kind in (reading.INTEGER, reading.NUMBER) and by_itself is not None:
            beside, by_itself = Decimal(str(beside)), Decimal(str(by_itself))
        assert beside == by_itself


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("False", False), ("1", True), ("0", False), ("", None), ("yes", "kept")],
)
def test_booleans(text: str, value: object) -> None:
    values, unread = read([text, "true"], reading.BOOLEAN)
    assert values == [None if value == "kept" else value, True]
    assert unread == ({0: text} if value == "kept" else {})


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def write(value: Any) -> str:
    """JSON by hand, so that every digit is in it."""
    if isinstance(value, Decimal):
        return f"{value:e}" if "E" in str(value) else f"{value:f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {write(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value)


def exactly(text: str) -> Any:
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


@given(
    st.one_of(
        st.lists(JSON_VALUES, max_size=4), st.dictionaries(st.text(max_size=4), JSON_VALUES, max_size=4)
    )
)
def test_json_keeps_every_digit_and_equal_values_are_equal_texts(value: Any) -> None:
    text = write(value)
    ((found,), unread) = read([text], reading.JSON)
    assert exactly(found) == exactly(text) and not unread
    assert read([found], reading.JSON) == ([found], {})


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "5",
        '"x"',
        "{",
        '{"a":NaN}',
        '{"a":1e999999999}',
        '{"a":1e-99999}',
        "[" * 400 + "]" * 400,
        "[" * 90_000,
    ],
)
def test_a_cell_that_is_no_json_fails_nobody_but_itself(text: str) -> None:
    values, unread = read(['{"a":1}', text, "[]"], reading.JSON)
    assert (values, unread) == (['{"a":1}', None, "[]"], {1: text})


def test_halves_of_surrogate_pairs_are_taken_out_and_counted() -> None:
    cells = reading.read_cells(column(['{"t":"cut \\ud83d","n":0.1234567890123456789}', "[]"]), reading.JSON)
    assert cells.values.to_pylist() == ['{"n":0.1234567890123456789,"t":"cut "}', "[]"]
    assert (cells.mended, cells.unread) == (1, {})


@given(
    st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_a_quick_parser_is_trusted_only_where_it_keeps_the_number(number: Decimal | float) -> None:
    text = write(number) if isinstance(number, Decimal) else repr(number)
    if not json_text.loses_digits(f'{{"a":{text}}}'.encode()):
        try:
            read = orjson.loads(text)
        except orjson.JSONDecodeError:
            return  # beyond a double, which it says
        assert Decimal(repr(read)) == Decimal(text) or Decimal(text).adjusted() < -300


@pytest.mark.parametrize(
    ("text", "loses"),
    [
        (b"0.14285714285714285", False),
        (b"0.142857142857142851", True),
        (b"18446744073709551615", False),
        (b"18446744073709551616", True),
        (b"1.2345678901234567e-05", True),
        (b'"10.0.0.1/255.255.255.0"', False),
        (b'"2026/01/02/03/04/05/06"', False),
        (b"", False),
    ],
)
def test_long_numbers_are_looked_at(text: bytes, loses: bool) -> None:
    assert json_text.loses_digits(b'{"a":' + text + b"}") is loses


def test_an_invalid_text_is_told() -> None:
    with pytest.raises(NotJson):
        json_text.loads("{")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["N/A"], '1 value of size is no number ("N/A"): it is NULL, and kept in _unread.'),
        (
            ["N/A", "-", "N/A"],
            '3 values of size are no number ("N/A", "-"): they are NULL, and kept in _unread.',
        ),
    ],
)
def test_what_is_kept_is_said(texts: list[str], said: str) -> None:
    assert reading.describe_unread("size", reading.NUMBER, texts) == said
