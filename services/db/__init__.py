"""The app's SQL: one module a noun, and `DatabaseService`, which is all of them on one engine."""

from __future__ import annotations

import sqlalchemy as sa

from services.db.assets import AssetRecords
from services.db.changes import ChangeRecords
from services.db.drafts import DraftRecords
from services.db.history import HistoryRecords
from services.db.inventory import InventoryRecords
from services.db.providers import ProviderRecords
from services.db.queries import QueryRecords
from services.db.runs import RunRecords
from services.db.schedules import ScheduleRecords


class DatabaseService(
    QueryRecords,
    DraftRecords,
    HistoryRecords,
    ProviderRecords,
    ScheduleRecords,
    RunRecords,
    InventoryRecords,
    ChangeRecords,
    AssetRecords,
):
    """Every record of the app. Methods check the user's role; see `services.users`."""

    def ping(self) -> None:
        """Raises DatabaseUnavailable where Postgres does not answer."""
        with self.transaction() as connection:
            connection.execute(sa.text("SELECT 1"))
