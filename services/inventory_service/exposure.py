"""What can be reached from outside: who opened, and who closed again, by the change feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from inventory_runner.store.exposure import is_public
from services.models.inventory import TableRef
from services.models.url_values import ONLY_OPENED


def _keep_differing(*states: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The states' values that differ: one door that opens is news, whatever the others do."""
    names = {name for state in states for name in state}
    differing = {name for name in names if len({str(state.get(name)) for state in states}) > 1}
    if "is_public" in names:
        # it already says what the prevention is asked for
        differing.discard("public_access_prevention")
    return [{name: state.get(name) for name in differing} for state in states]


class Turned(NamedTuple):
    """A resource that opened or closed, by its key and scope, and when."""

    at: datetime
    key: str
    scope: str


# the rows of those that opened in the days that the overview looks back and are open still
OPENED_THIS_WEEK = {ONLY_OPENED: "7"}
ByTable = dict[TableRef, list[Turned]]


def list_opened_and_closed(exposures: Iterable[Any]) -> tuple[ByTable, ByTable]:
    """The resources of each table that opened and are open still, and that closed. exposures: the newest first."""
    seen: set[tuple[TableRef, str, str]] = set()
    opened: ByTable = defaultdict(list)
    closed: ByTable = defaultdict(list)
    for row in exposures:
        ref = TableRef(row.schema, row.name)
        if (ref, row.scope, row.key) in seen:
            continue
        seen.add((ref, row.scope, row.key))
        before, after = (is_public(values) for values in _keep_differing(row.before or {}, row.after or {}))
        if after and not before:
            opened[ref].append(Turned(row.at, row.key, row.scope))
        elif before and not after:
            closed[ref].append(Turned(row.at, row.key, row.scope))
    return opened, closed
