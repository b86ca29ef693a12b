"""Where the StackQL program comes from, and whether it runs.

`STACKQL_BINARY` names it; with `STACKQL_SHA256` it is copied to a private folder and verified first, as a file on a
volume should be. Without either, one pinned release is fetched once into a private folder and verified (release.py).
Every failure is EngineMissing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from inventory_runner.contract import EngineMissing
from inventory_runner.engines import release, volume
from inventory_runner.platform.workspace import Workspace
from inventory_runner.settings import Settings

SELF_TEST_SECONDS = 30


def find_cache_folder(settings: Settings) -> Path:
    """Our private folder for programs: 0700, in INVENTORY_DATA_DIR or the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(settings.inventory_data_dir or cache) / "inventory-stackql"
    with volume.translate_file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def locate(settings: Settings) -> tuple[Path, str]:
    """The program's path and its version; raises EngineMissing with the reason and the remedy."""
    folder = find_cache_folder(settings)
    with volume.translate_file_errors(folder):
        path = _find_named_program(settings, folder) if settings.stackql_binary else _find_or_fetch(folder)
        return path, read_version(path)


def read_version(path: Path) -> str:
    """What the program says of itself, `v0.10.1` for one; raises EngineMissing where it does not run."""
    try:
        done = subprocess.run(
            [str(path), "--version"],
            capture_output=True,
            text=True,
            timeout=SELF_TEST_SECONDS,
            check=False,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(path.parent)},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineMissing(f"{path} does not run.", details=str(error)) from None
    words = done.stdout.split()
    if done.returncode or len(words) < 4 or words[0] != "stackql":
        raise EngineMissing(f"{path} is not the StackQL program.", details=(done.stdout + done.stderr)[:1000])
    return words[1]


def _find_named_program(settings: Settings, folder: Path) -> Path:
    wanted = settings.stackql_sha256.lower()
    named = volume.find_local_path(settings.stackql_binary, wanted, folder, Workspace(settings))
    if not named.is_file():
        raise EngineMissing(
            f"STACKQL_BINARY is {named}, and there is no such file.", hint="Correct the path."
        )
    if wanted:
        return _copy_verified(named, wanted, folder)
    if not os.access(named, os.X_OK):
        raise EngineMissing(
            f"{named} is not executable.",
            hint="Run chmod +x on it, or set STACKQL_SHA256 so that it is copied.",
        )
    return named.resolve()


def _copy_verified(named: Path, wanted: str, folder: Path) -> Path:
    target = folder / wanted / "stackql"
    with _lock_folder(folder):
        if target.exists() and _hash_file(target) == wanted:
            return target
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copyfile(named, part)
        if (found := _hash_file(part)) != wanted:
            part.unlink()
            raise EngineMissing(
                f"{named} is not the file that STACKQL_SHA256 names: its SHA-256 is {found}.",
                hint="Put the right file there, or correct STACKQL_SHA256.",
            )
        part.chmod(0o700)
        part.replace(target)
    return target


def _find_or_fetch(folder: Path) -> Path:
    pinned = release.PINNED
    path = folder / f"stackql-{pinned.version}" / "stackql"
    with _lock_folder(folder):
        if not path.exists():
            release.fetch(pinned, folder, path)
    return path


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
