"""A query's state, and the folder that holds it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from inventory_runner.errors import NotFound
from inventory_runner.sql.statement import Source
from inventory_runner.storage import is_full

# room that each query has for the words of its end, beside its statement; a disk may be full by then
SPARE_BYTES = 32_768
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
    source: Source = Source.LIVE
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
    """One query's files under `root`. They raise OSError where the disk is full, read-only or gone.

    The lease is a time of the machine's own clock (seconds since it started), which all its processes share and nobody
    can set: the calendar may jump, and no query ends or lives on because of that.
    """

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

    def remove(self) -> None:
        """Remove all that it holds; fine where it is gone."""
        shutil.rmtree(self.path, ignore_errors=True)

    def count_bytes(self) -> int:
        """The size of its files, and of those that were never finished."""
        total = 0
        with contextlib.suppress(FileNotFoundError):
            for path in self.path.iterdir():
                total += path.stat().st_size
        return total

    @property
    def result(self) -> Path:
        return self.path / "result.arrow"

    @property
    def has_state(self) -> bool:
        return (self.path / "state.json").exists()

    @property
    def part(self) -> Path:
        """Where a result is written until it is whole."""
        return self.path / "result.part"

    @property
    def _spare(self) -> Path:
        return self.path / "spare"

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
        source = Source(values.get("source", Source.LIVE))
        return QueryState(**{**values, "status": QueryStatus(values["status"]), "source": source})

    def write(self, state: QueryState) -> None:
        """Replace the state at once: a reader sees the old one or the new one.

        The first one is written with room to spare for the last, so that a full disk keeps no end from being told.
        """
        place, content = self.path / "state.json", json.dumps(asdict(state), default=list).encode()
        try:
            if not self.has_state:
                self._spare.write_bytes(bytes(len(content) + SPARE_BYTES))
            replace_file(place, content)
        except OSError as error:
            if not (is_full(error) and state.status.final and self._spare.exists()):
                raise
            overwrite_file(self._spare, content)
            self._spare.replace(place)
        if state.status.final:
            self._spare.unlink(missing_ok=True)

    def renew(self, ends_in: float | None = None, lease: float = 0.0) -> None:
        """Someone is watching; with `ends_in`, let a lease of `lease` seconds end in so many seconds."""
        moment = time.monotonic() - (lease - ends_in if ends_in is not None else 0)
        # of one length, so that it takes no new room and is never read by halves
        overwrite_file(self._lease, f"{moment:024.6f}".encode())

    def count_seconds_unwatched(self) -> float:
        """Seconds since someone last watched; infinite where the folder is gone, or the machine has started since."""
        try:
            watched_at = float(self._lease.read_text())
        except (FileNotFoundError, ValueError):
            if not self.path.exists():
                return math.inf
            # removed by somebody else, or of an older version: it counts from now
            with contextlib.suppress(OSError):
                self.renew()
            return 0.0
        # only now: somebody may renew it at any moment
        unwatched = time.monotonic() - watched_at
        return unwatched if unwatched >= 0 else math.inf

    def ask_to_cancel(self) -> None:
        self._cancel.touch()

    def cancel_asked(self) -> bool:
        return self._cancel.exists()


def replace_file(path: Path, content: bytes) -> None:
    """Write beside and rename into place."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def overwrite_file(path: Path, content: bytes) -> None:
    """Write into the room that the file has already; a file that is not there is made."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        written = 0
        while written < len(content):
            written += os.pwrite(file, content[written:], written)
        os.ftruncate(file, len(content))
    finally:
        os.close(file)


def make_query_unknown() -> NotFound:
    return NotFound("This result is no longer kept.", title="The result is gone", hint="Run the query again.")
