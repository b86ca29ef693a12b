"""What is read of a table, now or as it was: its columns, key and rows as one relation."""

from __future__ import annotations

from datetime import UTC, datetime

from inventory_runner.models import WriteMode
from inventory_runner.store.names import CHANGED, FIRST_SEEN, OWN_COLUMNS
from inventory_runner.store.sql import SQL, Identifier
from services.db.relations import Relation
from services.inventory_service.readings import Readings
from services.models.inventory import TableRef


class TableRelations(Readings):
    """Makes the relations that charts, rows and files of a table read."""

    def relation(self, ref: TableRef, as_of: datetime | None = None, *, own: bool = True) -> Relation:
        """What to read of a table, now or as it was; raises NotFound, and InvalidInput for a time before its history.

        own: with the times at which a row was first seen and changed. Of an append table the newest run's rows.
        """
        columns = self._inventory.list_table_columns(ref)
        summary = self._inventory.read_table_summary(ref, self.clock().astimezone(UTC).date())
        source = self._inventory.read_table_source(ref)
        keys = tuple(source.key_columns) if source else ()
        ignored = set(source.ignored_columns or ()) if source else set()
        hashed = tuple(c.name for c in columns if c.name not in OWN_COLUMNS and c.name not in ignored)
        if as_of is None and summary.write_mode is WriteMode.APPEND:
            as_of = self.clock()
        names = {column.name for column in columns}
        rows, located, statement = summary.rows, True, None
        if as_of is not None:
            found = self._inventory.find_table_as_of(ref, as_of)
            names, statement = set(found.types), SQL("({})").format(found.statement)
            keys, hashed = (
                tuple(k for k in keys if k in names),
                tuple(name for name in hashed if name in names),
            )
            rows, located = None, False
        shown = [column for column in columns if column.name in names and column.name not in OWN_COLUMNS]
        if own:
            shown += [
                column for column in columns if column.name in names and column.name in (FIRST_SEEN, CHANGED)
            ]
        return Relation(
            statement or Identifier(ref.schema, ref.name), tuple(shown), keys, hashed, rows, located
        )
