"""The Rows tab of a table's page: the grid, the time that it shows, and the table as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.exports import export_menu
from layouts.components.grid import GridColumn, data_column, grid_total, infinite_grid
from layouts.components.menu import link_entry
from layouts.components.page import Children, hidden_label, icon, panel
from layouts.inventory import addresses, ids
from services.models import routes
from services.models.inventory import ColumnInfo, TableDetail, TableRef
from services.models.url_values import end_of, format_only
from services.models.wording import format_exact_time, format_minute

TIME_EXAMPLE = "2026-11-13 19:11"
OWN_TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}


def rows_tab(table: TableDetail, as_of: str, find: str) -> list[Any]:
    """The grid with its search, the date it shows, and the exports."""
    partial = table.summary.partial and not as_of
    return [
        panel(
            [
                hidden_label(
                    "Filter rows",
                    dbc.Input(
                        id=ids.ROWS_FIND,
                        type="search",
                        placeholder="Filter rows",
                        value=find,
                        size="sm",
                        className="rows-find",
                    ),
                ),
                html.Label(
                    [
                        html.Span("As of (UTC)"),
                        # text: the browser's own field writes 11/13/2026 or 13.11.2026, as its language does
                        dbc.Input(
                            id=ids.ROWS_AS_OF,
                            value=format_minute(at) if (at := end_of(as_of)) else "",
                            placeholder=TIME_EXAMPLE,
                            pattern=r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?",
                            maxlength=len(TIME_EXAMPLE),
                            autocomplete="off",
                            size="sm",
                            debounce=True,
                        ),
                    ],
                    className="as-of",
                    title="The table as it was at this time, or at this day's end; empty shows it as it is now",
                ),
                html.Span(id=ids.ROWS_NOTE, className="rows-note"),
            ],
            html.Div(id=ids.ROWS_BODY, className="grid-box"),
            [grid_total(ids.ROWS_GRID), html.Span(id=ids.ROWS_EXPORTS)],
            "grid-panel",
        ),
        html.P(
            [
                icon("bi-info-circle"),
                " Some scopes (a region, project or account) could not be read. Their rows are from the last time. ",
                dcc.Link("Coverage", href=addresses.table(table.ref, "coverage")),
            ],
            className="tone-warning partial-line",
        )
        if partial
        else None,
    ]


def rows_note(ref: TableRef, at: datetime | None, as_of: str, only: Mapping[str, str]) -> list[Any]:
    """What the rows are narrowed to: a time, values of columns."""
    words: list[Any] = [f"as it was at {format_exact_time(at)}"] if at else []
    if only:
        named = ", ".join(f"{OWN_TITLES.get(name, name)} {value}" for name, value in only.items())
        everything = dcc.Link("Show all rows", href=addresses.table(ref, asof=as_of))
        words += [", " if words else "", f"only {named}. ", everything]
    return words


def explain_no_time(text: str) -> str:
    """What is said of a text that is no time."""
    return f"“{text}” is no time: write it as {TIME_EXAMPLE}. These are the rows as they are now."


def exports(ref: TableRef, as_of: str, only: Mapping[str, str]) -> html.Span:
    """The table as a file: all of it, or those rows that have the values."""

    def entry(format: str, words: Children) -> html.A:
        href = addresses.table_data(
            ref, routes.TABLE_EXPORT, format=format, asof=as_of, only=format_only(only)
        )
        return link_entry(words, href, download="")

    return export_menu(entry)


def resource_link_column(base: str) -> GridColumn:
    """The narrow first column that leads to the row's resource. base: the address its key is added to."""
    return GridColumn(
        "_key",
        title=" ",
        width=36,
        options={
            "cellRenderer": "InventoryResourceLink",
            "sortable": False,
            "filter": False,
            "pinned": "left",
            "resizable": False,
            "headerTooltip": "Opens the resource",
            "minWidth": 36,
            "cellClass": "resource-link",
            "context": {"kind": "text", "base": base},
            "tooltipValueGetter": None,
        },
    )


def rows_grid(ref: TableRef, columns: Sequence[ColumnInfo], as_of: str, only: Mapping[str, str]) -> html.Div:
    """The table's rows in blocks, or those that have the values; the first column leads to the resource."""
    return infinite_grid(
        ids.ROWS_GRID,
        [
            resource_link_column(addresses.table(ref)),
            *(data_column(column.name, column.kind, OWN_TITLES.get(column.name)) for column in columns),
        ],
        addresses.table_data(ref, routes.TABLE_ROWS, asof=as_of, only=format_only(only)),
        label=f"Rows of {ref.label}",
        empty="No row has these values." if only else "There were no rows then." if as_of else "No rows.",
        search_input=ids.ROWS_FIND,
    )
