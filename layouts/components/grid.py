"""A grid over any number of rows, fetched in blocks as one scrolls: see assets/shared/grid.js for its behaviour.

The rows come from a POST route that takes `{"start", "end", "sort": [{"column", "descending"}], "filters":
{column: its filter}, "search"}` and answers `{"rows": [{column: value}], "total": n}`.
Sorting, filtering and searching are the route's work. Behind that address, at `routes.VALUES`, a route counts the
values of a column, for its filter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dash_ag_grid as dag
from dash import html

from layouts.components import ids
from layouts.components.figures import cover, describe_reading, qualify
from layouts.components.lists import how_many
from services.models.core import UNREAD
from services.models.coverage import NEVER, Reading
from services.models.grid_view import GridView
from services.models.inventory import READ_AT

BLOCK_ROWS = 100
KINDS = ("text", "number", "boolean", "time", "json")
UNREAD_EXPLAINED = (
    f"{UNREAD}: texts that are not of their column's type, by column; the column is empty there"
)


@dataclass(frozen=True)
class GridColumn:
    """kind: text, number, boolean, time or json; a json cell opens formatted.

    title: the header's words, by default the name. width: pixels; by default the content decides.
    options: further AG Grid column options.
    """

    name: str
    kind: str = "text"
    title: str | None = None
    width: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def data_column(name: str, kind: str, title: str | None = None) -> GridColumn:
    """A column of a table or a result; what could not be read has words for its title, and an explanation."""
    if name == UNREAD:
        return GridColumn(name, kind, "could not be read", options={"headerTooltip": UNREAD_EXPLAINED})
    return GridColumn(name, kind, title)


def infinite_grid(
    id: str,
    columns: Sequence[GridColumn],
    url: str,
    reading: Reading,
    *,
    label: str = "Rows",
    empty: str = "No rows.",
    search_input: str | None = None,
    className: str = "",
    foot: bool = True,
    view: GridView | None = None,
    view_store: str = "",
    whole: int | None = None,
) -> html.Div:
    """A grid, filling its container's height, and below it how many rows it has, how sure and how old they are.

    The page has its place and its columns; assets/shared/grid.js moves the one AG Grid of `kept_grid` there.

    search_input: the id of a text input whose words are sent as "search". empty: what is said when there are no rows;
    of what nobody has read that is not known, and the total is "unknown". foot: whether the line below is drawn here.
    view: the filters and the order that it begins with. view_store: the id of a store that is given
    `{"where", "sort"}`, as an address carries them, when they change. whole: how many rows there are without filters.
    Changing the url in a callback fetches the rows anew. Rows with `_read_at` are of scopes that were not read now.
    """
    attributes = {
        "data-url": url,
        "data-empty": empty,
        "data-columns": json.dumps([_definition(column) for column in columns]),
    }
    if search_input is not None:
        attributes["data-search-input"] = search_input
    if view_store:
        attributes["data-view"] = view_store
    if view is not None and (view.filters or view.sort):
        attributes |= {"data-where": view.format_where(), "data-sort": view.format_sort()}
        if whole is not None:
            attributes["data-whole"] = str(whole)
    if reading.as_of is NEVER:
        attributes["data-unknown"] = "true"
    wrapper = _wrap(id, label, attributes, className)
    line = [grid_total(id), *qualify(reading, datetime.now(UTC))] if foot else None
    below = html.Div(line, className="grid-foot", title=describe_reading(reading)) if foot else None
    return cover([wrapper, below], reading, "counted-grid")


def kept_grid() -> html.Div:
    """The grid that every page's rows are shown in, out of sight where the page has none.

    It is part of the frame, not of a page, since to make AG Grid anew takes three times as long as to give it other
    columns and rows. Made when the browser is idle, or when the first page asks for it.
    """
    return html.Div(
        id=ids.KEPT_GRID_PLACE,
        className="kept-grid",
        **{"data-grid": json.dumps(_make_grid().to_plotly_json())},
    )


def _make_grid() -> dag.AgGrid:
    return dag.AgGrid(
        id=ids.KEPT_GRID,
        columnDefs=[],
        defaultColDef={
            "resizable": True,
            "sortable": True,
            # assets/shared/column_filter.js
            "filter": {"function": "inventoryColumnFilter"},
            "minWidth": 60,
        },
        rowModelType="infinite",
        dashGridOptions={
            "theme": {"function": "inventoryGridTheme(themeQuartz)"},
            "popupParent": {"function": "inventoryPopups()"},
            "cacheBlockSize": BLOCK_ROWS,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": 1,
            "blockLoadDebounceMillis": 10,
            "enableCellTextSelection": True,
            "suppressFieldDotNotation": True,
            "suppressDragLeaveHidesColumns": True,
            "animateRows": False,
            # the widths come with the first rows: heads would slide to their places above them
            "suppressColumnMoveAnimation": True,
            "ensureDomOrder": True,
            # rows beyond the edge come after the first ones
            "rowBuffer": 0,
            "suppressNoRowsOverlay": True,
            # rows are chosen to be copied, by a click, and with Shift or Ctrl more of them
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": False,
                "headerCheckbox": False,
                "enableClickSelection": True,
            },
            "rowClassRules": {"stale-row": "inventoryIsStale(params)"},
        },
        style={"height": "100%", "width": "100%"},
    )


def _wrap(id: str, label: str, attributes: Mapping[str, str], className: str = "") -> html.Div:
    return html.Div(
        id=id,
        className=f"infinite-grid {className}".strip(),
        role="region",
        **{"aria-label": label},
        **attributes,
    )


def read_at_column() -> GridColumn:
    """When a row was last read, where not in the newest run: assets/shared/grid.js words both."""
    explained = (
        "When the row was read: in its table's last run, or before that, where its scope could not be read"
    )
    return GridColumn(
        READ_AT,
        "time",
        "last read",
        width=150,
        options={
            "sortable": False,
            "filter": False,
            "headerTooltip": explained,
            # by name: assets/shared/grid.js puts the function in its place
            "valueFormatter": "inventoryReadAt",
        },
    )


def fillable_grid(id: str, *, label: str, empty: str, search_input: str) -> html.Div:
    """A grid without columns at first: `grid.fill` of assets/shared/grid.js gives it some, and others later.

    How sure and how old its rows are is said by what stands around it.
    """
    definitions = {kind: _definition(data_column("", kind)) for kind in KINDS}
    known = {UNREAD: _definition(data_column(UNREAD, "json"))}
    attributes = {
        "data-url": "",
        "data-columns": "[]",
        "data-empty": empty,
        "data-search-input": search_input,
        "data-definitions": json.dumps(definitions),
        "data-known": json.dumps(known),
    }
    return _wrap(id, label, attributes)


def grid_total(id: str, className: str = "") -> html.Span:
    """Where the number of rows of the grid `id` is shown: `1,204 rows`, or `37 of 1,204 rows` when filtered."""
    return how_many(None, f"grid-total {className}".strip(), **{"data-grid-total": id})


def _definition(column: GridColumn) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "field": column.name,
        "colId": column.name,
        "headerName": column.title or column.name,
        "cellClass": f"cell-{column.kind}",
        "headerTooltip": column.name,
        "context": {"kind": column.kind},
    }
    if column.kind == "number":
        definition["headerClass"] = "ag-right-aligned-header"
    if column.title:
        # the product's own column: words, not the name of a column of the data
        definition["headerClass"] = f"{definition.get('headerClass', '')} own-column".strip()
    if column.width:
        definition["width"] = column.width
        definition["suppressAutoSize"] = True
    return {**definition, **column.options}
