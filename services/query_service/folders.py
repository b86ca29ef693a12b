"""The folder of all queries: who owns which, what dead processes left, and what has to go."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from inventory_runner.contract import WorkerDied
from inventory_runner.errors import ConfigurationError, InventoryError
from services import errors
from services.db.history import HistoryRecords
from services.query_service.slots import Slots
from services.query_service.state import QueryFolder, QueryState, QueryStatus, make_query_unknown
from services.settings import Settings
from services.users import Role, User, act_as, current_user

log = logging.getLogger(__name__)

SWEEP_SECONDS = 600
# places of dead processes are looked for this often at most
DEAD_SECONDS = 1.0


@dataclass(frozen=True)
class Limits:
    """per_user, total: queries at once; waiting: of one user in the queue. Times in seconds.

    timeout: of one query. lease: without a poll for so long, a query ends; more than a minute, because browsers let
    the timers of a hidden tab fire only so often. keep: a result that nobody reads is removed after it.
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

    @classmethod
    def from_settings(cls, settings: Settings) -> Limits:
        """The limits that an operator set."""
        return cls(
            per_user=settings.inventory_queries_per_user,
            total=settings.inventory_queries_at_once,
            timeout=settings.inventory_query_timeout,
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


def make_folder_error(root: Path, error: OSError) -> ConfigurationError:
    """What is wrong where a folder of results or downloads cannot be used, or its disk is full."""
    return ConfigurationError(
        f"Results and downloads are kept in {root}, and nothing can be written there.",
        hint="Let the app's user write there, make room, or set INVENTORY_DATA_DIR to another folder.",
        details=str(error),
    )


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
        """A query of the current user's, and its state; raises NotFound, for another's query too."""
        folder = QueryFolder(self.root, id)
        if id not in self.here:
            self.prepare_slots()
        state = folder.read()
        if state.owner != current_user().name:
            raise make_query_unknown()
        if not state.status.final and id not in self.here and not self.prepare_slots().is_alive(id):
            # its process has died without a word, or has ended it since we looked
            state = self._mark_died(folder, folder.read())
            self.prepare_slots(search=True)
        return folder, state

    def prepare_slots(self, *, search: bool = False) -> Slots:
        """The slots; frees the places of dead processes every second, and sweeps their results every few minutes.

        search: for dead processes' places now.
        """
        with self._lock:
            if self.slots is None:
                make_private_folder(self.root)
                limits = self.limits
                self.slots = Slots(
                    self.root / "active", per_user=limits.per_user, total=limits.total, waiting=limits.waiting
                )
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
            self._sweep(slots)
        return slots

    def _free_dead_places(self, slots: Slots) -> None:
        for place in slots.remove_dead():
            try:
                folder = QueryFolder(self.root, place.query_id)
                self._mark_died(folder, folder.read())
            except InventoryError:
                continue

    def _mark_died(self, folder: QueryFolder, state: QueryState) -> QueryState:
        if state.status.final:
            return state
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
                    parameters=state.parameters,
                    started_at=datetime.fromtimestamp(state.created_at, UTC),
                    rows=state.rows if state.status is QueryStatus.SUCCEEDED else None,
                    duration_ms=round(state.elapsed * 1000),
                    error=(state.error or {}).get("message", ""),
                )
        except InventoryError as error:
            log.warning("the history of query %s could not be written: %s", state.id, error)

    def _sweep(self, slots: Slots) -> None:
        """Remove results by age, and the oldest ones beyond the bytes that may be kept."""
        active = slots.list_ids()
        kept: list[tuple[float, int, QueryFolder]] = []
        for path in self.root.iterdir():
            if path.name == "active" or not path.is_dir() or path.name in active:
                continue
            try:
                folder = QueryFolder(self.root, path.name)
            except InventoryError:
                continue
            if folder.count_seconds_unwatched() > self.limits.keep:
                shutil.rmtree(path, ignore_errors=True)
            else:
                size = folder.result.stat().st_size if folder.result.exists() else 0
                kept.append((folder.count_seconds_unwatched(), size, folder))
        total = 0
        for _, size, folder in sorted(kept, key=lambda one: one[0]):
            total += size
            if total > self.limits.kept_bytes:
                shutil.rmtree(folder.path, ignore_errors=True)
