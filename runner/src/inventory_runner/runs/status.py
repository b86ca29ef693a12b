"""How a run ended, by how its scopes did: SUCCESS, PARTIAL or FAILED, and the sentence that says why.

CANCELLED is decided in `run.py`, LOST in `store/runs.py`; a scope's own status in `scopes.py`, but `held`, which the
merge decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from inventory_runner.models import RunStatus, ScopeStatus
from inventory_runner.store.run_sql import ScopeRecord

READ = (ScopeStatus.OK, ScopeStatus.INCOMPLETE)
LISTED_SCOPES = 5
# what the command ends with where some scopes were not read whole; a platform's job tells nothing else of it
PARTIAL_EXIT = 3


def judge_run(scopes: Sequence[ScopeRecord]) -> tuple[RunStatus, str]:
    """A run's status by its scopes' final ones, and the sentence that says which were not read whole."""
    short = [one for one in scopes if one.status is not ScopeStatus.OK]
    if not short:
        return RunStatus.SUCCESS, ""
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
    listed = ", ".join(f"{one.scope.label} ({one.status})" for one in short[:LISTED_SCOPES])
    more = f" and {len(short) - LISTED_SCOPES} more" if len(short) > LISTED_SCOPES else ""
    return (
        status,
        f"{len(short)} of {len(scopes)} scopes {'was' if len(short) == 1 else 'were'} not read whole: {listed}{more}.",
    )
