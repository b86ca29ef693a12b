"""Downloads of tables: how many there are at once, and their rows on the disk while these are converted and sent.

Each download has a file of rows, named after its person and locked (flock) by the process that serves it. These files
are the count, over every process of the app; one that another can lock belongs to a process that has died.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inventory_runner.errors import InventoryError
from services.query_service.folders import make_private_folder, translate_folder_errors
from services.users import current_user

ROWS, ARROW = ".rows", ".arrow"
# how often a download that waits looks whether its client is still there
LOOK_SECONDS = 0.5
# what a long conversion leaves to the others after each of its batches
PAUSE_SECONDS = 0.001
# what a disk must have room for before a download begins
LEAST_ROOM_BYTES = 1 << 18


class TooManyDownloads(InventoryError):
    """The person, or everyone together, already downloads as much as is allowed."""

    code = "too_many_downloads"
    title = "Too many downloads"
    default_hint = "Wait for a download to end, or cancel one, and try again."


class ClientLeft(ConnectionResetError):
    """Nobody reads the download any more. Servers take it for what it is: a connection that the client reset."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client has left")


@dataclass(frozen=True)
class DownloadLimits:
    """per_person, total: downloads that wait or run at once, of all processes. kept_bytes: of all their files.

    Each holds a thread of the server's until its client has everything; total is less than one process has threads.
    """

    per_person: int = 3
    total: int = 28
    kept_bytes: int = 4 << 30


class Turn:
    """What one download of this process does at a time; the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def take(self, download: Download) -> Iterator[None]:
        """Wait for the turn, and have it; raises ClientLeft as soon as nobody waits for the download."""
        download.check_client()
        while not self._lock.acquire(timeout=LOOK_SECONDS):
            download.check_client()
        try:
            yield
        finally:
            self._lock.release()

    def pause(self, download: Download) -> None:
        """Let another have the turn in between; raises ClientLeft."""
        download.check_client()
        self._lock.release()
        # a lock that is taken again at once is given to nobody else
        time.sleep(PAUSE_SECONDS)
        self._lock.acquire()


class Downloads:
    """The downloads of one folder. reading: holds a connection. converting: keeps a processor busy."""

    def __init__(self, folder: Path, limits: DownloadLimits | None = None) -> None:
        self.folder = folder
        self.limits = limits or DownloadLimits()
        self.reading, self.converting = Turn(), Turn()

    def enter(self, has_left: Callable[[], bool]) -> Download:
        """A download of the current user's, to be closed; raises TooManyDownloads, StorageUnavailable, StorageFull.

        has_left: whether its client has gone.
        """
        person = hashlib.sha256(current_user().name.encode()).hexdigest()[:16]
        with translate_folder_errors(self.folder):
            make_private_folder(self.folder)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._remove_dead()
                self._check_limits(person)
                file = (self.folder / f"{person}.{uuid.uuid4().hex}{ROWS}").open("w+b")
                fcntl.flock(file, fcntl.LOCK_EX)
            _check_disk(file)
        return Download(self, Path(file.name), file, has_left)

    def count_bytes(self) -> int:
        """The size of all files, those of other processes too."""
        total = 0
        with suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    total += path.stat().st_size
        return total

    def _check_limits(self, person: str) -> None:
        everyone = [path.name for path in self.folder.glob(f"*{ROWS}")]
        own = sum(name.startswith(f"{person}.") for name in everyone)
        if own >= self.limits.per_person:
            raise TooManyDownloads(f"{own} downloads of yours are under way, which is the most.")
        if len(everyone) >= self.limits.total:
            raise TooManyDownloads(
                f"{len(everyone)} downloads of all people are under way, which is the most."
            )
        if self.count_bytes() >= self.limits.kept_bytes:
            raise TooManyDownloads(
                "The downloads that are under way take all the room that there is for them."
            )

    def _remove_dead(self) -> None:
        for path in self.folder.glob(f"*{ROWS}"):
            try:
                with path.open() as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (FileNotFoundError, BlockingIOError):
                continue
            path.with_suffix(ARROW).unlink(missing_ok=True)
            path.unlink(missing_ok=True)


class Download:
    """One download's place and its files. rows: as they were read, a line a row; arrow: where they go as a table."""

    def __init__(
        self, downloads: Downloads, path: Path, rows: IO[bytes], has_left: Callable[[], bool]
    ) -> None:
        self.rows = rows
        self.arrow = path.with_suffix(ARROW)
        self.reading, self.converting = downloads.reading, downloads.converting
        self._downloads = downloads
        self._path = path
        self._sizes: list[int] = []
        self._has_left = has_left

    def check_client(self) -> None:
        """Raises ClientLeft where nobody reads the download any more."""
        if self._has_left():
            raise ClientLeft

    def check_room(self) -> None:
        """Raises TooManyDownloads where all downloads' files together have become too large."""
        if self._downloads.count_bytes() > self._downloads.limits.kept_bytes:
            raise TooManyDownloads(
                "The downloads that are under way take all the room that there is for them."
            )

    def write(self, lines: list[str]) -> None:
        """Add a batch of rows; raises ClientLeft, TooManyDownloads, StorageUnavailable, StorageFull."""
        self.check_client()
        batch = ("\n".join(lines) + "\n").encode()
        with translate_folder_errors(self._downloads.folder):
            self.rows.write(batch)
            self.rows.flush()
        self._sizes.append(len(batch))
        self.check_room()

    def iterate_batches(self) -> Iterator[bytes]:
        """What was written, each batch as it was."""
        self.rows.seek(0)
        for size in self._sizes:
            yield self.rows.read(size)

    def remove_rows(self) -> None:
        """Once the table is made the rows need no room any more; their file still stands for the download."""
        self.rows.truncate(0)

    def close(self) -> None:
        """Remove the files and free the place; safe to call twice."""
        with translate_folder_errors(self._downloads.folder):
            self.arrow.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        # what is still in its buffer finds no room on a full disk, and is not wanted any more
        with suppress(OSError):
            self.rows.close()


def _check_disk(file: IO[bytes]) -> None:
    """Raise OSError where the disk has not even room for the first rows, while there is time to say so.

    Later the answer has begun, and can only be cut.
    """
    try:
        file.write(bytes(LEAST_ROOM_BYTES))
        file.flush()
        file.seek(0)
        file.truncate()
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        with suppress(OSError):
            file.close()
        raise
