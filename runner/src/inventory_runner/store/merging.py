"""The merge: one transaction that brings a table to what a run read, and records that it did.

Rows leave only inside scopes that were read whole: an `incomplete` and an `additive` scope add and change, one that is
empty over rows is `held` unless that is believed (`holding.py`), a scope that failed touches nothing, and scopes that
the schedule no longer has are retired when every scope given is ok or additive. A resource that several scopes return
belongs to the scope that holds it already and still stands, else to the first that returned it; the others' copies are
left out, with a warning.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from inventory_runner.contract import UNREAD
from inventory_runner.errors import InvalidInput
from inventory_runner.models import ScopeStatus, WriteMode
from inventory_runner.store import (
    altering,
    appending,
    assets,
    catalog,
    counting,
    difference,
    drift,
    feed,
    judging,
    keys,
    ledger,
    owners,
    pairing,
    tables,
)
from inventory_runner.store.assets import AssetSource
from inventory_runner.store.catalog import LiveTable, State
from inventory_runner.store.cells import JSONB
from inventory_runner.store.copying import STAGE, copy_tables, stage
from inventory_runner.store.difference import Difference
from inventory_runner.store.drift import Fit
from inventory_runner.store.holding import hold_empty
from inventory_runner.store.model import SETTLED, Judge, MergeResult, SchemaConflict, ScopeData, Target
from inventory_runner.store.names import SCOPE, check_target
from inventory_runner.store.pairing import Plan
from inventory_runner.store.sql import (
    SQL,
    Identifier,
    Literal,
    compose_temporary_name,
    run,
    translate_write_errors,
)
from inventory_runner.store.staging import Batch, prepare

Claim = Callable[[sa.Connection], None]
Record = Callable[[sa.Connection, MergeResult], None]


def merge(
    database: sa.Engine,
    target: Target,
    scopes: Sequence[ScopeData],
    *,
    run_id: int,
    at: datetime,
    claim: Claim,
    record: Record,
    judges: Sequence[Judge] = (),
) -> MergeResult:
    """Bring the table to what the scopes hold, in one transaction; see the module's docstring.

    scopes: every scope that the schedule has, each once. at: the time of the rows, moved on where the table is newer.
    claim: called first, raises where the run may no longer write. record: called last, writes the run's record.
    judges: called between the difference and its being applied; one that fails is a warning (`judging.py`).
    Whatever else raises, the table, the feed and the records are as they were. Raises SchemaConflict, TableBusy,
    InvalidInput, NotPermitted, DatabaseUnavailable, WriteFailed, and what claim and record raise.
    """
    check_target(target.schema, target.table)
    batch = prepare(scopes)
    with translate_write_errors(target.schema, target.table), database.begin() as connection:
        claim(connection)
        state = catalog.lock(connection, target.schema, target.table)
        batch = batch.named(state.names, state.live.types if state.live else ())
        moment = _move_after(at.astimezone(UTC), state.updated_at)
        if target.write_mode is WriteMode.APPEND:
            result = appending.merge(connection, target, scopes, batch, state, run_id, moment, judges)
        else:
            result = _Merge(connection, target, scopes, batch, state, run_id, moment, judges).execute()
        result = dataclasses.replace(result, at=at)
        record(connection, result)
    return result


def _move_after(at: datetime, newest: datetime | None) -> datetime:
    """A clock that went back must not write a past that was already recorded."""
    return at if newest is None or at > newest else newest + timedelta(microseconds=1)


class _Merge:
    """A replace merge, inside its transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        target: Target,
        scopes: Sequence[ScopeData],
        batch: Batch,
        state: State,
        run_id: int,
        at: datetime,
        judges: Sequence[Judge],
    ) -> None:
        self.connection = connection
        self.target = target
        self.scopes = list(scopes)
        self.batch = batch
        self.state = state
        self.run_id = run_id
        self.at = at
        self.judges = judges
        self.warnings = list(batch.warnings)

    def execute(self) -> MergeResult:
        live = self.state.live
        if live is None:
            return self._load_first() if self.batch.types else self._report_no_columns()
        if not any(data.read for data in self.scopes):
            return self._record_unread()
        if (mode := (self.state.recorded or {}).get("write_mode", WriteMode.REPLACE)) != WriteMode.REPLACE:
            raise SchemaConflict(
                f"{self.target.schema}.{self.target.table} was written in {mode} mode and cannot be replaced now.",
                hint="Write to a new table.",
            )
        if added := tables.compose_missing_own_columns(self.target, live, self.at):
            self._check_adoption()
            run(self.connection, added)
        return self._compute_difference(live)

    def _check_adoption(self) -> None:
        """A table that no run made is taken over by a schedule only, whose form asked; never by the way."""
        table = Identifier(self.target.schema, self.target.table)
        if (
            self.target.schedule_id is None
            and run(self.connection, SQL("SELECT EXISTS (SELECT FROM {})").format(table)).scalar_one()
        ):
            raise InvalidInput(
                f"{self.target.schema}.{self.target.table} holds rows that no run wrote; they would be replaced.",
                field="target_table",
                hint="Choose another name, or let a schedule take the table over.",
            )

    # ---- without a difference

    def _report_no_columns(self) -> MergeResult:
        """No table yet, and no result that has a column: there is nothing to make one from."""
        if any(data.read for data in self.scopes):
            self.warnings.append(tables.NOT_MADE)
        return MergeResult(tuple(self.scopes), warnings=tuple(self.warnings))

    def _record_unread(self) -> MergeResult:
        """No scope could be read: the table stays, the ledger says so."""
        recorded: Mapping[str, Any] = self.state.recorded or {}
        total = recorded.get("row_count")
        if total is not None:
            ledger.record(
                self.connection,
                ledger.make_unread_entry(self.target, self.run_id, self.at, self.scopes, self.state),
            )
        return MergeResult(tuple(self.scopes), rows_total=total, warnings=tuple(self.warnings))

    def _load_first(self) -> MergeResult:
        """COPY straight into the new table: the baseline, of which nothing goes into the feed."""
        names, problem = keys.find_usable_key(self.target, self.batch, None)
        batch, read = self.batch, self.batch.rows
        # without a key that holds, rows of several scopes are as many rows
        if names and not problem:
            batch, again = keys.keep_first_of_each(batch, names)
            if again:
                self.warnings.append(keys.warn_of_shared_keys(again))
        types = {name: kind or "text" for name, kind in batch.types.items()}
        run(self.connection, tables.create(self.target, types, self.at))
        copied = copy_tables(
            self.connection, Identifier(self.target.schema, self.target.table), types, batch.tables
        )
        run(self.connection, tables.compose_after_load(self.target))
        if names and not problem and not keys.is_comparable_as_text(batch, names):
            problem = keys.check_in_server(
                self.connection, Identifier(self.target.schema, self.target.table), names
            )
        if problem:
            self.warnings.append(problem)
            names = ()
        changes = judging.describe_new_rows(
            self.target,
            types,
            self._compose_key(names, types),
            numbered=not names,
            added=copied,
            baseline=True,
            run_id=self.run_id,
            at=self.at,
            scopes=self.scopes,
        )
        self.warnings += judging.judge(self.connection, self.judges, changes)
        source = self._make_asset_source(types)
        fresh = self.state.recorded is None
        counting.begin(self.connection, fresh=fresh)
        assets.rebuild(
            self.connection, source, self._compose_key(names, types), numbered=not names, fresh=fresh
        )
        rows = {scope: table.num_rows for scope, table in batch.tables.items()}
        self._record(source, names, types, rows, copied, changed=True, history_from=self.at)
        counting.settle(self.connection, self.target.schema, self.target.table, self.at, whole=fresh)
        return MergeResult(
            tuple(self.scopes),
            rows_read=read,
            rows_total=copied,
            warnings=tuple(self.warnings),
            baseline=True,
            any_change=True,
        )

    # ---- with a difference

    def _compute_difference(self, live: LiveTable) -> MergeResult:
        plan_fit = drift.fit(self.connection, self.target, self.batch, live, self.state)
        self.warnings += plan_fit.warnings
        live = altering.adapt(self.connection, self.target, plan_fit, live)
        batch = plan_fit.batch
        names, problem = keys.find_usable_key(self.target, batch, live, plan_fit)
        stage(
            self.connection,
            plan_fit.staged,
            batch.tables,
            [name for name in names if name in plan_fit.staged],
        )
        self.warnings += altering.read_staged(self.connection, plan_fit)
        live_rows = self._lock_and_count()
        self.scopes = hold_empty(self.connection, self.target, self.scopes, live_rows, self.at)
        plan = self._plan(plan_fit, names, live_rows)
        if names and not problem and not keys.is_comparable_as_text(batch, names):
            problem = keys.check_in_server(self.connection, compose_temporary_name(STAGE), names)
        if names and not problem and self._has_doubled_keys(plan, live_rows):
            problem = keys.warn_of_doubled_keys(names, "table")
        if names and not problem:
            again = self._drop_copies(plan, live_rows)
            staged = self._count_staged_rows() if again else batch.rows
            found = difference.compute(self.connection, plan)
            if not self._is_paired_once(plan, found, live_rows, staged):
                problem = keys.warn_of_doubled_keys(names, "table")
        if problem:
            self.warnings.append(problem)
            names = ()
            plan = self._plan(plan_fit, names, live_rows)
        if not names:
            found = difference.compute(self.connection, plan)
        changes = judging.describe_difference(
            plan, found, live.types, run_id=self.run_id, at=self.at, scopes=self.scopes
        )
        self.warnings += judging.judge(self.connection, self.judges, changes)
        return self._apply(plan, found, live_rows)

    def _lock_and_count(self) -> dict[str, int]:
        """Keep writers out from now on, and count the table's rows by scope."""
        rows = run(
            self.connection,
            SQL(
                "LOCK TABLE {live} IN SHARE ROW EXCLUSIVE MODE; SELECT {scope}, count(*) FROM {live} GROUP BY 1"
            ).format(live=Identifier(self.target.schema, self.target.table), scope=Identifier(SCOPE)),
        )
        return {row[0]: row[1] for row in rows}

    def _plan(self, plan_fit: Fit, names: Sequence[str], live_rows: Mapping[str, int]) -> Plan:
        ok = {data.scope.key for data in self.scopes if data.status is ScopeStatus.OK}
        read = {data.scope.key for data in self.scopes if data.read}
        given = {data.scope.key for data in self.scopes}
        settled = all(data.status in SETTLED for data in self.scopes)
        retired = {scope for scope in live_rows if scope not in given} if settled else set()
        known = self.state.columns or (self.state.live.types if self.state.live else {})
        ignored = {plan_fit.batch.renamed.get(name, name) for name in self.target.ignored_columns}
        # what cannot be read is compared from its first time on: it was nothing before
        common = [
            name
            for name in plan_fit.types
            if (name in known or name == UNREAD) and name not in plan_fit.added
        ]
        compared = tuple(name for name in common if name not in ignored and name not in names)
        return Plan(
            self.target,
            plan_fit,
            tuple(names),
            compared,
            tuple(name for name in plan_fit.types if name not in common) if self.batch.types else (),
            tuple(read),
            tuple(ok | retired),
            everything=set(live_rows) <= read | retired,
            loose=self._list_loose_columns(plan_fit, compared),
        )

    def _list_loose_columns(self, plan_fit: Fit, compared: Sequence[str]) -> dict[str, bool]:
        """JSON columns of which some order means nothing → whether that is so of every list in them."""
        called = plan_fit.batch.renamed
        every, none = (
            {called.get(name, name) for name in names}
            for names in (self.target.unordered_columns, self.target.ordered_columns)
        )
        return {
            name: name in every
            for name in compared
            if plan_fit.types[name] == JSONB and name != UNREAD and name not in none - every
        }

    def _has_doubled_keys(self, plan: Plan, live_rows: Mapping[str, int]) -> bool:
        """A key that was not in force may be doubled in scopes whose rows stay, which no comparison would show."""
        in_force = (self.state.recorded or {}).get("key_columns") == list(plan.keys)
        return not in_force and keys.has_doubled(self.connection, plan, self._list_surviving(plan, live_rows))

    @staticmethod
    def _list_surviving(plan: Plan, live_rows: Mapping[str, int]) -> list[str]:
        """The scopes whose rows do not leave because they are missing from what was read."""
        return [scope for scope in live_rows if scope not in plan.removable]

    def _drop_copies(self, plan: Plan, live_rows: Mapping[str, int]) -> int:
        """Leave every resource in one scope; returns how many copies were left out."""
        copies = 0
        if len(self.batch.tables) > 1 and keys.spans_scopes(plan.fit.batch, plan.keys):
            copies += keys.drop_copies(self.connection, plan, [data.scope.key for data in self.scopes])
        if self._list_surviving(plan, live_rows) and self.batch.rows:
            copies += keys.drop_held_elsewhere(self.connection, plan)
        if copies:
            self.warnings.append(keys.warn_of_shared_keys(copies))
        return copies

    def _count_staged_rows(self) -> int:
        return int(
            run(
                self.connection, SQL("SELECT count(*) FROM {}").format(compose_temporary_name(STAGE))
            ).scalar_one()
        )

    def _is_paired_once(
        self, plan: Plan, found: Difference, live_rows: Mapping[str, int], staged: int
    ) -> bool:
        """Each row of a side met at most one of the other: else the key is not unique in the table."""
        compared = {*plan.readable, *plan.removable}
        before = sum(rows for scope, rows in live_rows.items() if scope in compared)
        return before - found.total("removed") - found.total("kept") == staged - found.total("added")

    def _apply(self, plan: Plan, found: Difference, live_rows: Mapping[str, int]) -> MergeResult:
        changed, before = found.total("changed"), sum(live_rows.values())
        if found.any:
            partial = changed > feed.PARTIAL_ROWS and changed * 2 > before
            feed.write(self.connection, plan, self.run_id, self.at, partial=partial)
        for statement in altering.compose_alterations(self.target, plan.fit, empty=not before):
            run(self.connection, statement)
        if self.state.live is not None and self.state.live.comment != tables.describe_target(self.target):
            run(self.connection, tables.compose_comment(self.target))
        difference.apply(self.connection, plan, found, self.at)

        types = plan.fit.types
        current = list(types) if self.batch.types else list(self.state.columns or types)
        source = self._make_asset_source({name: types[name] for name in current if name in types})
        vanished = self._maintain_assets(source, plan, found)
        rows = {
            scope: live_rows.get(scope, 0) + counts.added - counts.removed
            for scope, counts in found.scopes.items()
        }
        rows = {**live_rows, **rows}
        given = {data.scope.key for data in self.scopes}
        retired = sum(counts.removed for scope, counts in found.scopes.items() if scope not in given)
        added, removed = found.total("added"), found.total("removed")
        total = before + added - removed
        self._record(
            source,
            plan.keys,
            types,
            rows,
            total,
            changed=found.any or bool(found.total("filled")),
            counts=counting.Tally(added, removed, changed),
        )
        if vanished is not None:
            counting.settle(
                self.connection,
                self.target.schema,
                self.target.table,
                self.at,
                counting.Tally(added, removed, changed),
                lambda: self._tally(vanished),
            )
        return MergeResult(
            tuple(self.scopes),
            rows_read=self.batch.rows,
            rows_total=total,
            added=added,
            removed=removed,
            changed=changed,
            retired=retired,
            warnings=tuple(self.warnings),
            any_change=found.any or bool(found.total("filled")),
        )

    # ---- what follows the rows

    def _make_asset_source(self, types: Mapping[str, str]) -> AssetSource:
        corrections = (self.state.recorded or {}).get("asset_rules") or {}
        scopes = [data.scope for data in self.scopes]
        return AssetSource.derive(self.target, types, scopes, corrections, owners.read_rules(self.connection))

    def _compose_key(self, names: Sequence[str], types: Mapping[str, str]) -> Any:
        """A live row r's resource key; without key columns a SELECT of them."""
        if names:
            return pairing.compose_key_text(names, "r")
        live = Identifier(self.target.schema, self.target.table)
        return pairing.compose_numbered_keys(live, self._list_hashed_columns(types))

    def _list_hashed_columns(self, types: Mapping[str, str]) -> list[str]:
        ignored = {self.batch.renamed.get(name, name) for name in self.target.ignored_columns}
        return [name for name in types if name not in ignored]

    def _describe_identity(
        self, source: AssetSource, names: Sequence[str], types: Mapping[str, str]
    ) -> dict[str, Any]:
        """How rows are known and assets are made: where this changes, the table's assets are made anew."""
        return {
            "keys": list(names),
            "hashed": [] if names else self._list_hashed_columns(types),
            "assets": source.identity,
            "from": [self.target.provider, self.target.service, self.target.resource],
        }

    def _maintain_assets(self, source: AssetSource, plan: Plan, found: Difference) -> int | None:
        """How many rows vanished that counted; None where no asset came, went or changed."""
        types = plan.fit.types
        known = (self.state.recorded or {}).get("identity")
        anew = known != self._describe_identity(source, plan.keys, types) or found.total("filled")
        if not (anew or found.any or found.total("reordered")):
            return None
        counting.begin(self.connection)
        vanished = assets.tally(self.connection, self.target).get("r", 0) if found.total("removed") else 0
        if anew:
            assets.rebuild(
                self.connection, source, self._compose_key(plan.keys, types), numbered=not plan.keys
            )
        else:
            assets.maintain(self.connection, source, self.at)
        return vanished

    def _tally(self, vanished: int) -> counting.Tally:
        now = assets.tally(self.connection, self.target)
        return counting.Tally(now.get("a", 0), vanished, now.get("c", 0))

    def _record(
        self,
        source: AssetSource,
        names: Sequence[str],
        types: Mapping[str, str],
        rows: Mapping[str, int],
        total: int,
        *,
        changed: bool,
        counts: counting.Tally = counting.NONE,
        history_from: datetime | None = None,
    ) -> None:
        before = {} if self.state.live is None else self.state.columns
        if self.state.recorded is None or self._forgets(names):
            history_from = self.at
        since = self.at.isoformat()
        current = list(types) if self.batch.types else list(before or types)
        ledger.record(
            self.connection,
            ledger.Entry(
                self.target,
                self.run_id,
                self.at,
                self.scopes,
                rows,
                total,
                counts.added,
                counts.removed,
                counts.changed,
                any_change=changed,
                wrote=True,
                columns={name: before.get(name, since) for name in current},
                identity=self._describe_identity(source, names, types),
                keys=names,
                history_from=history_from,
                column_names=self.batch.note_names(self.state.names),
                untyped=self.batch.list_untyped(types, self.state),
            ),
        )

    def _forgets(self, names: Sequence[str]) -> bool:
        """True where rows are known by another key now, and the feed has versions that only the old key completes."""
        identity = (self.state.recorded or {}).get("identity") or {}
        if identity.get("keys", list(names)) == list(names):
            return False
        statement = SQL(
            "SELECT EXISTS (SELECT FROM stackql_inventory.resource_changes"
            " WHERE target_schema = {} AND table_name = {} AND partial)"
        )
        return bool(
            run(
                self.connection, statement.format(Literal(self.target.schema), Literal(self.target.table))
            ).scalar_one()
        )
