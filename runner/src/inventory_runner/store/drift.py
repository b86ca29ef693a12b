"""Schema drift: fitting a result's columns to those of the table that exists.

A new column is added, nullable; one that the query no longer returns stays, and is NULL. Values of another type are
read as the table's type; what cannot be is NULL, and its text is kept in UNREAD. Numbers that a column is too narrow
for widen it, to numeric, which loses nothing. Nothing is narrowed and no column that a view uses is touched, so that
views on the table stay alive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from inventory_runner import reading
from inventory_runner.contract import UNREAD
from inventory_runner.store import catalog
from inventory_runner.store.catalog import LiveTable, State
from inventory_runner.store.cells import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    EXACT_DOUBLE,
    JSONB,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    Cleaned,
    convert_to_text,
    is_exact_as_double,
)
from inventory_runner.store.model import SchemaConflict, Target
from inventory_runner.store.staging import KINDS, READ_AS, Batch

# a scope's key → a column's values there
Columns = Mapping[str, pa.ChunkedArray]


@dataclass(frozen=True)
class Fit:
    """How a batch goes into a table.

    batch: with the values as the table's types. staged: column → the type it is staged as. checked: those staged as
    text that the server reads as the table's type. added: new columns → type. lost: columns of the table that the query
    does not return (any more). retyped: empty text columns that take a type now. widened: columns of the table →
    numeric. learned: text columns whose declared type nobody knew when they were made → that type.
    """

    batch: Batch
    staged: Mapping[str, str]
    checked: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    retyped: Mapping[str, str] = field(default_factory=dict)
    widened: Mapping[str, str] = field(default_factory=dict)
    learned: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def types(self) -> dict[str, str]:
        """column → the type that it has in the table after the merge."""
        return {**self.staged, **self.checked}


def fit(connection: sa.Connection, target: Target, batch: Batch, live: LiveTable, state: State) -> Fit:
    """Compare the batch's columns with the table's; raises SchemaConflict for a column that Postgres computes."""
    if not batch.types:  # an answer without columns says nothing about them
        return Fit(batch, {name: kind for name, kind in live.types.items() if name not in live.unwritable})
    fitting = _Fitting(connection, target, batch, live, state.untyped)
    for name, kind in list(batch.types.items()):
        if name in live.unwritable:
            raise SchemaConflict(f"Column {name} of {target.schema}.{target.table} is computed by Postgres.")
        if name != UNREAD:
            fitting.fit_column(name, kind)
    return fitting.finish(state.columns)


class _Fitting:
    """One batch being fitted, column by column."""

    def __init__(
        self,
        connection: sa.Connection,
        target: Target,
        batch: Batch,
        live: LiveTable,
        untyped: Collection[str],
    ) -> None:
        self.connection = connection
        self.target = target
        self.batch = batch
        self.live = live
        self.untyped = untyped
        self.staged: dict[str, str] = {}
        self.checked: dict[str, str] = {}
        self.added: dict[str, str] = {}
        self.retyped: dict[str, str] = {}
        self.widened: dict[str, str] = {}
        self.learned: dict[str, str] = {}
        self.warnings: list[str] = []

    def fit_column(self, name: str, kind: str | None) -> None:
        wanted = self.live.types.get(name)
        if wanted is None:
            self.staged[name] = self.added[name] = kind or TEXT
            self.warnings.append(f"Column {name} is new in the table.")
        elif kind is None or kind == wanted:
            self.staged[name] = wanted
        elif (values := _cast(self.batch.column(name), kind, wanted)) is not None:
            self._stage(name, wanted, values)
        elif wanted == TEXT and self._may_be_retyped(name):
            if _is_empty(self.connection, self.target, name):
                self.staged[name] = self.retyped[name] = kind
            elif name in self.untyped and self.batch.types_known:
                self._learn(name, kind)
            else:
                self._stage(name, TEXT, _list_texts(self.batch.column(name), kind))
        elif wanted == TEXT:
            self._stage(name, TEXT, _list_texts(self.batch.column(name), kind))
        elif wanted in READ_AS:
            self._read(name, kind, wanted)
        else:
            self.checked[name] = wanted
            self._stage(name, TEXT, _list_texts(self.batch.column(name), kind))

    def finish(self, current: Mapping[str, str]) -> Fit:
        if UNREAD in self.batch.types or UNREAD in self.live.types or self.checked:
            self.batch = self.batch.with_unread(UNREAD, {})
            self.staged[UNREAD] = JSONB
            self.staged = {name: self.staged[name] for name in self.batch.types}
        # of a table that no run wrote before, columns that the query does not know are not ours to empty
        lost = tuple(
            name
            for name in self.live.types
            if current and name not in self.batch.types and name not in self.live.unwritable
        )
        if newly := [name for name in lost if name in current]:
            self.warnings.append(
                f"The query no longer returns {', '.join(newly)}: the table keeps it, without values."
            )
        return Fit(
            self.batch,
            self.staged,
            self.checked,
            self.added,
            lost,
            self.retyped,
            self.widened,
            self.learned,
            tuple(self.warnings),
        )

    def _stage(self, name: str, kind: str, values: Mapping[str, pa.ChunkedArray]) -> None:
        self.staged[name] = kind
        self.batch = self.batch.with_column(name, kind, values)

    def _may_be_retyped(self, name: str) -> bool:
        return not catalog.is_used_by_views(self.connection, self.live.oid, name)

    def _learn(self, name: str, kind: str) -> None:
        """Take a text column for what it was declared as all along: numeric, where the texts that it holds ask for it.

        The column has one type for the old values and the new: a double that is cast to numeric keeps fifteen digits.
        """
        texts = catalog.read_distinct_texts(self.connection, self.target.schema, self.target.table, name)
        column = pa.chunked_array([pa.array(texts, pa.string())])
        if kind in (BIGINT, DOUBLE) and KINDS[reading.read_cells(column, READ_AS[kind]).kind] != kind:
            kind, values = NUMERIC, _list_texts(self.batch.column(name), kind)
            self.batch = self.batch.with_column(name, NUMERIC, values)
        self.staged[name] = self.learned[name] = kind

    def _read(self, name: str, kind: str, wanted: str) -> None:
        """Read other values as the table's type, widening it for numbers that it is too narrow for."""
        texts = _list_texts(self.batch.column(name), kind)
        cells = {scope: reading.read_cells(column, READ_AS[wanted]) for scope, column in texts.items()}
        wider = {scope for scope, read in cells.items() if KINDS[read.kind] not in (wanted, JSONB)}
        unread: dict[str, Mapping[int, str]] = {scope: read.unread for scope, read in cells.items()}
        values = {scope: read.values for scope, read in cells.items()}
        if not wider or wanted == NUMERIC:
            self._stage(name, wanted, _list_texts(values, NUMERIC) if wanted == NUMERIC else values)
        elif self._may_be_retyped(name):
            self.widened[name] = NUMERIC
            self.warnings.append(
                f"Column {name} is numeric from now on, since {wanted} cannot hold some of its numbers."
            )
            self._stage(name, NUMERIC, _list_texts(values, NUMERIC))
        else:
            held: dict[str, pa.ChunkedArray] = {}
            for scope, read in cells.items():
                held[scope], beyond = _hold(read.values, wanted) if scope in wider else (read.values, {})
                unread[scope] = {**unread[scope], **beyond}
            self.warnings.append(f"Column {name} cannot be made numeric, since a view uses it.")
            self._stage(name, wanted, held)
        kept = [text for texts_of in unread.values() for text in texts_of.values()]
        if kept:
            self.warnings.append(reading.describe_unread(name, READ_AS[wanted], kept))
            self.batch = self.batch.with_unread(name, unread)


def _hold(values: pa.ChunkedArray, wanted: str) -> tuple[pa.ChunkedArray, dict[int, str]]:
    """Exact numbers as the narrower type, and those that it cannot hold: row → text."""
    held: list[int | float | None] = []
    beyond: dict[int, str] = {}
    for row, text in enumerate(values.to_pylist()):
        read = None if text is None else reading.read_cells(pa.chunked_array([[text]]), READ_AS[wanted])
        fits = read is not None and KINDS[read.kind] == wanted
        held.append(read.values[0].as_py() if read is not None and fits else None)
        if text is not None and not fits:
            beyond[row] = text
    return pa.chunked_array([pa.array(held, pa.int64() if wanted == BIGINT else pa.float64())]), beyond


def _is_empty(connection: sa.Connection, target: Target, name: str) -> bool:
    """A column of nothing but nulls was made as text for want of better, and may still take a type."""
    return catalog.is_empty_column(connection, target.schema, target.table, name)


def _list_texts(columns: Columns, kind: str) -> dict[str, pa.ChunkedArray]:
    return {scope: convert_to_text(Cleaned(kind, values)) for scope, values in columns.items()}


def _cast(columns: Columns, kind: str, wanted: str) -> dict[str, pa.ChunkedArray] | None:
    """The values in the table's type where Python can tell that nothing is lost, else None."""
    rule = _CASTS.get((kind, wanted))
    if rule is None or not all(rule.loses_nothing(values) for values in columns.values()):
        return None
    return {scope: rule.convert(values) for scope, values in columns.items()}


@dataclass(frozen=True)
class _Cast:
    loses_nothing: Callable[[pa.ChunkedArray], bool]
    convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]


def _accept_always(_values: pa.ChunkedArray) -> bool:
    return True


def _make_cast(kind: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    return lambda values: pc.cast(values, kind)


def _is_whole(values: pa.ChunkedArray) -> bool:
    """True where every float is an integer that a double holds exactly."""
    if values.null_count == len(values) or is_all_null(values):
        return True
    exact = pc.and_(pc.equal(values, pc.trunc(values)), pc.less_equal(pc.abs(values), float(EXACT_DOUBLE)))
    return bool(pc.all(exact).as_py())


def is_all_null(values: pa.ChunkedArray) -> bool:
    """True for the placeholder of an all-null scope, whose Arrow type is only a stand-in."""
    return bool(pa.types.is_string(values.type))


def _is_zero_or_one(values: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.is_in(values, pa.array([0, 1, None], pa.int64()))).as_py())


_CASTS: dict[tuple[str, str], _Cast] = {
    (BIGINT, NUMERIC): _Cast(_accept_always, _make_cast(pa.string())),
    (DOUBLE, NUMERIC): _Cast(_accept_always, _make_cast(pa.string())),
    (BIGINT, DOUBLE): _Cast(
        lambda values: is_all_null(values) or is_exact_as_double(values), _make_cast(pa.float64())
    ),
    (DOUBLE, BIGINT): _Cast(_is_whole, _make_cast(pa.int64())),
    (BOOLEAN, BIGINT): _Cast(_accept_always, _make_cast(pa.int64())),
    (BIGINT, BOOLEAN): _Cast(
        lambda values: is_all_null(values) or _is_zero_or_one(values), _make_cast(pa.bool_())
    ),
    (TIMESTAMP, TIMESTAMPTZ): _Cast(
        _accept_always, lambda values: values if is_all_null(values) else pc.assume_timezone(values, "UTC")
    ),
    (TIMESTAMPTZ, TIMESTAMP): _Cast(_accept_always, _make_cast(pa.timestamp("us"))),
    (DATE, TIMESTAMP): _Cast(_accept_always, _make_cast(pa.timestamp("us"))),
}
