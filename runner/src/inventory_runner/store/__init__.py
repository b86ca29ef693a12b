"""Writing inventory tables: staging, difference, change feed, schema drift, assets, materialised views.

`merge` brings a table to what a run read, in one transaction, and shows its judges what it changes. Once it has
committed, `refresh_views` and `index_assets` bring the views on the table and the search up to date (where something
changed, or they are behind), and `apply_retention` removes what is too old. `compose_table_at` rebuilds a table as it
was; `find_assets` searches all resources.
"""

from inventory_runner.store.assets import AssetSource, compose_assets_of_changes, compose_row_region
from inventory_runner.store.history import AsOf, compose_table_at, read_rows_at
from inventory_runner.store.keys import KeySuggestion, suggest_keys
from inventory_runner.store.merging import merge
from inventory_runner.store.model import (
    Changes,
    Judge,
    MergeResult,
    NotPermitted,
    SchemaConflict,
    ScopeData,
    TableBusy,
    Target,
    WriteFailed,
)
from inventory_runner.store.names import check_target
from inventory_runner.store.retention import apply_retention, remove_old_history, remove_old_runs
from inventory_runner.store.search import find_assets, find_named, index_assets
from inventory_runner.store.views import create_view, drop_view, refresh_views

__all__ = [
    "AsOf",
    "AssetSource",
    "Changes",
    "Judge",
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
    "compose_assets_of_changes",
    "compose_row_region",
    "compose_table_at",
    "create_view",
    "drop_view",
    "find_assets",
    "find_named",
    "index_assets",
    "merge",
    "read_rows_at",
    "refresh_views",
    "remove_old_history",
    "remove_old_runs",
    "suggest_keys",
]
