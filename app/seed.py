"""Fills an empty sample database: the starter queries, their schedules, and the last 14 days of runs.

The history is made by the real runner, `run()` called for each day and schedule in this one process. The app serves
after the first day, while the others are made; the file that `SampleHistory` keeps says how far they are. A start
that was interrupted before the first page is begun anew by the next; later there may be something of a person's in
the database, so the next start goes on where the last one was interrupted.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.engines.sample import SampleEngine
from inventory_runner.errors import NotFound
from inventory_runner.platform import database
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.run import run
from inventory_runner.sql.guard import keep_checked
from services import build
from services.db import seeded_runs
from services.models.sample_history import Progress
from services.sample_history import SampleHistory
from services.settings import Settings
from services.starter import Library, load_library
from services.users import SYSTEM, act_as

log = logging.getLogger("local")

DAYS = 14
# one worker answers for all scopes: the sample cloud has nothing to wait for, and each worker has to be started
LIMITS = Limits(concurrency=1)


class Seeding:
    """One making of the history: `begin`, then `make_days` to its end. library: what is saved and scheduled."""

    def __init__(
        self, engine: sa.Engine, settings: Settings, history: SampleHistory, library: Library | None = None
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._history = history
        self._library = library or load_library()

    def begin(self, now: datetime | None = None, days: int = DAYS) -> Progress | None:
        """How far the history is, with its schedules made; None where nothing is to be made.

        now: the time of the last day, unless an interrupted making goes on, which keeps its own.
        """
        left = self._history.read()
        if self._history.exists() and (left is None or left.made == 0):
            # nobody has seen it
            database.drop_schemas(self._engine)
            database.init_db(self._engine)
            left = None
        with act_as(SYSTEM):
            empty = not build(self._engine, self._settings).db.get_queries()
            if left is None and not empty:
                return None
            if left is None or empty:
                left = Progress(now or datetime.now(UTC), days)
                self._history.write(left)
                self._save_library()
        seeded_runs.forget_interrupted(self._engine)
        begun = replace(left, maker=os.getpid(), problem="")
        self._history.write(begun)
        return begun

    def _save_library(self) -> None:
        services = build(self._engine, self._settings)
        library = self._library
        ids = {query.name: services.db.save_query(query) for query in (*library.queries, *library.questions)}
        schedules = [
            services.db.save_schedule(starter.schedule(ids[starter.query_name]))
            for starter in library.schedules
        ]
        for schedule_id in schedules:
            # makes the job that the row lacks
            services.schedules.retry_job(schedule_id)

    def make_days(self, begun: Progress, stopping: threading.Event) -> Iterator[Progress]:
        """Make the days that are missing, and tell of each that is whole; ends early where it is told to stop."""
        cloud = SampleEngine()
        try:
            # every day runs the same statements
            with keep_checked():
                for day in range(begun.made + 1, begun.days + 1):
                    if not self._make_day(cloud, begun.time_of(day), stopping):
                        return
                    made = replace(begun, made=day)
                    if day < begun.days:
                        self._history.write(made)
                    else:
                        self._history.end()
                    yield made
            self._history.end()
        finally:
            cloud.close()

    def _make_day(self, cloud: SampleEngine, at: datetime, stopping: threading.Event) -> bool:
        """Run every schedule that has no run of the day; False where it was told to stop before the last."""
        made = seeded_runs.list_made(self._engine, at)
        for schedule_id in seeded_runs.list_schedules(self._engine):
            if stopping.is_set():
                return False
            if schedule_id in made:
                continue
            try:
                run(
                    self._engine,
                    cloud.see_at(at),
                    schedule_id=schedule_id,
                    at=at,
                    trigger="seed",
                    limits=LIMITS,
                )
            except NotFound:
                log.info("schedule %s was deleted while the sample was made", schedule_id)
        return True
