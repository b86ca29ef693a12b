"""The records that the inventory's pages read, handed on as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from services.db import DatabaseService
from services.db.assets import AssetRecords
from services.db.changes import ChangeRecords
from services.db.coverage import CoverageRecords
from services.db.facets import FacetRecords
from services.db.inventory import InventoryRecords
from services.db.inventory_rows import InventoryRowRecords
from services.db.pinned_charts import PinnedChartRecords
from services.db.profiles import ProfileRecords
from services.db.related import RelatedRecords


@dataclass(frozen=True)
class PageRecords:
    """Each page's part of the service takes what it needs of them."""

    inventory: InventoryRecords
    rows: InventoryRowRecords
    changes: ChangeRecords
    assets: AssetRecords
    coverage: CoverageRecords
    facets: FacetRecords
    related: RelatedRecords
    profiles: ProfileRecords
    pins: PinnedChartRecords

    @classmethod
    def of(cls, db: DatabaseService) -> Self:
        """Those of a database."""
        return cls(
            inventory=db.inventory,
            rows=db.rows,
            changes=db.changes,
            assets=db.assets,
            coverage=db.coverage,
            facets=db.facets,
            related=db.related,
            profiles=db.profiles,
            pins=db.pinned_charts,
        )
