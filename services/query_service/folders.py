"""The folder of all queries: who owns which, what dead processes left, and what has to go.

It may be full, read-only or removed at any moment. The oldest results make room for new ones, the folder is made again,
and whoever asks meanwhile is told what is wrong with it.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from inventory_runner.contract import WorkerDied
from inventory_runner.errors import ConfigurationError, InventoryError
from inventory_runner.storage import StorageUnavailable, is_full, make_storage_error
from services import errors
from services.db.history import HistoryRecords
from services.query_service.slots import Place, Slots
from services.query_service.state import QueryFolder, QueryState, QueryStatus, make_query_unknown
from services.settings import Settings
from services.users import SYSTEM, Role, User, act_as, current_user

log = logging.getLogger(__name__)

SWEEP_SECONDS = 600
# places of dead processes are looked for this often at most
DEAD_SECONDS = 1.0

Made = TypeVar("Made")


@dataclass(frozen=True)
class Limits:
    """per_user, total: queries at once; waiting: of one user in the queue. Times in seconds.

    timeout: of one query. lease: without a poll for so long, a query ends; more than a minute, because browsers let
    the timers of a hidden tab fire only so often. keep: a result that nobody reads is removed after it. history_days:
    what was run is forgotten after so many.
    """

    per_user: int = 3
    total: int = 8
    waiting: int = 10
    timeout: float = 600
    lease: float = 90
    released_lease: float = 10
    keep: float = 12 * 3600
    rows: int = 1_000_000
    kept_bytes: int = 4 << 30
    history_days: int = 365

    @classmethod
    def from_settings(cls, settings: Settings) -> Limits:
        """The limits that an operator set."""
        return cls(
            per_user=settings.inventory_queries_per_user,
            total=settings.inventory_queries_at_once,
            timeout=settings.inventory_query_timeout,
            history_days=settings.inventory_history_days,
        )


def find_root(settings: Settings, name: str = "queries") -> Path:
    """INVENTORY_DATA_DIR/queries, else a private folder of this user in the system's temporary one."""
    if settings.inventory_data_dir is not None:
        return settings.inventory_data_dir / name
    return Path(tempfile.gettempdir()) / f"inventory-{name}-{os.getuid()}"


def make_private_folder(root: Path) -> None:
    """Make a folder of this user's alone; raises OSError, and ConfigurationError where another user made it."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    info = root.stat()
    if info.st_uid != os.getuid() or info.st_mode & 0o077:
        # a shared temporary folder: somebody else may have made it
        if info.st_uid != os.getuid():
            raise ConfigurationError(
                f"{root} belongs to another user.",
                hint="Set INVENTORY_DATA_DIR to a private folder.",
            )
        root.chmod(0o700)


def make_folder_error(root: Path, error: OSError) -> StorageUnavailable:
    """What is wrong where a folder of results or downloads cannot be used, or its disk is full."""
    return make_storage_error(root, error, setting="INVENTORY_DATA_DIR")


@contextmanager
def translate_folder_errors(root: Path) -> Iterator[None]:
    """Turn what the disk refuses into words; raises StorageUnavailable, StorageFull."""
    try:
        yield
    except ConnectionError:
        # a reader that has left; no disk
        raise
    except OSError as error:
        raise make_folder_error(root, error) from error


class QueryFolders:
    """Every query's folder, those of other processes too. history: where a query's end is recorded.

    here: the ids of the queries that this process runs. slots: None until `prepare_slots` was called.
    """

    def __init__(self, history: HistoryRecords, root: Path, limits: Limits) -> None:
        self.history = history
        self.root = root
        self.limits = limits
        self.here: set[str] = set()
        self.slots: Slots | None = None
        self._lock = threading.Lock()
        self._swept_at = float("-inf")
        self._searched_at = float("-inf")

    def find_own_query(self, id: str) -> tuple[QueryFolder, QueryState]:
        """A query of the current user's, and its state.

        Raises NotFound, for another's query too, and StorageUnavailable.
        """
        with translate_folder_errors(self.root):
            return self._find_own_query(id)

    def _find_own_query(self, id: str) -> tuple[QueryFolder, QueryState]:
        folder = QueryFolder(self.root, id)
        if id not in self.here:
            # a result can be read where nothing can be written
            with suppress(OSError):
                self.prepare_slots()
        state = folder.read()
        if state.owner != current_user().name:
            raise make_query_unknown()
        if not state.status.final and id not in self.here and not self.prepare_slots().is_alive(id):
            # its process has died without a word, or has ended it since we looked
            state = self._mark_died(folder, folder.read())
            self.prepare_slots(search=True)
        return folder, state

    def prepare_slots(self, *, search: bool = False, own: Collection[Place] = ()) -> Slots:
        """The slots; frees the places of dead processes every second, and sweeps their results every few minutes.

        Folders that were removed are made again. search: for dead processes' places now. own: the places of this
        process's queries, whose markers are made again too. Raises OSError.
        """
        with self._lock:
            make_private_folder(self.root)
            if self.slots is None:
                limits = self.limits
                self.slots = Slots(
                    self.root / "active", per_user=limits.per_user, total=limits.total, waiting=limits.waiting
                )
            else:
                self.slots.mend(own)
            slots = self.slots
            now = time.monotonic()
            search = search or now - self._searched_at > DEAD_SECONDS
            sweep = now - self._swept_at > SWEEP_SECONDS
            if search:
                self._searched_at = now
            if sweep:
                self._swept_at = now
        if search:
            self._free_dead_places(slots)
        if sweep:
            self._sweep()
        return slots

    def _free_dead_places(self, slots: Slots) -> None:
        for place in slots.remove_dead():
            try:
                folder = QueryFolder(self.root, place.query_id)
                self._mark_died(folder, folder.read())
            except (InventoryError, OSError):
                continue

    def _mark_died(self, folder: QueryFolder, state: QueryState) -> QueryState:
        if state.status.final:
            return state
        folder.part.unlink(missing_ok=True)
        error = WorkerDied("The app's process that ran it has ended.", hint="Run it again.")
        state = replace(
            state,
            status=QueryStatus.DIED,
            stage="",
            finished_at=time.time(),
            error=errors.describe_error(error),
        )
        folder.write(state)
        self.remember(state)
        return state

    def remember(self, state: QueryState) -> None:
        """Into the user's history; a database that is away takes nothing from the result."""
        try:
            with act_as(User(state.owner, Role.ENGINEER)):
                self.history.add_history(
                    query_text=state.sql,
                    status=str(state.status),
                    provider=state.provider,
                    source=str(state.source),
                    parameters=state.parameters,
                    started_at=datetime.fromtimestamp(state.created_at, UTC),
                    rows=state.rows if state.status is QueryStatus.SUCCEEDED else None,
                    duration_ms=round(state.elapsed * 1000),
                    error=(state.error or {}).get("message", ""),
                )
        except InventoryError as error:
            log.warning("the history of query %s could not be written: %s", state.id, error)

    def retry_with_room(self, write: Callable[[], Made], bytes_needed: int) -> Made:
        """What `write` returns; where the disk is full, the oldest results make room, and it is called again.

        Raises the OSError of `write` where it is for another reason, or no result can make enough room.
        """
        while True:
            try:
                return write()
            except OSError as error:
                # each time some results less, until none is left
                if not is_full(error) or not self._make_room(bytes_needed, error):
                    raise

    def _make_room(self, bytes_needed: int, error: OSError) -> bool:
        """Remove the oldest results until so much is free; False, and nothing is removed, where all are not enough."""
        # a quota does not tell what it leaves
        free = shutil.disk_usage(self.root).free if error.errno == errno.ENOSPC else 0
        missing = bytes_needed - free
        oldest = sorted(self._list_ended(), key=lambda one: one[0], reverse=True)
        if sum(size for _, size, _ in oldest) < max(missing, 1):
            return False
        removed = 0
        for _, size, folder in oldest:
            folder.remove()
            removed += size
            # never nothing: what was written may need more than its own bytes
            if removed >= max(missing, 1):
                break
        log.warning("the disk of %s is full; results of %d bytes were given up", self.root, removed)
        return True

    def _list_ended(self) -> list[tuple[float, int, QueryFolder]]:
        """Every query that neither waits nor runs: seconds since someone watched it, bytes, folder."""
        active = self.slots.list_ids() if self.slots is not None else set()
        found = []
        for path in self.root.iterdir():
            if path.name == "active" or not path.is_dir() or path.name in active or path.name in self.here:
                continue
            try:
                folder = QueryFolder(self.root, path.name)
            except InventoryError:
                continue
            unwatched = folder.count_seconds_unwatched()
            # one that has no state yet is just being started
            if folder.has_state or unwatched > self.limits.lease:
                found.append((unwatched, folder.count_bytes(), folder))
        return found

    def _forget_history(self) -> None:
        try:
            with act_as(SYSTEM):
                self.history.remove_old_history(self.limits.history_days)
        except InventoryError as error:
            log.warning("old history could not be removed: %s", error)

    def _sweep(self) -> None:
        """Remove results by age, and the oldest ones beyond the bytes that may be kept; and history by age."""
        # apart: a database that is silent must keep no query waiting
        threading.Thread(target=self._forget_history, name="history-sweep", daemon=True).start()
        total = 0
        for unwatched, size, folder in sorted(self._list_ended(), key=lambda one: one[0]):
            total += size
            if unwatched > self.limits.keep or total > self.limits.kept_bytes:
                folder.remove()
