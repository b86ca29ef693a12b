"""How a run ended, by how its scopes did: SUCCESS, PARTIAL or FAILED, and the sentence that says why.

CANCELLED is decided in `run.py`, LOST in `store/runs.py`; a scope's own status in `scopes.py` and `settling.py`, but
`held`, which the merge decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from inventory_runner.models import RunStatus, ScopeStatus
from inventory_runner.store.model import READ, SETTLED
from inventory_runner.store.run_sql import ScopeRecord

LISTED_SCOPES = 5


def judge_run(scopes: Sequence[ScopeRecord]) -> tuple[RunStatus, str]:
    """A run's status by its scopes' final ones, and the sentence that says which were not read whole."""
    short = [one for one in scopes if one.status not in SETTLED]
    if not short:
        return RunStatus.SUCCESS, _describe_additive(scopes)
    failed = all(one.status not in (*READ, ScopeStatus.HELD) for one in scopes)
    status = RunStatus.FAILED if failed else RunStatus.PARTIAL
    if len(scopes) == 1:
        return status, short[0].message or f"It ended as {short[0].status}."
    if failed:
        counts = Counter(one.status for one in short)
        ways = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        return (
            status,
            f"None of {len(scopes)} scopes could be read ({ways}). {short[0].scope.label}: {short[0].message}",
        )
    listed = _list_labels([f"{one.scope.label} ({one.status})" for one in short])
    return (
        status,
        f"{len(short)} of {len(scopes)} scopes {'was' if len(short) == 1 else 'were'} not read whole: {listed}.",
    )


def _describe_additive(scopes: Sequence[ScopeRecord]) -> str:
    """What a run without a failure does not know; empty where every scope was read whole."""
    additive = [one for one in scopes if one.status is ScopeStatus.ADDITIVE]
    if not additive:
        return ""
    if len(scopes) == 1:
        return additive[0].message or "Adds and changes only."
    listed = _list_labels([one.scope.label for one in additive])
    return f"Adds and changes only in {len(additive)} of {len(scopes)} scopes, as the schedule accepts: {listed}."


def _list_labels(labels: Sequence[str]) -> str:
    more = len(labels) - LISTED_SCOPES
    return ", ".join(labels[:LISTED_SCOPES]) + (f" and {more} more" if more > 0 else "")
