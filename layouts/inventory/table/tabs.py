"""The tabs of a table's page: its header, rows, charts, coverage and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from layouts.components.charts import provider_colour
from layouts.components.feedback import empty_state, note, relative_time, status_badge
from layouts.components.grid import GridColumn, grid_total, infinite_grid
from layouts.components.page import icon, labelled, panel
from layouts.inventory import addresses, ids
from layouts.inventory.tables import age, coverage, today
from services.models.core import WriteMode
from services.models.inventory import ColumnInfo, ScopeState, TableDetail, TableRef
from services.models.url_values import end_of, only_text

OWN_TITLES = {"_first_seen_at": "first seen", "_changed_at": "changed"}
FORMATS = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))


def header(table: TableDetail, now: datetime) -> list[Any]:
    """The table's name and the four things one asks first: how much, how sure, how old, what moved."""
    summary = table.summary
    origin = ".".join(part for part in (summary.provider, summary.service, summary.resource) if part)
    facts = [
        (
            "Rows",
            f"{summary.rows:,}"
            if summary.rows is not None
            else html.Span("unknown", className="text-muted-2"),
        ),
        ("Today", today(summary, now)),
        ("Coverage", coverage(summary)),
        ("Updated", age(summary, now)),
    ]
    return [
        html.Div(
            [
                html.H1(table.ref.label, className="page-title"),
                html.P(
                    [
                        html.Span(
                            className="provider-dot", style={"background": provider_colour(summary.provider)}
                        ),
                        origin or "unknown origin",
                        f" · {table.description}" if table.description else "",
                    ],
                    className="page-subtitle",
                ),
            ]
        ),
        html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
    ]


def never_loaded(table: TableDetail, engineer: bool) -> html.Div:
    """A table that has a schedule and no data."""
    return empty_state(
        "bi-hourglass-split",
        "This table has never been loaded",
        "Its rows are not known. They appear with the first run that succeeds.",
        dcc.Link(
            "Open its schedule",
            href=f"/schedules?schedule={table.summary.schedule_id}",
            className="btn btn-primary",
        )
        if engineer and table.summary.schedule_id
        else None,
    )


def rows(table: TableDetail, as_of: str, find: str) -> list[Any]:
    """The grid with its search, the date it shows, and the exports."""
    partial = table.summary.partial and not as_of
    first = f"{table.first_day:%Y-%m-%d}T00:00" if table.first_day else None
    return [
        panel(
            [
                labelled(
                    "Find in this table",
                    dbc.Input(
                        id=ids.ROWS_FIND,
                        type="search",
                        placeholder="Find in this table",
                        value=find,
                        size="sm",
                        className="rows-find",
                    ),
                ),
                html.Label(
                    [
                        html.Span("as of (UTC)"),
                        dbc.Input(
                            id=ids.ROWS_AS_OF,
                            type="datetime-local",
                            value=f"{at:%Y-%m-%dT%H:%M}" if (at := end_of(as_of)) else "",
                            min=first,
                            max=f"{datetime.now(UTC):%Y-%m-%d}T23:59",
                            size="sm",
                            debounce=300,
                        ),
                    ],
                    className="as-of",
                    title="The table as it was at a time (UTC); empty shows it as it is now",
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
                " Some scopes could not be read; their rows are as they were last seen. ",
                dcc.Link("Coverage", href=addresses.table(table.ref, "coverage")),
            ],
            className="tone-warning partial-line",
        )
        if partial
        else None,
    ]


def rows_note(ref: TableRef, at: datetime | None, as_of: str, only: Mapping[str, str]) -> list[Any]:
    """What the rows are narrowed to: a time, values of columns."""
    words: list[Any] = [f"as it was on {at:%b %-d, %Y at %H:%M} UTC"] if at else []
    if only:
        named = ", ".join(f"{OWN_TITLES.get(name, name)} {value}" for name, value in only.items())
        everything = dcc.Link("Show all rows", href=addresses.table(ref, asof=as_of))
        words += [", " if words else "", f"only {named}. ", everything]
    return words


def exports(ref: TableRef, as_of: str, only: Mapping[str, str]) -> list[Any]:
    """Links to the table as a file: all of it, or those rows that have the values."""
    what = "these rows" if only else "the whole table"
    return [
        html.A(
            title,
            href=addresses.table_data(ref, "export", format=format, asof=as_of, only=only_text(only)),
            className="btn btn-outline-secondary btn-sm",
            download="",
            title=f"Save {what} as {title}",
        )
        for format, title in FORMATS
    ]


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
            *(GridColumn(column.name, column.kind, OWN_TITLES.get(column.name)) for column in columns),
        ],
        addresses.table_data(ref, "rows", asof=as_of, only=only_text(only)),
        label=f"Rows of {ref.label}",
        empty="No row has these values." if only else "There were no rows then." if as_of else "No rows.",
        search_input=ids.ROWS_FIND,
    )


def coverage_tab(table: TableDetail, scopes: Sequence[ScopeState], now: datetime) -> list[Any]:
    """Which scopes the table consists of, how each ended last, and since when."""
    if not scopes:
        return [
            empty_state(
                "bi-bullseye",
                "No scope was read yet",
                "Scopes are the combinations of the schedule's parameter values.",
            )
        ]
    bad = [scope for scope in scopes if scope.status != "ok"]
    head = (
        note(
            f"{len(bad)} of {len(scopes)} scopes could not be read whole",
            "Their rows stay as they were last seen; nothing is taken for gone.",
            "warning",
        )
        if bad
        else note("Every scope was read whole", "The rows are complete as of the newest run.", "success")
    )
    rows = [
        html.Tr(
            [
                html.Th(scope.scope.label, scope="row", className="mono", title=scope.scope.key),
                html.Td(status_badge(scope.status)),
                html.Td(f"{scope.rows:,}", className="number"),
                html.Td(relative_time(scope.since, now)),
                html.Td(relative_time(scope.ok_at, now)),
                html.Td(scope.message or html.Span("–", className="text-muted-2"), className="message"),
            ]
        )
        for scope in scopes
    ]
    titles = (
        ("Scope", ""),
        ("Status", ""),
        ("Rows", "number"),
        ("In this state since", ""),
        ("Last read whole", ""),
        ("Message", ""),
    )
    body = html.Table(
        [
            html.Thead(html.Tr([html.Th(title, className=kind, scope="col") for title, kind in titles])),
            html.Tbody(rows),
        ],
        className="table",
    )
    return [
        head,
        panel(
            "Scopes",
            html.Div(body, className="wide-scroll"),
            f"{len(scopes) - len(bad)} of {len(scopes)} read · a scope is what is read in one piece",
        ),
    ]


def append_note(table: TableDetail) -> str:
    """What the rows of an append table are."""
    return "rows of the newest run" if table.summary.write_mode is WriteMode.APPEND else ""
