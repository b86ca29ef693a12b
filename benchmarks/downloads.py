"""Downloads of a table of 200,000 rows: 24 of one person at once, then one each of 24 people; what others feel of it.

The app is served as in production, by gunicorn with its own configuration. Meanwhile another person scrolls through the
table, a block every 100 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import _database

ROOT = Path(__file__).resolve().parent.parent
ROWS, CELL_BYTES, AT_ONCE = 200_000, 50, 24
START_SECONDS, BLOCK_SECONDS = 120, 0.1
TABLE = "/api/inventory/tables/stackql_inventory/benchmark"

_FILL = """
CREATE TABLE stackql_inventory.benchmark AS
SELECT 'i-' || n AS id, n AS size, rpad(md5(n::text), {cell}, 'x') AS a, rpad(md5(n::text), {cell}, 'y') AS b,
       rpad(md5(n::text), {cell}, 'z') AS c, jsonb_build_object('owner', 'team-' || n % 40) AS tags, '{{}}' AS _scope,
       now() AS _first_seen_at, now() AS _changed_at
  FROM generate_series(1, {rows}) n;
INSERT INTO stackql_app.inventory_tables (target_schema, target_table, provider, service, resource, row_count,
       scopes_total, scopes_ok, complete_at, updated_at, changed_at)
VALUES ('stackql_inventory', 'benchmark', 'aws', 'ec2', 'instances', {rows}, 1, 1, now(), now(), now());
"""
_IN_TRANSACTION = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'inventory-app'"
    " AND state LIKE 'idle in transaction%'"
)
# between two statements any transaction is idle for a moment
_FOR_LONG = " AND state_change < clock_timestamp() - interval '1 second'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rows", type=int, default=ROWS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """one_completed, one_refused: of one person's 24 downloads, with every row, and answered 429 with words.

    completed: of 24 people's, with every row. grid_p95_ms: of another person's blocks meanwhile, in milliseconds;
    grid_failed: blocks that were not answered. in_transaction_most: the app's connections that waited in a transaction
    for a second, at most; in_transaction_after: that wait at all. files_after: of downloads, on the disk, after one
    person has left who read nothing.
    """
    with _database.start_server() as database:
        with database.engine.begin() as connection:
            filling = _FILL.format(rows=options.rows, cell=CELL_BYTES)
            connection.exec_driver_sql(filling, execution_options={"no_parameters": True})
        with _start_app(database.folder) as port, _watch(port, database.engine) as seen:
            # the first of all imports what makes files
            _download(port, "zoe@example.com", options.rows)
            seen.reset()
            began = time.perf_counter()
            of_one = _download_at_once(port, ["anna@example.com"] * AT_ONCE, options.rows)
            of_all = _download_at_once(port, [f"p{n}@example.com" for n in range(AT_ONCE)], options.rows)
            seconds = time.perf_counter() - began
            _leave(port)
            deadline = time.monotonic() + 30
            while (left := _list_files(database.folder)) and time.monotonic() < deadline:
                time.sleep(0.1)
            with database.engine.connect() as connection:
                after = int(connection.execute(sa.text(_IN_TRANSACTION)).scalar_one())
            return {
                "one_completed": of_one["completed"],
                "one_refused": of_one["refused"],
                "completed": of_all["completed"],
                "seconds": round(seconds, 1),
                "grid_p50_ms": round(statistics.median(seen.times), 1),
                "grid_p95_ms": round(statistics.quantiles(seen.times, n=20)[-1], 1),
                "grid_failed": seen.failed,
                "in_transaction_most": seen.in_transaction,
                "in_transaction_after": after,
                "files_after": len(left),
            }


def _download_at_once(port: int, people: list[str], rows: int) -> Counter[str]:
    with ThreadPoolExecutor(len(people)) as pool:
        return Counter(pool.map(lambda person: _download(port, person, rows), people))


def _download(port: int, person: str, rows: int) -> str:
    """completed, refused, or how it failed."""
    try:
        answer = _ask(port, person)
        if answer.status == 429:
            return "refused" if json.loads(answer.read())["error"]["message"] else "no words"
        lines = 0
        while piece := answer.read(1 << 16):
            lines += piece.count(b"\n")
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    return "completed" if answer.status == 200 and lines == rows + 1 else f"{answer.status}, {lines} lines"


def _ask(port: int, person: str) -> http.client.HTTPResponse:
    page = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    page.request("GET", f"{TABLE}/export?format=csv", headers={"X-Forwarded-Email": person})
    return page.getresponse()


def _leave(port: int) -> None:
    """As many downloads of one person as there may be, who reads nothing and leaves."""
    for _ in range(AT_ONCE):
        _ask(port, "bob@example.com").close()


def _list_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "downloads").iterdir() if path.name != "lock"]


class _Seen:
    """What another person sees: milliseconds of each block; and the most connections that waited in a transaction."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.times: list[float] = []
        self.failed = self.in_transaction = 0


@contextmanager
def _watch(port: int, engine: sa.Engine) -> Iterator[_Seen]:
    """Scroll and count in threads of their own until the block ends."""
    seen, ended = _Seen(), threading.Event()

    def scroll() -> None:
        start = 0
        while not ended.wait(BLOCK_SECONDS):
            began = time.perf_counter()
            if not _read_block(port, start):
                seen.failed += 1
            seen.times.append(1000 * (time.perf_counter() - began))
            start = (start + 100) % 10_000

    def count() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not ended.wait(BLOCK_SECONDS):
                number = int(connection.execute(sa.text(_IN_TRANSACTION + _FOR_LONG)).scalar_one())
                seen.in_transaction = max(seen.in_transaction, number)

    threads = [threading.Thread(target=one) for one in (scroll, count)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _read_block(port: int, start: int) -> bool:
    try:
        page = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = json.dumps({"start": start, "end": start + 100})
        headers = {"X-Forwarded-Email": "carl@example.com", "Content-Type": "application/json"}
        page.request("POST", f"{TABLE}/rows", body, headers)
        answer = page.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200


@contextmanager
def _start_app(data: Path) -> Iterator[int]:
    """The app behind gunicorn, as people with addresses meet it; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {**os.environ, "DATABRICKS_APP_NAME": "inventory", "DATABRICKS_APP_PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "app.wsgi:server", "--config", "python:app.gunicorn_config"]
    log = data / "log"
    with log.open("w") as words:
        child = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=environ, stdout=words, stderr=words
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _read_block(port, 0):
                if time.monotonic() > deadline or child.poll() is not None:
                    raise SystemExit(f"The app did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.2)
            yield port
        finally:
            child.terminate()
            child.wait(30)
