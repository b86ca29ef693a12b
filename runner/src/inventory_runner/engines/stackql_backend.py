"""What runs StackQL inside the worker: pystackql's own executor, its raw output, and our reading of it.

pystackql's `execute` drops stderr, throws results away whose cells look like errors, and parses slowly, so its executor
is called for stdout and stderr and both are read here. The credentials are the worker's environment for one request;
pystackql's `env_vars` would put them into a shell command.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from pystackql.core.query import QueryExecutor
from pystackql.utils.params import generate_params_for_execution

from inventory_runner.engines.base import EngineError, QueryResult, QuerySyntaxError, WorkerDied
from inventory_runner.engines.classify import error_of
from inventory_runner.engines.values import table_of_rows
from inventory_runner.lexer import blank_comments

# a command line holds 128 kB in one argument on Linux
LONGEST_QUERY = 120_000
# more races in StackQL's own SQLite (stackql/stackql#368)
CONCURRENCY = 4
SHORTEST_SECRET = 6
# variables that change what runs; a provider's credentials have other names
_STEERING = re.compile(
    r"PATH|HOME|TMPDIR|IFS|ENV|SHELL|LD_.*|DYLD_.*|PYTHON.*|BASH_.*|GODEBUG|.*\W.*|\d.*|", re.DOTALL
)
_SECRET_FIELD = re.compile("key|secret|token|password", re.IGNORECASE)


def backend(request: Mapping[str, Any]) -> QueryResult | list[Any]:
    """Run one statement. request: sql, row_limit, binary, approot, registry, page_limit, api_timeout, credentials.

    With `pull` in the place of sql: fetch that provider's documents, and return what StackQL said.
    """
    if "pull" in request:
        output = _executor(request).execute(f"REGISTRY PULL {request['pull']}")
        return ["\n".join(str(text) for text in output.values())[:4000]]
    sql = blank_comments(request["sql"])
    if len(shlex.quote(sql).encode()) > LONGEST_QUERY:
        raise QuerySyntaxError("The query is longer than a command line can hold.", hint="Shorten it.")
    _take(request["credentials"])
    output = _executor(request).execute(sql)
    if failure := str(output.get("exception") or ""):
        if "memory" in failure.lower():
            raise WorkerDied("The answer does not fit into the worker's memory.")
        raise EngineError("StackQL's answer could not be taken.", hint="Run it again.")
    stderr = without_secrets(output.get("error", ""), request["credentials"].values())
    return read(output.get("data", ""), stderr, sql, request["row_limit"], request["page_limit"])


def _take(credentials: Mapping[str, str]) -> None:
    for name in credentials:
        if _STEERING.fullmatch(name):
            raise EngineError(
                f"The credential {name} would steer the program itself.",
                hint="Remove it on the Providers page.",
            )
    os.environ.update(credentials)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with a mark for each secret in it, and for the secret texts in one that is JSON (a key file)."""
    for secret in sorted(_texts(secrets), key=len, reverse=True):
        text = text.replace(secret, "•••")
    return text


def _texts(secrets: Iterable[str]) -> set[str]:
    pieces: set[str] = set()
    for secret in secrets:
        pieces |= {secret, *secret.splitlines()}
        with contextlib.suppress(ValueError):
            inner = json.loads(secret)
            if isinstance(inner, dict):
                secret_texts = {str(value) for name, value in inner.items() if _SECRET_FIELD.search(name)}
                pieces |= {line for value in secret_texts for line in (value, *value.splitlines())}
    # shorter ones would blank ordinary words
    return {piece for piece in map(str.strip, pieces) if len(piece) >= SHORTEST_SECRET}


def _executor(request: Mapping[str, Any]) -> QueryExecutor:
    # pystackql puts the path into a shell command unquoted; the worker's folder has no spaces
    link = Path("stackql")
    if not link.exists():
        link.symlink_to(request["binary"])
    parameters = generate_params_for_execution(
        {
            "app_root": shlex.quote(request["approot"]),
            "execution_concurrency_limit": CONCURRENCY,
            "page_limit": request["page_limit"],
            "api_timeout": request["api_timeout"],
        }
    )
    if request["registry"]:
        root = Path(request["registry"]).absolute()
        registry = json.dumps(
            {"url": root.as_uri(), "localDocRoot": str(root), "verifyConfig": {"nopVerify": True}}
        )
        parameters += ["--registry", shlex.quote(registry)]
    return QueryExecutor(f"./{link}", parameters)


def read(stdout: str, stderr: str, sql: str, row_limit: int | None, page_limit: int) -> QueryResult:
    """StackQL's two outputs → a result, or the error that they tell of."""
    # none of the objects made here is garbage before the end, and the collector would look at each again and again
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(stdout, stderr, sql, row_limit, page_limit)
    finally:
        if collecting:
            gc.enable()


def _read(stdout: str, stderr: str, sql: str, row_limit: int | None, page_limit: int) -> QueryResult:
    rows = _rows(stdout, stderr, sql)
    error = error_of(stderr, sql)
    if error is not None and not rows:
        raise error
    warnings = []
    complete = True
    if error is not None:
        complete = False
        warnings.append(f"Only a part of it was read. {error.title}: {error.message}")
    if rows and len(rows) >= 10 * page_limit and len(rows) % page_limit == 0:
        complete = False
        warnings.append(f"{len(rows):,} rows may be where the limit of {page_limit} pages cut the answer.")
    if row_limit is not None and len(rows) > row_limit:
        complete = False
        rows = rows[:row_limit]
    table, json_columns = table_of_rows(rows)
    return QueryResult(table, complete, tuple(warnings), json_columns=json_columns)


def _rows(stdout: str, stderr: str, sql: str) -> list[dict[str, Any]]:
    text = stdout.strip()
    if not text:
        raise error_of(stderr, sql) or EngineError(
            "StackQL ended without an answer.", hint="It may have crashed or run out of memory: run it again."
        )
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise error_of(stderr or stdout, sql) or EngineError(
            "StackQL's answer cannot be read.", details=text[:2000]
        ) from None
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise EngineError("StackQL's answer is not a list of rows.", details=text[:2000])
    return found
