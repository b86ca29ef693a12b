"""Schema drift: fitting a result's columns to those of the table that exists.

A new column is added, nullable; one that the query no longer returns stays, and is NULL. Values of another type are
read as the table's type; what cannot be is NULL, and its text is kept in UNREAD. Numbers that a column is too narrow
for widen it, to numeric, which loses nothing. Nothing is narrowed and no column that a view uses is touched, so that
views on the table stay alive.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from inventory_runner import reading
from inventory_runner.contract import UNREAD
from inventory_runner.store import catalog, tables
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
from inventory_runner.store.copying import STAGE, copy_tables
from inventory_runner.store.model import SchemaConflict, Target
from inventory_runner.store.sql import SQL, Composed, Identifier, Literal, compose_temporary_name, run
from inventory_runner.store.staging import KINDS, READ_AS, Batch

# text that a type reads without losing anything, where the type spells the value differently afterwards
_SPELLINGS = {
    TIMESTAMPTZ: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$",
    TIMESTAMP: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?$",
}

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
                self.staged[name] = self.learned[name] = kind
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

    def _read(self, name: str, kind: str, wanted: str) -> None:
        """Read other values as the table's type, widening it for numbers that it is too narrow for."""
        texts = _list_texts(self.batch.column(name), kind)
        cells = {scope: reading.read_cells(column, READ_AS[wanted]) for scope, column in texts.items()}
        wider = {scope for scope, read in cells.items() if KINDS[read.kind] not in (wanted, JSONB)}
        unread: dict[str, Mapping[int, str]] = {scope: read.unread for scope, read in cells.items()}
        values = {scope: read.values for scope, read in cells.items()}
        if not wider or wanted == NUMERIC:
            self._stage(name, wanted, _as_numeric(values) if wanted == NUMERIC else values)
        elif self._may_be_retyped(name):
            self.widened[name] = NUMERIC
            self.warnings.append(
                f"Column {name} is numeric from now on, since {wanted} cannot hold some of its numbers."
            )
            self._stage(name, NUMERIC, _as_numeric(values))
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


def _as_numeric(values: Columns) -> dict[str, pa.ChunkedArray]:
    return {scope: pc.cast(column, pa.string()) for scope, column in values.items()}


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


def adapt(connection: sa.Connection, target: Target, plan: Fit, live: LiveTable) -> LiveTable:
    """Give the live table, before it is compared, the types and the column that the comparison needs.

    Widening rewrites the table, and keeps readers out until the merge is committed; it happens once to a column.
    """
    table = Identifier(target.schema, target.table)
    types = dict(live.types)
    parts = [
        # by way of its text: the cast from a double keeps fifteen digits of seventeen
        SQL("ALTER COLUMN {0} TYPE {1} USING {0}::text::{1}").format(Identifier(name), SQL(kind))
        for name, kind in plan.widened.items()
    ]
    needs_unread = UNREAD in plan.staged or plan.learned
    if needs_unread and UNREAD not in types:
        parts.append(SQL("ADD COLUMN {} jsonb").format(Identifier(UNREAD)))
    if parts:
        run(connection, SQL("ALTER TABLE {} {}").format(table, SQL(", ").join(parts)))
        types |= plan.widened
    if needs_unread and UNREAD not in types:
        run(connection, tables.compose_unread_comment(target))
        types[UNREAD] = JSONB
    for name, kind in plan.learned.items():
        _learn(connection, target, name, kind)
        types[name] = kind
    return dataclasses.replace(live, types=types)


def _learn(connection: sa.Connection, target: Target, name: str, kind: str) -> None:
    """Read a text column of the live table as the type that it was declared as all along.

    By the rule that the engine reads cells by, value by value that occurs; of a column `size` it ends with

        UPDATE "stackql_inventory"."volumes" t SET "size" = v.value, "_unread" = CASE WHEN v.unread THEN
               coalesce(t."_unread", '{}') || jsonb_build_object('size', v.text) ELSE t."_unread" END
          FROM pg_temp."inventory_learned" v WHERE t."size" = v.text;
        ALTER TABLE "stackql_inventory"."volumes" ALTER COLUMN "size" TYPE bigint USING "size"::bigint
    """
    table, column = Identifier(target.schema, target.table), Identifier(name)
    distinct = SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} IS NOT NULL").format(column, table)
    texts = list(run(connection, distinct).scalars())
    cells = reading.read_cells(pa.chunked_array([pa.array(texts, pa.string())]), READ_AS[kind])
    # what a double is told apart by is its shortest text
    values = convert_to_text(Cleaned(KINDS[cells.kind], cells.values)).to_pylist()
    exact = NUMERIC if cells.kind == reading.EXACT else kind
    rows = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "value": pa.array(values, pa.string()),
            "unread": pa.array([place in cells.unread for place in range(len(texts))], pa.bool_()),
        }
    )
    learned = compose_temporary_name("inventory_learned")
    run(
        connection,
        SQL(
            "DROP TABLE IF EXISTS {}; CREATE TEMP TABLE inventory_learned"
            " (_scope text, text text, value text, unread boolean) ON COMMIT DROP"
        ).format(learned),
    )
    copy_tables(connection, learned, rows.column_names, {"": rows})
    run(
        connection,
        SQL(
            "UPDATE {table} t SET {column} = v.value, {kept} = CASE WHEN v.unread THEN"
            " coalesce(t.{kept}, '{{}}') || jsonb_build_object({name}, v.text) ELSE t.{kept} END"
            " FROM {learned} v WHERE t.{column} = v.text;"
            " ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}"
        ).format(
            table=table,
            column=column,
            kept=Identifier(UNREAD),
            name=Literal(name),
            learned=learned,
            kind=SQL(exact),
        ),
    )


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


def read_staged(connection: sa.Connection, plan: Fit) -> list[str]:
    """Read what was staged as text as the table's types; returns a warning for each column with values that are none.

    Of a column `opened` of a date it executes

        UPDATE pg_temp."inventory_stage" SET "_unread" = CASE WHEN "opened" ~ '^\\s*$' THEN "_unread"
               ELSE coalesce("_unread", '{}') || jsonb_build_object('opened', "opened") END, "opened" = NULL
         WHERE NOT CASE WHEN pg_input_is_valid("opened", 'date') THEN "opened"::date::text = "opened" ELSE false END
    """
    warnings = []
    stage = compose_temporary_name(STAGE)
    for name, wanted in plan.checked.items():
        column, kind = Identifier(name), SQL(wanted)
        alike = SQL("{0}::{1}::text = {0}").format(column, kind)
        if wanted in _SPELLINGS:
            alike = SQL("({} OR {} ~ {})").format(alike, column, Literal(_SPELLINGS[wanted]))
        parts = {"stage": stage, "column": column, "kind": kind, "unread": Identifier(UNREAD)}
        wrong = run(
            connection,
            SQL(
                "WITH read AS (UPDATE {stage} SET {unread} = CASE WHEN {column} ~ '^\\s*$' THEN {unread}"
                " ELSE coalesce({unread}, '{{}}') || jsonb_build_object({name}, {column}) END, {column} = NULL"
                " WHERE {column} IS NOT NULL AND NOT"
                " CASE WHEN pg_input_is_valid({column}, {type}) THEN {alike} ELSE false END RETURNING {unread})"
                " SELECT {unread} ->> {name} FROM read WHERE {unread} ->> {name} IS NOT NULL"
            ).format(**parts, name=Literal(name), type=Literal(wanted), alike=alike),
        ).scalars()
        if texts := list(wrong):
            warnings.append(reading.describe_unread(name, wanted, texts))
        run(
            connection,
            SQL("ALTER TABLE {stage} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}").format(
                **parts
            ),
        )
    return warnings


def compose_alterations(target: Target, plan: Fit, *, empty: bool = False) -> list[Composed]:
    """The statements that give the live table its new columns and types.

    None of them rewrites a row, so that ctids stay; only in an empty table a retyped column keeps its place.

    For example:

        ALTER TABLE "inventory"."aws_ec2_instances" DROP COLUMN "size", ADD COLUMN "size" double precision,
          ADD COLUMN "zone" text
    """
    if empty:
        parts = [
            SQL("ALTER COLUMN {0} TYPE {1} USING {0}::text::{1}").format(Identifier(name), SQL(kind))
            for name, kind in plan.retyped.items()
        ]
        new = dict(plan.added)
    else:
        parts = [SQL("DROP COLUMN {}").format(Identifier(name)) for name in plan.retyped]
        new = {**plan.retyped, **plan.added}
    parts += [SQL("ADD COLUMN {} {}").format(Identifier(name), SQL(kind)) for name, kind in new.items()]
    table = Identifier(target.schema, target.table)
    return [SQL("ALTER TABLE {} {}").format(table, SQL(", ").join(parts))] if parts else []
