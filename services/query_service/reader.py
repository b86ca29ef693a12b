"""What is read of a result: blocks, charts, exports. Everything is refused to all but the query's owner."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from inventory_runner.engines.values import cut
from inventory_runner.errors import InvalidInput
from services.db.inventory_rows import TooSlow
from services.models.column_values import ColumnValues
from services.models.limits import MOST_BLOCK_ROWS
from services.models.selection import ALL_ROWS, Selection
from services.models.windows import check_window, fit_rows
from services.models.wording import format_count
from services.query_service import charts, column_values, export, results
from services.query_service.folders import QueryFolders, translate_folder_errors
from services.query_service.state import QueryStatus, make_query_unknown, replace_file
from services.turns import ClientLeft, FairTurns
from services.users import current_user, limit_to_engineers

if TYPE_CHECKING:
    from services.inventory_service.downloads import Download, Downloads
    from services.inventory_service.export import TablePieces

REMEMBERED_ORDERS = 16
# of a sort, a filter or a search, its waiting for a turn among them
SEARCH_SECONDS = 30
# so many rows the assistant is shown
INTERPRETED_ROWS = 20
TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")


class ResultReader:
    """Reads the results of finished queries; remembers the last orders of rows that were asked for."""

    def __init__(self, folders: QueryFolders, downloads: Downloads) -> None:
        self._folders = folders
        self._downloads = downloads
        self._searches = FairTurns()
        self._lock = threading.Lock()
        self._orders: OrderedDict[tuple[str, str], pa.Array | None] = OrderedDict()

    @limit_to_engineers
    def block(
        self,
        id: str,
        start: int,
        end: int,
        sort: Sequence[Mapping[str, Any]] = (),
        filters: Mapping[str, Any] | None = None,
        search: str = "",
        whole: str = "",
        has_left: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Rows of the sorted and filtered result, and how many match: {"rows", "total", "cut"}, as `fit_rows` has them.

        From start on as many as fit into a block, at most to end. whole: a column whose cell is given whole, of one
        row. has_left: whether nobody waits for it any more, which ends the work. Raises TooManySearches, TooSlow.
        """
        if not (0 <= start <= end and end - start <= MOST_BLOCK_ROWS):
            raise InvalidInput(f"A block holds 0 to {MOST_BLOCK_ROWS:,} rows.", field="end")
        table = self._read_table(id)
        indices = self._remember_order(id, table, Selection(filters or {}, sort, search), has_left)
        total = table.num_rows if indices is None else len(indices)
        end = min(end, total, start + 1 if whole else end)
        rows, cut = fit_rows(results.iterate_rows(table, indices, start, end), table.num_columns, whole)
        return {"rows": rows, "total": total, "cut": cut}

    def _remember_order(
        self, id: str, table: pa.Table, selection: Selection, has_left: Callable[[], bool]
    ) -> pa.Array | None:
        """The indices of the selection's rows, in its order; None for all as they are."""
        key = (id, repr((list(selection.sort), dict(selection.filters), selection.search)))
        with self._lock:
            known = key in self._orders
            indices = self._orders.get(key)
        if not known:
            indices = self._find_order(table, selection, has_left)
            with self._lock:
                self._orders[key] = indices
                while len(self._orders) > REMEMBERED_ORDERS:
                    self._orders.popitem(last=False)
        return indices

    def _find_order(
        self, table: pa.Table, selection: Selection, has_left: Callable[[], bool]
    ) -> pa.Array | None:
        sort, filters, search = selection.sort, selection.filters, selection.search
        if not sort and not filters and not search:
            return None
        check_window(sort, filters, search)
        check = self._limit_search(has_left)
        with self._searches.take(current_user().name, check):
            return results.find_matching_rows(table, sort, filters, search, check)

    @staticmethod
    def _limit_search(has_left: Callable[[], bool]) -> Callable[[], None]:
        """A function that raises once nobody waits any more, or SEARCH_SECONDS are over."""
        deadline = time.monotonic() + SEARCH_SECONDS

        def check() -> None:
            if has_left():
                raise ClientLeft
            if time.monotonic() > deadline:
                raise TooSlow(f"The search was stopped after {SEARCH_SECONDS} seconds.")

        return check

    @limit_to_engineers
    def count_values(
        self,
        id: str,
        column: str,
        filters: Mapping[str, Any] | None = None,
        search: str = "",
        has_left: Callable[[], bool] = lambda: False,
    ) -> ColumnValues:
        """How often a column's values occur in the rows that match; raises InvalidInput, TooManySearches, TooSlow.

        has_left: whether nobody waits for it any more, which ends the work.
        """
        _, state = self._folders.find_own_query(id)
        table = self._read_table(id)
        ordered = all(
            one["kind"] not in ("json", "boolean") for one in state.columns if one["name"] == column
        )
        check_window((), filters or {}, search)
        check = self._limit_search(has_left)
        with self._searches.take(current_user().name, check):
            indices = results.find_matching_rows(table, (), filters or {}, search, check)
            return column_values.count_values(table, column, indices, ordered=ordered, check=check)

    @limit_to_engineers
    def list_whole_rows(self, id: str, most: int) -> list[dict[str, Any]]:
        """The first rows with all of their cells."""
        table = self._read_table(id)
        return results.list_rows(table, None, 0, min(most, table.num_rows))

    @limit_to_engineers
    def interpret_rows(self, id: str, limit: int = INTERPRETED_ROWS) -> str:
        """The first rows as a Markdown table."""
        return results.format_markdown(self._read_table(id), limit)

    @limit_to_engineers
    def describe(self, id: str) -> str:
        """What the assistant is told of a result: how much of it this is, the statement, and the first rows.

        Raises NotFound where the result is no longer kept, InvalidInput where there is none.
        """
        _, state = self._folders.find_own_query(id)
        table = self.interpret_rows(id)
        shown = min(INTERPRETED_ROWS, state.rows)
        return (
            f"the first {shown} of {format_count(state.rows, 'row')}.\n\n"
            f"```sql\n{state.sql.strip()}\n```\n\n{table}"
        )

    @limit_to_engineers
    def chart(self, id: str, choice: charts.Choice | None = None) -> charts.Chart:
        """The result drawn as chosen, or as its columns suggest."""
        _, state = self._folders.find_own_query(id)
        if choice is not None:
            check_window((), {}, choice.filter)
        kinds = {one["name"]: one["kind"] for one in state.columns}
        with self._searches.take(current_user().name, lambda: None):
            return charts.draw(self._read_table(id), kinds, choice)

    def _prepare_export(
        self, id: str, format: str, token: str, selection: Selection, has_left: Callable[[], bool]
    ) -> tuple[export.Format, pa.Table, pa.Array | None, export.Progress]:
        folder, _ = self._folders.find_own_query(id)
        table = self._read_table(id)
        if token and not TOKEN.fullmatch(token):
            raise InvalidInput("A token is made of letters, digits and -.", field="token")
        indices = self._remember_order(id, table, selection, has_left)
        rows = table.num_rows if indices is None else len(indices)
        kind = export.check(table if indices is None else cut(table, 0, rows), format)

        def progress(done: int) -> None:
            if token and folder.path.exists():
                # a disk that is full does not keep a file from being sent
                with contextlib.suppress(OSError):
                    replace_file(folder.path / f"export-{token}", f"{done} {rows}".encode())

        return kind, table, indices, progress

    @limit_to_engineers
    def prepare_export(
        self,
        id: str,
        format: str,
        token: str = "",
        shown: Selection = ALL_ROWS,
        has_left: Callable[[], bool] = lambda: False,
    ) -> tuple[export.Format, str]:
        """The format, where an export would begin now, and a token of the rows that are shown; empty for all rows.

        Raises InvalidInput, TooManyDownloads, TooManySearches, TooSlow.
        """
        kind, _, _, _ = self._prepare_export(id, format, token, shown, has_left)
        self._downloads.enter(lambda: False).close()
        return kind, "" if shown.is_everything else self._downloads.selections.keep(shown)

    @limit_to_engineers
    def export(
        self,
        id: str,
        format: str,
        token: str = "",
        has_left: Callable[[], bool] = lambda: False,
        selection: str = "",
    ) -> tuple[export.Format, TablePieces, bool]:
        """The result in one of `export.FORMATS`, in pieces that have to be closed, and whether rows are left out.

        It is a download like those of tables, and counts as one. token: names its progress. has_left: whether nobody
        waits for it any more, which ends the work. selection: the token of the rows that are shown; empty for all.
        Raises NotFound, InvalidInput, TooManyDownloads, TooManySearches, TooSlow.
        """
        from services.inventory_service.export import TablePieces, convert_in_turn

        shown = self._downloads.selections.find(selection)
        kind, table, indices, progress = self._prepare_export(id, format, token, shown, has_left)
        _, state = self._folders.find_own_query(id)
        json_columns = frozenset(one["name"] for one in state.columns if one["kind"] == "json")
        download = self._downloads.enter(has_left)

        def iterate_pieces() -> Generator[bytes, None, None]:
            with closing(download):
                chosen = table if indices is None else _take_rows(table, indices, download)
                yield from convert_in_turn(kind, chosen, json_columns, download, progress)

        progress(0)
        return kind, TablePieces(iterate_pieces(), download), shown.narrows

    @limit_to_engineers
    def describe_export_loss(self, id: str, format: str) -> str:
        """What the format will not hold of the result, before it is saved; empty where it holds all."""
        return export.describe_cut(self._read_table(id)) if format == "xlsx" else ""

    @limit_to_engineers
    def export_progress(self, id: str, token: str) -> tuple[int, int]:
        """Rows written so far and rows in all; (0, rows) before it starts."""
        folder, state = self._folders.find_own_query(id)
        if not TOKEN.fullmatch(token):
            raise InvalidInput("A token is made of letters, digits and -.", field="token")
        try:
            done, total = (folder.path / f"export-{token}").read_text().split()
        except FileNotFoundError:
            return 0, state.rows
        return int(done), int(total)

    def _read_table(self, id: str) -> pa.Table:
        folder, state = self._folders.find_own_query(id)
        if state.status is not QueryStatus.SUCCEEDED:
            raise InvalidInput("The query has no result.", field="id", hint="Run it again.")
        # a result can be read where nothing can be written
        with contextlib.suppress(OSError):
            folder.renew()
        try:
            return results.read(folder.result)
        except FileNotFoundError:
            raise make_query_unknown() from None


def _take_rows(table: pa.Table, indices: pa.Array, download: Download) -> pa.Table:
    """The rows in the order of the indices, on the disk: they may be most of a result that memory does not hold."""
    with (
        translate_folder_errors(download.arrow.parent),
        pa.OSFile(str(download.arrow), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        for start in range(0, len(indices), export.BATCH_ROWS):
            with download.converting.take(download.check_client):
                writer.write_table(results.take_rows(table, indices.slice(start, export.BATCH_ROWS)))
            download.check_room()
    return results.read(download.arrow)
