"""Judges of a merge: what they are shown, and that one that fails costs no more than a warning.

They are called in the merge's transaction, each behind a SAVEPOINT: what a judge found is committed together with the
rows that it judged, and a judge that fails, whatever way, is undone alone. Without judges nothing is executed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg2
import sqlalchemy as sa

from inventory_runner.errors import DatabaseUnavailable, InventoryError
from inventory_runner.store.copying import STAGE
from inventory_runner.store.difference import DIFF, Difference
from inventory_runner.store.model import Changes, Judge, ScopeData, Target
from inventory_runner.store.names import SCOPE
from inventory_runner.store.pairing import Plan
from inventory_runner.store.sql import (
    NOTHING,
    SQL,
    Composable,
    Identifier,
    Literal,
    compose_temporary_name,
    run,
)

log = logging.getLogger(__name__)

# of a judge's statements each; meanwhile the merge holds the table against other writers, not against readers
STATEMENT_SECONDS = 60.0
SAVEPOINT = "inventory_judge"
LONGEST_REASON = 300


def describe_difference(
    plan: Plan,
    found: Difference,
    before: Mapping[str, str],
    *,
    run_id: int,
    at: datetime,
    scopes: Sequence[ScopeData],
) -> Changes:
    """What `inventory_diff` says, before it is applied. before: the live table's columns → types."""
    return Changes(
        plan.target,
        run_id,
        at,
        tuple(scopes),
        rows=SQL(
            "(SELECT kind, scope, key, live AS old, stage AS new FROM {} WHERE kind NOT IN ('k', 'o'))"
        ).format(compose_temporary_name(DIFF)),
        old=plan.live,
        new=compose_temporary_name(STAGE),
        old_types=before,
        new_types=plan.fit.types,
        added=found.total("added"),
        removed=found.total("removed"),
        changed=found.total("changed"),
        filled=found.total("filled"),
    )


def describe_new_rows(
    target: Target,
    types: Mapping[str, str],
    key: Composable,
    where: Composable = NOTHING,
    *,
    numbered: bool,
    added: int,
    baseline: bool,
    run_id: int,
    at: datetime,
    scopes: Sequence[ScopeData],
) -> Changes:
    """Rows r of the table that were written without a comparison. key, where, numbered: as for `assets.rebuild`."""
    live = Identifier(target.schema, target.table)
    return Changes(
        target,
        run_id,
        at,
        tuple(scopes),
        rows=SQL(
            "(SELECT 'a' AS kind, r.{scope} AS scope, k.key AS key, NULL::tid AS old, r.ctid AS new"
            " FROM {live} r JOIN ({key}) k ON k.at = r.ctid)"
            if numbered
            else "(SELECT 'a' AS kind, r.{scope} AS scope, {key} AS key, NULL::tid AS old, r.ctid AS new"
            " FROM {live} r {where})"
        ).format(scope=Identifier(SCOPE), live=live, key=key, where=where),
        old=live,
        new=live,
        old_types=types,
        new_types=types,
        added=added,
        baseline=baseline,
    )


def judge(connection: sa.Connection, judges: Sequence[Judge], changes: Changes) -> list[str]:
    """Call each judge in turn; returns their warnings, and a sentence for each that failed.

    Raises DatabaseUnavailable where the connection is lost, and what Postgres says where a judge has ended the
    transaction, since there is no merge to go on with then.
    """
    if not judges:
        return []
    timeout = connection.exec_driver_sql("SELECT current_setting('statement_timeout')").scalar_one()
    return [sentence for one in judges for sentence in _call(connection, one, changes, timeout)]


def _call(connection: sa.Connection, one: Judge, changes: Changes, timeout: str) -> list[str]:
    """One judge behind a savepoint. timeout: what bounds the merge's own statements."""
    connection.exec_driver_sql(
        f"SAVEPOINT {SAVEPOINT}; SET LOCAL statement_timeout = {round(STATEMENT_SECONDS * 1000)}"
    )
    try:
        warnings = list(one.judge(connection, changes))
        # refused where a statement of the judge failed and it went on as if nothing were
        run(
            connection,
            SQL("RELEASE SAVEPOINT {}; SET LOCAL statement_timeout = {}").format(
                Identifier(SAVEPOINT), Literal(timeout)
            ),
        )
    except Exception as error:
        if connection.invalidated:
            raise DatabaseUnavailable(
                "The connection was lost while a merge was judged.", details=_explain_failure(error)
            ) from error
        # takes the timeout back as well
        connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}; RELEASE SAVEPOINT {SAVEPOINT}")
        target = changes.target
        log.warning("%s failed to judge %s.%s", one.name, target.schema, target.table, exc_info=error)
        return [f"The table was written. {one.name} could not judge it: {_explain_failure(error)}"]
    return warnings


def _explain_failure(error: Exception) -> str:
    if isinstance(error, InventoryError):
        return f"{error.title}: {error.message}"
    if isinstance(error, sa.exc.DBAPIError | psycopg2.Error):
        said = " ".join(str(getattr(error, "orig", error)).split())
        return f"Postgres refused: {said[:LONGEST_REASON]}"
    return f"a defect ({type(error).__name__}); see the run's log."
