"""Does the query engine's program run? Tested from the app's start on, so that an operator need not wait for a query.

The test may take minutes, where the program is downloaded first or fetched from a volume, so it has a thread of its
own; nothing waits for it. A program that does not run is tested again while somebody asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from inventory_runner.contract import Engine
from inventory_runner.errors import InventoryError

log = logging.getLogger(__name__)

AGAIN_SECONDS = 30


class NotReady(InventoryError):
    """The engine's program does not run, or it is not known yet whether it does."""

    code = "not_ready"
    title = "Not ready"


class ProgramCheck:
    """engine: the one that queries run on. Thread-safe."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._testing = False
        self._version = ""
        self._failure: InventoryError | None = None
        self._due_at = 0.0

    def start(self) -> None:
        """Begin a test, unless one is under way, has passed, or has failed a moment ago."""
        with self._lock:
            if self._testing or self._version or self._due_at > time.monotonic():
                return
            self._testing = True
        threading.Thread(target=self._test, name="program-check", daemon=True).start()

    def require(self) -> str:
        """The version of the program that runs; raises NotReady, and has it tested again."""
        self.start()
        with self._lock:
            if self._version:
                return self._version
            failure = self._failure
        if failure is None:
            raise NotReady(
                "The StackQL program is being looked for and tested.", hint="Ask again in a moment."
            )
        raise NotReady(failure.message, hint=failure.hint, details=failure.details)

    def _test(self) -> None:
        version, failure = "", None
        try:
            version = self._engine().check()
            log.info("the query engine's program runs: %s", version)
        except InventoryError as error:
            failure = error
            log.error("the query engine's program does not run: %s", error)
        except Exception as error:
            failure = InventoryError(
                "Its test failed; the reason is in the log.", details=type(error).__name__
            )
            log.exception("the query engine's program could not be tested")
        with self._lock:
            self._testing, self._version, self._failure = False, version, failure
            self._due_at = time.monotonic() + AGAIN_SECONDS
