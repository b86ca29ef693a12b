"""Whether the table holds what the program printed: a million cells of every odd kind, three runs over them.

The runner is the real entry point in a process of its own, on the stand-in program of the tests. What each cell should
be is made here from the printed text, with Python's `json` and `Decimal` and none of the product's code.

1. The first run loads the table: `wrong_cells` are those that hold something else, dropped ones included; a text that
   is not of its column's type has to stand in `_unread`, and to be counted in the run's words.
2. The second prints the same with rows, keys, tags and ids in another order: `false_changes`.
3. In the third a thousand cells really differ, some in one digit, some beside a list in another order:
   `missed_changes`, and `false_changes` again for what else the feed holds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import _database
from benchmarks._values_cells import (
    COLUMNS,
    UNREAD,
    Cell,
    Dice,
    find_right,
    is_other,
    is_same,
    make_storable,
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql

CELLS = 1_000_000
CHANGED_CELLS = 1_000
TABLE = "benchmark_values"
RESOURCE = "aws.ec2.instances"
ROWS_AT_ONCE = 5_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--seed", type=int, default=12)


@dataclass
class _Answer:
    """What the program prints: rows in their order, each with a text for every column."""

    rows: list[dict[str, Cell]]

    def write(self, path: Path) -> None:
        with path.open("w") as out:
            out.write("[")
            for place, row in enumerate(self.rows):
                # the program prints NULL as the text null
                printed = {name: "null" if text is None else text for name, text in row.items()}
                out.write(("," if place else "") + json.dumps(printed, separators=(",", ":")))
            out.write("]")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """wrong_cells, false_changes and missed_changes, which the module's docstring explains; unread: texts kept."""
    dice = random.Random(options.seed)
    count = options.cells // len(COLUMNS) or 1
    # an answer of so many full pages would be taken for one that was cut
    count += count % 1000 == 0
    first = _Answer([{column.name: column.make(n, dice) for column in COLUMNS} for n in range(count)])
    second = _Answer([_turn(row, dice) for row in dice.sample(first.rows, count)])
    third, changed = _change(second, min(CHANGED_CELLS, count), dice)
    with tempfile.TemporaryDirectory() as scratch, _database.start_server() as server:
        program = stackql.install(Path(scratch) / "bin")
        os.environ["STACKQL_BINARY"] = str(program.binary)
        schedule = _database.save_schedule(server.engine, f"SELECT * FROM {RESOURCE}", TABLE)
        wrong, unread = 0, 0
        for number, answer in enumerate((first, second, third), 1):
            path = Path(scratch) / f"{number}.json"
            answer.write(path)
            program.clear()
            program.answer(
                "DESCRIBE", rows=[{"name": column.name, "type": column.kind} for column in COLUMNS]
            )
            program.answer("SELECT", file=str(path))
            _run(schedule)
            wrong_now, unread_now = _compare(server.engine, answer)
            wrong, unread = wrong + wrong_now, unread + unread_now
        recorded = _read_feed(server.engine)
        runs = _query(
            server.engine, "SELECT status, added, removed, changed FROM stackql_app.runs ORDER BY id"
        )
    if [row[0] for row in runs] != ["SUCCESS"] * 3:
        raise SystemExit(f"The runs did not end well: {runs}")
    second_run = sum(runs[1][1:])
    return {
        "cells": count * len(COLUMNS),
        "columns": len(COLUMNS),
        "seed": options.seed,
        "unread": unread,
        "wrong_cells": wrong,
        "false_changes": second_run + len(recorded - changed),
        "missed_changes": len(changed - recorded),
    }


def _turn(row: dict[str, Cell], dice: Dice) -> dict[str, Cell]:
    """The same row with everything in another order whose order means nothing."""
    cells = [
        (column.name, None if row[column.name] is None else column.shuffled(row[column.name] or "", dice))
        for column in COLUMNS
    ]
    # the row that is printed first tells the reader what a row begins with
    return dict([cells[0], *dice.sample(cells[1:], len(cells) - 1)])


def _change(answer: _Answer, cells: int, dice: Dice) -> tuple[_Answer, set[tuple[str, str]]]:
    """The answer with so many cells that really differ, and which they are: (id, column)."""
    rows = [dict(row) for row in answer.rows]
    changed: set[tuple[str, str]] = set()
    columns = [column for column in COLUMNS if column.name != "id"]
    while len(changed) < cells:
        row, column = dice.choice(rows), dice.choice(columns)
        before, after = row[column.name], column.changed(row[column.name], dice)
        where = (str(row["id"]), column.name)
        if where not in changed and is_other(column.kind, before, after):
            row[column.name] = after
            changed.add(where)
    return _Answer(rows), changed


def _run(schedule: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inventory_runner", "run", "--schedule-id", str(schedule)],
        env={**os.environ, "INVENTORY_ENGINE": "stackql"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)


def _compare(engine: sa.Engine, answer: _Answer) -> tuple[int, int]:
    """Cells that do not hold what was printed, and those that were kept as texts."""
    names = {name: own[0] for name, own in _query(engine, _NAMES)[0][0].items()}
    printed = {row["id"]: row for row in answer.rows}
    wrong = unread = 0
    for row in _read_table(engine, list(names.values())):
        cells = printed.pop(row["id"])
        kept = json.loads(row["_unread"] or "{}")
        for column in COLUMNS:
            own = names.get(column.name, column.name)
            right, found = find_right(column.kind, cells[column.name]), row.get(own)
            if right is UNREAD or (own in kept and column.kind != "string"):
                wrong += found is not None or kept.get(own) != make_storable(cells[column.name])
                unread += 1
            else:
                wrong += not is_same(column.kind, right, found)
    said = sum(_count_said(warning) for warning in _query(engine, _WARNINGS)[0][0])
    # what is kept and not counted is as good as lost
    return wrong + len(printed) * len(COLUMNS) + abs(said - unread), unread


_NAMES = f"SELECT column_names FROM stackql_app.inventory_tables WHERE target_table = '{TABLE}'"
_WARNINGS = "SELECT warnings FROM stackql_app.runs ORDER BY id DESC LIMIT 1"


def _count_said(warning: str) -> int:
    found = re.match(r"([\d,]+) values? of .* kept in _unread\.", warning)
    return int(found[1].replace(",", "")) if found else 0


def _read_table(engine: sa.Engine, names: list[str]) -> Iterator[dict[str, str | None]]:
    """The table's rows, every cell as Postgres's text."""
    columns = ", ".join(f'"{name}"::text' for name in (*names, "_unread"))
    with engine.connect().execution_options(stream_results=True, yield_per=ROWS_AT_ONCE) as connection:
        for row in connection.exec_driver_sql(f"SELECT {columns} FROM stackql_inventory.{TABLE}"):
            yield dict(zip((*names, "_unread"), row, strict=True))


def _read_feed(engine: sa.Engine) -> set[tuple[str, str]]:
    """(id, column) of every change that is recorded; what is added or removed counts for every column."""
    names = {own[0]: name for name, own in _query(engine, _NAMES)[0][0].items()}
    found: set[tuple[str, str]] = set()
    feed = (
        "SELECT resource_key, change, changed_columns, before, after FROM stackql_inventory.resource_changes"
    )
    for key, change, columns, before, after in _query(engine, feed):
        if change != "changed":
            found |= {(key, column.name) for column in COLUMNS}
            continue
        own = set(columns) - {"_unread"}
        texts = [(side or {}).get("_unread") or {} for side in (before, after)]
        own |= {name for name in {*texts[0], *texts[1]} if texts[0].get(name) != texts[1].get(name)}
        found |= {(key, names.get(name, name)) for name in own}
    return found


def _query(engine: sa.Engine, text: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(text)]
