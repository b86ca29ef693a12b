"""The StackQL release that is fetched where no program is named: one version, verified by hashes that stand here.

StackQL publishes each release as bundles, one a platform: a ZIP file with the program in `server/`. The hashes are
those that StackQL's own wrappers carry (`platforms.json` in the package stackql-mcp-server of the same version on
PyPI). A newer release is a change to this file, tried first. pystackql's download takes whatever is newest, and checks
nothing.
"""

from __future__ import annotations

import hashlib
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


PINNED = Release(
    "0.10.582",
    "https://releases.stackql.io/stackql/0.10.582",
    {
        ("Linux", "x86_64"): (
            "stackql-mcp-linux-x64.mcpb",
            "c8aef83cddb169c754215a8ee43ff7af2047b2e8e87940f5e2335998600517d1",
        ),
        ("Linux", "aarch64"): (
            "stackql-mcp-linux-arm64.mcpb",
            "61d6f7b7284ebd20cd442a414557205914214d01fe02de27f36254ef0d900878",
        ),
        ("Darwin", "x86_64"): (
            "stackql-mcp-darwin-universal.mcpb",
            "55eb051e7ffc194e4c6e0d36cb7a2ea8463902a8801ab74be200ef03a36b5154",
        ),
        ("Darwin", "arm64"): (
            "stackql-mcp-darwin-universal.mcpb",
            "55eb051e7ffc194e4c6e0d36cb7a2ea8463902a8801ab74be200ef03a36b5154",
        ),
    },
)


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
