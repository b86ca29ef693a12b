"""Waking other processes: each listens at a named pipe in one folder, and whoever has news writes a byte into all."""

from __future__ import annotations

import os
import secrets
import select
import weakref
from pathlib import Path


class Bell:
    """This process's pipe in `folder`; heard from the moment it is made. Raises OSError where none can be made.

    A process that died leaves its pipe, which the next ring removes. A ring may be lost with the process that was about
    to ring, so a listener also looks now and then by itself. Where the folder was removed, `mend` makes it again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path, self._ear, self._hand = _open_pipe(folder)
        self._closing = self._close_at_end()

    def _close_at_end(self) -> weakref.finalize[..., Bell]:
        closing = weakref.finalize(self, _close, self._path, os.getpid(), self._ear, self._hand)
        # a thread may still listen when the process ends
        closing.atexit = False
        return closing

    def mend(self) -> None:
        """Make the pipe again where it was removed; a listener hears the new one from its next look on."""
        if self._path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, ear, hand = _open_pipe(self._folder)
        # the descriptors that a listener waits at stay what they are
        os.dup2(ear, self._ear, inheritable=False)
        os.dup2(hand, self._hand, inheritable=False)
        os.close(ear)
        os.close(hand)
        self._closing.detach()
        self._path = path
        self._closing = self._close_at_end()

    def ring_here(self) -> None:
        """Wake this process's listener."""
        _write(self._hand)

    def ring_all(self) -> None:
        """Wake the listener of every process, this one's too."""
        try:
            pipes = list(self._folder.iterdir())
        except FileNotFoundError:
            # where the folder was removed nobody listens, until each makes its pipe again
            return
        for path in pipes:
            if path.name.startswith("."):
                continue
            try:
                pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                # nobody reads it any more
                path.unlink(missing_ok=True)
                continue
            try:
                _write(pipe)
            finally:
                os.close(pipe)

    def wait(self, seconds: float) -> bool:
        """True as soon as the bell has rung, once for all rings until now; False after so many seconds without."""
        if not select.select([self._ear], [], [], seconds)[0]:
            return False
        os.read(self._ear, 1 << 16)
        return True


def _open_pipe(folder: Path) -> tuple[Path, int, int]:
    """A new pipe, and the descriptors of its reading and its writing end."""
    path = folder / secrets.token_hex(8)
    beside = path.with_name(f".{path.name}")
    os.mkfifo(beside, 0o600)
    ear = os.open(beside, os.O_RDONLY | os.O_NONBLOCK)
    # with a writer of our own the pipe never reads as ended
    hand = os.open(beside, os.O_WRONLY | os.O_NONBLOCK)
    # only now, since a pipe that nobody reads is taken for a dead process's
    beside.rename(path)
    return path, ear, hand


def _write(pipe: int) -> None:
    try:
        os.write(pipe, b"!")
    except (BlockingIOError, BrokenPipeError):
        # full: it has rung often enough; broken: the process has just ended
        return


def _close(path: Path, process: int, ear: int, hand: int) -> None:
    if os.getpid() == process:
        path.unlink(missing_ok=True)
    os.close(ear)
    os.close(hand)
