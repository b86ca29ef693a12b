"""Files of a Unity Catalog volume: the StackQL program and the provider registry.

Jobs see `/Volumes/…` as a folder; Databricks Apps do not, so there a file is fetched once through the Files API into
the private folder. What is fetched or unpacked is verified by its SHA-256, which the operator pins.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory_runner.contract import EngineMissing
from inventory_runner.engines import paging
from inventory_runner.errors import InventoryError
from inventory_runner.platform.workspace import Workspace, translate_error
from inventory_runner.settings import Settings

DOWNLOAD_SECONDS = 300.0


@contextmanager
def translate_file_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says of our private folder, or of a file that is named, into EngineMissing."""
    try:
        yield
    except OSError as error:
        at = Path(error.filename) if isinstance(error.filename, str) else folder
        if at == folder or at.is_relative_to(folder) or folder.is_relative_to(at):
            raise EngineMissing(
                f"The folder {folder}, where StackQL is kept, cannot be made or written.",
                hint="Let the app's user write there, or set INVENTORY_DATA_DIR to a folder where it may.",
                details=str(error),
            ) from None
        raise EngineMissing(
            f"{at} cannot be read.", hint="Let the app's user read it.", details=str(error)
        ) from None


def find_local_path(path: str, sha256: str, folder: Path, workspace: Workspace) -> Path:
    """A path that can be opened: the file itself, or its copy in our private folder. Raises EngineMissing."""
    here = Path(path).expanduser()
    on_volume = path.startswith("/Volumes/")
    if on_volume and not sha256:
        raise EngineMissing(
            f"{path} is on a volume, and nothing says what it should be.",
            hint="Set its SHA-256: STACKQL_SHA256 for the program, STACKQL_REGISTRY_SHA256 for the registry.",
        )
    if here.exists() or not on_volume or not workspace.configured:
        return here
    copy = folder / "volume" / sha256[:64] / here.name
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = copy.with_name(f"{copy.name}.{os.getpid()}.part")
        try:
            _download(path, part, workspace)
            verify(part, sha256, path)
            part.replace(copy)
        finally:
            part.unlink(missing_ok=True)
    return copy


def find_registry_folder(settings: Settings, folder: Path) -> str:
    """The folder that has the registry's `src`, an archive of it unpacked; empty where StackQL's own is used."""
    if not settings.own_registry:
        return ""
    with translate_file_errors(folder):
        return _find_registry_folder(settings, folder)


def _find_registry_folder(settings: Settings, folder: Path) -> str:
    named = settings.own_registry
    if not named.endswith((".tar.gz", ".tgz")):
        return _find_root(Path(named).expanduser(), named)
    sha256 = settings.stackql_registry_sha256.lower()
    archive = find_local_path(named, sha256, folder, Workspace(settings))
    if not archive.is_file():
        raise EngineMissing(
            f"STACKQL_REGISTRY is {named}, and there is no such file.", hint="Correct the path."
        )
    digest = verify(archive, sha256, named)
    unpacked = folder / "registry" / digest
    if not unpacked.exists():
        part = folder / "registry" / f"{digest}.{os.getpid()}.part"
        part.mkdir(parents=True, mode=0o700)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(part, filter="data")
            paging.complete_documents(Path(_find_root(part, named)) / "src")
            part.rename(unpacked)
        except (tarfile.TarError, OSError) as error:
            if not unpacked.exists():
                raise EngineMissing(f"The registry {named} cannot be unpacked.", details=str(error)) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return _find_root(unpacked, named)


def _find_root(folder: Path, named: str) -> str:
    """Where `src` lies: in the folder itself, in its `providers`, or, in an archive of the repository, one deeper."""
    for pattern in ("src", "providers/src", "*/src", "*/providers/src"):
        for found in sorted(folder.glob(pattern)):
            if found.is_dir():
                return str(found.parent)
    raise EngineMissing(
        f"STACKQL_REGISTRY is {named}, and no folder of providers (src) is in it.",
        hint="Name the folder `providers` of StackQL's provider registry, or an archive of it.",
    )


def verify(file: Path, sha256: str, named: str) -> str:
    """The file's SHA-256; raises EngineMissing where another one was pinned."""
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if sha256 and found != sha256:
        raise EngineMissing(
            f"{named} is not the file that was pinned: its SHA-256 is {found}.",
            hint="Put the right file there, or correct the SHA-256.",
        )
    return found


def _download(path: str, target: Path, workspace: Workspace) -> None:
    doing = f"fetching {path}"

    def fetch(client: object) -> None:
        answer = client.files.download(path)  # type: ignore[attr-defined]
        with answer.contents as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)

    try:
        workspace.call(fetch, doing, seconds=DOWNLOAD_SECONDS)
    except Exception as error:
        failure: InventoryError = translate_error(error, doing)
        raise EngineMissing(
            f"{path} could not be fetched. {failure.message}",
            hint=failure.hint or "Check that the app may read the volume.",
            details=failure.details,
        ) from error
