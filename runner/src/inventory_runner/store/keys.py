"""Keys: which columns tell a table's rows apart, checked at every merge and suggested from the data.

A key counts only where it is unique and never null within every scope; else whole rows are compared, and a warning
says why. A key that several scopes return is one resource: `keep_first_of_each` and `drop_copies` leave it in one
scope.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from inventory_runner.store.catalog import LiveTable
from inventory_runner.store.cells import BIGINT, BOOLEAN, TEXT
from inventory_runner.store.copying import STAGE
from inventory_runner.store.drift import Fit
from inventory_runner.store.model import Target
from inventory_runner.store.names import SCOPE
from inventory_runner.store.pairing import Plan
from inventory_runner.store.sql import (
    SQL,
    Composable,
    Identifier,
    Literal,
    compose_columns,
    compose_temporary_name,
    run,
)
from inventory_runner.store.staging import Batch

# types whose values are equal in Postgres exactly when they are in Arrow
_EXACT = frozenset({TEXT, BIGINT, BOOLEAN})
_SCOPE_INDEX = "scope of the row"


def find_usable_key(
    target: Target, batch: Batch, live: LiveTable | None, fit: Fit | None = None
) -> tuple[tuple[str, ...], str]:
    """The key's columns as the table names them, and why it cannot be used now ("" where it can)."""
    if not target.key_columns:
        return (), ""
    names = tuple(batch.renamed.get(name, name) for name in target.key_columns)
    whole = "so whole rows were compared this time."
    have = set(batch.types) if batch.types else set(live.types if live else ())
    if missing := [name for name in names if name not in have]:
        return names, f"The result has no column {', '.join(missing)}, which the key needs, {whole}"
    if fit is not None and any(name in fit.added or name in fit.retyped for name in names):
        return names, f"The key {', '.join(names)} is new in the table, {whole}"
    if not batch.rows:
        return names, ""
    frame = _build_frame(batch, names)
    if nulls := [name for name in names if frame[name].null_count()]:
        return names, f"The key column {', '.join(nulls)} is null in some rows, {whole}"
    if not _is_all_distinct(frame):
        return names, warn_of_doubled_keys(names, "result")
    return names, ""


def is_comparable_as_text(batch: Batch, names: Sequence[str]) -> bool:
    """True where Arrow can tell whether two keys are the same; else the server has to."""
    return all(batch.types.get(name, TEXT) in _EXACT for name in names)


def check_in_server(
    connection: sa.Connection, table: Composable, names: Sequence[str], where: str = "result"
) -> str:
    """Why the key cannot be used: "" where it is unique in the table given. where: whose rows those are."""
    twice = run(
        connection,
        SQL("SELECT EXISTS (SELECT FROM {} GROUP BY {}, {} HAVING count(*) > 1)").format(
            table, Identifier(SCOPE), compose_columns(names)
        ),
    ).scalar_one()
    return warn_of_doubled_keys(names, where) if twice else ""


def has_doubled(connection: sa.Connection, plan: Plan, scopes: Sequence[str]) -> bool:
    """True where several rows of the table have a key, within one of these scopes."""
    return bool(
        run(
            connection,
            SQL(
                "SELECT EXISTS (SELECT FROM {live} WHERE {scope} = ANY({scopes}::text[])"
                " GROUP BY {scope}, {keys} HAVING count(*) > 1)"
            ).format(
                live=plan.live,
                scope=Identifier(SCOPE),
                scopes=Literal(list(scopes)),
                keys=compose_columns(plan.keys),
            ),
        ).scalar_one()
    )


def warn_of_doubled_keys(names: Sequence[str], where: str) -> str:
    """The warning for a key that several rows of the result, or of the table, have."""
    return f"The key {', '.join(names)} is not unique in the {where}, so whole rows were compared this time."


def warn_of_shared_keys(copies: int) -> str:
    """The warning for keys that came from several scopes."""
    return f"{copies:,} rows have a key that another scope returned or holds too: each is counted once."


def keep_first_of_each(batch: Batch, names: Sequence[str]) -> tuple[Batch, int]:
    """The batch without keys that an earlier scope has; how many rows that left out."""
    if len(batch.tables) < 2 or not spans_scopes(batch, names):
        return batch, 0
    frame = _build_frame(batch, names).with_columns(
        pl.struct(list(names)).is_first_distinct().alias("first"),
        pl.struct([_SCOPE_INDEX, *names]).is_first_distinct().alias("within"),
    )
    # a row that only repeats its own scope's key is not a copy from elsewhere: that is for the check of the key
    keep = frame["first"] | ~frame["within"]
    tables, start = {}, 0
    for scope, table in batch.tables.items():
        chosen = keep.slice(start, table.num_rows).to_arrow()
        tables[scope] = table.filter(chosen)
        start += table.num_rows
    return dataclasses.replace(batch, tables=tables), int((~keep).sum())


def spans_scopes(batch: Batch, names: Sequence[str]) -> bool:
    """True where several scopes may hold the same key."""
    frame = _build_frame(batch, names).drop(_SCOPE_INDEX)
    return not _is_all_distinct(frame)


def _is_all_distinct(frame: pl.DataFrame) -> bool:
    """True where no two rows are equal: where their hashes differ, so do they, and those take a tenth of the memory."""
    return frame.hash_rows().n_unique() == frame.height or frame.n_unique() == frame.height


def drop_copies(connection: sa.Connection, plan: Plan, order: Sequence[str]) -> int:
    """Leave each staged key in one scope: the one that has it in the table, else the first in `order`.

    For example:

        DELETE FROM pg_temp."inventory_stage" WHERE ctid IN (SELECT row FROM (SELECT s.ctid AS row,
            row_number() OVER (PARTITION BY s."id" ORDER BY l."_scope" IS NULL,
              array_position(ARRAY['{"region":"eu-west-1"}',…]::text[], s."_scope")) AS place
            FROM pg_temp."inventory_stage" s LEFT JOIN "inventory"."aws_ec2_instances" l
            ON l."_scope" = s."_scope" AND l."id" = s."id") p
          GROUP BY row HAVING min(place) > 1)
    """
    return run(
        connection,
        SQL(
            # a row meets several where the table's key is not unique
            "DELETE FROM {stage} WHERE ctid IN (SELECT row FROM (SELECT s.ctid AS row,"
            " row_number() OVER (PARTITION BY {keys} ORDER BY l.{scope} IS NULL,"
            "                    array_position({order}::text[], s.{scope})) AS place"
            " FROM {stage} s LEFT JOIN {live} l ON l.{scope} = s.{scope} AND {same}) p"
            " GROUP BY row HAVING min(place) > 1)"
        ).format(
            stage=compose_temporary_name(STAGE),
            keys=compose_columns(plan.keys, "s"),
            scope=Identifier(SCOPE),
            order=Literal(list(order)),
            live=plan.live,
            same=_compose_same(plan.keys),
        ),
    ).rowcount


def drop_held_elsewhere(connection: sa.Connection, plan: Plan) -> int:
    """Leave out staged keys that a scope keeps in the table whose rows do not leave in this merge."""
    return run(
        connection,
        SQL(
            "DELETE FROM {stage} s USING {live} l WHERE l.{scope} <> ALL({removable}::text[])"
            " AND l.{scope} <> s.{scope} AND {same}"
        ).format(
            stage=compose_temporary_name(STAGE),
            live=plan.live,
            scope=Identifier(SCOPE),
            removable=Literal(sorted(plan.removable)),
            same=_compose_same(plan.keys),
        ),
    ).rowcount


def _compose_same(names: Sequence[str]) -> Composable:
    return SQL(" AND ").join(SQL("l.{0} = s.{0}").format(Identifier(name)) for name in names)


def _build_frame(batch: Batch, names: Sequence[str]) -> pl.DataFrame:
    parts = [
        pl.DataFrame(pl.from_arrow(table.select(list(names)))).with_columns(
            pl.lit(index, pl.Int32).alias(_SCOPE_INDEX)
        )
        for index, table in enumerate(batch.tables.values())
    ]
    return pl.concat(parts, how="vertical_relaxed")


@dataclass(frozen=True)
class KeySuggestion:
    """Columns that are unique and never null in a preview, with why they were chosen, for people."""

    columns: tuple[str, ...]
    reason: str


MOST_SUGGESTIONS = 5
_PAIRED_COLUMNS = 12


def suggest_keys(table: pa.Table) -> list[KeySuggestion]:
    """Columns, or pairs of them, that could be the key, the best first: by name, then by how much they vary.

    A pair is offered only where no single column will do. An empty table has no suggestion.
    """
    if not table.num_rows or len(set(table.column_names)) < table.num_columns:
        return []
    frame = pl.DataFrame(pl.from_arrow(table))
    fit = [
        name
        for name in frame.columns
        if frame[name].null_count() == 0
        and frame[name].dtype.base_type() in _KEY_TYPES
        and _is_short(frame[name])
    ]
    ranked = sorted(fit, key=lambda name: (-_rank_name(name), frame.columns.index(name)))
    single = [name for name in ranked if frame[name].n_unique() == frame.height]
    if single:
        return [
            KeySuggestion((name,), _explain_suggestion(name)) for name in single if _is_plausible(name, frame)
        ][:MOST_SUGGESTIONS] or [KeySuggestion((single[0],), "Unique in the preview.")]
    candidates = ranked[:_PAIRED_COLUMNS]
    pairs = [
        (first, second)
        for position, first in enumerate(candidates)
        for second in candidates[position + 1 :]
        if frame.select(first, second).n_unique() == frame.height
    ]
    return [KeySuggestion(pair, "Unique together in the preview.") for pair in pairs[:MOST_SUGGESTIONS]]


_KEY_TYPES = frozenset(
    {pl.String, pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Boolean}
)
# times, sizes and addresses are unique by accident, and change
_VOLATILE = (
    "time",
    "date",
    "created",
    "updated",
    "modified",
    "size",
    "count",
    "bytes",
    "_ip",
    "address",
    "description",
    "_at",
    "_on",
)
_LONGEST_KEY = 512


def _is_short(values: pl.Series) -> bool:
    if values.dtype != pl.String:
        return True
    longest: Any = values.str.len_bytes().max()
    return int(longest) <= _LONGEST_KEY


def _rank_name(name: str) -> int:
    folded = name.lower()
    if folded in {"id", "arn", "uid", "guid"}:
        return 5
    if folded.endswith(("_arn", "arn")):
        return 4
    if folded.endswith(("_id", "id")):
        return 4
    if folded in {"name", "self_link", "selflink", "key", "login", "email", "sha", "full_name"}:
        return 3
    if folded.endswith(("name", "identifier", "number", "key")):
        return 2
    if any(folded.endswith(part) for part in _VOLATILE):
        return 0
    return 1


def _is_plausible(name: str, frame: pl.DataFrame) -> bool:
    return _rank_name(name) > 0 or frame.width == 1


def _explain_suggestion(name: str) -> str:
    return (
        "Named like an identifier, unique in the preview."
        if _rank_name(name) >= 3
        else "Unique in the preview."
    )
