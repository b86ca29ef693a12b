"""The StackQL engine: pystackql in a worker process per query, and metadata through SHOW and DESCRIBE."""

from __future__ import annotations

import difflib
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlglot import exp

from inventory_runner.contract import (
    AccessDenied,
    AnswerTooLarge,
    CancelToken,
    Column,
    EngineError,
    EngineMissing,
    Method,
    QueryCancelled,
    QueryResult,
    QueryTimeout,
    Throttled,
    UnknownResource,
    WorkerDied,
)
from inventory_runner.engines import aliases, binary, columns, conditions, doubts, paging, volume
from inventory_runner.engines.documents import ProviderDocuments
from inventory_runner.engines.handing import hand_over
from inventory_runner.engines.pool import WorkerPool
from inventory_runner.engines.values import cut
from inventory_runner.settings import Settings
from inventory_runner.sql.guard import CheckedStatement, require_checked
from inventory_runner.sql.statement import Source, Statement, read

T = TypeVar("T")

PAGE_LIMIT = 1000
API_TIMEOUT_SECONDS = 45
METADATA_TIMEOUT_SECONDS = 60
# a query waits no longer to learn what its columns are
TYPES_TIMEOUT_SECONDS = 20
UNTYPED_KEPT_SECONDS = 120
METADATA_KEPT_SECONDS = 3600
MISSING_KEPT_SECONDS = 15
# an empty answer may be that of a moment: documents that are being fetched, a registry that is being put in place
EMPTY_KEPT_SECONDS = 15
REGISTRY_LIST_SECONDS = 10
PROVIDERS = "SHOW PROVIDERS"
DESCRIBE = "DESCRIBE EXTENDED"
METHODS = "SHOW METHODS IN"
_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+){0,2}")


class StackQLEngine:
    """settings: of the program, its folder and memory, and the registry. With a registry of one's own, and without
    STACKQL_PULL, providers' documents are not fetched when a query first names them.
    """

    name = "stackql"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._approot = settings.stackql_approot.expanduser()
        self._documents = ProviderDocuments(self._approot)
        self._pulls = settings.stackql_pull and not settings.own_registry
        self._pool = WorkerPool(
            "inventory_runner.engines.stackql_backend:backend",
            memory_mb=settings.stackql_memory_mb,
            answer_mb=settings.stackql_answer_mb,
        )
        self._lock = threading.Lock()
        self._locating = threading.Lock()
        self._found: tuple[Path, str] | None = None
        self._unpacked: str | None = None
        self._missing: tuple[float, EngineMissing] | None = None
        self._known: dict[tuple[str, str], tuple[float, Any]] = {}
        self._folders: frozenset[str] = frozenset()
        # resources that DESCRIBE failed for → until when it is not asked again
        self._untyped: dict[str, float] = {}
        self._asking: dict[tuple[str, str], threading.Lock] = {}
        self._pool.warm_up()

    @property
    def version(self) -> str:
        """The program's version; empty where it is missing."""
        try:
            return self._find_program()[1]
        except EngineError:
            return ""

    def check(self) -> str:
        """The program's version, once it ran and an operator's own registry was found whole."""
        version = self._find_program()[1]
        self._find_registry()
        return version

    def _find_program(self) -> tuple[Path, str]:
        """The program's path and version, looked for once; that it is missing is believed for some seconds."""
        with self._locating:
            if self._found is None:
                if self._missing and self._missing[0] > time.monotonic():
                    raise self._missing[1]
                try:
                    self._found = binary.locate(self._settings)
                except EngineMissing as error:
                    self._missing = (time.monotonic() + MISSING_KEPT_SECONDS, error)
                    raise
            return self._found

    def execute(
        self,
        statement: CheckedStatement,
        *,
        credentials: Mapping[str, str],
        timeout: float,
        cancel: CancelToken,
        row_limit: int | None = None,
    ) -> QueryResult:
        statement = require_checked(statement, Source.LIVE)
        # before the time counts: the program may have to be fetched first
        self.check()
        deadline = time.monotonic() + timeout
        query, resources = statement.query, statement.resources
        described: dict[str, dict[str, str]] = {}

        def describe(resource: str) -> dict[str, str]:
            described[resource] = self._find_types(resource, deadline, cancel)
            return described[resource]

        types = columns.find_types(query, describe)
        self._check_conditions(query, resources, deadline, cancel)
        result = self._run(statement, types, credentials, deadline, cancel, row_limit)
        result = replace(
            result,
            table=columns.order_columns(result.table, query),
            warnings=(*result.warnings, *columns.warn_of_merged_columns(result.table, query)),
            types_known=all(described.values()),
        )
        result = self._note_cut(result, query, resources, deadline, cancel)
        return self._note_doubts(result, query, resources)

    def _find_documents(self) -> Path:
        """The folder of the providers' documents."""
        return Path(self._find_registry() or self._approot) / "src"

    def _note_cut(
        self,
        result: QueryResult,
        query: exp.Query | None,
        resources: Sequence[str],
        deadline: float,
        cancel: CancelToken,
    ) -> QueryResult:
        """The result with a warning for each resource of which StackQL may have read the first page alone."""
        found = paging.cut(
            self._find_documents(),
            resources,
            query,
            result.table.num_rows,
            lambda resource: self._ask_cached(METHODS, resource, _parse_methods, deadline, cancel),
            lambda resource: self._find_types(resource, deadline, cancel),
        )
        if not found:
            return result
        said = [
            f"Only the first page of {name} may have been read: StackQL's document of it does not say how lists go on."
            f" {paging.suggest_way_out(name)}"
            for name in found
        ]
        return replace(
            result,
            complete=False,
            warnings=(*result.warnings, *said),
            limited=result.complete or result.limited,
        )

    def _note_doubts(
        self, result: QueryResult, query: exp.Query | None, resources: Sequence[str]
    ) -> QueryResult:
        """The result with what it may be where nothing came. A count of nothing is left out: it may be of no list."""
        if not doubts.tells_nothing(result.table, query):
            return result
        found = doubts.find_doubts(self._find_documents(), resources)
        if found.anything:
            result = replace(
                result,
                table=cut(result.table, 0, 0),
                complete=False,
                doubtful=result.complete or result.limited,
            )
        elif result.table.num_rows:
            return result
        return replace(result, warnings=(*result.warnings, *found.describe()))

    def _check_conditions(
        self, query: exp.Query | None, resources: Sequence[str], deadline: float, cancel: CancelToken
    ) -> None:
        """Raise for conditions that StackQL would compute wrongly, as far as its own metadata tell."""
        if query is None or not conditions.has_doubtful_conditions(query):
            return
        described: dict[str, str] = {}
        asked: set[str] = set()
        for resource in resources:
            described |= self._find_types(resource, deadline, cancel)
            try:
                found = self._ask_cached(METHODS, resource, _parse_methods, deadline, cancel)
            except QueryCancelled:
                raise
            except EngineError:
                continue  # the query itself will tell
            asked |= {name.lower() for method in found for name in method.required_parameters}
        conditions.check(query, described, asked)

    def _find_types(self, resource: str, deadline: float, cancel: CancelToken) -> dict[str, str]:
        """A resource's columns, in lower case, and their types; nothing where they cannot be told (in time)."""
        now = time.monotonic()
        with self._lock:
            if self._untyped.get(resource, 0) > now:
                return {}
        try:
            parse = self._make_parser_of_columns(resource)
            found = self._ask_cached(
                DESCRIBE, resource, parse, min(deadline, now + TYPES_TIMEOUT_SECONDS), cancel
            )
        except QueryCancelled:
            raise
        except EngineError:
            with self._lock:
                self._untyped[resource] = time.monotonic() + UNTYPED_KEPT_SECONDS
            return {}
        return {column.name.lower(): column.type for column in found}

    def _run(
        self,
        statement: Statement,
        types: Mapping[str, str],
        credentials: Mapping[str, str],
        deadline: float,
        cancel: CancelToken,
        row_limit: int | None,
    ) -> QueryResult:
        # here, since a worker that need not load the parser is ready sooner
        handed, left_to_do, json_reads = hand_over(statement)
        request = {
            **self._make_program_request(self._approot),
            "sql": handed.text,
            "outermost": asdict(left_to_do),
            "json_reads": asdict(json_reads),
            "types": types,
            "row_limit": row_limit,
            "credentials": dict(credentials),
        }
        # a worker of this engine serves one query, with or without credentials
        try:
            left = deadline - time.monotonic()
            result: QueryResult = self._pool.run(request, timeout=left, cancel=cancel, reusable=False)
        except (
            AccessDenied,
            AnswerTooLarge,
            Throttled,
            QueryTimeout,
            QueryCancelled,
            EngineMissing,
            WorkerDied,
        ):
            raise
        except EngineError:
            missing = self._documents.list_missing(statement) if self._pulls else []
            if not missing:
                raise
            for provider in missing:
                self._documents.fetch(
                    provider,
                    lambda name, place: self._ask_registry(f"PULL {name}", place, deadline, cancel),
                )
            left = deadline - time.monotonic()
            result = self._pool.run(request, timeout=left, cancel=cancel, reusable=False)
        return result

    def _ask_registry(self, command: str, approot: Path, deadline: float, cancel: CancelToken) -> str:
        """What StackQL says to `REGISTRY <command>` with an approot, into which it fetches what is pulled."""
        request = {**self._make_program_request(approot), "command": command}
        left = deadline - time.monotonic()
        said: Any = self._pool.run(request, timeout=left, cancel=cancel, reusable=False)
        return str(said[0])

    def _find_registry(self) -> str:
        """The operator's own registry, verified and unpacked once; empty for StackQL's."""
        with self._locating:
            if self._unpacked is None:
                self._unpacked = volume.find_registry_folder(
                    self._settings, binary.find_cache_folder(self._settings)
                )
            return self._unpacked

    def _make_program_request(self, approot: Path) -> dict[str, Any]:
        return {
            "binary": str(self._find_program()[0]),
            "approot": str(approot),
            "registry": self._find_registry(),
            "page_limit": PAGE_LIMIT,
            "api_timeout": API_TIMEOUT_SECONDS,
        }

    def providers(self) -> list[str]:
        at_hand = self.providers_at_hand()
        if not self._pulls:
            return at_hand
        deadline = time.monotonic() + REGISTRY_LIST_SECONDS
        offered = self._documents.list_offered(
            lambda: self._ask_registry("LIST", self._approot, deadline, CancelToken())
        )
        return sorted({*at_hand, *offered})

    def providers_at_hand(self) -> list[str]:
        folders = self._documents.list_folders()
        with self._lock:
            # fetched meanwhile, by this process or another
            if folders != self._folders:
                self._folders = folders
                self._known.pop((PROVIDERS, ""), None)
        # what is built into the program is no cloud
        return self._ask_cached(
            PROVIDERS,
            "",
            lambda rows: _parse_names([row for row in rows if row.get("version") != "internal"]),
        )

    def services(self, provider: str) -> list[str]:
        return self._ask_cached("SHOW SERVICES IN", provider, _parse_names)

    def resources(self, provider: str, service: str) -> list[str]:
        name = f"{provider}.{service}"
        return self._ask_cached("SHOW RESOURCES IN", name, _parse_names)

    def describe(self, resource: str) -> list[Column]:
        try:
            parse = self._make_parser_of_columns(resource)
            return self._ask_of_resource(DESCRIBE, resource, parse, TYPES_TIMEOUT_SECONDS)
        except QueryTimeout:
            # the query that is looked at before it runs does not wait for the same again
            with self._lock:
                self._untyped[resource] = time.monotonic() + UNTYPED_KEPT_SECONDS
            raise

    def _make_parser_of_columns(self, resource: str) -> Callable[[list[dict[str, Any]]], list[Column]]:
        """What reads the rows of the resource's DESCRIBE."""
        return lambda rows: aliases.name_columns(self._find_documents(), resource, _parse_columns(rows))

    def methods(self, resource: str) -> list[Method]:
        return self._ask_of_resource(METHODS, resource, _parse_methods)

    def _ask_of_resource(
        self,
        verb: str,
        resource: str,
        parse: Callable[[list[dict[str, Any]]], list[T]],
        seconds: float = METADATA_TIMEOUT_SECONDS,
    ) -> list[T]:
        self.check()
        try:
            found = self._ask_cached(verb, resource, parse, time.monotonic() + seconds)
        except UnknownResource as error:
            raise UnknownResource(
                f"There is no resource {resource}.",
                near=self._find_near_names(resource),
                details=error.details,
            ) from None
        if not found:
            raise UnknownResource(f"There is no resource {resource}.", near=self._find_near_names(resource))
        return found

    def _find_near_names(self, resource: str) -> list[str]:
        with self._lock:
            if (METHODS, resource) in self._known or (DESCRIBE, resource) in self._known:
                # it is there, and has no answer of this kind
                return []
        provider, _, rest = resource.partition(".")
        service, _, name = rest.partition(".")
        try:
            names = self.resources(provider, service)
        except EngineError:
            return []
        return [f"{provider}.{service}.{near}" for near in difflib.get_close_matches(name, names, 3)]

    def _ask_cached(
        self,
        verb: str,
        name: str,
        parse: Callable[[list[dict[str, Any]]], list[T]],
        deadline: float | None = None,
        cancel: CancelToken | None = None,
    ) -> list[T]:
        """The answer of a metadata statement, kept for an hour, an empty one for a moment; errors are not kept.

        Asked once at a time.
        """
        if name and not _NAME.fullmatch(name):
            raise UnknownResource(f"{name[:80]} is not a resource's name.")
        key, cancel = (verb, name), cancel or CancelToken()
        if deadline is None:
            self.check()
            deadline = time.monotonic() + METADATA_TIMEOUT_SECONDS
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        while not asking.acquire(timeout=0.05):
            if cancel.cancelled:
                raise QueryCancelled("It was stopped before it began.")
        try:
            with self._lock:
                kept = self._known.get(key)
            if kept and kept[0] > time.monotonic():
                return list(kept[1])
            result = self._run(read(f"{verb} {name}".strip()), {}, {}, deadline, cancel, None)
            found = parse(result.table.to_pylist())
            with self._lock:
                seconds = METADATA_KEPT_SECONDS if found else EMPTY_KEPT_SECONDS
                self._known[key] = (time.monotonic() + seconds, found)
            return list(found)
        finally:
            asking.release()

    def close(self) -> None:
        self._pool.close()


def _parse_names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({str(row["name"]) for row in rows if row.get("name")})


def _parse_columns(rows: list[dict[str, Any]]) -> list[Column]:
    return [
        Column(str(row["name"]), str(row.get("type") or ""), str(row.get("description") or ""))
        for row in rows
        if row.get("name")
    ]


def _parse_methods(rows: list[dict[str, Any]]) -> list[Method]:
    return [
        Method(
            str(row.get("MethodName") or ""),
            str(row.get("SQLVerb") or ""),
            tuple(name.strip() for name in str(row.get("RequiredParams") or "").split(",") if name.strip()),
        )
        for row in rows
    ]
