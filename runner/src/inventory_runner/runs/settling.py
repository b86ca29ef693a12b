"""What scopes' answers count for, by the schedule's settings and by each other.

An engine says that an answer is not complete, and why. Two of its reasons are settled here, once every scope is read:

- `limited`: StackQL cannot read the list to its end, in this run or in any other. A schedule may accept that: the scope
  then is `additive`, which is no failure and claims no completeness.
- `doubtful`: no row came, and the documents cannot tell an empty list from a sign-in page. Where another scope of the
  run returned rows, the provider does answer with lists; and a schedule that allows empty answers has said so itself.

Everything else stays `incomplete`. What an empty answer does to rows that are there is decided in `store/holding.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inventory_runner.models import ScopeStatus
from inventory_runner.runs.scopes import Outcome
from inventory_runner.store import Target

WAY_OUT = (
    "Or let the schedule accept adds and changes only: the run is no longer PARTIAL for it then, and no row of the"
    " scope is removed."
)
ACCEPTED = "The schedule accepts adds and changes only: no row of the scope is removed."
BELIEVED = "If there is nothing, allow empty answers in the schedule."


def settle(outcomes: Sequence[Outcome], target: Target) -> list[Outcome]:
    """The outcomes with the statuses and messages that follow."""
    answered = any(one.result is not None and one.result.table.num_rows for one in outcomes)
    return [_settle(one, target, answered=answered) for one in outcomes]


def _settle(one: Outcome, target: Target, *, answered: bool) -> Outcome:
    result = one.result
    if result is None or one.record.status is not ScopeStatus.INCOMPLETE:
        return one
    if result.doubtful and not (answered or target.allow_empty):
        return _change(one, ScopeStatus.INCOMPLETE, BELIEVED)
    if result.limited:
        return (
            _change(one, ScopeStatus.ADDITIVE, ACCEPTED)
            if target.adds_only
            else _change(one, ScopeStatus.INCOMPLETE, WAY_OUT)
        )
    return _change(one, ScopeStatus.OK) if result.doubtful else one


def _change(one: Outcome, status: ScopeStatus, more: str = "") -> Outcome:
    message = f"{one.record.message} {more}".strip()
    return replace(one, record=replace(one.record, status=status, message=message))
