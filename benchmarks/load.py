"""50 people at work, then 200, on two server processes: how long they wait, what fails, and what is left afterwards.

The app is as on Databricks, with stand-ins for what is not ours (`benchmarks._deployment`); what people do is in
`benchmarks._people`. All of it shares one machine, so that an empty request's time and the load stand beside.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks._app import read_pss
from benchmarks._browser import Book
from benchmarks._deployment import Deployment, start_deployment
from benchmarks._people import PAGES, at_work
from inventory_runner.engines.pool import IDLE_WORKERS
from inventory_runner.engines.worker import FOLDER_PREFIX
from services.models import routes

PEOPLE, SECONDS = 50, 120.0
CROWD, CROWD_SECONDS = 200, 90.0
# threads, pools and caches are made at first
UNCOUNTED_SECONDS = 30.0
SAMPLE_SECONDS, PROBE_SECONDS = 2.0, 0.5
# after which nothing of people's work may be there any more
SETTLE_SECONDS = 15.0
ENGINE_WORKER = "inventory_runner.engines.worker"
_OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'inventory-app'"
    " AND (state LIKE 'idle in transaction%' OR state = 'active')"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--crowd", type=int, default=CROWD, help="people of the second part; 0: none")
    parser.add_argument("--crowd-seconds", type=float, default=CROWD_SECONDS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """requests, errors: of the people; an error is any 4xx, 5xx, cut connection, and any query that fails.

    page_p95_ms: of documents and their callbacks. poll_p95_ms: of questions after a query that are not held open.
    mixed_results: rows, drafts and answers that belong to something else, in both parts. memory_growth_mb: of both
    server processes (PSS), without the first half minute. crowd_*: of the second part; crowd_poll_share: questions
    after queries in line, of all requests. left_behind: processes, folders, markers, transactions and temporary files.
    empty_*_ms: of GET /healthz meanwhile. load: the machine's average at the start and at the end of each part.
    """
    loads = [os.getloadavg()[0]]
    most = max(options.people, options.crowd)
    with start_deployment(most) as deployment:
        book, seen = _put_to_work(deployment, options.people, options.seconds)
        loads.append(os.getloadavg()[0])
        figures = {
            "requests": len(book.answers),
            "errors": sum(book.count_failures().values()),
            "page_p95_ms": book.compute_p95_ms(*PAGES),
            "poll_p95_ms": book.compute_p95_ms("poll"),
            "block_p95_ms": book.compute_p95_ms("block", "search"),
            "run_p95_ms": book.compute_p95_ms("run"),
            "queries": len(book.ended),
            "mixed_results": len(book.mixed),
            "memory_mb": round(seen.memory[-1], 1),
            "memory_growth_mb": seen.compute_growth(),
            **seen.describe("empty"),
        }
        failures = book.count_failures()
        if options.crowd:
            book, seen = _put_to_work(deployment, options.crowd, options.crowd_seconds)
            loads.append(os.getloadavg()[0])
            failures += book.count_failures()
            waiting = sum(one.waiting for one in book.answers)
            figures |= {
                "crowd_requests": len(book.answers),
                "crowd_errors": sum(book.count_failures().values()),
                "crowd_page_p95_ms": book.compute_p95_ms(*PAGES),
                "crowd_run_p95_ms": book.compute_p95_ms("run"),
                "crowd_poll_share": round(waiting / len(book.answers), 3),
                "crowd_queries": len(book.ended),
                "crowd_left_waiting": len(book.left),
                "crowd_memory_growth_mb": seen.compute_growth(),
                **seen.describe("crowd_empty"),
            }
            figures["mixed_results"] += len(book.mixed)
        time.sleep(SETTLE_SECONDS)
        left = list_left_behind(deployment)
    for words, count in failures.most_common(20):
        print(f"{count} × {words}", file=sys.stderr)
    for words in [*book.mixed[:20], *left]:
        print(words, file=sys.stderr)
    return {**figures, "left_behind": len(left), "load": [round(load, 1) for load in loads]}


@dataclass
class _Seen:
    """memory: MB of both server processes, every SAMPLE_SECONDS. empty: seconds of empty requests."""

    memory: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)

    def compute_growth(self) -> float:
        """Megabytes from the first quarter of what counts to the last; 0 where there are too few samples."""
        counted = self.memory[round(UNCOUNTED_SECONDS / SAMPLE_SECONDS) :]
        part = len(counted) // 4
        if not part:
            raise SystemExit(
                f"Too short to see memory grow: more than {UNCOUNTED_SECONDS + 8:.0f} s are needed."
            )
        return round(statistics.median(counted[-part:]) - statistics.median(counted[:part]), 1)

    def describe(self, name: str) -> dict[str, float]:
        """Median and p95 of the empty requests, in milliseconds."""
        return {
            f"{name}_p50_ms": round(1000 * statistics.median(self.empty), 1),
            f"{name}_p95_ms": round(1000 * statistics.quantiles(self.empty, n=20)[-1], 1),
        }


def _put_to_work(deployment: Deployment, people: int, seconds: float) -> tuple[Book, _Seen]:
    book = Book()
    with _watch(deployment) as seen, at_work(deployment.app.port, people, book):
        time.sleep(seconds)
    return book, seen


@contextmanager
def _watch(deployment: Deployment) -> Iterator[_Seen]:
    """Sample memory and empty requests in threads of their own until the block ends."""
    seen, ended = _Seen(), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            seen.memory.append(sum(read_pss(pid) for pid in deployment.app.list_servers()))

    def probe() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", deployment.app.port, timeout=60)
        while not ended.wait(PROBE_SECONDS):
            began = time.perf_counter()
            connection.request("GET", routes.HEALTH)
            connection.getresponse().read()
            seen.empty.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one) for one in (sample, probe)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def list_left_behind(deployment: Deployment) -> list[str]:
    """What people's work left, in words: nothing of it may be there when all of them have gone.

    Workers without work, which are kept for the next queries, are meant to be there, each with its folder.
    """
    left = []
    servers = deployment.app.list_servers()
    workers = {pid: parent for pid, parent in _find_children(deployment.temporary) if _is_worker(pid)}
    ours = [pid for pid, parent in workers.items() if parent in servers]
    left += [f"process {pid} without its server process" for pid in workers if pid not in ours]
    left += [
        f"process {pid} of a query" for pid, _ in _find_children(deployment.temporary) if pid not in workers
    ]
    if len(ours) > len(servers) * (IDLE_WORKERS + 1):
        left.append(f"{len(ours)} workers are kept")
    entries = list(deployment.temporary.iterdir())
    folders = [path for path in entries if path.name.startswith(FOLDER_PREFIX)]
    left += [f"temporary file {path.name}" for path in entries if path not in folders]
    left += [f"worker's folder {path.name}" for path in folders[len(ours) :]]
    left += [f"marker {path.name}" for path in (deployment.data / "queries" / "active").glob("*.waiting")]
    left += [f"marker {path.name}" for path in (deployment.data / "queries" / "active").glob("*.running")]
    left += [f"part {path}" for path in deployment.data.rglob("*.part")]
    with deployment.database.engine.connect() as connection:
        transactions = int(connection.execute(sa.text(_OPEN_TRANSACTIONS)).scalar_one())
    return left + ["open transaction"] * transactions


def _find_children(folder: Path) -> list[tuple[int, int]]:
    """(process id, its parent's) of the processes that work in a folder below this one, one that is gone too."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                found.append((int(entry.name), parent))
        except OSError:
            continue
    return found


def _is_worker(pid: int) -> bool:
    try:
        return ENGINE_WORKER.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
