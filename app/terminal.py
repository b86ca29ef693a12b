"""What the local supervisor says while something goes on: one line that is written over, or a line each in a file."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

log = logging.getLogger("local")

# back to the line's beginning, and clear it
OVER = "\r\033[K"


class StatusLine:
    """The last line of a terminal. What is not a terminal gets a line for each thing said."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def show(self, text: str) -> None:
        """Say it in the place of what was shown before."""
        if self._stream.isatty():
            self._stream.write(f"{OVER}{text}")
            self._stream.flush()
        else:
            log.info("%s", text)

    def keep(self, text: str) -> None:
        """Say it and leave it there: the next thing has a line of its own."""
        self.show(text)
        if self._stream.isatty():
            self._stream.write("\n")
            self._stream.flush()
