"""Reading a JSON array of rows piece by piece, so that a large answer never exists as Python values whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

BLOCK_BYTES = 2 << 20
_FIRST_NAME = re.compile(rb'\s*\[\s*\{("(?:[^"\\]|\\.)*":)')


def parse_values(text: BinaryIO) -> Iterator[Any]:
    """What the JSON text holds: a compact array of objects as lists of some of them, anything else whole.

    Raises orjson.JSONDecodeError, after the pieces before the fault, and EOFError where there is no text.

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
        yield orjson.loads(rest)
        return
    mark = b"},{" + first[1]
    rest = rest[rest.index(b"[") + 1 :]
    wanted = BLOCK_BYTES
    while block := text.read(wanted):
        rest += block
        end = rest.rfind(mark) + 1
        try:
            rows = orjson.loads(b"[%b]" % rest[:end]) if end else None
        except orjson.JSONDecodeError:
            rows = None
        if rows is None:
            # twice as much each time, so that trying again costs no more than reading did
            wanted = len(rest)
            continue
        yield rows
        rest = rest[end + 1 :]
        wanted = BLOCK_BYTES
    yield orjson.loads(b"[" + rest)
