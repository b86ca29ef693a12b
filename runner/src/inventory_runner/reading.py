"""Reading printed cells as what their column is declared to be: one rule for every cell, whatever stands beside it.

| declared | a cell is | anything else |
|---|---|---|
| integer | a whole number of 64 bits; a wider or a broken one makes the column numeric | unread |
| number | a number; one that no float holds makes the column numeric | unread |
| boolean | `true`, `false`, `1`, `0` | unread |
| json | an object or an array | unread |

An empty text is a missing value in every one of them. What is unread is NULL in its column, and its text is kept apart
(`Cells.unread`), so that one odd cell never changes how the others are stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner import json_text
from inventory_runner.contract import UNREAD
from inventory_runner.json_text import Digits, NotJson

INTEGER, NUMBER, BOOLEAN, JSON = "integer", "number", "boolean", "json"
# a column of numbers that neither int64 nor a double holds: their digits, as text
EXACT = "exact number"
LONGEST_SHOWN, MOST_SHOWN = 40, 3
_NO = {
    INTEGER: "no whole number",
    NUMBER: "no number",
    EXACT: "no number",
    BOOLEAN: "neither true nor false",
    JSON: "neither a JSON object nor an array",
}

# what RE2 calls \s: everything else that Python would strip (a unit separator, a wide space) belongs to the cell
_BLANKS = " \t\n\f\r"
_SHORT_INTEGER = r"^-?(?:0|[1-9][0-9]{0,17})$"
# fifteen digits survive in a double whatever they are
_SHORT_NUMBER = r"^-?(?:0|[1-9][0-9]{0,7})(?:\.[0-9]{1,7})?$"
# as JSON has it: 007 is no number, but a number's text that would lose something
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_TRUE, _FALSE = ("true", "1"), ("false", "0")


@dataclass(frozen=True)
class Cells:
    """kind: what the values are (INTEGER, NUMBER, EXACT, BOOLEAN or JSON); values: in Arrow's type for it.

    unread: row → the text that is not of the kind. mended: cells that halves of surrogate pairs were taken out of.
    """

    kind: str
    values: pa.ChunkedArray
    unread: Mapping[int, str] = field(default_factory=dict)
    mended: int = 0


def read_cells(column: pa.ChunkedArray, kind: str) -> Cells:
    """Printed texts as values of a declared kind."""
    empty = pc.match_substring_regex(column, r"^\s*$")
    if pc.any(empty).as_py():
        column = pc.if_else(empty, pa.scalar(None, pa.string()), column)
    return _READERS[kind](column)


def describe_unread(column: str, kind: str, texts: Sequence[str]) -> str:
    """The warning: `3 values of size are no number ("N/A", "-"): they are NULL, and kept in _unread.`

    kind: a declared type, or a Postgres type by its name.
    """
    shown = ", ".join(f'"{text[:LONGEST_SHOWN]}"' for text in list(dict.fromkeys(texts))[:MOST_SHOWN])
    values = f"{len(texts):,} value{'s' if len(texts) > 1 else ''} of {column}"
    are, they = ("are", "they are") if len(texts) > 1 else ("is", "it is")
    return f"{values} {are} {_NO.get(kind, f'no {kind}')} ({shown}): {they} NULL, and kept in {UNREAD}."


def _read_integers(column: pa.ChunkedArray) -> Cells:
    if pc.all(pc.match_substring_regex(column, _SHORT_INTEGER)).as_py() is not False:
        return Cells(INTEGER, pc.cast(column, pa.int64()))
    return _read_one_by_one(column, pa.int64(), _SHORT_INTEGER, _hold_whole)


def _read_numbers(column: pa.ChunkedArray) -> Cells:
    if pc.all(pc.match_substring_regex(column, _SHORT_NUMBER)).as_py() is not False:
        return Cells(NUMBER, pc.cast(column, pa.float64()))
    return _read_one_by_one(column, pa.float64(), _SHORT_NUMBER, _hold_float)


def _read_one_by_one(
    column: pa.ChunkedArray,
    wanted: pa.DataType,
    short: str,
    convert: Callable[[float | int | Digits], float | int | None],
) -> Cells:
    """Numbers of which some are long or none at all. convert: None where the wanted type would not hold it."""
    plain = pc.match_substring_regex(column, short)
    rest = pc.and_(pc.is_valid(column), pc.invert(plain))
    rows = pc.indices_nonzero(rest).to_pylist()
    texts = column.take(pa.array(rows, pa.int64())).to_pylist()
    unread: dict[int, str] = {}
    exact: dict[int, str] = {}
    held: dict[int, float | int] = {}
    for row, text in zip(rows, texts, strict=True):
        try:
            value = _parse_number(text)
        except NotJson:
            unread[row] = text
            continue
        exact[row] = text.strip(_BLANKS)
        fits = convert(value)
        if fits is not None:
            held[row] = fits
    short_texts = pc.if_else(plain, column, pa.scalar(None, pa.string()))
    if len(held) == len(exact):
        return Cells(
            NUMBER if wanted == pa.float64() else INTEGER, _place(pc.cast(short_texts, wanted), held), unread
        )
    return Cells(EXACT, _place(short_texts, exact), unread)


def _place(column: pa.ChunkedArray, values: Mapping[int, float | int | str]) -> pa.ChunkedArray:
    """The column with these rows' values in the place of nulls."""
    if not values:
        return column
    mask = [False] * len(column)
    for row in values:
        mask[row] = True
    replaced = pc.replace_with_mask(
        column.combine_chunks(),
        pa.array(mask),
        pa.array([values[row] for row in sorted(values)], column.type),
    )
    return pa.chunked_array([replaced])


def _parse_number(text: str) -> float | int | Digits:
    if not _NUMBER.fullmatch(text.strip(_BLANKS)):
        raise NotJson(text[:40])
    return json_text.parse_number(text.strip(_BLANKS))


def _hold_whole(value: float | int | Digits) -> int | None:
    """The integer of 64 bits that it is, None where it is none."""
    exact = Decimal(value) if isinstance(value, Digits) else Decimal(repr(value))
    if abs(exact) >= 2**64 or exact != exact.to_integral_value() or not -(2**63) <= exact < 2**63:
        return None
    return int(exact)


def _hold_float(value: float | int | Digits) -> float | None:
    """The double that it is, None where a double is only near it."""
    if isinstance(value, Digits) or Decimal(repr(near := float(value))) != Decimal(repr(value)):
        return None
    return near


def _read_booleans(column: pa.ChunkedArray) -> Cells:
    lower = pc.utf8_lower(pc.utf8_trim(column, _BLANKS))
    true, false = (pc.is_in(lower, pa.array(words)) for words in (_TRUE, _FALSE))
    known = pc.or_(true, false)
    values = pc.if_else(known, true, pa.scalar(None, pa.bool_()))
    return Cells(BOOLEAN, values, _take_texts(column, pc.invert(known)))


def _read_json(column: pa.ChunkedArray) -> Cells:
    long = pc.match_substring_regex(column, json_text.LONG_NUMBER).to_pylist()
    texts: list[str | None] = []
    unread: dict[int, str] = {}
    mended = 0
    for row, text in enumerate(column.to_pylist()):
        value: str | None = None
        if text is not None and not text.lstrip(_BLANKS).startswith(("{", "[")):
            unread[row] = text
        elif text is not None and (long[row] or (value := json_text.format_short(text)) is None):
            try:
                value, mending = json_text.format_canonical(text)
                mended += mending
            except NotJson:
                unread[row] = text
        texts.append(value)
    return Cells(JSON, pa.chunked_array([pa.array(texts, pa.string())]), unread, mended)


def _take_texts(column: pa.ChunkedArray, mask: pa.ChunkedArray) -> dict[int, str]:
    rows = pc.indices_nonzero(pc.and_(pc.is_valid(column), mask))
    return dict(zip(rows.to_pylist(), column.take(rows).to_pylist(), strict=True))


_READERS: dict[str, Callable[[pa.ChunkedArray], Cells]] = {
    INTEGER: _read_integers,
    NUMBER: _read_numbers,
    EXACT: _read_numbers,
    BOOLEAN: _read_booleans,
    JSON: _read_json,
}
