"""The rows of a table that an address narrows it to: by values, by region, by what was read, by what became public."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from inventory_runner.errors import InvalidInput
from inventory_runner.store import Target, compose_row_region
from inventory_runner.store.model import SETTLED
from services.db import relations
from services.db.coverage import CoverageRecords
from services.db.inventory import InventoryRecords
from services.db.relations import Relation
from services.inventory_service.exposure import list_opened_and_closed
from services.models.inventory import ScopeState, TableRef
from services.models.url_values import (
    ONLY_ACCOUNT,
    ONLY_OPENED,
    ONLY_OWNER,
    ONLY_REGION,
    ONLY_STALE,
    ONLY_WORDS,
)

LONGEST_LOOK_BACK = 90


class RowNarrowing:
    """Narrows a relation; clock: the time."""

    def __init__(
        self, inventory: InventoryRecords, coverage: CoverageRecords, clock: Callable[[], datetime]
    ) -> None:
        self._inventory = inventory
        self._coverage = coverage
        self._clock = clock

    def narrow(
        self, ref: TableRef, relation: Relation, only: Mapping[str, str], at: datetime | None
    ) -> Relation:
        """The relation's rows that have these values; raises InvalidInput for a column that is not there.

        only: column → value, or one of the words of `url_values`. at: the moment that the relation shows.
        """
        values = {name: v for name, v in only.items() if name not in ONLY_WORDS}
        relation = relations.narrow_to_values(relation, values)
        if ONLY_REGION in only:
            relation = self._narrow_to_region(ref, relation, only[ONLY_REGION])
        if ONLY_STALE in only:
            unread = [one.scope.key for one in self.list_scopes(ref, at) if one.status not in SETTLED]
            relation = relations.narrow_to_scopes(relation, unread)
        if ONLY_OPENED in only:
            relation = self._narrow_to_opened(ref, relation, only[ONLY_OPENED])
        of_assets = {
            column: only[word]
            for word, column in ((ONLY_ACCOUNT, "account"), (ONLY_OWNER, "owner"))
            if word in only
        }
        if of_assets:
            if at is not None:
                raise InvalidInput(
                    "Whose a resource was at a past moment is not kept.",
                    hint="Remove the account and the owner, or go back to now.",
                    field="only",
                )
            relation = relations.narrow_to_assets(ref, relation, of_assets)
        return relation

    def list_scopes(self, ref: TableRef, at: datetime | None = None) -> list[ScopeState]:
        """How every scope stands, or stood at a moment."""
        if at is None:
            return self._inventory.list_table_scopes(ref)
        return self._coverage.list_scopes_at(ref, at)

    def _narrow_to_region(self, ref: TableRef, relation: Relation, region: str) -> Relation:
        summary = self._inventory.read_table_summary(ref, self._clock().date())
        source = self._inventory.read_table_source(ref)
        known = {column.name for column in relation.columns}
        types = {
            column.name: column.type
            for column in self._inventory.list_table_columns(ref)
            if column.name in known
        }
        expression = compose_row_region(
            Target(
                ref.schema,
                ref.name,
                provider=summary.provider,
                service=summary.service,
                resource=summary.resource,
            ),
            types,
            [one.scope for one in self._inventory.list_table_scopes(ref)],
            source.asset_rules if source else {},
        )
        return relations.narrow_to_region(relation, expression, region)

    def _narrow_to_opened(self, ref: TableRef, relation: Relation, days: str) -> Relation:
        if not days.isdigit() or not 1 <= int(days) <= LONGEST_LOOK_BACK:
            raise InvalidInput(f"The address may look back 1 to {LONGEST_LOOK_BACK} days.", field="only")
        signals = self._inventory.list_signals(self._clock() - timedelta(days=int(days)), "")
        opened, _ = list_opened_and_closed([row for row in signals if row.kind == "exposure"])
        # rows that are alike are numbered in the feed
        pairs = [
            (one.key if relation.keys else one.key.partition("#")[0], one.scope)
            for one in opened.get(ref, [])
        ]
        return relations.narrow_to_resources(relation, pairs)
