"""What is read of a result: blocks, charts, exports. Everything is refused to all but the query's owner."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from inventory_runner.errors import InvalidInput
from services.models.limits import MOST_BLOCK_ROWS
from services.models.wording import format_count
from services.query_service import charts, export, results
from services.query_service.folders import QueryFolders
from services.query_service.state import QueryStatus, make_query_unknown, replace_file
from services.users import limit_to_engineers

REMEMBERED_ORDERS = 16
# so many rows the assistant is shown
INTERPRETED_ROWS = 20
TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")


class ResultReader:
    """Reads the results of finished queries; remembers the last orders of rows that were asked for."""

    def __init__(self, folders: QueryFolders) -> None:
        self._folders = folders
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
    ) -> dict[str, Any]:
        """Rows start to end of the sorted and filtered result, and how many match: {"rows", "total"}."""
        if not (0 <= start <= end and end - start <= MOST_BLOCK_ROWS):
            raise InvalidInput(f"A block holds 0 to {MOST_BLOCK_ROWS:,} rows.", field="end")
        table = self._read_table(id)
        key = (id, repr((list(sort), filters, search)))
        with self._lock:
            known = key in self._orders
            indices = self._orders.get(key)
        if not known:
            indices = results.find_matching_rows(table, sort, filters or {}, search)
            with self._lock:
                self._orders[key] = indices
                while len(self._orders) > REMEMBERED_ORDERS:
                    self._orders.popitem(last=False)
        total = table.num_rows if indices is None else len(indices)
        return {"rows": results.list_rows(table, indices, start, min(end, total)), "total": total}

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
        return charts.draw(self._read_table(id), {one["name"]: one["kind"] for one in state.columns}, choice)

    @limit_to_engineers
    def export(self, id: str, format: str, token: str = "") -> tuple[export.Format, Iterator[bytes]]:
        """The whole result in one of `export.FORMATS`, in pieces; `token` names its progress. Raises InvalidInput."""
        folder, state = self._folders.find_own_query(id)
        table = self._read_table(id)
        kind = export.check(table, format)
        json_columns = frozenset(one["name"] for one in state.columns if one["kind"] == "json")
        if token and not TOKEN.fullmatch(token):
            raise InvalidInput("A token is made of letters, digits and -.", field="token")

        def progress(done: int) -> None:
            if token and folder.path.exists():
                # a disk that is full does not keep a file from being sent
                with contextlib.suppress(OSError):
                    replace_file(folder.path / f"export-{token}", f"{done} {table.num_rows}".encode())

        progress(0)
        return kind, export.join_pieces(kind.write(table, json_columns, progress))

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
