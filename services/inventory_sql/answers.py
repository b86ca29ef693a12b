"""From the texts that Postgres sends to an Arrow table, as the live cloud's engines hand theirs over.

Whole numbers, floats and booleans become Arrow's; a numeric becomes a number where that keeps every digit, else its
digits; times stay texts in one form; JSON is canonical text.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner import json_text
from inventory_runner.contract import exact_number_field

# Postgres's own numbers of its types
BOOLEAN = 16
WHOLE = (20, 21, 23)
FLOATS = (700, 701)
NUMERIC = 1700
JSON = (114, 3802)
TIMESTAMP_WITH_ZONE = 1184
# of a double, whose other digits are made up
SAFE_DIGITS = 15


@dataclass
class Gatherer:
    """Batches of cells, column by column. names, types: of the columns. size: bytes so far."""

    names: Sequence[str]
    types: Sequence[int]
    rows: int = 0
    size: int = 0
    _columns: list[list[pa.Array]] = field(default_factory=list)

    def add(self, columns: Sequence[Sequence[bytes | None]]) -> None:
        """The cells of some rows, each column's together."""
        arrays = [pa.array(cells, pa.binary()).cast(pa.string()) for cells in columns]
        self._columns.append(arrays)
        self.rows += len(columns[0]) if columns else 0
        self.size += sum(array.nbytes for array in arrays)

    def make_table(self, most: int) -> tuple[pa.Table, frozenset[str]]:
        """The first rows, and the names of the columns that are JSON."""
        fields, columns, documents = [], [], set()
        for place, (name, kind) in enumerate(zip(self.names, self.types, strict=True)):
            texts = pa.chunked_array([arrays[place] for arrays in self._columns], pa.string()).slice(0, most)
            one, made, is_json = _convert(name, kind, texts)
            fields.append(one)
            columns.append(made)
            if is_json:
                documents.add(name)
        return pa.table(columns, schema=pa.schema(fields)), frozenset(documents)


def _convert(name: str, kind: int, texts: pa.ChunkedArray) -> tuple[pa.Field, pa.ChunkedArray, bool]:
    if kind == BOOLEAN:
        return pa.field(name, pa.bool_()), pc.equal(texts, "t"), False
    if kind in WHOLE:
        return pa.field(name, pa.int64()), texts.cast(pa.int64()), False
    if kind in FLOATS:
        return pa.field(name, pa.float64()), texts.cast(pa.float64()), False
    if kind == NUMERIC:
        return _convert_numeric(name, texts)
    if kind == TIMESTAMP_WITH_ZONE:
        # as the inventory's pages and exports have them: 2026-11-27 10:00:00+00:00
        whole = pc.replace_substring_regex(texts, r"([+-]\d{2})$", r"\1:00")
        return pa.field(name, pa.string()), whole, False
    if kind in JSON:
        return _convert_json(name, texts)
    return pa.field(name, pa.string()), texts, False


def _convert_numeric(name: str, texts: pa.ChunkedArray) -> tuple[pa.Field, pa.ChunkedArray, bool]:
    with suppress(pa.ArrowInvalid):
        return pa.field(name, pa.int64()), texts.cast(pa.int64()), False
    digits = pc.utf8_length(pc.replace_substring_regex(texts, r"[^0-9]", ""))
    if (pc.max(digits).as_py() or 0) <= SAFE_DIGITS:
        with suppress(pa.ArrowInvalid):
            return pa.field(name, pa.float64()), texts.cast(pa.float64()), False
    return exact_number_field(name), texts, False


def _convert_json(name: str, texts: pa.ChunkedArray) -> tuple[pa.Field, pa.ChunkedArray, bool]:
    documents = pc.all(pc.match_substring_regex(texts, r"^\s*[\[{]"), skip_nulls=True).as_py()
    made = [None if text is None else _canonical(text) for text in texts.to_pylist()]
    return pa.field(name, pa.string()), pa.chunked_array([made], pa.string()), bool(documents)


def _canonical(text: str) -> str:
    try:
        return json_text.format_canonical(text)[0]
    except json_text.NotJson:
        # nested deeper than can be read
        return text
