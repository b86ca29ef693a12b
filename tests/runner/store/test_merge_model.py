"""The merge against its rules written again in plain Python, over random histories in which scopes share resources."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
import sqlalchemy as sa
from fakes.tables import Tables, failed, incomplete, ok, target
from hypothesis import HealthCheck, given, settings

from inventory_runner import store
from inventory_runner.store import keys

REGIONS = ("east", "west", "north")
Row = tuple[str, str, int]  # region, id, size

ROWS = st.tuples(st.sampled_from("abc"), st.integers(1, 2))
UNIQUE = st.lists(ROWS, min_size=1, max_size=3, unique_by=lambda row: row[0])
ANSWER = st.one_of(
    st.tuples(st.just("ok"), UNIQUE),
    st.tuples(st.just("ok"), UNIQUE),
    st.tuples(st.just("ok"), st.lists(ROWS, min_size=1, max_size=4)),
    st.tuples(st.just("incomplete"), st.lists(ROWS, max_size=2, unique_by=lambda row: row[0])),
    st.sampled_from([("failed", []), ("nothing", []), ("no rows", [])]),
)
HISTORY = st.lists(st.dictionaries(st.sampled_from(REGIONS), ANSWER, min_size=1), min_size=2, max_size=5)
numbers = itertools.count()

Answers = Mapping[str, tuple[str, Sequence[tuple[str, int]]]]


def scope_data(region: str, answer: str, rows: Sequence[tuple[str, int]]) -> store.ScopeData:
    if answer == "failed":
        return failed(region=region)
    if answer == "nothing":  # not even columns
        return ok([], region=region)
    table = pa.table({"id": [row[0] for row in rows], "size": pa.array([row[1] for row in rows], pa.int64())})
    return (incomplete if answer == "incomplete" else ok)(table, region=region)


@dataclass
class Expected:
    """What a merge returns and warns of."""

    statuses: list[str] = field(default_factory=list)
    read: int = 0
    total: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    retired: int = 0
    warnings: list[str] = field(default_factory=list)
    baseline: bool = False
    any_change: bool = False


class Model:
    """A table, by the rules."""

    def __init__(self, keyed: bool, allow_empty: bool) -> None:
        self.keyed, self.allow_empty = keyed, allow_empty
        self.made = False
        self.rows: list[Row] = []
        self.in_force = False
        self.ledger: dict[str, tuple[str, int]] = {}
        self.feed: Counter[str] = Counter()

    def run(self, answers: Answers) -> Expected:
        read = {region: rows for region, (answer, rows) in answers.items() if answer != "failed"}
        staged = [(region, *row) for region, rows in read.items() for row in rows]
        status = {"failed": "denied", "incomplete": "incomplete"}
        statuses = {region: status.get(answer, "ok") for region, (answer, _) in answers.items()}
        expected = Expected(read=len(staged), total=len(self.rows) if self.made else None)
        if not self.made and all(answer in ("failed", "nothing") for answer, _ in answers.values()):
            expected.read = 0
            expected.warnings = [store.tables.NOT_MADE] if read else []
        elif not read:
            self._record(statuses)
        elif self.made:
            self._difference(expected, statuses, staged, set(read))
        else:
            self._first_load(expected, staged)
            self._record(statuses)
        expected.statuses = list(statuses.values())
        return expected

    def _first_load(self, expected: Expected, staged: list[Row]) -> None:
        self.made = expected.baseline = expected.any_change = True
        self.in_force = self._check_result(expected, staged)
        if self.in_force:
            first = list({row[1]: row for row in reversed(staged)}.values())
            self._warn_of_copies(expected, len(staged) - len(first))
            staged = first
        self.rows = staged
        expected.total = len(staged)

    def _difference(
        self, expected: Expected, statuses: dict[str, str], staged: list[Row], read: set[str]
    ) -> None:
        before = Counter(row[0] for row in self.rows)
        for region in read:
            empty = not any(row[0] == region for row in staged)
            # all empty at once is believed later than any history here lasts
            believed = self.allow_empty and staged
            if statuses[region] == "ok" and empty and before[region] and not believed:
                statuses[region] = "held"
        whole = {region for region, status in statuses.items() if status == "ok"}
        gone = set(before) - set(statuses) if len(whole) == len(statuses) else set()
        removable = whole | gone
        compared = removable | {region for region in read if statuses[region] == "incomplete"}
        self.in_force = self._check_result(expected, staged)
        count = Counter(row[:2] for row in self.rows)
        # a resource that the table has twice: seen where its rows stay, or where a row of it was read
        self._check_table(expected, any(n > 1 and key[0] not in removable for key, n in count.items()))
        if self.in_force:
            left = self._without_copies(staged, removable)
            self._warn_of_copies(expected, len(staged) - len(left))
            staged = left
            self._check_table(expected, any(count[row[:2]] > 1 for row in staged))
        live = [row for row in self.rows if row[0] in compared]
        # of these only what a newer row replaces may go
        stay = [row for row in live if row[0] not in removable]
        if self.in_force:
            new = {row[:2]: row for row in staged}
            stay = [row for row in stay if row[:2] not in new]
            expected.changed = sum(row[:2] in new and row != new[row[:2]] for row in live)
            expected.added = len(new.keys() - {row[:2] for row in live})
        else:
            stay = list((Counter(stay) - Counter(staged)).elements())
            expected.added = (Counter(staged) - Counter(live)).total()
        after = [row for row in self.rows if row[0] not in compared] + stay + staged
        expected.removed = len(self.rows) + expected.added - len(after)
        expected.retired = sum(before[region] for region in gone)
        expected.total = len(after)
        expected.any_change = bool(expected.added or expected.removed or expected.changed)
        self.feed.update(added=expected.added, removed=expected.removed, changed=expected.changed)
        self.rows = after
        self._record(statuses)

    def _check_result(self, expected: Expected, staged: list[Row]) -> bool:
        unique = len({row[:2] for row in staged}) == len(staged)
        if self.keyed and not unique:
            expected.warnings.append(keys.warn_of_doubled_keys(["id"], "result"))
        return self.keyed and unique

    def _check_table(self, expected: Expected, doubled: bool) -> None:
        if self.in_force and doubled:
            self.in_force = False
            expected.warnings.append(keys.warn_of_doubled_keys(["id"], "table"))

    def _without_copies(self, staged: list[Row], removable: set[str]) -> list[Row]:
        """A resource stays where it is and still stands; else the first scope that returned it has it."""
        left = []
        for row in staged:
            held = {live[0] for live in self.rows if live[1] == row[1]}
            returned = [other[0] for other in staged if other[1] == row[1]]
            home = next((region for region in returned if region in held), returned[0])
            if home == row[0] and not held - removable - {home}:
                left.append(row)
        return left

    def _warn_of_copies(self, expected: Expected, copies: int) -> None:
        if copies:
            expected.warnings.append(keys.warn_of_shared_keys(copies))

    def _record(self, statuses: Mapping[str, str]) -> None:
        if self.made:
            if set(statuses.values()) == {"ok"}:
                self.ledger = {}
            rows = Counter(row[0] for row in self.rows)
            self.ledger |= {region: (status, rows[region]) for region, status in statuses.items()}


@pytest.mark.parametrize(("keyed", "allow_empty"), [(True, False), (True, True), (False, False)])
@given(history=HISTORY)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_merge_does_what_the_rules_say(
    write_path: sa.Engine, keyed: bool, allow_empty: bool, history: list[dict[str, Any]]
) -> None:
    tables, name = Tables(write_path), f"model_{next(numbers)}"
    into = target(name, *(["id"] if keyed else []), allow_empty=allow_empty)
    model = Model(keyed, allow_empty)
    for answers in history:
        expected = model.run(answers)
        result = tables.merge(into, *(scope_data(region, *answer) for region, answer in answers.items()))
        assert result == store.MergeResult(
            result.scopes,
            expected.read,
            expected.total,
            expected.added,
            expected.removed,
            expected.changed,
            expected.retired,
            tuple(expected.warnings),
            expected.baseline,
            expected.any_change,
            result.at,
        )
        assert [str(data.status) for data in result.scopes] == expected.statuses
        if not model.made:
            assert tables.types(name) == {}
            continue
        assert Counter(tables.rows(name, "_scope", "id", "size")) == Counter(
            (f'{{"region":"{region}"}}', *row) for region, *row in model.rows
        )
        assert tables.scopes(name) == {
            f'{{"region":"{region}"}}': entry for region, entry in model.ledger.items()
        }
        recorded = tables.recorded(name)
        assert (recorded["row_count"], recorded["key_columns"]) == (
            len(model.rows),
            ["id"] if model.in_force else [],
        )
        assert Counter((asset.scope, asset.id) for asset in tables.assets(name)) == Counter(
            (f'{{"region":"{row[0]}"}}', row[1]) for row in model.rows
        )
    assert Counter(row.change for row in tables.changes(name)) == +model.feed
    days = tables.query(
        "SELECT sum(added) AS added, sum(removed) AS removed, sum(changed) AS changed"
        " FROM stackql_app.table_history WHERE target_table = :table",
        table=name,
    )
    assert +Counter({kind: int(count or 0) for kind, count in days[0]._mapping.items()}) == +model.feed
