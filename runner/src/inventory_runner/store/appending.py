"""Append mode: every run's rows stay, marked with `_run_id` and `_run_at`; the newest run's are the current ones.

Nothing is compared and nothing goes into the change feed; judges see the rows that were added. Counts and assets are
those of the newest run that read anything, so that a run in which every scope failed, or every answer was empty and is
not believed (`holding.py`), changes neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.models import ScopeStatus
from inventory_runner.store import (
    altering,
    assets,
    counting,
    drift,
    judging,
    keys,
    ledger,
    owners,
    pairing,
    tables,
)
from inventory_runner.store.assets import AssetSource
from inventory_runner.store.catalog import LiveTable, State
from inventory_runner.store.copying import STAGE, copy_tables, stage
from inventory_runner.store.holding import hold_empty
from inventory_runner.store.model import Judge, MergeResult, SchemaConflict, ScopeData, Target
from inventory_runner.store.names import RUN_AT, RUN_ID, SCOPE
from inventory_runner.store.sql import SQL, Identifier, Literal, compose_columns, compose_temporary_name, run
from inventory_runner.store.staging import Batch


def merge(
    connection: sa.Connection,
    target: Target,
    scopes: Sequence[ScopeData],
    batch: Batch,
    state: State,
    run_id: int,
    at: datetime,
    judges: Sequence[Judge] = (),
) -> MergeResult:
    """Add the rows read, inside the caller's transaction."""
    live, recorded = state.live, state.recorded or {}
    warnings = list(batch.warnings)
    if live is not None and not {SCOPE, RUN_ID, RUN_AT} <= live.own:
        raise SchemaConflict(
            f"{target.schema}.{target.table} was not made by appending and cannot be appended to.",
            hint="Write to a new table.",
        )
    if not any(data.result is not None and data.result.table.num_rows for data in scopes):
        # the newest rows are those that pages show: none of them must not come of answers that are no lists
        scopes = hold_empty(connection, target, scopes, state.scopes, at)
    if not any(data.read for data in scopes) or any(data.status is ScopeStatus.HELD for data in scopes):
        total = recorded.get("row_count")
        if total is not None:
            ledger.record(connection, ledger.make_unread_entry(target, run_id, at, scopes, state))
        return MergeResult(tuple(scopes), rows_total=total, warnings=tuple(warnings))
    if live is None and not batch.types:
        return MergeResult(tuple(scopes), warnings=(*warnings, tables.NOT_MADE))

    batch, types, more = _add(connection, target, batch, live, state, run_id, at)
    warnings += more
    names, problem = keys.find_usable_key(target, batch, None)
    if problem:
        warnings.append(problem)
        names = ()
    source = AssetSource.derive(
        target,
        types,
        [data.scope for data in scopes],
        recorded.get("asset_rules") or {},
        owners.read_rules(connection),
    )
    newest = SQL("WHERE r.{} = {}").format(Identifier(RUN_ID), Literal(run_id))
    live_table = Identifier(target.schema, target.table)
    key = (
        pairing.compose_key_text(names, "r")
        if names
        else pairing.compose_numbered_keys(live_table, list(types), RUN_AT, newest)
    )
    changes = judging.describe_new_rows(
        target,
        types,
        key,
        newest,
        numbered=not names,
        added=batch.rows,
        baseline=live is None,
        run_id=run_id,
        at=at,
        scopes=scopes,
    )
    warnings += judging.judge(connection, judges, changes)
    counting.begin(connection, fresh=state.recorded is None)
    assets.rebuild(
        connection,
        source,
        key,
        newest,
        numbered=not names,
        fresh=state.recorded is None,
        times=(RUN_AT, RUN_AT),
    )
    since = at.isoformat()
    ledger.record(
        connection,
        ledger.Entry(
            target,
            run_id,
            at,
            scopes,
            {scope: table.num_rows for scope, table in batch.tables.items()},
            batch.rows,
            any_change=True,
            wrote=True,
            keys=names,
            identity={"assets": source.identity},
            columns={name: state.columns.get(name, since) for name in types}
            if batch.types
            else state.columns,
            column_names=batch.note_names(state.names),
            untyped=batch.list_untyped(types, state),
        ),
    )
    counting.settle(connection, target.schema, target.table, at, whole=state.recorded is None)
    return MergeResult(
        tuple(scopes),
        rows_read=batch.rows,
        rows_total=batch.rows,
        added=batch.rows,
        warnings=tuple(warnings),
        baseline=live is None,
        any_change=True,
    )


def _add(
    connection: sa.Connection,
    target: Target,
    batch: Batch,
    live: LiveTable | None,
    state: State,
    run_id: int,
    at: datetime,
) -> tuple[Batch, dict[str, str], Sequence[str]]:
    """Write the rows; returns them as they were written, the table's types, and warnings."""
    table = Identifier(target.schema, target.table)
    constants: Mapping[str, str] = {RUN_ID: str(run_id), RUN_AT: at.isoformat()}
    if live is None:
        types = {name: kind or "text" for name, kind in batch.types.items()}
        run(connection, tables.create(target, types, at))
        copy_tables(connection, table, types, batch.tables, constants)
        return batch, types, ()
    if not batch.types:
        return batch, dict(live.types), ()
    fit = drift.fit(connection, target, batch, live, state)
    altering.adapt(connection, target, fit, live)
    alterations = altering.compose_alterations(target, fit)
    if not alterations and not fit.checked:
        copy_tables(connection, table, fit.types, fit.batch.tables, constants)
        return fit.batch, fit.types, fit.warnings
    # staged first, so that the lock that new columns take is held for a moment only
    stage(connection, fit.staged, fit.batch.tables)
    more = altering.read_staged(connection, fit)
    insert = SQL("INSERT INTO {} ({}) SELECT {}, {}, {}::timestamptz FROM {}").format(
        table,
        compose_columns([SCOPE, *fit.types, *constants]),
        compose_columns([SCOPE, *fit.types]),
        Literal(run_id),
        Literal(constants[RUN_AT]),
        compose_temporary_name(STAGE),
    )
    run(connection, SQL("; ").join([*alterations, insert]))
    return fit.batch, fit.types, (*fit.warnings, *more)
