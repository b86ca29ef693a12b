"""Schema drift: fitting a result's columns to those of the table that exists.

A new column is added, nullable; one that the query no longer returns stays, and is NULL; a changed type is cast to
the table's where no value loses anything, else the run fails with SchemaConflict. Nothing is narrowed and no column
that a view uses is touched, so that views on the table stay alive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from inventory_runner.store import catalog
from inventory_runner.store.catalog import LiveTable
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
    format_canonical,
    is_exact_as_double,
)
from inventory_runner.store.copying import STAGE
from inventory_runner.store.model import SchemaConflict, Target
from inventory_runner.store.sql import SQL, Composed, Identifier, Literal, compose_temporary_name, run
from inventory_runner.store.staging import Batch

# text that a type reads without losing anything, where the type spells the value differently afterwards
_SPELLINGS = {
    TIMESTAMPTZ: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$",
    TIMESTAMP: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?$",
}


@dataclass(frozen=True)
class Fit:
    """How a batch goes into a table.

    batch: with the values cast where that needed Python. staged: column → the type it is staged as. checked: those
    staged as text that the server checks and casts to the table's type. added: new columns → type. lost: columns of
    the table that the query does not return (any more). retyped: empty text columns that take a type now.
    """

    batch: Batch
    staged: Mapping[str, str]
    checked: Mapping[str, str]
    added: Mapping[str, str]
    lost: tuple[str, ...]
    retyped: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def types(self) -> dict[str, str]:
        """column → the type that it has in the table after the merge."""
        return {**self.staged, **self.checked}


def fit(
    connection: sa.Connection, target: Target, batch: Batch, live: LiveTable, current: Mapping[str, str]
) -> Fit:
    """Compare the batch's columns with the table's; raises SchemaConflict. current: the newest results' columns."""
    if not batch.types:  # an answer without columns says nothing about them
        same = {name: kind for name, kind in live.types.items() if name not in live.unwritable}
        return Fit(batch, same, {}, {}, (), {}, ())
    batch = batch.rename_as_in(list(live.types))
    staged: dict[str, str] = {}
    checked: dict[str, str] = {}
    added: dict[str, str] = {}
    retyped: dict[str, str] = {}
    warnings = []
    for name, kind in list(batch.types.items()):
        if name in live.unwritable:
            raise SchemaConflict(f"Column {name} of {target.schema}.{target.table} is computed by Postgres.")
        wanted = live.types.get(name)
        if wanted is None:
            staged[name] = added[name] = kind or TEXT
            warnings.append(f"Column {name} is new in the table.")
            continue
        if kind is None or kind == wanted:
            staged[name] = wanted
            continue
        values = _cast(batch.column(name), kind, wanted)
        if values is not None:
            staged[name] = wanted
            batch = batch.with_column(name, wanted, values)
        elif wanted == TEXT and _is_untyped(connection, target, live, name):
            staged[name] = retyped[name] = kind
        elif wanted == TEXT:
            staged[name] = TEXT
            batch = batch.with_column(name, TEXT, _list_texts(batch.column(name), kind))
        else:
            staged[name], checked[name] = TEXT, wanted
            batch = batch.with_column(name, TEXT, _list_texts(batch.column(name), kind))
    # of a table that no run wrote before, columns that the query does not know are not ours to empty
    lost = tuple(
        name for name in live.types if current and name not in batch.types and name not in live.unwritable
    )
    if newly := [name for name in lost if name in current]:
        warnings.append(
            f"The query no longer returns {', '.join(newly)}: the table keeps it, without values."
        )
    return Fit(batch, staged, checked, added, lost, retyped, tuple(warnings))


def _is_untyped(connection: sa.Connection, target: Target, live: LiveTable, name: str) -> bool:
    """A column of nothing but nulls was made as text for want of better, and may still take a type."""
    return catalog.is_empty_column(
        connection, target.schema, target.table, name
    ) and not catalog.is_used_by_views(connection, live.oid, name)


Columns = Mapping[str, pa.ChunkedArray]


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


def _convert_text_to_json(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Objects and arrays as they are, every other text as a JSON string."""
    import json

    cells: list[str | None] = []
    for text in values.to_pylist():
        if text is None:
            cells.append(None)
            continue
        try:
            value = json.loads(text) if text[:1] in "{[" and text else text
        except ValueError:
            value = text
        cells.append(format_canonical(value))
    return pa.chunked_array([pa.array(cells, pa.string())])


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
    (TEXT, JSONB): _Cast(_accept_always, _convert_text_to_json),
}


def check_staged(connection: sa.Connection, target: Target, plan: Fit) -> None:
    """Cast what was staged as text to the table's types; raises SchemaConflict where a value would lose something.

    For example:

        SELECT "n" FROM pg_temp."inventory_stage" WHERE "n" IS NOT NULL AND NOT
          CASE WHEN pg_input_is_valid("n", 'bigint') THEN "n"::bigint::text = "n" ELSE false END LIMIT 1;
        ALTER TABLE pg_temp."inventory_stage" ALTER COLUMN "n" TYPE bigint USING "n"::bigint
    """
    for name, wanted in plan.checked.items():
        column, kind = Identifier(name), SQL(wanted)
        alike = SQL("{0}::{1}::text = {0}").format(column, kind)
        if wanted in _SPELLINGS:
            alike = SQL("({} OR {} ~ {})").format(alike, column, Literal(_SPELLINGS[wanted]))
        wrong = run(
            connection,
            SQL(
                "SELECT {column} FROM {stage} WHERE {column} IS NOT NULL AND NOT"
                " CASE WHEN pg_input_is_valid({column}, {kind}) THEN {alike} ELSE false END LIMIT 1"
            ).format(column=column, stage=compose_temporary_name(STAGE), kind=Literal(wanted), alike=alike),
        ).scalar_one_or_none()
        if wrong is not None:
            raise SchemaConflict(
                f"Column {name} of {target.schema}.{target.table} holds {wanted}, and the query now returns"
                f" {wrong[:80]!r} in it, which would not survive the cast."
            )
        run(
            connection,
            SQL("ALTER TABLE {} ALTER COLUMN {} TYPE {} USING {}::{}").format(
                compose_temporary_name(STAGE), column, kind, column, kind
            ),
        )


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
