"""JSON that keeps its digits: `18446744073709551616` and `0.1234567890123456789` stay what they are.

Parsers make floats of numbers, of which only fifteen digits are safe. Here a number that no float holds stays its text
(`Digits`), and is written as it was read. Short numbers take the quick way, which is nearly all of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import orjson

# digits (and their point) in a row that a float may not hold; a float prints up to seventeen
LONG_RUN = 16
# the same as a pattern, together with exponents that leave a float's range
LONG_NUMBER = rf"[0-9.]{{{LONG_RUN},}}|[eE][+-]?[0-9]{{3}}"
_RUN = re.compile(rb"[./0-9]+[eE]?")
_LONG = re.compile(LONG_NUMBER)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Postgres's numeric holds no more; https://www.postgresql.org/docs/current/datatype-numeric.html
MOST_WHOLE_DIGITS, MOST_FRACTION_DIGITS = 131_072, 16_383
_WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


class NotJson(ValueError):
    """A text that is no JSON, is nested deeper than can be read, or holds a number that no numeric can."""


class Digits(str):
    """A number as it was printed, where a float or an integer of 64 bits would not hold it."""

    __slots__ = ()


def parse_number(text: str) -> float | int | Digits:
    """A JSON number: an int or a float where that is exactly the number printed, else its digits.

    Raises NotJson for what Postgres's numeric cannot hold.
    """
    if len(text) < LONG_RUN and "e" not in text and "E" not in text:
        return float(text) if "." in text else int(text)
    if len(text) <= 24 and repr(near := float(text)) == text and math.isfinite(near):
        # printed from a float in the first place
        return near
    try:
        exact = Decimal(text)
        whole, fraction = exact.adjusted() + 1, -int(exact.as_tuple().exponent)
    except (InvalidOperation, ValueError) as error:
        raise NotJson(text[:40]) from error
    if whole > MOST_WHOLE_DIGITS or fraction > MOST_FRACTION_DIGITS:
        raise NotJson(f"{text[:40]} is beyond what a numeric holds")
    if whole > 308 or whole < -300:
        return Digits(text)
    if text.lstrip("-").isdigit() and -(2**63) <= (integer := int(text)) < 2**63:
        return integer
    near = float(text)
    if Decimal(repr(near)) != exact:
        return Digits(text)
    return near


def loads(text: str | bytes) -> Any:
    """JSON's values, with `Digits` for the numbers that would lose some. Raises NotJson.

    Halves of surrogate pairs are in the strings as they were written; `without_surrogates` takes them out.
    """
    return loads_noting(text)[0]


def loads_noting(text: str | bytes) -> tuple[Any, bool]:
    """The same, and whether there are any `Digits` in it."""
    noted = False

    def read_number(digits: str) -> float | int | Digits:
        nonlocal noted
        value = parse_number(digits)
        noted = noted or type(value) is Digits
        return value

    try:
        return json.loads(text, parse_int=read_number, parse_float=read_number, parse_constant=_refuse), noted
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def read_column(text: str) -> Any:
    """The value of a `json` or `jsonb` column, for the database's driver: `loads`, in a fraction of its time mostly.

    What an adopted table's `json` column holds and nothing can read is given as its text.
    """
    try:
        return loads(text) if _LONG.search(text) else orjson.loads(text)
    except orjson.JSONDecodeError:
        with suppress(NotJson):
            return loads(text)
    except NotJson:
        pass
    return text


def dumps(value: Any, *, indent: bool = False) -> str:
    """One spelling for equal values: keys sorted, no spaces. Raises NotJson for what is nested too deep.

    indent: for people; a line each, two spaces deeper inside.
    """
    option = _WRITTEN | orjson.OPT_INDENT_2 if indent else _WRITTEN
    try:
        return orjson.dumps(value, default=_default, option=option).decode()
    except orjson.JSONEncodeError as error:
        raise NotJson(str(error)) from error


def format_canonical(text: str) -> tuple[str, bool]:
    """A JSON text in the spelling of `dumps`, and whether halves of surrogate pairs had to be left out of it."""
    value = loads(text)
    try:
        return dumps(value), False
    except NotJson:
        return dumps(without_surrogates(value)), True


def format_short(text: str) -> str | None:
    """The same for a text without LONG_NUMBER, in a fourth of the time; None where `format_canonical` has to look."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


def loses_digits(text: bytes) -> bool:
    """Whether a quick parser, which makes floats, could lose digits of a number in the text. A few ms for a MB.

    Only long runs of digits are looked at, each by itself: one that a float prints so, or that 64 bits hold, is safe.
    Digits within strings may be taken for numbers, which costs time and nothing else.
    """
    digits = (np.frombuffer(text, np.uint8) - ord(".")) < 12  # ./0123456789
    # each step joins runs twice as long: true where sixteen in a row begin
    for step in (1, 2, 4, 8):
        digits = digits[:-step] & digits[step:]
    places = np.flatnonzero(digits)
    begin = np.diff(places, prepend=-2) > 1
    found = [_RUN.match(text, start).group() for start in places[begin].tolist()]  # type: ignore[union-attr]
    try:
        # all at once, for the many that a float prints so
        return [*map(repr, map(float, found))] != b" ".join(found).decode().split(" ") and any(
            map(_is_lost, found)
        )
    except ValueError:
        return any(map(_is_lost, found))


def _is_lost(run: bytes) -> bool:
    """Whether a run of digits, with an exponent's letter if it has one, is a number that a quick parser changes."""
    try:
        if b"." not in run:
            return int(run) >= 2**64
        return repr(float(run)) != run.decode()
    except ValueError:
        # an address or a version, in a string; or a number with an exponent, which is looked at digit by digit
        return run[-1:] in b"eE"


def without_surrogates(value: Any) -> Any:
    """The value with every string, and every name, in characters that UTF-8 has."""
    return change_texts(value, lambda text: _LONE_SURROGATE.sub("", text))


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every string and every name changed; numbers stay, also those that are `Digits`."""
    if isinstance(value, Digits):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): change_texts(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [change_texts(item, change) for item in value]
    return value


def _default(value: Any) -> Any:
    if isinstance(value, Digits):
        return orjson.Fragment(str(value))  # a subclass is refused
    if isinstance(value, str):
        return str(value)
    raise TypeError(type(value).__name__)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
