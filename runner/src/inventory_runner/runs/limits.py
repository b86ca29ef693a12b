"""How much a run may do at once and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

# combinations of a schedule's values
MOST_SCOPES = 10_000


@dataclass(frozen=True)
class Limits:
    """concurrency: scopes read at once. Times in seconds: scope_timeout for one attempt at one scope, run_timeout
    for reading all of them. attempts: how often a throttled scope is tried. backoff: the longest first wait before
    it is tried again, doubled each time, up to backoff_limit. patience: how long a database that went away is
    waited for. heartbeat: between two signs of life; progress: between two looks at how far the scopes are.
    run_days: for how many days the record of a run is kept.
    """

    concurrency: int = 4
    scope_timeout: float = 900.0
    run_timeout: float = 7200.0
    attempts: int = 4
    backoff: float = 4.0
    backoff_limit: float = 60.0
    patience: float = 60.0
    heartbeat: float = 5.0
    progress: float = 1.0
    run_days: int = 365
