"""Dataclasses that travel between the runner, the services and the pages.

They hold plain values only: what a table's row holds, in Python's types. Times are timezone-aware UTC.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

APP_SCHEMA = "stackql_app"
INVENTORY_SCHEMA = "stackql_inventory"
# with a schedule's id behind it, the job of a schedule that the local scheduler fires; any other is the platform's own
LOCAL_JOB = "local-"
# what the command ends with where some scopes were not read whole; a platform's job tells nothing else of it
PARTIAL_EXIT = 3


class RunStatus(StrEnum):
    """A run's state; everything but RUNNING is final. See ARCHITECTURE, "A run"."""

    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    LOST = "LOST"


class ScopeStatus(StrEnum):
    """How one scope of a run ended; `pending` and `running` only while the run is RUNNING."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"
    INCOMPLETE = "incomplete"
    ADDITIVE = "additive"
    HELD = "held"
    DENIED = "denied"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    ERROR = "error"
    CANCELLED = "cancelled"


class WriteMode(StrEnum):
    """REPLACE applies the difference to the table; APPEND keeps every run's rows."""

    REPLACE = "replace"
    APPEND = "append"


class Change(StrEnum):
    """What happened to a resource between two runs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Scope:
    """One combination of a query's parameter values: the unit that is read, recorded and covered."""

    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The scope's identity: canonical JSON of its values, `{}` without parameters."""
        return json.dumps(dict(self.values), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def label(self) -> str:
        """For people: `us-east-1`, or `prod · us-east-1`; `everything` without parameters."""
        return " · ".join(str(v) for v in self.values.values()) or "everything"

    @classmethod
    def from_key(cls, key: str) -> Scope:
        return cls(json.loads(key))

    @classmethod
    def combinations(cls, parameter_values: Mapping[str, Sequence[str]]) -> list[Scope]:
        """Every combination of the values, in the order given; one empty scope without parameters."""
        names = list(parameter_values)
        return [
            cls(dict(zip(names, values, strict=True)))
            for values in itertools.product(*parameter_values.values())
        ]


@dataclass(frozen=True)
class Query:
    """A saved query (`stackql_app.queries`). version: that it was read at, None of one that is not saved.

    source: what it is run against, `live` or `inventory` (`sql.statement.Source`). folder: where the IDE's drawer lists
    it, empty under its provider.

    saved_by: who saved it last, at updated_at; empty where that is not known.
    """

    name: str
    query_text: str
    description: str = ""
    provider: str = ""
    created_by: str = ""
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int | None = None
    saved_by: str = ""
    source: str = "live"
    folder: str = ""


class TableKind(StrEnum):
    """What a table's rows are: resources, findings about resources, or counts of them. The first alone are totalled."""

    INVENTORY = "inventory"
    FINDINGS = "findings"
    COUNTS = "counts"


@dataclass(frozen=True)
class Notifications:
    """Who is told of a schedule's runs by its job on the platform, and of what.

    emails: addresses of people. destinations: a notification destination's id on the platform → the name that it had
    when it was chosen. on_failure: of a run that fails or stays partial. after_minutes: of a run that takes longer;
    None: of none.
    """

    emails: tuple[str, ...] = ()
    destinations: Mapping[str, str] = field(default_factory=dict)
    on_failure: bool = True
    after_minutes: int | None = None

    @property
    def tell_somebody(self) -> bool:
        return bool(self.emails or self.destinations) and bool(self.on_failure or self.after_minutes)

    def as_record(self) -> dict[str, Any]:
        """What `from_record` reads back, as JSON: `{"emails": ["anna@example.com"], "after_minutes": 30}`.

        What is as usual is left out, so that a schedule that tells nobody has `{}`.
        """
        record: dict[str, Any] = {}
        if self.emails:
            record["emails"] = list(self.emails)
        if self.destinations:
            record["destinations"] = dict(self.destinations)
        if not self.on_failure:
            record["on_failure"] = False
        if self.after_minutes is not None:
            record["after_minutes"] = self.after_minutes
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Notifications:
        return cls(
            tuple(record.get("emails", ())),
            dict(record.get("destinations", {})),
            bool(record.get("on_failure", True)),
            record.get("after_minutes"),
        )


@dataclass(frozen=True)
class Schedule:
    """A saved query kept in a table by a job (`stackql_app.schedules`).

    cron_expression: five unix fields. timezone: an IANA name. parameter_values: name → the values whose
    combinations are the run's scopes. key_columns: empty means the whole row is its key. unordered_columns: JSON
    columns in which no list's order counts; ordered_columns: those in which every list's does. allow_empty: an empty
    answer may empty a scope. adds_only: a list that StackQL cannot read to its end is no failure. retention_days: age
    at which change-feed rows (and, in append mode, rows) are removed; None keeps them. table_kind: what the rows are,
    None where the query tells it. job_error: why the job
    does not match the schedule, empty where it does. version: that it was read at, None of one that is not saved.
    owner: who answers for it, empty: who created it. notifications: whom its job tells of what.
    """

    query_id: int
    cron_expression: str
    target_table: str
    target_schema: str = INVENTORY_SCHEMA
    timezone: str = "UTC"
    write_mode: WriteMode = WriteMode.REPLACE
    key_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    unordered_columns: tuple[str, ...] = ()
    ordered_columns: tuple[str, ...] = ()
    parameter_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allow_empty: bool = False
    adds_only: bool = False
    retention_days: int | None = None
    is_active: bool = True
    job_id: str | None = None
    created_by: str = ""
    last_run_at: datetime | None = None
    last_run_status: RunStatus | None = None
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    query_name: str = ""
    job_error: str = ""
    version: int | None = None
    table_kind: TableKind | None = None
    owner: str = ""
    description: str = ""
    notifications: Notifications = field(default_factory=Notifications)

    @property
    def answers(self) -> str:
        """Who answers for it, as far as is known."""
        return self.owner or self.created_by

    @property
    def scopes(self) -> list[Scope]:
        return Scope.combinations(self.parameter_values)

    @property
    def scope_count(self) -> int:
        """How many scopes there are, without making them."""
        return math.prod(len(values) for values in self.parameter_values.values())


@dataclass(frozen=True)
class ProviderConfig:
    """Which secret holds a provider's variable (`stackql_app.provider_config`); never the value."""

    provider: str
    env_var_name: str
    secret_scope: str
    secret_key: str
    created_by: str = ""
    id: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class Run:
    """One run of a query into a table (`stackql_app.runs`). Counts are rows; `rows_total` is the table after it."""

    id: int
    target_schema: str
    target_table: str
    status: RunStatus
    started_at: datetime
    schedule_id: int | None = None
    query_id: int | None = None
    query_name: str = ""
    query_text: str = ""
    trigger: str = "manual"
    engine: str = ""
    engine_version: str = ""
    requested_by: str = ""
    as_of: datetime | None = None
    finished_at: datetime | None = None
    heartbeat_at: datetime | None = None
    cancel_requested: bool = False
    rows_read: int = 0
    rows_total: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    scopes_total: int = 0
    scopes_ok: int = 0
    message: str = ""
    warnings: tuple[str, ...] = ()
    job_run_id: str | None = None
    job_run_url: str | None = None


@dataclass(frozen=True)
class RunScope:
    """How one scope of a run went (`stackql_app.run_scopes`); duration in seconds.

    message: what happened and what to do. details: the provider's own words behind it.
    """

    run_id: int
    scope: Scope
    status: ScopeStatus
    rows: int = 0
    duration: float = 0.0
    attempts: int = 0
    message: str = ""
    details: str = ""


class RuleSource(StrEnum):
    """What a rule looks at."""

    TAG = "tag"
    ACCOUNT = "account"


@dataclass(frozen=True)
class OwnerRule:
    """A rule. provider: empty for each. tag: the key that it looks at, in any case; empty where it is the account.

    value: what the tag or the account is, in any case, `*` for any characters; empty for any value. owner: a person or
    a team; empty for the tag's own value.
    """

    source: RuleSource
    provider: str = ""
    tag: str = ""
    value: str = ""
    owner: str = ""


@dataclass(frozen=True)
class OwnerRules:
    """All of them, in order. version: of the list, 0 where there is none."""

    rules: tuple[OwnerRule, ...] = ()
    version: int = 0
    saved_by: str = ""
    saved_at: datetime | None = None
