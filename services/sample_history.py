"""How far the sample's history is made: written by the local supervisor, day by day, and said by every page.

It stands in a file of the local files' folder, from before the first day until after the last. While it is there, the
inventory's pages show the sample as of the day that is under way: a day that is not made yet is no day on which
nothing happened. A file that nobody works on any more says that the making was interrupted; the next start goes on.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inventory_runner.errors import InventoryError
from services.models.sample_history import Progress

NAME = "seeding"
# the runs of a day take seconds, and end before the pages' time of that day
MARGIN = timedelta(minutes=2)


class SampleIncomplete(InventoryError):
    """What has to wait until the sample's history is whole."""

    code = "sample_incomplete"
    title = "The sample is still being made"
    default_hint = "It takes a minute or two, once; the line at the top of the page says how far it is."


class SampleHistory:
    """folder: of the local files; None where there is no sample, whose history is never under way."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / NAME if folder else None

    def exists(self) -> bool:
        """Whether a making began and did not end; what it left may be unreadable."""
        return self._path is not None and self._path.exists()

    def read(self) -> Progress | None:
        """How far it is; None where it is whole, and where nothing can be told."""
        if self._path is None:
            return None
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            progress = Progress(**{**found, "until": datetime.fromisoformat(found["until"])})
            return progress if _is_alive(progress.maker) else replace(progress, maker=0)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, progress: Progress) -> None:
        """Record it, at once or not at all: pages read it meanwhile."""
        if self._path is None:
            return
        text = json.dumps({**asdict(progress), "until": progress.until.isoformat()})
        partial = self._path.with_suffix(".new")
        partial.write_text(text, encoding="utf-8")
        partial.replace(self._path)

    def fail(self, problem: str) -> None:
        """Record why the making stopped."""
        if progress := self.read():
            self.write(replace(progress, problem=problem))

    def end(self) -> None:
        """Record that it is whole."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def clock(self) -> datetime:
        """The pages' time: now, and while the history is made, the day that is under way."""
        progress = self.read()
        if progress is None:
            return datetime.now(UTC)
        day = min(progress.made + 1, progress.days)
        return min(progress.time_of(day) + MARGIN, datetime.now(UTC))

    def read_last_whole_day(self) -> datetime:
        """The newest time at which every schedule had run: no table of the day under way has missed its run."""
        progress = self.read()
        return progress.time_of(progress.made) + MARGIN if progress else datetime.now(UTC)

    def require_whole(self, what: str) -> None:
        """Raise SampleIncomplete while days are missing. what: has to wait, as `A run`."""
        if progress := self.read():
            raise SampleIncomplete(
                f"{what} would come between days that are not made yet: day {progress.made} of {progress.days} is.",
                hint=""
                if progress.is_under_way
                else "Start scripts/dev.py run again: it goes on from there.",
            )


def _is_alive(process: int) -> bool:
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
