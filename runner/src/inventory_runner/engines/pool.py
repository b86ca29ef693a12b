"""Worker processes, seen from the parent: started ahead, handed one request at a time, killed when they must be.

A worker that was handed credentials serves that one request and is ended; one without may serve many. One worker is
kept warm for the next request. A cancel, a timeout or a lost answer kills the worker's whole process group.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from inventory_runner.engines import base
from inventory_runner.engines.base import (
    CancelToken,
    EngineError,
    MissingParameter,
    QueryCancelled,
    QueryResult,
    QuerySyntaxError,
    QueryTimeout,
    UnknownResource,
    WorkerDied,
)

POLL_SECONDS = 0.05
IDLE_WORKERS = 4
# what a child needs to run at all, to find certificates and to go through a proxy; nothing of ours
PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "PYTHONPATH",
)  # fmt: skip


class _Worker:
    """One process; `folder` is its home and holds its result."""

    def __init__(self, backend: str, memory_mb: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="inventory-worker-"))
        reads, writes = os.pipe()
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
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
        )
        os.close(writes)
        self._answers = reads
        self._rest = b""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, Any], deadline: float, cancel: CancelToken) -> dict[str, Any]:
        """Send one request and wait for its answer. Raises QueryTimeout, QueryCancelled or WorkerDied."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        while b"\n" not in self._rest:
            if cancel.cancelled:
                raise QueryCancelled("It was stopped, and its processes are gone.")
            if time.monotonic() > deadline:
                raise QueryTimeout("The time limit ended it, and its processes are gone.")
            if select.select([self._answers], [], [], POLL_SECONDS)[0]:
                chunk = os.read(self._answers, 1 << 16)
                if not chunk:
                    raise self._died()
                self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _died(self) -> WorkerDied:
        code = self._process.wait(5)
        reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return WorkerDied(f"It ended without an answer ({reason}).")

    def end(self) -> None:
        """Kill the process group and remove the folder."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(OSError):
            os.close(self._answers)
        shutil.rmtree(self.folder, ignore_errors=True)


class WorkerPool:
    """Workers of one backend. Thread-safe. backend: `module:function`, see `worker`."""

    def __init__(self, backend: str, *, memory_mb: int = 4096) -> None:
        self._backend = backend
        self._memory_mb = memory_mb
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        atexit.register(self.close)

    def warm_up(self) -> None:
        """Start a worker for the next request, if none waits."""
        with self._lock:
            if self._closed or self._idle:
                return
            self._idle.append(_Worker(self._backend, self._memory_mb))

    def run(
        self, request: Mapping[str, Any], *, timeout: float, cancel: CancelToken, reusable: bool
    ) -> QueryResult | Any:
        """Run one request: a QueryResult whose table is memory-mapped, or the JSON value that the backend returned.

        timeout: seconds from now. reusable: the worker may serve again, since it was handed no credentials.
        """
        deadline = time.monotonic() + timeout
        worker = self._take()
        finished = False
        try:
            path = worker.folder / "result.arrow"
            answer = worker.ask({**request, "path": str(path)}, deadline, cancel)
            finished = True
            if "error" in answer:
                raise raised(answer["error"])
            return answer["value"] if "value" in answer else _result(answer, path)
        finally:
            self._give_back(worker, finished, finished and reusable)

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
                worker = _Worker(self._backend, self._memory_mb)
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
            threading.Thread(target=self._replace, args=(worker,), daemon=True, name="worker-end").start()
        else:
            self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        worker.end()
        self.warm_up()

    def close(self) -> None:
        """End every worker; running requests fail with WorkerDied."""
        with self._lock:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.end()


def _result(answer: Mapping[str, Any], path: Path) -> QueryResult:
    table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
    # the mapping keeps the data; nothing is left behind whatever becomes of us
    path.unlink()
    return QueryResult(
        table=table,
        complete=answer["complete"],
        warnings=tuple(answer["warnings"]),
        duration=answer["duration"],
        json_columns=frozenset(answer["json_columns"]),
    )


def raised(told: Mapping[str, Any]) -> EngineError:
    """The error that the worker described, as itself again."""
    kind = getattr(base, str(told["kind"]), EngineError)
    message, details = str(told["message"]), str(told.get("details") or "")
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
