"""What follows a merge's commit: each follower on its own, and none can undo the run or keep the next from its turn.

The rows are written and the run is recorded by then. A follower that fails is a warning on the run, so whatever it does
must be complete again when it runs the next time: it may have been left out, and it may be called twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from inventory_runner import store
from inventory_runner.errors import InventoryError
from inventory_runner.runs.outage import explain_error
from inventory_runner.store import MergeResult, Target

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Follower:
    """Something to do after a commit.

    name: what it does, for people, as in "… failed". follow: called with the database, the table that was written and
    what the merge did; opens its own transactions, returns warnings for the run, and raises what it likes.
    """

    name: str
    follow: Callable[[sa.Engine, Target, MergeResult], Sequence[str]]


def refresh_views(database: sa.Engine, target: Target, result: MergeResult) -> Sequence[str]:
    """Refresh the materialised views over the table: all where something changed, else those behind it."""
    return store.refresh_views(database, target.schema, target.table, changed=result.any_change)


def index_assets(database: sa.Engine, target: Target, result: MergeResult) -> Sequence[str]:
    """Bring the search up to date where something changed, or where it is behind the table."""
    store.index_assets(database, target.schema, target.table, changed=result.any_change)
    return ()


def apply_retention(database: sa.Engine, target: Target, result: MergeResult) -> Sequence[str]:
    """Remove what is older than the schedule keeps."""
    store.apply_retention(database, target, now=result.at)
    return ()


DEFAULT_FOLLOWERS = (
    Follower("Refreshing its views", refresh_views),
    Follower("Updating the search", index_assets),
    Follower("Removing what is older than is kept", apply_retention),
)


def follow(
    followers: Sequence[Follower], database: sa.Engine, target: Target, result: MergeResult
) -> list[str]:
    """Call each follower in turn; returns their warnings, and a sentence for each that failed."""
    warnings: list[str] = []
    for follower in followers:
        try:
            warnings += follower.follow(database, target, result)
        except Exception as error:
            log.warning("%s failed for %s.%s", follower.name, target.schema, target.table, exc_info=error)
            warnings.append(f"The table was written. {follower.name} failed: {_explain_failure(error)}")
    return warnings


def shorten_record(database: sa.Engine, target: Target, days: int) -> list[str]:
    """Remove the table's runs that are older than they are kept, however this one ended; returns a warning or none."""
    try:
        store.remove_old_runs(database, target, days)
    except Exception as error:
        log.warning("old runs of %s.%s were not removed", target.schema, target.table, exc_info=error)
        return [f"Removing runs that are older than is kept failed: {_explain_failure(error)}"]
    return []


def _explain_failure(error: Exception) -> str:
    if isinstance(error, InventoryError | sa.exc.DBAPIError):
        return explain_error(error)
    return f"a defect of the runner ({type(error).__name__}); see its log."
