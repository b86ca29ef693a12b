"""Reading an inventory table itself: blocks for the grid, exports, profiles and charts.

Statements are composed with quoted identifiers from the catalogue. What reads many rows has a time limit.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, InventoryError
from inventory_runner.json_text import Digits
from inventory_runner.store.names import OWN_COLUMNS, SCOPE
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal, run
from services.db import row_filters
from services.db.base import Records
from services.db.relations import Relation, compose_group
from services.models.inventory import ChartChoice, ColumnInfo
from services.models.limits import LONGEST_CELL, LONGEST_OPENED_CELL, MOST_BLOCK_ROWS, SAFE_INTEGER
from services.models.windows import fit_rows

TIMEOUT_SECONDS = 15
# of a download, for which nobody waits before a page; how long it may hold a connection for one batch
EXPORT_TIMEOUT_SECONDS = 60
QUERY_CANCELLED = "57014"
# how far one can scroll in a sorted or filtered table: behind it a page would have to sort everything
MOST_SORTED_ROWS = 100_000
SAMPLE_ROWS = 20_000
TOP_VALUES = 5
EXPORT_BATCH = 2_000
MEASURES = {"count": "count(*)", "sum": "sum({})", "avg": "avg({})"}
MOST_GROUPS = 30
MOST_SPLITS = 8
KEY = "_key"


class TooSlow(InventoryError):
    """A statement that a page waits for took too long and was stopped."""

    code = "too_slow"
    title = "That took too long"
    default_hint = "Narrow it down: filter by a column, or export the rows and look at them elsewhere."


class InventoryRowRecords(Records):
    """Reads the rows of inventory tables."""

    @contextmanager
    def open_for_reading(self, seconds: int | None = None) -> Iterator[sa.Connection]:
        """A connection on which no statement runs longer than that: by default, than a person waits."""
        seconds = seconds or TIMEOUT_SECONDS
        try:
            with self.transaction() as connection:
                # a big table read from its middle would give its rows in another order the next time
                run(
                    connection,
                    SQL("SET LOCAL synchronize_seqscans = off; SET LOCAL statement_timeout = {}").format(
                        Literal(f"{seconds}s")
                    ),
                )
                yield connection
        except sa.exc.DBAPIError as error:
            raise translate_read_error(error, seconds) from error
        except InventoryError as error:
            cause = error.__cause__
            if isinstance(cause, sa.exc.DBAPIError) and _was_stopped(cause):
                raise _make_too_slow(seconds) from error
            raise

    def read_row_block(
        self,
        relation: Relation,
        start: int,
        end: int,
        sort: Sequence[Mapping[str, Any]] = (),
        filters: Mapping[str, Any] | None = None,
        search: str = "",
        whole: str = "",
    ) -> dict[str, Any]:
        """{"rows": [{column: value}], "total": n, "cut": […]}, from start on as many as fit, at most to end.

        cut: as `fit_rows` has it. whole: a column whose cell is given whole, of one row. total is at most 100,000 when
        sorted or filtered. JSON comes as its text: a browser's parser makes doubles of numbers, which hold fifteen
        digits.

        For example:

            SELECT left(r."id"::text, 10001) AS "id", r."size_gb", left(r."tags"::text, 10001) AS "tags",
              coalesce(r."id"::text, 'null') AS "_key", r."_scope"
              FROM "inventory"."aws_ec2_volumes" r WHERE "size_gb" > 100
              ORDER BY "size_gb" DESC NULLS LAST, r.ctid LIMIT 100 OFFSET 0
        """
        if not 0 <= start < end or end - start > MOST_BLOCK_ROWS:
            raise InvalidInput(f"A block is of 1 to {MOST_BLOCK_ROWS:,} rows.", field="start")
        where = row_filters.compose_condition(relation.columns, filters or {}, search)
        tie = SQL("r.ctid") if relation.physical else None
        order = row_filters.order(relation.columns, sort, tie)
        ranked = bool(sort) or where is not None
        if ranked and end > MOST_SORTED_ROWS:
            return {"rows": [], "total": MOST_SORTED_ROWS, "cut": []}
        if whole:
            end = start + 1
        condition = SQL(" WHERE ") + where if where is not None else SQL("")
        with self.open_for_reading() as connection:
            result = run(
                connection,
                SQL(
                    "SELECT {columns}, {key} AS {name}, r.{scope} FROM {source} r{where}{order}"
                    " LIMIT {limit} OFFSET {start}"
                ).format(
                    columns=_compose_shown(relation.columns, whole),
                    key=relation.key,
                    name=Identifier(KEY),
                    scope=Identifier(SCOPE),
                    source=relation.source,
                    where=condition,
                    order=order,
                    limit=Literal(end - start),
                    start=Literal(start),
                ),
            )
            names = [*(column.name for column in relation.columns), KEY, SCOPE]
            rows = [
                {name: convert_for_json(value) for name, value in zip(names, row, strict=True)}
                for row in result
            ]
            if len(rows) < end - start and (rows or start == 0):
                total = start + len(rows)
            elif where is None and relation.rows is not None:
                total = relation.rows if not sort else min(relation.rows, MOST_SORTED_ROWS)
            else:
                total = self._count_bounded(connection, relation, condition)
        taken, cut = fit_rows(rows, len(names), whole, (KEY, SCOPE))
        return {"rows": taken, "total": total, "cut": cut}

    @staticmethod
    def _count_bounded(connection: sa.Connection, relation: Relation, where: Composable) -> int:
        return int(
            run(
                connection,
                SQL("SELECT count(*) FROM (SELECT FROM {source} r{where} LIMIT {most}) c").format(
                    source=relation.source, where=where, most=Literal(MOST_SORTED_ROWS)
                ),
            ).scalar_one()
        )

    def iterate_row_texts(self, relation: Relation) -> Generator[list[str], None, None]:
        """All rows in batches: of each its record of a CSV file, with its scope's key at its end.

        Every cell is quoted but NULL, which is empty. Postgres makes the records, so that taking them costs Python
        next to nothing: a connection is held until the last one is taken. They come from a cursor of the server:
        never more than a batch is in memory.

        For example:

            SELECT array_to_string(ARRAY[coalesce('"' || replace(r."id"::text, '"', '""') || '"', ''),
                                         coalesce('"' || replace(r."_scope"::text, '"', '""') || '"', '')], ',')
              FROM "inventory"."aws_ec2_volumes" r
        """
        texts = [
            # ISO 8601
            SQL("(to_json(r.{}) #>> '{{}}')" if column.kind == "time" else "r.{}::text").format(
                Identifier(column.name)
            )
            for column in relation.columns
        ]
        texts.append(SQL("r.{}::text").format(Identifier(SCOPE)))
        cells = [SQL("""coalesce('"' || replace({}, '"', '""') || '"', '')""").format(text) for text in texts]
        statement = SQL("SELECT array_to_string(ARRAY[{}], ',') FROM {} r").format(
            SQL(", ").join(cells), relation.source
        )
        with self.open_for_reading(EXPORT_TIMEOUT_SECONDS) as connection:
            text = statement.as_string(connection.connection.driver_connection)
            options = {"stream_results": True, "max_row_buffer": EXPORT_BATCH, "no_parameters": True}
            result = connection.execution_options(**options).exec_driver_sql(text)
            for batch in result.yield_per(EXPORT_BATCH).scalars().partitions():
                yield list(batch)

    def find_row_by_key(self, relation: Relation, key: str, scope: str) -> Mapping[str, Any] | None:
        """One row with all its columns, ours too; None where it is not there (any more)."""
        with self.open_for_reading() as connection:
            row = run(
                connection,
                SQL("SELECT * FROM {source} r WHERE r.{scope} = {value} AND {key} = {wanted} LIMIT 1").format(
                    source=relation.source,
                    scope=Identifier(SCOPE),
                    value=Literal(scope),
                    key=relation.key,
                    # rows that are alike are numbered in the feed
                    wanted=Literal(key if relation.keys else key.partition("#")[0]),
                ),
            ).one_or_none()
            return None if row is None else dict(row._mapping)

    def profile_columns(
        self, relation: Relation
    ) -> tuple[int, list[tuple[str, int, int, list[tuple[str | None, int]]]]]:
        """(rows looked at, [(column, nulls, distinct, top values)]): of all rows, or of a sample of a large table.

        For example:

            CREATE TEMP TABLE inventory_profile ON COMMIT DROP AS SELECT left(r."id"::text, 300) AS "c0",
              left(r."size_gb"::text, 300) AS "c1"
              FROM "inventory"."aws_ec2_volumes" r TABLESAMPLE SYSTEM (2.6) LIMIT 20000;
            SELECT count(*), count("c0"), count(DISTINCT "c0"), count("c1"), count(DISTINCT "c1")
              FROM pg_temp.inventory_profile;
            WITH s AS NOT MATERIALIZED (SELECT * FROM pg_temp.inventory_profile)
              (SELECT 0, "c0" AS value, count(*) AS rows FROM s GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 5)
              UNION ALL (SELECT 1, "c1" AS value, …)
        """
        total = relation.rows or 0
        sample: Composable = SQL("{} r").format(relation.source)
        if relation.physical and total > SAMPLE_ROWS:
            percent = min(100.0, 130.0 * SAMPLE_ROWS / total)
            sample = SQL("{} r TABLESAMPLE SYSTEM ({})").format(relation.source, Literal(percent))
        names = [column.name for column in relation.columns if column.name not in OWN_COLUMNS]
        if not names:
            return 0, []
        texts = SQL(", ").join(
            [
                SQL("left(r.{}::text, 300) AS {}").format(Identifier(n), Identifier(f"c{i}"))
                for i, n in enumerate(names)
            ]
        )
        counts = SQL(", ").join(
            [SQL("count({0}), count(DISTINCT {0})").format(Identifier(f"c{i}")) for i in range(len(names))]
        )
        tops = SQL(" UNION ALL ").join(
            [
                SQL(
                    "(SELECT {}, {c} AS value, count(*) AS rows FROM s GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT {})"
                ).format(Literal(i), Literal(TOP_VALUES), c=Identifier(f"c{i}"))
                for i in range(len(names))
            ]
        )
        with self.open_for_reading() as connection:
            run(
                connection,
                SQL(
                    "CREATE TEMP TABLE inventory_profile ON COMMIT DROP AS SELECT {} FROM {} LIMIT {}"
                ).format(texts, sample, Literal(SAMPLE_ROWS)),
            )
            numbers = run(
                connection, SQL("SELECT count(*), {} FROM pg_temp.inventory_profile").format(counts)
            ).one()
            found: dict[int, list[tuple[str | None, int]]] = {}
            for i, value, rows in run(
                connection,
                SQL("WITH s AS NOT MATERIALIZED (SELECT * FROM pg_temp.inventory_profile) ") + tops,
            ):
                found.setdefault(i, []).append((value, rows))
        looked = int(numbers[0])
        return looked, [
            (name, looked - numbers[1 + 2 * i], numbers[2 + 2 * i], found.get(i, []))
            for i, name in enumerate(names)
        ]

    def group_rows(
        self, relation: Relation, choice: ChartChoice
    ) -> tuple[list[tuple[str, str, float | None]], int]:
        """([(group, split, number)], how many groups there are): the largest groups and splits, by the measure.

        For example:

            WITH g AS (SELECT coalesce(nullif(left("id"::text, 120), ''), '(none)') AS by, '' AS split,
                sum("size_gb")::float8 AS number, count(*) AS rows
                FROM "inventory"."aws_ec2_volumes" r GROUP BY 1, 2),
              b AS (SELECT by, …), s AS (SELECT split, …)
            SELECT g.by, CASE WHEN s.place <= 8 THEN g.split ELSE 'other' END AS split,
              sum(g.number) AS number, max(b.groups) AS groups FROM g JOIN b … JOIN s …
              WHERE b.place <= 30 GROUP BY b.place, g.by, 2 ORDER BY b.place, 2
        """
        known = {column.name: column for column in relation.columns}
        for name in filter(None, (choice.by, choice.split, choice.of)):
            if name not in known:
                raise InvalidInput(f"The table has no column {name!r}.", field="by")
        if choice.measure not in MEASURES or (choice.measure != "count" and known.get(choice.of) is None):
            raise InvalidInput("Choose count, or sum or average of a column of numbers.", field="measure")
        if choice.measure != "count" and known[choice.of].kind != "number":
            raise InvalidInput(
                f"{choice.of!r} holds no numbers.", field="of", hint="Choose a column of numbers."
            )
        measure = (
            SQL(MEASURES[choice.measure]).format(Identifier(choice.of)) if choice.of else SQL("count(*)")
        )
        group = compose_group(known[choice.by])
        split: Composable = compose_group(known[choice.split]) if choice.split else SQL("''")
        where = row_filters.compose_condition(relation.columns, {}, choice.filter)
        with self.open_for_reading() as connection:
            rows = run(
                connection,
                SQL(
                    "WITH g AS (SELECT {group} AS by, {split} AS split, {measure}::float8 AS number, count(*) AS rows"
                    "             FROM {source} r{where} GROUP BY 1, 2),"
                    " b AS (SELECT by, count(*) OVER () AS groups,"
                    "              row_number() OVER (ORDER BY sum({weight}) DESC NULLS LAST, by) AS place"
                    "         FROM g GROUP BY by),"
                    " s AS (SELECT split, row_number() OVER (ORDER BY sum(rows) DESC, split) AS place"
                    "         FROM g GROUP BY split)"
                    " SELECT g.by, CASE WHEN s.place <= {splits} THEN g.split ELSE {other} END AS split,"
                    "        {total} AS number, max(b.groups) AS groups"
                    "   FROM g JOIN b ON b.by IS NOT DISTINCT FROM g.by JOIN s ON s.split IS NOT DISTINCT FROM g.split"
                    "  WHERE b.place <= {most} GROUP BY b.place, g.by, 2 ORDER BY b.place, 2"
                ).format(
                    group=group,
                    split=split,
                    measure=measure,
                    source=relation.source,
                    where=SQL(" WHERE ") + where if where is not None else SQL(""),
                    weight=SQL("abs(number)"),
                    total=SQL(
                        "sum(g.number * g.rows) / nullif(sum(g.rows), 0)"
                        if choice.measure == "avg"
                        else "sum(g.number)"
                    ),
                    splits=Literal(MOST_SPLITS),
                    other=Literal("other"),
                    most=Literal(MOST_GROUPS),
                ),
            ).all()
        return [(row.by, row.split, row.number) for row in rows], rows[0].groups if rows else 0


def _compose_shown(columns: Sequence[ColumnInfo], whole: str) -> Composed:
    """The columns of a row r as they are shown: JSON as the text that the table holds, and no text longer than needed.

    whole: the column that is shown whole, within reason.
    """
    parts = []
    for column in columns:
        if column.kind == "json" or column.type == "text":
            most = 1 + (LONGEST_OPENED_CELL if column.name == whole else LONGEST_CELL)
            shown = "left(r.{0}::text, {1}) AS {0}"
        else:
            most, shown = 0, "r.{0}"
        parts.append(SQL(shown).format(Identifier(column.name), Literal(most)))
    return SQL(", ").join(parts)


def _was_stopped(error: sa.exc.DBAPIError) -> bool:
    return getattr(error.orig, "pgcode", "") == QUERY_CANCELLED


def _make_too_slow(seconds: int) -> TooSlow:
    return TooSlow(f"The statement was stopped after {seconds} seconds.")


def translate_read_error(error: sa.exc.DBAPIError, seconds: int) -> InventoryError:
    """What a read that Postgres refused means to the person who asked. seconds: how long it was allowed to take."""
    if _was_stopped(error):
        return _make_too_slow(seconds)
    return InventoryError(
        "Postgres could not read the table.",
        title="The rows could not be read",
        details=str(error.orig).strip(),
    )


def convert_for_json(value: Any) -> Any:
    """A value as JSON can carry it without loss: numbers beyond a double's digits become `Digits`, times text."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else Digits(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        near = float(value)
        return near if math.isfinite(near) and Decimal(repr(near)) == value else Digits(f"{value:f}")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return value
    return str(value)
