"""From the scopes' Arrow tables to columns that Postgres can take: names, types and cleaned values.

Nothing here talks to the database. Every scope's table is given the same columns: the union of the results', named
by `names.name_columns` and typed by what all of them hold. The types are Postgres's, in `format_type`'s words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

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
)
from inventory_runner.store.model import ScopeData
from inventory_runner.store.names import name_columns


@dataclass(frozen=True)
class Batch:
    """What a run read, ready to be staged.

    types: column → Postgres type, None where every value is null. tables: a scope's key → its rows, with all the
    columns of `types` in that order. renamed: the query's name → the table's, where a query names a column once.
    """

    types: Mapping[str, str | None]
    tables: Mapping[str, pa.Table]
    renamed: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())

    def with_column(self, name: str, kind: str, values: Mapping[str, pa.ChunkedArray]) -> Batch:
        """The same batch with one column's values and type replaced, by scope."""
        position = list(self.types).index(name)
        tables = {
            scope: table.set_column(position, name, values[scope]) for scope, table in self.tables.items()
        }
        return dataclasses.replace(self, types={**self.types, name: kind}, tables=tables)

    def column(self, name: str) -> dict[str, pa.ChunkedArray]:
        return {scope: table.column(name) for scope, table in self.tables.items()}

    def rename_as_in(self, live: Sequence[str]) -> Batch:
        """The same batch with columns that differ from a live one only in case named as the live one is."""
        by_folded = {name.casefold(): name for name in live}
        mapping = {
            name: by_folded[name.casefold()]
            for name in self.types
            if name not in live
            and name.casefold() in by_folded
            and by_folded[name.casefold()] not in self.types
        }
        if not mapping:
            return self
        return dataclasses.replace(
            self,
            types={mapping.get(name, name): kind for name, kind in self.types.items()},
            tables={
                scope: table.rename_columns([mapping.get(name, name) for name in table.column_names])
                for scope, table in self.tables.items()
            },
            renamed={original: mapping.get(name, name) for original, name in self.renamed.items()},
        )


def prepare(scopes: Sequence[ScopeData]) -> Batch:
    """Name, type and clean what the scopes returned; results without any column add nothing."""
    results = [(data.scope, data.result) for data in scopes if data.read and data.result is not None]
    order: dict[tuple[str, int], None] = {}
    occurrences: list[list[tuple[str, int]]] = []
    for _, result in results:
        seen: dict[str, int] = {}
        own = []
        for name in result.table.column_names:
            seen[name] = seen.get(name, 0) + 1
            own.append((name, seen[name]))
        order.update(dict.fromkeys(own))
        occurrences.append(own)
    final = dict(zip(order, name_columns(name for name, _ in order), strict=True))

    cleaned: dict[str, dict[str, Cleaned]] = {name: {} for name in final.values()}
    stripped: set[str] = set()
    for (scope, result), own in zip(results, occurrences, strict=True):
        for position, occurrence in enumerate(own):
            column = clean(result.table.column(position), occurrence[0] in result.json_columns)
            cleaned[final[occurrence]][scope.key] = column
            if column.stripped:
                stripped.add(final[occurrence])

    warnings = [
        f"Column {original!r} is called {name!r} in the table."
        for (original, _), name in final.items()
        if original != name
    ]
    if stripped:
        warnings.append(
            f"Characters that Postgres cannot store were removed from {_list_some(sorted(stripped))}."
        )
    types: dict[str, str | None] = {}
    unified: dict[str, dict[str, pa.ChunkedArray]] = {}
    for name, columns in cleaned.items():
        types[name], unified[name] = _unify(columns)
    tables = {}
    for scope, result in results:
        rows = result.table.num_rows
        arrays = [
            unified[name].get(scope.key, pa.chunked_array([pa.nulls(rows, pa.string())])) for name in types
        ]
        if types and result.table.num_columns:
            tables[scope.key] = pa.table(arrays, names=list(types))
    renamed = {original: name for (original, count), name in final.items() if count == 1}
    return Batch(types, tables, renamed, tuple(warnings))


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
