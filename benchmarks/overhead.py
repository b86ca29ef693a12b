"""What the product adds to StackQL's own time between Run and the result, and what reading an answer costs.

The app is served as in production, by gunicorn with its own configuration, and a query goes the way of the page: the
requests of assets/ide/run.js, guard, pre-flight, queue, worker, result file, until the page knows of its end. The
peers, in the same run: the stand-in program started directly, and `json.loads` of the same text.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _database
from benchmarks._app import ask_app, start_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql as fake_stackql

SQL = "SELECT name, size FROM google.storage.buckets WHERE project = 'p'"
# queries that read metadata and import
WARM_UP = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two queries")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """p50_ms, p95_ms: between Run and the result being ready, less the program's own time. parse_ratio: see above."""
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder, _database.start_server() as database:
        program = _make_program(Path(folder))
        own = statistics.median(_measure_directly(program.binary) for _ in range(options.queries))
        added = []
        environ = {
            "INVENTORY_DATA_DIR": str(database.folder),
            "STACKQL_LOCAL_DEV": "true",
            "GOOGLE_CREDENTIALS": "x",
        }
        with start_app(program.binary, Path(folder), environ) as app:
            page = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
            for _ in range(options.queries + WARM_UP):
                # an engineer reads a result before running the next query; the next worker warms up meanwhile
                time.sleep(options.pause)
                started = time.perf_counter()
                _run_query(page)
                added.append(time.perf_counter() - started - own)
            page.close()
    return {
        "p50_ms": round(1000 * statistics.median(added[WARM_UP:]), 1),
        "p95_ms": round(1000 * statistics.quantiles(added[WARM_UP:], n=20)[-1], 1),
        "parse_ratio": round(_parse_ratio(options.rows, options.columns), 2),
    }


def _make_program(folder: Path) -> fake_stackql.FakeStackQL:
    """A stand-in for StackQL that knows one resource and answers it with 100 rows."""
    program = fake_stackql.install(folder / "bin")
    columns = [{"name": "name", "type": "string"}, {"name": "size", "type": "integer"}]
    methods = [{"MethodName": "list", "RequiredParams": "project", "SQLVerb": "SELECT"}]
    program.answer("^DESCRIBE", columns)
    program.answer("^SHOW METHODS", methods)
    program.answer("", [{"name": f"bucket-{index}", "size": index} for index in range(100)])
    return program


def _measure_directly(binary: Path) -> float:
    started = time.perf_counter()
    subprocess.run([str(binary), "exec", SQL], capture_output=True, check=True)
    return time.perf_counter() - started


def _run_query(page: http.client.HTTPConnection) -> None:
    """One query, with the requests that the page makes."""
    state = ask_app(page, "POST", "/api/ide/queries", {"sql": SQL, "row_limit": 10_000})
    while not state["final"]:
        state = ask_app(page, "GET", f"/api/ide/queries/{state['id']}?seen={state['progress']}")
    if state["status"] != "succeeded" or state["rows"] != 100:
        raise SystemExit(f"The query failed: {state}")


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
        read(io.BytesIO(printed), "", "SELECT 1", None, 1000, {})
        ratios.append((time.process_time() - started) / plain)
    return statistics.median(ratios)
