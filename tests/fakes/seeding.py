"""The sample's history of three tables, made by a process that may be killed."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from fakes.settings import settings_of

from app.seed import Seeding
from inventory_runner.platform import database
from inventory_runner.settings import read
from services.sample_history import SampleHistory
from services.settings import Settings
from services.starter import Library, load_library

DAYS = 3
TABLES = ("google_storage_buckets", "cloudflare_zones")


def make_library() -> Library:
    """The starter library with the schedules of a few small tables."""
    whole = load_library()
    schedules = tuple(one for one in whole.schedules if one.target_table in TABLES)
    names = {one.query_name for one in schedules}
    return replace(
        whole,
        queries=tuple(one for one in whole.queries if one.name in names),
        schedules=schedules,
        questions=(),
    )


def choose_settings(folder: Path) -> Settings:
    """Of the sample, with its local files in a folder."""
    return settings_of({"INVENTORY_ENGINE": "sample", "INVENTORY_DATA_DIR": str(folder)}, Settings)


def make_history(engine: sa.Engine, folder: Path, until: datetime) -> None:
    """Make it, or go on with it, to its end."""
    folder.mkdir(exist_ok=True)
    seeding = Seeding(engine, choose_settings(folder), SampleHistory(folder), make_library())
    if progress := seeding.begin(until, DAYS):
        for _ in seeding.make_days(progress, threading.Event()):
            pass


if __name__ == "__main__":
    target = database.find_target(read(database_url=os.environ["DATABASE_URL"]))
    make_history(database.create_engine(target), Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
