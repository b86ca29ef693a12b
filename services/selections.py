"""Selections of rows that downloads wait for, kept from the request that names one to the one that fetches the file.

A filter may name a thousand values, which no address holds, and a browser saves to the disk only what an address names.
Each is a file of its person's, which every process of the app can read, and goes after a few minutes.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from inventory_runner.errors import NotFound
from services.models.selection import ALL_ROWS, Selection
from services.query_service.folders import make_private_folder, translate_folder_errors
from services.users import current_user

KEPT_SECONDS = 600
# of one person; the oldest go first
MOST_KEPT = 20
TOKEN = re.compile(r"[0-9a-f]{32}")


class Selections:
    """The selections of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, selection: Selection) -> str:
        """Keep it for the current user; returns its token. Raises StorageUnavailable, StorageFull."""
        token = secrets.token_hex(16)
        with translate_folder_errors(self.folder):
            make_private_folder(self.folder)
            self._remove_old()
            path = self._find_path(token)
            beside = path.with_name(f"{path.name}.part")
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(asdict(selection)))
            beside.replace(path)
        return token

    def find(self, token: str) -> Selection:
        """The selection that this person kept; all rows for no token. Raises NotFound once it has gone."""
        if not token:
            return ALL_ROWS
        with translate_folder_errors(self.folder), suppress(FileNotFoundError):
            if TOKEN.fullmatch(token):
                return Selection(**json.loads(self._find_path(token).read_text()))
        raise NotFound(
            "What this file was to hold is no longer known.",
            title="The download is too old",
            hint="Choose Export again.",
        )

    def _find_path(self, token: str) -> Path:
        return self.folder / f"{_name_person()}.{token}"

    def _remove_old(self) -> None:
        """Those of all people whose time is over, and of this person's all but the newest."""
        ages: dict[Path, float] = {}
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                ages[path] = time.time() - path.stat().st_mtime
        own = sorted(
            (path for path in ages if path.name.startswith(f"{_name_person()}.")), key=ages.__getitem__
        )
        for path in {*own[MOST_KEPT - 1 :], *(path for path, age in ages.items() if age > KEPT_SECONDS)}:
            path.unlink(missing_ok=True)


def _name_person() -> str:
    return hashlib.sha256(current_user().name.encode()).hexdigest()[:16]
