"""Writing inventory tables: staging, difference, change feed, schema drift, assets, materialised views.

`merge` brings a table to what a run read, in one transaction. When it has committed, `refresh_views`
brings the materialised views on the table up to date and `apply_retention` removes what is too old. `table_at` rebuilds
a table as it was.
"""

from inventory_runner.store.history import AsOf, rows_at, table_at
from inventory_runner.store.keys import KeySuggestion, suggest_keys
from inventory_runner.store.merge import merge
from inventory_runner.store.model import (
    MergeResult,
    NotPermitted,
    SchemaConflict,
    ScopeData,
    TableBusy,
    Target,
    WriteFailed,
)
from inventory_runner.store.names import check_target
from inventory_runner.store.retention import apply_retention
from inventory_runner.store.views import create_view, drop_view, refresh_views

__all__ = [
    "AsOf",
    "KeySuggestion",
    "MergeResult",
    "NotPermitted",
    "SchemaConflict",
    "ScopeData",
    "TableBusy",
    "Target",
    "WriteFailed",
    "apply_retention",
    "check_target",
    "create_view",
    "drop_view",
    "merge",
    "refresh_views",
    "rows_at",
    "suggest_keys",
    "table_at",
]
