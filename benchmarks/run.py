"""A whole run: from a StackQL program that prints its rows to the committed table, against COPY of a ready CSV.

The runner is the real entry point in a process of its own, on the stand-in program of the tests. The first run loads
the table; the second finds 1 % of the rows changed, while a reader counts the table in a loop.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import sqlalchemy as sa

from benchmarks import _database

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql

COLUMNS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rows", type=int, default=200_000)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """copy_ratio: the first run from the start of its process to its commit, against COPY; process_ratio: to the end
    of its process, which brings the search up to date after the commit; peak_mb: runner and worker together, at once;
    reader_errors: reads that failed or saw another number of rows, in the second run."""
    if options.rows % 1000 == 0:
        # the engine suspects that an answer of so many full pages was cut, and the run would be PARTIAL
        options.rows += 1
    with tempfile.TemporaryDirectory() as scratch, _database.start_server() as server:
        folder = Path(scratch)
        first, second = folder / "first.json", folder / "second.json"
        csv = folder / "rows.csv"
        _write_rows(options.rows, first, csv, changed=False)
        _write_rows(options.rows, second, None, changed=True)
        copied = _copy(csv, server.engine)
        program = stackql.install(folder / "bin")
        os.environ["STACKQL_BINARY"] = str(program.binary)
        schedule = _database.save_schedule(server.engine, "SELECT * FROM aws.ec2.instances", "benchmark_rows")
        program.answer("SELECT", file=str(first))
        load = _time_run(schedule, program.binary, server.engine)
        program.clear()
        program.answer("SELECT", file=str(second))
        reader = _Reader(server.engine, options.rows)
        reader.start()
        replace = _time_run(schedule, program.binary, server.engine)
        reader.stop()
        with server.engine.connect() as connection:
            ended = connection.execute(
                sa.text("SELECT status, rows_total, changed FROM stackql_app.runs ORDER BY id")
            ).all()
    if [tuple(row) for row in ended] != [
        ("SUCCESS", options.rows, 0),
        ("SUCCESS", options.rows, len(range(0, options.rows, 100))),
    ]:
        raise SystemExit(f"The runs did not do what they should: {ended}")
    return {
        "rows": options.rows,
        "columns": COLUMNS,
        "copy_seconds": round(copied, 2),
        "committed_seconds": round(load.committed, 2),
        "copy_ratio": round(load.committed / copied, 2),
        "process_ratio": round(load.ended / copied, 2),
        "replace_ratio": round(replace.committed / copied, 2),
        "peak_mb": round(max(load.peak_mb, replace.peak_mb)),
        "reads": reader.reads,
        "reader_errors": reader.errors,
        "reader_max_ms": round(reader.slowest * 1000),
    }


def _write_rows(count: int, path: Path, csv: Path | None, *, changed: bool) -> None:
    """Rows as StackQL prints them: one compact JSON array; csv: the same for COPY."""
    lines = csv.open("w") if csv else None
    with path.open("w") as out:
        out.write("[")
        for number in range(count):
            row: dict[str, Any] = {
                "id": f"i-{number:012x}",
                "name": f"server-{number}",
                "state": "stopped" if changed and number % 100 == 0 else "running",
                "launched": f"2026-01-{number % 28 + 1:02}T00:00:00Z",
                "cores": number % 64,
                "cost": number / 7,
            }
            row |= {
                f"text_{index}": f"value {number % 97} of column {index}"
                for index in range(COLUMNS - len(row))
            }
            out.write(("," if number else "") + json.dumps(row, separators=(",", ":")))
            if lines:
                lines.write(",".join(f'"{value}"' for value in row.values()) + "\n")
        out.write("]")
    if lines:
        lines.close()


def _copy(csv: Path, engine: sa.Engine) -> float:
    """Seconds of COPY into a new table; the median of three."""
    types = ["text"] * 4 + ["bigint", "double precision"] + ["text"] * (COLUMNS - 6)
    definition = ", ".join(f"c{index} {kind}" for index, kind in enumerate(types))
    seconds = []
    for _ in range(3):
        connection = psycopg2.connect(
            engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with connection.cursor() as cursor, csv.open() as rows:
            cursor.execute(f"DROP TABLE IF EXISTS copied; CREATE TABLE copied ({definition})")
            connection.commit()
            began = time.monotonic()
            cursor.copy_expert("COPY copied FROM STDIN (FORMAT csv)", rows, size=1 << 20)
            connection.commit()
            seconds.append(time.monotonic() - began)
        connection.close()
    with engine.begin() as cleaning:
        cleaning.execute(sa.text("DROP TABLE copied"))
    return sorted(seconds)[1]


@dataclass(frozen=True)
class _Timed:
    """Seconds from the start of the process, and the most memory that it and its workers had at once."""

    committed: float
    ended: float
    peak_mb: float


def _time_run(schedule: int, program: Path, database: sa.Engine) -> _Timed:
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:

        def run_to_end() -> int:
            return connection.execute(
                sa.text("SELECT count(*) FROM stackql_app.runs WHERE finished_at IS NOT NULL")
            ).scalar_one()

        before = run_to_end()
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", "inventory_runner", "run", "--schedule-id", str(schedule)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "INVENTORY_ENGINE": "stackql"},
        )
        most = committed = 0.0
        while child.poll() is None:
            most = max(most, _measure_tree_mb(child.pid, program))
            if not committed and run_to_end() > before:
                committed = time.monotonic() - began
            time.sleep(0.02)
        ended = time.monotonic() - began
    if child.returncode:
        assert child.stderr is not None
        raise SystemExit(child.stderr.read().decode())
    return _Timed(committed or ended, ended, most)


def _measure_tree_mb(pid: int, program: Path) -> float:
    """Resident memory of a process and its descendants, without the stand-in program itself."""
    total, waiting = 0.0, [pid]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        try:
            # a child belongs to the thread that started it
            for thread in (folder / "task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text().split()]
            if str(program) not in (folder / "cmdline").read_text():
                total += int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total / 1e6


class _Reader(threading.Thread):
    """Counts the table in a loop."""

    def __init__(self, engine: sa.Engine, rows: int) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._rows = rows
        self._stop_asked = threading.Event()
        self.reads = self.errors = 0
        self.slowest = 0.0

    def run(self) -> None:
        while not self._stop_asked.is_set():
            began = time.monotonic()
            try:
                with self._engine.connect() as connection:
                    found = connection.execute(
                        sa.text("SELECT count(*) FROM stackql_inventory.benchmark_rows")
                    ).scalar_one()
                self.errors += found != self._rows
            except sa.exc.SQLAlchemyError:
                self.errors += 1
            self.reads += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            self._stop_asked.wait(0.02)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()
