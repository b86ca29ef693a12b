"""The statement that makes a table's chart, in SQL that a person reads and goes on with in the editor."""

from __future__ import annotations

from collections.abc import Sequence

from inventory_runner.store.names import RUN_AT, RUN_ID
from services.db.relations import EMPTY, FILLED, PERIODS, Relation
from services.models.chart_words import name_period
from services.models.core import INVENTORY_SCHEMA
from services.models.inventory import ORDERED_KINDS, ChartChoice, ColumnInfo, TableRef
from services.models.number_steps import read_step

MOST_GROUPS = 30
MEASURES = {"count": "count(*)", "sum": "sum({})", "avg": "avg({})"}
EMPTY_VALUES = {"json": "'', '{}', '[]', 'null', '\"\"'", "text": "''"}


def write_chart_sql(
    ref: TableRef, relation: Relation, choice: ChartChoice, groups: Sequence[str], appended: bool
) -> str:
    """The statement; empty for a table that the editor's inventory does not have, or a filter of words.

    groups: the chart's, which tell its steps or periods. appended: only the newest run's rows count.

    For example:

        SELECT "state", "region", count(*) AS "rows"
        FROM stackql_inventory."aws_ec2_instances"
        GROUP BY 1, 2
        ORDER BY 3 DESC
        LIMIT 200
    """
    if ref.schema != INVENTORY_SCHEMA or choice.filter:
        # which rows have the words is decided over all columns: nobody would read such a statement
        return ""
    known = {column.name: column for column in relation.columns}
    shown = [f"{_write_group(known[choice.by], choice.kind, groups)} AS {quote(choice.by)}"]
    if choice.split:
        shown.append(f"{_write_group(known[choice.split], '', ())} AS {quote(choice.split)}")
    count = len(shown)
    number = MEASURES[choice.measure].format(quote(choice.of))
    named = "rows" if choice.measure == "count" else f"{choice.measure}_of_{choice.of}"
    table = f"{INVENTORY_SCHEMA}.{quote(ref.name)}"
    lines = [f"SELECT {', '.join([*shown, f'{number} AS {quote(named)}'])}", f"FROM {table}"]
    if appended:
        run, at = quote(RUN_ID), quote(RUN_AT)
        newest = f"(SELECT {run} FROM {table} ORDER BY {at} DESC LIMIT 1)"  # noqa: S608 - quoted, and shown to a person
        lines.append(f"WHERE {run} = {newest}")
    ordered = choice.kind in ORDERED_KINDS and bool(name_period(groups))
    lines.append(f"GROUP BY {', '.join(str(place + 1) for place in range(count))}")
    if choice.kind == "histogram":
        lines.append(f"ORDER BY min({quote(choice.by)})")
    else:
        lines.append("ORDER BY 1" if ordered else f"ORDER BY {count + 1} DESC")
    lines.append(f"LIMIT {MOST_GROUPS if count == 1 else 200}")
    return "\n".join(lines)


def quote(name: str) -> str:
    """A name as Postgres takes it, whatever letters it has."""
    return '"' + name.replace('"', '""') + '"'


def _write_group(column: ColumnInfo, kind: str, groups: Sequence[str]) -> str:
    name = quote(column.name)
    if kind == "filled":
        if empty := EMPTY_VALUES.get(column.kind):
            return f"CASE WHEN coalesce({name}::text, '') IN ({empty}) THEN '{EMPTY}' ELSE '{FILLED}' END"
        return f"CASE WHEN {name} IS NULL THEN '{EMPTY}' ELSE '{FILLED}' END"
    if kind == "histogram" and (step := next(filter(None, map(read_step, groups)), None)):
        width = f"{step[1] - step[0]:f}"
        return f"floor({name}::numeric / {width}) * {width}"
    period = next((one for one in groups if name_period([one])), "2026-11-21")
    if column.kind == "time":
        return f"to_char({name}, '{PERIODS[len(period)]}')"
    if column.kind == "text" and kind in ORDERED_KINDS and name_period(groups):
        return f"left({name}, {len(period)})"
    # what Postgres cannot sort is grouped by its text
    return f"{name}::text" if column.kind == "json" else name
