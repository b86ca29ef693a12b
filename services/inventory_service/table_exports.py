"""Tables, and the list of all resources, as files: all rows, or those that a grid shows, in its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from services.db.assets import PLACE
from services.db.relations import Relation
from services.inventory_service.downloads import Downloads
from services.inventory_service.records import PageRecords
from services.inventory_service.table_charts import TableCharts
from services.models.coverage import Reading
from services.models.inventory import TableRef
from services.models.resource_filter import fix, parse_filter
from services.models.selection import Selection

if TYPE_CHECKING:
    from services.inventory_service.export import TablePieces


class PreparedFile(NamedTuple):
    """A file that can be fetched. token: names its rows, empty for all; filtered: whether these are not all."""

    token: str
    suffix: str
    filtered: bool
    reading: Reading


class TableFile(NamedTuple):
    """Rows as a file in pieces, which somebody has to close, and what was read of them."""

    suffix: str
    mimetype: str
    pieces: TablePieces
    reading: Reading
    filtered: bool


class _Source(NamedTuple):
    """What a file is made of. read_at: a row's `_scope` → when that was last read whole. filtered: not all rows."""

    relation: Relation
    selection: Selection
    read_at: Mapping[str, datetime | None]
    reading: Reading
    filtered: bool


class TableExports(TableCharts):
    """Prepares the files, which refuses what can be refused, and makes them."""

    def __init__(self, records: PageRecords, clock: Callable[[], datetime], downloads: Downloads) -> None:
        super().__init__(records, clock)
        self._assets = records.assets
        self._downloads = downloads

    def prepare_export(
        self,
        ref: TableRef,
        format: str,
        selection: Selection,
        as_of: datetime | None = None,
        only: Mapping[str, str] | None = None,
    ) -> PreparedFile:
        """Keep what a grid shows of a table for `export`, which takes its token.

        Raises NotFound, InvalidInput, TooSlow, TooManyDownloads.
        """
        return self._prepare(self._choose_rows(ref, selection, as_of, only or {}), selection, format)

    def export(
        self,
        ref: TableRef,
        format: str,
        as_of: datetime | None = None,
        only: Mapping[str, str] | None = None,
        has_left: Callable[[], bool] = lambda: False,
        token: str = "",
    ) -> TableFile:
        """A table as a file, or its rows with these values; the file says what was read, and of each row when.

        has_left: whether nobody waits for it any more, which ends the work. token: of what was prepared; empty for all
        rows. Raises NotFound, InvalidInput, TooManyDownloads.
        """
        selection = self._downloads.selections.find(token)
        return self._write(self._choose_rows(ref, selection, as_of, only or {}), format, has_left)

    def prepare_asset_export(
        self, wanted: Mapping[str, str], format: str, selection: Selection
    ) -> PreparedFile:
        """As `prepare_export`, of the resources that `assets` would give."""
        return self._prepare(self._choose_assets(wanted, selection), selection, format)

    def export_assets(
        self,
        wanted: Mapping[str, str],
        format: str,
        has_left: Callable[[], bool] = lambda: False,
        token: str = "",
    ) -> TableFile:
        """As `export`, of all resources that have these values."""
        selection = self._downloads.selections.find(token)
        return self._write(self._choose_assets(wanted, selection), format, has_left)

    def _choose_rows(
        self, ref: TableRef, selection: Selection, as_of: datetime | None, only: Mapping[str, str]
    ) -> _Source:
        relation = self._narrowing.narrow(ref, self.relation(ref, as_of), only, as_of)
        scopes = self._narrowing.list_scopes(ref, as_of)
        read_at = {one.scope.key: one.ok_at for one in scopes}
        reading = self._read_part(ref, scopes, only, as_of)
        return _Source(relation, selection, read_at, reading, bool(only) or selection.narrows)

    def _choose_assets(self, wanted: Mapping[str, str], selection: Selection) -> _Source:
        asked = fix(parse_filter(selection.search), wanted)
        read_at = {
            PLACE.join((ref.schema, ref.name, scope)): at
            for ref, scope, at in self._coverage.list_read_times()
        }
        return _Source(
            self._assets.relate_assets_by_place(asked),
            replace(selection, search=" ".join(asked.words)),
            read_at,
            self.read_resources_reading(wanted),
            bool(wanted) or selection.narrows,
        )

    def _prepare(self, source: _Source, asked: Selection, format: str) -> PreparedFile:
        from services.inventory_service import export

        rows = self._rows.count_rows(source.relation, source.selection)
        kind = export.check(source.relation.columns, format, rows or 0)
        self._downloads.enter(lambda: False).close()
        token = "" if asked.is_everything else self._downloads.selections.keep(asked)
        return PreparedFile(token, kind.suffix, source.filtered, source.reading)

    def _write(self, source: _Source, format: str, has_left: Callable[[], bool]) -> TableFile:
        from services.inventory_service import export

        relation = source.relation
        kind = export.check(relation.columns, format, 0 if source.filtered else relation.rows or 0)
        pieces = export.write(
            relation.columns,
            self._rows.iterate_row_texts(relation, source.selection),
            format,
            source.read_at,
            self._downloads.enter(has_left),
        )
        return TableFile(kind.suffix, kind.mimetype, pieces, source.reading, source.filtered)
