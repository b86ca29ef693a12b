"""What the engine adds to StackQL's own time, and what reading its answer costs.

The peers, in the same run: the stand-in program started directly, and `json.loads` of the same text.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql as fake_stackql

SQL = "SELECT name FROM google.storage.buckets WHERE project = 'p'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two queries")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """p50_ms, p95_ms: between Run and the result being ready, less the program's own time. parse_ratio: see above."""
    from inventory_runner.engines.base import CancelToken
    from inventory_runner.engines.stackql import StackQLEngine

    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        program = fake_stackql.install(Path(folder) / "bin")
        program.answer(rows=[{"name": f"bucket-{index}", "size": index} for index in range(100)])
        own = statistics.median(_direct(program.binary) for _ in range(options.queries))
        engine = StackQLEngine({"STACKQL_BINARY": str(program.binary), "STACKQL_APPROOT": folder})
        added = []
        try:
            for _ in range(options.queries):
                # an engineer reads a result before running the next query; the next worker warms up meanwhile
                time.sleep(options.pause)
                started = time.perf_counter()
                engine.execute(SQL, credentials={"KEY": "x"}, timeout=30, cancel=CancelToken())
                added.append(time.perf_counter() - started - own)
        finally:
            engine.close()
    return {
        "p50_ms": round(1000 * statistics.median(added), 1),
        "p95_ms": round(1000 * statistics.quantiles(added, n=20)[-1], 1),
        "parse_ratio": round(_parse_ratio(options.rows, options.columns), 2),
    }


def _direct(binary: Path) -> float:
    started = time.perf_counter()
    subprocess.run([str(binary), "exec", SQL], capture_output=True, check=True)
    return time.perf_counter() - started


def _parse_ratio(rows: int, columns: int) -> float:
    from inventory_runner.engines.stackql_backend import read

    values = {
        f"column_{index}": (f"value {index} " + "x" * 18) if index % 4 else index for index in range(columns)
    }
    text = json.dumps([{**values, "column_0": row} for row in range(rows)], separators=(",", ":"))
    printed = text.encode()
    ratios = []
    for _ in range(5):
        # both use one processor alone; its time does not depend on what else the machine does
        started = time.process_time()
        json.loads(text)
        plain = time.process_time() - started
        started = time.process_time()
        read(io.BytesIO(printed), "", "SELECT 1", None, 1000)
        ratios.append((time.process_time() - started) / plain)
    return statistics.median(ratios)
