"""How often the values of a column of a table occur, in the rows that match: with bounds on time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory_runner.errors import InvalidInput
from inventory_runner.store.sql import SQL, Composable, Identifier, Literal, run
from services.db import row_filters
from services.db.inventory_rows import InventoryRowRecords
from services.db.relations import Relation
from services.models.column_values import ColumnValues, CountedValue
from services.models.inventory import ColumnInfo
from services.models.limits import LONGEST_VALUE, MOST_VALUES

TIMEOUT_SECONDS = 10
# so many rows tell of a column of ids that its values are too many, before all rows are grouped by them
FIRST_ROWS = 20_000
# what Postgres can order without words of its own for it
ORDERED = ("number", "time", "text")


def count_values(
    records: InventoryRowRecords, relation: Relation, column: str, filters: Mapping[str, Any], search: str
) -> ColumnValues:
    """The column's values in the rows that match; raises InvalidInput, TooSlow.

    For example, of the column state:

        SELECT count(*) FROM (SELECT DISTINCT left("state"::text, 200),
            CASE WHEN length("state"::text) > 200 THEN md5("state"::text) END
          FROM (SELECT r."state" FROM "inventory"."aws_ec2_volumes" r WHERE "size_gb" > 100 LIMIT 20000) r) d;
        SELECT count(*), count(nullif("state"::text, '')), left(min(…), 200), left(max(…), 200) FROM …;
        SELECT left("state"::text, 200), CASE … END, count(*) FROM … GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1001
    """
    found = next((one for one in relation.columns if one.name == column), None)
    if found is None:
        raise InvalidInput(
            f"The table has no column {column!r}.", field="column", hint="It may have gone: reload the page."
        )
    condition = row_filters.compose_condition(relation.columns, filters, search)
    where = SQL(" WHERE {}").format(condition) if condition is not None else SQL("")
    source = SQL("{} r{}").format(relation.source, where)
    text = row_filters.compose_value_text(found)
    value = SQL("left({}, {})").format(text, Literal(LONGEST_VALUE))
    digest = SQL("CASE WHEN length({0}) > {1} THEN md5({0}) END").format(text, Literal(LONGEST_VALUE))
    with records.open_for_reading(TIMEOUT_SECONDS) as connection:
        different = run(
            connection,
            SQL(
                "SELECT count(*) FROM (SELECT DISTINCT {}, {} FROM (SELECT r.{} FROM {} LIMIT {}) r) d"
            ).format(value, digest, Identifier(column), source, Literal(FIRST_ROWS)),
        ).scalar_one()
        rows, filled, least, most = run(
            connection,
            SQL("SELECT count(*), count(nullif({}, '')), {}, {} FROM {}").format(
                text, *_compose_ends(found), source
            ),
        ).one()
        values = None
        if different <= MOST_VALUES:
            counted = run(
                connection,
                SQL("SELECT {}, {}, count(*) FROM {} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {}").format(
                    value, digest, source, Literal(MOST_VALUES + 1)
                ),
            ).all()
            if len(counted) <= MOST_VALUES:
                values = tuple(CountedValue(value, rows, key) for value, key, rows in counted)
    return ColumnValues(rows, filled, values, least, most)


def _compose_ends(column: ColumnInfo) -> list[Composable]:
    """The least and the greatest value as text; NULL of what has no order that people know, and of a text "".

    For example `left((min("created_at") AT TIME ZONE 'UTC')::text, 200)`.
    """
    if column.kind not in ORDERED:
        return [SQL("NULL"), SQL("NULL")]
    value: Composable = Identifier(column.name)
    if column.kind == "text":
        value = SQL("nullif({}::text, '') COLLATE \"C\"").format(value)
    utc = SQL(" AT TIME ZONE 'UTC'" if column.type == "timestamp with time zone" else "")
    shown = SQL("left(({}({}){})::text, {})")
    return [shown.format(SQL(end), value, utc, Literal(LONGEST_VALUE)) for end in ("min", "max")]
