"""From the scopes' Arrow tables to columns that Postgres can take: names, types and cleaned values.

Nothing here talks to the database. Every scope's table is given the same columns: the union of the results', named
by `names.name_columns` and typed by what all of them hold. The types are Postgres's, in `format_type`'s words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from inventory_runner import json_text, reading
from inventory_runner.contract import UNREAD, QueryResult, holds_exact_numbers
from inventory_runner.models import Scope
from inventory_runner.store.catalog import State
from inventory_runner.store.cells import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    JSONB,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    Cleaned,
    clean,
    convert_to_text,
    convert_to_utc,
    is_exact_as_double,
    strip,
)
from inventory_runner.store.model import ScopeData
from inventory_runner.store.names import ColumnNames, name_columns, remember_columns

# Postgres type → what printed texts are read as for it, and back
READ_AS = {
    BIGINT: reading.INTEGER,
    DOUBLE: reading.NUMBER,
    NUMERIC: reading.EXACT,
    BOOLEAN: reading.BOOLEAN,
    JSONB: reading.JSON,
}
KINDS = {declared: kind for kind, declared in READ_AS.items()}


@dataclass(frozen=True)
class Batch:
    """What a run read, ready to be staged.

    types: column → Postgres type, None where every value is null. tables: a scope's key → its rows, with all the
    columns of `types` in that order. origins: each column's name in the query, and which of those of that name it is.
    types_known: False where the columns' declared types could not all be looked up.
    """

    types: Mapping[str, str | None]
    tables: Mapping[str, pa.Table]
    origins: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    types_known: bool = True

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())

    @property
    def renamed(self) -> dict[str, str]:
        """The query's name → the table's, of the first column that has it."""
        return {name: own for (name, count), own in zip(self.origins, self.types, strict=True) if count == 1}

    def with_column(self, name: str, kind: str, values: Mapping[str, pa.ChunkedArray]) -> Batch:
        """The same batch with one column's values and type replaced, by scope."""
        position = list(self.types).index(name)
        tables = {
            scope: table.set_column(position, name, values[scope]) for scope, table in self.tables.items()
        }
        return dataclasses.replace(self, types={**self.types, name: kind}, tables=tables)

    def with_unread(self, column: str, unread: Mapping[str, Mapping[int, str]]) -> Batch:
        """The same batch with further texts in UNREAD. unread: a scope's key → row → what `column` could not hold."""
        if UNREAD not in self.types:
            nothing = {
                scope: pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
                for scope, table in self.tables.items()
            }
            begun = dataclasses.replace(
                self,
                types={**self.types, UNREAD: JSONB},
                tables={
                    scope: table.append_column(UNREAD, nothing[scope]) for scope, table in self.tables.items()
                },
                origins=(*self.origins, (UNREAD, 1)),
            )
            return begun.with_unread(column, unread)
        kept = self.column(UNREAD)
        for scope, texts in unread.items():
            if texts:
                cells = kept[scope].to_pylist()
                for row, text in texts.items():
                    cells[row] = json_text.dumps({**json_text.loads(cells[row] or "{}"), column: strip(text)})
                kept[scope] = pa.chunked_array([pa.array(cells, pa.string())])
        return self.with_column(UNREAD, JSONB, kept)

    def column(self, name: str) -> dict[str, pa.ChunkedArray]:
        return {scope: table.column(name) for scope, table in self.tables.items()}

    def named(self, remembered: ColumnNames | None, live: Collection[str]) -> Batch:
        """The same batch with its columns called as the table calls them.

        remembered: what the table's runs have called them, None where nobody noted it. live: the table's columns.
        """
        own = tuple(self.types)
        if remembered is None:
            by_folded = {name.casefold(): name for name in live}
            names = [
                by_folded[name.casefold()]
                if name not in live and name.casefold() in by_folded and by_folded[name.casefold()] not in own
                else name
                for name in own
            ]
        else:
            names = remember_columns(self.origins, remembered, live)
        told = [
            f"Column {original!r} is called {name!r} in the table."
            for (original, _), name in zip(self.origins, names, strict=True)
            if original != name
        ]
        named = dataclasses.replace(
            self,
            types=dict(zip(names, self.types.values(), strict=True)),
            tables={scope: table.rename_columns(names) for scope, table in self.tables.items()},
            warnings=(*told, *self.warnings),
        )
        # as the engine called it there
        return named._with_unread_renamed(
            {original: name for original, name in reversed(list(named.renamed.items())) if original != name}
        )

    def _with_unread_renamed(self, mapping: Mapping[str, str]) -> Batch:
        """With what UNREAD says of columns said under their new names."""
        if UNREAD not in self.types or not mapping:
            return self

        def rename(text: str | None) -> str | None:
            if text is None:
                return None
            return json_text.dumps(
                {mapping.get(name, name): value for name, value in json_text.loads(text).items()}
            )

        values = {
            scope: pa.chunked_array([pa.array([rename(text) for text in column.to_pylist()], pa.string())])
            for scope, column in self.column(UNREAD).items()
        }
        return self.with_column(UNREAD, JSONB, values)

    def list_untyped(self, types: Mapping[str, str], state: State) -> list[str]:
        """The table's text columns whose declared types nobody has known so far. types: as written."""
        known = set(self.types) if self.types_known else set()
        before = [name for name in state.untyped if name not in known and types.get(name, TEXT) == TEXT]
        had = state.live.types if state.live else {}
        made = [name for name in self.types if name not in had and types.get(name) == TEXT]
        return before if self.types_known else sorted({*before, *made})

    def note_names(self, remembered: ColumnNames | None) -> dict[str, list[str]]:
        """What the columns are called from now on, those that this run did not return included."""
        names = {original: list(own) for original, own in (remembered or {}).items()}
        noted = {own for every in names.values() for own in every} | {UNREAD}
        for (original, count), own in zip(self.origins, self.types, strict=True):
            if own not in noted and len(names.get(original, ())) < count:
                names.setdefault(original, []).append(own)
        return names


def prepare(scopes: Sequence[ScopeData]) -> Batch:
    """Name, type and clean what the scopes returned; results without any column add nothing."""
    results = [(data.scope, data.result) for data in scopes if data.read and data.result is not None]
    occurrences = [_find_origins(result) for _, result in results]
    order = list(dict.fromkeys(origin for own in occurrences for origin in own))
    given = [origin for origin in order if origin[0] != UNREAD]
    final = dict(zip(given, name_columns(name for name, _ in given), strict=True))
    final |= {origin: UNREAD for origin in order if origin[0] == UNREAD}

    cleaned: dict[str, dict[str, Cleaned]] = {final[origin]: {} for origin in order}
    untyped: set[str] = set()
    stripped: set[str] = set()
    for (scope, result), own in zip(results, occurrences, strict=True):
        if not result.types_known:
            untyped.add(scope.key)
        for position, occurrence in enumerate(own):
            printed = result.table.schema.field(position)
            is_json, exact = printed.name in result.json_columns, holds_exact_numbers(printed)
            column = clean(result.table.column(position), is_json, exact=exact)
            cleaned[final[occurrence]][scope.key] = column
            if column.stripped:
                stripped.add(final[occurrence])

    warnings = (
        [f"Characters that Postgres cannot store were removed from {_list_some(sorted(stripped))}."]
        if stripped
        else []
    )
    types: dict[str, str | None] = {}
    unified: dict[str, dict[str, pa.ChunkedArray]] = {}
    unread: dict[str, dict[str, Mapping[int, str]]] = {}
    for name, columns in cleaned.items():
        read, unread[name] = _read_untyped(columns, untyped)
        types[name], unified[name] = _unify(read)
    tables = {}
    for scope, result in results:
        rows = result.table.num_rows
        arrays = [
            unified[name].get(scope.key, pa.chunked_array([pa.nulls(rows, pa.string())])) for name in types
        ]
        if types and result.table.num_columns:
            tables[scope.key] = pa.table(arrays, names=list(types))
    if UNREAD in types:
        warnings += _describe_unread(results, {name: types[final[name, count]] for name, count in order})
    batch = Batch(types, tables, tuple(order), tuple(warnings), not untyped)
    if UNREAD in types:
        batch = dataclasses.replace(batch, types={**types, UNREAD: JSONB})
    for (original, _), name in zip(order, types, strict=True):
        if any(unread[name].values()):
            batch = batch.with_unread(original, unread[name])
    return batch


def _describe_unread(
    results: Sequence[tuple[Scope, QueryResult]], types: Mapping[str, str | None]
) -> list[str]:
    """A sentence for each column of which the engine could not read some cells, over all scopes."""
    texts: dict[str, list[str]] = {}
    for _, result in results:
        if UNREAD in result.json_columns:
            for cell in result.table.column(UNREAD).drop_null().to_pylist():
                for name, text in json_text.loads(cell).items():
                    texts.setdefault(name, []).append(text)
    return [
        reading.describe_unread(name, READ_AS.get(types.get(name) or TEXT, reading.JSON), kept)
        for name, kept in texts.items()
    ]


def _find_origins(result: QueryResult) -> list[tuple[str, int]]:
    """Each column's name in the query, and which of those of that name it is, from 1."""
    seen: dict[str, int] = {}
    origins = []
    for name in result.table.column_names:
        plain = strip(name)
        if plain == UNREAD and name not in result.json_columns:
            # the query's own, beside what the engine could not read
            plain = f"{UNREAD}_2"
        seen[plain] = seen.get(plain, 0) + 1
        origins.append((plain, seen[plain]))
    return origins


def _read_untyped(
    columns: Mapping[str, Cleaned], untyped: Collection[str]
) -> tuple[Mapping[str, Cleaned], dict[str, Mapping[int, str]]]:
    """The texts of scopes that nobody knew the types of, read as what another scope says the column is."""
    told = {column.kind for scope, column in columns.items() if scope not in untyped} - {None}
    if len(told) != 1 or not untyped or (kind := told.pop()) not in READ_AS:
        return columns, {}
    read, unread = dict(columns), {}
    for scope, column in columns.items():
        if scope in untyped and column.kind == TEXT:
            cells = reading.read_cells(column.values, READ_AS[kind])
            read[scope], unread[scope] = Cleaned(KINDS[cells.kind], cells.values), cells.unread
    return read, unread


def _unify(columns: Mapping[str, Cleaned]) -> tuple[str | None, dict[str, pa.ChunkedArray]]:
    """One type for what several scopes hold under a name, and their values in it; text where they disagree."""
    kinds = {column.kind for column in columns.values()} - {None}
    values = {scope: column.values for scope, column in columns.items()}
    if not kinds:
        return None, values
    if len(kinds) == 1:
        return kinds.pop(), values
    if kinds <= {BIGINT, DOUBLE, NUMERIC}:
        if NUMERIC not in kinds and all(
            column.kind != BIGINT or is_exact_as_double(column.values) for column in columns.values()
        ):
            return DOUBLE, {scope: _cast_to_double(column) for scope, column in columns.items()}
        return NUMERIC, {scope: convert_to_text(column) for scope, column in columns.items()}
    if kinds == {TIMESTAMP, TIMESTAMPTZ}:
        return TIMESTAMPTZ, {scope: convert_to_utc(column) for scope, column in columns.items()}
    return TEXT, {scope: convert_to_text(column) for scope, column in columns.items()}


def _cast_to_double(column: Cleaned) -> pa.ChunkedArray:
    return column.values if column.kind is None else pc.cast(column.values, pa.float64())


def _list_some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more columns"


__all__ = ["BOOLEAN", "JSONB", "Batch", "prepare"]
