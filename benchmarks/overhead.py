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
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import _database

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql as fake_stackql

ROOT = Path(__file__).resolve().parent.parent
SQL = "SELECT name, size FROM google.storage.buckets WHERE project = 'p'"
START_SECONDS = 60
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
        with _start_app(program.binary, Path(folder), database.folder) as port:
            page = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
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


@contextmanager
def _start_app(binary: Path, folder: Path, data: Path) -> Iterator[int]:
    """The app behind gunicorn; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {
        **os.environ,
        "INVENTORY_ENGINE": "stackql",
        "STACKQL_LOCAL_DEV": "true",
        "STACKQL_BINARY": str(binary),
        "STACKQL_APPROOT": str(folder / "approot"),
        "STACKQL_PULL": "never",
        "INVENTORY_DATA_DIR": str(data),
        "GOOGLE_CREDENTIALS": "x",
    }
    command = [sys.executable, "-m", "gunicorn", "app.wsgi:server", "--config", "python:app.gunicorn_config"]
    log = folder / "log"
    with log.open("w") as words:
        child = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=environ,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(port, child, log)
            yield port
        finally:
            child.terminate()
            child.wait(20)


def _wait(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            page = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            page.request("GET", "/readyz")
            if page.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The app did not start:\n{log.read_text()[-2000:]}")


def _run_query(page: http.client.HTTPConnection) -> None:
    """One query, with the requests that the page makes."""
    state = _ask_app(page, "POST", "/api/ide/queries", {"sql": SQL, "row_limit": 10_000})
    while not state["final"]:
        state = _ask_app(page, "GET", f"/api/ide/queries/{state['id']}?seen={state['progress']}")
    if state["status"] != "succeeded" or state["rows"] != 100:
        raise SystemExit(f"The query failed: {state}")


def _ask_app(page: http.client.HTTPConnection, method: str, path: str, body: object = None) -> dict[str, Any]:
    page.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = json.loads(page.getresponse().read())
    if "query" not in answer:
        raise SystemExit(f"The app refused the query: {answer}")
    found: dict[str, Any] = answer["query"]
    return found


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
