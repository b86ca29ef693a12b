"""Downloads of tables: how many there are at once, and their rows on the disk while these are converted and sent.

Each download has a place (`services.places`), whose file holds its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inventory_runner.errors import InventoryError
from services.places import Place, Places
from services.query_service.folders import translate_folder_errors
from services.selections import Selections
from services.turns import ClientLeft, Turn

ROWS, ARROW = ".rows", ".arrow"
# what a disk must have room for before a download begins: later its answer has begun, and can only be cut
LEAST_ROOM_BYTES = 1 << 18


class TooManyDownloads(InventoryError):
    """The person, or everyone together, already downloads as much as is allowed."""

    code = "too_many_downloads"
    title = "Too many downloads"
    default_hint = "Wait for a download to end, or cancel one, and try again."


@dataclass(frozen=True)
class DownloadLimits:
    """per_person, total: downloads that wait or run at once, of all processes. kept_bytes: of all their files.

    Each holds a thread of the server's until its client has everything; total is less than one process has threads.
    """

    per_person: int = 3
    total: int = 28
    kept_bytes: int = 4 << 30


class Downloads:
    """The downloads of one folder. reading: holds a connection. converting: keeps a processor busy.

    selections: what of a grid's rows a download is to hold, where that is not all.
    """

    def __init__(self, folder: Path, limits: DownloadLimits | None = None) -> None:
        self.folder = folder
        self.limits = limits or DownloadLimits()
        self.reading, self.converting = Turn(), Turn()
        self.selections = Selections(folder / "selections")
        self._places = Places(folder, ROWS, lambda rows: rows.with_suffix(ARROW).unlink(missing_ok=True))

    def enter(self, has_left: Callable[[], bool]) -> Download:
        """A download of the current user's, to be closed; raises TooManyDownloads, StorageUnavailable, StorageFull.

        has_left: whether its client has gone.
        """
        place = self._places.enter(self._check_limits, LEAST_ROOM_BYTES)
        return Download(self, place, has_left)

    def count_bytes(self) -> int:
        """The size of all files, those of other processes too."""
        total = 0
        with suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    total += path.stat().st_size
        return total

    def _check_limits(self, own: int, everyone: int) -> None:
        if own >= self.limits.per_person:
            raise TooManyDownloads(f"{own} downloads of yours are under way, which is the most.")
        if everyone >= self.limits.total:
            raise TooManyDownloads(f"{everyone} downloads of all people are under way, which is the most.")
        if self.count_bytes() >= self.limits.kept_bytes:
            raise TooManyDownloads(
                "The downloads that are under way take all the room that there is for them."
            )


class Download:
    """One download's place and its files. rows: as they were read, a line a row; arrow: where they go as a table."""

    def __init__(self, downloads: Downloads, place: Place, has_left: Callable[[], bool]) -> None:
        self.rows = place.file
        self.arrow = place.path.with_suffix(ARROW)
        self.reading, self.converting = downloads.reading, downloads.converting
        self._downloads = downloads
        self._place = place
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
            self._place.leave()
