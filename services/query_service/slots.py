"""How many queries run at once, per user and in all, over every process of the app; the rest wait in line.

Each query that waits or runs has a marker file, locked (flock) by the process that runs it: a marker that can be
locked by another belongs to a process that has died. Decisions are made under one more lock.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inventory_runner.errors import InventoryError


class TooManyQueries(InventoryError):
    """The user already has as many queries waiting as are allowed."""

    code = "too_many_queries"
    title = "Too many queries"
    default_hint = "Wait for some to end, or cancel them."


@dataclass
class Place:
    """A query's place in line; `file` is open and locked in the process that runs it, None elsewhere."""

    name: str
    user: str
    running: bool
    file: IO[str] | None = None

    @property
    def query_id(self) -> str:
        return self.name.split(".", 1)[1]


class Slots:
    """The line of one folder. per_user, total: queries that run at once; waiting: a user's that may wait."""

    def __init__(self, folder: Path, *, per_user: int, total: int, waiting: int) -> None:
        self.folder = folder
        self.per_user, self.total, self.waiting = per_user, total, waiting
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def enter(self, query_id: str, user: str) -> Place:
        """Stand in line, running at once where there is room; raises TooManyQueries."""
        with self._decide():
            mine = [place for place in self._list_places() if place.user == user and not place.running]
            if len(mine) >= self.waiting:
                raise TooManyQueries(f"{len(mine)} of your queries are waiting to run, which is the most.")
            name = f"{time.time_ns():020d}.{query_id}"
            file = (self.folder / name).open("w+")
            fcntl.flock(file, fcntl.LOCK_EX)
            place = Place(name, user, running=False, file=file)
            self._write(place)
            self._start_if_due(place)
        return place

    def try_start(self, place: Place) -> bool:
        """True once the query may run; ask again until then."""
        if not place.running:
            with self._decide():
                self._start_if_due(place)
        return place.running

    def find_position(self, query_id: str) -> int | None:
        """1 for the query that is next; None where it does not wait."""
        waiting = [place.query_id for place in self._list_places() if not place.running]
        return waiting.index(query_id) + 1 if query_id in waiting else None

    def leave(self, place: Place) -> None:
        (self.folder / place.name).unlink(missing_ok=True)
        if place.file is not None:
            place.file.close()

    def remove_dead(self) -> list[Place]:
        """Remove the markers of processes that have died, and return them."""
        found = []
        with self._decide():
            for place in self._list_places():
                path = self.folder / place.name
                try:
                    with path.open() as file:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except FileNotFoundError:
                    continue
                except BlockingIOError:
                    continue
                path.unlink(missing_ok=True)
                found.append(place)
        return found

    def list_ids(self) -> set[str]:
        """The queries that wait or run, in any process."""
        return {place.query_id for place in self._list_places()}

    @contextmanager
    def _decide(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _list_places(self) -> list[Place]:
        places = []
        for path in sorted(self.folder.glob("*.*")):
            try:
                values = json.loads(path.read_text() or "{}")
            except FileNotFoundError:
                continue
            places.append(Place(path.name, values.get("user", ""), values.get("running", False)))
        return places

    def _start_if_due(self, place: Place) -> None:
        places = self._list_places()
        running = Counter(one.user for one in places if one.running)
        for one in places:
            if one.running or running.total() >= self.total or running[one.user] >= self.per_user:
                continue
            if one.name == place.name:
                place.running = True
                self._write(place)
                return
            # an earlier query that has room too takes it within a moment
            running[one.user] += 1

    def _write(self, place: Place) -> None:
        if place.file is None:
            raise ValueError("another process's place")
        place.file.seek(0)
        place.file.truncate()
        json.dump({"user": place.user, "running": place.running}, place.file)
        place.file.flush()
