"""The types that services and pages share; those that the runner needs too are re-exported from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inventory_runner.errors import InventoryError
from inventory_runner.models import (
    APP_SCHEMA,
    INVENTORY_SCHEMA,
    Change,
    ProviderConfig,
    Query,
    Run,
    RunScope,
    RunStatus,
    Schedule,
    Scope,
    ScopeStatus,
    WriteMode,
)

__all__ = [
    "APP_SCHEMA",
    "INVENTORY_SCHEMA",
    "Change",
    "Draft",
    "HistoryEntry",
    "InventoryError",
    "ProviderConfig",
    "Query",
    "Run",
    "RunScope",
    "RunStatus",
    "Schedule",
    "Scope",
    "ScopeStatus",
    "WriteMode",
]


@dataclass(frozen=True)
class Draft:
    """One of a user's tabs in the IDE. version: grows with every change; saved_text: of the query it came from."""

    tab_id: str
    content: str = ""
    title: str = ""
    position: int = 0
    query_id: int | None = None
    provider: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_text: str | None = None


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
