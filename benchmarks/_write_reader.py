"""The reader of the write benchmark: `_write_reader TABLE ROWS`, until a line comes on its standard input."""

from __future__ import annotations

import json
import os
import select
import sys
import time

import psycopg2
from psycopg2.sql import SQL, Identifier


def main() -> None:
    """Print a line when the first read is done, and at the end the slowest read and whether one saw a mixture."""
    table, rows = sys.argv[1], int(sys.argv[2])
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    statement = SQL("SELECT count(*), count(*) FILTER (WHERE generation = 2) FROM {}").format(
        Identifier("stackql_inventory", table)
    )
    slowest = 0.0
    seen: set[tuple[int, int]] = set()
    with connection.cursor() as cursor:
        # one reader is one process: on a small machine its parallel workers would take the processors from the writer
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        while True:
            started = time.perf_counter()
            cursor.execute(statement)
            count, new = cursor.fetchone() or (0, 0)
            elapsed = time.perf_counter() - started
            if seen:
                slowest = max(slowest, elapsed)
            else:
                print(flush=True)
            seen.add((count, new))
            if select.select([sys.stdin], [], [], 0)[0]:
                break
    # before and after: every row is there, and at most two generations' counts were seen
    partial = any(count != rows for count, _ in seen) or len(seen) > 2
    print(json.dumps({"max_ms": slowest * 1000, "partial": partial}))


if __name__ == "__main__":
    main()
