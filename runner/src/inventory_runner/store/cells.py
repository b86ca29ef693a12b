"""One Arrow column made fit for Postgres: its type there, and values that COPY can write without loss.

| Arrow | Postgres |
|---|---|
| all null, of text or of no type | None: text in a new table, anything in an existing one |
| booleans, integers, floats | boolean, bigint (numeric beyond 2^63), double precision |
| decimals | numeric |
| strings | text; jsonb where the engine says that they are JSON |
| lists, structs, maps | jsonb, canonical |
| timestamps | timestamptz in UTC, timestamp where naive; text where Postgres's or Python's range is left |
| dates, times | date, time |
| durations, intervals, unions | text |
| bytes | text, hexadecimal |

NUL characters and lone surrogates are removed, which `Cleaned.stripped` says.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from inventory_runner import json_text
from inventory_runner.json_text import NotJson

BOOLEAN, BIGINT, DOUBLE, NUMERIC, TEXT, JSONB = (
    "boolean",
    "bigint",
    "double precision",
    "numeric",
    "text",
    "jsonb",
)
DATE, TIME = "date", "time without time zone"
TIMESTAMP, TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"

EXACT_DOUBLE = 2**53
# what jsonb refuses, written as an escape: NUL, and halves of surrogate pairs
ESCAPED = r"\\u(0000|[dD][89a-fA-F])"
SURROGATES = re.compile("[\ud800-\udfff\0]")


@dataclass(frozen=True)
class Cleaned:
    """kind: the Postgres type, None where every value is null and none declared. stripped: characters were removed."""

    kind: str | None
    values: pa.ChunkedArray
    stripped: bool = False


def clean(column: pa.ChunkedArray, is_json: bool = False, *, exact: bool = False) -> Cleaned:
    """The column's Postgres type and its values in the Arrow type that is written for it.

    exact: texts that are numbers, as `contract.holds_exact_numbers` says.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = column.type
    if pt.is_dictionary(kind):
        return clean(pc.cast(column, kind.value_type), is_json)
    if column.null_count == len(column):
        # of a declared type also where no value is there: what comes later must find it
        return Cleaned(
            JSONB if is_json else NUMERIC if exact else _DECLARED.get(kind),
            pa.chunked_array([pa.nulls(len(column), pa.string())]),
        )
    if exact:
        return Cleaned(NUMERIC, column)
    for applies, make in _MAKERS:
        if applies(kind):
            return make(column)
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind):
        return _clean_strings(column, is_json)
    return _convert_cells(
        column, lambda value: value if isinstance(value, str) else format_canonical(value), TEXT
    )


def convert_to_text(column: Cleaned) -> pa.ChunkedArray:
    """The values as text from which every other type can be read again."""
    if column.kind == TIMESTAMPTZ:
        return _convert_cells(column.values, lambda value: value.isoformat(), TEXT).values
    if pt.is_string(column.values.type):
        return column.values
    return pc.cast(column.values, pa.string())


def convert_to_utc(column: Cleaned) -> pa.ChunkedArray:
    """Timestamps with a zone; naive ones are taken as UTC."""
    if column.kind == TIMESTAMP:
        return pc.assume_timezone(column.values, "UTC")
    return column.values


def is_exact_as_double(values: pa.ChunkedArray) -> bool:
    """True where every integer is one that a double precision value can hold."""
    extremes = pc.min_max(values).as_py()
    low, high = extremes["min"], extremes["max"]
    return low is None or (low >= -EXACT_DOUBLE and high <= EXACT_DOUBLE)


def format_canonical(value: Any) -> str:
    """One spelling for equal values: keys sorted, no spaces, nothing that jsonb refuses."""
    return json.dumps(_simplify_value(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def strip(text: str) -> str:
    """The text without NUL characters and lone surrogates."""
    return SURROGATES.sub("", text)


def _simplify_value(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return strip(value)
        case Mapping():
            return {strip(str(name)): _simplify_value(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_simplify_value(item) for item in value]
        case bytes():
            return value.hex()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else str(value)
        case _:
            return strip(str(value))


def _convert_cells(column: pa.ChunkedArray, convert: Callable[[Any], str], kind: str) -> Cleaned:
    """Cell by cell in Python, for the rare types."""
    texts: list[str | None] = []
    stripped = False
    for value in column.to_pylist():
        if value is None:
            texts.append(None)
            continue
        text = convert(value)
        plain = strip(text)
        stripped = stripped or len(plain) != len(text)
        texts.append(plain)
    return Cleaned(kind, pa.chunked_array([pa.array(texts, pa.string())]), stripped)


def _clean_strings(column: pa.ChunkedArray, is_json: bool) -> Cleaned:
    values = column if pt.is_string(column.type) else _cast_to_string(column)
    stripped = False
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        # bytes that are not UTF-8: only an unchecked producer can have put them there
        texts = [
            None if raw is None else raw.decode("utf-8", "ignore")
            for raw in values.cast(pa.binary()).to_pylist()
        ]
        values, stripped = pa.chunked_array([pa.array(texts, pa.string())]), True
    if pc.any(pc.match_substring(values, "\0")).as_py():
        values, stripped = pc.replace_substring(values, "\0", ""), True
    if not is_json:
        return Cleaned(TEXT, values, stripped)
    suspicious = pc.match_substring_regex(values, ESCAPED)
    if pc.any(suspicious).as_py():
        before = values
        values = _convert_cells(values, _clean_json, JSONB).values
        stripped = stripped or not before.equals(values)
    return Cleaned(JSONB, values, stripped)


def _cast_to_string(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowInvalid:  # more than 2 GB in one chunk
        return pa.chunked_array(
            [
                pc.cast(chunk.slice(start, 10_000), pa.string())
                for chunk in column.chunks
                for start in range(0, len(chunk), 10_000)
            ]
        )


def _clean_json(text: str) -> str:
    if not re.search(ESCAPED, text):
        return text
    try:
        return json_text.dumps(json_text.change_texts(json_text.loads(text), strip))
    except NotJson:
        return text


def _clean_booleans(column: pa.ChunkedArray) -> Cleaned:
    return Cleaned(BOOLEAN, column)


def _clean_integers(column: pa.ChunkedArray) -> Cleaned:
    if pt.is_uint64(column.type) and pc.max(column).as_py() >= 2**63:
        return Cleaned(NUMERIC, pc.cast(column, pa.string()))
    return Cleaned(BIGINT, pc.cast(column, pa.int64()))


def _clean_floats(column: pa.ChunkedArray) -> Cleaned:
    return Cleaned(DOUBLE, pc.cast(column, pa.float64()))


def _clean_decimals(column: pa.ChunkedArray) -> Cleaned:
    return Cleaned(NUMERIC, pc.cast(column, pa.string()))


def _clean_bytes(column: pa.ChunkedArray) -> Cleaned:
    return _convert_cells(column, lambda value: value.hex(), TEXT)


def _clean_nested(column: pa.ChunkedArray) -> Cleaned:
    return _convert_cells(column, format_canonical, JSONB)


_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def _clean_durations(column: pa.ChunkedArray) -> Cleaned:
    """ISO 8601, as `PT3600.5S`."""
    unit = _A_SECOND[column.type.unit]

    def spell(value: int) -> str:
        whole, rest = divmod(abs(value), unit)
        fraction = f".{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
        return f"{'-' if value < 0 else ''}PT{whole}{fraction}S"

    return _convert_cells(pc.cast(column, pa.int64()), spell, TEXT)


def _clean_intervals(column: pa.ChunkedArray) -> Cleaned:
    """Months, days and nanoseconds, ISO 8601 as far as it goes: `P14M3DT0.5S`."""

    def spell(value: Any) -> str:
        return f"P{value.months}M{value.days}DT{Decimal(value.nanoseconds) / 10**9:f}S"

    return _convert_cells(column, spell, TEXT)


def _clean_dates(column: pa.ChunkedArray) -> Cleaned:
    days = pc.cast(pc.cast(column, pa.date32()), pa.int32())
    extremes = pc.min_max(days).as_py()
    epoch = date(1970, 1, 1).toordinal()
    if extremes["min"] + epoch < date.min.toordinal() or extremes["max"] + epoch > date.max.toordinal():
        return Cleaned(TEXT, _spell_moments(pc.cast(column, pa.date32()), days, "days"))
    return Cleaned(DATE, pc.cast(column, pa.date32()))


def _clean_times(column: pa.ChunkedArray) -> Cleaned:
    try:
        return Cleaned(TIME, pc.cast(column, pa.time64("us")))
    except pa.ArrowInvalid:  # nanoseconds that microseconds cannot hold
        return Cleaned(TEXT, pc.cast(column, pa.string()))


_FIRST = int(
    (datetime.min.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)
)
_LAST = (datetime.max.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _clean_timestamps(column: pa.ChunkedArray) -> Cleaned:
    zone = column.type.tz
    try:
        values = pc.cast(column, pa.timestamp("us", tz="UTC" if zone else None))
        extremes = pc.min_max(pc.cast(values, pa.int64())).as_py()
        if extremes["min"] >= _FIRST and extremes["max"] <= _LAST:
            return Cleaned(TIMESTAMPTZ if zone else TIMESTAMP, values)
    except pa.ArrowInvalid:  # nanoseconds, or a range, that microseconds cannot hold
        pass
    in_utc = pc.cast(column, pa.timestamp(column.type.unit, tz="UTC")) if zone else column
    return Cleaned(TEXT, _spell_moments(in_utc, pc.cast(in_utc, pa.int64()), column.type.unit))


def _spell_moments(moments: pa.ChunkedArray, counts: pa.ChunkedArray, unit: str) -> pa.ChunkedArray:
    """Moments as text; those so far away that Arrow has no text for them by their distance from 1970."""
    texts = pc.cast(moments, pa.string())
    distances = pc.binary_join_element_wise(pc.cast(counts, pa.string()), f"{unit} since 1970", " ")
    return pc.if_else(pc.match_substring(texts, "out of range"), distances, texts)


def _is_nested(kind: pa.DataType) -> bool:
    return pt.is_nested(kind) and not pt.is_union(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return (
        pt.is_binary(kind)
        or pt.is_large_binary(kind)
        or pt.is_fixed_size_binary(kind)
        or pt.is_binary_view(kind)
    )


# the types that an engine gives a column by what it is declared as
_DECLARED = {pa.int64(): BIGINT, pa.float64(): DOUBLE, pa.bool_(): BOOLEAN}

_MAKERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.ChunkedArray], Cleaned]], ...] = (
    (pt.is_boolean, _clean_booleans),
    (pt.is_integer, _clean_integers),
    (pt.is_floating, _clean_floats),
    (pt.is_decimal, _clean_decimals),
    (_is_bytes, _clean_bytes),
    (_is_nested, _clean_nested),
    (pt.is_duration, _clean_durations),
    (pt.is_interval, _clean_intervals),
    (pt.is_date, _clean_dates),
    (pt.is_time, _clean_times),
    (pt.is_timestamp, _clean_timestamps),
)
