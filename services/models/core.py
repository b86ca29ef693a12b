"""The types that services and pages share; those that the runner needs too are re-exported from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inventory_runner.contract import UNREAD
from inventory_runner.errors import Difference, InventoryError, VersionConflict
from inventory_runner.models import (
    APP_SCHEMA,
    INVENTORY_SCHEMA,
    LOCAL_JOB,
    Change,
    Notifications,
    ProviderConfig,
    Query,
    Run,
    RunScope,
    RunStatus,
    Schedule,
    Scope,
    ScopeStatus,
    TableKind,
    WriteMode,
)
from inventory_runner.sql.statement import Source

__all__ = [
    "APP_SCHEMA",
    "INVENTORY_SCHEMA",
    "LOCAL_JOB",
    "UNREAD",
    "Change",
    "Difference",
    "Draft",
    "HistoryEntry",
    "InventoryError",
    "ListedSchedule",
    "NotificationChoices",
    "Notifications",
    "OwnedJob",
    "ProviderConfig",
    "Query",
    "QueryRevision",
    "Run",
    "RunChange",
    "RunMark",
    "RunProgress",
    "RunScope",
    "RunStatus",
    "Schedule",
    "Scope",
    "ScopeStatus",
    "Source",
    "TableKind",
    "TargetTable",
    "TimedScope",
    "VersionConflict",
    "WriteMode",
]


@dataclass(frozen=True)
class Draft:
    """One of a user's tabs in the IDE. version: grows with every change. source: `live` or `inventory`.

    saved_text: of the query it came from, as it is now; query_version: of that query, when the tab took its text.
    """

    tab_id: str
    content: str = ""
    title: str = ""
    position: int = 0
    query_id: int | None = None
    query_version: int | None = None
    provider: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_text: str | None = None
    source: str = "live"


@dataclass(frozen=True)
class QueryRevision:
    """What a saved query was, as someone saved it at saved_at; saved_by is empty where that is not known."""

    query_id: int
    version: int
    name: str
    description: str
    query_text: str
    provider: str
    saved_by: str
    saved_at: datetime
    source: str = "live"
    folder: str = ""


@dataclass(frozen=True)
class HistoryEntry:
    """One statement that the user ran in the IDE; status is succeeded, failed, cancelled, timed_out or died."""

    id: int
    query_text: str
    provider: str
    parameters: Mapping[str, str]
    status: str
    rows: int | None
    duration_ms: int | None
    error: str
    started_at: datetime
    source: str = "live"


@dataclass(frozen=True)
class RunMark:
    """A run as a list or a bar shows it. rows_total: the table's rows after it, None where it wrote nothing."""

    id: int
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    rows_total: int | None = None
    scopes_ok: int = 0
    scopes_total: int = 0
    message: str = ""


@dataclass(frozen=True)
class RunProgress:
    """A run under way: scopes that have ended, of how many, and the rows they gave so far."""

    run_id: int
    started_at: datetime
    scopes_done: int = 0
    scopes_total: int = 0
    rows: int = 0
    cancel_requested: bool = False


@dataclass(frozen=True)
class ListedSchedule(Schedule):
    """A schedule with what its table holds and how its runs went.

    rows, scopes_ok, scopes_total: of the table, None and 0 before its first load. trend: the last 20 runs, the
    newest last. running: the run under way. words, short_words: the cron in words, and as a list has room for; next_at:
    its next time (None if paused). provider: of its query.
    """

    rows: int | None = None
    scopes_ok: int = 0
    scopes_total: int = 0
    complete_at: datetime | None = None
    trend: tuple[RunMark, ...] = ()
    running: RunProgress | None = None
    words: str = ""
    short_words: str = ""
    provider: str = ""
    next_at: datetime | None = None

    @property
    def last_run(self) -> RunMark | None:
        return self.trend[-1] if self.trend else None

    @property
    def never_ran(self) -> bool:
        """It is active, has not run yet, and does not run now."""
        return self.is_active and self.last_run_at is None and self.running is None and not self.trend

    @property
    def needs_attention(self) -> bool:
        """The newest run that ended did not succeed, or there is no job that would run it."""
        ended = [mark for mark in self.trend if mark.status is not RunStatus.RUNNING]
        failed = bool(ended) and ended[-1].status not in {RunStatus.SUCCESS, RunStatus.CANCELLED}
        return failed or bool(self.job_error)


@dataclass(frozen=True)
class NotificationChoices:
    """What a schedule's notifications can be, as far as the platform says.

    sent: False where there is no platform whose jobs would send them. destinations: id → name of those that there are,
    None while that is not known, and unknown says why. always: what the template of all jobs tells in any case.
    timeout_minutes: after which a run is ended, None while that is not known.
    """

    sent: bool = True
    destinations: Mapping[str, str] | None = None
    unknown: str = ""
    always: Notifications = field(default_factory=Notifications)
    timeout_minutes: int | None = None


@dataclass(frozen=True)
class TargetTable:
    """What stands at a schedule's target now.

    kind: Postgres's relkind, empty where there is nothing. owner_id, owner_name: the schedule that keeps it and its
    query. recorded: a run of ours wrote it; write_mode, key_columns and rows are what it was written with.
    """

    schema_exists: bool
    kind: str = ""
    owner_id: int | None = None
    owner_name: str = ""
    recorded: bool = False
    write_mode: WriteMode = WriteMode.REPLACE
    key_columns: tuple[str, ...] = ()
    rows: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimedScope(RunScope):
    """A run's scope with the time at which it was begun, None where it was not."""

    started_at: datetime | None = None


@dataclass(frozen=True)
class RunChange:
    """One resource that a run saw appear, vanish or change."""

    change: Change
    resource_key: str
    scope: Scope
    changed_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnedJob:
    """A job that carries this app's tags.

    fingerprint: of the settings that it was made from. tells: whom it tells of what, to be compared with another's.
    """

    job_id: str
    name: str
    target: str
    schedule_id: int | None
    created_at: datetime | None
    link: str
    fingerprint: str = ""
    tells: Mapping[str, object] = field(default_factory=dict)
