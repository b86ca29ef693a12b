"""Worker processes, seen from the parent: started ahead, handed one request at a time, killed when they must be.

A worker that was handed credentials serves that one request and is ended; one without may serve many. One worker is
kept warm for the next request. A cancel, a timeout, an answer that is too large or a lost one kills the worker's whole
process group.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from inventory_runner import contract as base
from inventory_runner.contract import (
    AnswerTooLarge,
    CancelToken,
    EngineError,
    MissingParameter,
    OutOfMemory,
    QueryCancelled,
    QueryResult,
    QuerySyntaxError,
    QueryTimeout,
    UnknownResource,
    WorkerDied,
)
from inventory_runner.engines.worker import FOLDER_PREFIX
from inventory_runner.errors import InventoryError
from inventory_runner.storage import StorageFull, StorageUnavailable, make_temporary_folder

log = logging.getLogger(__name__)

POLL_SECONDS = 0.05
IDLE_WORKERS = 4
# how native code ends that is refused memory
REFUSED_MEMORY = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)
ATTEMPTS = 3
# the folder that this package lies in: site-packages, or the checkout's runner/src
PACKAGES = Path(__file__).resolve().parents[2]
# a worker starts within a second; on a busy machine it takes as long as that has to share
START_SECONDS = 120
# what a child needs to run at all, to find certificates and to go through a proxy; nothing of ours
PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip


class _Worker:
    """One process; `folder` is its home and its temporary folder, and holds its result.

    Raises StorageUnavailable where none can be made.
    """

    def __init__(self, backend: str, memory_mb: int, answer_mb: int) -> None:
        self.folder = make_temporary_folder(FOLDER_PREFIX)
        self.result = self.folder / "result.arrow"
        self._memory_mb = memory_mb
        self._answer_mb = answer_mb
        reads, writes = os.pipe()
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
            # in Databricks Apps the package is not installed: a worker finds it where its parent did
            "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH", "")])),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inventory_runner.engines.worker", str(writes), backend, str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=self.folder,
            start_new_session=True,
            pass_fds=(writes,),
            bufsize=0,
        )
        os.close(writes)
        self._answers = reads
        self._rest = b""
        self._ready = False
        self._ended = False
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._requests = self._process.stdin.fileno()
        os.set_blocking(self._requests, False)

    @property
    def alive(self) -> bool:
        """Whether it can serve: a cleaner may have removed its folder while it waited."""
        return self._process.poll() is None and self.folder.is_dir()

    def wait_until_ready(self, cancel: CancelToken) -> None:
        """Wait for its imports. Raises QueryCancelled, _NeverRan, and WorkerDied where it takes too long."""
        if self._ready:
            return
        try:
            line = self._read_line(time.monotonic() + START_SECONDS, cancel)
        except QueryTimeout:
            raise WorkerDied(
                f"The process for it did not start within {START_SECONDS} s.",
                hint="The machine may be too busy: try again.",
            ) from None
        if line is None:
            raise _NeverRan
        self._ready = True

    def ask(self, request: Mapping[str, Any], deadline: float, cancel: CancelToken) -> dict[str, Any]:
        """Send one request and wait for its answer. Raises QueryTimeout, QueryCancelled, AnswerTooLarge,
        WorkerDied or _NeverRan.
        """
        left = memoryview(json.dumps(request).encode() + b"\n")
        while left:
            self._check_wanted(deadline, cancel)
            if _poll_pipe(self._requests, select.POLLOUT):
                try:
                    left = left[os.write(self._requests, left) :]
                except BrokenPipeError:
                    raise _NeverRan from None
                except BlockingIOError:
                    continue
        if self._read_line(deadline, cancel) is None:
            raise _NeverRan
        line = self._read_line(deadline, cancel)
        # once more at its end: a quick program may have been done between two looks
        self._check_size()
        if line is None:
            raise self._make_death_error()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read_line(self, deadline: float, cancel: CancelToken) -> bytes | None:
        """The worker's next line; None where it ended without one."""
        while b"\n" not in self._rest:
            self._check_wanted(deadline, cancel)
            self._check_size()
            if _poll_pipe(self._answers, select.POLLIN):
                chunk = os.read(self._answers, 1 << 16)
                if not chunk:
                    return None
                self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    @staticmethod
    def _check_wanted(deadline: float, cancel: CancelToken) -> None:
        if cancel.cancelled:
            raise QueryCancelled("It was stopped, and its processes are gone.")
        if time.monotonic() > deadline:
            raise QueryTimeout("The time limit ended it, and its processes are gone.")

    def _check_size(self) -> None:
        """Raises AnswerTooLarge where all that was written outweighs the limit, but our own file made of it."""
        size = 0
        for folder, _, names in os.walk(self.folder):
            for path in (Path(folder, name) for name in names):
                if path != self.result:
                    with contextlib.suppress(FileNotFoundError):
                        size += path.lstat().st_size
        if size > self._answer_mb << 20:
            raise AnswerTooLarge(
                f"StackQL had written more than {self._answer_mb:,} MB, which is the limit (STACKQL_ANSWER_MB), and"
                " its processes are gone."
            )

    def _make_death_error(self) -> WorkerDied:
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            # it closed its end of the pipe and lives on
            self.kill()
            code = self._process.wait()
        if code >= 0:
            return WorkerDied(f"It ended without an answer (exit code {code}).")
        name = signal.Signals(-code).name
        if -code in REFUSED_MEMORY:
            return OutOfMemory(
                f"Its process crashed ({name}), as it does at its limit of {self._memory_mb:,} MB of memory."
            )
        if -code == signal.SIGKILL:
            return WorkerDied(
                f"Its process was killed from outside ({name}), as a machine does that runs out of memory."
            )
        return WorkerDied(f"It ended without an answer (signal {name}).")

    def kill(self) -> None:
        """Kill the process and all that it started; safe from any thread."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it, and remove its pipes and folder. For the one thread that holds it."""
        if self._ended:
            return
        self._ended = True
        self.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.close(self._answers)
        shutil.rmtree(self.folder, ignore_errors=True)


def _poll_pipe(pipe: int, event: int) -> bool:
    """Whether something happens at a pipe within a moment; `select` would end at the 1024th open file."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(1000 * POLL_SECONDS))


class _NeverRan(Exception):
    """The worker was gone before it took the request."""


class WorkerPool:
    """Workers of one backend. Thread-safe. backend: `module:function`, see `worker`."""

    def __init__(self, backend: str, *, memory_mb: int = 4096, answer_mb: int = 1024) -> None:
        self._backend = backend
        self._memory_mb = memory_mb
        self._answer_mb = answer_mb
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        atexit.register(self.close)

    def warm_up(self) -> None:
        """Start a worker for the next request, if none waits; where the disk has no room the request will say so."""
        with self._lock:
            if self._closed or self._idle:
                return
            try:
                self._idle.append(_Worker(self._backend, self._memory_mb, self._answer_mb))
            except StorageUnavailable as error:
                log.warning("no process was started ahead: %s", error.message)

    def run(self, request: Mapping[str, Any], *, timeout: float, cancel: CancelToken, reusable: bool) -> Any:
        """Run one request: a QueryResult whose table is memory-mapped, or the JSON value that the backend returned.

        timeout: seconds from when a worker takes it: what a worker's start takes is no fault of the request.
        reusable: the worker may serve again, since it was handed no credentials.
        """
        for _ in range(ATTEMPTS):
            worker = self._take()
            finished = False
            try:
                worker.wait_until_ready(cancel)
                deadline = time.monotonic() + timeout
                answer = worker.ask({**request, "path": str(worker.result)}, deadline, cancel)
                finished = True
                if "error" in answer:
                    raise rebuild_error(answer["error"])
                return answer["value"] if "value" in answer else _make_result(answer, worker.result)
            except _NeverRan:
                # someone killed it while it waited for work: the request is unharmed
                continue
            finally:
                self._give_back(worker, finished, finished and reusable)
        raise WorkerDied(f"{ATTEMPTS} processes ended before they took it.", hint="Look for what kills them.")

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise EngineError("The engine is closed.", hint="Reload the page.")
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    break
                worker.end()
            else:
                worker = _Worker(self._backend, self._memory_mb, self._answer_mb)
            self._busy.add(worker)
        return worker

    def _give_back(self, worker: _Worker, finished: bool, keep: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if keep and not self._closed and len(self._idle) < IDLE_WORKERS:
                self._idle.append(worker)
                return
        if finished:
            # its answer is here: ending it and starting the next one must not keep the caller waiting
            # (no daemon: the end of this process waits until the worker's folder is removed)
            threading.Thread(target=self._replace, args=(worker,), name="worker-end").start()
        else:
            self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        worker.end()
        self.warm_up()

    def close(self) -> None:
        """End every worker; running requests fail with WorkerDied."""
        with self._lock:
            self._closed = True
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
        for worker in idle:
            worker.end()
        for worker in busy:
            # whoever waits for its answer ends it; at the end of the process nobody may
            worker.kill()
            shutil.rmtree(worker.folder, ignore_errors=True)


def _make_result(answer: Mapping[str, Any], path: Path) -> QueryResult:
    table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
    # the mapping keeps the data; nothing is left behind whatever becomes of us
    path.unlink()
    return QueryResult(
        table=table,
        complete=answer["complete"],
        warnings=tuple(answer["warnings"]),
        duration=answer["duration"],
        json_columns=frozenset(answer["json_columns"]),
        unread=tuple(answer["unread"]),
    )


def rebuild_error(told: Mapping[str, Any]) -> InventoryError:
    """The error that the worker described, as itself again: an EngineError, or what is wrong with the disk."""
    message, details = str(told["message"]), str(told.get("details") or "")
    for of_disk in (StorageFull, StorageUnavailable):
        if told["kind"] == of_disk.__name__:
            return of_disk(message, hint=told.get("hint"), details=details)
    kind = getattr(base, str(told["kind"]), EngineError)
    if kind is MissingParameter:
        return MissingParameter(
            message, resource=told["resource"], parameters=told["parameters"], details=details
        )
    if kind is UnknownResource:
        return UnknownResource(message, near=told["near"], details=details)
    if kind is QuerySyntaxError:
        return QuerySyntaxError(
            message,
            line=told["line"],
            column=told["column"],
            hint=str(told.get("hint") or ""),
            details=details,
        )
    if not (isinstance(kind, type) and issubclass(kind, EngineError)):
        kind = EngineError
    return kind(message, title=told.get("title"), hint=told.get("hint"), details=details)
