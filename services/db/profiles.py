"""What each column of a table holds, counted once for each state of the table: `stackql_app.table_profiles`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import InventoryError
from inventory_runner.store.names import OWN_COLUMNS
from inventory_runner.store.sql import SQL, Composable, Identifier, Literal, run
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.db.relations import COUNTABLE, DAY_TEXT, EMPTY_JSON, Relation
from services.models.inventory import ColumnInfo, ColumnProfile, Profiles, TableRef

SAMPLE_ROWS = 20_000
TOP_VALUES = 5
# a statement's list of results has an end, and so has the memory that counts their distinct values
COLUMNS_AT_ONCE = 150
# of a longer value the beginning counts
LONGEST_COUNTED = 300
QUANTILES = (0.25, 0.5, 0.75, 0.95)
# after so long a count that took too long is tried again, though the table is the same
RETRY_AFTER = "1 hour"
# counted up with each change of what is counted: what an older release kept is not read
FORMAT = 1
# with the columns, which may change by hand, which leaves no time
_VERSION = """
SELECT concat_ws(' ', CAST(:format AS text), t.id, extract(epoch FROM t.changed_at), t.row_count,
                 (SELECT md5(string_agg(a.attname || ' ' || a.atttypid::text, ',' ORDER BY a.attnum))
                    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS version
  FROM stackql_app.inventory_tables t
  JOIN pg_namespace n ON n.nspname = t.target_schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.target_table
 WHERE t.target_schema = :schema AND t.target_table = :name
"""


class ProfileRecords(Records):
    """Counts what columns hold, and keeps it. Viewers may read it."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    def find_profile(self, ref: TableRef, columns: Sequence[ColumnInfo]) -> Profiles | None:
        """What is kept of the table's present state; None where nothing is. columns: of the table."""
        with self.transaction() as connection:
            return _find(connection, ref, columns)

    def make_profile(self, ref: TableRef, relation: Relation) -> Profiles:
        """Count what the table's columns hold, and keep it for its present state; `problem` says why that failed.

        Whoever comes meanwhile waits for it and takes what is kept then. relation: the table as it is now.
        """
        before, found = "", None
        try:
            with self._rows.open_for_reading() as connection:
                run(
                    connection,
                    SQL("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))").format(
                        Literal(f"table_profiles {ref.schema}.{ref.name}")
                    ),
                )
                if kept := _find(connection, ref, relation.columns):
                    return kept
                before = _read_version(connection, ref)
                found = _count(connection, relation)
                if _read_version(connection, ref) != before:
                    # a run changed the table meanwhile: this is of the state before, and nobody asks for it again
                    return found
                _keep(connection, ref, before, found)
                return found
        except InventoryError as error:
            problem = Profiles((), 0, relation.rows or 0, f"{error.title}. {error.message}")
        with self.transaction() as connection:
            if before and _read_version(connection, ref) == before:
                _keep(connection, ref, before, problem)
        return problem

    def profile_relation(self, relation: Relation) -> Profiles:
        """Count what the columns of any relation hold, such as a table as it was; nothing is kept."""
        with self._rows.open_for_reading() as connection:
            return _count(connection, relation)


def _of(ref: TableRef) -> dict[str, str]:
    """What names the table in _VERSION."""
    return {"schema": ref.schema, "name": ref.name, "format": str(FORMAT)}


def _read_version(connection: sa.Connection, ref: TableRef) -> str:
    found = connection.execute(sa.text(_VERSION), _of(ref)).scalar_one_or_none()
    return str(found or "")


def _find(connection: sa.Connection, ref: TableRef, columns: Sequence[ColumnInfo]) -> Profiles | None:
    row = connection.execute(
        sa.text(
            f"WITH now AS ({_VERSION}) SELECT p.profile, p.problem FROM stackql_app.table_profiles p"  # noqa: S608 - a constant
            " JOIN now USING (version) WHERE p.target_schema = :schema AND p.target_table = :name"
            f" AND (p.problem = '' OR p.made_at > now() - interval '{RETRY_AFTER}')"
        ),
        _of(ref),
    ).one_or_none()
    if row is None:
        return None
    return replace(_load(row.profile, columns), problem=row.problem)


def _keep(connection: sa.Connection, ref: TableRef, version: str, found: Profiles) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO stackql_app.table_profiles (target_schema, target_table, version, profile, problem)"
            " VALUES (:schema, :name, :version, CAST(:profile AS jsonb), :problem)"
            " ON CONFLICT (target_schema, target_table) DO UPDATE SET version = excluded.version,"
            " profile = excluded.profile, problem = excluded.problem, made_at = now()"
        ),
        {
            "schema": ref.schema,
            "name": ref.name,
            "version": version,
            "profile": json.dumps(_dump(found)),
            "problem": found.problem,
        },
    )


def _dump(found: Profiles) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "total": found.total,
        "columns": {
            one.column.name: [
                one.nulls,
                one.distinct,
                one.top,
                one.filled,
                one.least,
                one.most,
                one.quantiles,
                one.days,
            ]
            for one in found.columns
        },
    }


def _load(kept: dict[str, Any], columns: Sequence[ColumnInfo]) -> Profiles:
    by_name: dict[str, list[Any]] = kept["columns"]
    profiles = []
    for column in columns:
        if column.name not in by_name:
            continue
        nulls, distinct, top, filled, least, most, quantiles, days = by_name[column.name]
        pairs = tuple((value, rows) for value, rows in top)
        profiles.append(
            ColumnProfile(column, nulls, distinct, pairs, filled, least, most, tuple(quantiles), days)
        )
    return Profiles(tuple(profiles), kept["rows"], kept["total"])


def _count(connection: sa.Connection, relation: Relation) -> Profiles:
    """What each column holds: of all rows, or of a sample of a large table.

    For example:

        CREATE TEMP TABLE inventory_profile ON COMMIT DROP AS SELECT left(r."id"::text, 300) AS "c0",
          r."size_gb" AS "c1" FROM "inventory"."aws_ec2_volumes" r TABLESAMPLE SYSTEM (2.6) LIMIT 20000;
        SELECT count(*), count("c0"), count(DISTINCT "c0"), count(*) FILTER (WHERE "c0" <> ''), …
          FROM pg_temp.inventory_profile;
        WITH s AS NOT MATERIALIZED (SELECT * FROM pg_temp.inventory_profile)
          (SELECT 0, "c0"::text AS value, count(*) AS rows FROM s GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 5)
          UNION ALL (SELECT 1, "c1"::text AS value, …)
    """
    columns = [column for column in relation.columns if column.name not in OWN_COLUMNS]
    if not columns:
        return Profiles((), 0, relation.rows or 0)
    total = relation.rows or 0
    sample: Composable = SQL("{} r").format(relation.source)
    if relation.physical and total > SAMPLE_ROWS:
        percent = min(100.0, 130.0 * SAMPLE_ROWS / total)
        sample = SQL("{} r TABLESAMPLE SYSTEM ({})").format(relation.source, Literal(percent))
    copied = SQL(", ").join(_compose_copied(column, f"c{i}") for i, column in enumerate(columns))
    run(
        connection,
        SQL("CREATE TEMP TABLE inventory_profile ON COMMIT DROP AS SELECT {} FROM {} LIMIT {}").format(
            copied, sample, Literal(SAMPLE_ROWS)
        ),
    )
    found: list[ColumnProfile] = []
    looked = 0
    for start in range(0, len(columns), COLUMNS_AT_ONCE):
        part = columns[start : start + COLUMNS_AT_ONCE]
        looked, profiles = _count_part(connection, part, start)
        found += profiles
    return Profiles(tuple(found), looked, max(total, looked))


def _compose_copied(column: ColumnInfo, name: str) -> Composable:
    """A column of the sample: numbers, times and yes or no as they are, anything else as the beginning of its text."""
    plain = column.kind in ("number", "time", "boolean")
    shown = SQL("r.{}" if plain else f"left(r.{{}}::text, {LONGEST_COUNTED})").format(Identifier(column.name))
    return SQL("{} AS {}").format(shown, Identifier(name))


def _count_part(
    connection: sa.Connection, columns: Sequence[ColumnInfo], start: int
) -> tuple[int, list[ColumnProfile]]:
    """(rows looked at, the profiles of these columns). start: the place of the first among all."""
    names = [Identifier(f"c{start + i}") for i in range(len(columns))]
    counts = [_compose_counts(column, name) for column, name in zip(columns, names, strict=True)]
    tops = [
        SQL(
            "(SELECT {}, {c}::text AS value, count(*) AS rows FROM s GROUP BY {c} ORDER BY 3 DESC, 2 LIMIT {})"
        ).format(Literal(i), Literal(TOP_VALUES), c=name)
        for i, name in enumerate(names)
    ]
    row = run(
        connection,
        SQL("SELECT count(*), {} FROM pg_temp.inventory_profile").format(SQL(", ").join(counts)),
    ).one()
    looked, values = int(row[0]), row[1:]
    top: dict[int, list[tuple[str | None, int]]] = {}
    for i, value, rows in run(
        connection,
        SQL("WITH s AS NOT MATERIALIZED (SELECT * FROM pg_temp.inventory_profile) {}").format(
            SQL(" UNION ALL ").join(tops)
        ),
    ):
        top.setdefault(i, []).append((value, rows))
    profiles = []
    for i, column in enumerate(columns):
        present, distinct, filled, least, most, quantiles, days = values[7 * i : 7 * i + 7]
        profiles.append(
            ColumnProfile(
                column,
                looked - present,
                distinct,
                tuple(top.get(i, [])),
                filled,
                least or "",
                most or "",
                tuple(float(one) for one in quantiles or () if _is_finite(one)),
                days,
            )
        )
    return looked, profiles


def _compose_counts(column: ColumnInfo, name: Composable) -> Composable:
    """Seven numbers of a column: present, distinct, filled, least, most, quantiles, days."""
    filled = SQL("count({0})")
    if column.kind == "text":
        filled = SQL("count(*) FILTER (WHERE {0} <> '')")
    elif column.kind == "json":
        filled = SQL(f"count(*) FILTER (WHERE {{0}} NOT IN ({EMPTY_JSON}))")
    ends, quantiles, days = SQL("NULL, NULL"), SQL("NULL::float8[]"), SQL("0")
    if column.kind in ("number", "time"):
        ends = SQL("min({0})::text, max({0})::text")
    if column.kind == "number":
        at = ", ".join(map(str, QUANTILES))
        quantiles = SQL(f"percentile_cont(ARRAY[{at}]) WITHIN GROUP (ORDER BY {COUNTABLE})")
    if column.kind == "text":
        days = SQL(f"CASE WHEN bool_and({DAY_TEXT}) THEN count(DISTINCT left({{0}}, 10)) ELSE 0 END")
    if column.kind == "time":
        days = SQL("count(DISTINCT {0}::date)")
    parts = SQL("count({0}), count(DISTINCT {0}), ") + SQL(", ").join([filled, ends, quantiles, days])
    return SQL(parts.as_string(None)).format(name)


def _is_finite(value: Any) -> bool:
    return value is not None and not (isinstance(value, float | Decimal) and not math.isfinite(value))
