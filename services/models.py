"""The types that services and pages share; those that the runner needs too are re-exported from it."""

from __future__ import annotations

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
