"""The app's SQL: a module a noun, each with a class of records on the database engine.

A service is handed the records that it needs. A new workspace's records are one class more, given to its service in
`services.build`; nothing here has to know them.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.db.assets import AssetRecords
from services.db.base import Records
from services.db.changes import ChangeRecords
from services.db.coverage import CoverageRecords
from services.db.drafts import DraftRecords
from services.db.facets import FacetRecords
from services.db.history import HistoryRecords
from services.db.inbox import InboxRecords
from services.db.inventory import InventoryRecords
from services.db.inventory_rows import InventoryRowRecords
from services.db.owners import OwnerRecords
from services.db.pinned_charts import PinnedChartRecords
from services.db.places import PlaceRecords
from services.db.profiles import ProfileRecords
from services.db.providers import ProviderRecords
from services.db.queries import QueryRecords
from services.db.queryable import QueryableRecords
from services.db.related import RelatedRecords
from services.db.runs import RunRecords
from services.db.saved_views import SavedViewRecords
from services.db.schedules import ScheduleRecords
from services.db.visits import VisitRecords
from services.db.watches import WatchRecords


class DatabaseService:
    """The records of the Inventory, IDE, Schedules and Providers, and the fifteen functions that were promised by name.

    These fifteen are the records' own methods; whatever else there is, is called on its records. All of them check
    the user's role; see `services.users`.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.queries = QueryRecords(engine)
        self.drafts = DraftRecords(engine)
        self.saved_views = SavedViewRecords(engine)
        self.history = HistoryRecords(engine)
        self.providers = ProviderRecords(engine)
        self.schedules = ScheduleRecords(engine)
        self.runs = RunRecords(engine)
        self.inventory = InventoryRecords(engine)
        self.rows = InventoryRowRecords(engine)
        self.profiles = ProfileRecords(engine)
        self.pinned_charts = PinnedChartRecords(engine)
        self.changes = ChangeRecords(engine)
        self.assets = AssetRecords(engine)
        self.related = RelatedRecords(engine)
        self.coverage = CoverageRecords(engine)
        self.facets = FacetRecords(engine)
        self.owners = OwnerRecords(engine)
        self.places = PlaceRecords(engine)
        self.queryable = QueryableRecords(engine)
        self.inbox = InboxRecords(engine)
        self.visits = VisitRecords(engine)
        self.watches = WatchRecords(engine)

        self.get_queries = self.queries.get_queries
        self.get_query = self.queries.get_query
        self.save_query = self.queries.save_query
        self.update_query = self.queries.update_query
        self.delete_query = self.queries.delete_query
        self.get_schedules = self.schedules.get_schedules
        self.save_schedule = self.schedules.save_schedule
        self.update_schedule = self.schedules.update_schedule
        self.delete_schedule = self.schedules.delete_schedule
        self.get_provider_config = self.providers.get_provider_config
        self.save_provider_config = self.providers.save_provider_config
        self.delete_provider_config = self.providers.delete_provider_config
        self.get_inventory_tables = self.inventory.get_inventory_tables
        self.get_inventory_preview = self.inventory.get_inventory_preview
        self.refresh_materialised_view = self.inventory.refresh_materialised_view

    def ping(self) -> None:
        """Raises DatabaseUnavailable where Postgres does not answer, SchemaMissing where it has not our schemas."""
        with Records(self.engine).transaction() as connection:
            connection.execute(sa.text("SELECT FROM stackql_app.runs LIMIT 1"))
