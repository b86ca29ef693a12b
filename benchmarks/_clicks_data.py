"""What the benchmark `clicks` looks at: the sample cloud of 14 days, and one table of 100,000 rows x 20 columns."""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from app.seed import Seeding
from app.settings import read_settings
from benchmarks import _database
from inventory_runner.contract import QueryResult
from inventory_runner.models import RunStatus
from inventory_runner.runs.run import run
from services.sample_history import SampleHistory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes.engine import ScriptedEngine

TABLE = "benchmark_rows"
ROWS, COLUMNS = 100_000, 20
# how many values the columns have, one after another: what has few is drawn in a chart
VALUES = (3, 8, 20, 500, 20_000)


def make_data(engine: sa.Engine) -> None:
    """Fill the empty database; raises SystemExit where the table could not be read."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        seeding = Seeding(engine, read_settings(), SampleHistory(Path(folder)))
        if begun := seeding.begin(now):
            for _ in seeding.make_days(begun, threading.Event()):
                pass
    schedule = _database.save_schedule(engine, "SELECT * FROM aws.ec2.instances", TABLE, keys=("c00",))
    cloud = ScriptedEngine(name="sample", answers={"": [QueryResult(make_table())]})
    ended = run(engine, cloud, schedule_id=schedule, at=now)
    if ended.status is not RunStatus.SUCCESS:
        raise SystemExit(f"The table could not be made: {ended.message}")


def make_table() -> pa.Table:
    """The same rows every time: a key, then texts of which there are few or many."""
    dice = random.Random(7)
    columns: dict[str, list[str]] = {"c00": [f"r-{row:06d}" for row in range(ROWS)]}
    for column in range(1, COLUMNS):
        number = VALUES[column % len(VALUES)]
        columns[f"c{column:02d}"] = [f"{column}-{dice.randrange(number)}" for _ in range(ROWS)]
    return pa.table(columns)
