"""The process that runs statements, one request after the other; the engine's other half is `pool`.

Started as `python -m inventory_runner.engines.worker` in a session and an environment of its own. Requests come as
JSON lines on stdin, credentials among them; answers go as JSON lines to the pipe whose number is the first argument,
so that nothing a library prints can garble them. The result is an Arrow file at the path that the request names.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import json
import os
import resource
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pyarrow as pa

from inventory_runner.contract import MissingParameter, QueryResult, QuerySyntaxError, UnknownResource
from inventory_runner.errors import InventoryError
from inventory_runner.storage import is_full, make_temporary_error

# a worker's private folder, its working directory
FOLDER_PREFIX = "inventory-worker-"
# told when everything is imported: a request's time limit begins there
READY = "ready"
# answered at once to a request: from here on it may have had effects, and is not given to another worker
TAKEN = "taken"


class Backend(Protocol):
    """What runs inside the worker. request: the engine's own fields; returns a QueryResult or a JSON value."""

    def __call__(self, request: Mapping[str, Any]) -> QueryResult | list[Any]: ...


class _NoPandas(importlib.abc.MetaPathFinder):
    """pyarrow imports pandas when it is there, to know its types: a third of a worker's start, and none come here."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is left out of workers", name="pandas")


def _leave_out_notebooks() -> None:
    """pystackql imports IPython for a notebook's magic commands: a fifth of a worker's start, and none come here."""
    without = ModuleType("pystackql.magic_ext")
    without.__dict__.update(StackqlMagic=None, StackqlServerMagic=None)
    sys.modules[without.__name__] = without


def main(answers: int, backend: str, memory_mb: int) -> None:
    """Serve until stdin ends. backend: `module:function`."""
    _limit_memory(memory_mb)
    _end_with_parent()
    sys.meta_path.insert(0, _NoPandas())
    _leave_out_notebooks()
    module, _, name = backend.partition(":")
    run: Backend = getattr(importlib.import_module(module), name)
    # what pyarrow does with its first array, before a query waits for it
    pa.array([1])
    with os.fdopen(answers, "w", encoding="utf-8") as out:
        print(READY, file=out, flush=True)
        for line in sys.stdin:
            print(TAKEN, file=out, flush=True)
            print(json.dumps(_answer(run, json.loads(line))), file=out, flush=True)


def _answer(run: Backend, request: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        return _tell(run(request), request, started)
    except InventoryError as error:
        return {"error": describe(error)}
    except MemoryError:
        return {"error": {"kind": "OutOfMemory", "message": "The result does not fit into the memory."}}
    except RecursionError:
        return {
            "error": {
                "kind": "EngineError",
                "message": "A value is nested more deeply than can be read.",
                "hint": "Leave its column out.",
            }
        }
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told to the other half, which raises it
        if isinstance(error, OSError) and (is_full(error) or not Path(request["path"]).parent.is_dir()):
            return {"error": describe(make_temporary_error(error))}
        text = f"{type(error).__name__}: {error}"[:2000]
        return {"error": {"kind": "EngineError", "message": "The engine failed.", "details": text}}


def _tell(result: QueryResult | list[Any], request: Mapping[str, Any], started: float) -> dict[str, Any]:
    """What the other half is told of a result, whose table is written into the file that the request names."""
    if not isinstance(result, QueryResult):
        return {"value": result}
    path = Path(request["path"])
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, result.table.schema) as writer:
            writer.write_table(result.table)
    except OSError as error:
        path.unlink(missing_ok=True)
        return {"error": describe(make_temporary_error(error))}
    return {
        "rows": result.table.num_rows,
        "complete": result.complete,
        "warnings": list(result.warnings),
        "json_columns": sorted(result.json_columns),
        "unread": list(result.unread),
        "duration": time.monotonic() - started,
    }


def describe(error: InventoryError) -> dict[str, Any]:
    """An error as the other half can raise it again."""
    told: dict[str, Any] = {
        "kind": type(error).__name__,
        "title": error.title,
        "message": error.message,
        "hint": error.hint,
        "details": error.details,
    }
    if isinstance(error, MissingParameter):
        told |= {"resource": error.resource, "parameters": list(error.parameters)}
    if isinstance(error, QuerySyntaxError):
        told |= {"line": error.line, "column": error.column}
    if isinstance(error, UnknownResource):
        told |= {"near": list(error.near)}
    return told


def _limit_memory(megabytes: int) -> None:
    # a crash must not leave the credentials in a file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # data, not address space: Go reserves far more addresses than it uses
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20, megabytes * 2**20))


def _end_with_parent() -> None:
    """When the parent is gone, however it went, this process and the programs it started go too.

    The parent holds the other end of stdin. PR_SET_PDEATHSIG is no way: it fires when the parent's *thread* that
    started us ends, which kills a worker kept for later, and it spares our children.
    """

    def watch() -> None:
        stdin = select.poll()
        # no event is asked for: that the other end was closed is told in any case
        stdin.register(0, 0)
        stdin.poll()
        home = Path.cwd()
        if home.name.startswith(FOLDER_PREFIX):
            shutil.rmtree(home, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
