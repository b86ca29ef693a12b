"""A query's state, and the folder that holds it."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from inventory_runner.errors import NotFound

QUERY_ID = re.compile(r"[A-Za-z0-9_-]{22}")


class QueryStatus(StrEnum):
    """Everything but QUEUED and RUNNING is final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    DIED = "died"

    @property
    def final(self) -> bool:
        return self not in (QueryStatus.QUEUED, QueryStatus.RUNNING)


@dataclass(frozen=True)
class QueryState:
    """What is known of one query. Times are seconds since the epoch; `duration` is seconds in the engine.

    columns: name and kind (text, number, boolean, time, json) of the result's columns. complete: False where the row
    limit or a page limit may have cut it. error: as `services.errors.payload` gives it. position: place in the queue,
    1 is next. stage: what is being done while it runs. pause: seconds after which a page should ask again.
    """

    id: str
    owner: str
    status: QueryStatus
    sql: str
    created_at: float
    parameters: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    row_limit: int = 0
    stage: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    duration: float = 0.0
    rows: int = 0
    columns: list[dict[str, str]] = field(default_factory=list)
    complete: bool = True
    warnings: list[str] = field(default_factory=list)
    error: Mapping[str, Any] | None = None
    position: int | None = None
    pause: float = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since Run was pressed, until now or its end."""
        return max(0.0, (self.finished_at or time.time()) - self.created_at)

    @property
    def progress(self) -> str:
        """What is being done, as one word: its status and stage."""
        return f"{self.status}:{self.stage}"


class QueryFolder:
    """One query's files under `root`."""

    def __init__(self, root: Path, id: str) -> None:
        if not QUERY_ID.fullmatch(id):
            raise make_query_unknown()
        self.id = id
        self.path = root / id

    @classmethod
    def create(cls, root: Path) -> QueryFolder:
        folder = cls(root, secrets.token_urlsafe(16))
        folder.path.mkdir(mode=0o700)
        folder.renew()
        return folder

    @property
    def result(self) -> Path:
        return self.path / "result.arrow"

    @property
    def _cancel(self) -> Path:
        return self.path / "cancel"

    @property
    def _lease(self) -> Path:
        return self.path / "lease"

    def read(self) -> QueryState:
        """The state as it is; raises NotFound where the folder is gone."""
        try:
            values = json.loads((self.path / "state.json").read_bytes())
        except FileNotFoundError:
            raise make_query_unknown() from None
        return QueryState(**{**values, "status": QueryStatus(values["status"])})

    def write(self, state: QueryState) -> None:
        """Replace the state at once: a reader sees the old one or the new one."""
        replace_file(self.path / "state.json", json.dumps(asdict(state), default=list).encode())

    def renew(self, ends_in: float | None = None, lease: float = 0.0) -> None:
        """Someone is watching; with `ends_in`, let a lease of `lease` seconds end in so many seconds."""
        moment = time.time() - (lease - ends_in if ends_in is not None else 0)
        self._lease.touch()
        os.utime(self._lease, (moment, moment))

    def count_seconds_unwatched(self) -> float:
        """Seconds since someone last watched."""
        try:
            return time.time() - self._lease.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def ask_to_cancel(self) -> None:
        self._cancel.touch()

    def cancel_asked(self) -> bool:
        return self._cancel.exists()


def replace_file(path: Path, content: bytes) -> None:
    """Write beside and rename into place."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.touch(mode=0o600)
    beside.write_bytes(content)
    beside.replace(path)


def make_query_unknown() -> NotFound:
    return NotFound("This result is no longer kept.", title="The result is gone", hint="Run the query again.")
