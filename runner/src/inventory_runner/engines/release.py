"""The StackQL release that is fetched where no program is named: one version, verified by its hashes.

StackQL publishes each release as bundles, one a platform: a ZIP file with the program in `server/`. The hashes are
those that StackQL's own wrappers carry (`platforms.json` in the package stackql-mcp-server of the same version on
PyPI), and stand in `release.json`. A newer release is a change to that file, tried first. pystackql's download takes
whatever is newest, and checks nothing.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple

from inventory_runner.contract import EngineMissing

DOWNLOAD_SECONDS = 300
# of a server that has gone silent
SILENT_SECONDS = 30
# several times what a bundle has
MOST_BYTES = 500_000_000
PIECE_BYTES = 1_048_576


class Release(NamedTuple):
    """`bundles`: the file's name and its SHA-256, by the words in which Python names a system and its processor."""

    version: str
    address: str
    bundles: dict[tuple[str, str], tuple[str, str]]


def read_pinned() -> Release:
    """The release of `release.json`, the one place where its version and hashes stand; operators' steps read it too."""
    pinned = json.loads((Path(__file__).parent / "release.json").read_text(encoding="utf-8"))
    bundles = {
        (one["system"], machine): (one["file"], one["sha256"])
        for one in pinned["bundles"]
        for machine in one["machines"]
    }
    return Release(pinned["version"], pinned["address"], bundles)


PINNED = read_pinned()


def fetch(release: Release, folder: Path, target: Path) -> None:
    """Download the release's program for this machine, verify it and put it at `target`, whole or not at all.

    Raises EngineMissing, with nothing left behind in `folder`.
    """
    here = (platform.system(), platform.machine())
    if here not in release.bundles:
        raise EngineMissing(
            f"StackQL {release.version} is not published for {' '.join(here)}.",
            hint="Set STACKQL_BINARY to a program that runs here.",
        )
    name, sha256 = release.bundles[here]
    part = Path(tempfile.mkdtemp(prefix="download-", dir=folder))
    try:
        bundle = part / name
        found = _download(f"{release.address}/{name}", bundle)
        if found != sha256:
            raise EngineMissing(
                f"What came as StackQL {release.version} is not what was pinned: its SHA-256 is {found}.",
                hint="Something between here and releases.stackql.io changes files. Set STACKQL_BINARY and "
                "STACKQL_SHA256 to a program that you trust.",
                details=f"{release.address}/{name} should have the SHA-256 {sha256}.",
            )
        whole = part / "stackql"
        with (
            zipfile.ZipFile(bundle) as opened,
            opened.open("server/stackql") as program,
            whole.open("wb") as copy,
        ):
            shutil.copyfileobj(program, copy, PIECE_BYTES)
        whole.chmod(0o700)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        whole.rename(target)
    # URLError and socket.timeout are OSErrors; a bundle without the program is a KeyError
    except (OSError, zipfile.BadZipFile, KeyError, TimeoutError) as error:
        raise EngineMissing(
            f"StackQL {release.version} could not be downloaded into {folder}.",
            hint="Check the network, and that the folder can be written, or set STACKQL_BINARY to a program.",
            details=str(error)[:2000],
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _download(address: str, target: Path) -> str:
    """Write what is at an address to a file; its SHA-256. Raises OSError."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    digest, total = hashlib.sha256(), 0
    silent = min(SILENT_SECONDS, DOWNLOAD_SECONDS)
    # an opener of our own: the shared one keeps the proxies of its first use
    with urllib.request.build_opener().open(address, timeout=silent) as answer, target.open("wb") as file:
        while piece := answer.read1(PIECE_BYTES):
            total += len(piece)
            if total > MOST_BYTES:
                raise OSError(f"{address} has more than {MOST_BYTES:,} bytes.")
            if time.monotonic() > deadline:
                raise TimeoutError(f"It took more than {DOWNLOAD_SECONDS} seconds.")
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
