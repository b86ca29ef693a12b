"""A disk that a test fills, or makes read-only, for everything below one folder."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

Usage = namedtuple("Usage", "total used free")
READ_ONLY = (errno.EROFS, errno.EACCES)


class Disk:
    """Refuses what a disk would, by the operating system's own numbers.

    fault: of ENOSPC and EDQUOT, once the files take `capacity` bytes, nothing new is made; of EROFS and EACCES nothing
    is written at all. None: a disk without end.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.fault: int | None = None
        self.capacity = 0
        self._open, self._os_open, self._file = io.open, os.open, pa.OSFile
        for module, name, made in (
            (io, "open", self._open_text),
            (os, "open", self._open_number),
            (os, "mkdir", self._guard(os.mkdir)),
            (os, "mkfifo", self._guard(os.mkfifo)),
            (pa, "OSFile", self._open_arrow),
            (shutil, "disk_usage", lambda _: Usage(self.capacity, self.used, self.free)),
        ):
            patch.setattr(module, name, made)

    @property
    def used(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.used)

    def _check(self, path: Any) -> None:
        """Raise for something new, or for any writing, as the fault is."""
        place = Path(path) if isinstance(path, str | Path) else None
        if self.fault is None or place is None or not place.is_relative_to(self.folder):
            return
        if self.fault in READ_ONLY or (not place.exists() and not self.free):
            raise OSError(self.fault, os.strerror(self.fault), str(path))

    def _guard(self, function: Any) -> Any:
        def call(path: Any, *arguments: Any, **named: Any) -> Any:
            # what is there is refused as usual, also on a disk that is read-only
            if not Path(path).exists():
                self._check(path)
            return function(path, *arguments, **named)

        return call

    def _open_text(self, path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if set(mode) & set("wax+"):
            self._check(path)
        return self._open(path, mode, *arguments, **named)

    def _open_number(self, path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self._check(path)
        return self._os_open(path, flags, *arguments, **named)

    def _open_arrow(self, path: str, mode: str = "r", **named: Any) -> Any:
        if mode != "wb" or self.fault is None:
            return self._file(path, mode, **named)
        self._check(path)
        return _Sink(self, self._file(path, mode, **named), path)


class _Sink:
    """An Arrow file that finds the disk full when it has been written: what was written stays."""

    def __init__(self, disk: Disk, file: Any, path: str) -> None:
        self._disk, self._file, self._path = disk, file, path

    def __enter__(self) -> Any:
        return self._file.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self._file.__exit__(*raised)
        if self._disk.used > self._disk.capacity:
            assert self._disk.fault is not None
            raise OSError(self._disk.fault, os.strerror(self._disk.fault), self._path)
