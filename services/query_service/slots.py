"""How many queries run at once, per user and in all, over every process of the app; the rest wait in line.

Each query that waits or runs has a marker, an empty file that is locked (flock) by the process that runs it: a marker
that another can lock belongs to a process that has died. Its name says everything, so that the line is read without
opening a file. Decisions are made under one more lock, and only when something has happened: whoever leaves rings, and
each process then starts those of its queries that are due.
"""

from __future__ import annotations

import fcntl
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from inventory_runner.errors import InventoryError
from services.query_service.bell import Bell

# a line that was read so short a time ago is good enough to show a place in it
FRESH_SECONDS = 0.25
WAITING, RUNNING = "waiting", "running"


class TooManyQueries(InventoryError):
    """The user already has as many queries waiting as are allowed."""

    code = "too_many_queries"
    title = "Too many queries"
    default_hint = "Wait for some to end, or cancel them."


@dataclass
class Place:
    """A query's place in line. number: its turn, nanoseconds of the machine's own clock, which nobody can set.
    user: a digest of the user's name.

    file: open and locked in the process that runs the query, None elsewhere.
    """

    number: int
    query_id: str
    user: str
    running: bool
    file: IO[str] | None = None

    @property
    def name(self) -> str:
        """The marker's: `01795808599123456789.kX3…Qw.3f2a9c….waiting`."""
        state = RUNNING if self.running else WAITING
        return f"{self.number:020d}.{self.query_id}.{self.user}.{state}"

    @classmethod
    def read(cls, name: str) -> Place | None:
        """The place that a marker of that name stands for; None for another file."""
        match name.split("."):
            case [number, query_id, user, "waiting" | "running" as state] if number.isdecimal():
                return cls(int(number), query_id, user, state == RUNNING)
        return None


class Slots:
    """The line of one folder. per_user, total: queries that run at once; waiting: a user's that may wait.

    bell: rings in every process when a place may have become free.
    """

    def __init__(self, folder: Path, *, per_user: int, total: int, waiting: int) -> None:
        self.folder = folder
        self.per_user, self.total, self.waiting = per_user, total, waiting
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.bell = Bell(folder / "bells")
        self._reading = threading.Lock()
        self._line: list[Place] = []
        self._positions: dict[str, int] = {}
        self._read_at = float("-inf")

    def enter(self, query_id: str, user: str) -> Place:
        """Stand in line, running at once where there is room; raises TooManyQueries."""
        digest = hashlib.blake2b(user.encode(), digest_size=16).hexdigest()
        with self._decide():
            places = self._list_places()
            mine = sum(place.user == digest and not place.running for place in places)
            if mine >= self.waiting:
                raise TooManyQueries(f"{mine} of your queries are waiting to run, which is the most.")
            place = Place(time.monotonic_ns(), query_id, digest, running=False)
            place.running = place in self._list_due([*places, place])
            self._mark(place)
        return place

    def _mark(self, place: Place) -> None:
        """Make the place's marker, and lock it."""
        beside = self.folder / f".{place.query_id}"
        try:
            place.file = beside.open("w")
            fcntl.flock(place.file, fcntl.LOCK_EX)
            # nobody finds a marker that is not locked yet
            beside.rename(self.folder / place.name)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def mend(self, own: Collection[Place] = ()) -> None:
        """Make the folder, the bell, and the markers of this process's own places again where they were removed."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.bell.mend()
        if all((self.folder / place.name).exists() for place in own):
            return
        with self._decide():
            for place in own:
                # one that has left meanwhile has closed its file
                if place.file and not place.file.closed and not (self.folder / place.name).exists():
                    place.file.close()
                    self._mark(place)

    def start_due(self, waiting: Collection[Place]) -> list[Place]:
        """Start those of this process's waiting places whose turn it is, and return them."""
        if not waiting:
            return []
        with self._decide():
            due = {place.query_id for place in self._list_due(self._list_places())}
            started = [place for place in waiting if place.query_id in due]
            for place in started:
                (self.folder / place.name).rename(self.folder / replace(place, running=True).name)
                place.running = True
        return started

    def find_position(self, query_id: str) -> int | None:
        """1 for the query that is next; None where it does not wait. Of the line a moment ago, at most."""
        self._look()
        return self._positions.get(query_id)

    def leave(self, place: Place) -> None:
        """Free the place, and wake who waits for one."""
        try:
            (self.folder / place.name).unlink(missing_ok=True)
        finally:
            # a marker that cannot be removed stands for nobody once its lock is free
            if place.file is not None:
                place.file.close()
            self._forget()
        self.bell.ring_all()

    def remove_dead(self) -> list[Place]:
        """Remove the markers of processes that have died, and return them."""
        with self._decide():
            found = [place for place in self._list_places() if not self._is_held(place)]
            for place in found:
                (self.folder / place.name).unlink(missing_ok=True)
        if found:
            self.bell.ring_all()
        return found

    def is_alive(self, query_id: str) -> bool:
        """Whether the query waits or runs in a process that lives."""
        self._look()
        if any(place.query_id == query_id and self._is_held(place) for place in self._line):
            return True
        # it may have come or moved since the line was read
        with self._decide():
            return any(place.query_id == query_id and self._is_held(place) for place in self._list_places())

    def list_ids(self) -> set[str]:
        """The queries that wait or run, in any process."""
        return {place.query_id for place in self._list_places()}

    @contextmanager
    def _decide(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                self._forget()

    def _list_places(self) -> list[Place]:
        """Every place, in order. Whole under the lock; without it, one that starts just now may be missing."""
        found = [place for path in self.folder.iterdir() if (place := Place.read(path.name))]
        return sorted(found, key=lambda place: (place.number, place.query_id))

    def _list_due(self, places: list[Place]) -> list[Place]:
        """The waiting places that have room, in order; their own processes start them."""
        running = Counter(place.user for place in places if place.running)
        due = []
        for place in places:
            if not place.running and running.total() < self.total and running[place.user] < self.per_user:
                running[place.user] += 1
                due.append(place)
        return due

    def _is_held(self, place: Place) -> bool:
        try:
            with (self.folder / place.name).open() as file:
                # shared: two that look at once do not take each other for the owner
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        return False

    def _look(self) -> None:
        """Read the line anew, unless that was done a moment ago: many pages ask, and one reading serves them all."""
        with self._reading:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return
            # before the line is read: a change meanwhile makes it old
            self._read_at = time.monotonic()
            self._line = self._list_places()
            waiting = [place.query_id for place in self._line if not place.running]
            self._positions = {query_id: position for position, query_id in enumerate(waiting, 1)}

    def _forget(self) -> None:
        self._read_at = float("-inf")
