"""Reading a JSON array of rows piece by piece, so that a large answer never exists as Python values whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

from inventory_runner import json_text
from inventory_runner.json_text import NotJson

BLOCK_BYTES = 2 << 20
_FIRST_NAME = re.compile(rb'\s*\[\s*\{("(?:[^"\\]|\\.)*":)')
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Piece(NamedTuple):
    """digits: `json_text.Digits` are among the values. mended: halves of surrogate pairs were taken out."""

    value: Any
    digits: bool = False
    mended: bool = False


def parse_values(text: BinaryIO) -> Iterator[Piece]:
    """What the JSON text holds: a compact array of objects as lists of some of them, anything else whole.

    Raises NotJson, after the pieces before the fault, and EOFError where there is no text.

    The text is cut before what looks like the next row: an object that begins with the first row's first name. JSON is
    read from left to right, so a piece that parses whole leaves nothing open, and has ended where a row does; one that
    does not was cut inside a row, and more is read.
    """
    rest = text.read(BLOCK_BYTES)
    first = _FIRST_NAME.match(rest)
    if first is None:
        rest += text.read()
        if not rest.strip():
            raise EOFError("no text")
        yield _parse(rest)
        return
    mark = b"},{" + first[1]
    rest = rest[rest.index(b"[") + 1 :]
    wanted = BLOCK_BYTES
    while block := text.read(wanted):
        rest += block
        end = rest.rfind(mark) + 1
        try:
            piece = _parse(b"[%b]" % rest[:end]) if end else None
        except NotJson:
            piece = None
        if piece is None:
            # twice as much each time, so that trying again costs no more than reading did
            wanted = len(rest)
            continue
        yield piece
        rest = rest[end + 1 :]
        wanted = BLOCK_BYTES
    yield _parse(b"[" + rest)


def _parse(text: bytes) -> Piece:
    """The quick parser's values, unless they would not be what is written."""
    if not json_text.loses_digits(text):
        try:
            return Piece(orjson.loads(text))
        except orjson.JSONDecodeError:
            # half of a surrogate pair, or a number that is no double, which the other parser takes
            pass
    value, digits = json_text.loads_noting(text)
    if not _SURROGATE.search(text):
        return Piece(value, digits)
    plain = json_text.without_surrogates(value)
    return Piece(plain, digits, mended=plain != value)
