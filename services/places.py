"""Places that people take, so many each and so many in all, over every process of the app.

A place is a file, named after its person and locked (flock) by the process that has it. These files are the count; one
that another can lock belongs to a process that has died.
"""

from __future__ import annotations

import fcntl
import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.query_service.folders import make_private_folder, translate_folder_errors
from services.users import current_user


@dataclass(frozen=True)
class Place:
    """One place; its file may hold what its work needs on the disk."""

    path: Path
    file: IO[bytes]

    def leave(self) -> None:
        """Remove the file and free the place; safe to call twice."""
        self.path.unlink(missing_ok=True)
        # what is still in its buffer finds no room on a full disk, and is not wanted any more
        with suppress(OSError):
            self.file.close()


class Places:
    """The places of one folder. suffix: of their files' names. clean: removes what else a dead process left there."""

    def __init__(
        self, folder: Path, suffix: str = ".place", clean: Callable[[Path], None] = lambda _path: None
    ) -> None:
        self.folder = folder
        self._suffix = suffix
        self._clean = clean

    def enter(self, check: Callable[[int, int], None], room: int = 0) -> Place:
        """Take a place for the current user.

        Raises ConfigurationError, StorageUnavailable, StorageFull, and what `check` raises.

        check: is given how many places the person has, and all people together, before this one. room: bytes that the
        disk must have for it.
        """
        person = hashlib.sha256(current_user().name.encode()).hexdigest()[:16]
        with translate_folder_errors(self.folder):
            make_private_folder(self.folder)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._remove_dead()
                everyone = [path.name for path in self.folder.glob(f"*{self._suffix}")]
                check(sum(name.startswith(f"{person}.") for name in everyone), len(everyone))
                file = (self.folder / f"{person}.{uuid.uuid4().hex}{self._suffix}").open("w+b")
                fcntl.flock(file, fcntl.LOCK_EX)
            place = Place(Path(file.name), file)
            try:
                file.write(bytes(room))
                file.flush()
                file.seek(0)
                file.truncate()
            except OSError:
                place.leave()
                raise
        return place

    def _remove_dead(self) -> None:
        for path in self.folder.glob(f"*{self._suffix}"):
            try:
                with path.open() as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (FileNotFoundError, BlockingIOError):
                continue
            self._clean(path)
            path.unlink(missing_ok=True)
