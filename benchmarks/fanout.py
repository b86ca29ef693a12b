"""Many scopes: how near a run comes to reading them as fast as its concurrency allows.

Each scope's program waits as a cloud's API does and prints its rows; the ideal is the time of one scope alone, times
their number, divided by the concurrency. What the run needs for its merge counts against it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _database
from inventory_runner import engines
from inventory_runner.contract import Engine
from inventory_runner.models import RunStatus
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.run import run as run_once
from inventory_runner.settings import read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import stackql


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--scopes", type=int, default=40)
    parser.add_argument("--rows", type=int, default=5_000, help="of each scope")
    parser.add_argument(
        "--delay", type=float, default=1.5, help="seconds that the stand-in cloud takes to answer"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    """parallel_efficiency: the ideal seconds over the run's own."""
    limits = read().limits
    with tempfile.TemporaryDirectory() as scratch, _database.start_server() as server:
        folder = Path(scratch)
        rows = [
            {
                "id": f"i-{number}",
                "name": f"server-{number}",
                "tags": {"team": f"t{number % 9}"},
                "cores": number % 64,
            }
            for number in range(options.rows)
        ]
        (folder / "rows.json").write_text(json.dumps(rows))
        program = stackql.install(folder / "bin")
        program.answer("region", file=str(folder / "rows.json"), delay=options.delay)
        os.environ["STACKQL_BINARY"] = str(program.binary)
        sql = "SELECT * FROM aws.ec2.instances WHERE region = :region"
        regions = [f"r{number}" for number in range(options.scopes)]
        alone = _database.save_schedule(server.engine, sql, "alone", json.dumps({"region": ["r0"]}))
        many = _database.save_schedule(server.engine, sql, "many", json.dumps({"region": regions}))
        engine = engines.create(read())
        try:
            single = sorted(_measure_seconds(server, engine, alone, limits) for _ in range(3))[1]
            together = _measure_seconds(server, engine, many, limits)
        finally:
            engine.close()
    ideal = single * options.scopes / limits.concurrency
    return {
        "scopes": options.scopes,
        "rows": options.scopes * options.rows,
        "concurrency": limits.concurrency,
        "scope_seconds": round(single, 2),
        "run_seconds": round(together, 2),
        "ideal_seconds": round(ideal, 2),
        "parallel_efficiency": round(ideal / together, 2),
    }


def _measure_seconds(server: _database.Server, engine: Engine, schedule: int, limits: Limits) -> float:
    began = time.monotonic()
    ended = run_once(server.engine, engine, schedule_id=schedule, limits=limits)
    if ended.status is not RunStatus.SUCCESS:
        raise SystemExit(f"The run ended as {ended.status}: {ended.message}")
    return time.monotonic() - began
