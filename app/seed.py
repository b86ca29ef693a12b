"""Fills an empty sample database: the starter queries, their schedules, and the last 14 days of runs.

The history is made by the real runner, `run()` called for each schedule and day in this one process. A file named
`seeding` in the data folder marks an unfinished seeding, which the next start begins again.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from inventory_runner.engines.sample import SampleEngine
from inventory_runner.platform import database
from inventory_runner.runs.run import run
from services import build
from services.settings import Settings
from services.starter import load_library
from services.users import SYSTEM, act_as

log = logging.getLogger("local")

DAYS = 14


def seed_when_empty(
    engine: sa.Engine, settings: Settings, folder: Path, stopping: threading.Event, days: int = DAYS
) -> None:
    """Seed a database that has no queries; one whose seeding was interrupted is emptied first."""
    unfinished = folder / "seeding"
    if unfinished.exists():
        database.drop_schemas(engine)
        database.init_db(engine)
    with act_as(SYSTEM):
        if build(engine, settings).db.get_queries():
            return
        unfinished.touch()
        if seed(engine, settings, stopping, datetime.now(UTC), days):
            unfinished.unlink()


def seed(
    engine: sa.Engine, settings: Settings, stopping: threading.Event, now: datetime, days: int = DAYS
) -> bool:
    """Make the starter library and `days` days of history up to `now`; False where it was interrupted."""
    started = time.monotonic()
    log.info("filling the sample inventory with its last %d days …", days)
    services = build(engine, settings)
    library = load_library()
    ids = {query.name: services.db.save_query(query) for query in (*library.queries, *library.questions)}
    schedules = [
        services.db.save_schedule(starter.schedule(ids[starter.query_name])) for starter in library.schedules
    ]
    for schedule_id in schedules:
        # makes the job that the row lacks
        services.schedules.retry_job(schedule_id)
    cloud = SampleEngine()
    try:
        for age in range(days - 1, -1, -1):
            at = now - timedelta(days=age)
            for schedule_id in schedules:
                if stopping.is_set():
                    return False
                run(engine, cloud.see_at(at), schedule_id=schedule_id, at=at, trigger="seed")
    finally:
        cloud.close()
    log.info("filled %d tables in %.0f s", len(schedules), time.monotonic() - started)
    return True
