"""A JSON answer is read piece by piece, and nothing is lost, doubled or cut."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.engines import pieces
from inventory_runner.json_text import Digits, NotJson

# names and texts that look like the end of a row or its first name
TEXTS = st.one_of(st.text(max_size=5), st.sampled_from(['},{"a":', '"', "\\", '\\"},{"a":1}', "[{", "é"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 2**40), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("ab}"), inner, max_size=3)
    ),
    max_leaves=12,
)
ROWS = st.lists(st.dictionaries(st.one_of(st.sampled_from("ab"), TEXTS), VALUES, max_size=4), max_size=30)


@given(rows=ROWS, block=st.integers(1, 60))
def test_any_rows_are_read_whole(rows: list[dict[str, Any]], block: int) -> None:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "BLOCK_BYTES", block)
        assert [row for piece in pieces.parse_values(io.BytesIO(text)) for row in piece.value] == rows


@pytest.mark.parametrize(
    "rows", [[{"a": n, "b": "x" * 30} for n in range(50)], [{"b": [{"a": 1}] * 9, "a": 2}] * 50]
)
def test_it_is_read_in_pieces(rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK_BYTES", 200)
    text = json.dumps(rows, separators=(",", ":")).encode()
    sizes = [len(piece.value) for piece in pieces.parse_values(io.BytesIO(text))]
    assert len(sizes) > 5
    assert sum(sizes) == len(rows)


@pytest.mark.parametrize("cut", [1, 30, 999, 1500, 2000])
def test_an_answer_that_was_cut_off_is_not_taken_for_a_whole_one(
    cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "BLOCK_BYTES", 200)
    text = json.dumps([{"a": n, "b": "x" * 30} for n in range(50)], separators=(",", ":")).encode()
    assert len(text) > cut
    with pytest.raises(NotJson):
        list(pieces.parse_values(io.BytesIO(text[:-cut])))


@pytest.mark.parametrize("text", [b"", b" \n"])
def test_no_text_is_no_answer(text: bytes) -> None:
    with pytest.raises(EOFError):
        list(pieces.parse_values(io.BytesIO(text)))


@pytest.mark.parametrize("text", [b"null", b"[]", b' [ {"a": 1} , {"a": 2} ]\n', b'[{"a":1}]'])
def test_other_json_is_read_whole(text: bytes) -> None:
    assert [piece.value for piece in pieces.parse_values(io.BytesIO(text))] == [json.loads(text)]


@given(
    st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1, max_size=20), st.integers(1, 60)
)
def test_printed_numbers_keep_their_digits(numbers: list[Decimal], block: int) -> None:
    """Each value is the number printed, whether it came as an int, a float or as its digits."""
    text = "[" + ",".join(f'{{"a":{_print(number)}}}' for number in numbers) + "]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "BLOCK_BYTES", block)
        found = list(pieces.parse_values(io.BytesIO(text.encode())))
    read = [row["a"] for piece in found for row in piece.value]
    assert [Decimal(str(value)) for value in read] == numbers
    assert any(piece.digits for piece in found) == any(isinstance(value, Digits) for value in read)


def _print(number: Decimal) -> str:
    """As JSON spells it."""
    return f"{number:e}" if "E" in str(number) else f"{number:f}"


@pytest.mark.parametrize(
    ("text", "value", "mended"),
    [
        ('[{"a":"cut \\ud83d"}]', [{"a": "cut "}], True),
        ('[{"a":"\\ud83d\\ude00"}]', [{"a": "\N{GRINNING FACE}"}], False),
        ('[{"a":{"\\udc00b":["\\ud800"]}}]', [{"a": {"b": [""]}}], True),
    ],
)
def test_halves_of_surrogate_pairs_are_taken_out_and_told(text: str, value: object, mended: bool) -> None:
    (piece,) = pieces.parse_values(io.BytesIO(text.encode()))
    assert (piece.value, piece.mended) == (value, mended)
