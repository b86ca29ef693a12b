"""A run's status by its scopes'."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.models import RunStatus, Scope, ScopeStatus
from inventory_runner.runs.status import LISTED_SCOPES, judge_run
from inventory_runner.store.run_sql import ScopeRecord

ENDED = [one for one in ScopeStatus if one not in (ScopeStatus.PENDING, ScopeStatus.RUNNING)]


@given(st.lists(st.sampled_from(ENDED), min_size=1, max_size=12))
def test_a_status_never_claims_more_than_was_read(ended: list[ScopeStatus]) -> None:
    records = [
        ScopeRecord(Scope({"region": f"r{number}"}), status, message="why")
        for number, status in enumerate(ended)
    ]
    status, message = judge_run(records)
    short = [one for one in records if one.status is not ScopeStatus.OK]
    assert (not short) == (not message)
    # a schedule accepts it: no failure, and no silence
    wrong = [one for one in short if one.status is not ScopeStatus.ADDITIVE]
    assert (status is RunStatus.SUCCESS) == (not wrong)
    standing = {ScopeStatus.OK, ScopeStatus.INCOMPLETE, ScopeStatus.ADDITIVE, ScopeStatus.HELD}
    assert (status is RunStatus.FAILED) == standing.isdisjoint(ended)
    if status is RunStatus.PARTIAL and len(records) > 1:
        named = [one for one in wrong if f"{one.scope.label} (" in message]
        assert named == wrong[:LISTED_SCOPES]
