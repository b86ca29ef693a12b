"""Folders on the disk that are full, read-only or gone: what to say of them, and making them again."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from inventory_runner.errors import InventoryError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StorageUnavailable(InventoryError):
    """A folder that is needed cannot be written or read: it is read-only, not ours, or gone."""

    code = "storage_unavailable"
    title = "A folder of the app cannot be used"


class StorageFull(StorageUnavailable):
    """No room is left on a disk, or its quota is used up."""

    code = "storage_full"
    title = "The disk is full"


def is_full(error: OSError) -> bool:
    """Whether the disk had no room, or its quota was used up."""
    return error.errno in _FULL


def make_storage_error(folder: Path, error: OSError, *, setting: str) -> StorageUnavailable:
    """What is wrong with a folder, and what to do. setting: the variable that chooses another folder."""
    other = f"set {setting} to another folder"
    if error.errno == errno.EDQUOT:
        return StorageFull(
            f"The disk quota for {folder} is used up, and nothing more can be written there.",
            hint=f"Make room there, raise the quota, or {other}.",
            details=str(error),
        )
    if is_full(error):
        return StorageFull(
            f"There is no room left in {folder}, and nothing more can be written there.",
            hint=f"Make room there, or {other}.",
            details=str(error),
        )
    if error.errno == errno.EROFS:
        sentence, hint = f"{folder} is on a disk that is read-only now.", "Make the disk writable"
    elif error.errno in (errno.EACCES, errno.EPERM):
        sentence, hint = f"The app's user may not read and write in {folder}.", "Let it do so"
    elif error.errno == errno.ENOENT:
        sentence, hint = f"Something in {folder} was removed while it was needed.", "Try again"
    else:
        sentence, hint = f"{folder} cannot be used, and nothing can be written there.", "Repair it"
    return StorageUnavailable(sentence, hint=f"{hint}, or {other}.", details=str(error))


def make_temporary_error(error: OSError) -> StorageUnavailable:
    """What is wrong with the system's temporary folder."""
    return make_storage_error(Path(tempfile.gettempdir()), error, setting="TMPDIR")


def make_temporary_folder(prefix: str) -> Path:
    """A new folder in the system's temporary one; raises StorageUnavailable, StorageFull."""
    with _use_temporary_folder():
        return Path(tempfile.mkdtemp(prefix=prefix))


@contextmanager
def open_temporary_file() -> Iterator[IO[bytes]]:
    """A file without a name, for as long as it is open; raises StorageUnavailable, StorageFull."""
    with _use_temporary_folder(), tempfile.TemporaryFile() as file:
        yield file


@contextmanager
def _use_temporary_folder() -> Iterator[None]:
    """Make the system's temporary folder again where it was removed, and say what is wrong with it."""
    try:
        # tempfile remembers where it was when the process began
        Path(tempfile.gettempdir()).mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except ConnectionError:
        # a reader that has left; no disk
        raise
    except OSError as error:
        raise make_temporary_error(error) from error
