"""Under fire: kill -9 of the runner, and of Postgres, at random moments.

After each kill the table must be exactly what it was before the run or what the run would have made of it, the record
must say which of the two, and the next run must work and close what the killed one left open.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import _database
from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.models import Run, RunStatus
from inventory_runner.platform import database
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.run import run as run_once
from inventory_runner.settings import read
from inventory_runner.store.runs import AlreadyRunning

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes.engine import ScriptedEngine

TABLE = "chaos_rows"
REGIONS = ("a", "b", "c")
ROWS = 400
LIMITS = Limits(progress=0.02, heartbeat=0.05)
State = dict[tuple[str, str], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--kills", type=int, default=200, help="of the runner")
    parser.add_argument("--server-kills", type=int, default=5, help="of Postgres")
    parser.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """corrupt: tables or records that are neither before nor after; lost_rows: rows missing from both; stuck_runs:
    runs that the next one did not close."""
    chance = random.Random(options.seed)
    with _database.start_server() as server:
        schedule = _database.save_schedule(
            server.engine,
            "SELECT * FROM aws.ec2.instances WHERE region = :region",
            TABLE,
            '{"region": ["a", "b", "c"]}',
        )
        battle = _Battle(server, schedule)
        battle.check_next_run()
        usual = battle.measure_usual_seconds()
        for _ in range(options.kills):
            battle.kill_runner(chance.uniform(0, usual * 1.1))
        for _ in range(options.server_kills):
            battle.kill_server(chance.uniform(0, usual))
    return {
        "kills": options.kills,
        "server_kills": options.server_kills,
        "before": battle.before,
        "after": battle.after,
        "corrupt": battle.corrupt,
        "lost_rows": battle.lost_rows,
        "stuck_runs": battle.stuck,
    }


class _Battle:
    """One table, whose contents are known for every version of the stand-in cloud."""

    def __init__(self, server: _database.Server, schedule: int) -> None:
        self._server = server
        self._schedule = schedule
        self._version = 0
        # forked from a process that has everything imported and no threads, so that the kills fall into the run and
        # not into the interpreter's start
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["polars", "inventory_runner.runs.run", "benchmarks.chaos"])
        self._state: State = {}
        self.before = self.after = self.corrupt = self.lost_rows = self.stuck = 0

    def measure_usual_seconds(self) -> float:
        """How long a run in a process of its own takes: the median of five."""
        seconds = []
        for _ in range(5):
            self._version += 1
            began = time.monotonic()
            child = self._start()
            child.join()
            seconds.append(time.monotonic() - began)
            self._state = build_contents(self._version)
        return sorted(seconds)[2]

    def kill_runner(self, after_seconds: float) -> None:
        self._version += 1
        child = self._start()
        time.sleep(after_seconds)
        # it may have ended by now, in the moment before
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.join()
        self._judge()
        self.check_next_run()

    def kill_server(self, after_seconds: float) -> None:
        """The run is left alone: it waits for the database, and ends as if nothing had happened, or says FAILED."""
        self._version += 1
        child = self._start()
        time.sleep(after_seconds)
        self._server.kill()
        self._server.restart()
        child.join()
        self._judge()
        self.check_next_run()

    def check_next_run(self) -> None:
        """It succeeds, and leaves nothing open."""
        self._version += 1
        ended = self._run()
        if ended.status is not RunStatus.SUCCESS or self._read() != build_contents(self._version):
            self.corrupt += 1
        self._state = build_contents(self._version)
        with self._server.engine.connect() as connection:
            self.stuck += connection.execute(
                sa.text("SELECT count(*) FROM stackql_app.runs WHERE status = 'RUNNING'")
            ).scalar_one()

    def _run(self) -> Run:
        deadline = time.monotonic() + 10
        while True:
            try:
                return run_once(
                    self._server.engine, make_cloud(self._version), schedule_id=self._schedule, limits=LIMITS
                )
            except AlreadyRunning:
                # Postgres takes a moment to notice that the killed process has gone
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _start(self) -> Any:
        child = self._processes.Process(target=_run_in_child, args=(self._schedule, self._version))
        child.start()
        return child

    def _judge(self) -> None:
        found, want = self._read(), build_contents(self._version)
        if found == self._state:
            self.before += 1
        elif found == want:
            self.after += 1
        else:
            self.corrupt += 1
            self.lost_rows += min(len(self._state.keys() - found.keys()), len(want.keys() - found.keys()))
        with self._server.engine.connect() as connection:
            said = connection.execute(
                sa.text("SELECT status, rows_total FROM stackql_app.runs WHERE engine_version = :version"),
                {"version": str(self._version)},
            ).one_or_none()
            counted = connection.execute(
                sa.text("SELECT row_count FROM stackql_app.inventory_tables WHERE target_table = :table"),
                {"table": TABLE},
            ).scalar_one()
            fed = connection.execute(
                sa.text(
                    "SELECT count(*) FROM stackql_inventory.resource_changes c"
                    " JOIN stackql_app.runs r ON r.id = c.run_id WHERE r.engine_version = :version"
                ),
                {"version": str(self._version)},
            ).scalar_one()
        succeeded = said is not None and said.status == RunStatus.SUCCESS
        if succeeded != (found == want) or counted != len(found) or bool(fed) != succeeded:
            self.corrupt += 1

    def _read(self) -> State:
        with self._server.engine.connect() as connection:
            rows = connection.execute(
                sa.text(f"SELECT _scope, id, size FROM stackql_inventory.{TABLE}")
            ).all()
        return {(row[0], row[1]): row[2] for row in rows}


def build_contents(version: int) -> State:
    """The table after a run of that version: some rows appear, some vanish and some change in each."""
    return {
        (f'{{"region":"{region}"}}', row["id"]): row["size"]
        for region in REGIONS
        for row in build_rows(region, version)
    }


def build_rows(region: str, version: int) -> list[dict[str, Any]]:
    return [
        {"id": f"{region}-{number}", "size": version if number % 7 == version % 7 else number}
        for number in range(version % 50, version % 50 + ROWS)
    ]


def make_cloud(version: int) -> ScriptedEngine:
    engine = ScriptedEngine(version=str(version))
    for region in REGIONS:
        engine.answer(f"'{region}'", build_rows(region, version))
    return engine


def _run_in_child(schedule: int, version: int) -> None:
    """In the child."""
    where = database.create_engine(database.find_target(read()), pool_size=2)
    try:
        ended = run_once(where, make_cloud(version), schedule_id=schedule, limits=LIMITS)
    except DatabaseUnavailable:
        # Postgres was killed before the run had begun
        os._exit(1)
    os._exit(0 if ended.status is RunStatus.SUCCESS else 1)
