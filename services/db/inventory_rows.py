"""Reading an inventory table itself: blocks for the grid, exports and charts.

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
from inventory_runner.store.names import SCOPE
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal, run
from services.db import row_filters
from services.db.base import Records
from services.db.relations import (
    COUNTABLE,
    DAY_TEXT,
    PERIODS,
    Relation,
    compose_filled_group,
    compose_group,
    compose_period_group,
    compose_step_group,
)
from services.models.inventory import ORDERED_KINDS, ChartChoice, ColumnInfo, TableRef
from services.models.limits import (
    LONGEST_CELL,
    LONGEST_OPENED_CELL,
    MOST_BLOCK_ROWS,
    MOST_SORTED_ROWS,
    SAFE_INTEGER,
)
from services.models.number_steps import choose_step
from services.models.selection import ALL_ROWS, Selection
from services.models.windows import fit_rows

TIMEOUT_SECONDS = 15
# of a download, for which nobody waits before a page; how long it may hold a connection for one batch
EXPORT_TIMEOUT_SECONDS = 60
QUERY_CANCELLED = "57014"
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
        selection = Selection(filters or {}, sort, search)
        condition, order = _compose_clauses(relation, selection)
        ranked = bool(sort) or selection.narrows
        if ranked and end > MOST_SORTED_ROWS:
            return {"rows": [], "total": MOST_SORTED_ROWS, "cut": []}
        if whole:
            end = start + 1
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
            elif not selection.narrows and relation.rows is not None:
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

    def count_rows(self, relation: Relation, selection: Selection) -> int | None:
        """How many rows the selection has; None for all of what nobody has counted. Raises InvalidInput, TooSlow."""
        clauses = _compose_clauses(relation, selection)
        if not selection.narrows:
            return relation.rows
        with self.open_for_reading() as connection:
            return int(
                run(
                    connection, SQL("SELECT count(*) FROM {} r{}").format(relation.source, clauses[0])
                ).scalar_one()
            )

    def iterate_row_texts(
        self, relation: Relation, selection: Selection = ALL_ROWS
    ) -> Generator[list[str], None, None]:
        """The selection's rows in batches: of each its record of a CSV file, with its scope's key at its end.

        Every cell is quoted but NULL, which is empty. Postgres makes the records, so that taking them costs Python
        next to nothing: a connection is held until the last one is taken. They come from a cursor of the server:
        never more than a batch is in memory.

        For example:

            SELECT array_to_string(ARRAY[coalesce('"' || replace(r."id"::text, '"', '""') || '"', ''),
                                         coalesce('"' || replace(r."_scope"::text, '"', '""') || '"', '')], ',')
              FROM "inventory"."aws_ec2_volumes" r WHERE "size_gb" > 100 ORDER BY "size_gb" ASC NULLS LAST, r.ctid
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
        statement = SQL("SELECT array_to_string(ARRAY[{}], ',') FROM {} r{}{}").format(
            SQL(", ").join(cells), relation.source, *_compose_clauses(relation, selection)
        )
        return self._iterate_texts(statement)

    def _iterate_texts(self, statement: Composable) -> Generator[list[str], None, None]:
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

    def count_groups(self, ref: TableRef, relation: Relation, columns: Sequence[str]) -> int:
        """How many different values these columns have together; raises InvalidInput, TooSlow.

        For example:

            SELECT count(*) FROM (SELECT DISTINCT "region", "state" FROM "inventory"."aws_ec2_instances" r) g
        """
        known = {column.name for column in relation.columns}
        if gone := next((name for name in columns if name not in known), None):
            raise InvalidInput(f"The table {ref.label} has no column {gone!r} (any more).", field="columns")
        with self.open_for_reading() as connection:
            return int(
                run(
                    connection,
                    SQL("SELECT count(*) FROM (SELECT DISTINCT {} FROM {} r) g").format(
                        SQL(", ").join(map(Identifier, columns)), relation.source
                    ),
                ).scalar_one()
            )

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
        if choice.kind == "histogram" and (known[choice.by].kind != "number" or choice.measure != "count"):
            raise InvalidInput(
                "A histogram counts the rows of a column of numbers.",
                field="kind",
                hint="Choose a column of numbers and the count, or another way to draw it.",
            )
        split: Composable = compose_group(known[choice.split]) if choice.split else SQL("''")
        where = row_filters.compose_condition(relation.columns, {}, choice.filter)
        condition = SQL(" WHERE ") + where if where is not None else SQL("")
        with self.open_for_reading() as connection:
            group = _compose_chosen_group(connection, relation, known[choice.by], choice.kind, condition)
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
                    where=condition,
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


def _compose_clauses(relation: Relation, selection: Selection) -> tuple[Composable, Composable]:
    """` WHERE …` and ` ORDER BY …` over the relation r, each empty where nothing is asked; raises InvalidInput."""
    where = row_filters.compose_condition(relation.columns, selection.filters, selection.search)
    tie = SQL("r.ctid") if relation.physical else None
    return (
        SQL("") if where is None else SQL(" WHERE ") + where,
        row_filters.order(relation.columns, selection.sort, tie),
    )


def _compose_chosen_group(
    connection: sa.Connection, relation: Relation, by: ColumnInfo, kind: str, where: Composable
) -> Composable:
    """How a chart groups: numbers in steps that hold them all, times by the shortest period of which there are few."""
    if kind == "filled":
        return compose_filled_group(by)
    name = Identifier(by.name)
    if kind == "histogram":
        least, most = run(
            connection,
            SQL(
                "SELECT min({0})::numeric, max({0})::numeric FROM (SELECT {1} AS {0} FROM {2} r{3}) n"
            ).format(name, SQL(COUNTABLE).format(name), relation.source, where),
        ).one()
        return compose_step_group(by, choose_step(least or Decimal(0), most or Decimal(0)))
    if by.kind != "time" and (by.kind != "text" or kind not in ORDERED_KINDS):
        return compose_group(by)
    compose = compose_group if by.kind == "time" else compose_period_group
    shapes = list(PERIODS.values())
    days, *counts = run(
        connection,
        SQL("SELECT {}, {} FROM {} r{}").format(
            SQL("true" if by.kind == "time" else f"coalesce(bool_and({DAY_TEXT}), false)").format(name),
            SQL(", ").join(SQL("count(DISTINCT {})").format(compose(by, shape)) for shape in shapes),
            relation.source,
            where,
        ),
    ).one()
    if not days:
        return compose_group(by)
    fitting = [shape for shape, count in zip(shapes, counts, strict=True) if count <= MOST_GROUPS]
    return compose(by, fitting[0] if fitting else shapes[-1])


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
