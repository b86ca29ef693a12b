"""What the product does; knows nothing of Dash or Flask.

Built once by `build` and handed to the app. Clients and connections are made inside calls, never at import.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from inventory_runner.engines.base import Engine
from services.db import DatabaseService
from services.job_service import JobService, LocalJobs
from services.secret_service import SecretService


@dataclass(frozen=True)
class Services:
    """The services that callbacks and routes use."""

    db: DatabaseService
    secrets: SecretService
    jobs: JobService
    # the engine that INVENTORY_ENGINE names, made with the first call
    engine: Callable[[], Engine]


def build(engine: sa.Engine) -> Services:
    """Wire the services onto one database engine."""
    db = DatabaseService(engine)
    query_engine = _made_once(_create_engine)
    return Services(
        db=db, secrets=SecretService(db, query_engine), jobs=LocalJobs(engine), engine=query_engine
    )


def _create_engine() -> Engine:
    from inventory_runner import engines

    return engines.create(os.environ.get("INVENTORY_ENGINE", "stackql"))


def _made_once(make: Callable[[], Engine]) -> Callable[[], Engine]:
    lock = threading.Lock()
    made: list[Engine] = []

    def get() -> Engine:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get
