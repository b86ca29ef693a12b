"""What queries that wait in line cost the server, and whether Run still answers at once beside them.

The app is served as in production, by gunicorn with its own configuration, to many people. The first queries take all
places and do not end; the others wait, and each is asked for as its page does (assets/ide/run.js).
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks import _database
from benchmarks._app import ask_app, start_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql as fake_stackql

SQL = "SELECT name, size FROM google.storage.buckets WHERE project = 'p'"
PLACES = 8
# a person may let ten wait; fewer, so that Run is never refused for that
EACH = 5
FEW = 10
SETTLE_SECONDS = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--waiting", type=int, default=240, help=f"queries in line, compared with {FEW}")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--runs", type=int, default=40, help="presses of Run beside those that wait")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """cost_per_waiting_us: the server's processor time, microseconds a second for each query that waits, without what
    it takes with all places taken and nobody waiting; cost_growth: against FEW that wait; run_answer_*_ms: of
    `POST /api/ide/queries` while they wait."""
    with tempfile.TemporaryDirectory(prefix="queue-") as scratch, _database.start_server() as database:
        folder = Path(scratch)
        program = fake_stackql.install(folder / "bin")
        program.answer("^DESCRIBE", [{"name": "name", "type": "string"}, {"name": "size", "type": "integer"}])
        program.answer(
            "^SHOW METHODS", [{"MethodName": "list", "RequiredParams": "project", "SQLVerb": "SELECT"}]
        )
        program.answer("", [], hang=True)
        environ = {
            "DATABRICKS_APP_NAME": "benchmark",
            "INVENTORY_DATA_DIR": str(database.folder),
            "INVENTORY_QUERIES_AT_ONCE": str(PLACES),
        }
        with start_app(program.binary, folder, environ) as app:
            pages = [_Page(app.port, f"running-{number}@example.com") for number in range(PLACES)]
            _wait_until_running(pages)
            idle = _measure_cpu(app.pid, options.seconds)
            pages += _open_pages(app.port, FEW, 0)
            few = (_measure_cpu(app.pid, options.seconds) - idle) / FEW
            pages += _open_pages(app.port, options.waiting - FEW, FEW)
            many = (_measure_cpu(app.pid, options.seconds) - idle) / options.waiting
            answers = [_time_run(app.port, number) for number in range(options.runs)]
            waiting = sum(page.status == "queued" for page in pages)
            requests = sum(page.requests for page in pages)
            for page in pages:
                page.leave()
    if waiting != options.waiting:
        raise SystemExit(f"{waiting} queries waited, not {options.waiting}.")
    return {
        "waiting": waiting,
        "requests": requests,
        "cost_per_waiting_us": round(1e6 * many),
        "cost_per_waiting_few_us": round(1e6 * few),
        "cost_growth": round(many / max(few, 1e-6), 2),
        "run_answer_p50_ms": round(1000 * statistics.median(answers), 1),
        "run_answer_p95_ms": round(1000 * statistics.quantiles(answers, n=20)[-1], 1),
        "load": round(os.getloadavg()[0], 1),
    }


class _Page(threading.Thread):
    """One person's tab: Run, then question after question, as run.js asks."""

    def __init__(self, port: int, person: str) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._person = person
        self._left = threading.Event()
        self.status, self.requests = "", 0
        self._state = self._ask("POST", "/api/ide/queries", {"sql": SQL, "row_limit": 10_000})
        self.start()

    def run(self) -> None:
        state = self._state
        while not state["final"] and not self._left.wait(state["pause"]):
            state = self._ask("GET", f"/api/ide/queries/{state['id']}?seen={state['progress']}")

    def leave(self) -> None:
        self._left.set()
        self.join()

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        state = ask_app(self._connection, method, path, body, self._person)
        self.status, self.requests = state["status"], self.requests + 1
        return state


def _open_pages(port: int, count: int, first: int) -> list[_Page]:
    return [_Page(port, f"waiting-{number // EACH}@example.com") for number in range(first, first + count)]


def _wait_until_running(pages: list[_Page]) -> None:
    deadline = time.monotonic() + 60
    while any(page.status != "running" for page in pages):
        if time.monotonic() > deadline:
            raise SystemExit("The first queries do not run.")
        time.sleep(0.1)


def _measure_cpu(pid: int, seconds: float) -> float:
    """Processor seconds a second of gunicorn and its server processes, without the queries' own workers."""
    time.sleep(SETTLE_SECONDS)
    # a server process's engine starts others; they are no part of waiting
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    before, began = sum(map(_read_cpu, [str(pid), *children])), time.monotonic()
    time.sleep(seconds)
    return (sum(map(_read_cpu, [str(pid), *children])) - before) / (time.monotonic() - began)


def _read_cpu(pid: str) -> float:
    # the name, in brackets, may hold spaces; user and system time are the 14th and 15th field of the whole line
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _time_run(port: int, number: int) -> float:
    """Seconds until Run is answered, on a new connection; the query is cancelled again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    person = f"other-{number}@example.com"
    began = time.perf_counter()
    state = ask_app(connection, "POST", "/api/ide/queries", {"sql": SQL, "row_limit": 10_000}, person)
    seconds = time.perf_counter() - began
    connection.request(
        "POST",
        f"/api/ide/queries/{state['id']}/cancel",
        "{}",
        {"Content-Type": "application/json", "X-Forwarded-Email": person},
    )
    connection.getresponse().read()
    connection.close()
    return seconds
