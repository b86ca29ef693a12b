"""Writing a table: from a DataFrame in memory to committed rows, against COPY of a ready CSV file in the same run.

Every figure is the median of `--rounds`. `first_load_ratio` is the load of a new table, `replace_ratio` a
merge in which a share of the rows changed, while a reader in a process of its own counts rows in a loop:
`reader_max_ms` is its slowest read, `reader_saw_partial` whether it ever saw anything but the old or the new
rows. Both are without assets (the table's rules switch them off); `assets_ratio` and `replace_assets_ratio`
are what they take with assets over without. `to_sql_ratio` is pandas' own writer, on a tenth of the rows
against COPY of as many. `peak_mb` is resident memory above what the DataFrame takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import sqlalchemy as sa

from benchmarks import _database
from inventory_runner.contract import QueryResult
from inventory_runner.models import Scope, ScopeStatus
from inventory_runner.store import MergeResult, ScopeData, Target, merge

TABLE = "benchmark_rows"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--key", choices=["id", "none"], default="id", help="none compares whole rows")
    parser.add_argument(
        "--changed", type=float, default=0.01, help="share of the rows that the replace changes"
    )
    parser.add_argument("--rounds", type=int, default=3)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The figures that the module's docstring explains; seconds, ratios, milliseconds and megabytes."""
    with tempfile.TemporaryDirectory() as scratch, _database.start_server() as server:
        bench = _Bench(server.engine, options, Path(scratch))
        rounds = [bench.round() for _ in range(options.rounds)]
        to_sql = bench.compare_with_to_sql()
    figures = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    figures["to_sql_ratio"] = to_sql
    shown: dict[str, Any] = {name: round(value, 3) for name, value in figures.items()}
    shown["reader_saw_partial"] = any(one["reader_saw_partial"] for one in rounds)
    shown["reader_max_ms"] = round(max(one["reader_max_ms"] for one in rounds), 1)
    shown["peak_mb"] = round(max(one["peak_mb"] for one in rounds), 1)
    return {
        "rows": options.rows,
        "columns": options.columns,
        "key": options.key,
        "changed": options.changed,
        **shown,
    }


class _Bench:
    def __init__(self, engine: sa.Engine, options: argparse.Namespace, scratch: Path) -> None:
        self.engine = engine
        self.options = options
        self.before = build_frame(options.rows, options.columns)
        self.after = change_rows(self.before, options.changed)
        self.csv = scratch / "rows.csv"
        self.before.to_csv(self.csv, index=False)
        self.small = scratch / "small.csv"
        self.before.head(max(options.rows // 10, 1)).to_csv(self.small, index=False)
        self.runs = 0

    def round(self) -> dict[str, float]:
        copied = self.copy(self.csv)
        loaded, peak = self.load(assets=True)
        with_assets, _, _, _ = self.replace()
        plain, _ = self.load(assets=False)
        wal = self.measure_wal()
        replaced, more, slowest, partial = self.replace()
        return {
            "copy_seconds": copied,
            "first_load_ratio": plain / copied,
            "assets_ratio": loaded / plain,
            "replace_ratio": replaced / copied,
            "replace_assets_ratio": with_assets / replaced,
            "reader_max_ms": slowest,
            "reader_saw_partial": partial,
            "wal_mb": (self.measure_wal() - wal) / 2**20,
            "peak_mb": max(peak, more),
        }

    def replace(self) -> tuple[float, float, float, bool]:
        """Seconds, peak megabytes, the reader's slowest read in milliseconds, and whether it saw a mixture."""
        reader = _Reader(len(self.before))
        seconds, peak = self.measure(lambda: self.merge(self.after))
        return seconds, peak, *reader.stop()

    def copy(self, csv: Path) -> float:
        """Seconds for COPY of the file into a new table of the same types."""
        columns = ", ".join(f'"{name}" {_TYPES[name.split("_")[0]]}' for name in self.before.columns)
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        try:
            with connection.cursor() as cursor, csv.open("rb") as file:
                cursor.execute("DROP TABLE IF EXISTS copied")
                connection.commit()
                started = time.perf_counter()
                cursor.execute(f"CREATE TABLE copied ({columns})")
                cursor.copy_expert("COPY copied FROM STDIN (FORMAT csv, HEADER)", file, size=1 << 20)
                connection.commit()
                return time.perf_counter() - started
        finally:
            connection.close()

    def load(self, *, assets: bool) -> tuple[float, float]:
        """Seconds and peak megabytes of a first load."""
        with self.engine.begin() as connection:
            connection.execute(
                sa.text(
                    f"DROP TABLE IF EXISTS stackql_inventory.{TABLE};"
                    " TRUNCATE stackql_app.assets, stackql_inventory.resource_changes, stackql_app.asset_search,"
                    " stackql_app.inventory_tables, stackql_app.table_scopes, stackql_app.table_history,"
                    " stackql_app.table_breakdowns CASCADE"
                )
            )
            if not assets:
                connection.execute(
                    sa.text(
                        "INSERT INTO stackql_app.inventory_tables (target_schema, target_table, asset_rules)"
                        " VALUES ('stackql_inventory', :table, '{\"id\": \"\"}')"
                    ),
                    {"table": TABLE},
                )
        return self.measure(lambda: self.merge(self.before))

    def merge(self, rows: pd.DataFrame) -> MergeResult:
        """From the DataFrame to the commit."""
        self.runs += 1
        table = pa.Table.from_pandas(rows, preserve_index=False)
        names = frozenset(name for name in rows.columns if name.startswith("tags"))
        data = ScopeData(Scope(), ScopeStatus.OK, QueryResult(table, json_columns=names))
        target = Target(
            "stackql_inventory",
            TABLE,
            key_columns=() if self.options.key == "none" else ("id",),
            provider="aws",
            service="ec2",
            resource="instances",
        )
        return merge(
            self.engine,
            target,
            [data],
            run_id=self.runs,
            at=datetime.now(UTC),
            claim=lambda _connection: None,
            record=lambda _connection, _result: None,
        )

    def compare_with_to_sql(self) -> float:
        small = self.before.head(max(self.options.rows // 10, 1))
        copied = self.copy(self.small)
        started = time.perf_counter()
        small.to_sql("to_sql", self.engine, index=False, if_exists="replace")
        return (time.perf_counter() - started) / copied

    def measure_wal(self) -> int:
        with self.engine.connect() as connection:
            return int(
                connection.execute(sa.text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one()
            )

    def measure(self, work: Callable[[], object]) -> tuple[float, float]:
        """Seconds, and megabytes of memory above what was taken before."""
        base, peak, done = _measure_resident(), 0, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.005):
                peak = max(peak, _measure_resident())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        return seconds, max(peak - base, 0) / 2**20


class _Reader:
    """Counts the table's rows, and those of the new generation, in a loop of its own process."""

    def __init__(self, rows: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._write_reader", TABLE, str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it has read once

    def stop(self) -> tuple[float, bool]:
        """The slowest read in milliseconds, and whether any saw a mixture."""
        answer, _ = self._process.communicate("\n", timeout=60)
        seen = json.loads(answer)
        return float(seen["max_ms"]), bool(seen["partial"])


def _measure_resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


_TYPES = {
    "id": "text", "name": "text", "tags": "jsonb", "region": "text", "text": "text", "count": "bigint",
    "ratio": "double precision", "flag": "boolean", "time": "timestamptz", "generation": "bigint",
}  # fmt: skip


def build_frame(rows: int, columns: int) -> pd.DataFrame:
    """Rows as an inventory has them: an id, a name, a region, tags, texts, numbers, flags and times."""
    random = np.random.default_rng(7)
    number = pd.Series(np.arange(rows))
    start = pd.Timestamp("2026-01-01", tz="UTC")
    made: dict[str, Any] = {
        "id": "i-" + number.map("{:017x}".format),
        "name": "server-" + number.astype(str),
        "region": random.choice(["us-east-1", "eu-west-1", "ap-south-1"], rows),
        "tags": '{"owner":"team-' + (number % 50).astype(str) + '","env":"prod"}',
        "generation": np.ones(rows, dtype=np.int64),
    }
    makers: list[tuple[str, Callable[[], Any]]] = [
        ("text", lambda: "value " + pd.Series(random.integers(0, 10_000, rows)).astype(str)),
        ("count", lambda: random.integers(0, 2**40, rows)),
        ("ratio", lambda: random.random(rows)),
        ("flag", lambda: random.random(rows) < 0.5),
        ("time", lambda: start + pd.to_timedelta(random.integers(0, 10**7, rows), unit="s")),
    ]
    for place in range(columns - len(made)):
        name, make = makers[place % len(makers)]
        made[f"{name}_{place}"] = make()
    return pd.DataFrame(made)


def change_rows(rows: pd.DataFrame, share: float) -> pd.DataFrame:
    """The same rows, a share of them of the next generation."""
    after = rows.copy()
    count = round(len(rows) * share)
    chosen = np.random.default_rng(11).choice(len(rows), count, replace=False)
    after.loc[chosen, "generation"] = 2
    return after


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    print(json.dumps(run(parser.parse_args())))
