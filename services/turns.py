"""Work that keeps a processor or a connection busy: so many at a time in this process, and none for those who left."""

from __future__ import annotations

import errno
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inventory_runner.errors import InventoryError

# how often one that waits looks whether its client is still there
LOOK_SECONDS = 0.5
# what a long piece of work leaves to the others in between
PAUSE_SECONDS = 0.001

Check = Callable[[], None]


class ClientLeft(ConnectionResetError):
    """Nobody waits for the answer any more. Servers take it for what it is: a connection that the client reset."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client has left")


class TooManySearches(InventoryError):
    """The person already has as many sorts and filters of results under way as are allowed."""

    code = "too_many_searches"
    title = "Too many searches"
    default_hint = "Wait for the rows, and ask again."


class Turn:
    """What one piece of work of this process does at a time; the others wait, and look for their clients."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def take(self, check: Check) -> Iterator[None]:
        """Wait for the turn, and have it; raises what `check` raises."""
        check()
        while not self._lock.acquire(timeout=LOOK_SECONDS):
            check()
        try:
            yield
        finally:
            self._lock.release()

    def pause(self, check: Check) -> None:
        """Let another have the turn in between; raises what `check` raises."""
        check()
        self._lock.release()
        # a lock that is taken again at once is given to nobody else
        time.sleep(PAUSE_SECONDS)
        self._lock.acquire()


class FairTurns:
    """Turns of several at once, but one of a person. waiting: of a person's that wait or work."""

    def __init__(self, at_once: int = 2, waiting: int = 6) -> None:
        self._at_once, self._most = at_once, waiting
        self._changed = threading.Condition()
        self._asked: Counter[str] = Counter()
        self._working: set[str] = set()

    @contextmanager
    def take(self, person: str, check: Check) -> Iterator[None]:
        """Wait for a turn of the person's, and have it; raises TooManySearches, and what `check` raises."""
        check()
        with self._changed:
            if self._asked[person] >= self._most:
                raise TooManySearches(
                    f"{self._most} of your sorts and filters are under way, which is the most."
                )
            self._asked[person] += 1
        has_turn = False
        try:
            with self._changed:
                while person in self._working or len(self._working) >= self._at_once:
                    self._changed.wait(LOOK_SECONDS)
                    check()
                self._working.add(person)
                has_turn = True
            yield
        finally:
            with self._changed:
                if has_turn:
                    self._working.discard(person)
                self._asked[person] -= 1
                if not self._asked[person]:
                    del self._asked[person]
                self._changed.notify_all()
