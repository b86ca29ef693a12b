"""Waiting for a state, never for a time: with patience, since a test says what is true and not how quick it is."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Page

T = TypeVar("T")

# for a busy machine; a test that is right waits a moment
PATIENCE_SECONDS = 60.0
PATIENCE_MS = 1000 * PATIENCE_SECONDS
PAUSE_SECONDS = 0.02


def wait_until(condition: Callable[[], T], what: str = "", *, seconds: float = PATIENCE_SECONDS) -> T:
    """What `condition` returns once that is true; raises AssertionError that names what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"after {seconds:.0f} s still not: {what or _source(condition)}; it is {found!r}"
            )
        time.sleep(PAUSE_SECONDS)
    return found


def until(page: Page, condition: str) -> None:
    """Wait for a JavaScript expression to be true; the page's policy forbids Playwright's own way."""
    wait_until(lambda: page.evaluate(f"() => !!({condition})"), condition)


def join(*threads: threading.Thread) -> None:
    """Wait for the threads' ends; raises AssertionError where one goes on."""
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), f"{thread.name} goes on"


def process_gone(pid: int) -> bool:
    """Whether the process has ended, also where nobody has collected it yet."""
    return _stat(pid)[0] == "Z"


def processes_in_session(session: int) -> list[int]:
    """The processes of a session, but for those that have ended and wait to be collected."""
    found = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in found if (stat := _stat(pid))[0] != "Z" and int(stat[3]) == session]


def _stat(pid: int) -> list[str]:
    """State, parent, group and session of a process; the state is Z where it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return ["Z", "0", "0", "0"]


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
