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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import _database

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql

CELLS = 1_000_000
CHANGED_CELLS = 1_000
TABLE = "benchmark_values"
RESOURCE = "aws.ec2.instances"
# equal in the 63 bytes that Postgres keeps of a name
LONG = "properties_network_profile_load_balancer_frontend_ip_configuration_"
ROWS_AT_ONCE = 5_000

Cell = str | None
Dice = random.Random


@dataclass(frozen=True)
class Column:
    """kind: as DESCRIBE calls it. make: a row's printed text. shuffled: the same value in another order; changed: a
    text that means something else."""

    name: str
    kind: str
    make: Callable[[int, Dice], Cell]
    changed: Callable[[Any, Dice], Cell]
    shuffled: Callable[[str, Dice], str] = lambda text, dice: text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--seed", type=int, default=12)


# --- what is printed


def _sometimes(dice: Dice, usual: Cell, *odd: Cell) -> Cell:
    """An odd text in one of twenty cells."""
    return dice.choice(odd) if odd and dice.random() < 0.05 else usual


def _print(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _digits(dice: Dice, count: int) -> str:
    return str(dice.randrange(1, 10)) + "".join(str(dice.randrange(10)) for _ in range(count - 1))


def _document(number: int, dice: Dice) -> str:
    """JSON with numbers that no float holds, in lists in objects in lists."""
    numbers = ",".join(f"0.{_digits(dice, 19)}" for _ in range(3))
    return (
        f'{{"a":{_digits(dice, 20)},"b":{{"c":[{{"d":[{numbers}]}},{number}]}},"price":{number % 90}.10,'
        f'"big":1e{dice.randrange(20, 60)}}}'
    )


def _odd_json(number: int, dice: Dice) -> Cell:
    deep = dice.choice((40, 300, 2_000, 90_000))
    return dice.choice(
        (
            _print({"title": f"fine {number}"}),
            '{"title":"cut \\ud83d","n":' + str(number) + "}",
            '{"title":"nul \\u0000 here","n":' + str(number) + "}",
            "none",
            "N/A",
            '{"cut":',
            "[1,2",
            "[" * deep + "]" * deep if number % 500 == 0 else "[[[[[]]]]]",
            '{"v":1e999999999}' if number % 50 == 0 else "{}",
            '{"v":NaN}',
            "[]",
            "",
            None,
        )
    )


def _pairs(number: int, dice: Dice) -> list[tuple[str, str]]:
    names = dice.sample(("team", "env", "owner", "cost-center", "Name", "app", "tier"), dice.randrange(1, 6))
    return [(name, f"{name}-{number % 97}") for name in names]


def _listed_tags(key: str, value: str) -> Callable[[int, Dice], Cell]:
    def make(number: int, dice: Dice) -> Cell:
        return _sometimes(
            dice, _print([{key: name, value: text} for name, text in _pairs(number, dice)]), "[]", "", None
        )

    return make


def _mapped_tags(number: int, dice: Dice) -> Cell:
    return _sometimes(dice, _print(dict(_pairs(number, dice))), "{}", "", None, "none")


def _items(number: int, dice: Dice) -> Cell:
    names = [f"{name}-server" for name, _ in _pairs(number, dice)]
    return _sometimes(dice, _print({"items": names, "fingerprint": f"f{number}"}), "{}", None)


def _ids(number: int, dice: Dice) -> Cell:
    return _sometimes(
        dice,
        _print([f"sg-{number:x}{n}a{dice.randrange(16):x}" for n in range(dice.randrange(1, 6))]),
        "[]",
        "",
    )


def _another(value: Any, dice: Dice) -> Cell:
    """A text that was not there before."""
    return f"another {dice.getrandbits(64):x}"


def _one_digit(value: Any, dice: Dice) -> Cell:
    """The number with one digit changed, the last one."""
    text = str(value) if value is not None else _digits(dice, 9)
    if not text[-1:].isdigit():
        return _digits(dice, 9)
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def _one_deep_digit(value: Any, dice: Dice) -> Cell:
    text = value if value and re.search(r"\d", value) else _document(7, dice)
    places = [match.start() for match in re.finditer(r"\d(?=[,\]])", text)] or [
        match.start() for match in re.finditer(r"\d", text)
    ]
    place = dice.choice(places)
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


def _one_tag(value: Any, dice: Dice) -> Cell:
    """One tag's value is another, beside a list in another order."""
    found = json.loads(value) if value and value[0] in "{[" else []
    fresh = f"fresh {dice.getrandbits(64):x}"
    if isinstance(found, dict):
        if "items" in found:
            return _print({**found, "items": [*reversed(found["items"]), fresh]})
        return _print(dict(reversed(list({**found, "fresh": fresh}.items()))))
    if not found:
        return _print([{"Key": "fresh", "Value": fresh}])
    changed = [dict(one) for one in reversed(found)]
    changed[0][list(changed[0])[1]] = fresh
    return _print(changed)


def _one_id(value: Any, dice: Dice) -> Cell:
    found = json.loads(value) if value else []
    return _print([*reversed(found), f"sg-{dice.getrandbits(40):x}"])


def _shuffle(text: str, dice: Dice) -> str:
    """The same lists and keys in another order; what is no JSON stays as it is."""

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            turned = [(name, turn(item)) for name, item in value.items()]
            dice.shuffle(turned)
            return dict(turned)
        if isinstance(value, list):
            turned_list = [turn(item) for item in value]
            dice.shuffle(turned_list)
            return turned_list
        return value

    return _print(turn(json.loads(text))) if text[:1] in ("{", "[") else text


def _reorder_keys(text: str, dice: Dice) -> str:
    """The top level's keys in another order, every value's text as it is."""
    if not text.startswith('{"a":'):
        return text
    first, rest = text[1:-1].split(',"price"', 1)
    return '{"price"' + rest + "," + first + "}"


COLUMNS = (
    Column("id", "string", lambda n, d: f"i-{n:012x}", _another),
    Column("name", "string", lambda n, d: _sometimes(d, f"server-{n}", "", None, "\u202enaïve\tname", '"quoted"'),
           _another),
    Column("Name", "string", lambda n, d: f"tag-{n}", _another),
    Column(f"{LONG}public_ip", "string", lambda n, d: f"pub-{n}", _another),
    Column(f"{LONG}private_ip", "string", lambda n, d: f"priv-{n}", _another),
    Column("text_63", "string", lambda n, d: "x" * 63 + str(n), _another),
    Column("created", "string", lambda n, d: f"2026-01-{n % 28 + 1:02}T00:00:00Z", _another),
    Column("size", "integer", lambda n, d: _sometimes(d, str(n), "", None, "N/A", "unlimited"), _one_digit),
    Column("huge", "integer", lambda n, d: _sometimes(d, str(n), "", str(2**63 + n), f"{n}.5"), _one_digit),
    Column("price", "number", lambda n, d: _sometimes(d, f"{n % 90}.{n % 10}0", "", None, "N/A"), _one_digit),
    Column("exact", "number", lambda n, d: _sometimes(d, f"0.{_digits(d, 19)}", "1e-7", "-"), _one_digit),
    Column("on", "boolean", lambda n, d: _sometimes(d, ("true", "false")[n % 2], "", None, "perhaps"),
           lambda value, d: "false" if value == "true" else "true"),
    Column("document", "object", _document, _one_deep_digit, _reorder_keys),
    Column("odd", "object", _odd_json, lambda value, d: _print({"fresh": f"{d.getrandbits(64):x}"})),
    Column("tags", "array", _listed_tags("Key", "Value"), _one_tag, _shuffle),
    Column("tag_set", "array", _listed_tags("TagKey", "TagValue"), _one_tag, _shuffle),
    Column("labels", "object", _mapped_tags, _one_tag, _shuffle),
    Column("network_tags", "object", _items, _one_tag, _shuffle),
    Column("group_ids", "array", _ids, _one_id, _shuffle),
    Column("state", "string", lambda n, d: ("running", "stopped")[n % 2], _another),
)  # fmt: skip


# --- what each cell should be

UNREAD = object()


def _right(kind: str, text: Cell) -> Any:
    """The value that a printed text stands for: None for a missing one, UNREAD for what is not of its kind."""
    if text is None:
        return None
    if kind == "string":
        return text
    if text == "":
        return None
    if kind in ("integer", "number"):
        return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text) else UNREAD
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, UNREAD)
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return UNREAD
    return _storable(value) if isinstance(value, dict | list) else UNREAD


def _refuse(word: str) -> None:
    raise ValueError(word)


def _storable(value: Any) -> Any:
    """Without what no Postgres text can hold."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff\0]", "", value)
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, Decimal) and value.adjusted() > 100_000:
        return UNREAD
    return value


# --- the three runs


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
        if where not in changed and _is_other(column.kind, before, after):
            row[column.name] = after
            changed.add(where)
    return _Answer(rows), changed


def _is_other(kind: str, before: Cell, after: Cell) -> bool:
    """Whether two texts mean something else, in one order or another."""
    left, right = _right(kind, before), _right(kind, after)
    if UNREAD in (left, right):
        return before != after
    return _sort(left) != _sort(right)


def _sort(value: Any) -> Any:
    """The value with its lists sorted, as a text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{_sort(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(_sort, value))) + "]"
    return repr(value.normalize()) if isinstance(value, Decimal) else repr(value)


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
            right, found = _right(column.kind, cells[column.name]), row.get(own)
            if right is UNREAD or (own in kept and column.kind != "string"):
                wrong += found is not None or kept.get(own) != _storable(cells[column.name])
                unread += 1
            else:
                wrong += not _is_same(column.kind, right, found)
    said = sum(_count_said(warning) for warning in _query(engine, _WARNINGS)[0][0])
    # what is kept and not counted is as good as lost
    return wrong + len(printed) * len(COLUMNS) + abs(said - unread), unread


_NAMES = f"SELECT column_names FROM stackql_app.inventory_tables WHERE target_table = '{TABLE}'"
_WARNINGS = "SELECT warnings FROM stackql_app.runs ORDER BY id DESC LIMIT 1"


def _count_said(warning: str) -> int:
    found = re.match(r"([\d,]+) values? of .* kept in _unread\.", warning)
    return int(found[1].replace(",", "")) if found else 0


def _is_same(kind: str, right: Any, found: str | None) -> bool:
    if right is None or found is None:
        return right is None and found is None
    if kind == "string":
        return bool(found == right.replace("\0", ""))
    if kind == "boolean":
        return bool(found == str(right).lower())
    if kind in ("integer", "number"):
        return Decimal(found) == right
    return bool(json.loads(found, parse_float=Decimal, parse_int=Decimal) == right)


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
