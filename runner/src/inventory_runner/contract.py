"""The contract of an engine, and the errors that every engine raises.

An engine executes one statement that the guard has passed, with the credentials it is handed, and returns an Arrow
table. It knows nothing of the database, the app or the schedule. `execute` blocks; whoever wants to stop it sets the
`CancelToken` from another thread, and the engine kills the work. Metadata (`providers` … `methods`) may be
cached by the engine; credentials and results never are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pyarrow as pa

from inventory_runner.errors import InventoryError

if TYPE_CHECKING:
    # a worker process needs no guard, whose parser takes time to import
    from inventory_runner.sql.guard import CheckedStatement


# the column of a result, and of a table, that keeps what cannot be read as its own column's type
UNREAD = "_unread"
_EXACT_NUMBERS = {b"holds": b"exact numbers"}


def exact_number_field(name: str) -> pa.Field:
    """The field of a string column whose texts are numbers."""
    return pa.field(name, pa.string(), metadata=_EXACT_NUMBERS)


def holds_exact_numbers(field: pa.Field) -> bool:
    """Whether the string column's texts are numbers, kept so for their digits."""
    return bool(field.metadata) and field.metadata.get(b"holds") == b"exact numbers"


class CancelToken:
    """Set once, from any thread, to stop an execution; `wait` sleeps at most `timeout` seconds."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        return self._event.wait(timeout)


@dataclass(frozen=True)
class QueryResult:
    """What a statement returned.

    table: one Arrow column per result column, in the engine's order; JSON values are canonical text.
    json_columns: names of the columns whose text is JSON (an object or an array in every non-null cell).
    A string field that `holds_exact_numbers` has numbers that neither int64 nor a double holds, as their digits.
    UNREAD, where there is one, is JSON: of a row's cells that are not of their declared types, the texts by column.
    unread: a sentence for each column whose cells stand in UNREAD, with their number; no `warnings`, since a run counts
    over all its scopes.
    types_known: False where a resource's columns could not be looked up, so that some may be text for want of a type.
    complete: False where something may be missing: a page limit or `row_limit` may have cut the answer, a call failed,
    or what came may be no list.
    limited, doubtful: the only reasons for which it is not complete. limited: one that comes back in every run, since
    of a list only the first page, or only so many pages, can be read. doubtful: it has no row, and may be of no list.
    warnings: sentences for people. duration: seconds in the engine.
    Raises EngineError for rows without columns: they are no rows, and would count as some that came.
    """

    table: pa.Table
    complete: bool = True
    warnings: tuple[str, ...] = ()
    duration: float = 0.0
    json_columns: frozenset[str] = field(default_factory=frozenset)
    types_known: bool = True
    unread: tuple[str, ...] = ()
    limited: bool = False
    doubtful: bool = False

    def __post_init__(self) -> None:
        if self.table.num_rows and not self.table.num_columns:
            raise EngineError(
                f"The engine counted {self.table.num_rows:,} rows that have no columns, so there is no answer.",
                hint="Run it again; if it comes back, it is a defect of the app.",
            )


@dataclass(frozen=True)
class Column:
    """A resource's column as DESCRIBE gives it; `type` in the engine's words (string, integer, object, …)."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Method:
    """A resource's method as SHOW METHODS gives it; `verb` is SELECT, INSERT, DELETE, EXEC, …"""

    name: str
    verb: str
    required_parameters: tuple[str, ...] = ()


class EngineError(InventoryError):
    """A statement could not be answered; the subclasses say why."""

    code = "engine_error"
    title = "The query failed"


class AccessDenied(EngineError):
    """The provider refused the credentials (401, 403). `details` holds the provider's words."""

    code = "access_denied"
    title = "The provider denied access"
    default_hint = "Check the credentials on the Providers page and the permissions they carry."


class Throttled(EngineError):
    """The provider asked us to slow down (429, or its own throttling error). The one error worth a retry."""

    code = "throttled"
    title = "The provider is limiting requests"
    default_hint = "Wait a little and run it again."


class MissingParameter(EngineError):
    """A resource needs parameters that the statement does not give.

    resource: `provider.service.resource`; parameters: their names, empty where the engine did not say.
    """

    code = "missing_parameter"
    title = "A required parameter is missing"

    def __init__(
        self, message: str, *, resource: str = "", parameters: Sequence[str] = (), details: str = ""
    ) -> None:
        clause = " AND ".join(f"{name} = '…'" for name in parameters)
        super().__init__(message, hint=f"Add WHERE {clause}." if clause else "", details=details)
        self.resource = resource
        self.parameters = tuple(parameters)


class QuerySyntaxError(EngineError):
    """The engine could not read the statement; `line` (1-based) and `column` where it said so."""

    code = "syntax_error"
    title = "The query cannot be read"

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
        details: str = "",
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.line = line
        self.column = column


class UnknownResource(EngineError):
    """No such provider, service or resource; `near` holds similar names."""

    code = "unknown_resource"
    title = "No such resource"

    def __init__(self, message: str, *, near: Sequence[str] = (), details: str = "") -> None:
        super().__init__(message, hint=f"Did you mean {', '.join(near)}?" if near else "", details=details)
        self.near = tuple(near)


class UnknownColumn(EngineError):
    """No table of the statement has the column; `near` holds similar names, which the message has too."""

    code = "unknown_column"
    title = "No such column"

    def __init__(self, message: str, *, near: Sequence[str] = (), details: str = "") -> None:
        super().__init__(message, details=details)
        self.near = tuple(near)


class QueryTimeout(EngineError):
    """The time limit ended the query; its processes are gone."""

    code = "query_timeout"
    title = "The query took too long"
    default_hint = "Narrow it (fewer regions, a LIMIT), or raise the time limit."


class QueryCancelled(EngineError):
    """Someone cancelled; its processes are gone."""

    code = "query_cancelled"
    title = "The query was cancelled"


class NotChecked(EngineError):
    """An engine was given what the guard has not passed for its source. A defect of ours, never of the statement."""

    code = "not_checked"
    title = "The statement was not checked"
    default_hint = "This is a defect of the app: the query did not run."


class EngineMissing(EngineError):
    """The StackQL binary is not there or does not run."""

    code = "engine_missing"
    title = "StackQL is not installed"
    default_hint = (
        "Set STACKQL_BINARY to the program's path, or allow releases.stackql.io, which it comes from."
    )


class WorkerDied(EngineError):
    """The process that ran the query ended without an answer (killed, or out of memory)."""

    code = "worker_died"
    title = "The query's process died"
    default_hint = "It may have run out of memory: select fewer columns or rows, and run it again."


class AnswerTooLarge(EngineError):
    """The program wrote more than an answer may take on the disk; it was ended while it wrote."""

    code = "answer_too_large"
    title = "The answer is too large"
    default_hint = "Select fewer columns, or narrow the query down by its parameters."


class OutOfMemory(WorkerDied):
    """The query met the limit of memory that STACKQL_MEMORY_MB sets, or the machine's."""

    code = "out_of_memory"
    title = "The query needs more memory than it may use"
    default_hint = (
        "Select fewer columns or rows, or read it in parts. An operator can raise STACKQL_MEMORY_MB."
    )


@runtime_checkable
class Engine(Protocol):
    """See the module's docstring; every method may raise `EngineError`."""

    name: str

    @property
    def version(self) -> str:
        """What ran, as a run's record says it; empty where the program is missing."""
        ...

    def check(self) -> str:
        """The version of the program that runs queries, which was started to tell it; raises EngineMissing."""
        ...

    def execute(
        self,
        statement: CheckedStatement,
        *,
        credentials: Mapping[str, str],
        timeout: float,
        cancel: CancelToken,
        row_limit: int | None = None,
    ) -> QueryResult:
        """Run one statement. credentials: environment variables for this one child; timeout: seconds.

        Raises NotChecked, before anything else, for what the guard has not checked for the engine's source.
        """
        ...

    def providers(self) -> list[str]:
        """The providers that a query may name, whether or not anything is known of them here yet."""
        ...

    def providers_at_hand(self) -> list[str]:
        """Those of the providers whose resources can be asked for without fetching anything."""
        ...

    def services(self, provider: str) -> list[str]: ...

    def resources(self, provider: str, service: str) -> list[str]: ...

    def describe(self, resource: str) -> list[Column]:
        """Columns of `provider.service.resource`; raises UnknownResource."""
        ...

    def methods(self, resource: str) -> list[Method]:
        """Methods of `provider.service.resource`; raises UnknownResource."""
        ...

    def close(self) -> None:
        """End the engine's idle workers."""
        ...
